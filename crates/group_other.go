//go:build !unix

package crates

import "os/exec"

// ownGroup leaves the command as it is: there are no process groups to signal,
// and the context kills cargo itself.
func ownGroup(*exec.Cmd) {}
