// Package testaddr gives tests addresses for servers that are told where to listen.
package testaddr

import (
	"net"
	"testing"
)

// Free returns an address of this machine at which nothing listens. Another process may
// take it before the test does.
func Free(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
