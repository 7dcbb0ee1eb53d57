// Package memory is a [store.Store] that lives as long as its process: for tests, and
// for sessions that need not outlive the server. [store.Store.Open] always grants.
package memory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Store keeps sessions in memory.
type Store struct {
	mu       sync.Mutex
	sessions map[wire.SessionID]*session
	closed   bool
}

type session struct {
	info    store.Info
	since   store.Term // of the owner
	snap    wire.Snapshot
	past    []wire.Snapshot // the checkpoints, by version
	entries []wire.Entry    // the last ones, up to info.Head
	seen    map[pushKey]bool
	runs    []store.Run
	gone    bool // it was deleted

	settings []byte
}

type pushKey struct {
	client wire.ClientID
	seq    wire.Seq
}

// New makes an empty store.
func New() *Store { return &Store{sessions: map[wire.SessionID]*session{}} }

func notFound(id wire.SessionID) error { return fmt.Errorf("session %q: %w", id, store.ErrNotFound) }

// with calls do with a session while it holds the store's lock.
func (m *Store) with(id wire.SessionID, do func(*session) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return store.ErrClosed
	}
	s, ok := m.sessions[id]
	if !ok {
		return notFound(id)
	}
	return do(s)
}

func (s *session) conflict() error {
	return &store.ConflictError{Epoch: s.info.Epoch, Head: s.info.Head}
}

// first is the version before the first entry that is kept.
func (s *session) first() wire.Version { return s.info.Head - wire.Version(len(s.entries)) }

// Create implements [store.Store].
func (m *Store) Create(_ context.Context, id wire.SessionID, s wire.Snapshot, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return store.ErrClosed
	}
	if _, ok := m.sessions[id]; ok {
		return fmt.Errorf("session %q: %w", id, store.ErrExists)
	}
	at = at.Truncate(time.Millisecond)
	m.sessions[id] = &session{
		info: store.Info{ID: id, Epoch: s.Epoch, Head: s.Version, Created: at, Edited: at},
		snap: cloneSnapshot(s),
		seen: map[pushKey]bool{},
	}
	return nil
}

func cloneSnapshot(s wire.Snapshot) wire.Snapshot {
	s.Files, s.Acked = slices.Clone(s.Files), maps.Clone(s.Acked)
	return s
}

// Open implements [store.Store].
func (m *Store) Open(_ context.Context, id wire.SessionID, node store.Node) (store.Log, error) {
	var l *log
	err := m.with(id, func(s *session) error {
		s.info.Term++
		if s.info.Owner != node || node == "" {
			s.info.Owner, s.since = node, s.info.Term
		}
		l = &log{m, s, node, store.Grant{Epoch: s.info.Epoch, Head: s.info.Head, Term: s.info.Term, Since: s.since}}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Info implements [store.Store].
func (m *Store) Info(_ context.Context, id wire.SessionID) (i store.Info, err error) {
	err = m.with(id, func(s *session) error {
		i = s.info
		return nil
	})
	return i, err
}

// Replay implements [store.Store].
func (m *Store) Replay(_ context.Context, id wire.SessionID, epoch wire.Epoch, from, to wire.Version, do func(wire.Version, wire.Entry) error) error {
	var entries []wire.Entry // never changed in place
	err := m.with(id, func(s *session) error {
		if epoch != s.info.Epoch || from < s.first() || from > s.info.Head {
			return s.conflict()
		}
		entries = slices.Clip(s.entries[from-s.first() : max(from, min(to, s.info.Head))-s.first()])
		return nil
	})
	for i, e := range entries {
		if err := do(from+wire.Version(i)+1, e); err != nil {
			return err
		}
	}
	return err
}

// Reach implements [store.Store].
func (m *Store) Reach(_ context.Context, id wire.SessionID, epoch wire.Epoch, to wire.Version, n, bytes int) (v wire.Version, err error) {
	err = m.with(id, func(s *session) error {
		if epoch != s.info.Epoch || to < s.first() || to > s.info.Head {
			return s.conflict()
		}
		v = store.ReachBack(to, n, bytes, func(yield func(int) bool) {
			for _, e := range slices.Backward(s.entries[:to-s.first()]) {
				if !yield(len(e.AppendChange(nil))) {
					return
				}
			}
		})
		return nil
	})
	return v, err
}

// Snapshot implements [store.Store].
func (m *Store) Snapshot(_ context.Context, id wire.SessionID) (snap wire.Snapshot, err error) {
	err = m.with(id, func(s *session) error {
		snap = cloneSnapshot(s.snap)
		return nil
	})
	return snap, err
}

// Checkpoint implements [store.Store].
func (m *Store) Checkpoint(_ context.Context, id wire.SessionID, epoch wire.Epoch, v wire.Version) (snap wire.Snapshot, err error) {
	err = m.with(id, func(s *session) error {
		if epoch != s.info.Epoch {
			return s.conflict()
		}
		all := append(slices.Clone(s.past), s.snap)
		slices.SortFunc(all, func(a, b wire.Snapshot) int { return cmp.Compare(a.Version, b.Version) })
		snap = all[0]
		for _, c := range all {
			if c.Version <= v {
				snap = c
			}
		}
		snap = cloneSnapshot(snap)
		snap.Acked = nil
		return nil
	})
	return snap, err
}

// Settings implements [store.Store].
func (m *Store) Settings(_ context.Context, id wire.SessionID) (data []byte, err error) {
	err = m.with(id, func(s *session) error {
		data = slices.Clone(s.settings)
		return nil
	})
	return data, err
}

// Runs implements [store.Store].
func (m *Store) Runs(_ context.Context, id wire.SessionID) (out []store.Run, err error) {
	err = m.with(id, func(s *session) error {
		for _, r := range s.runs {
			r.Output, r.Source = nil, nil
			out = append(out, cloneRun(r))
		}
		return nil
	})
	return out, err
}

// Run implements [store.Store].
func (m *Store) Run(_ context.Context, id wire.SessionID, run string) (out store.Run, err error) {
	err = m.with(id, func(s *session) error {
		for _, r := range s.runs {
			if r.ID == run {
				out = cloneRun(r)
				return nil
			}
		}
		return fmt.Errorf("run %q: %w", run, store.ErrNoRun)
	})
	return out, err
}

// Expired implements [store.Store].
func (m *Store) Expired(_ context.Context, before time.Time, limit int) ([]store.Info, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, store.ErrClosed
	}
	var out []store.Info
	for _, s := range m.sessions {
		if len(out) < limit && s.info.Owner == "" && (s.info.Edited.Before(before) || store.IsDraft(s.info.ID)) {
			out = append(out, s.info)
		}
	}
	return out, nil
}

// DeleteIdle implements [store.Store].
func (m *Store) DeleteIdle(_ context.Context, i store.Info) error {
	return m.with(i.ID, func(s *session) error {
		switch {
		case s.info.Owner != "":
			return fmt.Errorf("session %q: %w", i.ID, &store.ElsewhereError{Node: s.info.Owner})
		case s.info.Epoch != i.Epoch || s.info.Head != i.Head:
			return s.conflict()
		}
		m.remove(s)
		return nil
	})
}

func (m *Store) remove(s *session) {
	s.gone = true
	delete(m.sessions, s.info.ID)
}

// Close implements [store.Store].
func (m *Store) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return store.ErrClosed
	}
	m.closed = true
	return nil
}
