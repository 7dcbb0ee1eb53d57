//go:build unix && !linux

package main

import (
	"errors"
	"os"
	"syscall"
)

func moreEndingSignals() []os.Signal { return nil }

// setDefault fails: Go's defaults cannot be bypassed here.
func setDefault(syscall.Signal) (restore func(), err error) { return nil, errors.ErrUnsupported }
