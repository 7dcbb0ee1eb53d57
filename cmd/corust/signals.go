package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// Signals that end a command by default also end corust, after it has removed its box.
// The second one ends it at once. A signal that was ignored when corust was
// started stays ignored, for nohup(1) and a shell's "&"; Go reports that only for
// SIGHUP and SIGINT, and shells ignore SIGQUIT together with SIGINT.

// untilSignal returns a context that ends with the first signal that ends commands.
func untilSignal() context.Context {
	// A reader that goes away, as head does, must not kill us while a box is
	// alive: the write fails instead and the run is cancelled.
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	for _, sig := range endingSignals {
		if signal.Ignored(sig) || sig == syscall.SIGQUIT && signal.Ignored(syscall.SIGINT) {
			signal.Ignore(sig)
			continue
		}
		signal.Notify(signals, sig)
	}
	go func() {
		cancel(&signalError{<-signals})
		dieBy(<-signals)
	}()
	return ctx
}

// signalError is why a command's context ended.
type signalError struct{ sig os.Signal }

func (e *signalError) Error() string { return "stopped by " + e.sig.String() }

// exit ends the process with a code, or by the signal that ended the command, so that a
// shell's loop also ends.
func exit(ctx context.Context, code int) {
	var stopped *signalError
	if errors.As(context.Cause(ctx), &stopped) && code == canceledCode(ctx) {
		dieBy(stopped.sig)
	}
	os.Exit(code)
}
