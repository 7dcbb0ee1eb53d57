package simnet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Server is a process that serves the session from the log. It owns the log from loading
// the session until another server loads it; then its next write is fenced, and it
// starts afresh. See owners.go.
type Server struct {
	w          *World
	index      int
	auth       *authority.Authority // nil while the server is down or not loaded
	life       int                  // counts resets; earlier plans are void
	crashes    int
	nextConn   authority.ConnID
	conns      map[authority.ConnID]*connection
	committing bool
	down       bool
	failAppend bool // the next one fails
	ownership
}

// AddServer starts one more server over the same log.
func (w *World) AddServer() *Server {
	s := &Server{w: w, index: len(w.servers), conns: map[authority.ConnID]*connection{}}
	w.servers = append(w.servers, s)
	return s
}

// Servers returns all servers.
func (w *World) Servers() []*Server { return w.servers }

func (s *Server) load() error {
	ctx := context.Background()
	var err error
	if s.log, err = s.w.log.Open(ctx, session, s.node()); err != nil {
		return err
	}
	snap, err := s.w.log.Snapshot(ctx, session)
	if err != nil {
		return err
	}
	entries, err := store.Read(ctx, s.w.log, session, snap.Epoch, snap.Version, 0)
	if err != nil {
		return err
	}
	doc, err := authority.Restore(snap, entries, wire.Limits{History: s.w.cfg.History, Text: s.w.cfg.Limit})
	if err != nil {
		return err
	}
	settings, err := s.w.settings()
	if err != nil {
		return err
	}
	s.auth = authority.New(doc)
	s.auth.RecallSettings(settings)
	return nil
}

func (s *Server) connect(c *connection) bool {
	if s.down {
		return false
	}
	if s.auth == nil {
		if err := s.load(); err != nil {
			s.w.fail(err)
			return false
		}
	}
	s.nextConn++
	c.conn = s.nextConn
	if err := s.auth.Connect(c.conn, authority.Visitor{}); err != nil {
		s.w.fail(err)
		return false
	}
	s.conns[c.conn] = c
	return true
}

func (s *Server) receive(c *connection, m wire.ClientMessage) {
	if s.auth == nil || s.conns[c.conn] != c || s.waits(func() { s.receive(c, m) }) {
		return
	}
	err := s.auth.Receive(c.conn, m)
	switch code := wire.CodeOf(err); {
	case err == nil, code == wire.CodeStale, code == wire.CodeFuture, code == wire.CodeEpoch, code == wire.CodeNotJoined:
	case code == wire.CodeTooLarge && s.w.cfg.Limit > 0:
	case code == wire.CodeExists:
	case (code == wire.CodeNoFile || code == wire.CodeRenamed) && s.behind(m):
	default:
		s.w.fail(fmt.Errorf("server refused %T of %s: %w", m, c.editor.ID(), err))
	}
	s.plan()
}

// behind reports whether a push is of a version before the head: its client may not know
// why it is refused.
func (s *Server) behind(m wire.ClientMessage) bool {
	p, ok := m.(*wire.PushMsg)
	return ok && p.Version < s.auth.Document().Version()
}

// plan schedules a commit, which includes the changes that come before it.
func (s *Server) plan() {
	if s.w.cfg.Unsafe {
		v, entries := s.auth.Uncommitted()
		entries = slices.Clone(entries)
		if !s.putSettings() {
			return
		}
		s.send(s.auth.Deliveries())
		if len(entries) > 0 {
			life := s.life
			s.w.After(s.w.cfg.Commit, func() {
				if s.life == life {
					s.append(v, entries)
				}
			})
		}
		return
	}
	if s.committing {
		return
	}
	s.committing = true
	life := s.life
	s.w.After(s.w.cfg.Commit, func() {
		if s.life != life {
			return
		}
		do := func() {
			s.committing = false
			if s.commit() {
				s.send(s.auth.Deliveries())
			}
		}
		if !s.waits(do) {
			do()
		}
	})
}

