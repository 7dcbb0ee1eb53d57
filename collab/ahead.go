package collab

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/corust-dev/corust/collab/runs"
)

// turns gives sessions of a hub their turns to compile ahead of a run. Its methods may be
// called from any goroutine.
type turns struct {
	busy func() bool
	wake chan struct{} // holds a token if there may be a turn to give

	mu sync.Mutex
	runs.Turns
}

// serve gives turns until stop is closed.
func (t *turns) serve(stop <-chan struct{}) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-stop:
			return
		case <-t.wake:
		case <-timer.C:
		}
		if wait := t.give(t.busy()); wait > 0 {
			timer.Reset(wait)
		}
	}
}

// give gives a turn, if it is time, and returns how long to wait; 0 until the next token.
func (t *turns) give(busy bool) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x, wait := t.Next(time.Now(), busy)
	if x != nil {
		x.Granted <- struct{}{} // has room
	}
	return wait
}

// ask is Turns.Ask.
func (t *turns) ask(x *runs.Turn, due, looked time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.again(t.Ask(x, due, looked))
}

// done is Turns.Done.
func (t *turns) done(took time.Duration, evicted bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.again(t.Done(time.Now(), took, evicted))
}

func (t *turns) again(due bool) {
	if !due {
		return
	}
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// background compiles a session's text ahead of its runs, when [runs.Schedule] says so. It
// belongs to the session's goroutine; a session of a hub without a compiler has none.
type background struct {
	runs.Schedule
	turns  *turns
	turn   runs.Turn
	mine   bool               // the session has the turn, and has not used it
	cancel context.CancelFunc // of the compilation under way
}

// newBackground returns nil if the hub has no compiler.
func newBackground(h *Hub) *background {
	if h.turns == nil {
		return nil
	}
	return &background{turns: h.turns, turn: runs.NewTurn(), cancel: func() {}}
}

// granted receives when the session has a turn.
func (b *background) granted() <-chan struct{} {
	if b == nil {
		return nil
	}
	return b.turn.Granted
}

// end cancels what is under way, and gives the session's turn back.
func (b *background) end() {
	if b == nil {
		return
	}
	b.turns.ask(&b.turn, time.Time{}, time.Time{})
	b.cancel()
	select {
	case <-b.turn.Granted:
		b.mine = true
	default:
	}
	if b.mine {
		b.turns.done(0, false)
	}
}

// prepare does what is due ahead of a run.
func (s *Session) prepare() {
	b := s.background
	if b == nil {
		return
	}
	owner, open := s.auth.Open()
	now := time.Now()
	step := b.Next(now, runs.Seen{Text: s.auth.Text(), Open: open, Running: s.program != nil, Turn: b.mine})
	if step.Cancel {
		b.cancel()
	}
	if step.Start {
		s.compile(owner)
	} else if b.mine {
		b.turns.done(0, false)
	}
	b.mine = false
	b.turns.ask(&b.turn, step.Due, now)
}

// compile compiles the text at the head, which is committed, and then gives the turn back.
func (s *Session) compile(owner string) {
	c := runs.Compilation{Session: s.id, Owner: owner, Files: s.auth.Document().Files().Wire(), Settings: s.auth.Settings()}
	ctx, cancel := context.WithCancel(context.Background())
	b := s.background
	b.cancel = cancel
	s.wg.Go(func() {
		defer cancel()
		// A session that has ended takes no more mail, and needs none.
		begun := func() { _ = s.post(ctx, mail{do: b.Begun}) }
		out, err := s.hub.cfg.Compiler.Compile(ctx, c, begun)
		b.turns.done(out.Took, out.Evicted && ctx.Err() == nil)
		if err != nil && ctx.Err() == nil {
			s.hub.cfg.Report(s.id, fmt.Errorf("compile ahead of a run: %w", err))
		}
		_ = s.post(context.Background(), mail{do: func() {
			if b.Ended(time.Now(), s.auth.Text(), out) && out.State != "" {
				s.auth.Compiled(out)
			}
		}})
	})
}
