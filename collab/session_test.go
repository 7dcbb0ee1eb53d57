package collab_test

import (
	"errors"
	"fmt"
	"strings"
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
		if err := a.c.Edit(ottest.Edit(t, 3, 0, 0, "zero ")); err != nil {
			t.Fatal(err)
		}
		a.come(h)
		a.shows("zero one two")
		if w := of[*wire.Welcome](a); len(w[1].Files) > 0 || len(w[1].Entries) != 1 {
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
				if err := slow.c.Edit(ottest.Edit(t, 0, 0, 0, "!")); err != nil {
					t.Fatal(err)
				}
				slow.settle()
				if slow.end != wire.CodeResume {
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
	storetest.Faulty
	full   atomic.Bool
	commit atomic.Bool // the append succeeds, and is reported as failed
}

func newFailing() *failing {
	f := &failing{}
	f.Store = memory.New()
	f.Write = func(method string, do func() error) error {
		switch {
		case method == "Append" && f.commit.Load():
			return errors.Join(errors.New("lost the answer"), do())
		case (method == "Append" || method == "PutSettings") && f.full.Load():
			return fmt.Errorf("%s: %w", method, store.ErrFull)
		}
		return do()
	}
	return f
}

func TestFullStoreAcknowledgesNothing(t *testing.T) {
	f := newFailing()
	var reported atomic.Int64
	cfg := collab.Config{Store: f, Report: func(_ wire.SessionID, err error) {
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
			acks := len(of[*wire.AckMsg](a))
			if err := a.c.Edit(ottest.Edit(t, a.c.Text().Len(), 0, 0, "x")); err != nil {
				t.Fatal(err)
			}
			a.settle()
			b.settle()
			if a.end != wire.CodeResume || b.end != wire.CodeResume || len(of[*wire.AckMsg](a)) != acks {
				t.Errorf("%s: ended with %q and %q, %d more acks", name, a.end, b.end, len(of[*wire.AckMsg](a))-acks)
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
	mem := memory.New()
	hub(t, collab.Config{Store: mem}, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		if err := a.c.Edit(ottest.Edit(t, 0, 0, 0, "last words")); err != nil {
			t.Fatal(err)
		}
		a.send(a.c.Next())
		h.Close()
		a.settle()
		if a.end != wire.CodeResume || !a.c.Synced() {
			t.Errorf("ended with %q, acknowledged: %t", a.end, a.c.Synced())
		}
		if _, err := h.Join(ctx, "s", authority.Visitor{}); !errors.Is(err, collab.ErrClosed) {
			t.Errorf("join after close: %v", err)
		}
		h2 := collab.NewHub(collab.Config{Store: mem})
		defer h2.Close()
		a.come(h2).shows("last words")
	})
}

func TestHubRefuses(t *testing.T) {
	hub(t, collab.Config{Sessions: 2, Limits: wire.Limits{Members: 1, Text: 10}}, "", func(t *testing.T, h *collab.Hub) {
		if _, err := h.Join(ctx, "nowhere", authority.Visitor{}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("no such session: %v", err)
		}
		if err := h.Create(ctx, "s", ""); !errors.Is(err, store.ErrExists) {
			t.Errorf("created twice: %v", err)
		}
		if err := h.Create(ctx, "big", strings.Repeat("x", 11)); !errors.Is(err, wire.ErrTooLarge) {
			t.Errorf("too large: %v", err)
		}
		a := newPerson(t, "a").come(h)
		if _, err := h.Join(ctx, "s", authority.Visitor{}); !errors.Is(err, wire.ErrBusy) {
			t.Errorf("a full session: %v", err)
		}
		for _, id := range []wire.SessionID{"t", "u"} {
			if err := h.Create(ctx, id, ""); err != nil {
				t.Fatal(err)
			}
		}
		if c, err := h.Join(ctx, "t", authority.Visitor{}); err != nil {
			t.Error(err)
		} else {
			defer c.Close()
		}
		if _, err := h.Join(ctx, "u", authority.Visitor{}); !errors.Is(err, wire.ErrBusy) {
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
		if err := a.c.Edit(ottest.Edit(t, 10, 0, 0, "more")); !errors.Is(err, wire.ErrTooLarge) {
			t.Errorf("the client takes it: %v", err)
		}
		a.send(&wire.PushMsg{Epoch: a.c.Epoch(), Version: a.c.Version(), Seq: 100, Changes: ottest.Edit(t, 10, 0, 0, "more")})
		a.shows("0123456789")
		a.send(&wire.RunMsg{})
		if e := of[*wire.Error](a); len(e) != 2 || e[0].Code != wire.CodeTooLarge || e[1].Code != wire.CodeNoRun {
			t.Errorf("told %v", e)
		}
		if err := h.Delete(ctx, "s"); err != nil {
			t.Fatal(err)
		}
		a.settle()
		if a.end != wire.CodeGone {
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
	cfg := collab.Config{Limits: wire.Limits{Clients: 2}, Report: func(_ wire.SessionID, err error) { failed <- err }}
	hub(t, cfg, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		a.types(0, "a")
		for _, key := range []wire.Key{"b", "c", "d"} {
			newPerson(t, key).come(h).types(0, "x")
		}
		a.settle()
		a.send(&wire.PushMsg{Epoch: a.c.Epoch(), Version: a.c.Version(), Seq: 1, Changes: ottest.Edit(t, 4, 0, 0, "a")})
		a.shows("xxxa")
		select {
		case err := <-failed:
			t.Errorf("ended with %q: %v", a.end, err)
		default:
		}
	})
}

func TestReplaced(t *testing.T) {
	hub(t, collab.Config{}, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		twin := newPerson(t, "a").come(h)
		a.settle()
		twin.settle()
		if a.end != wire.CodeReplaced || twin.end != "" {
			t.Errorf("ended with %q and %q", a.end, twin.end)
		}
	})
}
