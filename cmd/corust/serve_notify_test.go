package main

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The server notifies the service manager when it is ready and when it begins to stop.
func TestServiceManagerIsNotified(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	// A socket's name may have about 100 bytes, which t.TempDir may exceed.
	dir, err := os.MkdirTemp("", "corust-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Skipf("no such sockets here: %v", err)
	}
	defer manager.Close()
	told := func() string {
		b := make([]byte, 100)
		_ = manager.SetReadDeadline(time.Now().Add(time.Minute))
		n, err := manager.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	s := startServe(t, "memory", "NOTIFY_SOCKET="+name)
	if got := told(); got != "READY=1" {
		t.Errorf("at the start: %q", got)
	}
	if status := s.do("GET", "/readyz", "", nil); status != 200 {
		t.Errorf("status %d after that", status)
	}
	s.stop()
	if got := told(); got != "STOPPING=1" {
		t.Errorf("at the stop: %q", got)
	}
}
