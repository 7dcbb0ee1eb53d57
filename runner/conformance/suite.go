package conformance

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// Traits say what is particular to a backend.
type Traits struct {
	// Hostname is the host name inside a box; empty if the backend gives each
	// box another.
	Hostname string
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
	// Soak is how many requests are cancelled at random moments, 200 if 0.
	Soak int
}

// Run runs the whole suite on a backend, which open makes and Run closes.
func Run(t *testing.T, open func(t *testing.T) runner.Backend, traits Traits) {
	t.Setenv("CORUST_TEST_SECRET", secret) // before anything is started that could inherit it
	s := &suite{traits: traits, backend: open(t)}
	s.traits.Secrets = append(s.traits.Secrets, secret)
	if s.traits.Residue == nil {
		t.Fatal("conformance: a backend must say how to count what it leaves behind")
	}
	t.Cleanup(func() {
		if err := s.backend.Close(); err != nil {
			t.Errorf("close the backend: %v", err)
		}
	})
	t.Run("Behaviour", s.behaviour)
	t.Run("Attacks", s.attacks)
	t.Run("Admission", s.admission)
	t.Run("Cancel", s.cancel)
}

// secret is a value in this process's environment that no box may see.
const secret = "corust-test-secret-5d1f"

// timeLimit is what a whole run may take before the suite calls it stuck. It is
// far above every limit that a test sets.
const timeLimit = 90 * time.Second

// settleTime is what a box may take to be gone: a backend waits two seconds for
// the kernel at most, an engine a little longer.
const settleTime = 10 * time.Second

type suite struct {
	traits  Traits
	backend runner.Backend
}

// runner makes a Runner that is closed with the test.
func (s *suite) runner(t *testing.T, cfg runner.Config) *runner.Runner {
	t.Helper()
	cfg.Backend, cfg.Planner = s.backend, rustc.Planner{}
	cfg.Log = t.Logf
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

// record is all that a caller saw of a run.
type record struct {
	runner.Result
	Events []runner.Event
	// output by stage and stream
	output map[runner.StageName]map[runner.Kind][]byte
}

func (r *record) stdout() string {
	return string(r.output[runner.StageRun][runner.KindStdout])
}

func (r *record) stderr() string {
	return string(r.output[runner.StageRun][runner.KindStderr])
}

// String shows a run that was not as it should be.
func (r *record) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "verdict %s in stage %s, exit %d, signal %d", r.Verdict, r.Stage, r.ExitCode, int(r.Signal))
	for _, st := range r.Stages {
		fmt.Fprintf(&b, "\n%s: exit %d, signal %d, %+v", st.Name, st.ExitCode, int(st.Signal), st.Usage)
		for _, kind := range []runner.Kind{runner.KindStdout, runner.KindStderr} {
			if out := r.output[st.Name][kind]; len(out) > 0 {
				fmt.Fprintf(&b, "\n%s of %s: %.2000q", kind, st.Name, out)
			}
		}
	}
	return b.String()
}

// run runs a request that must be answered, and checks what holds for every run.
func run(t *testing.T, r *runner.Runner, req runner.Request) *record {
	t.Helper()
	rec, err := try(t, context.Background(), r, req, nil)
	if err != nil {
		t.Fatalf("the run failed: %v", err)
	}
	return rec
}

// try runs a request, hands events on to also, and checks what holds for every
// run that is answered.
func try(t *testing.T, ctx context.Context, r *runner.Runner, req runner.Request, also func(runner.Event)) (*record, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()
	rec := &record{output: map[runner.StageName]map[runner.Kind][]byte{}}
	var inside, over atomic.Bool
	res, err := r.Run(ctx, req, func(e runner.Event) {
		if inside.Swap(true) || over.Load() {
			t.Error("events are handed over by two goroutines at once, or after Run has returned")
		}
		rec.Events = append(rec.Events, e)
		if e.Kind == runner.KindStdout || e.Kind == runner.KindStderr {
			streams := rec.output[e.Stage]
			if streams == nil {
				streams = map[runner.Kind][]byte{}
				rec.output[e.Stage] = streams
			}
			streams[e.Kind] = append(streams[e.Kind], e.Data...)
		}
		if also != nil {
			also(e)
		}
		inside.Store(false)
	})
	over.Store(true)
	if context.Cause(ctx) == context.DeadlineExceeded {
		t.Fatalf("the run was stuck for %v", timeLimit)
	}
	if err != nil {
		return nil, err
	}
	rec.Result = res
	limits := req.Limits
	if limits.Output == 0 {
		limits.Output = r.Limits().Output
	}
	if err := lawful(rec, limits.Output); err != nil {
		t.Errorf("%v\n%v", err, rec)
	}
	return rec, nil
}

