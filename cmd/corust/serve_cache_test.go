package main

import (
	"context"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/rest"
	"github.com/corust-dev/corust/runner"
)

// cached posts a program and reports whether its compile stage, and its whole result, were
// cached.
func (s *served) cached(body string) (compiled, whole bool) {
	s.Helper()
	var answer rest.Answer
	if status := s.do(http.MethodPost, "/api/v1/run", body, &answer); status != http.StatusOK || len(answer.Result.Stages) != 2 {
		s.Fatalf("%d, %+v", status, answer)
	}
	if answer.Run == nil || answer.Run.Stdout.Text != "hi\n" {
		s.Errorf("it printed %+v", answer.Run)
	}
	return answer.Result.Stages[0].Cached, answer.Result.Cached
}

// A server compiles a program once, and answers with a result only those who ask for it.
func TestServerRemembers(t *testing.T) {
	t.Parallel()
	if missing := boxesMissing(); missing != "" {
		t.Skip(missing)
	}
	program := func(cache string) string {
		return `{"source":"fn main() { println!(\"hi\") }","mode":"debug"` + cache + `}`
	}
	s := startServe(t, "memory", "CORUST_BACKEND=native")
	for i, step := range []struct {
		cache           string
		compiled, whole bool
	}{
		{``, false, false},
		{``, true, false},
		{`,"cache":"off"`, false, false},
		{`,"cache":"results"`, true, false},
		{`,"cache":"results"`, true, true},
		{``, true, false},
	} {
		if compiled, whole := s.cached(program(step.cache)); compiled != step.compiled || whole != step.whole {
			t.Errorf("request %d, %q: compile stage cached: %t, result: %t", i, step.cache, compiled, whole)
		}
	}
}

// scopes is an executor that reports the cache of each request.
type scopes struct {
	runner.Executor
	seen []runner.Cache
}

// Run implements runner.Executor.
func (x *scopes) Run(_ context.Context, req runner.Request, _ io.Reader, _ func(runner.Event)) (runner.Result, error) {
	x.seen = append(x.seen, req.Cache)
	return runner.Result{}, nil
}

// A run of a session compiles anew if it asks for that, and is refused if it asks for something
// else.
func TestCacheOfARunOfASession(t *testing.T) {
	t.Parallel()
	x := &scopes{}
	for _, perSession := range []bool{false, true} {
		b := &boxes{executor: x, perSession: perSession}
		for _, option := range []string{"", wire.CacheOff, "on"} {
			res, err := b.Run(t.Context(), runs.Request{Session: "s", Files: []wire.File{{Path: "main.rs"}}, Options: wire.RunOptions{Cache: option}}, nil)
			if refused := res.Verdict == wire.VerdictRefused; err != nil || refused != (option == "on") || refused && res.Detail.Message != `invalid cache: "on" (want off)` {
				t.Errorf("%q: %+v, %v", option, res, err)
			}
		}
	}
	if want := []runner.Cache{{}, {Off: true}, {Scope: "s"}, {Off: true, Scope: "s"}}; !slices.Equal(x.seen, want) {
		t.Errorf("got %+v, want %+v", x.seen, want)
	}
}

// versions are toolchains whose content is that of a channel and may change.
type versions map[runner.Channel]string

// Toolchain implements toolchains.
func (v versions) Toolchain(_ context.Context, ch runner.Channel) (runner.Toolchain, error) {
	return runner.Toolchain{ID: v[ch]}, nil
}

// ends is an executor whose runs end well.
type ends struct{ runner.Executor }

// Run implements runner.Executor.
func (ends) Run(context.Context, runner.Request, io.Reader, func(runner.Event)) (runner.Result, error) {
	return runner.Result{Verdict: runner.VerdictOK}, nil
}

// A result is kept for the toolchain that made it, whoever named that: the request, the
// source or the configuration.
func TestResultsOfAnotherToolchainAreForgotten(t *testing.T) {
	t.Parallel()
	cfg := config.Default()
	cfg.Run.Channel = "beta"
	file := func(text string) []runner.File { return []runner.File{{Name: "main.rs", Data: []byte(text)}} }
	for channel, req := range map[runner.Channel]runner.Request{
		"beta":    {Files: file("fn main() {}")},
		"stable":  {Files: file("fn main() {}"), Channel: "stable"},
		"nightly": {Files: file("// corust: --channel nightly\nfn main() {}")},
		"1.80.0":  {Files: file("// corust: --channel 1.80.0\nfn main() {}"), Channel: "stable", SourceFirst: true},
	} {
		v := versions{"beta": "1", "stable": "2", "nightly": "3", "1.80.0": "4"}
		x, _ := (&app{config: cfg}).remembering(ends{}, v)
		req.Cache.Results = true
		var cached []bool
		for range 3 {
			if len(cached) == 2 {
				v[channel] = "new"
			}
			res, err := x.Run(t.Context(), req, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			cached = append(cached, res.Cached)
		}
		if want := []bool{false, true, false}; !slices.Equal(cached, want) {
			t.Errorf("%s: cached: %v, want %v", channel, cached, want)
		}
	}
}

// Where only those of a scope share, a request without one shares nothing.
func TestRequestsWithoutAScopeShareNothing(t *testing.T) {
	t.Parallel()
	x := &scopes{}
	for _, c := range []runner.Cache{{Results: true}, {Scope: "a"}} {
		if _, err := (alone{x}).Run(t.Context(), runner.Request{Cache: c}, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if want := []runner.Cache{{Off: true, Results: true}, {Scope: "a"}}; !slices.Equal(x.seen, want) {
		t.Errorf("got %+v, want %+v", x.seen, want)
	}
}
