//go:build !linux

package main

// agentEntry does nothing: boxes are always Linux.
func agentEntry() {}
