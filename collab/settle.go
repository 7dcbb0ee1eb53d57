package collab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// A session whose last write has an unknown outcome neither handles nor sends messages:
// connections stay open, and their messages wait. It calls [store.Settle] until that
// succeeds, and then continues as if the write had just succeeded or failed. If another
// owner came in between, or [Config].Settle has passed, the session ends with "resume",
// and clients send again what was not acknowledged.

// How long a session waits before it tries to settle a write again.
const (
	settleAfter = 10 * time.Millisecond // doubled each time
	settleEvery = time.Second           // at most
)

// write does a write, which puts entries after version v if there are any, until its
// outcome is known. It is called by the session's goroutine, or after that has ended.
func (s *Session) write(v wire.Version, entries []wire.Entry, do func(store.Log) error) error {
	return s.know(do(s.current()), v, entries, do)
}

// know does what write does, after a first attempt that gave err.
func (s *Session) know(err error, v wire.Version, entries []wire.Entry, do func(store.Log) error) error {
	if !errors.Is(err, store.ErrUnknown) {
		return err
	}
	s.hub.cfg.Report(s.id, err)
	ctx, cancel := context.WithTimeout(context.Background(), s.hub.cfg.Settle)
	defer cancel()
	for wait := settleAfter; ; wait = min(2*wait, settleEvery) {
		landed, err := s.settle(ctx, v, entries)
		if err == nil && !landed {
			err = do(s.current())
		}
		if !unsettled(err) {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return fmt.Errorf("not settled within %v: %w", s.hub.cfg.Settle, err)
		case <-s.stop:
			return fmt.Errorf("not settled before the session was ended: %w", err)
		}
	}
}

// settle opens the log again, and reports whether entries after version v have landed.
func (s *Session) settle(ctx context.Context, v wire.Version, entries []wire.Entry) (landed bool, err error) {
	l, landed, err := store.Settle(ctx, s.hub.cfg.Store, s.id, s.hub.cfg.Node, s.current(), v, entries)
	if err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = l
	return landed, nil
}

// unsettled reports whether to try again is of use.
func unsettled(err error) bool {
	for _, final := range []error{nil, store.ErrFenced, store.ErrElsewhere, store.ErrNotFound, store.ErrCorrupt, store.ErrClosed} {
		if errors.Is(err, final) {
			return false
		}
	}
	return true
}

// current is the session's log as it was opened last.
func (s *Session) current() store.Log {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log
}
