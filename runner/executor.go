package runner

import (
	"context"
	"io"
)

// Executor runs requests. A *Runner does so on this machine; other implementations
// decorate one or reach one elsewhere. The command line, sessions and the REST API hold
// Executors. All methods may be called from any goroutine.
type Executor interface {
	// Run runs a request and returns how it ended. The package documentation has the
	// contract of its results and errors.
	//
	// Stdin is read while the program waits for input, once for each time, and for as
	// many bytes as the program asks for or twice what the last read gave. Once that is
	// more than a person types, it is read as fast as the program reads, plus a small
	// window. Where a backend cannot know when its programs wait, that is so from the
	// beginning. Nil is empty. It need not end: a Read that is pending when the run ends
	// is abandoned, so a caller whose reader blocks must be able to unblock it. An error
	// of the reader other than io.EOF ends the run with ErrStdin.
	//
	// Emit, which may be nil, receives the events in order, from one goroutine at a time
	// and never after Run has returned. It may be slow without holding up the box.
	//
	// When ctx ends, the program is killed and the verdict is VerdictCanceled.
	Run(ctx context.Context, req Request, stdin io.Reader, emit func(Event)) (Result, error)
	// Limits returns the limits of a request that sets none.
	Limits() Limits
	// Status returns counts of this moment.
	Status() Status
}

// Status counts what an Executor has at one moment.
type Status struct {
	Waiting int `json:"waiting"` // requests in the queue
	Warm    int `json:"warm"`    // boxes ready
}

var _ Executor = (*Runner)(nil)
