package collab_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/ot/ottest"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/store/storetest"
	"github.com/corust-dev/corust/collab/wire"
)

// forgetful is a store that does not tell the outcome of the writes of one method, the
// first so many of them.
type forgetful struct {
	storetest.Faulty
	method string
	landed bool
	left   atomic.Int64
	opened atomic.Int64
}

func newForgetful(method string, landed bool) *forgetful {
	f := &forgetful{method: method, landed: landed}
	f.Store = memory.New()
	f.Write = func(method string, do func() error) error {
		if method == "Open" {
			f.opened.Add(1)
		}
		if method == f.method && f.left.Add(-1) >= 0 {
			return storetest.Unknown(f.landed, do)
		}
		return do()
	}
	return f
}

// TestUnknownOutcomeIsSettled: a session that does not know whether its write has
// landed tells nobody anything, keeps its connections, opens the log again, and loses
// and doubles nothing.
func TestUnknownOutcomeIsSettled(t *testing.T) {
	for _, method := range []string{"Append", "PutSettings"} {
		for _, landed := range []bool{true, false} {
			for _, times := range []int64{1, 3} {
				t.Run(fmt.Sprintf("%s/landed=%v/%d", method, landed, times), func(t *testing.T) {
					f := newForgetful(method, landed)
					f.left.Store(times)
					hub(t, collab.Config{Store: f}, "", func(t *testing.T, h *collab.Hub) {
						a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
						before := f.opened.Load()
						a.set(wire.Settings{"mode": "release"})
						a.types(0, "x")
						time.Sleep(5 * time.Second)
						a.shows("x")
						b.shows("x")
						a.has(wire.Settings{"mode": "release"})
						b.has(wire.Settings{"mode": "release"})
						if a.end != "" || b.end != "" || f.left.Load() >= times {
							t.Errorf("ended with %q and %q, %d of %d outcomes left", a.end, b.end, f.left.Load(), times)
						}
						if f.opened.Load() == before {
							t.Error("the log was not opened again")
						}
						a.types(1, "y")
						time.Sleep(5 * time.Second)
						b.shows("xy")
						entries, err := store.Read(ctx, f, "s", infoOf(t, f, "s").Epoch, 0, 0)
						if err != nil || len(entries) != 2 {
							t.Errorf("%d entries, %v, want 2", len(entries), err)
						}
					})
				})
			}
		}
	}
}

