package collab

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Config configures a [Hub]. Zero fields stand for their defaults; Store is
// required.
type Config struct {
	Store  store.Store
	Runner runs.Runner // nil: runs are refused
	Limits wire.Limits
	// Compiler compiles texts that rest, ahead of their runs. Nil: nothing does. It begins
	// no compilation while Busy reports that the server has more urgent work; nil: it
	// never has.
	Compiler runs.Compiler
	Busy     func() bool

	Sessions int           // in memory at once; 10,000
	Mailbox  int           // messages that wait for one session, 32 bytes each; 32
	Outbox   int           // frames that wait for one viewer, before it is dropped; 1,024
	Backlog  int           // bytes of them; 8 MiB
	Idle     time.Duration // time without members before a session is unloaded; 30 s
	Snapshot int           // entries between snapshots; 500
	KeepLog  int           // entries kept before a snapshot; 1,000
	KeepAll  bool          // keep all entries instead, within KeepBytes

	// KeepBytes is about how many bytes of entries KeepAll keeps of a session; 0: all, so
	// that no history ends. The checkpoints between them take no more than the entries.
	KeepBytes int

	// SnapshotBytes is how many bytes of entries are between snapshots, too; 4 MiB,
	// and never less than a text may take. Limits.Bytes bounds what is kept before
	// one in the same way. So together they bound the log of a session.
	SnapshotBytes int

	// Node is the name by which the hub owns the sessions that it loads; a new one.
	Node store.Node
	// Settle is for how long a session tries to learn the outcome of a write that the
	// store does not know, before its connections end with "resume"; 10 s. Meanwhile
	// it takes no messages and acknowledges nothing.
	Settle time.Duration

	Expire time.Duration // age of the last edit at which a session is deleted; 0: never

	// Memory is how many bytes the texts and histories of loaded sessions may take; 512
	// MiB. Above it, sessions are unloaded as soon as they have no members, and histories
	// are short: clients that lag get the whole text.
	Memory int

	// Report receives failures that no caller receives: of the store and of the runner.
	// It may be called from any goroutine.
	Report func(wire.SessionID, error)
}

func (c Config) withDefaults() Config {
	for _, f := range []struct {
		field *int
		or    int
	}{{&c.Sessions, 10_000}, {&c.Mailbox, 32}, {&c.Outbox, 1024}, {&c.Backlog, 8 << 20}, {&c.Snapshot, 500}, {&c.KeepLog, 1000}, {&c.SnapshotBytes, 4 << 20}, {&c.Memory, 512 << 20}} {
		if *f.field <= 0 {
			*f.field = f.or
		}
	}
	if c.Idle <= 0 {
		c.Idle = 30 * time.Second
	}
	if c.Node == "" {
		c.Node = store.NewNode()
	}
	if c.Settle <= 0 {
		c.Settle = 10 * time.Second
	}
	if c.Report == nil {
		c.Report = func(wire.SessionID, error) {}
	}
	if c.Busy == nil {
		c.Busy = func() bool { return false }
	}
	c.Limits = c.Limits.WithDefaults()
	c.SnapshotBytes = max(c.SnapshotBytes, maxUnit*c.Limits.Text)
	// The log refuses a push that it has, which ends the session. So its client is
	// to be remembered until then; each entry is of another one at most, and a
	// snapshot that lets go of entries may be a few behind.
	c.Limits.Clients = max(c.Limits.Clients, c.KeepLog+4*c.Snapshot)
	if c.KeepAll {
		c.Limits.Clients = max(c.Limits.Clients, keepAllClients)
	}
	return c
}

// keepAllClients is how many clients of a log that is kept whole are remembered.
const keepAllClients = 64 << 10

// maxUnit is how many bytes of JSON a UTF-16 unit takes at most, as in "\u0001".
const maxUnit = 6

// ErrClosed is returned after [Hub.Close].
var ErrClosed = errors.New("hub is closed")

// Hub finds sessions by id. It loads a session from the store when a client joins, and
// unloads it after its last member has left, to free its memory. All methods may be
// called from any goroutine.
type Hub struct {
	cfg    Config
	memory atomic.Int64 // of loaded sessions
	turns  *turns       // nil without a compiler

	mu       sync.Mutex
	sessions map[wire.SessionID]*Session
	closed   bool
	wg       sync.WaitGroup // sessions, and what serves all of them
	stop     chan struct{}
}

