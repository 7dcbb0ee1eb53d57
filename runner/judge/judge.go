package judge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/corust-dev/corust/runner"
)

// Verdict tells how a case ended: one of the verdicts of this package, or that of the
// program's run.
type Verdict string

// The verdicts beside those of package runner.
const (
	Passed  Verdict = "passed"
	Wrong   Verdict = "wrong"   // the program ended well, and its output is not right
	Checker Verdict = "checker" // the checker did not judge the output
	Skipped Verdict = "skipped" // an earlier case failed
)

// Task is what to judge.
type Task struct {
	// Program is the request of every case, without its standard input.
	Program runner.Request
	Cases   []Case
	// Compare judges the output, unless there is a Checker.
	Compare Comparison
	// Checker, if it has files, is a program that judges the output. Its standard input
	// is the case's input, the output and the answer, one directly after the other, and its
	// arguments are the length of each in bytes. It exits with 0 if the output is right
	// and with 1 if it is wrong; the first line of its standard output says why.
	Checker runner.Request
	// Jobs is how many cases run at the same time; at least 1.
	Jobs int
	// FailFast skips the cases after the first that does not pass.
	FailFast bool
	// Emit, if not nil, receives the events of the compile stage of the first case.
	Emit func(runner.Event)
}

// Outcome is how one case ended.
type Outcome struct {
	Case    string  `json:"case"`
	Verdict Verdict `json:"verdict"`
	// Message tells more in one line: the first difference, or the checker's.
	Message string `json:"message,omitempty"`
	// Result is that of the program's run; zero if it was skipped.
	Result runner.Result `json:"result,omitzero"`
	// Stderr is the beginning of what the program wrote there.
	Stderr string `json:"stderr,omitempty"`
}

// Time returns how long the program has run, without the time that it waited for input.
func (o Outcome) Time() time.Duration {
	u := o.Usage()
	return u.Wall - u.Waited
}

// Usage returns what the program's stage used.
func (o Outcome) Usage() runner.Usage {
	for _, s := range o.Result.Stages {
		if s.Name == runner.StageRun {
			return s.Usage
		}
	}
	return runner.Usage{}
}

// Summary counts the outcomes.
type Summary struct {
	Cases   int           `json:"cases"`
	Passed  int           `json:"passed"`
	Failed  int           `json:"failed"`
	Skipped int           `json:"skipped"`
	Slowest time.Duration `json:"slowest_ns"`
	Memory  int64         `json:"peak_memory_bytes"`
	// Wall is how long all cases took together.
	Wall time.Duration `json:"wall_ns"`
}

// CompileError is returned if a program was not compiled.
type CompileError struct {
	Result  runner.Result
	Checker bool // it is the checker
	// Events are those of the checker's compile stage.
	Events []runner.Event
}

func (e *CompileError) Error() string {
	what := "the program"
	if e.Checker {
		what = "the checker"
	}
	return fmt.Sprintf("%s was not compiled: %s", what, e.Result.Verdict)
}

// outputRoom is how much more than the answer a program may print.
const outputRoom = 64 << 10

// maxStderr is how much of standard error an outcome has.
const maxStderr = 4 << 10