func infoOf(t *testing.T, s store.Store, id wire.SessionID) store.Info {
	t.Helper()
	i, err := s.Info(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// TestUnknownOutcomeThatStays: nothing is acknowledged while the outcome is unknown,
// and when it stays so, connections end; what was typed is in the text once.
func TestUnknownOutcomeThatStays(t *testing.T) {
	for _, landed := range []bool{true, false} {
		t.Run(fmt.Sprint("landed=", landed), func(t *testing.T) {
			f := &storetest.Faulty{Store: memory.New()}
			var lost atomic.Bool
			f.Write = func(method string, do func() error) error {
				switch {
				case !lost.Load():
					return do()
				case method == "Append":
					return storetest.Unknown(landed, do)
				}
				return storetest.Unknown(false, do)
			}
			hub(t, collab.Config{Store: f, Settle: 7 * time.Second}, "", func(t *testing.T, h *collab.Hub) {
				a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
				lost.Store(true)
				a.types(0, "x")
				time.Sleep(6 * time.Second)
				a.settle()
				b.settle()
				if a.end != "" || b.end != "" || a.c.Synced() || b.c.Text().String() != "" {
					t.Errorf("after 6 s: ended with %q and %q, acknowledged: %t, b shows %q", a.end, b.end, a.c.Synced(), b.c.Text())
				}
				time.Sleep(2 * time.Second)
				a.settle()
				b.settle()
				if a.end != wire.CodeResume || b.end != wire.CodeResume || a.c.Synced() {
					t.Errorf("after 8 s: ended with %q and %q, acknowledged: %t", a.end, b.end, a.c.Synced())
				}
				lost.Store(false)
				a.come(h)
				b.come(h)
				a.shows("x")
				b.shows("x")
			})
		})
	}
}

// TestTakenOver: a session that has lost its log acknowledges nothing more and ends, and
// who comes back finds what the other owner has written, and brings what it has not.
func TestTakenOver(t *testing.T) {
	mem := memory.New()
	hub(t, collab.Config{Store: mem}, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		a.types(0, "mine")
		l, err := mem.Open(ctx, "s", "another")
		if err != nil {
			t.Fatal(err)
		}
		e := wire.Entry{Client: "other", Seq: 1, Changes: ottest.Edit(t, 4, 0, 0, "theirs "), At: time.Now()}
		if err := l.Append(ctx, 1, []wire.Entry{e}); err != nil {
			t.Fatal(err)
		}
		a.types(4, "!")
		if a.end != wire.CodeResume || a.c.Synced() {
			t.Errorf("ended with %q, acknowledged: %t", a.end, a.c.Synced())
		}
		a.come(h)
		a.shows("theirs mine!")
		if i := infoOf(t, mem, "s"); i.Owner == "another" || i.Owner == "" {
			t.Errorf("the owner is %q", i.Owner)
		}
	})
}

// TestClientThatKnowsMore: a session that has lost its log does not take a client back
// to a version that the client has left.
func TestClientThatKnowsMore(t *testing.T) {
	mem := memory.New()
	hub(t, collab.Config{Store: mem}, "", func(t *testing.T, h *collab.Hub) {
		stale := collab.NewHub(collab.Config{Store: mem})
		defer stale.Close()
		newPerson(t, "b").come(stale)
		a := newPerson(t, "a").come(h)
		a.types(0, "xy")
		a.conn.Close()
		a.c.Disconnect()
		a.come(stale)
		if a.end != wire.CodeResume || a.c.Text().String() != "xy" {
			t.Errorf("ended with %q, a shows %q", a.end, a.c.Text())
		}
		a.come(stale) // which has loaded the session again
		a.shows("xy")
	})
}

// TestReleased: a session is owned while it is loaded.
func TestReleased(t *testing.T) {
	mem := memory.New()
	hub(t, collab.Config{Store: mem, Idle: time.Minute, Node: "n"}, "", func(t *testing.T, h *collab.Hub) {
		for range 2 {
			a := newPerson(t, "a").come(h)
			if i := infoOf(t, mem, "s"); i.Owner != "n" {
				t.Errorf("loaded, it is owned by %q", i.Owner)
			}
			a.conn.Close()
			time.Sleep(2 * time.Minute)
			if i := infoOf(t, mem, "s"); i.Owner != "" {
				t.Errorf("unloaded, it is owned by %q", i.Owner)
			}
		}
		newPerson(t, "b").come(h)
		h.Close()
		if i := infoOf(t, mem, "s"); i.Owner != "" || i.Term != 3 {
			t.Errorf("closed, it is owned by %q in term %d", i.Owner, i.Term)
		}
	})
}

// elsewhere is a store whose sessions another node keeps.
type elsewhere struct{ store.Store }

func (elsewhere) Open(context.Context, wire.SessionID, store.Node) (store.Log, error) {
	return nil, &store.ElsewhereError{Node: "b", Addr: "192.0.2.1:80"}
}

// TestElsewhere: the caller is told where the session is, and nothing stays loaded.
func TestElsewhere(t *testing.T) {
	hub(t, collab.Config{Store: elsewhere{memory.New()}}, "", func(t *testing.T, h *collab.Hub) {
		_, joined := h.Join(ctx, "s", authority.Visitor{})
		for what, err := range map[string]error{"join": joined, "delete": h.Delete(ctx, "s"), "rename": h.Rename(ctx, "s", "t", nil)} {
			var where *store.ElsewhereError
			if !errors.As(err, &where) || where.Addr != "192.0.2.1:80" {
				t.Errorf("%s: %v", what, err)
			}
		}
		synctest.Wait()
		if n := h.Loaded(); n != 0 {
			t.Errorf("%d sessions are loaded", n)
		}
	})
}

// ordered is a store that is read by a session only after it was opened.
type ordered struct {
	store.Store
	t      *testing.T
	opened atomic.Bool
}

func (o *ordered) Open(ctx context.Context, id wire.SessionID, node store.Node) (store.Log, error) {
	l, err := o.Store.Open(ctx, id, node)
	o.opened.Store(true)
	return l, err
}

func (o *ordered) read(what string) {
	if !o.opened.Load() {
		o.t.Errorf("the %s was read before the log was opened", what)
	}
}

func (o *ordered) Snapshot(ctx context.Context, id wire.SessionID) (wire.Snapshot, error) {
	o.read("snapshot")
	return o.Store.Snapshot(ctx, id)
}

func (o *ordered) Replay(ctx context.Context, id wire.SessionID, e wire.Epoch, v, to wire.Version, do func(wire.Version, wire.Entry) error) error {
	o.read("log")
	return o.Store.Replay(ctx, id, e, v, to, do)
}

func (o *ordered) Settings(ctx context.Context, id wire.SessionID) ([]byte, error) {
	o.read("settings")
	return o.Store.Settings(ctx, id)
}

func (o *ordered) Runs(ctx context.Context, id wire.SessionID) ([]store.Run, error) {
	o.read("runs")
	return o.Store.Runs(ctx, id)
}

// TestOpenedBeforeItIsRead: what is read before the session is owned may be taken back,
// or added to, by the owner before.
func TestOpenedBeforeItIsRead(t *testing.T) {
	o := &ordered{Store: memory.New(), t: t}
	hub(t, collab.Config{Store: o}, "text", func(t *testing.T, h *collab.Hub) {
		newPerson(t, "a").come(h).shows("text")
	})
}

// TestRunOfAnotherNode: a run that another node has under way is not lost, until that
// node owns the session no longer.
func TestRunOfAnotherNode(t *testing.T) {
	mem := memory.New()
	hub(t, collab.Config{Store: mem}, "", func(t *testing.T, h *collab.Hub) {
		l := storetest.Open(t, mem, "s")
		if err := l.PutRun(ctx, store.Run{ID: "r", Started: time.Now()}); err != nil {
			t.Fatal(err)
		}
		for _, want := range []wire.Verdict{"", wire.VerdictLost} {
			list, err := h.Runs(ctx, "s")
			if err != nil || len(list) != 1 || list[0].Verdict != want {
				t.Errorf("listed: %+v, %v, want the verdict %q", list, err, want)
			}
			if r, err := h.Run(ctx, "s", "r"); err != nil || r.Verdict != want {
				t.Errorf("%+v, %v, want the verdict %q", r, err, want)
			}
			_ = l.Release(ctx)
		}
		if r, err := mem.Run(ctx, "s", "r"); err != nil || r.Verdict != "" {
			t.Errorf("on record is %+v, %v: to look changes nothing", r, err)
		}
	})
}
