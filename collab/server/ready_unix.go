//go:build unix

package server

import (
	"net"
	"syscall"
)

// readiness waits until a read of a connection would not wait.
type readiness struct {
	raw    syscall.RawConn
	look   func(fd uintptr) bool // l.look, made once
	looked bool
}

// newReadiness returns nil for a connection that is not one of the system's, such as one with
// TLS.
func newReadiness(conn net.Conn) *readiness {
	sys, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sys.SyscallConn()
	if err != nil {
		return nil
	}
	r := &readiness{raw: raw}
	r.look = func(fd uintptr) bool {
		// The second call follows a wait, so something has come.
		if r.looked {
			return true
		}
		r.looked = true
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
		return err != syscall.EAGAIN
	}
	return r
}

// wait returns when there are bytes, or the connection has ended. One goroutine at a time
// may call it.
func (r *readiness) wait() {
	r.looked = false
	_ = r.raw.Read(r.look) // the next read reports the error
}
