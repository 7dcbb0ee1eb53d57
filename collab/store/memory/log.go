package memory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// log is what Open gives: a session and the right to write to it.
type log struct {
	m     *Store
	s     *session
	node  store.Node
	grant store.Grant
}

// Grant implements [store.Log].
func (l *log) Grant() store.Grant { return l.grant }

// write calls do with the session while it holds the store's lock, if the session exists
// and the handle owns it.
func (l *log) write(do func(*session) error) error {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	switch {
	case l.m.closed:
		return store.ErrClosed
	case l.s.gone:
		return notFound(l.s.info.ID)
	case l.s.info.Owner == "" || l.s.info.Term != l.grant.Term:
		return fmt.Errorf("session %q in term %d: %w", l.s.info.ID, l.grant.Term, store.ErrFenced)
	}
	return do(l.s)
}

// Append implements [store.Log].
func (l *log) Append(_ context.Context, expected wire.Version, entries []wire.Entry) error {
	return l.write(func(s *session) error {
		if expected != s.info.Head {
			return s.conflict()
		}
		batch := map[pushKey]bool{}
		for _, e := range entries {
			k := pushKey{e.Client, e.Seq}
			if s.seen[k] || batch[k] {
				return fmt.Errorf("push %d of %q: %w", e.Seq, e.Client, store.ErrDuplicate)
			}
			batch[k] = true
		}
		for _, e := range entries {
			e.At = e.At.Truncate(time.Millisecond)
			s.seen[pushKey{e.Client, e.Seq}] = true
			s.entries = append(s.entries, e)
			s.info.Head++
			s.info.Edited = e.At
		}
		return nil
	})
}

// PutSnapshot implements [store.Log].
func (l *log) PutSnapshot(_ context.Context, snap wire.Snapshot, trim wire.Version) error {
	return l.write(func(s *session) error {
		if snap.Epoch != s.info.Epoch || snap.Version > s.info.Head || trim > snap.Version {
			return s.conflict()
		}
		if snap.Version >= s.snap.Version {
			s.snap = cloneSnapshot(snap)
		}
		if gone := trim - s.first(); gone > 0 {
			for _, e := range s.entries[:gone] {
				delete(s.seen, pushKey{e.Client, e.Seq})
			}
			s.entries = slices.Clone(s.entries[gone:])
			s.past = slices.DeleteFunc(s.past, func(c wire.Snapshot) bool { return c.Version < trim })
		}
		return nil
	})
}

// PutCheckpoint implements [store.Log].
func (l *log) PutCheckpoint(_ context.Context, snap wire.Snapshot) error {
	return l.write(func(s *session) error {
		if snap.Epoch != s.info.Epoch || snap.Version > s.info.Head || snap.Version < s.first() {
			return s.conflict()
		}
		s.past = slices.DeleteFunc(s.past, func(c wire.Snapshot) bool { return c.Version == snap.Version })
		s.past = append(s.past, cloneSnapshot(snap))
		return nil
	})
}

// PutSettings implements [store.Log].
func (l *log) PutSettings(_ context.Context, data []byte) error {
	return l.write(func(s *session) error {
		s.settings = slices.Clone(data)
		return nil
	})
}

// PutRun implements [store.Log].
func (l *log) PutRun(_ context.Context, r store.Run) error {
	r = cloneRun(r)
	r.Started, r.Ended = r.Started.Truncate(time.Millisecond), r.Ended.Truncate(time.Millisecond)
	r.Node, r.Term = l.node, l.grant.Term
	return l.write(func(s *session) error {
		at := slices.IndexFunc(s.runs, func(have store.Run) bool { return have.ID == r.ID })
		if at >= 0 {
			r.Source = s.runs[at].Source
			s.runs[at] = r
			return nil
		}
		s.runs = append(s.runs, r)
		total := 0
		for i := len(s.runs) - 1; i >= 0; i-- {
			if source := &s.runs[i].Source; *source != nil {
				if total += len(**source); total > store.MaxSources {
					*source = nil
				}
			}
		}
		if len(s.runs) > store.MaxRuns {
			s.runs = slices.Delete(s.runs, 0, len(s.runs)-store.MaxRuns)
		}
		return nil
	})
}

func cloneRun(r store.Run) store.Run {
	r.About, r.Output = slices.Clone(r.About), slices.Clone(r.Output)
	return r
}

// Rename implements [store.Log].
func (l *log) Rename(_ context.Context, to wire.SessionID, edited time.Time) error {
	return l.write(func(s *session) error {
		if l.m.sessions[to] != nil {
			return fmt.Errorf("session %q: %w", to, store.ErrExists)
		}
		delete(l.m.sessions, s.info.ID)
		l.m.sessions[to] = s
		s.info.ID, s.info.Owner = to, ""
		if !edited.IsZero() {
			s.info.Edited = edited.Truncate(time.Millisecond)
		}
		return nil
	})
}

// Release implements [store.Log].
func (l *log) Release(context.Context) error {
	return l.write(func(s *session) error {
		s.info.Owner = ""
		return nil
	})
}

// Delete implements [store.Log].
func (l *log) Delete(context.Context) error {
	return l.write(func(s *session) error {
		l.m.remove(s)
		return nil
	})
}
