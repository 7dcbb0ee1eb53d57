package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/corust-dev/corust/runner"
)

// Bus carries messages. It may lose, repeat and reorder them. Data must not be changed
// after it was given to Publish, or by a receiver. All methods may be called from any
// goroutine.
type Bus interface {
	// Publish sends a message of at most [MaxMessage] bytes. An error is a failure that is
	// worth a line in a log; the message counts as lost.
	Publish(subject string, data []byte) error
	// Subscribe calls handle with each message on a subject, one at a time. Of the
	// subscribers with the same group, if it is not empty, one gets each message. The
	// function that it returns ends the subscription; handle may be called until it returns.
	Subscribe(subject, group string, handle func(data []byte)) (cancel func(), err error)
	// Inbox returns a new, unique subject.
	Inbox() string
}

// MaxMessage is the most bytes of a message: what NATS takes by default.
const MaxMessage = 1 << 20

// piece is how much of a request or of an event goes into one message. As base64 it grows by
// a third.
const piece = 256 << 10

// The subjects. Each begins with the prefix of the cluster.
const (
	subjectOffers  = ".offers"  // to one of the workers
	subjectWorkers = ".workers" // from workers, to all executors
	subjectHello   = ".hello"   // to all workers: announce yourselves
)

// version is the version of the frames. Sides of different versions do not work together.
const version = 1

// kind is the kind of a frame.
type kind string

const (
	// From the executor: on the shared subject, then in the worker's inbox.
	kindOffer kind = "offer"
	kindStart kind = "start" // a piece of the request; with an inbox, the whole without an offer
	kindBeat  kind = "beat"  // both ways; N is what the sender has or expects next
	kindStdin kind = "stdin"
	kindStop  kind = "stop"
	kindDone  kind = "done" // the end has arrived

	// From the worker, in the inbox of the offer.
	kindAccept kind = "accept"
	kindFull   kind = "full"
	kindEvent  kind = "event"
	kindWant   kind = "want" // input from position N on
	kindEnd    kind = "end"
	kindPart   kind = "part"   // of a frame that no message can hold
	kindJoined kind = "joined" // the parts before it are one frame

	// From workers, to all executors.
	kindWorker kind = "worker"
)

// frame is a message between an executor and a worker.
type frame struct {
	Version int    `json:"version"`
	Kind    kind   `json:"kind"`
	Attempt string `json:"attempt,omitempty"`
	// Inbox is where the sender takes frames; with offer, accept, and a start without offer.
	Inbox string `json:"inbox,omitempty"`
	// Channel is the toolchain that the run needs; with offer, and a start without one.
	Channel runner.Channel `json:"channel,omitempty"`
	// Ahead marks a start that compiles ahead of a run.
	Ahead bool `json:"ahead,omitempty"`
	// N counts: events from 0 in event, end, part, joined and beat, bytes of input in stdin
	// and want, and pieces in start.
	N   int64 `json:"n,omitempty"`
	Of  int   `json:"of,omitempty"`  // all pieces
	Max int   `json:"max,omitempty"` // bytes wanted
	// Data is a piece of the request, of the input or of a frame.
	Data []byte `json:"data,omitempty"`
	EOF  bool   `json:"eof,omitempty"`

	Event  *runner.Event  `json:"event,omitempty"`
	Result *runner.Result `json:"result,omitempty"`
	Error  *failure       `json:"error,omitempty"`
	Worker *Announcement  `json:"worker,omitempty"`

	size int // of the message
}

// Announcement describes a worker.
type Announcement struct {
	Name string `json:"name"`
	// Inbox is where the worker takes requests that were not offered.
	Inbox string `json:"inbox,omitempty"`
	// Corust is the version of the program.
	Corust string `json:"corust"`
	Places int    `json:"places"`
	Free   int    `json:"free"`
	// Limits are those of requests that set none.
	Limits     runner.Limits      `json:"limits"`
	Toolchains []runner.Toolchain `json:"toolchains"`
	// Leaving is set when the worker takes no more runs.
	Leaving bool `json:"leaving,omitempty"`
}

// has reports whether the worker has a toolchain; "" is its default.
func (a Announcement) has(channel runner.Channel) bool {
	return channel == "" || slices.ContainsFunc(a.Toolchains, func(tc runner.Toolchain) bool { return tc.Named(channel) })
}

// failure is an error of an Executor.
type failure struct {
	Code   string `json:"code"`
	Field  string `json:"field,omitempty"`
	Reason string `json:"reason"`
}

// failures are the errors that callers distinguish, with their codes. ErrShare comes before
// ErrBusy, which it wraps.
var failures = []struct {
	code string
	err  error
}{
	{"share", runner.ErrShare}, {"busy", runner.ErrBusy}, {"closed", runner.ErrClosed}, {"backend", runner.ErrBackend},
	{"died", runner.ErrBoxDied}, {"stdin", runner.ErrStdin},
}

func failureOf(err error) *failure {
	if err == nil {
		return nil
	}
	var invalid *runner.InvalidError
	if errors.As(err, &invalid) {
		return &failure{Code: "invalid", Field: invalid.Field, Reason: invalid.Reason}
	}
	for _, known := range failures {
		if errors.Is(err, known.err) {
			return &failure{Code: known.code, Reason: err.Error()}
		}
	}
	return &failure{Code: "failed", Reason: err.Error()}
}

func (f *failure) err() error {
	switch {
	case f == nil:
		return nil
	case f.Code == "invalid":
		return &runner.InvalidError{Field: f.Field, Reason: f.Reason}
	}
	for _, known := range failures {
		if f.Code == known.code {
			return fmt.Errorf("worker: %s: %w", f.Reason, known.err)
		}
	}
	return fmt.Errorf("worker: %s", f.Reason)
}

// encode returns a frame as a message.
func encode(f frame) []byte {
	f.Version = version
	data, err := json.Marshal(f)
	if err != nil {
		panic(err) // all fields can be
	}
	return data
}

// decode reads a message. It returns an error for one that no side of this version sends.
func decode(data []byte) (frame, error) {
	if len(data) > MaxMessage {
		return frame{}, fmt.Errorf("a message of %d bytes, at most %d", len(data), MaxMessage)
	}
	f, err := parse(data)
	f.size = len(data)
	return f, err
}

// maxJoined bounds a frame that comes in parts. The largest that workers send have a
// diagnostic of runner.MaxDiagnosticBytes, of which JSON makes six times as much.
const maxJoined = 8 << 20

// parse reads a frame. With an error it returns the zero frame, so that no caller uses one
// that lacks its content.
func parse(data []byte) (frame, error) {
	var f frame
	if err := json.Unmarshal(data, &f); err != nil {
		return frame{}, fmt.Errorf("not a frame: %w", err)
	}
	switch {
	case f.Version != version:
		return frame{}, fmt.Errorf("a frame of version %d, want %d: programs of different versions of corust share this prefix", f.Version, version)
	case f.N < 0 || f.Of < 0 || f.Max < 0:
		return frame{}, fmt.Errorf("a %q frame with a negative number", f.Kind)
	case f.Kind == kindEvent && f.Event == nil, f.Kind == kindEnd && f.Result == nil && f.Error == nil, f.Kind == kindWorker && f.Worker == nil:
		return frame{}, fmt.Errorf("a %q frame without its content", f.Kind)
	}
	return f, nil
}
