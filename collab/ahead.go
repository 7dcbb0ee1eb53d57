package collab

import (
	"context"
	"fmt"
	"time"

	"github.com/corust-dev/corust/collab/runs"
)

// background compiles a session's text ahead of its runs, when [runs.Schedule] says so. It
// belongs to the session's goroutine; a session of a hub without a compiler has none.
type background struct {
	runs.Schedule
	timer  *time.Timer
	cancel context.CancelFunc // of the compilation under way
}

// newBackground returns nil if the hub has no compiler.
func newBackground(h *Hub) *background {
	if h.cfg.Compiler == nil {
		return nil
	}
	b := &background{timer: time.NewTimer(0), cancel: func() {}}
	b.timer.Stop()
	return b
}

// rested receives when it is time to look at the text again.
func (b *background) rested() <-chan time.Time {
	if b == nil {
		return nil
	}
	return b.timer.C
}

// end cancels what is under way.
func (b *background) end() {
	if b != nil {
		b.timer.Stop()
		b.cancel()
	}
}

// prepare does what is due ahead of a run.
func (s *Session) prepare() {
	b := s.background
	if b == nil {
		return
	}
	owner, open := s.auth.Open()
	step := b.Next(time.Now(), runs.Seen{Text: s.auth.Text(), Open: open, Running: s.program != nil})
	if step.Cancel {
		b.cancel()
	}
	if step.Start {
		s.compile(owner)
	}
	if step.Wait > 0 {
		b.timer.Reset(step.Wait)
	} else {
		b.timer.Stop()
	}
}

// compile compiles the text at the head, which is committed.
func (s *Session) compile(owner string) {
	c := runs.Compilation{Session: s.id, Owner: owner, Files: s.auth.Document().Files().Wire(), Settings: s.auth.Settings()}
	ctx, cancel := context.WithCancel(context.Background())
	s.background.cancel = cancel
	s.wg.Go(func() {
		defer cancel()
		// A session that has ended takes no more mail, and needs none.
		begun := func() { _ = s.post(ctx, mail{do: s.background.Begun}) }
		out, err := s.hub.cfg.Compiler.Compile(ctx, c, begun)
		if err != nil && ctx.Err() == nil {
			s.hub.cfg.Report(s.id, fmt.Errorf("compile ahead of a run: %w", err))
		}
		_ = s.post(context.Background(), mail{do: func() {
			if s.background.Ended(time.Now(), s.auth.Text(), out) && out.State != "" {
				s.auth.Compiled(out)
			}
		}})
	})
}
