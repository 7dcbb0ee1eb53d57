package main

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// logBurst is how many lines of one message are logged at once, and logEvery how
	// often another one is after that.
	logBurst = 20
	logEvery = 10 * time.Second
)

// sparing is a log handler that bounds the lines of each message: an error of every
// request, such as a full disk, is as frequent as the requests. The next line counts
// the omitted ones. Messages are constants, so there are few.
type sparing struct {
	slog.Handler
	state *sparingState
}

type sparingState struct {
	now func() time.Time

	mu sync.Mutex
	by map[string]*logged
}

type logged struct {
	room    int // lines that may follow at once
	filled  time.Time
	skipped int
}

func newSparing(h slog.Handler, now func() time.Time) slog.Handler {
	return sparing{h, &sparingState{now: now, by: map[string]*logged{}}}
}

// Handle implements [slog.Handler].
func (s sparing) Handle(ctx context.Context, r slog.Record) error {
	skipped, ok := s.state.take(r.Message)
	if !ok {
		return nil
	}
	if skipped > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("left_out_before", skipped))
	}
	return s.Handler.Handle(ctx, r)
}

// take takes one line from the allowance of a message.
func (s *sparingState) take(message string) (skipped int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	l := s.by[message]
	if l == nil {
		l = &logged{room: logBurst, filled: now}
		s.by[message] = l
	}
	if n := int(now.Sub(l.filled) / logEvery); n > 0 {
		l.room, l.filled = min(logBurst, l.room+n), l.filled.Add(time.Duration(n)*logEvery)
	}
	if l.room == 0 {
		l.skipped++
		return 0, false
	}
	l.room--
	skipped, l.skipped = l.skipped, 0
	return skipped, true
}

// WithAttrs implements [slog.Handler].
func (s sparing) WithAttrs(attrs []slog.Attr) slog.Handler {
	return sparing{s.Handler.WithAttrs(attrs), s.state}
}

// WithGroup implements [slog.Handler].
func (s sparing) WithGroup(name string) slog.Handler {
	return sparing{s.Handler.WithGroup(name), s.state}
}
