package rest

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/events"
	"github.com/corust-dev/corust/runner/judge"
)

// JudgeRequest is the body of POST /api/v1/judge: a program as for a run, without input, and
// the cases on which it is judged.
type JudgeRequest struct {
	Request
	Cases []Case `json:"cases"`
	// Compare decides whether an output is right, judge.ModeLines by default. Tolerance is
	// how much a number may differ with judge.ModeFloat, 1e-6 by default.
	Compare   judge.Mode `json:"compare,omitempty"`
	Tolerance *float64   `json:"tolerance,omitempty"`
	// Checker, if there is one, is a program that decides instead; see judge.Task.
	Checker *Request `json:"checker,omitempty"`
	// FailFast skips the cases after the first that does not pass.
	FailFast bool `json:"fail_fast,omitempty"`
}

// Case is one input and the output that it should have.
type Case struct {
	// Name is "1" for the first case, and so on, if it is absent.
	Name        string `json:"name,omitempty"`
	Stdin       string `json:"stdin,omitempty"`
	StdinBase64 []byte `json:"stdin_base64,omitempty"`
	// Args, if present, are the program's arguments in place of those of the program.
	Args []string `json:"args,omitempty"`
	// Expected is the right output; ExpectedBase64 is for one that is not text. Only with a
	// checker, both may be absent.
	Expected       *string `json:"expected,omitempty"`
	ExpectedBase64 []byte  `json:"expected_base64,omitempty"`
	// Limits come before those of the program.
	Limits Limits `json:"limits,omitzero"`
}

// Bounds on the cases of a request, whose bytes the server bounds.
const (
	// MaxCases is the most cases of a request.
	MaxCases = 1000
	// maxCaseName is the most bytes of a case's name.
	maxCaseName = 200
	// casesPerRun is how many cases count as one run towards what a client may start: a case
	// of a program that is compiled costs about a tenth of a run that compiles it.
	casesPerRun = 10
)

// defaultTolerance is the default of JudgeRequest.Tolerance.
const defaultTolerance = 1e-6

// Judgement is the answer to a judge's request as one JSON object.
type Judgement struct {
	// Cases are the outcomes in the order of the cases. They and Summary are absent if the
	// program, or the checker, was not compiled; Error and Result then say why.
	Cases   []judge.Outcome `json:"cases,omitempty"`
	Summary *judge.Summary  `json:"summary,omitempty"`
	Error   string          `json:"error,omitempty"`
	Result  *runner.Result  `json:"result,omitempty"`
	// Backend is what the programs ran in.
	Backend string `json:"backend"`
	// Compile is what the compiler wrote, absent if it did not run.
	Compile     *Output              `json:"compile,omitempty"`
	Diagnostics []*runner.Diagnostic `json:"diagnostics,omitempty"`
	Warnings    []string             `json:"warnings,omitempty"`
}

// task returns what to judge. The limits may be no higher than max.
func (r *JudgeRequest) task(max runner.Limits) (judge.Task, error) {
	invalid := func(field, format string, args ...any) (judge.Task, error) {
		return judge.Task{}, &runner.InvalidError{Field: field, Reason: fmt.Sprintf(format, args...)}
	}
	task := judge.Task{Compare: judge.Comparison{Mode: cmp.Or(r.Compare, judge.ModeLines), Tolerance: defaultTolerance}, FailFast: r.FailFast}
	if r.Tolerance != nil {
		task.Compare.Tolerance = *r.Tolerance
	}
	if err := task.Compare.Check(); err != nil {
		return judge.Task{}, err
	}
	var err error
	if task.Program, err = r.Request.judged("", max); err != nil {
		return judge.Task{}, err
	}
	if r.Checker != nil {
		if len(r.Checker.Args) > 0 {
			return invalid("checker.args", "a checker's arguments are lengths (want none)")
		}
		if task.Checker, err = r.Checker.judged("checker.", max); err != nil {
			return judge.Task{}, err
		}
	}
	switch n := len(r.Cases); {
	case n == 0:
		return invalid("cases", `none (want something like [{"stdin": "1 2", "expected": "3"}])`)
	case n > MaxCases:
		return invalid("cases", "%d cases, at most %d", n, MaxCases)
	}
	for i := range r.Cases {
		c, err := r.Cases[i].judged(i, r.Checker != nil, max)
		if err != nil {
			return judge.Task{}, err
		}
		task.Cases = append(task.Cases, c)
	}
	return task, nil
}

