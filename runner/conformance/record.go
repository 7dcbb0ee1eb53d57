package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/corust-dev/corust/runner"
)

// TimeLimit is what a whole run may take before Try calls it stuck. It is far above
// every limit that a program sets.
const TimeLimit = 90 * time.Second

// Record is all that a caller saw of a run.
type Record struct {
	runner.Result
	Events []runner.Event
	// Output is what was written, by stage and stream.
	Output map[runner.StageName]map[runner.Kind][]byte
	// Products are the products, by name.
	Products map[string][]byte
}

// Stdout returns what the program wrote to standard output.
func (r *Record) Stdout() string {
	return string(r.Output[runner.StageRun][runner.KindStdout])
}

// Stderr returns what the program wrote to standard error.
func (r *Record) Stderr() string {
	return string(r.Output[runner.StageRun][runner.KindStderr])
}

// String shows a run that was not as it should be.
func (r *Record) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "verdict %s in stage %s, exit %d, signal %d", r.Verdict, r.Stage, r.ExitCode, int(r.Signal))
	for _, st := range r.Stages {
		fmt.Fprintf(&b, "\n%s: exit %d, signal %d, %+v", st.Name, st.ExitCode, int(st.Signal), st.Usage)
		for _, kind := range []runner.Kind{runner.KindStdout, runner.KindStderr} {
			if out := r.Output[st.Name][kind]; len(out) > 0 {
				fmt.Fprintf(&b, "\n%s of %s: %.2000q", kind, st.Name, out)
			}
		}
	}
	return b.String()
}

// UnlawfulError is returned for a run whose events break the rules of all runs.
type UnlawfulError struct{ Reason string }

func (e *UnlawfulError) Error() string { return "unlawful: " + e.Reason }

// Try runs a request with that standard input, hands its events on to also unless that is nil, and checks what
// holds for every run that is answered: if it does not, the record comes with an
// *UnlawfulError. Other errors are the runner's.
func Try(ctx context.Context, x runner.Executor, req runner.Request, stdin io.Reader, also func(runner.Event)) (*Record, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, TimeLimit, errStuck)
	defer cancel()
	rec := &Record{Output: map[runner.StageName]map[runner.Kind][]byte{}, Products: map[string][]byte{}}
	var inside, over, together atomic.Bool
	res, err := x.Run(ctx, req, stdin, func(e runner.Event) {
		if inside.Swap(true) || over.Load() {
			together.Store(true)
		}
		rec.Events = append(rec.Events, e)
		if e.Kind == runner.KindStdout || e.Kind == runner.KindStderr || e.Kind == runner.KindProduct {
			streams := rec.Output[e.Stage]
			if streams == nil {
				streams = map[runner.Kind][]byte{}
				rec.Output[e.Stage] = streams
			}
			streams[e.Kind] = append(streams[e.Kind], e.Data...)
			if e.Product != nil {
				rec.Products[e.Product.Name] = append(rec.Products[e.Product.Name], e.Data...)
			}
		}
		if also != nil {
			also(e)
		}
		inside.Store(false)
	})
	over.Store(true)
	if errors.Is(context.Cause(ctx), errStuck) {
		return nil, errStuck
	}
	if err != nil {
		return nil, err
	}
	rec.Result = res
	limits := req.Limits
	if limits.Output == 0 {
		limits.Output = x.Limits().Output
	}
	if err := lawful(rec, limits.Output); err != nil {
		return rec, &UnlawfulError{err.Error()}
	}
	if together.Load() {
		return rec, &UnlawfulError{"events are handed over by two goroutines at once, or after Run has returned"}
	}
	return rec, nil
}

var errStuck = fmt.Errorf("the run was stuck for %v", TimeLimit)

