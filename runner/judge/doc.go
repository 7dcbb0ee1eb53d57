// Package judge runs a program on many inputs and compares what it prints with what it
// should: compile once, execute often.
//
// # What it promises
//
// Each case is one request to a [runner.Executor], so it has a separate box and the limits
// of the request. The executor should remember artifacts: then only the first case
// compiles. The first case runs alone; the others run at the same time, as many as the
// caller says. Outcomes are reported in the order of the cases, each as soon as it and
// all before it are known.
//
// A case passes if the program exits with 0 and its standard output is right: by a
// [Comparison], or by a checker, which is a program in another box.
//
// # Goroutines
//
// [Run] calls its report from one goroutine at a time, and never after it has returned.
package judge
