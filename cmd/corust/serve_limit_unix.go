//go:build unix

package main

import "golang.org/x/sys/unix"

// maxDescriptors is how many descriptors this process may have. The Go runtime has
// raised the soft limit to the hard one.
func maxDescriptors() int {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return 1 << 30
	}
	return int(min(uint64(lim.Cur), 1<<30))
}
