//go:build unix

// Package proctime measures the processor time of this process, for benchmarks on
// machines that have other work too.
package proctime

import (
	"syscall"
	"time"
)

// Used is the processor time of this process, all threads and the system's work
// for it included.
func Used() time.Duration {
	d, err := of(syscall.RUSAGE_SELF)
	if err != nil {
		return 0
	}
	return d
}

// Children is the processor time of the processes that this one has waited for,
// and of theirs.
func Children() (time.Duration, error) { return of(syscall.RUSAGE_CHILDREN) }

func of(who int) (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
