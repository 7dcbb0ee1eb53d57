package collab

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Config configures a [Hub]. Zero fields stand for their defaults; Store is
// required.
type Config struct {
	Store  store.Store
	Runner runs.Runner // none: nobody can run anything
	Limits wire.Limits

	Sessions int           // in memory at once; 10,000
	Mailbox  int           // messages that wait for one session, 32 bytes each; 64
	Outbox   int           // frames that wait for one viewer, before it is dropped; 1,024
	Backlog  int           // bytes of them; 8 MiB
	Idle     time.Duration // nobody is there: until a session is unloaded; 30 s
	Snapshot int           // entries between snapshots; 500
	KeepLog  int           // entries kept before a snapshot; 1,000

	// SnapshotBytes is how many bytes of entries are between snapshots, too; 4 MiB,
	// and never less than a text may take. Limits.Bytes bounds what is kept before
	// one in the same way. So together they bound the log of a session.
	SnapshotBytes int

	Expire time.Duration // age of the last edit at which a session is deleted; 0: never

	// Memory is how many bytes the texts and histories of loaded sessions may take; 512
	// MiB. Above, sessions are unloaded as soon as nobody is there, and histories are
	// short: those who lag are given the text.
	Memory int

	// Report is told of failures that no caller hears of: of the store, of
	// the runner. It may be called from any goroutine.
	Report func(wire.SessionID, error)
}

func (c Config) withDefaults() Config {
	for _, f := range []struct {
		field *int
		or    int
	}{{&c.Sessions, 10_000}, {&c.Mailbox, 64}, {&c.Outbox, 1024}, {&c.Backlog, 8 << 20}, {&c.Snapshot, 500}, {&c.KeepLog, 1000}, {&c.SnapshotBytes, 4 << 20}, {&c.Memory, 512 << 20}} {
		if *f.field <= 0 {
			*f.field = f.or
		}
	}
	if c.Idle <= 0 {
		c.Idle = 30 * time.Second
	}
	if c.Report == nil {
		c.Report = func(wire.SessionID, error) {}
	}
	c.Limits = c.Limits.WithDefaults()
	c.SnapshotBytes = max(c.SnapshotBytes, maxUnit*c.Limits.Text)
	// The log refuses a push that it has, which ends the session. So its client is
	// to be remembered until then; each entry is of another one at most, and a
	// snapshot that lets go of entries may be a few behind.
	c.Limits.Clients = max(c.Limits.Clients, c.KeepLog+4*c.Snapshot)
	return c
}

// maxUnit is how many bytes of JSON a UTF-16 unit takes at most, as in "\u0001".
const maxUnit = 6

// ErrClosed: the hub has been closed.
var ErrClosed = errors.New("hub is closed")

// Hub finds sessions by id, loads them from the store when somebody comes and
// lets them go when nobody is there: what is not loaded costs no memory. All
// methods may be called from any goroutine.
type Hub struct {
	cfg    Config
	memory atomic.Int64 // of loaded sessions

	mu       sync.Mutex
	sessions map[wire.SessionID]*Session
	closed   bool
	wg       sync.WaitGroup // sessions, and the one that expires
	stop     chan struct{}
}

// NewHub makes a hub. The caller closes it before the store.
func NewHub(cfg Config) *Hub {
	h := &Hub{cfg: cfg.withDefaults(), sessions: map[wire.SessionID]*Session{}, stop: make(chan struct{})}
	if h.cfg.Expire > 0 {
		h.wg.Go(h.expire)
	}
	return h
}

// Create makes a session with a text, whose line breaks may be anybody's. The
// error wraps [wire.ErrTooLarge], [wire.ErrMalformed] where the text is not UTF-8, or
// [store.ErrExists].
func (h *Hub) Create(ctx context.Context, id wire.SessionID, text string) error {
	t, err := ot.NewText(ot.Normalize(text))
	if err != nil {
		return wire.ChangeError(err)
	}
	if t.Len() > h.cfg.Limits.Text {
		return fmt.Errorf("text of %d units, limit %d: %w", t.Len(), h.cfg.Limits.Text, wire.ErrTooLarge)
	}
	return h.cfg.Store.Create(ctx, id, wire.Snapshot{Epoch: wire.NewEpoch(), Text: t.String()}, time.Now())
}