// NewHub returns a hub. The caller must close it before the store.
func NewHub(cfg Config) *Hub {
	h := &Hub{cfg: cfg.withDefaults(), sessions: map[wire.SessionID]*Session{}, stop: make(chan struct{})}
	h.wg.Go(h.expire)
	if h.cfg.Compiler != nil {
		h.turns = &turns{busy: h.cfg.Busy, wake: make(chan struct{}, 1)}
		h.wg.Go(func() { h.turns.serve(h.stop) })
	}
	return h
}

// Create makes a session with a text in its main file, as CreateFiles does.
func (h *Hub) Create(ctx context.Context, id wire.SessionID, text string) error {
	return h.CreateFiles(ctx, id, []wire.NamedFile{{Name: wire.DefaultPath, Content: text}})
}

// CreateFiles makes a session with files, at least one, whose line breaks may be of any
// platform. The main file is that of [files.Root]. The error wraps [wire.ErrTooLarge],
// [wire.ErrExists] where two names collide, [wire.ErrMalformed] where a name is not valid
// or a text is not UTF-8, or [store.ErrExists].
func (h *Hub) CreateFiles(ctx context.Context, id wire.SessionID, named []wire.NamedFile) error {
	if n := len(named); n > h.cfg.Limits.Files {
		return wire.Exceeds("files", n, h.cfg.Limits.Files, wire.UnitCount)
	}
	set, err := files.Named(named)
	if err != nil {
		return err
	}
	if n := set.Units(); n > h.cfg.Limits.Text {
		return wire.Exceeds("text", n, h.cfg.Limits.Text, wire.UnitUTF16)
	}
	return h.cfg.Store.Create(ctx, id, wire.Snapshot{Epoch: wire.NewEpoch(), Files: set.Wire()}, time.Now())
}

// SetUp stores the first settings of a new session. A session that was joined meanwhile
// keeps its settings.
func (h *Hub) SetUp(ctx context.Context, id wire.SessionID, settings wire.Settings) error {
	closed := newSession(h, id)
	h.mu.Lock()
	joined := h.sessions[id] != nil
	if !joined {
		h.sessions[id] = closed
	}
	h.mu.Unlock()
	if joined {
		return nil
	}
	err := h.alone(ctx, closed, func(l store.Log, ctx context.Context) error {
		defer h.release(id, l)
		return l.PutSettings(ctx, settings.Encode())
	})
	if errors.Is(err, store.ErrElsewhere) {
		return nil
	}
	return err
}

// Exists reports whether the session exists.
func (h *Hub) Exists(ctx context.Context, id wire.SessionID) (bool, error) {
	_, err := h.cfg.Store.Info(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Join connects to a session, loading it if necessary. The caller sends a hello first;
// see [Conn]. The error wraps [store.ErrNotFound] when the session does not exist,
// [store.ErrElsewhere] when another node owns it, and [wire.ErrBusy] when it,
// or the hub, is full.
func (h *Hub) Join(ctx context.Context, id wire.SessionID, v authority.Visitor) (*Conn, error) {
	return h.join(ctx, id, func(a *authority.Authority, conn authority.ConnID) error { return a.Connect(conn, v) })
}

// join lets a connection into a session, loading it if need be.
func (h *Hub) join(ctx context.Context, id wire.SessionID, enter func(*authority.Authority, authority.ConnID) error) (*Conn, error) {
	for {
		s, err := h.session(id)
		if err != nil {
			return nil, err
		}
		c, err := s.join(ctx, enter)
		if !errors.Is(err, errUnloaded) {
			return c, err
		}
	}
}

// session finds a loaded session or starts one that loads itself.
func (h *Hub) session(id wire.SessionID) (*Session, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, ErrClosed
	}
	if s := h.sessions[id]; s != nil {
		return s, nil
	}
	if len(h.sessions) >= h.cfg.Sessions {
		return nil, fmt.Errorf("%d sessions are in use and no more can be: %w", len(h.sessions), wire.ErrBusy)
	}
	s := newSession(h, id)
	h.sessions[id] = s
	h.wg.Go(s.run)
	return s, nil
}

// loaded returns the session if it is in memory, or nil.
func (h *Hub) loaded(id wire.SessionID) *Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sessions[id]
}

// Has reports whether the session is in memory here.
func (h *Hub) Has(id wire.SessionID) bool { return h.loaded(id) != nil }

// forget removes a session that has ended.
func (h *Hub) forget(s *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sessions[s.id] == s {
		delete(h.sessions, s.id)
	}
}

// crowded reports whether loaded sessions take more memory than they may.
func (h *Hub) crowded() bool { return h.memory.Load() > int64(h.cfg.Memory) }

// Loaded returns the number of sessions in memory.
func (h *Hub) Loaded() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sessions)
}

