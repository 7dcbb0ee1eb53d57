package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/runner"
)

// counting is an executor that counts its runs. A program prints how many there were, and
// does what the words of its source say.
type counting struct{ n int }

func (x *counting) Limits() runner.Limits { return runner.DefaultLimits }
func (x *counting) Status() runner.Status { return runner.Status{} }

func (x *counting) Run(_ context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
	x.n++
	stage := runner.Stage{Name: runner.StageRun, Usage: runner.Usage{Wall: 1, CPU: 1}}
	res := runner.Result{Verdict: runner.VerdictOK, Stage: runner.StageRun, Queued: 5}
	emit(runner.Event{Kind: runner.KindQueued, Position: 1})
	emit(runner.Event{Kind: runner.KindStageStart, Stage: runner.StageRun})
	emit(runner.Event{Kind: runner.KindStdout, Stage: runner.StageRun, Data: fmt.Appendf(nil, "run %d", x.n)})
	for _, word := range strings.Fields(string(req.Files[0].Data)) {
		switch word {
		case "read":
			_, _ = stdin.Read(make([]byte, 1))
		case "much":
			emit(runner.Event{Kind: runner.KindStdout, Stage: runner.StageRun, Data: make([]byte, maxResult)})
		case "tests":
			for range 64 {
				emit(runner.Event{Kind: runner.KindTest, Test: &runner.Test{Output: strings.Repeat("x", runner.MaxTestText)}})
			}
		case "errors":
			for range 64 {
				emit(runner.Event{Kind: runner.KindDiagnostic, Diagnostic: &runner.Diagnostic{Message: strings.Repeat("x", runner.MaxTestText)}})
			}
		case "fail":
			return runner.Result{}, errors.New("no box")
		case "oom":
			stage.Usage.OOMKills = 1
		case "denied":
			stage.Usage.ProcessesDenied = 1
		case "hit":
			res.Hits = []runner.Hit{{Limit: "memory"}}
		default:
			res.Verdict = runner.Verdict(word)
		}
	}
	emit(runner.Event{Kind: runner.KindStageEnd, Stage: runner.StageRun, Ended: &stage})
	res.Stages = []runner.Stage{stage}
	return res, nil
}

// described describes the toolchain of a request's channel, which is its ID.
func described(_ context.Context, req runner.Request) (runner.Toolchain, error) {
	switch req.Channel {
	case "none":
		return runner.Toolchain{}, errors.New("no toolchain")
	case "unknown":
		return runner.Toolchain{}, nil
	}
	return runner.Toolchain{ID: "id " + string(req.Channel)}, nil
}

// asks makes a request to do these words.
func asks(words string) runner.Request {
	return runner.Request{Files: []runner.File{{Name: "main.rs", Data: []byte(words)}}, Cache: runner.Cache{Results: true}}
}

// remembers returns Results of so many bytes, which are kept for ten minutes.
func remembers(x runner.Executor, bytes int64) *Results {
	return NewResults(x, ResultsConfig{Toolchain: described, Bytes: bytes, Age: 10 * time.Minute})
}

// answer runs a request and returns its events.
func answer(t *testing.T, x runner.Executor, req runner.Request) (runner.Result, []runner.Event) {
	t.Helper()
	var events []runner.Event
	res, err := x.Run(t.Context(), req, strings.NewReader("input"), func(e runner.Event) { events = append(events, e) })
	if err != nil && err.Error() != "no box" {
		t.Fatal(err)
	}
	return res, events
}

// The same request has the same answer again, marked as cached, and no run.
func TestResultsAnswerAgain(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"", "exit", "signal", "compile-error", "no-program"} {
		x := &counting{}
		r := remembers(x, 1<<20)
		first, events := answer(t, r, asks(words))
		again, events2 := answer(t, r, asks(words))
		if x.n != 1 || first.Cached || !again.Cached || again.Verdict != first.Verdict || again.Queued != 0 || first.Queued != 5 {
			t.Errorf("%q: %d runs; %+v, then %+v", words, x.n, first, again)
		}
		if len(again.Stages) != 1 || !again.Stages[0].Cached || (again.Stages[0].Usage != runner.Usage{}) || first.Stages[0].Cached || first.Stages[0].Usage.Wall != 1 {
			t.Errorf("%q: stages %+v, then %+v", words, first.Stages, again.Stages)
		}
		ended := *events2[len(events2)-1].Ended
		if len(events2) != len(events)-1 || !reflect.DeepEqual(events2[:2], events[1:3]) || ended != again.Stages[0] {
			t.Errorf("%q: events %+v, then %+v", words, events, events2)
		}
		if res, err := r.Run(t.Context(), asks(words), nil, nil); err != nil || !res.Cached {
			t.Errorf("%q without events: %+v, %v", words, res, err)
		}
		if st := r.Stats(); st.Hits != 2 || st.Misses != 1 || st.Kept != 1 || st.Bytes == 0 {
			t.Errorf("%+v", st)
		}
	}
}

