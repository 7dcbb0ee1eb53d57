//go:build unix

package main

import (
	"syscall"
	"time"
)

// used is the processor time of this process, and of those it has waited for.
func used() (self, children time.Duration, err error) {
	var s, c syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &s); err != nil {
		return 0, 0, err
	}
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &c); err != nil {
		return 0, 0, err
	}
	return time.Duration(s.Utime.Nano() + s.Stime.Nano()), time.Duration(c.Utime.Nano() + c.Stime.Nano()), nil
}
