package crates

import (
	"runtime"
	"syscall"
)

// dyingWithParent makes the kernel end cargo when this process is killed. Compilers
// that run then finish their crate, and no other starts.
func dyingWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}

// bindLife keeps the calling goroutine on its thread until the function that it
// returns is called: to the kernel the parent is a thread, and cargo would end with a
// thread that the runtime ends.
func bindLife() (release func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}