// Runs that are not answered again: each executes the request a second time.
func TestResultsThatAreNotKept(t *testing.T) {
	t.Parallel()
	same := func(*runner.Request) {}
	for name, c := range map[string]struct {
		words  string
		change func(*runner.Request) // of the second request
	}{
		"read its input":        {"read", same},
		"a limit of time":       {"timeout", same},
		"a limit of memory":     {"memory", same},
		"a limit of processes":  {"processes", same},
		"a limit of output":     {"output", same},
		"a full disk":           {"disk", same},
		"canceled":              {"canceled", same},
		"a child out of memory": {"oom", same},
		"a refused thread":      {"denied", same},
		"an explained verdict":  {"hit", same},
		"much output":           {"much", same},
		"much output of tests":  {"tests", same},
		"long messages":         {"errors", same},
		"failed":                {"fail", same},
		"not allowed":           {"", func(r *runner.Request) { r.Cache.Results = false }},
		"off":                   {"", func(r *runner.Request) { r.Cache.Off = true }},
		"another scope":         {"", func(r *runner.Request) { r.Cache.Scope = "a" }},
		"another source":        {"", func(r *runner.Request) { r.Files[0].Data = []byte("exit") }},
		"other arguments":       {"", func(r *runner.Request) { r.Args = []string{"x"} }},
		"another limit":         {"", func(r *runner.Request) { r.Limits.Memory = 1 << 30 }},
		"another toolchain":     {"", func(r *runner.Request) { r.Channel = "beta" }},
		"an unknown toolchain":  {"", func(r *runner.Request) { r.Channel = "unknown" }},
		"no toolchain":          {"", func(r *runner.Request) { r.Channel = "none" }},
	} {
		x := &counting{}
		r := remembers(x, 1<<20)
		answer(t, r, asks(c.words))
		req := asks(c.words)
		c.change(&req)
		if res, _ := answer(t, r, req); x.n != 2 || res.Cached {
			t.Errorf("%s: %d runs, %+v", name, x.n, res)
		}
	}
}

// A result is given again until it is too old. The age counts from the run, not from the
// last answer.
func TestResultsExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := &counting{}
		r := remembers(x, 1<<20)
		for i, want := range []int{1, 1, 1, 2, 2} {
			if answer(t, r, asks("")); x.n != want {
				t.Errorf("request %d, after %d minutes: %d runs, want %d", i, 4*i, x.n, want)
			}
			time.Sleep(4 * time.Minute)
		}
		if st := r.Stats(); st.Hits != 3 || st.Misses != 2 || st.Kept != 2 {
			t.Errorf("%+v", st)
		}
	})
}

// slow is an executor whose runs take a second. Those of a channel "limit" meet one.
type slow struct {
	counting
	mu sync.Mutex
}

func (x *slow) Run(ctx context.Context, req runner.Request, _ io.Reader, _ func(runner.Event)) (runner.Result, error) {
	x.mu.Lock()
	x.n++
	x.mu.Unlock()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return runner.Result{Verdict: runner.VerdictCanceled}, nil
	}
	if req.Channel == "limit" {
		return runner.Result{Verdict: runner.VerdictTimeout}, nil
	}
	return runner.Result{Verdict: runner.VerdictOK}, nil
}

// The same requests of one owner at once run once; those of other owners, and those whose
// result cannot be kept, do not wait for long.
func TestSameRequestsAtOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		owners  int
		channel runner.Channel
		runs    int
		took    time.Duration
	}{
		{"one owner", 1, "", 1, time.Second},
		{"three owners", 3, "", 3, time.Second},
		{"a limit", 1, "limit", 20, 2 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				x := &slow{}
				r := remembers(x, 1<<20)
				start := time.Now()
				var all sync.WaitGroup
				for i := range 20 {
					req := asks("")
					req.Owner, req.Channel = fmt.Sprint(i%tt.owners), tt.channel
					all.Go(func() { answer(t, r, req) })
				}
				all.Wait()
				if took := time.Since(start); x.n != tt.runs || took != tt.took {
					t.Errorf("%d runs in %v, want %d in %v", x.n, took, tt.runs, tt.took)
				}
				if st := r.Stats(); st.Hits+st.Misses != 20 || len(r.running) != 0 {
					t.Errorf("%+v, %d runs are awaited", st, len(r.running))
				}
			})
		})
	}
}

// Who waits for a run may leave, and goes on if the client of that run leaves.
func TestWaitingForARunEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := &slow{}
		r := remembers(x, 1<<20)
		run := func(ctx context.Context, want runner.Verdict, after time.Duration) func() {
			start := time.Now()
			return func() {
				res, err := r.Run(ctx, asks(""), nil, nil)
				if took := time.Since(start); err != nil || res.Verdict != want || took != after {
					t.Errorf("%v after %v, want %v after %v: %v", res.Verdict, took, want, after, err)
				}
			}
		}
		first, leave := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer leave()
		second, leave := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer leave()
		var all sync.WaitGroup
		all.Go(run(first, runner.VerdictCanceled, 300*time.Millisecond))
		synctest.Wait()
		all.Go(run(second, runner.VerdictCanceled, 200*time.Millisecond))
		all.Go(run(t.Context(), runner.VerdictOK, 1300*time.Millisecond))
		all.Wait()
	})
}

func TestResultsAreBounded(t *testing.T) {
	t.Parallel()
	x := &counting{}
	r := remembers(x, 10_000)
	for n := range 100 {
		req := asks("")
		req.Args = []string{fmt.Sprint(n)}
		answer(t, r, req)
	}
	if st := r.Stats(); st.Bytes > 10_000 || st.Bytes == 0 {
		t.Errorf("%+v", st)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req := asks("")
	req.Args = []string{"99"}
	if _, err := r.Run(ctx, req, nil, func(runner.Event) {}); err != nil || x.n != 101 {
		t.Errorf("a context that has ended got a kept result: %v, %d runs", err, x.n)
	}
}