// Delete ends all connections of a session with the code "gone" and removes it from the
// store. The error wraps [store.ErrNotFound] when the session does not exist. After an error,
// the connections end with "resume".
func (h *Hub) Delete(ctx context.Context, id wire.SessionID) error {
	return h.without(ctx, id, store.Log.Delete, nil)
}

// Rename gives a session another id. It ends all connections with the code "gone"; clients
// can join under the new id. Those for whose visitor moved returns a message are sent it
// before, so that they can. The error wraps [store.ErrNotFound] or [store.ErrExists]. After
// an error, no client is sent that message, and the connections end with "resume".
func (h *Hub) Rename(ctx context.Context, id, to wire.SessionID, moved func(authority.Visitor) *wire.MovedMsg) error {
	return h.without(ctx, id, func(l store.Log, ctx context.Context) error { return l.Rename(ctx, to, time.Time{}) }, moved)
}

// without ends a session, calls do with its log while the session cannot be loaded, and
// then ends the session's connections. Joins meanwhile wait for a placeholder session that
// admits no connections, and then look the id up again. The session ends in a time that the
// store bounds, also after the end of ctx.
func (h *Hub) without(ctx context.Context, id wire.SessionID, do func(store.Log, context.Context) error, moved func(authority.Visitor) *wire.MovedMsg) (err error) {
	closed := newSession(h, id)
	for {
		h.mu.Lock()
		s := h.sessions[id]
		if s == nil {
			h.sessions[id] = closed
			h.mu.Unlock()
			break
		}
		h.mu.Unlock()
		first := s.quit(hold)
		<-s.done
		if !first {
			continue
		}
		defer func() {
			if err != nil {
				s.part(wire.CodeResume, nil)
			} else {
				s.part(wire.CodeGone, moved)
			}
		}()
	}
	return h.alone(ctx, closed, func(l store.Log, ctx context.Context) error {
		err := do(l, ctx)
		if err != nil {
			h.release(id, l)
		}
		return err
	})
}

// alone calls do with the log of a session while closed is in the hub in its place, and
// removes closed.
func (h *Hub) alone(ctx context.Context, closed *Session, do func(store.Log, context.Context) error) error {
	defer close(closed.done)
	defer close(closed.ended)
	defer h.forget(closed)
	l, err := h.cfg.Store.Open(ctx, closed.id, h.cfg.Node)
	if err != nil {
		return err
	}
	return do(l, ctx)
}

// release gives up the ownership of a session, unless another node has taken it.
func (h *Hub) release(id wire.SessionID, l store.Log) {
	err := l.Release(context.Background())
	for _, gone := range []error{nil, store.ErrFenced, store.ErrNotFound, store.ErrClosed} {
		if errors.Is(err, gone) {
			return
		}
	}
	h.cfg.Report(id, fmt.Errorf("release: %w", err))
}

// expire deletes sessions that have not been edited for Config.Expire, if that is set, and
// drafts that are left, if they have no owner.
func (h *Hub) expire() {
	every := time.Hour
	if h.cfg.Expire > 0 {
		every = max(h.cfg.Expire/24, time.Minute)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	before := time.Time{} // at first, drafts of a process that was killed
	for {
		if err := h.expireNow(context.Background(), before); err != nil {
			h.cfg.Report("", fmt.Errorf("expire: %w", err))
		}
		select {
		case <-h.stop:
			return
		case <-tick.C:
			if h.cfg.Expire > 0 {
				before = time.Now().Add(-h.cfg.Expire)
			}
		}
	}
}

// expireAtOnce is how many sessions are listed at once.
const expireAtOnce = 256

// expireNow lists and deletes expired sessions until it deletes no more. It keeps a
// session that was opened or edited since it was listed.
func (h *Hub) expireNow(ctx context.Context, before time.Time) error {
	for {
		infos, err := h.cfg.Store.Expired(ctx, before, expireAtOnce)
		if err != nil {
			return err
		}
		deleted := 0
		var errs []error
		for _, i := range infos {
			var edited *store.ConflictError
			switch err := h.cfg.Store.DeleteIdle(ctx, i); {
			case err == nil:
				deleted++
			case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrElsewhere), errors.As(err, &edited):
			default:
				errs = append(errs, fmt.Errorf("session %q: %w", i.ID, err))
			}
		}
		if deleted == 0 || len(infos) < expireAtOnce {
			return errors.Join(errs...)
		}
	}
}

// Close ends all sessions and waits for them: it commits and answers received messages,
// ends connections with "resume" and stops runs.
func (h *Hub) Close() {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		close(h.stop)
		for _, s := range h.sessions {
			s.quit(wire.CodeResume)
		}
	}
	h.mu.Unlock()
	h.wg.Wait()
}
