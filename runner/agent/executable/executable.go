// Package executable holds corust-agent, the small program that is the init and the agent
// of native boxes, so that a box need not start all of corust for that.
//
// It is there in a build with the tag corust_agent, before which make build writes the
// program for the processor beside this file. Without the tag, as with go install and go
// test, Text is empty, and corust itself is the init and the agent: boxes are the same, and
// each takes about 2 ms of processor time more.
package executable

// Text is a statically linked executable for Linux on this processor, or empty.
func Text() string { return text }
