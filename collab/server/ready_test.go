//go:build unix

package server

import (
	"io"
	"net"
	"testing"
	"time"
)

// A wait ends when bytes come, also if they came before, and takes none of them; and when the
// other side or this one closes.
func TestReadinessTakesNoBytes(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	pair := func() (ours *counted, theirs net.Conn) {
		theirs, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		return &counted{Conn: conn, release: func() {}}, theirs
	}
	ours, theirs := pair()
	defer ours.Close()
	r := newReadiness(ours)
	if r == nil {
		t.Fatal("an accepted connection has no readiness")
	}
	for i := range 50 {
		if i%2 == 0 {
			go func() { _, _ = theirs.Write([]byte("ab")) }()
		} else if _, err := theirs.Write([]byte("ab")); err != nil {
			t.Fatal(err)
		}
		r.wait()
		r.wait()
		var b [2]byte
		if _, err := io.ReadFull(ours, b[:1]); err != nil || b[0] != 'a' {
			t.Fatalf("round %d: %q, %v", i, b, err)
		}
		r.wait()
		if _, err := io.ReadFull(ours, b[1:]); err != nil || b[1] != 'b' {
			t.Fatalf("round %d: %q, %v", i, b, err)
		}
	}
	theirs.Close()
	r.wait()
	if n, err := ours.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("after the end: %d, %v", n, err)
	}

	ours, theirs = pair()
	defer theirs.Close()
	r = newReadiness(ours)
	closer := time.AfterFunc(10*time.Millisecond, func() { ours.Close() })
	defer closer.Stop()
	r.wait()

	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if newReadiness(a) != nil || newReadiness(&counted{Conn: a}) != nil {
		t.Error("a pipe has readiness")
	}
}
