package crates

import (
	"runtime"
	"syscall"
)

// dyingWithParent makes the kernel end cargo when we are killed and can do
// nothing any more. Compilers that run then finish the crate they are at and find
// nobody to start another.
func dyingWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}

// bindLife keeps the calling goroutine on its thread until the function that it
// returns is called: the kernel means threads when it says parent, and one that
// the runtime ends in the meantime would take cargo with it.
func bindLife() (release func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}
