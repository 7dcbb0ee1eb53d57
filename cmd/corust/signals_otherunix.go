//go:build unix && !linux

package main

import (
	"errors"
	"os"
	"syscall"
)

func moreEndingSignals() []os.Signal { return nil }

// setDefault fails: there is no way past Go's own defaults.
func setDefault(syscall.Signal) (restore func(), err error) { return nil, errors.ErrUnsupported }
