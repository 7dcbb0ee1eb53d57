package collab_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/store/storetest"
	"github.com/corust-dev/corust/collab/wire"
)

// The last runs are listed while one goes on, and each can be opened with the
// text that it ran, whatever has become of the session's since.
func TestPastRuns(t *testing.T) {
	mem := memory.New()
	hub(t, collab.Config{Store: mem, Runner: &echo{}, Idle: time.Minute, Snapshot: 1, KeepLog: 1}, "one", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		a.send(&wire.RunMsg{Options: wire.RunOptions{Mode: wire.ModeRelease}})
		first := of[*wire.RunStarted](a)[0].Run
		time.Sleep(3 * time.Second)
		a.send(&wire.StdinMsg{Run: first, Data: []byte("hi\n"), EOF: true})
		a.settle()
		for range 5 { // the log is cut behind it
			a.types(0, "x")
		}
		a.send(&wire.RunMsg{})
		second := of[*wire.RunStarted](a)[1].Run

		list, err := h.Runs(ctx, "s")
		if err != nil || len(list) != 2 || list[0].Run != second || list[1].Run != first {
			t.Fatalf("runs %+v, %v", list, err)
		}
		if r := list[0]; r.Verdict != "" || !r.Ended.IsZero() || r.Source != nil {
			t.Errorf("the run under way is %+v", r)
		}
		r := list[1]
		if r.Verdict != "ok" || r.Name != "a" || r.Options != (wire.RunOptions{Mode: wire.ModeRelease}) || r.Detail == nil || r.Detail.ExitCode == nil || r.Ended.Sub(r.Started) != 3*time.Second || r.Version != 0 {
			t.Errorf("the first run is %+v", r)
		}
		if r.Output != nil || r.Source != nil {
			t.Errorf("the list holds %d pieces of output, and the source %v", len(r.Output), r.Source)
		}
		r, err = h.Run(ctx, "s", first)
		if err != nil || r.Source == nil || *r.Source != "one" || output(t, r.Output, "stdout") != "source: one\n> hi\n" {
			t.Errorf("the first run is %+v, %v", r, err)
		}
		if _, err := h.Run(ctx, "s", "none"); !errors.Is(err, store.ErrNoRun) {
			t.Errorf("no such run: %v", err)
		}
		if _, err := h.Runs(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("no such session: %v", err)
		}
	})
}

// A run that the server did not survive says so, before and after somebody
// comes back to its session.
func TestLostRun(t *testing.T) {
	mem := memory.New()
	hub(t, collab.Config{Store: mem, Idle: time.Minute}, "text", func(t *testing.T, h *collab.Hub) {
		source := "text"
		l := storetest.Open(t, mem, "s")
		err := l.PutRun(ctx, store.Run{ID: "r", By: "p", Started: time.Now(), About: []byte(`{"name":"Ada"}`), Source: &source})
		if err := errors.Join(err, l.Release(ctx)); err != nil {
			t.Fatal(err)
		}
		for _, when := range []string{"unloaded", "loaded"} {
			list, err := h.Runs(ctx, "s")
			if err != nil || len(list) != 1 || list[0].Verdict != "lost" || list[0].Name != "Ada" || !list[0].Ended.IsZero() {
				t.Errorf("%s: %+v, %v", when, list, err)
			}
			w := of[*wire.Welcome](newPerson(t, wire.Key(when)).come(h))[0]
			if w.Run == nil || w.Run.Verdict != "lost" {
				t.Errorf("%s: welcomed with %+v", when, w.Run)
			}
			synctest.Wait()
		}
		if r, err := mem.Run(ctx, "s", "r"); err != nil || r.Verdict != "lost" || r.Source == nil {
			t.Errorf("on record is %+v, %v", r, err)
		}
	})
}

// talker prints much at once.
type talker struct{}

func (talker) Run(_ context.Context, _ runs.Request, out runs.Events) (runs.Result, error) {
	out.Output("stderr", bytes.Repeat([]byte("e"), 100<<10))
	out.Output("stdout", bytes.Repeat([]byte("o"), 10<<10))
	return runs.Result{Verdict: "ok"}, nil
}

// The record of a run that prints much is the end of what it printed.
func TestRecordIsTheTail(t *testing.T) {
	hub(t, collab.Config{Runner: talker{}}, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		a.send(&wire.RunMsg{})
		run := of[*wire.RunStarted](a)[0].Run
		r, err := h.Run(ctx, "s", run)
		if err != nil || len(r.Output) != 2 || len(r.Output[0].Data) != 54<<10 || r.Output[0].Offset != 46<<10 || len(r.Output[1].Data) != 10<<10 {
			t.Errorf("%d pieces, %v", len(r.Output), err)
		}
	})
}
