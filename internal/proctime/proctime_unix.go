//go:build unix

// Package proctime tells what of the processor a process has used: what a
// benchmark goes by where the machine has other work too.
package proctime

import (
	"syscall"
	"time"
)

// Used is the processor time of this process, all threads and the system's work
// for it included.
func Used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
