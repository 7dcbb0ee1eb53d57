package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/proctime"
)

// server is a hub over a SQLite store with its defaults, synchronous=FULL.
type server struct {
	hub *collab.Hub
	db  *sqlite.Store
	dir string
}

func serve(ctx context.Context) (*server, error) {
	dir, err := os.MkdirTemp("", "corust-bench-")
	if err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, filepath.Join(dir, "db"), sqlite.Config{})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	report := func(id wire.SessionID, err error) { fmt.Fprintf(os.Stderr, "bench: session %s: %v\n", id, err) }
	return &server{collab.NewHub(collab.Config{Store: db, Report: report}), db, dir}, nil
}

func (s *server) close() {
	s.hub.Close()
	s.db.Close()
	os.RemoveAll(s.dir)
}

// load is what editors at many sessions do.
type load struct {
	hub       *collab.Hub
	measuring atomic.Bool
	wg        sync.WaitGroup

	mu    sync.Mutex
	delay []time.Duration // from a push to each of the others
	err   error
}

// room is what the editors of one session share: when each push left, seq n of
// an editor being its n-th.
type room struct {
	id   wire.SessionID
	mu   sync.Mutex
	sent map[wire.ClientID][]time.Time
}

func (l *load) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		l.err = err
	}
}

// editor types one character every interval, starting after a phase, and
// receives what others type. It is a whole client, as a browser has one, but on
// the same two cores: most of the processor time is the editors'.
func (l *load) editor(ctx, typing context.Context, r *room, index int, phase, interval time.Duration) {
	conn, err := l.hub.Join(ctx, r.id, authority.Visitor{})
	if err != nil {
		l.fail(err)
		return
	}
	key := wire.Key(fmt.Sprintf("%s-%d", r.id, index))
	id := wire.ClientOf(key, "")
	c := client.New(key, "")
	if err := conn.Send(ctx, c.Hello()); err != nil {
		l.fail(err)
		return
	}
	incoming := make(chan []byte)
	l.wg.Go(func() {
		defer close(incoming)
		for {
			b, err := conn.Recv(ctx)
			if err != nil {
				if ctx.Err() == nil {
					l.fail(err)
				}
				return
			}
			select {
			case incoming <- b:
			case <-ctx.Done():
				return
			}
		}
	})
	l.wg.Go(func() {
		defer conn.Close()
		var delay []time.Duration
		defer func() {
			l.mu.Lock()
			l.delay = append(l.delay, delay...)
			l.mu.Unlock()
		}()
		next := time.NewTimer(phase)
		defer next.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case b, ok := <-incoming:
				if !ok {
					return
				}
				m, err := wire.DecodeServer(b)
				if err == nil {
					_, err = c.Receive(m)
				}
				if err != nil {
					l.fail(err)
					return
				}
				if e, ok := m.(*wire.EntryMsg); ok && l.measuring.Load() {
					delay = append(delay, r.since(e.Client, e.Seq))
				}
			case <-next.C:
				next.Reset(interval)
				if !c.Live() || typing.Err() != nil {
					continue
				}
				change, err := ot.New(c.Text().Len(), ot.Edit{From: c.Text().Len(), To: c.Text().Len(), Insert: "x"})
				if err == nil {
					err = c.Edit(change)
				}
				if err != nil {
					l.fail(err)
					return
				}
			}
			for m := c.Next(); m != nil; m = c.Next() {
				if _, ok := m.(*wire.PushMsg); ok {
					r.pushed(id)
				}
				if err := conn.Send(ctx, m); err != nil {
					l.fail(err)
					return
				}
			}
		}
	})
}

func (r *room) pushed(id wire.ClientID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent[id] = append(r.sent[id], time.Now())
}

func (r *room) since(id wire.ClientID, seq wire.Seq) time.Duration {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Sub(r.sent[id][seq-1])
}

