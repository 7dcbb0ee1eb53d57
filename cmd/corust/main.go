// Command corust runs Rust that nobody has reviewed, in a sandbox: alone at a
// terminal, in CI, or together in a browser.
//
// # Output contract
//
// What the program writes goes to standard output and standard error, byte for
// byte; on a terminal, escape sequences other than colours are taken out unless
// --raw is given. What the compiler says goes to standard error. What corust says
// goes to standard error, begins with "corust: " and is in lower case. With
// --json, standard output carries one event a line and nothing else.
//
// # Exit codes
//
// See exitCodes.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	_ "github.com/corust-dev/corust/runner/native/entry" // takes over in a process that is part of a box
)

func main() {
	agentEntry()
	// A reader that goes away, as head does, must not kill us while a box is
	// alive: the write fails instead and the run is cancelled.
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		sig := <-signals
		signal.Reset() // a second one ends us at once
		cancel(&signalError{sig})
	}()
	os.Exit(execute(ctx, os.Args[1:], stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

// signalError is why a command's context ended.
type signalError struct{ sig os.Signal }

func (e *signalError) Error() string { return "stopped by " + e.sig.String() }
