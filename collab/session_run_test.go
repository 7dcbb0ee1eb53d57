package collab_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/wire"
)

// echo is a runner: it says what it was given, then repeats its input line by
// line, and stops when it is told to or the input ends.
type echo struct {
	mu   sync.Mutex
	reqs []runs.Request
	fail bool
}

func (e *echo) Run(ctx context.Context, req runs.Request, out runs.Events) (runs.Result, error) {
	e.mu.Lock()
	e.reqs = append(e.reqs, req)
	fail := e.fail
	e.mu.Unlock()
	if fail {
		return runs.Result{}, errors.New("no box")
	}
	out.Stage("run", 0)
	out.Output("stdout", []byte("source: "+req.Files[0].Text+"\n"))
	out.Output("stderr", []byte{0xff})
	out.Diagnostics([]wire.Diagnostic{{Level: "warning", Message: "m", Spans: []wire.DiagnosticSpan{{From: 0, To: 1, Primary: true}}}})
	lines := make(chan string)
	go func() {
		defer close(lines)
		for r := bufio.NewScanner(req.Stdin); r.Scan(); {
			select {
			case lines <- r.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case l, ok := <-lines:
			if !ok {
				return runs.Result{Verdict: "ok", Detail: &wire.RunDetail{ExitCode: new(int)}}, nil
			}
			out.Output("stdout", []byte("> "+l+"\n"))
		case <-ctx.Done():
			return runs.Result{Verdict: "canceled"}, nil
		}
	}
}

// output puts together what a person has seen of a stream, by offset.
func output(t testing.TB, pieces []*wire.RunOutput, stream wire.Stream) string {
	t.Helper()
	var b bytes.Buffer
	for _, o := range pieces {
		if o.Stream != stream {
			continue
		}
		if o.Offset != int64(b.Len()) {
			t.Errorf("%s at %d comes behind %d bytes", stream, o.Offset, b.Len())
		}
		b.Write(o.Data)
	}
	return b.String()
}

// transcript is stdout and what was typed, in the order that is kept.
func transcript(st *wire.RunState) string {
	var b strings.Builder
	names := map[wire.ClientID]string{id("a"): "a", id("late"): "late"}
	for _, o := range st.Output {
		switch {
		case o.Stream == "stdout":
			b.Write(o.Data)
		case o.Stream == "stdin" && o.EOF:
			fmt.Fprintf(&b, "<%s:%s|>", names[o.By], o.Data)
		case o.Stream == "stdin":
			fmt.Fprintf(&b, "<%s:%s>", names[o.By], o.Data)
		}
	}
	return b.String()
}

func TestRunTogether(t *testing.T) {
	e := &echo{}
	hub(t, collab.Config{Runner: e, Idle: time.Minute}, "code", func(t *testing.T, h *collab.Hub) {
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		a.types(4, "!")
		b.send(&wire.RunMsg{Options: wire.RunOptions{Edition: wire.Edition2024}})
		b.settle()
		a.send(&wire.RunMsg{})
		started := of[*wire.RunStarted](a)
		if len(started) != 1 || started[0].By != id("b") || started[0].Version != 1 {
			t.Fatalf("started %+v", started)
		}
		if errs := of[*wire.Error](a); len(errs) != 1 || errs[0].Code != wire.CodeRunning {
			t.Errorf("a second run at once: %v", errs)
		}
		run := started[0].Run
		a.types(5, " later")
		a.send(&wire.StdinMsg{Run: run, Data: []byte("42\nhalf ")})
		a.settle()
		// Somebody comes in the middle, and sees it from the start.
		late := newPerson(t, "late").come(h)
		late.send(&wire.StdinMsg{Run: run, Data: []byte("line\n"), EOF: true})
		const want = "source: code!\n> 42\n> half line\n"
		for _, p := range []*person{a, b} {
			if got := output(t, of[*wire.RunOutput](p), "stdout"); got != want {
				t.Errorf("%s sees %q, want %q", p.c.ID(), got, want)
			}
			if end := of[*wire.RunEnded](p); len(end) != 1 || end[0].Verdict != "ok" || end[0].Detail.ExitCode == nil {
				t.Errorf("%s sees the end as %+v", p.c.ID(), end)
			}
			if in := of[*wire.RunInput](p); len(in) != 2 || in[0].By != id("a") || in[1].By != id("late") || in[1].Offset != int64(len("42\nhalf ")) {
				t.Errorf("%s sees input %+v", p.c.ID(), in)
			}
		}
		state := of[*wire.Welcome](late)[0].Run
		if got := transcript(state); got != "source: code!\n<a:42\nhalf >> 42\n" {
			t.Errorf("the late one is told %q", got)
		}
		if got := output(t, append(state.Output, of[*wire.RunOutput](late)...), "stdout"); got != want {
			t.Errorf("the late one sees %q, want %q", got, want)
		}
		if got := output(t, state.Output, "stderr"); got != "\xff" {
			t.Errorf("stderr %q", got)
		}
		late.send(&wire.StdinMsg{Run: run, Data: []byte("x")})
		if errs := of[*wire.Error](late); len(errs) != 1 || errs[0].Code != wire.CodeNoRun {
			t.Errorf("input after the end: %v", errs)
		}
		// Unloaded and back: the last run is still shown.
		for _, p := range []*person{a, b, late} {
			p.conn.Close()
		}
		time.Sleep(2 * time.Minute)
		if h.Loaded() != 0 {
			t.Fatal("still loaded")
		}
		again := newPerson(t, "again").come(h)
		state = of[*wire.Welcome](again)[0].Run
		if got := transcript(state); got != "source: code!\n<a:42\nhalf >> 42\n<late:line\n|>> half line\n" {
			t.Errorf("on record is %q", got)
		}
		if state == nil || state.Verdict != "ok" || output(t, state.Output, "stdout") != want || state.By != id("b") || !state.Options.Equal(wire.RunOptions{Edition: wire.Edition2024}) {
			t.Errorf("after unloading, the last run is %+v", state)
		}
		if d := state.Diagnostics; d == nil || len(d.List) != 1 || d.Version != again.c.Version() {
			t.Errorf("after unloading, the last run's diagnostics are %+v", d)
		}
		if e.reqs[0].Version != 1 || e.reqs[0].Files[0].Text != "code!" || e.reqs[0].Session != "s" {
			t.Errorf("ran %+v", e.reqs[0])
		}
	})
}

func TestStopAndShutdown(t *testing.T) {
	e := &echo{}
	mem := memory.New()
	hub(t, collab.Config{Store: mem, Runner: e}, "", func(t *testing.T, h *collab.Hub) {
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		a.send(&wire.RunMsg{})
		run := of[*wire.RunStarted](b)[0].Run
		b.send(&wire.StopMsg{Run: "another"})
		b.send(&wire.StopMsg{Run: run})
		b.send(&wire.StopMsg{Run: run})
		if end := of[*wire.RunEnded](a); len(end) != 1 || end[0].Verdict != "canceled" || end[0].Stopped != id("b") {
			t.Fatalf("stopped: %+v", end)
		}
		e.mu.Lock()
		e.fail = true
		e.mu.Unlock()
		a.send(&wire.RunMsg{})
		if end := of[*wire.RunEnded](a); len(end) != 2 || end[1].Verdict != "failed" {
			t.Fatalf("a runner that fails: %+v", end)
		}
		e.mu.Lock()
		e.fail = false
		e.mu.Unlock()
		a.send(&wire.RunMsg{})
		a.settle()
		h.Close() // stops the run and waits for it
		runs, err := mem.Runs(ctx, "s")
		if err != nil || len(runs) != 3 || runs[2].Verdict != "canceled" || runs[2].Ended.IsZero() {
			t.Errorf("records %+v, %v", runs, err)
		}
	})
}
