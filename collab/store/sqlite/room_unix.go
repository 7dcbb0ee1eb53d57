//go:build linux || darwin

package sqlite

import (
	"golang.org/x/sys/unix"
)

// diskSpace tells what is free for us, and in all, of the disk that a directory is on.
func diskSpace(dir string) (free, total uint64, ok bool) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil || st.Blocks == 0 {
		return 0, 0, false
	}
	return st.Bavail * uint64(st.Bsize), st.Blocks * uint64(st.Bsize), true
}
