// Package runner runs Rust that nobody has reviewed, each request in a box of
// its own, and says truthfully how it ended.
//
// # What it promises
//
// A [Runner] takes a [Request], waits for a free place, takes a box from its
// [Backend], lets the box's agent compile and run, hands the caller the
// [Event]s in order as they happen, and returns a [Result]. What the stranger's
// program does, however bad, is a value: the [Verdict] of the result. An error
// means that the request was not acceptable ([*InvalidError]), that there is no
// room ([ErrBusy]), that the runner is closed ([ErrClosed]), or that something
// of ours failed ([ErrBackend], [ErrBoxDied]); such a request may be sent again. A
// request whose standard input cannot be read fails with [ErrStdin].
//
// A box serves one request and is destroyed, whatever happened in it. It is
// held to its [Limits] from inside (agent, cgroup, kernel) and, should the
// inside fail, from outside: the runner keeps a deadline of its own and then
// destroys the box with everything in it.
//
// Every accepted request is answered exactly once, also when its context ends
// (verdict [VerdictCanceled]) and when the runner is closed.
//
// # Execution is data
//
// [Executor] is the interface that callers hold; a [Runner] implements it on this
// machine. What it is asked for, the [Request], and what a box does for it, the [Plan],
// are values: they hold no reader, callback or interface, survive JSON unchanged, can be
// compared and have a [Hash]. Standard input and events are streams beside them. A
// [Format] names how a step writes standard error, and the [Planner] that made the plan
// has the decoder of that name.
//
// # Standard input
//
// A request's standard input belongs to its caller until the program waits for it:
// lines typed ahead stay for the shell, and the rest of a list for the next turn of
// a loop. While the program waits and does nothing, its time limit does not run, up
// to [Limits].InputTime. Whoever reads a program's input on purpose to sit in a box
// holds a place for so much longer, and not more processor time.
//
// # Units
//
// Sizes are bytes, times [time.Duration]s measured on the monotonic clock.
// Output is bytes as the program wrote them, in any encoding or none.
//
// # Goroutines
//
// All methods of Runner may be called from any goroutine. The function that
// receives the events of a run is called from one goroutine at a time and never
// after Run has returned; it may be slow without holding up the box, whose
// output the runner buffers up to the request's caps.
package runner