// lawful checks the order of events, and that events and result say the same.
func lawful(r *record, limit int64) error {
	var open runner.StageName // the stage that runs
	var ended []runner.Stage
	seen := map[runner.StageName]bool{}
	for i, e := range r.Events {
		switch e.Kind {
		case runner.KindQueued:
			if len(seen) > 0 || e.Position < 1 {
				return fmt.Errorf("event %d: queued at %d, after a stage began: %t", i, e.Position, len(seen) > 0)
			}
		case runner.KindWarning:
			if len(seen) > 0 || e.Warning == "" || strings.Contains(e.Warning, "\n") {
				return fmt.Errorf("event %d: warning %q, after a stage began: %t", i, e.Warning, len(seen) > 0)
			}
		case runner.KindStageStart:
			// A stage may have several steps: the library of a package and its program.
			if open != "" || e.Stage == runner.StageCompile && seen[runner.StageRun] {
				return fmt.Errorf("event %d: stage %s starts inside %q, or again", i, e.Stage, open)
			}
			open, seen[e.Stage] = e.Stage, true
		case runner.KindStdout, runner.KindStderr:
			if e.Stage != open || len(e.Data) == 0 {
				return fmt.Errorf("event %d: %d bytes of %s of stage %q during %q", i, len(e.Data), e.Kind, e.Stage, open)
			}
		case runner.KindDiagnostic:
			if e.Stage != open || e.Diagnostic == nil {
				return fmt.Errorf("event %d: diagnostic %v of stage %q during %q", i, e.Diagnostic, e.Stage, open)
			}
		case runner.KindStageEnd:
			if e.Stage != open || e.Ended == nil || e.Ended.Name != open {
				return fmt.Errorf("event %d: stage %q ends during %q", i, e.Stage, open)
			}
			ended, open = append(ended, *e.Ended), ""
		default:
			return fmt.Errorf("event %d: kind %q is not known", i, e.Kind)
		}
	}
	if len(ended) != len(r.Stages) {
		return fmt.Errorf("%d stages ended, the result lists %d", len(ended), len(r.Stages))
	}
	for i := range ended {
		if ended[i] != r.Stages[i] {
			return fmt.Errorf("stage %d: the event says %+v, the result %+v", i, ended[i], r.Stages[i])
		}
		u := ended[i].Usage
		if u.Wall <= 0 || u.CPU < 0 || u.PeakMemory < 0 || u.OOMKills < 0 || u.ProcessesDenied < 0 {
			return fmt.Errorf("stage %s: impossible usage %+v", ended[i].Name, u)
		}
	}
	for stage, streams := range r.output {
		for kind, data := range streams {
			if int64(len(data)) > limit {
				return fmt.Errorf("%d bytes of %s of %s, the cap is %d", len(data), kind, stage, limit)
			}
		}
	}
	return agrees(r, open)
}

// agrees checks a verdict against the facts beside it. open is the stage that
// did not end.
func agrees(r *record, open runner.StageName) error {
	byItself := r.ExitCode >= 0 && r.Signal == 0
	bySignal := r.ExitCode == -1 && r.Signal > 0
	fits := map[runner.Verdict]bool{
		runner.VerdictOK:           r.ExitCode == 0 && r.Signal == 0,
		runner.VerdictNoProgram:    r.Signal == 0 && (r.ExitCode == 0) == (r.Stage == runner.StageCompile),
		runner.VerdictExit:         r.ExitCode > 0 && r.Signal == 0 && r.Stage == runner.StageRun,
		runner.VerdictCompileError: r.ExitCode > 0 && r.Signal == 0 && r.Stage == runner.StageCompile,
		runner.VerdictSignal:       bySignal,
		runner.VerdictTimeout:      r.ExitCode == -1,
		runner.VerdictMemory:       byItself || bySignal || open != "",
		runner.VerdictProcesses:    r.ExitCode != 0,
		runner.VerdictOutput:       true,
		runner.VerdictDisk:         r.ExitCode != 0,
		runner.VerdictCanceled:     r.ExitCode == -1,
	}
	fit, known := fits[r.Verdict]
	switch {
	case !known:
		return fmt.Errorf("verdict %q is not known", r.Verdict)
	case !fit:
		return fmt.Errorf("verdict %s with exit %d and signal %d in stage %s", r.Verdict, r.ExitCode, int(r.Signal), r.Stage)
	case open != "" && r.Stage != open:
		return fmt.Errorf("stage %s did not end, the result speaks of %s", open, r.Stage)
	case open != "" && r.Verdict != runner.VerdictCanceled && r.Verdict != runner.VerdictTimeout && r.Verdict != runner.VerdictMemory:
		return fmt.Errorf("verdict %s, but stage %s has not ended", r.Verdict, open)
	case open == "" && r.Verdict != runner.VerdictCanceled && len(r.Stages) == 0:
		return fmt.Errorf("verdict %s, and no stage ended", r.Verdict)
	case open == "" && r.Verdict != runner.VerdictCanceled && r.Stage != r.Stages[len(r.Stages)-1].Name:
		return fmt.Errorf("verdict %s is about %s, the last stage was %s", r.Verdict, r.Stage, r.Stages[len(r.Stages)-1].Name)
	}
	return nil
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
func (s *suite) settled(t *testing.T, r *runner.Runner, before map[string]int, warm int) {
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
			t.Fatalf("left behind: %s", over)
		}
	}
}

// signals are Linux's numbers of those signals whose default is to end a
// process; a backend's boxes are Linux wherever the backend runs.
var signals = map[string]runner.Signal{
	"SIGHUP": 1, "SIGINT": 2, "SIGQUIT": 3, "SIGILL": 4, "SIGTRAP": 5,
	"SIGABRT": 6, "SIGBUS": 7, "SIGFPE": 8, "SIGKILL": 9, "SIGUSR1": 10,
	"SIGSEGV": 11, "SIGUSR2": 12, "SIGPIPE": 13, "SIGALRM": 14, "SIGTERM": 15,
	"SIGSTKFLT": 16, "SIGXCPU": 24, "SIGXFSZ": 25, "SIGVTALRM": 26,
	"SIGPROF": 27, "SIGIO": 29, "SIGPWR": 30, "SIGSYS": 31,
}

// lines splits output into lines.
func lines(out string) []string {
	return strings.Split(strings.TrimSuffix(out, "\n"), "\n")
}

// repeat is bytes of a length that are easy to recognise.
func repeat(n int) []byte { return bytes.Repeat([]byte("0123456789abcdef"), n/16+1)[:n] }
