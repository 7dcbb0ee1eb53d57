package playground

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/corust-dev/corust/runner"
)

// outcome is how a job ended.
type outcome struct {
	exit           exit
	stdout, stderr string
	product        []byte
}

// bounded does work over HTTP: within the client's allowance and the budget.
func (h *Handler) bounded(r *http.Request, what string, work func(ctx context.Context) error) error {
	leave, err := h.lane.enter(h.client(r))
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithTimeoutCause(r.Context(), h.cfg.Budget, errTimeout)
	defer cancel()
	if err := work(ctx); err != nil {
		return &failure{"Unable to process the " + what + " request", err}
	}
	return nil
}

// perform runs one job over HTTP.
func (h *Handler) perform(r *http.Request, what string, j job) (out outcome, err error) {
	j.fresh = wantsFresh(r.Header)
	err = h.bounded(r, what, func(ctx context.Context) error {
		out, err = h.once(ctx, j)
		return err
	})
	return out, err
}

// wantsFresh reports whether a request is not to be answered from a cache (RFC 9111, 5.2.1).
func wantsFresh(header http.Header) bool {
	for _, line := range header.Values("Cache-Control") {
		for directive := range strings.SplitSeq(strings.ToLower(line), ",") {
			switch strings.TrimSpace(directive) {
			case "no-cache", "no-store", "max-age=0":
				return true
			}
		}
	}
	return false
}

// once runs a job within the time of ctx.
func (h *Handler) once(ctx context.Context, j job) (outcome, error) {
	var out outcome
	var stdout, stderr strings.Builder
	res, exit, err := h.run(ctx, j, output{
		stdout:  func(s string) { stdout.WriteString(s) },
		stderr:  func(s string) { stderr.WriteString(s) },
		product: func(data []byte) { out.product = append(out.product, data...) },
	})
	late := errors.Is(context.Cause(ctx), errTimeout)
	switch {
	case late && err != nil && errors.Is(err, ctx.Err()), late && err == nil && res.Verdict == runner.VerdictCanceled && res.Stage == "":
		return outcome{}, runner.ErrBusy // it was still waiting
	case err != nil:
		return outcome{}, err
	case res.Verdict == runner.VerdictTimeout, late && res.Verdict == runner.VerdictCanceled:
		return outcome{}, errTimeout
	}
	out.exit, out.stdout, out.stderr = exit, stdout.String(), stderr.String()
	return out, nil
}

// output receives what a run makes. A nil function discards it.
type output struct {
	stdout, stderr func(string)
	product        func([]byte)
	begin          func()             // the run has a box
	ended          func(runner.Stage) // a stage has ended
	stdin          io.Reader          // nil is empty
	inputTime      time.Duration
}

// run runs a job.
func (h *Handler) run(ctx context.Context, j job, out output) (runner.Result, exit, error) {
	p := j.plan()
	if p.refusal != "" {
		if out.begin != nil {
			out.begin()
		}
		out.stderr(p.refusal)
		return runner.Result{Verdict: runner.VerdictExit, Stage: runner.StageCompile}, exit{code: 101}, nil
	}
	channel, err := h.channel(ctx, j.channel)
	if err != nil {
		return runner.Result{}, exit{}, err
	}
	p.req.Owner, p.req.Channel, p.req.Limits.InputTime = Owner, channel, out.inputTime
	p.req.Cache.Results = !j.fresh
	c := &cargo{verb: j.verb, miri: p.req.Action == runner.ActionMiri, release: j.mode == "release", targets: p.targets, started: time.Now(), stdout: out.stdout, stderr: out.stderr}
	started := false
	res, err := h.cfg.Executor.Run(ctx, p.req, out.stdin, func(e runner.Event) {
		if e.Kind == runner.KindStageStart && !started {
			started = true
			if out.begin != nil {
				out.begin()
			}
		}
		if e.Kind == runner.KindProduct {
			if out.product != nil {
				out.product(e.Data)
			}
			return
		}
		c.event(e)
		if e.Kind == runner.KindStageEnd && out.ended != nil && e.Ended != nil {
			out.ended(*e.Ended)
		}
	})
	var invalid *runner.InvalidError
	if errors.As(err, &invalid) && invalid.Err != nil {
		// A text in the request that the planner cannot read, such as front matter: the
		// author's fault, as an error of the compiler is.
		if out.begin != nil && !started {
			out.begin()
		}
		out.stderr(fmt.Sprintf("error: %s\n", invalid.Reason))
		return runner.Result{Verdict: runner.VerdictCompileError, Stage: runner.StageCompile}, exit{code: 101}, nil
	}
	if err != nil {
		return res, exit{}, err
	}
	return res, c.end(res), nil
}

// channel returns the executor's channel for one of the original's. A request that names
// none is for nightly, as with the original, but a server without it takes its default.
// Where the default is the same toolchain, it is taken, since warm boxes have it.
func (h *Handler) channel(ctx context.Context, name string) (runner.Channel, error) {
	asked := runner.Channel(name)
	if name == "" {
		asked = "nightly"
	}
	byDefault, err := h.cfg.Toolchain(ctx, "")
	if err != nil {
		return "", err
	}
	tc, err := h.cfg.Toolchain(ctx, asked)
	switch {
	case err == nil && tc.ID == byDefault.ID && tc.SetKey == byDefault.SetKey:
		return "", nil
	case !errors.As(err, new(*runner.InvalidError)):
		return asked, err
	case name == "stable" && strings.Contains(byDefault.Version, "-"):
		return "", &unavailable{fmt.Sprintf("stable is not installed on this server, which has %s", byDefault.Version)}
	case name == "stable" || name == "":
		return "", nil
	}
	return "", &unavailable{fmt.Sprintf("%s is not installed on this server", name)}
}
