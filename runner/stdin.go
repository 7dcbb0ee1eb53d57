package runner

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/corust-dev/corust/runner/agent"
)

// ErrStdin says that the request's standard input could not be read. Nothing is
// then known about the program.
var ErrStdin = errors.New("cannot read standard input")

// chunk is the most bytes that are read from a request's standard input at once.
// It is more than a terminal gives in one read.
const chunk = 16 << 10

// eventDelay is how long a program must have waited for input before anybody is
// told. Input that is there takes less.
const eventDelay = 20 * time.Millisecond

// input is a run's standard input on its way to the agent.
//
// What is read belongs to the caller until the program asks for it, since it
// cannot be given back: lines typed ahead are for the shell, and the rest of a
// loop's input for the next turn. So a read is due when the agent says that a
// process waits for input and none is under way, and it is for as many bytes as
// that process asked for. Each read that its source fills makes the next one
// twice as large, so that never more is taken than twice what was wanted; once
// they fill a whole chunk, the source is not a person, and reads no longer wait to
// be asked for but for room in the window.
type input struct {
	mu     sync.Mutex
	change sync.Cond
	ahead  bool  // every read is due
	want   int   // bytes that the program waits for; 0 if it does not
	last   int   // size of the last read if it was full, 0 if not
	free   int   // how much may still be sent
	sent   int64 // bytes
	closed bool

	// While the program waits, the run's own deadline does. The agent excuses less,
	// and is the first to end the program.
	since  time.Time // when the wait began, zero if there is none
	excuse time.Duration
	limit  *agent.Deadline

	waits   func(waiting bool)
	pending *time.Timer // of a call of waits
	told    bool        // that the program waits
}

// newInput makes the input of a run. With ahead it is sent as far as there is
// room. Time that the program waits is added to limit, up to excuse in all. Waits
// is called, once at a time, when the program has begun and when it has ceased to
// wait.
func newInput(ahead bool, excuse time.Duration, limit *agent.Deadline, waits func(waiting bool)) *input {
	in := &input{ahead: ahead, free: agent.StdinWindow, excuse: excuse, limit: limit, waits: waits}
	in.change.L = &in.mu
	return in
}

// asked takes what the agent says about the step; false if that makes no sense.
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
		return true // it has got something meanwhile
	default:
		in.want = m.Want
		in.tell(m.Want > 0)
	}
	in.change.Signal()
	return true
}

// tell notes that the program waits or does not; with the lock.
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

// next waits until a read is due and returns for how many bytes; 0 after close.
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

// read takes the outcome of a read for n bytes that gave got.
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
	case in.last < chunk: // else the window has less room, which says nothing about the source
		in.last = n
	}
}

// credit gives room back; false if that is more than was ever taken.
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

// close ends the input because the step is over; nobody is told anything after it.
func (in *input) close() {
	in.mu.Lock()
	in.told = false
	in.mu.Unlock()
	in.end()
}

// end ends the input because there is no more.
func (in *input) end() {
	in.mu.Lock()
	in.closed = true
	in.tell(false)
	in.mu.Unlock()
	in.change.Broadcast()
}

// pump sends what it reads from stdin, until its end. It may outlive the run in a
// pending Read of the caller's reader, as Request says. The error is the reader's.
func (in *input) pump(stdin io.Reader, out *agent.Writer) error {
	buf := make([]byte, chunk)
	for {
		n := in.next()
		if n == 0 {
			return nil
		}
		got, err := stdin.Read(buf[:n])
		if got > 0 {
			in.read(n, got) // before the agent can answer
			if out.Write(agent.TypeStdin, buf[:got]) != nil {
				return nil // the box is gone
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			in.end()
			_ = out.Write(agent.TypeStdin, nil) // the box is gone, or it knows
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", ErrStdin, err)
		}
	}
}
