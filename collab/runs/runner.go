package runs

import (
	"context"
	"encoding/json"
	"io"

	"github.com/corust-dev/corust/collab/wire"
)

// Runner executes the text of a session. Run blocks until the run has ended, reports
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
	Source  string // the text at Version
	Options json.RawMessage
	// Stdin delivers what members type, and ends when one of them ends it. A runner
	// need not read it.
	Stdin io.Reader
}

// Events receives the events of a run. Its methods may block while the session is
// busy, so a program cannot outrun its viewers.
type Events interface {
	Stage(name string)
	// Waiting reports that the program has begun, or ceased, to wait for input.
	Waiting(waiting bool)
	Output(stream string, data []byte)
	// Diagnostics is called at most once.
	Diagnostics(list []wire.Diagnostic)
}

// Result is how a run ended, in the runner's words.
type Result struct {
	Verdict string
	Detail  json.RawMessage
}

// Verdicts of runs that got none from their runner.
const (
	VerdictFailed = "failed" // the runner failed; the detail says why
	VerdictLost   = "lost"   // the server stopped during the run
)
