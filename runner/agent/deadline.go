package agent

import (
	"sync"
	"time"
)

// Deadline calls a function once, when its time is over. The time can be extended
// and paused. Its methods may be called from any goroutine, but not by that
// function.
type Deadline struct {
	expired func()
	timer   *time.Timer

	mu     sync.Mutex
	ends   time.Time     // while it runs
	left   time.Duration // while it is paused
	paused bool
	over   bool // stopped or expired
	fired  bool
}

// NewDeadline returns a running Deadline that calls expired, in a new goroutine,
// after d.
func NewDeadline(d time.Duration, expired func()) *Deadline {
	t := &Deadline{expired: expired, ends: time.Now().Add(d)}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.timer = time.AfterFunc(d, t.due)
	return t
}

// due looks whether the time is really over: it may have been extended.
func (t *Deadline) due() {
	t.mu.Lock()
	left := time.Until(t.ends)
	switch {
	case t.over, t.paused:
		t.mu.Unlock()
		return
	case left > 0:
		t.timer.Reset(left)
		t.mu.Unlock()
		return
	}
	t.over, t.fired = true, true
	t.mu.Unlock()
	t.expired()
}

// Add gives d more time, or takes it away if d is negative.
func (t *Deadline) Add(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ends, t.left = t.ends.Add(d), t.left+d
	if d < 0 && !t.paused && !t.over {
		t.timer.Reset(time.Until(t.ends))
	}
}

// Pause stops the time until Resume. To pause twice is to pause once.
func (t *Deadline) Pause() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.paused {
		t.paused, t.left = true, time.Until(t.ends)
	}
}

// Resume lets the time go on after Pause.
func (t *Deadline) Resume() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.paused {
		return
	}
	t.paused, t.ends = false, time.Now().Add(t.left)
	if !t.over {
		t.timer.Reset(t.left)
	}
}

// Stop ends the Deadline and reports whether it has not expired.
func (t *Deadline) Stop() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	t.timer.Stop()
	return !t.fired
}