// commit writes new entries to the log. If that fails, the server forgets all state and
// its editors reconnect to the state of the log.
func (s *Server) commit() bool {
	if v, entries := s.auth.Uncommitted(); (len(entries) > 0 || s.auth.Doubted()) && !s.append(v, entries) {
		return false
	}
	return s.putSettings()
}

// putSettings brings new settings into the store.
func (s *Server) putSettings() bool {
	settings, unsaved := s.auth.Unsaved()
	if !unsaved {
		return true
	}
	if s.failAppend {
		s.failAppend = false
		s.reset()
		return false
	}
	err := s.write(func() error { return s.log.PutSettings(context.Background(), settings.Encode()) })
	return s.known(err, s.auth.Document().Version(), nil, s.putSettings)
}

func (s *Server) append(v wire.Version, entries []wire.Entry) bool {
	err := error(store.ErrFull)
	if !s.failAppend {
		for i := range entries {
			entries[i].At = s.w.wall()
		}
		err = s.write(func() error { return s.log.Append(context.Background(), v, entries) })
	}
	s.failAppend = false
	return s.known(err, v, entries, func() bool { return s.append(v, entries) && s.putSettings() })
}

func (s *Server) send(out []authority.Delivery) {
	for _, d := range out {
		c := s.conns[d.To]
		if c == nil {
			continue
		}
		if d.Close != "" {
			delete(s.conns, d.To)
			c.close(d.Close)
			continue
		}
		c.toEditor(d.Frame)
	}
}

// reset drops all connections and everything in memory.
func (s *Server) reset() {
	s.life++
	s.committing = false
	s.auth = nil
	s.ownership.end()
	for id := authority.ConnID(1); id <= s.nextConn; id++ { // not by ranging: order matters
		if c := s.conns[id]; c != nil {
			c.close(wire.CodeResume)
		}
	}
	clear(s.conns)
}

// Moment is the point of a commit at which a crash happens.
type Moment int

const (
	BeforeCommit Moment = iota // received pushes are lost
	BeforeAck                  // they are in the log, and no acknowledgement was sent
	AfterAck                   // they are in the log, and the acknowledgements are under way
)

// Crash kills the server and restarts it some ticks later.
func (s *Server) Crash(m Moment, outage int64) {
	if s.auth != nil && m != BeforeCommit && !s.w.cfg.Unsafe && !s.settling && s.commit() && m == AfterAck {
		s.send(s.auth.Deliveries())
	}
	s.reset()
	s.down = true
	s.crashes++
	crash := s.crashes
	s.w.After(outage, func() {
		if s.crashes == crash {
			s.down = false
		}
	})
}

// FailStore makes the next commit fail.
func (s *Server) FailStore() { s.failAppend = true }

// Snapshot writes a snapshot of the committed state, and removes the log's entries except
// the last keep before it.
func (s *Server) Snapshot(keep int) {
	if s.auth == nil || s.settling || !s.commit() {
		return
	}
	snap := s.auth.Document().Snapshot()
	if err := s.w.readLog(); err != nil {
		s.w.fail(err)
		return
	}
	err := s.log.PutSnapshot(context.Background(), snap, max(0, snap.Version-wire.Version(keep)))
	if err != nil && !errors.Is(err, store.ErrFenced) && !errors.Is(err, store.ErrNotFound) {
		s.w.fail(err)
	}
	if !s.w.cfg.Unsafe {
		s.send(s.auth.Deliveries())
	}
}

// restoreFrom replaces the log by a back-up.
func (w *World) restoreFrom(snap wire.Snapshot) {
	ctx := context.Background()
	l, err := w.log.Open(ctx, session, "restore")
	if err == nil {
		err = errors.Join(l.Delete(ctx), w.log.Create(ctx, session, snap, w.wall()))
	}
	if err != nil {
		w.fail(err)
	}
	for _, s := range w.servers {
		s.reset()
	}
}
