// Command corust runs untrusted Rust in a sandbox: at a terminal, in CI, or together
// with others in a browser.
//
// # Output contract
//
// What the program writes goes to standard output and standard error, byte for
// byte; on a terminal, escape sequences other than colours are taken out unless
// --raw is given. The compiler's output goes to standard error. The messages of corust
// go to standard error, begin with "corust: " and are in lower case. With
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
