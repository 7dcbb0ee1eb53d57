package main

import (
	"os"
	"syscall"
)

var endingSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}

func dieBy(sig os.Signal) { os.Exit(128 + int(sig.(syscall.Signal))) }

// stopTogether does nothing, since a terminal cannot stop processes on Windows.
func stopTogether(any) (release func()) { return func() {} }
