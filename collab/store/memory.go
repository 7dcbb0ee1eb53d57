package store

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/corust-dev/corust/collab/wire"
)

// Memory is a store that lives as long as its process: for tests, and for
// sessions that need not outlive the server.
type Memory struct {
	mu       sync.Mutex
	sessions map[wire.SessionID]*memSession
	closed   bool
}

type memSession struct {
	info    Info
	snap    wire.Snapshot
	entries []wire.Entry // the last ones, up to info.Head
	seen    map[pushKey]bool
	runs    []Run

	settings []byte
}

type pushKey struct {
	client wire.ClientID
	seq    wire.Seq
}

// NewMemory makes an empty store.
func NewMemory() *Memory { return &Memory{sessions: map[wire.SessionID]*memSession{}} }

// session finds a session; the lock is held until unlock is called.
func (m *Memory) session(id wire.SessionID) (s *memSession, unlock func(), err error) {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil, nil, ErrClosed
	}
	s, ok := m.sessions[id]
	if !ok {
		m.mu.Unlock()
		return nil, nil, fmt.Errorf("session %q: %w", id, ErrNotFound)
	}
	return s, m.mu.Unlock, nil
}

// Create makes a session that starts from a snapshot.
func (m *Memory) Create(_ context.Context, id wire.SessionID, s wire.Snapshot, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	if _, ok := m.sessions[id]; ok {
		return fmt.Errorf("session %q: %w", id, ErrExists)
	}
	at = at.Truncate(time.Millisecond)
	m.sessions[id] = &memSession{
		info: Info{ID: id, Epoch: s.Epoch, Head: s.Version, Created: at, Edited: at},
		snap: cloneSnapshot(s),
		seen: map[pushKey]bool{},
	}
	return nil
}

func cloneSnapshot(s wire.Snapshot) wire.Snapshot {
	s.Acked = maps.Clone(s.Acked)
	return s
}

