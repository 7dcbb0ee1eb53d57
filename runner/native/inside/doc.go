// Package inside is the part of native boxes that runs in them: the init, which
// builds the box around itself and gives up its privileges, and the start of the
// agent, which it then executes. Package native is the host's part.
//
// # Imports
//
// Both are the small program corust-agent or, in a build without it, this program's
// executable. Each start pays for what the Go runtime initializes before Entry takes
// over. Packages are initialised in the order of their paths as far as they do not
// depend on each other (Go specification, "Program initialization"). So whatever this package needs,
// directly or not, lets everything go first that is ready by then and sorts
// before it: regexp or path/filepath would let all of github.com. Therefore it
// imports little: early packages of the standard library, golang.org/x/sys/unix
// and package agent, which does the same; tests of cmd/corust and of package native hold
// that. What the init needs beyond that, such as the system call filter, the host computes
// and hands over in [Config].
//
// # How it starts
//
// The host makes a process in new namespaces that executes [InitName] with a
// Config on descriptor [ConfigFD] and the agent's pipe on 0 and 1. Errors
// go to standard error, and the process exits with 1.
package inside
