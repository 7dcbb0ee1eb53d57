package runs

import (
	"context"
	"io"

	"github.com/corust-dev/corust/collab/wire"
)

// Runner executes the files of a session. Run blocks until the run has ended, reports
// what happens to out, from any goroutine, and returns soon after ctx is done. What
// the program does is a verdict; an error is a failure of the runner itself.
type Runner interface {
	Run(ctx context.Context, req Request, out Events) (Result, error)
}

// Request is one run.
type Request struct {
	Session wire.SessionID
	Owner   string // who is charged for the run, as authority.Visitor says
	Run     string // the run's id
	Version wire.Version
	Files   []wire.File // those at Version, the main one first
	Options wire.RunOptions
	// Ahead is set if the session has compiled the files, or does, ahead of the run.
	Ahead bool
	// Stdin delivers what members type, and ends when one of them ends it. A runner
	// need not read it.
	Stdin io.Reader
}

// Events receives the events of a run. Its methods may block while the session is
// busy, so a program cannot outrun its viewers.
type Events interface {
	// Stage reports what the run does now; position is the place in the queue, with
	// [wire.StageQueued].
	Stage(stage wire.Stage, position int)
	// Waiting reports that the program has begun, or ceased, to wait for input.
	Waiting(waiting bool)
	Output(stream wire.Stream, data []byte)
	// Diagnostics is called at most once.
	Diagnostics(list []wire.Diagnostic)
	// Product delivers a whole product; p.Size and p.Dropped are not read. Each product
	// of a run has another name.
	Product(p wire.Product, data []byte)
	Test(t wire.Test)
}

// Result is how a run ended.
type Result struct {
	Verdict wire.Verdict
	Detail  *wire.RunDetail // nil if there is nothing to tell; not changed any more
}
