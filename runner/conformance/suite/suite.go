// Package suite is what the tests of every backend run: the same requests, the same
// verdicts, the same bytes, and the hostile programs of package conformance.
package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/cache"
	"github.com/corust-dev/corust/runner/conformance"
)

// Traits are what is particular to a backend.
type Traits struct {
	// Residue counts what the backend holds on the machine at the moment, by
	// kind: processes, control groups, containers, mounts, files. The suite asks
	// for it before and after each hostile program. File descriptors and
	// goroutines of this process it counts itself.
	Residue func(t *testing.T) map[string]int
	// Secrets are strings that must not be readable in a box: paths of the host
	// above all.
	Secrets []string
	// MemorySlack is what a box's agent may be charged for while a program runs,
	// on top of the program's own use.
	MemorySlack int64
	// Skip names hostile programs that do not apply, with the reason.
	Skip map[string]string
	// Mixture is how many hostile programs are run at random in the end.
	Mixture int
	// Soak is how many requests are cancelled at random moments, 200 if 0.
	Soak int
	// AttacksOnce makes the hostile programs run only after their compilation in the same
	// box, and not again from cached artifacts. What differs then is the agent's part, which
	// is the same on every backend, so one backend that runs them twice shows it for all.
	AttacksOnce bool
}

// Run runs the whole suite on a backend, which open makes and Run closes.
func Run(t *testing.T, open func(t *testing.T) runner.Backend, traits Traits) {
	t.Setenv("CORUST_TEST_SECRET", secret) // before anything is started that could inherit it
	s := &suite{traits: traits, backend: open(t)}
	s.traits.Secrets = append(s.traits.Secrets, secret)
	if s.traits.Residue == nil {
		t.Fatal("conformance: a backend must count what it leaves")
	}
	t.Cleanup(func() {
		if err := s.backend.Close(); err != nil {
			t.Errorf("close the backend: %v", err)
		}
	})
	// What the first pass compiles, the second executes without compiling it.
	store, err := cache.Open(cache.Config{Memory: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	s.artifacts = filling{store}
	t.Run("Behaviour", s.behaviour)
	t.Run("Attacks", s.attacks)
	s.artifacts, s.cached = store, true
	t.Run("Cached", func(t *testing.T) {
		t.Run("Behaviour", s.behaviour)
		if !traits.AttacksOnce {
			t.Run("Attacks", s.attacks)
		}
		if st := store.Stats(); st.Hits == 0 {
			t.Errorf("nothing was found in the cache: %+v", st)
		}
	})
	s.artifacts = nil
	t.Run("Admission", s.admission)
	t.Run("Cancel", s.cancel)
	t.Run("Mixture", s.mixture)
	t.Run("Floods", s.flood)
	t.Run("Neighbour", s.neighbour)
}

// Floods runs programs that send process 1 every signal on a backend that need not
// enforce every limit.
func Floods(t *testing.T, backend runner.Backend, traits Traits) {
	(&suite{traits: traits, backend: backend}).flood(t)
}

// secret is a value in this process's environment that no box may see.
const secret = "corust-test-secret-5d1f"

// timeLimit is what closing a runner may take.
const timeLimit = conformance.TimeLimit

// settleTime is what a box may take to be gone: a backend waits two seconds for
// the kernel at most, an engine a little longer.
const settleTime = 10 * time.Second

// record is what a test looks at.
type record = conformance.Record

type suite struct {
	traits    Traits
	backend   runner.Backend
	artifacts runner.Artifacts // of runners; may be nil
	cached    bool             // artifacts has what the first pass compiled
}

// filling keeps artifacts and returns none.
type filling struct{ runner.Artifacts }

// Artifact implements runner.Artifacts.
func (filling) Artifact(runner.Hash, func(int64) bool) *runner.Artifact { return nil }

// runner makes a Runner that is closed with the test.
func (s *suite) runner(t *testing.T, cfg runner.Config) runner.Executor {
	t.Helper()
	cfg.Backend, cfg.Artifacts = s.backend, s.artifacts
	if cfg.Planner == nil {
		cfg.Planner = prebuilt{}
	}
	if prebuiltDir() != "" { // a slow machine
		cfg.Limits.CompileTime, cfg.Limits.RunTime = 10*time.Minute, 2*time.Minute
	}
	cfg.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	r, err := runner.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeLimit)
		defer cancel()
		if err := r.Close(ctx); err != nil {
			t.Errorf("close the runner: %v", err)
		}
	})
	return r
}

