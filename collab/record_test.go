package collab_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"
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
		if r.Verdict != "ok" || r.Name != "a" || !r.Options.Equal(wire.RunOptions{Mode: wire.ModeRelease}) || r.Detail == nil || r.Detail.ExitCode == nil || r.Ended.Sub(r.Started) != 3*time.Second || r.Version != 0 {
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

// counting counts how often a run is put on record.
type counting struct {
	store.Store
	puts atomic.Int64
}

type countingLog struct {
	store.Log
	puts *atomic.Int64
}

func (c *counting) Open(ctx context.Context, id wire.SessionID, node store.Node) (store.Log, error) {
	l, err := c.Store.Open(ctx, id, node)
	return countingLog{l, &c.puts}, err
}

func (l countingLog) PutRun(ctx context.Context, r store.Run) error {
	l.puts.Add(1)
	return l.Log.PutRun(ctx, r)
}

// What a run has printed before the server is killed is on record, but for the last seconds;
// a run that prints nothing is not written again.
func TestOutputOfALostRun(t *testing.T) {
	db := &counting{Store: memory.New()}
	hub(t, collab.Config{Store: db, Runner: &echo{}}, "one", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		a.send(&wire.RunMsg{})
		run := of[*wire.RunStarted](a)[0].Run
		time.Sleep(time.Minute)
		if n := db.puts.Load(); n != 2 {
			t.Errorf("a run that prints once is on record %d times in a minute, want 2", n)
		}
		a.send(&wire.StdinMsg{Run: run, Data: []byte("more\n")})
		time.Sleep(10 * time.Second)
		l := storetest.Open(t, db, "s") // another server, as if this one were dead
		r, err := h.Run(ctx, "s", run)
		if err != nil || r.Verdict != wire.VerdictLost || output(t, r.Output, "stdout") != "source: one\n> more\n" || r.Source == nil {
			t.Errorf("the run is %+v, %v", r, err)
		}
		_ = l.Release(ctx)
	})
}

// slowRecords is a store that takes a second to put a run on record.
type slowRecords struct{ store.Store }

type slowRecordsLog struct{ store.Log }

func (d slowRecords) Open(ctx context.Context, id wire.SessionID, node store.Node) (store.Log, error) {
	l, err := d.Store.Open(ctx, id, node)
	return slowRecordsLog{l}, err
}

func (l slowRecordsLog) PutRun(ctx context.Context, r store.Run) error {
	time.Sleep(time.Second)
	return l.Log.PutRun(ctx, r)
}

// A run does not wait until its start is on record, but nothing of it is told before, so
// that a crash cannot lose a run that members have seen begin to act.
func TestRunBeginsWhileItIsRecorded(t *testing.T) {
	runner := &echo{}
	hub(t, collab.Config{Store: slowRecords{memory.New()}, Runner: runner}, "one", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		a.send(&wire.RunMsg{})
		run := of[*wire.RunStarted](a)[0].Run
		told := func() int { return len(of[*wire.RunStage](a)) + len(of[*wire.RunOutput](a)) }
		runner.mu.Lock()
		begun := len(runner.reqs)
		runner.mu.Unlock()
		if begun != 1 || told() != 0 {
			t.Errorf("before the record, %d runs have begun and %d messages were told, want 1 and 0", begun, told())
		}
		time.Sleep(time.Second)
		a.settle()
		if told() == 0 {
			t.Error("after the record, nothing is told")
		}
		a.send(&wire.StdinMsg{Run: run, EOF: true})
		time.Sleep(time.Second) // of the record of the end
		a.settle()
		if ends := of[*wire.RunEnded](a); len(ends) != 1 || ends[0].Verdict != wire.VerdictOK {
			t.Errorf("the run ends with %+v", ends)
		}
	})
}

// maker makes a product and passes a test, and then waits for the end of the input.
type maker struct{ data []byte }

func (m maker) Run(_ context.Context, req runs.Request, out runs.Events) (runs.Result, error) {
	out.Product(wire.Product{Name: "asm", MediaType: "text/x-asm"}, m.data)
	out.Test(wire.Test{Name: "t", Outcome: wire.TestPassed})
	_, err := io.Copy(io.Discard, req.Stdin)
	return runs.Result{Verdict: "ok"}, err
}

// A product can be read while the program runs, by who joins late, after the session was
// unloaded, and from a past run.
func TestProductsOfARun(t *testing.T) {
	data := bytes.Repeat([]byte("mov eax, 1\n"), 400_000)
	hub(t, collab.Config{Runner: maker{data}, Idle: time.Minute}, "one", func(t *testing.T, h *collab.Hub) {
		check := func(when, run string) {
			t.Helper()
			p, err := h.Product(ctx, "s", run, "asm")
			if err != nil {
				t.Errorf("%s: %v", when, err)
				return
			}
			r, err := p.Open()
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) || p.Size != int64(len(data)) {
				t.Errorf("%s: %d bytes, %v", when, len(got), err)
			}
		}
		a := newPerson(t, "a").come(h)
		a.send(&wire.RunMsg{})
		synctest.Wait()
		a.settle()
		told := of[*wire.RunProduct](a)
		if len(told) != 1 || len(of[*wire.RunTest](a)) != 1 {
			t.Fatalf("told %+v", told)
		}
		first := told[0].Run
		check("under way", first)
		b := newPerson(t, "b").come(h)
		if w := of[*wire.Welcome](b)[0]; len(w.Run.Products) != 1 || w.Run.Products[0] != told[0].Product || len(w.Run.Tests) != 1 {
			t.Errorf("a late member is told %+v", w.Run)
		}
		a.send(&wire.StdinMsg{Run: first, EOF: true})
		synctest.Wait()
		check("ended", first)
		a.send(&wire.RunMsg{Stdin: []byte("all of it")})
		synctest.Wait()
		a.settle()
		if ends := of[*wire.RunEnded](a); len(ends) != 2 {
			t.Errorf("a run with all its input ended %d times", len(ends)-1)
		}
		check("in the past", first)
		a.conn.Close()
		b.conn.Close()
		time.Sleep(2 * time.Minute)
		if h.Loaded() != 0 {
			t.Fatal("the session is still loaded")
		}
		check("unloaded", first)
		if _, err := h.Product(ctx, "s", first, "mir"); !errors.Is(err, store.ErrNoRun) {
			t.Errorf("no such product: %v", err)
		}
		if _, err := h.Product(ctx, "none", first, "asm"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("no such session: %v", err)
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