// Exists reports whether there is such a session.
func (h *Hub) Exists(ctx context.Context, id wire.SessionID) (bool, error) {
	if h.loaded(id) {
		return true, nil
	}
	_, err := h.cfg.Store.Snapshot(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Join connects to a session, loading it if need be. The connection says hello
// first; see [Conn]. The error wraps [store.ErrNotFound] when there is no such
// session, and [wire.ErrBusy] when it, or the hub, is full.
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

// forget is a session's last word.
func (h *Hub) forget(s *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sessions[s.id] == s {
		delete(h.sessions, s.id)
	}
}

// crowded reports whether loaded sessions take more memory than they may.
func (h *Hub) crowded() bool { return h.memory.Load() > int64(h.cfg.Memory) }

// loaded reports whether a session is in memory, and ready.
func (h *Hub) loaded(id wire.SessionID) bool {
	h.mu.Lock()
	s := h.sessions[id]
	h.mu.Unlock()
	return s != nil && s.isLoaded()
}

// Loaded is the number of sessions in memory.
func (h *Hub) Loaded() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sessions)
}

// Delete ends a session for everybody, with the code "gone", and removes it from
// the store. The error wraps [store.ErrNotFound] when there is none.
func (h *Hub) Delete(ctx context.Context, id wire.SessionID) error {
	return h.without(ctx, id, func() error { return h.cfg.Store.Delete(ctx, id) })
}

// Rename gives a session another id. It ends for everybody with the code "gone", and
// goes on under the new id. The error wraps [store.ErrNotFound] or [store.ErrExists].
func (h *Hub) Rename(ctx context.Context, id, to wire.SessionID) error {
	return h.without(ctx, id, func() error { return h.cfg.Store.Rename(ctx, id, to) })
}

// without ends a session and does something while nobody can load it. Who comes
// meanwhile waits in a session that lets nobody in, and looks again after that.
func (h *Hub) without(ctx context.Context, id wire.SessionID, do func() error) error {
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
		s.quit(wire.CodeGone)
		select {
		case <-s.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	defer close(closed.done)
	defer close(closed.ended)
	defer h.forget(closed)
	return do()
}

// expire deletes what nobody has edited for long, while nobody is there.
func (h *Hub) expire() {
	tick := time.NewTicker(max(h.cfg.Expire/24, time.Minute))
	defer tick.Stop()
	for {
		select {
		case <-h.stop:
			return
		case <-tick.C:
			if err := h.expireNow(context.Background()); err != nil {
				h.cfg.Report("", fmt.Errorf("expire: %w", err))
			}
		}
	}
}

func (h *Hub) expireNow(ctx context.Context) error {
	infos, err := h.cfg.Store.Sessions(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, i := range infos {
		if time.Since(i.Edited) >= h.cfg.Expire {
			if err := h.deleteIdle(ctx, i); err != nil && !errors.Is(err, store.ErrNotFound) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// deleteIdle deletes a session, unless somebody is there or it was edited since it
// was listed. Who comes meanwhile waits in a session that lets nobody in, and finds
// none after that.
func (h *Hub) deleteIdle(ctx context.Context, i store.Info) error {
	closed := newSession(h, i.ID)
	h.mu.Lock()
	if h.sessions[i.ID] != nil {
		h.mu.Unlock()
		return nil
	}
	h.sessions[i.ID] = closed
	h.mu.Unlock()
	defer close(closed.done)
	defer close(closed.ended)
	defer h.forget(closed)
	// An append of nothing compares the head.
	var conflict *store.ConflictError
	if err := h.cfg.Store.Append(ctx, i.ID, i.Epoch, i.Head, nil); errors.As(err, &conflict) {
		return nil
	} else if err != nil {
		return err
	}
	return h.cfg.Store.Delete(ctx, i.ID)
}

// Close ends all sessions: what they have received is committed and answered,
// connections end with "resume", runs are stopped. It waits for all of it.
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
