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
	// Run reads stdin each time that the program waits for input: as many bytes as the
	// program asks for, or twice as many as the last read returned. Once reads return
	// more than a person types, Run reads as fast as the program does, plus a small
	// window; with a backend that cannot detect waiting, it does so from the start. A nil
	// stdin is empty. Stdin need not end: Run abandons a Read that is pending when the run
	// ends, so a caller whose reader blocks must be able to unblock it. An error of the
	// reader other than io.EOF ends the run with ErrStdin.
	//
	// Emit, which may be nil, receives the events in order, from one goroutine at a time
	// and never after Run has returned. It may be slow without delaying the box.
	//
	// When ctx ends, the program is killed and the verdict is VerdictCanceled.
	Run(ctx context.Context, req Request, stdin io.Reader, emit func(Event)) (Result, error)
	// Limits returns the limits of a request that sets none.
	Limits() Limits
	// Status returns current counts.
	Status() Status
}

// Status has the counts of an Executor at one moment.
type Status struct {
	Waiting int `json:"waiting"` // requests in the queue
	Warm    int `json:"warm"`    // boxes ready
}

var _ Executor = (*Runner)(nil)