// judged returns the request of a program that is judged, or judges. Field is what the names
// of its fields begin with.
func (r *Request) judged(field string, max runner.Limits) (runner.Request, error) {
	invalid := func(name, format string, args ...any) (runner.Request, error) {
		return runner.Request{}, &runner.InvalidError{Field: field + name, Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case r.Action != "" && r.Action != runner.ActionRun:
		return invalid("action", "%.40q (want %s)", r.Action, runner.ActionRun)
	case len(r.Views) > 0:
		return invalid("views", "a program that is judged has none")
	case r.Stdin != "" || r.StdinBase64 != nil:
		return invalid("stdin", "the cases have the input")
	}
	req, _, err := r.request(max)
	req.Action = runner.ActionRun
	return req, within(field, err)
}

// within returns an error in which a field of a part of the body has its place in front.
func within(place string, err error) error {
	var wrong *runner.InvalidError
	if errors.As(err, &wrong) {
		return &runner.InvalidError{Field: place + wrong.Field, Reason: wrong.Reason, Err: wrong.Err}
	}
	return err
}

// judged returns the ith case.
func (c *Case) judged(i int, checker bool, max runner.Limits) (judge.Case, error) {
	field := fmt.Sprintf("cases[%d]", i)
	invalid := func(format string, args ...any) (judge.Case, error) {
		return judge.Case{}, &runner.InvalidError{Field: field, Reason: fmt.Sprintf(format, args...)}
	}
	out := judge.Case{
		Name: cmp.Or(c.Name, strconv.Itoa(i+1)), Args: c.Args, Limits: runner.Limits(c.Limits),
		Input: []byte(c.Stdin), Answer: c.ExpectedBase64, HasAnswer: c.Expected != nil || c.ExpectedBase64 != nil,
	}
	if err := out.Limits.Check(max); err != nil {
		return judge.Case{}, within(field+".", err)
	}
	switch {
	case len(c.Name) > maxCaseName:
		return invalid("a name of %d bytes, at most %d", len(c.Name), maxCaseName)
	case c.Stdin != "" && c.StdinBase64 != nil:
		return invalid("give stdin, or stdin_base64, and not both")
	case c.Expected != nil && c.ExpectedBase64 != nil:
		return invalid("give expected, or expected_base64, and not both")
	case !out.HasAnswer && !checker:
		return invalid("it has no expected output, and there is no checker")
	}
	if c.StdinBase64 != nil {
		out.Input = c.StdinBase64
	}
	if c.Expected != nil {
		out.Answer = []byte(*c.Expected)
	}
	return out, nil
}

// Judge answers POST /api/v1/judge. The runs end when the client goes away.
func (h *Handler) Judge(w http.ResponseWriter, r *http.Request, c Call) {
	var body JudgeRequest
	contentType, ok := read(r, c, &body)
	if !ok {
		return
	}
	task, err := body.task(h.cfg.MaxLimits)
	if err != nil {
		c.Fail(err)
		return
	}
	out, owner, end, ok := h.begin(w, c, contentType, (len(task.Cases)+casesPerRun-1)/casesPerRun)
	if !ok {
		return
	}
	defer end()
	task.Program.Owner, task.Checker.Owner, task.Jobs = owner, owner, max(1, h.cfg.Jobs)
	// A program that takes nothing from earlier runs is still compiled once for all cases.
	scope := "judge " + rand.Text()
	for _, req := range []*runner.Request{&task.Program, &task.Checker} {
		if req.Cache.Off {
			req.Cache = runner.Cache{Scope: scope}
		}
	}
	if contentType == typeJSON {
		h.judgement(out, c, task)
	} else {
		h.outcomes(out, c, task)
	}
}

// judgement judges a task and answers with one Judgement.
func (h *Handler) judgement(out *output, c Call, task judge.Task) {
	var j Judgement
	all := newCollector()
	task.Emit = all.event
	s, err := judge.Run(out.ctx, &patient{Executor: h.cfg.Executor}, task, func(o judge.Outcome) { j.Cases = append(j.Cases, o) })
	var compile *judge.CompileError
	switch {
	case err == nil:
		j.Summary = &s
	case errors.As(err, &compile):
		if compile.Checker {
			all = newCollector() // the program was compiled
		}
		for _, e := range compile.Events {
			all.event(e)
		}
		j = Judgement{Error: err.Error(), Result: &compile.Result}
	default:
		out.deadline()
		c.Fail(err)
		return
	}
	answer := all.end(events.Event{Exit: new(int)})
	j.Backend, j.Compile, j.Diagnostics, j.Warnings = h.cfg.Backend, answer.Compile, answer.Diagnostics, answer.Warnings
	out.answer(c, j)
}

// outcomes judges a task and streams the events.
func (h *Handler) outcomes(out *output, c Call, task judge.Task) {
	enc := events.NewEncoder(func(e events.Event) { out.event(e) })
	task.Emit = enc.Event
	s, err := judge.Run(out.ctx, &patient{Executor: h.cfg.Executor}, task, func(o judge.Outcome) {
		out.line(judge.KindCase, judge.CaseEvent{Event: judge.KindCase, Outcome: o})
	})
	var compile *judge.CompileError
	switch {
	case err == nil:
		out.line(judge.KindSummary, judge.SummaryEvent{Event: judge.KindSummary, Summary: s})
	case errors.As(err, &compile):
		for _, e := range compile.Events {
			enc.Event(e)
		}
		enc.End(events.Event{Event: events.KindError, Error: err.Error(), Result: &compile.Result})
	case !out.begun:
		out.deadline()
		c.Fail(err)
	default:
		enc.End(events.Event{Event: events.KindError, Error: h.explain(err)})
	}
}

// patient is an executor that refuses a task only before its first run: a later case waits
// until the queue has room for it. Each task has one.
type patient struct {
	runner.Executor
	begun atomic.Bool
}

// patience is how long a case waits before it asks again.
const patience = 100 * time.Millisecond

// Run implements runner.Executor.
func (p *patient) Run(ctx context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
	for {
		res, err := p.Executor.Run(ctx, req, stdin, emit)
		if err == nil {
			p.begun.Store(true)
		}
		if !errors.Is(err, runner.ErrBusy) || !p.begun.Load() {
			return res, err
		}
		select {
		case <-time.After(patience):
		case <-ctx.Done():
			return runner.Result{Verdict: runner.VerdictCanceled, ExitCode: -1}, nil
		}
	}
}
