package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/internal/shellwords"
	"github.com/corust-dev/corust/runner"
	"github.com/prometheus/client_golang/prometheus"
)

// compiler compiles the texts of sessions ahead of their runs. It implements
// runs.Compiler.
type compiler struct {
	*boxes
	executor runner.Executor // does not count as runs what it does
	// build is set if programs are built, which takes a cache that remembers them, and not
	// only checked.
	build   bool
	choices *server.Choices
	counts  *aheadCounts
}

// aheadCounts count what is done ahead of runs, and how often a run takes it.
type aheadCounts struct {
	started, used prometheus.Counter
	ended         *prometheus.CounterVec
}

// countAhead registers the counts.
func countAhead(reg prometheus.Registerer) *aheadCounts {
	c := &aheadCounts{
		started: prometheus.NewCounter(prometheus.CounterOpts{Name: "corust_ahead_started_total", Help: "Compilations ahead of a run that have started."}),
		used:    prometheus.NewCounter(prometheus.CounterOpts{Name: "corust_ahead_used_total", Help: "Runs of sessions that took what was compiled ahead."}),
		ended:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "corust_ahead_ended_total", Help: "Compilations ahead of a run that have ended, by outcome."}, []string{"outcome"}),
	}
	reg.MustRegister(c.started, c.used, c.ended)
	return c
}

// run counts a run that took what was compiled ahead.
func (c *aheadCounts) run(req runs.Request, res runner.Result) {
	if c != nil && req.Ahead && len(res.Stages) > 0 && res.Stages[0].Cached {
		c.used.Inc()
	}
}

// Compile implements runs.Compiler.
func (c *compiler) Compile(ctx context.Context, of runs.Compilation, begun func()) (runs.Compiled, error) {
	if c.stopping() { // which waits for runs only
		return runs.Compiled{}, nil
	}
	out, outcome, err := c.compile(ctx, of, func() {
		c.counts.started.Inc()
		begun()
	})
	c.counts.ended.WithLabelValues(outcome).Inc()
	return out, err
}

// compile is Compile, and names the outcome for the metrics.
func (c *compiler) compile(ctx context.Context, of runs.Compilation, begun func()) (out runs.Compiled, outcome string, err error) {
	opts, ok := asked(c.choices, of.Settings)
	if !ok {
		return out, "refused", nil
	}
	if builds := opts.Action == wire.ActionRun || opts.Action == wire.ActionTest; !builds || !c.build {
		opts.Action, opts.Views = wire.ActionCheck, nil
	}
	req, ids, err := c.request(runs.Request{Session: of.Session, Owner: of.Owner, Files: of.Files, Options: opts})
	if err != nil {
		return out, "refused", nil
	}
	req.Ahead = true
	started, at := false, time.Now()
	res, err := c.executor.Run(ctx, req, nil, func(e runner.Event) {
		switch e.Kind {
		case runner.KindStageStart:
			if !started {
				started = true
				begun()
			}
		case runner.KindDiagnostic:
			if len(e.Diagnostic.Spans) > 0 {
				out.Diagnostics = append(out.Diagnostics, inSession(e.Diagnostic, ids))
			}
		}
	})
	out.Took = time.Since(at) - res.Queued
	var used time.Duration
	for _, s := range res.Stages {
		used += s.Usage.CPU
	}
	out.Took = max(out.Took, used)
	var invalid *runner.InvalidError
	switch {
	case errors.As(err, &invalid), errors.Is(err, runner.ErrBusy), errors.Is(err, runner.ErrClosed):
		return out, "refused", nil
	case err != nil:
		return out, "failed", err
	}
	switch res.Verdict {
	case runner.VerdictCanceled:
		out.Evicted = true
		return out, "canceled", nil
	case runner.VerdictCompileError:
		out.State = wire.AheadErrors
	case runner.VerdictOK, runner.VerdictNoProgram:
		out.State = wire.AheadChecked
		if res.Kept {
			out.State = wire.AheadReady
		}
	default:
		out.Limit = true
		return out, "limit", nil
	}
	return out, string(out.State), nil
}

// asked returns the options of the run that a session's settings ask for; not ok if they
// ask for none. The page has the same in collab/web/src/run/options.ts.
func asked(c *server.Choices, s wire.Settings) (wire.RunOptions, bool) {
	available := func(list []server.Choice, name, otherwise string) string {
		if slices.ContainsFunc(list, func(x server.Choice) bool { return x.Available && x.Name == name }) {
			return name
		}
		return otherwise
	}
	action := c.Defaults.Action
	var views []wire.Action
	var chosen server.ActionChoice
	for _, a := range c.Actions {
		if a.Available && !a.Edits && a.Name == s["action"] {
			action = a.Name
		}
		if a.View && a.Available && slices.Contains(strings.Fields(s["views"]), a.Name) {
			views = append(views, wire.Action(a.Name))
		}
	}
	for _, a := range c.Actions {
		if a.Name == action {
			chosen = a
		}
	}
	flags, err1 := shellwords.Split(s["flags"])
	args, err2 := shellwords.Split(s["args"])
	if err1 != nil || err2 != nil {
		return wire.RunOptions{}, false
	}
	var env []string
	for line := range strings.SplitSeq(s["env"], "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		if strings.Index(line, "=") < 1 {
			return wire.RunOptions{}, false
		}
		env = append(env, line)
	}
	o := wire.RunOptions{
		Action: wire.Action(action), Channel: wire.Channel(s["channel"]), Flags: flags, CrateType: s["crate_type"],
		Mode: wire.Mode(available(c.Modes, s["mode"], c.Defaults.Mode)), Edition: wire.Edition(available(c.Editions, s["edition"], c.Defaults.Edition)),
		Views: slices.DeleteFunc(views, func(v wire.Action) bool { return string(v) == action }),
	}
	if chosen.View || len(o.Views) > 0 {
		o.AsmSyntax = s["asm_syntax"]
	}
	if !chosen.Program {
		return o, true
	}
	o.Args, o.Env = args, env
	backtrace := map[string]string{"short": "1", "full": "full"}[s["backtrace"]]
	if backtrace != "" && !slices.ContainsFunc(env, func(e string) bool { return strings.HasPrefix(e, "RUST_BACKTRACE=") }) {
		o.Env = append(o.Env, "RUST_BACKTRACE="+backtrace)
	}
	return o, true
}

// openCompiler returns what compiles texts ahead of their runs, or nil if nothing does.
func (a *app) openCompiler(b *boxes, x runner.Executor, choices *server.Choices, reg prometheus.Registerer) runs.Compiler {
	if a.config.Serve.Ahead == config.AheadOff {
		return nil
	}
	b.ahead = countAhead(reg)
	build := a.config.Serve.Ahead == config.AheadBuild && a.config.Cache.Scope != config.CacheOff
	return &compiler{boxes: b, executor: x, build: build, choices: choices, counts: b.ahead}
}
