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
	"os"

	_ "github.com/corust-dev/corust/runner/native/entry" // takes over in a process that is part of a box
)

func main() {
	agentEntry()
	ctx := untilSignal()
	exit(ctx, execute(ctx, os.Args[1:], stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}
