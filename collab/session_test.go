package collab_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/store"
)

func TestSessionTogether(t *testing.T) {
	hub(t, collab.Config{}, "fn\r\n", func(t *testing.T, h *collab.Hub) {
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		a.types(2, " main")
		b.settle()
		b.types(0, "pub ")
		a.shows("pub fn main\n")
		b.shows("pub fn main\n")
		if o := a.c.Others(); len(o) != 1 || o[id("b")].Name != "b" {
			t.Errorf("a sees %v", o)
		}
		b.conn.Close()
		b.conn.Close()
		a.settle()
		if o := a.c.Others(); len(o) != 0 {
			t.Errorf("b has left, a sees %v", o)
		}
	})
}

func TestSessionUnloadsAndComesBack(t *testing.T) {
	hub(t, collab.Config{Idle: time.Minute}, "", func(t *testing.T, h *collab.Hub) {
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		a.types(0, "one")
		b.settle()
		a.conn.Close()
		a.c.Disconnect()
		b.types(3, " two")
		b.conn.Close()
		b.c.Disconnect()
		time.Sleep(59 * time.Second)
		if h.Loaded() != 1 {
			t.Error("unloaded too early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if h.Loaded() != 0 {
			t.Error("an idle session is still in memory")
		}
		if err := a.c.Edit(edit(t, 3, 0, 0, "zero ")); err != nil {
			t.Fatal(err)
		}
		a.come(h)
		a.shows("zero one two")
		if w := of[*collab.Welcome](a); w[1].Text != nil || len(w[1].Entries) != 1 {
			t.Errorf("after unloading, a is given %+v and not the entry that it missed", w[1])
		}
		newPerson(t, "c").come(h).shows("zero one two")
	})
}

func TestSlowViewerIsDropped(t *testing.T) {
	for name, cfg := range map[string]collab.Config{"messages": {Outbox: 10}, "bytes": {Backlog: 1000}} {
		t.Run(name, func(t *testing.T) {
			hub(t, cfg, "", func(t *testing.T, h *collab.Hub) {
				a, slow := newPerson(t, "a").come(h), newPerson(t, "slow").come(h)
				for i := range 30 {
					a.types(i, "x")
				}
				if err := slow.c.Edit(edit(t, 0, 0, 0, "!")); err != nil {
					t.Fatal(err)
				}
				slow.settle()
				if slow.end != collab.CodeResume {
					t.Fatalf("the slow one was ended with %q", slow.end)
				}
				if len(a.c.Others()) != 0 {
					t.Error("the slow one still counts as here")
				}
				slow.come(h)
				slow.shows(strings.Repeat("x", 30) + "!")
				a.shows(strings.Repeat("x", 30) + "!")
			})
		})
	}
}

// failing is a store that refuses to append while it is told to.
type failing struct {
	store.Store
	full   atomic.Bool
	commit atomic.Bool // the append succeeds, and is reported as failed
}

func (f *failing) PutSettings(ctx context.Context, id store.SessionID, data []byte) error {
	if f.full.Load() {
		return fmt.Errorf("settings: %w", store.ErrFull)
	}
	return f.Store.PutSettings(ctx, id, data)
}

func (f *failing) Append(ctx context.Context, id store.SessionID, e store.Epoch, v store.Version, entries []store.Entry) error {
	if f.commit.Load() {
		return errors.Join(errors.New("lost the answer"), f.Store.Append(ctx, id, e, v, entries))
	}
	if f.full.Load() {
		return fmt.Errorf("append: %w", store.ErrFull)
	}
	return f.Store.Append(ctx, id, e, v, entries)
}

func TestFullStoreAcknowledgesNothing(t *testing.T) {
	f := &failing{Store: store.NewMemory()}
	var reported atomic.Int64
	cfg := collab.Config{Store: f, Report: func(_ collab.SessionID, err error) {
		if err != nil {
			reported.Add(1)
		}
	}}
	hub(t, cfg, "", func(t *testing.T, h *collab.Hub) {
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		a.types(0, "kept")
		b.settle()
		for name, flag := range map[string]*atomic.Bool{"full": &f.full, "answer lost": &f.commit} {
			flag.Store(true)
			acks := len(of[*collab.AckMsg](a))
			if err := a.c.Edit(edit(t, a.c.Text().Len(), 0, 0, "x")); err != nil {
				t.Fatal(err)
			}
			a.settle()
			b.settle()
			if a.end != collab.CodeResume || b.end != collab.CodeResume || len(of[*collab.AckMsg](a)) != acks {
				t.Errorf("%s: ended with %q and %q, %d more acks", name, a.end, b.end, len(of[*collab.AckMsg](a))-acks)
			}
			flag.Store(false)
			b.come(h)
			a.come(h)
			b.settle()
		}
		a.shows("xxkept")
		b.shows("xxkept")
		if reported.Load() != 2 {
			t.Errorf("%d failures reported", reported.Load())
		}
	})
}

func TestHubCloseAnswers(t *testing.T) {
	mem := store.NewMemory()
	hub(t, collab.Config{Store: mem}, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		if err := a.c.Edit(edit(t, 0, 0, 0, "last words")); err != nil {
			t.Fatal(err)
		}
		a.send(a.c.Next())
		h.Close()
		a.settle()
		if a.end != collab.CodeResume || !a.c.Synced() {
			t.Errorf("ended with %q, acknowledged: %t", a.end, a.c.Synced())
		}
		if _, err := h.Join(ctx, "s", collab.Visitor{}); !errors.Is(err, collab.ErrClosed) {
			t.Errorf("join after close: %v", err)
		}
		h2 := collab.NewHub(collab.Config{Store: mem})
		defer h2.Close()
		a.come(h2).shows("last words")
	})
}

