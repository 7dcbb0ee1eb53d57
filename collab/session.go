package collab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Session is the goroutine that owns one [authority.Authority], its log and its
// viewers. Messages wait in a bounded mailbox. The goroutine handles all pending
// messages, commits the resulting entries in one append, and only then acknowledges and
// broadcasts them. It encodes each broadcast once. Callers reach a session through a
// [Conn] from [Hub.Join].
type Session struct {
	hub     *Hub
	id      wire.SessionID
	mailbox chan mail
	ended   chan struct{} // closed when no more mail is taken
	done    chan struct{} // closed when everything has ended

	mu      sync.Mutex
	log     store.Log     // nil until it was opened
	leaving []*Conn       // found the mailbox full
	left    chan struct{} // holds a token when leaving is not empty
	loadErr error

	stop     chan struct{} // closed by quit
	stopOnce sync.Once
	stopCode wire.Code

	// What follows belongs to the goroutine.
	auth     *authority.Authority
	conns    map[authority.ConnID]*Conn
	due      []*Conn // have frames of the commit, and wait for rouse; the memory is reused
	lastConn authority.ConnID
	stored   wire.Version // of the last snapshot
	behind   int          // bytes of the entries behind it
	memory   int          // as the hub counts it
	program  *program

	background *background
	wg         sync.WaitGroup // the program, a compilation, a snapshot
	saving     atomic.Bool
}

// mail is what the goroutine is asked to do: a message of a connection, or
// anything else.
type mail struct {
	from *Conn
	msg  wire.ClientMessage
	do   func()
}

// errUnloaded is returned when the session ends during a join.
var errUnloaded = errors.New("session is unloaded")

func newSession(h *Hub, id wire.SessionID) *Session {
	return &Session{
		hub: h, id: id, mailbox: make(chan mail, h.cfg.Mailbox), background: newBackground(h),
		ended: make(chan struct{}), done: make(chan struct{}), left: make(chan struct{}, 1), stop: make(chan struct{}), conns: map[authority.ConnID]*Conn{},
	}
}

// quit asks the session to end, and its connections with the code, and reports whether
// nothing had asked before. If so, and the code is hold, the caller ends the connections by
// part, once done is closed.
func (s *Session) quit(code wire.Code) (first bool) {
	s.stopOnce.Do(func() {
		s.stopCode, first = code, true
		close(s.stop)
	})
	return first
}

// hold is the code of a session whose connections learn later why they end.
const hold wire.Code = ""

// part ends the connections that are left with a code. Those for which moved returns a
// message are sent it before. It is called by the session's goroutine, or after that has
// ended.
func (s *Session) part(code wire.Code, moved func(authority.Visitor) *wire.MovedMsg) {
	for _, id := range slices.Sorted(maps.Keys(s.conns)) {
		c := s.conns[id]
		if v, ok := s.auth.Visitor(id); ok && moved != nil {
			if m := moved(v); m != nil {
				c.push(&authority.Frame{Message: m})
			}
		}
		c.end(code)
	}
	clear(s.conns)
}

// post puts mail into the mailbox, waiting while that is full.
func (s *Session) post(ctx context.Context, m mail) error {
	select {
	case s.mailbox <- m:
		return nil
	default:
	}
	select {
	case s.mailbox <- m:
		return nil
	case <-s.ended:
		return errUnloaded
	case <-ctx.Done():
		return ctx.Err()
	}
}