// Run judges a task and reports the outcomes. It returns a *CompileError if the program
// or the checker does not compile, the error of the executor if that fails, and the
// context's error if it ends.
func Run(ctx context.Context, x runner.Executor, task Task, report func(Outcome)) (Summary, error) {
	for _, c := range task.Cases {
		if !c.HasAnswer && len(task.Checker.Files) == 0 {
			return Summary{}, fmt.Errorf("case %q has no answer (want %s.out or %[1]s.ans)", c.Name, c.Name)
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make([]chan Outcome, len(task.Cases))
	for i := range results {
		results[i] = make(chan Outcome, 1)
	}
	var workers sync.WaitGroup
	defer workers.Wait()
	next := make(chan int)
	worker := func() {
		for i := range next {
			out, err := judge(ctx, x, &task, i)
			if err != nil {
				cancel(err)
				return
			}
			results[i] <- out
		}
	}
	workers.Go(func() {
		defer close(next)
		for i := range task.Cases {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	})
	// The first case compiles; the others begin when it has ended.
	workers.Go(worker)
	start := time.Now()
	var s Summary
	stopped := false
	for i := range task.Cases {
		out := Outcome{Case: task.Cases[i].Name, Verdict: Skipped}
		if !stopped {
			select {
			case out = <-results[i]:
			case <-ctx.Done():
				return s, context.Cause(ctx)
			}
		}
		if i == 0 {
			for range task.Jobs - 1 {
				workers.Go(worker)
			}
		}
		s.add(out)
		report(out)
		if task.FailFast && out.Verdict != Passed && !stopped {
			stopped = true
			cancel(errStopped)
		}
	}
	s.Wall = time.Since(start)
	return s, nil
}

var errStopped = errors.New("a case failed")

func (s *Summary) add(o Outcome) {
	s.Cases++
	switch o.Verdict {
	case Passed:
		s.Passed++
	case Skipped:
		s.Skipped++
	default:
		s.Failed++
	}
	s.Slowest, s.Memory = max(s.Slowest, o.Time()), max(s.Memory, o.Usage().PeakMemory)
}

// judge runs one case.
func judge(ctx context.Context, x runner.Executor, task *Task, i int) (Outcome, error) {
	c := &task.Cases[i]
	out := Outcome{Case: c.Name}
	req := task.Program
	if c.Args != nil {
		req.Args = c.Args
	}
	req.Limits = c.Limits.Or(req.Limits)
	if req.Limits.Output == 0 {
		req.Limits.Output = max(x.Limits().Output, int64(len(c.Answer))+outputRoom)
	}
	var stdout, stderr bytes.Buffer
	var err error
	out.Result, err = x.Run(ctx, req, bytes.NewReader(c.Input), func(e runner.Event) {
		switch {
		case task.Emit != nil && i == 0 && (e.Stage == runner.StageCompile || e.Kind == runner.KindWarning):
			task.Emit(e)
		case e.Stage == runner.StageRun && e.Kind == runner.KindStdout:
			stdout.Write(e.Data)
		case e.Stage == runner.StageRun && e.Kind == runner.KindStderr:
			stderr.Write(e.Data[:min(len(e.Data), maxStderr-stderr.Len())])
		}
	})
	out.Stderr = strings.ToValidUTF8(stderr.String(), "\uFFFD")
	res := out.Result
	switch {
	case err != nil:
		return out, err
	case res.Verdict == runner.VerdictCanceled:
		return out, context.Cause(ctx)
	case res.Stage == runner.StageCompile:
		return out, &CompileError{Result: res}
	case res.Verdict != runner.VerdictOK:
		out.Verdict = Verdict(res.Verdict)
		return out, nil
	case len(task.Checker.Files) > 0:
		err = check(ctx, x, task, c, stdout.Bytes(), &out)
		return out, err
	}
	out.Verdict = Passed
	if out.Message = task.Compare.Difference(stdout.Bytes(), c.Answer); out.Message != "" {
		out.Verdict = Wrong
	}
	return out, nil
}

// check asks the checker.
func check(ctx context.Context, x runner.Executor, task *Task, c *Case, output []byte, out *Outcome) error {
	req := task.Checker
	req.Args = nil
	var stdin []byte
	for _, part := range [][]byte{c.Input, output, c.Answer} {
		req.Args = append(req.Args, fmt.Sprint(len(part)))
		stdin = append(stdin, part...)
	}
	var said bytes.Buffer
	var compiler []runner.Event
	res, err := x.Run(ctx, req, bytes.NewReader(stdin), func(e runner.Event) {
		switch {
		case e.Stage == runner.StageCompile:
			compiler = append(compiler, e)
		case e.Stage == runner.StageRun && e.Kind == runner.KindStdout:
			said.Write(e.Data[:min(len(e.Data), maxStderr-said.Len())])
		}
	})
	if err != nil {
		return fmt.Errorf("checker: %w", err)
	}
	line, _, _ := strings.Cut(strings.ToValidUTF8(said.String(), "\uFFFD"), "\n")
	out.Message = strings.TrimSpace(line)
	switch {
	case res.Verdict == runner.VerdictCanceled:
		return context.Cause(ctx)
	case res.Stage == runner.StageCompile:
		return &CompileError{Result: res, Checker: true, Events: compiler}
	case res.Verdict == runner.VerdictOK:
		out.Verdict = Passed
	case res.Verdict == runner.VerdictExit && res.ExitCode == 1:
		out.Verdict = Wrong
	default:
		out.Verdict = Checker
		out.Message = strings.TrimSpace(fmt.Sprintf("the checker ended with %s (exit code %d) %s", res.Verdict, res.ExitCode, out.Message))
	}
	return nil
}
