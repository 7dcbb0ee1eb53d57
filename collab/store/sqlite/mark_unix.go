//go:build linux || darwin

package sqlite

import (
	"io/fs"
	"os"
	"syscall"
	"time"
)

// identity is what tells a file from a copy of it: its inode and when that was
// last changed. ok is false where the system does not tell.
func identity(info fs.FileInfo) (inode uint64, changed time.Time, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, time.Time{}, false
	}
	return st.Ino, changeTime(st), true
}

// GiveTo lets root give a file to the owner of another.
func GiveTo(path string, like fs.FileInfo) error {
	st, ok := like.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	return os.Chown(path, int(st.Uid), int(st.Gid))
}
