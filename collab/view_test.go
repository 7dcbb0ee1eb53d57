package collab_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/ot/ottest"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// A view is told what is in the log, and nothing else: an edit that the store refuses is
// in no view, and ends it.
func TestViewsAreToldWhatIsCommitted(t *testing.T) {
	f := newFailing()
	hub(t, collab.Config{Store: f}, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		a.types(0, "kept")
		v, err := h.Observe(ctx, "s")
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		if first := v.First(); first.Main().String() != "kept" || first.Version != 1 || len(first.Members) != 1 {
			t.Errorf("the view begins as %+v", first)
		}
		a.types(4, "!")
		frame, err := v.Next(ctx)
		if err != nil || wire.TypeOf(frame.Message) != "entry" {
			t.Fatalf("then comes %+v, %v", frame, err)
		}
		f.full.Store(true)
		if err := a.c.Edit(ottest.Edit(t, 5, 0, 0, "lost ")); err != nil {
			t.Fatal(err)
		}
		a.send(a.c.Next())
		var ended *collab.Ended
		if frame, err := v.Next(ctx); !errors.As(err, &ended) || !errors.Is(err, wire.ErrResume) {
			t.Errorf("then comes %+v, %v", frame, err)
		}
		f.full.Store(false)
		a.settle()
	})
}

// A view of a session that is deleted ends as one that is not there.
func TestViewOfADeletedSession(t *testing.T) {
	hub(t, collab.Config{}, "", func(t *testing.T, h *collab.Hub) {
		v, err := h.Observe(ctx, "s")
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		if err := h.Delete(ctx, "s"); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Next(ctx); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("it ends with %v", err)
		}
		if _, err := h.Observe(ctx, "s"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another view: %v", err)
		}
	})
}

// A view keeps its session in memory, and closing it lets it go.
func TestAViewKeepsItsSession(t *testing.T) {
	hub(t, collab.Config{Idle: time.Minute}, "", func(t *testing.T, h *collab.Hub) {
		v, err := h.Observe(ctx, "s")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if h.Loaded() != 1 {
			t.Error("the session is unloaded under its view")
		}
		v.Close()
		v.Close()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if h.Loaded() != 0 {
			t.Error("the session is loaded without a view")
		}
	})
}

// A run for a caller begins with all of its input; the view follows it to its end.
func TestStartRun(t *testing.T) {
	hub(t, collab.Config{Runner: &echo{}}, "code", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		caller := authority.Caller{ID: wire.NewToolID(), Name: "tool", Owner: "o"}
		v, err := h.StartRun(ctx, "s", caller, wire.RunOptions{}, []byte("in\n"))
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		var types []string
		for len(types) == 0 || types[len(types)-1] != "end" {
			f, err := v.Next(ctx)
			if err != nil {
				t.Fatalf("after %v: %v", types, err)
			}
			types = append(types, wire.TypeOf(f.Message))
		}
		if !slices.Equal(types[:3], []string{"run", "input", "stage"}) {
			t.Errorf("the view is told %v", types)
		}
		started := of[*wire.RunStarted](a)
		if len(started) != 1 || started[0].By != caller.ID || started[0].Name != "tool" {
			t.Errorf("the member is told of %+v", started)
		}
		if got := output(t, of[*wire.RunOutput](a), "stdout"); got != "source: code\n> in\n" {
			t.Errorf("the member sees %q", got)
		}
		if len(a.c.Others()) != 0 {
			t.Errorf("the member sees %v", a.c.Others())
		}
	})
}

func TestStartRunWithoutARunner(t *testing.T) {
	hub(t, collab.Config{}, "", func(t *testing.T, h *collab.Hub) {
		if _, err := h.StartRun(ctx, "s", authority.Caller{}, wire.RunOptions{}, nil); !errors.Is(err, wire.ErrNoRun) {
			t.Errorf("error %v", err)
		}
	})
}
