//go:build !unix

package server

import "net"

// readiness is not known on this system.
type readiness struct{}

func newReadiness(net.Conn) *readiness { return nil }

func (*readiness) wait() {}
