package main

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// moreEndingSignals returns the ending signals that only Linux has, including the
// real-time signals.
func moreEndingSignals() []os.Signal {
	list := []os.Signal{unix.SIGSTKFLT, unix.SIGIO, unix.SIGPWR}
	for sig := syscall.Signal(34); sig <= 64; sig++ {
		list = append(list, sig)
	}
	return list
}

// setDefault gives a signal its default until restore is called. Package os/signal
// knows only the runtime's defaults, and that of some is to print what all
// goroutines do.
func setDefault(sig syscall.Signal) (restore func(), err error) {
	var byDefault, before [4]uint64 // struct kernel_sigaction: SIG_DFL, no flags, no mask
	action := func(act, old *[4]uint64) error {
		_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(act)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
		if errno != 0 {
			return errno
		}
		return nil
	}
	if err := action(&byDefault, &before); err != nil {
		return nil, err
	}
	return func() { _ = action(&before, nil) }, nil
}