// run lets people type for a while, after a moment of settling.
func run(ctx context.Context, sessions, editors int, interval, d time.Duration, want time.Duration, what string) error {
	s, err := serve(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	l := &load{hub: s.hub}
	all, cancel := context.WithCancel(ctx)
	defer cancel()
	typing, quiet := context.WithCancel(all)
	defer quiet()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	created := time.Now()
	// Many come at once, so that the store's commits are shared.
	var opening sync.WaitGroup
	slots := make(chan struct{}, 128)
	// People do not type in step: each has a phase of its own, the same in
	// every run, of whole milliseconds as a browser's timers are.
	phases := rand.New(rand.NewPCG(1, 2))
	for i := range sessions {
		phase := make([]time.Duration, editors)
		for e := range phase {
			phase[e] = time.Second + time.Duration(phases.Int64N(interval.Milliseconds()))*time.Millisecond
		}
		slots <- struct{}{}
		opening.Go(func() {
			defer func() { <-slots }()
			r := &room{id: wire.SessionID(fmt.Sprint("s", i)), sent: map[wire.ClientID][]time.Time{}}
			if err := s.hub.Create(ctx, r.id, "fn main() {}\n"); err != nil {
				l.fail(err)
				return
			}
			for e := range editors {
				l.editor(all, typing, r, e, phase[e], interval)
			}
		})
	}
	opening.Wait()
	settled := time.Since(created)
	sleep(ctx, 2*time.Second)
	l.measuring.Store(true)
	cpu, start := proctime.Used(), time.Now()
	sleep(ctx, d)
	used, took := proctime.Used()-cpu, time.Since(start)
	runtime.ReadMemStats(&after)
	l.measuring.Store(false)
	quiet()
	cancel()
	l.wg.Wait()
	if l.err != nil {
		return l.err
	}
	delays := l.delay
	slices.Sort(delays)
	p99 := quantile(delays, 0.99)
	fmt.Printf("%s: push to others p50 %v, p99 %v, max %v (want p99 at most %v) %s\n", what,
		round(quantile(delays, 0.5)), round(p99), round(quantile(delays, 1)), want, verdict(p99 <= want && len(delays) > 0))
	fmt.Printf("  %d deliveries in %v, %.0f%% of one core with the editors, heap %d MiB, all joined in %v\n",
		len(delays), round(took), 100*used.Seconds()/took.Seconds(), (after.HeapInuse-min(after.HeapInuse, before.HeapInuse))>>20, round(settled))
	return nil
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func oneSession(ctx context.Context, d time.Duration) error {
	return run(ctx, 1, 50, 200*time.Millisecond, d, 10*time.Millisecond, "one session, 50 writers × 5/s, SQLite committed")
}

func manySessions(ctx context.Context, d time.Duration) error {
	return run(ctx, 2000, 3, time.Second, d, 25*time.Millisecond, "2,000 sessions × 3 clients × 1/s, SQLite committed")
}

// history makes a session of 64 KiB with many entries behind it, by way of the
// hub, so that snapshots are where they would be.
func history(ctx context.Context, s *server, id wire.SessionID, entries int) error {
	if err := s.hub.Create(ctx, id, strings.Repeat("x", 64<<10)); err != nil {
		return err
	}
	conn, err := s.hub.Join(ctx, id, authority.Visitor{})
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Send(ctx, &wire.Hello{Protocol: wire.ProtocolVersion, Key: "w"}); err != nil {
		return err
	}
	m, err := receive(ctx, conn)
	if err != nil {
		return err
	}
	epoch := m.(*wire.Welcome).Epoch
	const window = 200
	for sent, got := 0, 0; got < entries; {
		for ; sent < entries && sent < got+window; sent++ {
			// Insert and delete in turn; each names the version before it.
			edit := ot.Edit{From: 100, To: 100, Insert: "y"}
			length := 64 << 10
			if sent%2 == 1 {
				edit, length = ot.Edit{From: 100, To: 101}, length+1
			}
			c, err := ot.New(length, edit)
			if err != nil {
				return err
			}
			p := &wire.PushMsg{Epoch: epoch, Version: wire.Version(sent), Seq: wire.Seq(sent + 1), Changes: c}
			if err := conn.Send(ctx, p); err != nil {
				return err
			}
		}
		if _, err := receive(ctx, conn); err != nil {
			return err
		}
		got++
	}
	return nil
}

// receive is Recv, decoded. What the session refuses is an error.
func receive(ctx context.Context, conn *collab.Conn) (wire.ServerMessage, error) {
	b, err := conn.Recv(ctx)
	if err != nil {
		return nil, err
	}
	m, err := wire.DecodeServer(b)
	if e, ok := m.(*wire.Error); ok && err == nil {
		return nil, e
	}
	return m, err
}

// join measures from Join to the decoded welcome, of a session that is not
// loaded.
func join(ctx context.Context, _ time.Duration) error {
	s, err := serve(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	const entries = 100_000
	start := time.Now()
	if err := history(ctx, s, "s", entries); err != nil {
		return err
	}
	made := time.Since(start)
	var cold []time.Duration
	for range 20 {
		s.hub.Close()
		s.hub = collab.NewHub(collab.Config{Store: s.db})
		start := time.Now()
		conn, err := s.hub.Join(ctx, "s", authority.Visitor{})
		if err != nil {
			return err
		}
		if err := conn.Send(ctx, &wire.Hello{Protocol: wire.ProtocolVersion, Key: "j"}); err != nil {
			return err
		}
		m, err := receive(ctx, conn)
		if err != nil {
			return err
		}
		cold = append(cold, time.Since(start))
		conn.Close()
		if w, ok := m.(*wire.Welcome); !ok || w.Version != entries || len(w.Files) == 0 {
			return fmt.Errorf("welcomed with %.100v", m)
		}
	}
	slices.Sort(cold)
	p50, worst := quantile(cold, 0.5), quantile(cold, 1)
	fmt.Printf("join of an unloaded session, 64 KiB and %d entries (made at %.0f/s): p50 %v, max %v (want at most 20ms) %s\n",
		entries, entries/made.Seconds(), round(p50), round(worst), verdict(worst <= 20*time.Millisecond))
	return nil
}

// idle measures what sessions cost that nobody is in.
func idle(ctx context.Context, _ time.Duration) error {
	s, err := serve(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	s.hub.Close()
	s.hub = collab.NewHub(collab.Config{Store: s.db, Idle: 100 * time.Millisecond})
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	const n = 1000
	before := heap()
	conns := make([]*collab.Conn, n)
	for i := range n {
		id := wire.SessionID(fmt.Sprint("s", i))
		if err := s.hub.Create(ctx, id, "fn main() {}\n"); err != nil {
			return err
		}
		if conns[i], err = s.hub.Join(ctx, id, authority.Visitor{}); err != nil {
			return err
		}
	}
	loaded := heap()
	for _, c := range conns {
		c.Close()
	}
	conns = nil
	for s.hub.Loaded() > 0 && ctx.Err() == nil {
		sleep(ctx, 50*time.Millisecond)
	}
	after := heap()
	fmt.Printf("a session with one viewer holds %.1f KiB; unloaded %.2f KiB (of %d)\n",
		float64(loaded-min(loaded, before))/n/1024, float64(after-min(after, before))/n/1024, n)
	return nil
}
