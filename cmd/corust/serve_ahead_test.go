package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/runner"
	"github.com/prometheus/client_golang/prometheus"
)

// someChoices are those of a toolchain without Miri.
func someChoices() *server.Choices {
	can := func(name string) server.Choice { return server.Choice{Name: name, Available: true} }
	return &server.Choices{
		Actions: []server.ActionChoice{
			{Choice: can("run"), Program: true, Mode: true}, {Choice: can("test"), Program: true, Mode: true}, {Choice: can("check")},
			{Choice: server.Choice{Name: "miri"}, Program: true}, {Choice: can("fmt"), Edits: true},
			{Choice: can("asm"), View: true}, {Choice: can("mir"), View: true},
		},
		Modes: []server.Choice{can("debug"), can("release")}, Editions: []server.Choice{can("2021"), can("2024")},
		Defaults: server.DefaultChoices{Action: "run", Mode: "release", Edition: "2024"},
	}
}

// The server reads the settings of a session as the page does, which has a test with the
// same file.
func TestSettingsAskForTheRunThatThePageWouldStart(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../collab/web/test/asked.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Settings wire.Settings
		Want     *wire.RunOptions
	}
	if err := json.Unmarshal(data, &cases); err != nil || len(cases) == 0 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		got, ok := asked(someChoices(), c.Settings)
		if ok != (c.Want != nil) {
			t.Errorf("%v: %+v, %t", c.Settings, got, ok)
		} else if ok {
			a, _ := json.Marshal(got)
			b, _ := json.Marshal(c.Want)
			if string(a) != string(b) {
				t.Errorf("%v:\n got %s\nwant %s", c.Settings, a, b)
			}
		}
	}
}

// answering is an executor that answers every request alike.
type answering struct {
	runner.Executor
	res runner.Result
	err error
	got []runner.Request
}

func (a *answering) Run(_ context.Context, req runner.Request, _ io.Reader, emit func(runner.Event)) (runner.Result, error) {
	a.got = append(a.got, req)
	if emit != nil && a.err == nil {
		emit(runner.Event{Kind: runner.KindStageStart, Stage: runner.StageCompile})
		emit(runner.Event{Kind: runner.KindDiagnostic, Stage: runner.StageCompile, Diagnostic: &runner.Diagnostic{Level: "warning", Message: "m", Spans: []runner.Span{{File: "main.rs"}}}})
		emit(runner.Event{Kind: runner.KindDiagnostic, Stage: runner.StageCompile, Diagnostic: &runner.Diagnostic{Level: "warning", Message: "2 warnings"}})
	}
	return a.res, a.err
}

// counted returns the sum of the counters of a name, or of those with a label's value.
func counted(t *testing.T, reg *prometheus.Registry, name, label string) (n float64) {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && (label == "" || m.GetLabel()[0].GetValue() == label) {
				n += m.GetCounter().GetValue()
			}
		}
	}
	return n
}

