//go:build unix

package cache

import (
	"net"
	"syscall"
)

// specialFiles make files that are none.
var specialFiles = map[string]func(name string) error{
	"pipe": func(name string) error { return syscall.Mkfifo(name, 0o600) },
	"device": func(name string) error {
		return syscall.Symlink("/dev/zero", name) // a device needs a right
	},
	"socket": func(name string) error {
		// The path of a socket is short, that of a test's directory is not.
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
		if err != nil {
			return syscall.Mkfifo(name, 0o600)
		}
		l.SetUnlinkOnClose(false)
		return l.Close()
	},
}
