//go:build !unix

package pgtest

import (
	"fmt"
	"runtime"
	"syscall"
)

func account() (*syscall.SysProcAttr, error) {
	return nil, fmt.Errorf("%w: these tests do not start it on %s", ErrMissing, runtime.GOOS)
}

func apart(attr *syscall.SysProcAttr) *syscall.SysProcAttr { return attr }

func give(string, *syscall.SysProcAttr) error { return nil }