// join lets a connection in; enter does so in the session's goroutine.
func (s *Session) join(ctx context.Context, enter func(*authority.Authority, authority.ConnID) error) (*Conn, error) {
	c := newConn(s)
	reply := make(chan error, 1)
	err := s.post(ctx, mail{do: func() {
		s.lastConn++
		c.id = s.lastConn
		err := enter(s.auth, c.id)
		if c.hasLeft() {
			s.auth.Leave(c.id)
		} else if err == nil {
			s.conns[c.id] = c
		}
		reply <- err
	}})
	if err != nil {
		return nil, err
	}
	select {
	case err = <-reply:
	case <-s.ended:
		select {
		case err = <-reply: // it was let in, and the session ended after that
		default:
			err = s.failure()
		}
	case <-ctx.Done():
		c.Close() // it may be let in yet; then it leaves
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// failure returns why a session has ended without admitting a connection.
func (s *Session) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.loadErr; err != nil {
		return err
	}
	return errUnloaded
}

// run is the goroutine.
func (s *Session) run() {
	defer close(s.done)
	defer s.release()
	defer s.wg.Wait()
	if err := s.load(context.Background()); err != nil {
		s.mu.Lock()
		s.loadErr = fmt.Errorf("load session: %w", err)
		s.mu.Unlock()
		s.hub.forget(s)
		close(s.ended)
		return
	}
	s.weigh()
	err := s.serve()
	s.hub.memory.Add(-int64(s.memory))
	code := wire.CodeResume
	if err == nil {
		select {
		case <-s.stop:
			code = s.stopCode
		default:
		}
	} else {
		s.hub.cfg.Report(s.id, err)
	}
	program := s.program
	s.hub.forget(s)
	close(s.ended) // from here on, s.auth belongs to the program, if there is one
	if program != nil {
		program.cancel()
	}
	s.background.end()
	if code != hold {
		s.part(code, nil)
	}
}

// What a load reads of the entries before the snapshot, for those who were away for a
// moment: as many, and as many bytes, at most.
const (
	recallEntries = 256
	recallBytes   = 256 << 10
)

// load opens the session's log, which makes this node its owner, and then brings the
// session back from it: the document, the settings and the last run.
func (s *Session) load(ctx context.Context) error {
	db := s.hub.cfg.Store
	l, err := db.Open(ctx, s.id, s.hub.cfg.Node)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.log = l
	s.mu.Unlock()
	doc, err := s.restore(ctx)
	if errors.Is(err, authority.ErrCorrupt) {
		return fmt.Errorf("%w: %w", store.ErrCorrupt, err)
	} else if err != nil {
		return err
	}
	if g := l.Grant(); doc.Version() != g.Head {
		return fmt.Errorf("the log was at version %d and is at %d: %w", g.Head, doc.Version(), store.ErrFenced)
	}
	s.auth = authority.New(doc)
	data, err := db.Settings(ctx, s.id)
	if err != nil {
		return err
	}
	settings, err := wire.DecodeSettings(data)
	if err != nil {
		return err
	}
	s.auth.RecallSettings(settings)
	return s.loadRuns(ctx)
}

// restore brings the document back from the last snapshot, the entries after it, and
// some before it for those who were away for a moment. It reads one entry at a time, so
// that it needs the memory of a session, however long the log is.
func (s *Session) restore(ctx context.Context) (*authority.Document, error) {
	db := s.hub.cfg.Store
	snap, err := db.Snapshot(ctx, s.id)
	if err != nil {
		return nil, err
	}
	from, err := db.Reach(ctx, s.id, snap.Epoch, snap.Version, recallEntries, recallBytes)
	if err != nil {
		return nil, err
	}
	doc, err := authority.Restore(snap, nil, s.hub.cfg.Limits)
	if err != nil {
		return nil, err
	}
	s.stored = snap.Version
	err = db.Replay(ctx, s.id, snap.Epoch, from, store.Head, func(v wire.Version, e wire.Entry) error {
		if v <= snap.Version {
			doc.Recall(e, v == snap.Version)
			return nil
		}
		s.behind += authority.EntryCost(e)
		return doc.Replay(e)
	})
	return doc, err
}

// serve handles mail until quit, until the session is idle, or until the log fails.
func (s *Session) serve() error {
	idle := time.NewTimer(s.hub.cfg.Idle)
	defer idle.Stop()
	for {
		stopping := false
		select {
		case m := <-s.mailbox:
			s.handle(m)
		case <-s.left:
			s.mu.Lock()
			leaving := s.leaving
			s.leaving = nil
			s.mu.Unlock()
			for _, c := range leaving {
				s.drop(c)
			}
		case <-idle.C:
			if len(s.conns) == 0 && s.program == nil && len(s.mailbox) == 0 {
				return s.unload()
			}
		case <-s.background.granted():
			s.background.mine = true
		case <-s.stop:
			stopping = true
		}
		// What was accepted is answered, also when the session stops.
		for more := true; more; more = stopping && len(s.mailbox) > 0 {
			s.drain()
			if err := s.flush(); err != nil {
				return err
			}
		}
		if stopping {
			return s.unload()
		}
		s.prepare()
		s.weigh()
		if len(s.conns) == 0 && s.program == nil {
			wait := s.hub.cfg.Idle
			if s.hub.crowded() {
				wait = 0
			}
			idle.Reset(wait)
		}
		s.snapshot()
	}
}

// weigh tells the hub what memory the session takes, and takes less in a crowd.
func (s *Session) weigh() {
	doc := s.auth.Document()
	if s.hub.crowded() {
		doc.Shorten(recallBytes)
	}
	size := doc.Size() + s.auth.RunSize()
	s.hub.memory.Add(int64(size - s.memory))
	s.memory = size
}

// drain takes what else is in the mailbox, so that it shares the commit.
func (s *Session) drain() {
	for !s.auth.Full() {
		select {
		case m := <-s.mailbox:
			s.handle(m)
		default:
			return
		}
	}
}

// drop removes a connection that is no longer read.
func (s *Session) drop(c *Conn) {
	if s.conns[c.id] == c {
		delete(s.conns, c.id)
		s.auth.Leave(c.id)
	}
}

func (s *Session) handle(m mail) {
	if m.do != nil {
		m.do()
		return
	}
	if _, ok := m.msg.(*wire.RunMsg); ok && s.hub.cfg.Runner == nil {
		s.auth.Refuse(m.from.id, 0, fmt.Errorf("this server runs nothing: %w", wire.ErrNoRun))
		return
	}
	s.auth.Receive(m.from.id, m.msg)
}

// release gives the session up.
func (s *Session) release() {
	if l := s.current(); l != nil {
		s.hub.release(s.id, l)
	}
}

// commit brings what is new into the store.
func (s *Session) commit(ctx context.Context) error {
	if v, entries := s.auth.Uncommitted(); len(entries) > 0 || s.auth.Doubted() {
		now := time.Now()
		for i := range entries {
			entries[i].At = now
		}
		if err := s.write(v, entries, func(l store.Log) error { return l.Append(ctx, v, entries) }); err != nil {
			return fmt.Errorf("commit %d entries at version %d: %w", len(entries), v, err)
		}
		for _, e := range entries {
			s.behind += authority.EntryCost(e)
		}
	}
	if settings, unsaved := s.auth.Unsaved(); unsaved {
		put := func(l store.Log) error { return l.PutSettings(ctx, settings.Encode()) }
		if err := s.write(s.auth.Document().Version(), nil, put); err != nil {
			return fmt.Errorf("commit settings: %w", err)
		}
	}
	return nil
}

// flush commits, and then acknowledges and broadcasts. It queues all frames before it wakes
// the first receiver, so that each wakes and writes once a commit.
func (s *Session) flush() error {
	if err := s.commit(context.Background()); err != nil {
		return err
	}
	for _, d := range s.auth.Deliveries() {
		c := s.conns[d.To]
		if c == nil {
			continue
		}
		if d.Close != "" {
			delete(s.conns, d.To)
			c.end(d.Close)
			continue
		}
		if d.View != nil {
			c.show(d.View)
			continue
		}
		if !c.push(d.Frame) {
			// Too slow. It must not delay the others: it reconnects and gets what it
			// has missed in one message.
			delete(s.conns, d.To)
			s.auth.Leave(d.To)
			continue
		}
		if !c.due {
			c.due = true
			s.due = append(s.due, c)
		}
	}
	for _, c := range s.due {
		c.due = false
		c.rouse()
	}
	clear(s.due)
	if s.due = s.due[:0]; cap(s.due) > keepQueue+2*len(s.conns) {
		s.due = nil // many have left
	}
	s.work()
	return nil
}

// snapshot bounds what the next load must replay, and what the log holds, in entries
// and in bytes. It is written beside the loop; the log needs no order between the two.
func (s *Session) snapshot() {
	doc, cfg := s.auth.Document(), &s.hub.cfg
	if doc.Version()-s.stored < wire.Version(cfg.Snapshot) && s.behind < cfg.SnapshotBytes || doc.Version() == s.stored || !s.saving.CompareAndSwap(false, true) {
		return
	}
	l, snap, trim, grown := s.current(), doc.Snapshot(), s.trim(), s.behind
	s.stored, s.behind = snap.Version, 0
	s.wg.Go(func() {
		defer s.saving.Store(false)
		// Where the log was opened again since, a later snapshot does as well.
		if err := s.hub.putSnapshot(s.id, l, snap, trim, grown); err != nil && !errors.Is(err, store.ErrFenced) {
			cfg.Report(s.id, fmt.Errorf("snapshot: %w", err))
		}
	})
}

// trim is the version up to which the log lets entries go at a snapshot of the head. It
// then holds none that the history in memory has forgotten, which bounds its bytes. Where the
// policy is to keep all, putSnapshot finds what exceeds [Config].KeepBytes.
func (s *Session) trim() wire.Version {
	if s.hub.cfg.KeepAll {
		return 0
	}
	doc := s.auth.Document()
	return max(0, doc.Version()-wire.Version(s.hub.cfg.KeepLog), doc.Oldest())
}

// unload writes a last snapshot, if that saves the next load some work.
func (s *Session) unload() error {
	doc := s.auth.Document()
	if doc.Version() == s.stored {
		return nil
	}
	if err := s.hub.putSnapshot(s.id, s.current(), doc.Snapshot(), s.trim(), s.behind); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return nil
}