// Append puts entries behind the head, if that is at expected.
func (m *Memory) Append(_ context.Context, id wire.SessionID, epoch wire.Epoch, expected wire.Version, entries []wire.Entry) error {
	s, unlock, err := m.session(id)
	if err != nil {
		return err
	}
	defer unlock()
	if epoch != s.info.Epoch || expected != s.info.Head {
		return &ConflictError{s.info.Epoch, s.info.Head}
	}
	batch := map[pushKey]bool{}
	for _, e := range entries {
		k := pushKey{e.Client, e.Seq}
		if s.seen[k] || batch[k] {
			return fmt.Errorf("push %d of %q: %w", e.Seq, e.Client, ErrDuplicate)
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
}

// Replay hands the entries behind a version to do.
func (m *Memory) Replay(_ context.Context, id wire.SessionID, epoch wire.Epoch, from wire.Version, do func(wire.Version, wire.Entry) error) error {
	entries, err := m.behind(id, epoch, from)
	for i, e := range entries {
		if err := do(from+wire.Version(i)+1, e); err != nil {
			return err
		}
	}
	return err
}

// behind gives the entries behind a version, which must not be changed.
func (m *Memory) behind(id wire.SessionID, epoch wire.Epoch, from wire.Version) ([]wire.Entry, error) {
	s, unlock, err := m.session(id)
	if err != nil {
		return nil, err
	}
	defer unlock()
	first := s.info.Head - wire.Version(len(s.entries))
	if epoch != s.info.Epoch || from < first || from > s.info.Head {
		return nil, &ConflictError{s.info.Epoch, s.info.Head}
	}
	return slices.Clip(s.entries[from-first:]), nil
}

// Reach gives the lowest version that leads to another within bounds.
func (m *Memory) Reach(_ context.Context, id wire.SessionID, epoch wire.Epoch, to wire.Version, n, bytes int) (wire.Version, error) {
	s, unlock, err := m.session(id)
	if err != nil {
		return 0, err
	}
	defer unlock()
	first := s.info.Head - wire.Version(len(s.entries))
	if epoch != s.info.Epoch || to < first || to > s.info.Head {
		return 0, &ConflictError{s.info.Epoch, s.info.Head}
	}
	sizes := func(yield func(int) bool) {
		for _, e := range slices.Backward(s.entries[:to-first]) {
			if !yield(len(e.Changes.AppendJSON(nil))) {
				return
			}
		}
	}
	return reach(to, n, bytes, sizes), nil
}

// reach goes back from a version while entries of these sizes, the newest first, are
// within bounds.
func reach(to wire.Version, n, bytes int, sizes iter.Seq[int]) wire.Version {
	for size := range sizes {
		if bytes -= size; n == 0 || bytes < 0 {
			break
		}
		n--
		to--
	}
	return to
}

// Snapshot gives the last snapshot.
func (m *Memory) Snapshot(_ context.Context, id wire.SessionID) (wire.Snapshot, error) {
	s, unlock, err := m.session(id)
	if err != nil {
		return wire.Snapshot{}, err
	}
	defer unlock()
	return cloneSnapshot(s.snap), nil
}

// PutSnapshot keeps a snapshot of an entry at or before the head, and forgets
// the entries up to trim, which must not lie behind it.
func (m *Memory) PutSnapshot(_ context.Context, id wire.SessionID, snap wire.Snapshot, trim wire.Version) error {
	s, unlock, err := m.session(id)
	if err != nil {
		return err
	}
	defer unlock()
	if snap.Epoch != s.info.Epoch || snap.Version > s.info.Head || trim > snap.Version {
		return &ConflictError{s.info.Epoch, s.info.Head}
	}
	if snap.Version >= s.snap.Version {
		s.snap = cloneSnapshot(snap)
	}
	first := s.info.Head - wire.Version(len(s.entries))
	if trim > first {
		for _, e := range s.entries[:trim-first] {
			delete(s.seen, pushKey{e.Client, e.Seq})
		}
		s.entries = slices.Clone(s.entries[trim-first:])
	}
	return nil
}

// PutSettings keeps settings in place of those before.
func (m *Memory) PutSettings(_ context.Context, id wire.SessionID, data []byte) error {
	s, unlock, err := m.session(id)
	if err != nil {
		return err
	}
	defer unlock()
	s.settings = slices.Clone(data)
	return nil
}

// Settings gives what PutSettings kept.
func (m *Memory) Settings(_ context.Context, id wire.SessionID) ([]byte, error) {
	s, unlock, err := m.session(id)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return slices.Clone(s.settings), nil
}

// Sessions lists all sessions, by id.
func (m *Memory) Sessions(context.Context) ([]Info, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	var out []Info
	for _, s := range m.sessions {
		out = append(out, s.info)
	}
	slices.SortFunc(out, func(a, b Info) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// Delete forgets a session and everything of it.
func (m *Memory) Delete(_ context.Context, id wire.SessionID) error {
	_, unlock, err := m.session(id)
	if err != nil {
		return err
	}
	defer unlock()
	delete(m.sessions, id)
	return nil
}

// Rename gives a session another id.
func (m *Memory) Rename(_ context.Context, id, to wire.SessionID) error {
	s, unlock, err := m.session(id)
	if err != nil {
		return err
	}
	defer unlock()
	if m.sessions[to] != nil {
		return fmt.Errorf("session %q: %w", to, ErrExists)
	}
	delete(m.sessions, id)
	m.sessions[to] = s
	s.info.ID = to
	return nil
}

// PutRun keeps the record of a run, in place of the one with its id but for the
// source.
func (m *Memory) PutRun(_ context.Context, id wire.SessionID, r Run) error {
	s, unlock, err := m.session(id)
	if err != nil {
		return err
	}
	defer unlock()
	r = cloneRun(r)
	r.Started, r.Ended = r.Started.Truncate(time.Millisecond), r.Ended.Truncate(time.Millisecond)
	for i := range s.runs {
		if s.runs[i].ID == r.ID {
			r.Source = s.runs[i].Source
			s.runs[i] = r
			return nil
		}
	}
	s.runs = append(s.runs, r)
	total := 0
	for i := len(s.runs) - 1; i >= 0; i-- {
		if source := &s.runs[i].Source; *source != nil {
			if total += len(**source); total > MaxSources {
				*source = nil
			}
		}
	}
	if len(s.runs) > MaxRuns {
		s.runs = slices.Delete(s.runs, 0, len(s.runs)-MaxRuns)
	}
	return nil
}

func cloneRun(r Run) Run {
	r.About, r.Output = slices.Clone(r.About), slices.Clone(r.Output)
	return r
}

// Runs lists the last [MaxRuns] runs, in the order of their first PutRun, without
// output and source.
func (m *Memory) Runs(_ context.Context, id wire.SessionID) ([]Run, error) {
	s, unlock, err := m.session(id)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var out []Run
	for _, r := range s.runs {
		r.Output, r.Source = nil, nil
		out = append(out, cloneRun(r))
	}
	return out, nil
}

// Run gives one record whole.
func (m *Memory) Run(_ context.Context, id wire.SessionID, run string) (Run, error) {
	s, unlock, err := m.session(id)
	if err != nil {
		return Run{}, err
	}
	defer unlock()
	for _, r := range s.runs {
		if r.ID == run {
			return cloneRun(r), nil
		}
	}
	return Run{}, fmt.Errorf("run %q: %w", run, ErrNoRun)
}

// Close ends the store; every later call fails with [ErrClosed].
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	m.closed = true
	return nil
}
