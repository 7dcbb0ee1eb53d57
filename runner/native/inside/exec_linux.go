package inside

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// execveat executes an open file.
func execveat(fd int, args, env []string) error {
	argv, err := syscall.SlicePtrFromStrings(args)
	if err != nil {
		return err
	}
	envv, err := syscall.SlicePtrFromStrings(env)
	if err != nil {
		return err
	}
	return rawExecveat(fd, argv, envv)
}

// rawExecveat returns only on failure. The call is made from the thread that the
// caller has locked, whose namespaces, capabilities and filter the new program
// inherits; the kernel ends the others.
func rawExecveat(fd int, argv, envv []*byte) error {
	empty := []byte{0}
	_, _, errno := unix.RawSyscall6(unix.SYS_EXECVEAT, uintptr(fd), uintptr(unsafe.Pointer(&empty[0])),
		uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&envv[0])), unix.AT_EMPTY_PATH, 0)
	return errno
}
