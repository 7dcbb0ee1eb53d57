package runner

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/corust-dev/corust/runner/agent"
)

// ErrStdin is returned when the request's standard input could not be read. The program
// then has no verdict.
var ErrStdin = errors.New("cannot read standard input")

// chunk is the most bytes of one read from a request's standard input. It is more than a
// read from a terminal returns.
const chunk = 16 << 10

// eventDelay is how long a program must have waited for input before an event reports
// it. Available input arrives sooner.
const eventDelay = 20 * time.Millisecond

// input passes a run's standard input to the agent.
//
// Input that was read cannot be returned to the caller, whose shell may need it: lines
// typed ahead, or the rest of the input of a shell loop. So input reads only when the
// agent reports that a process waits for input, and only as many bytes as that process
// asked for. Each read that the source fills doubles the next one, so input never takes
// more than twice what the program wanted. Once reads fill a whole chunk, the source is
// not a person, and input reads whenever the window has room.
type input struct {
	mu     sync.Mutex
	change sync.Cond
	ahead  bool  // every read is due
	want   int   // bytes that the program waits for; 0 if it does not
	last   int   // size of the last read if it was full, 0 if not
	free   int   // how much may still be sent
	sent   int64 // bytes
	closed bool

	// While the program waits, the runner's deadline is extended. The agent extends its
	// deadline by less, so it kills the program first.
	since  time.Time // when the wait began, zero if there is none
	excuse time.Duration
	limit  *agent.Deadline

	waits   func(waiting bool)
	pending *time.Timer // of a call of waits
	told    bool        // an event reported that the program waits
}

// newInput returns the input of a run. With ahead it sends as much as the window allows
// without waiting for the program. It extends limit by the time that the program waits,
// by at most excuse in total. It calls waits, never concurrently, when the program starts
// and stops waiting.
func newInput(ahead bool, excuse time.Duration, limit *agent.Deadline, waits func(waiting bool)) *input {
	in := &input{ahead: ahead, free: agent.StdinWindow, excuse: excuse, limit: limit, waits: waits}
	in.change.L = &in.mu
	return in
}

// asked handles the agent's report about waiting. It reports false if m is invalid.
func (in *input) asked(m agent.StdinWait) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if m.At < 0 || m.At > in.sent || m.Want < 0 || m.Want > agent.StdinWindow {
		return false
	}
	switch {
	case m.Blind:
		in.ahead = true
		in.tell(false)
	case m.At < in.sent || in.closed:
		return true // it has received input meanwhile
	default:
		in.want = m.Want
		in.tell(m.Want > 0)
	}
	in.change.Signal()
	return true
}

// tell records whether the program waits; the caller holds mu.
func (in *input) tell(waiting bool) {
	switch now := time.Now(); {
	case waiting && in.since.IsZero():
		in.since = now
		in.limit.Add(in.excuse)
	case !waiting && !in.since.IsZero():
		used := min(now.Sub(in.since), in.excuse)
		in.since = time.Time{}
		in.limit.Add(used - in.excuse)
		in.excuse -= used
	}
	switch {
	case waiting && in.pending == nil && !in.told:
		in.pending = time.AfterFunc(eventDelay, func() {
			in.mu.Lock()
			defer in.mu.Unlock()
			if in.pending != nil {
				in.pending, in.told = nil, true
				in.waits(true)
			}
		})
	case !waiting:
		if in.pending != nil {
			in.pending.Stop()
			in.pending = nil
		}
		if in.told {
			in.told = false
			in.waits(false)
		}
	}
}

// next waits until a read is due and returns its size in bytes, or 0 after close.
func (in *input) next() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	for {
		n := 0
		switch {
		case in.closed:
			return 0
		case in.ahead || in.last == chunk:
			n = chunk
		case in.want > 0:
			n = max(in.want, 2*in.last)
		}
		if n = min(n, chunk, in.free); n > 0 {
			return n
		}
		in.change.Wait()
	}
}

// read records that a read of n bytes returned got.
func (in *input) read(n, got int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.free -= got
	in.sent += int64(got)
	in.want = 0
	in.tell(false)
	switch {
	case got < n:
		in.last = 0
	case in.last < chunk: // otherwise only the window limits n
		in.last = n
	}
}

// credit returns n bytes to the window. It reports false if that is more than was sent.
func (in *input) credit(n int) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if n < 0 || in.free+n > agent.StdinWindow {
		return false
	}
	in.free += n
	in.change.Signal()
	return true
}

// close ends the input because the step is over. It emits no more events.
func (in *input) close() {
	in.mu.Lock()
	in.told = false
	in.mu.Unlock()
	in.end()
}

// end ends the input at the end of the source.
func (in *input) end() {
	in.mu.Lock()
	in.closed = true
	in.tell(false)
	in.mu.Unlock()
	in.change.Broadcast()
}

// pump sends what it reads from stdin, until its end. It may outlive the run in a
// pending Read, see Executor. The error wraps that of the reader.
func (in *input) pump(stdin io.Reader, out *agent.Writer) error {
	buf := make([]byte, chunk)
	for {
		n := in.next()
		if n == 0 {
			return nil
		}
		got, err := stdin.Read(buf[:n])
		if got > 0 {
			in.read(n, got) // before the agent can reply
			if out.Write(agent.TypeStdin, buf[:got]) != nil {
				return nil // the box is gone
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			in.end()
			_ = out.Write(agent.TypeStdin, nil) // fails only if the box is gone
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", ErrStdin, err)
		}
	}
}