// run runs a request that must be answered, and checks what holds for every run.
func run(t *testing.T, r runner.Executor, req runner.Request) *record {
	t.Helper()
	return feed(t, r, req, nil)
}

// feed is run with standard input.
func feed(t *testing.T, r runner.Executor, req runner.Request, stdin io.Reader) *record {
	t.Helper()
	rec, err := try(t, context.Background(), r, req, stdin, nil)
	if err != nil {
		t.Fatalf("the run failed: %v", err)
	}
	return rec
}

// try is conformance.Try for a test.
func try(t *testing.T, ctx context.Context, r runner.Executor, req runner.Request, stdin io.Reader, also func(runner.Event)) (*record, error) {
	t.Helper()
	rec, err := conformance.Try(ctx, r, req, stdin, also)
	if unlawful := (*conformance.UnlawfulError)(nil); errors.As(err, &unlawful) {
		t.Errorf("%v\n%v", err, rec)
		return rec, nil
	}
	return rec, err
}

// source makes the files of a request from one source text.
func source(text string) []runner.File {
	return []runner.File{{Name: runner.MainFile, Data: []byte(text)}}
}

// snippet makes a request to run statements.
func snippet(body string) runner.Request {
	return runner.Request{Files: source("fn main() {\n" + body + "\n}\n"), Mode: runner.ModeDebug}
}

// wantVerdict fails the test if the run ended otherwise.
func wantVerdict(t *testing.T, r *record, v runner.Verdict, stage runner.StageName) {
	t.Helper()
	if r.Verdict != v || r.Stage != stage {
		t.Fatalf("want verdict %s in stage %s, got %v", v, stage, r)
	}
}

// holdings counts everything that must not grow.
func (s *suite) holdings(t *testing.T) map[string]int {
	t.Helper()
	h := maps.Clone(s.traits.Residue(t))
	if h == nil {
		h = map[string]int{}
	}
	h["goroutines"] = runtime.NumGoroutine()
	if fds, err := os.ReadDir("/proc/self/fd"); err == nil {
		h["file descriptors"] = len(fds)
	}
	return h
}

// settled waits until nothing is held beyond what was before (unless that is
// nil), and the pool has its warm boxes. What is merely late is given time; what
// stays is a leak.
func (s *suite) settled(t *testing.T, r runner.Executor, before map[string]int, warm int) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(settleTime)
	for {
		over := ""
		if n := r.Status().Warm; n != warm {
			over = fmt.Sprintf("%d warm boxes, not %d", n, warm)
		} else if before != nil {
			for kind, n := range s.holdings(t) {
				if n > before[kind] {
					over += fmt.Sprintf("%s: %d, before %d; ", kind, n, before[kind])
				}
			}
		}
		if over == "" {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			if strings.Contains(over, "goroutines") {
				buf := make([]byte, 1<<20)
				over += "\n" + string(buf[:runtime.Stack(buf, true)])
			}
			t.Fatalf("left: %s", over)
		}
	}
}

// lines splits output into lines.
func lines(out string) []string {
	return strings.Split(strings.TrimSuffix(out, "\n"), "\n")
}

// repeat is bytes of a length that are easy to recognise.
func repeat(n int) []byte { return bytes.Repeat([]byte("0123456789abcdef"), n/16+1)[:n] }
