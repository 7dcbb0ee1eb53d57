// Package runner runs untrusted Rust, each request in a separate box, and reports how
// the run ended.
//
// # What it promises
//
// A [Runner] takes a [Request], waits for a free place, takes a box from its
// [Backend], lets the box's agent compile and run, hands the caller the
// [Event]s in order as they happen, and returns a [Result]. Everything that the
// untrusted program does is reported as a value: the [Verdict] of the result. Run
// returns an error if the request is invalid ([*InvalidError]), the queue is full
// ([ErrBusy]), the runner is closed ([ErrClosed]), the request's standard input cannot
// be read ([ErrStdin]), or corust itself failed ([ErrBackend], [ErrBoxDied], and with
// workers [ErrLost]); after such a failure, the request may be sent again.
//
// A box serves one request and is then destroyed. The agent, the cgroup and the kernel
// enforce its [Limits]. In case they fail, the runner has a separate deadline, after
// which it destroys the box with everything in it.
//
// Run answers every accepted request exactly once, also when its context ends (verdict
// [VerdictCanceled]) and when the runner is closed.
//
// # Execution is data
//
// [Executor] is the interface that callers hold; a [Runner] implements it on this
// machine. A [Request], and the [Plan] that a box carries out for it, are values: they
// hold no reader, callback or interface, survive JSON unchanged, can be compared and
// have a [Hash]. Standard input and events are separate streams. A
// [Format] names how a step writes standard output or standard error, and the [Planner]
// that made the plan has the decoder of that name.
//
// # Artifacts
//
// With [Config].Artifacts, the compile steps of a plan leave an [Artifact]: their output,
// and the programs that they made. A later run with the same [Plan.ArtifactKey] executes
// the programs without compiling them, and emits the compiler's output again.
//
// # Standard input
//
// The runner reads a request's standard input only when the program waits for it. So
// lines typed ahead stay for the shell, and the rest of a list for the next iteration of
// a shell loop. While the program waits for input and is idle, its time limit does not
// run, for up to [Limits].InputTime. A program that waits on purpose occupies its box
// for that time at most, and gets no more processor time.
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
// after Run has returned. It may be slow without delaying the box: the runner buffers
// output up to the request's caps.
package runner