func TestOutcomesOfCompilationsAhead(t *testing.T) {
	t.Parallel()
	for outcome, tt := range map[string]struct {
		res  runner.Result
		err  error
		want runs.Compiled
	}{
		"ready":    {runner.Result{Verdict: runner.VerdictOK, Kept: true, Stages: []runner.Stage{{Usage: runner.Usage{CPU: time.Second}}, {Usage: runner.Usage{CPU: 2 * time.Second}}}}, nil, runs.Compiled{State: wire.AheadReady}},
		"checked":  {runner.Result{Verdict: runner.VerdictNoProgram}, nil, runs.Compiled{State: wire.AheadChecked}},
		"errors":   {runner.Result{Verdict: runner.VerdictCompileError}, nil, runs.Compiled{State: wire.AheadErrors}},
		"limit":    {runner.Result{Verdict: runner.VerdictMemory}, nil, runs.Compiled{Limit: true}},
		"canceled": {runner.Result{Verdict: runner.VerdictCanceled}, nil, runs.Compiled{Evicted: true}},
		"refused":  {runner.Result{}, runner.ErrBusy, runs.Compiled{}},
		"failed":   {runner.Result{}, errors.New("no disk"), runs.Compiled{}},
	} {
		x := &answering{res: tt.res, err: tt.err}
		reg := prometheus.NewRegistry()
		c := &compiler{boxes: &boxes{}, executor: x, build: true, choices: someChoices(), counts: countAhead(reg)}
		begun := 0
		got, err := c.Compile(t.Context(), runs.Compilation{Files: []wire.File{{Path: "main.rs", Text: "x"}}}, func() { begun++ })
		if (err != nil) != (outcome == "failed") {
			t.Errorf("%s: %v", outcome, err)
		}
		if took := got.Took; took <= 0 || outcome == "ready" && took < 3*time.Second {
			t.Errorf("%s took %v", outcome, took)
		}
		diagnostics := got.Diagnostics
		if got.Diagnostics, got.Took = nil, 0; !reflect.DeepEqual(got, tt.want) || len(diagnostics) != begun || len(x.got) != 1 || !x.got[0].Ahead {
			t.Errorf("%s: %+v, %d diagnostics, begun %d times, requests %+v", outcome, got, len(diagnostics), begun, x.got)
		}
		if n := counted(t, reg, "corust_ahead_ended_total", outcome); n != 1 {
			t.Errorf("%s was counted %v times", outcome, n)
		}
	}
}

// A run and the compilation ahead of it are one request, apart from Ahead, so that they
// have one artifact.
func TestCompilationAheadIsTheRequestOfTheRun(t *testing.T) {
	t.Parallel()
	x := &answering{res: runner.Result{Verdict: runner.VerdictOK, Stages: []runner.Stage{{Name: runner.StageCompile, Cached: true}}}}
	reg := prometheus.NewRegistry()
	counts := countAhead(reg)
	b := &boxes{executor: x, perSession: true, ahead: counts}
	c := &compiler{boxes: b, executor: x, build: true, choices: someChoices(), counts: counts}
	settings := wire.Settings{"flags": "-C opt-level=3", "views": "asm", "asm_syntax": "att", "args": "a b"}
	files := []wire.File{{Path: "src/main.rs", Text: "x"}, {ID: 7, Path: "src/util.rs"}}
	if _, err := c.Compile(t.Context(), runs.Compilation{Session: "s", Owner: "o", Files: files, Settings: settings}, func() {}); err != nil {
		t.Fatal(err)
	}
	opts, _ := asked(c.choices, settings)
	if _, err := b.Run(t.Context(), runs.Request{Session: "s", Owner: "o", Files: files, Options: opts, Ahead: true}, &listed{}); err != nil {
		t.Fatal(err)
	}
	x.got[0].Ahead = false
	if !x.got[0].Equal(x.got[1]) {
		t.Errorf("ahead %+v\nthe run %+v", x.got[0], x.got[1])
	}
	if n := counted(t, reg, "corust_ahead_used_total", ""); n != 1 {
		t.Errorf("%v runs took it", n)
	}
	// What leaves no program, and a server that builds none, is checked.
	for _, build := range []bool{true, false} {
		c.build, settings["action"] = build, map[bool]string{true: "asm", false: "run"}[build]
		if _, err := c.Compile(t.Context(), runs.Compilation{Files: files, Settings: settings}, func() {}); err != nil {
			t.Fatal(err)
		}
		if last := x.got[len(x.got)-1]; last.Action != runner.ActionCheck || last.Views != nil || len(last.Flags) != 2 {
			t.Errorf("build %t: %+v", build, last)
		}
	}
	b.await(0)
	if got, err := c.Compile(t.Context(), runs.Compilation{Files: files}, func() {}); err != nil || got.State != "" || len(x.got) != 4 {
		t.Errorf("after the stop: %+v, %v", got, err)
	}
}
