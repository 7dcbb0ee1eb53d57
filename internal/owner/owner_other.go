//go:build !linux

package owner

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// These systems do not show when a process began. A leftover whose process ID is in use
// again stays until that process ends; a process that runs is never taken for dead.

func bootID() string    { return "" }
func machineID() string { return runtime.GOOS }
func pidSpace() string  { return "" }

func startOf(pid int) (start uint64, running bool) {
	p, err := os.FindProcess(pid)
	if err != nil {
		return 0, false
	}
	defer p.Release()
	if runtime.GOOS == "windows" {
		return 0, true // it could be opened, so it exists
	}
	err = p.Signal(syscall.Signal(0))
	return 0, !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH)
}