// lawful checks the order of events, and that events and result agree.
func lawful(r *Record, limit int64) error {
	var open runner.StageName // the stage that runs
	var ended []runner.Stage
	seen := map[runner.StageName]bool{}
	waiting := false
	for i, e := range r.Events {
		switch e.Kind {
		case runner.KindQueued:
			if len(seen) > 0 || e.Position < 1 {
				return fmt.Errorf("event %d: queued at %d, after a stage began: %t", i, e.Position, len(seen) > 0)
			}
		case runner.KindWarning:
			// In a stage, a product was cut.
			if len(seen) > 0 && open == "" || e.Stage != open || e.Warning == "" || strings.Contains(e.Warning, "\n") {
				return fmt.Errorf("event %d: warning %q of stage %q during %q", i, e.Warning, e.Stage, open)
			}
		case runner.KindStageStart:
			// A stage may have several steps: the library of a package and its program.
			if open != "" || e.Stage == runner.StageCompile && seen[runner.StageRun] {
				return fmt.Errorf("event %d: stage %s starts inside %q, or again", i, e.Stage, open)
			}
			open, seen[e.Stage], waiting = e.Stage, true, false
		case runner.KindStdout, runner.KindStderr, runner.KindProduct:
			if e.Stage != open || len(e.Data) == 0 || (e.Kind == runner.KindProduct) != (e.Product != nil) {
				return fmt.Errorf("event %d: %d bytes of %s of stage %q during %q", i, len(e.Data), e.Kind, e.Stage, open)
			}
		case runner.KindDiagnostic:
			if e.Stage != open || e.Diagnostic == nil {
				return fmt.Errorf("event %d: diagnostic %v of stage %q during %q", i, e.Diagnostic, e.Stage, open)
			}
		case runner.KindTest:
			if e.Stage != runner.StageRun || e.Stage != open || e.Test == nil || e.Test.Name == "" || e.Test.Outcome == "" {
				return fmt.Errorf("event %d: test %+v of stage %q during %q", i, e.Test, e.Stage, open)
			}
		case runner.KindStdinWait, runner.KindStdinResume:
			if e.Stage != open || waiting == (e.Kind == runner.KindStdinWait) {
				return fmt.Errorf("event %d: %s of stage %q during %q, waiting %t", i, e.Kind, e.Stage, open, waiting)
			}
			waiting = !waiting
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
			return fmt.Errorf("stage %d: the event has %+v, the result %+v", i, ended[i], r.Stages[i])
		}
		u := ended[i].Usage
		if (u.Wall <= 0) != ended[i].Cached || u.Waited < 0 || u.Waited > u.Wall || u.CPU < 0 || u.PeakMemory < 0 || u.OOMKills < 0 || u.ProcessesDenied < 0 {
			return fmt.Errorf("stage %s: impossible usage %+v", ended[i].Name, u)
		}
	}
	for stage, streams := range r.Output {
		for kind, data := range streams {
			if kind != runner.KindProduct && int64(len(data)) > limit { // a product has its own
				return fmt.Errorf("%d bytes of %s of %s, the cap is %d", len(data), kind, stage, limit)
			}
		}
	}
	return agrees(r, open)
}

// agrees checks a verdict against the facts beside it. open is the stage that
// did not end.
func agrees(r *Record, open runner.StageName) error {
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

// Signals are Linux's numbers of those signals whose default is to end a
// process; a backend's boxes are Linux wherever the backend runs.
var Signals = map[string]runner.Signal{
	"SIGHUP": 1, "SIGINT": 2, "SIGQUIT": 3, "SIGILL": 4, "SIGTRAP": 5,
	"SIGABRT": 6, "SIGBUS": 7, "SIGFPE": 8, "SIGKILL": 9, "SIGUSR1": 10,
	"SIGSEGV": 11, "SIGUSR2": 12, "SIGPIPE": 13, "SIGALRM": 14, "SIGTERM": 15,
	"SIGSTKFLT": 16, "SIGXCPU": 24, "SIGXFSZ": 25, "SIGVTALRM": 26,
	"SIGPROF": 27, "SIGIO": 29, "SIGPWR": 30, "SIGSYS": 31,
}