func TestHubRefuses(t *testing.T) {
	hub(t, collab.Config{Sessions: 2, Limits: collab.Limits{Members: 1, Text: 10}}, "", func(t *testing.T, h *collab.Hub) {
		if _, err := h.Join(ctx, "nowhere", collab.Visitor{}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("no such session: %v", err)
		}
		if err := h.Create(ctx, "s", ""); !errors.Is(err, store.ErrExists) {
			t.Errorf("created twice: %v", err)
		}
		if err := h.Create(ctx, "big", strings.Repeat("x", 11)); !errors.Is(err, collab.ErrTooLarge) {
			t.Errorf("too large: %v", err)
		}
		a := newPerson(t, "a").come(h)
		if _, err := h.Join(ctx, "s", collab.Visitor{}); !errors.Is(err, collab.ErrBusy) {
			t.Errorf("a full session: %v", err)
		}
		for _, id := range []collab.SessionID{"t", "u"} {
			if err := h.Create(ctx, id, ""); err != nil {
				t.Fatal(err)
			}
		}
		if c, err := h.Join(ctx, "t", collab.Visitor{}); err != nil {
			t.Error(err)
		} else {
			defer c.Close()
		}
		if _, err := h.Join(ctx, "u", collab.Visitor{}); !errors.Is(err, collab.ErrBusy) {
			t.Errorf("a full hub: %v", err)
		}
		if ok, err := h.Exists(ctx, "u"); !ok || err != nil {
			t.Errorf("u exists: %t, %v", ok, err)
		}
		if ok, err := h.Exists(ctx, "nowhere"); ok || err != nil {
			t.Errorf("nowhere exists: %t, %v", ok, err)
		}
		// What is too large is refused by the client, and by the session.
		a.types(0, "0123456789")
		if err := a.c.Edit(edit(t, 10, 0, 0, "more")); !errors.Is(err, collab.ErrTooLarge) {
			t.Errorf("the client takes it: %v", err)
		}
		a.send(&collab.PushMsg{Epoch: a.c.Epoch(), Version: a.c.Version(), Seq: 100, Changes: edit(t, 10, 0, 0, "more")})
		a.shows("0123456789")
		a.send(&collab.RunMsg{})
		if e := of[*collab.Error](a); len(e) != 2 || e[0].Code != collab.CodeTooLarge || e[1].Code != collab.CodeNoRun {
			t.Errorf("told %v", e)
		}
		if err := h.Delete(ctx, "s"); err != nil {
			t.Fatal(err)
		}
		a.settle()
		if a.end != collab.CodeGone {
			t.Errorf("ended with %q", a.end)
		}
		if ok, _ := h.Exists(ctx, "s"); ok {
			t.Error("s is still there")
		}
	})
}

// TestOldPush: a push that the log still has is known by the session, also after
// more clients than it was to remember, so that nobody can end it with one.
func TestOldPush(t *testing.T) {
	failed := make(chan error, 1)
	cfg := collab.Config{Limits: collab.Limits{Clients: 2}, Report: func(_ collab.SessionID, err error) { failed <- err }}
	hub(t, cfg, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		a.types(0, "a")
		for _, key := range []collab.Key{"b", "c", "d"} {
			newPerson(t, key).come(h).types(0, "x")
		}
		a.settle()
		a.send(&collab.PushMsg{Epoch: a.c.Epoch(), Version: a.c.Version(), Seq: 1, Changes: edit(t, 4, 0, 0, "a")})
		a.shows("xxxa")
		select {
		case err := <-failed:
			t.Errorf("ended with %q: %v", a.end, err)
		default:
		}
	})
}

// TestAnotherEpoch: a push that was made in another history is refused, and a
// selection told to nobody, also where the present one has such a version.
func TestAnotherEpoch(t *testing.T) {
	t.Parallel()
	a := collab.NewAuthority(collab.NewDocument("new", text(t, "abc"), collab.Limits{}))
	for conn := range collab.ConnID(2) {
		if err := a.Connect(conn+1, collab.Visitor{}); err != nil {
			t.Fatal(err)
		}
		a.Receive(conn+1, &collab.Hello{Key: collab.Key(fmt.Sprint("k", conn))})
	}
	a.Deliveries()
	if err := a.Receive(1, &collab.CursorMsg{Epoch: "old", Cursor: collab.Selection{{Anchor: 1, Head: 1}}}); err != nil || len(a.Deliveries()) > 0 {
		t.Errorf("a selection of another epoch is told, or an error: %v", err)
	}
	if err := a.Receive(1, &collab.PushMsg{Epoch: "old", Seq: 1, Changes: edit(t, 3, 0, 0, "x")}); !errors.Is(err, collab.ErrEpoch) {
		t.Errorf("a push of another epoch: %v", err)
	}
}

func TestReplaced(t *testing.T) {
	hub(t, collab.Config{}, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		twin := newPerson(t, "a").come(h)
		a.settle()
		twin.settle()
		if a.end != collab.CodeReplaced || twin.end != "" {
			t.Errorf("ended with %q and %q", a.end, twin.end)
		}
	})
}
