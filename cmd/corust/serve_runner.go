package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/ansi"
	"github.com/corust-dev/corust/runner"
)

// boxes joins a session's runs with the executor. It implements collab.Runner.
type boxes struct {
	executor runner.Executor
	// perSession is set if sessions do not share compiled programs.
	perSession bool
	// missing lists the crates that the compiler did not find; nil if it found all.
	missing func(ctx context.Context, ch runner.Channel, files []runner.File, messages []byte) *wire.MissingCrates
	ahead   *aheadCounts // nil if nothing is compiled ahead

	mu      sync.Mutex
	stopped bool           // no run begins any more
	running sync.WaitGroup // the runs under way
}

// begin counts a run in, unless the server is stopping.
func (b *boxes) begin() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped {
		return false
	}
	b.running.Add(1)
	return true
}

// stopping reports whether the server is stopping.
func (b *boxes) stopping() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stopped
}

// await lets no run begin any more, and waits for those under way, but not
// longer than d.
func (b *boxes) await(d time.Duration) {
	b.mu.Lock()
	b.stopped = true
	b.mu.Unlock()
	done := make(chan struct{})
	go func() {
		b.running.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(d):
	}
}

// try runs a trial program, so that a server that cannot run programs reports that at
// its start and not to its first user. It returns nil if the server stops meanwhile.
func (b *boxes) try(ctx context.Context) error {
	if !b.begin() {
		return nil
	}
	defer b.running.Done()
	res, err := b.executor.Run(ctx, runner.Request{
		Owner: "start",
		Mode:  runner.ModeDebug,
		Files: []runner.File{{Name: runner.MainFile, Data: []byte("fn main() {}")}},
		Cache: runner.Cache{Off: true}, // a program of 4 MB that nobody asks for
	}, nil, nil)
	switch {
	case ctx.Err() != nil || errors.Is(err, runner.ErrClosed):
		return nil
	case err == nil && res.Verdict != runner.VerdictOK:
		return fmt.Errorf("an empty program ends with %s (%s)", res.Verdict, res.Stage)
	}
	return err
}

// shareTaken is the error for an address that has its full share of the queue.
const shareTaken = "too many runs from this address are waiting; try again when some have ended"

// Run implements collab.Runner.
func (b *boxes) Run(ctx context.Context, req runs.Request, out runs.Events) (runs.Result, error) {
	if !b.begin() {
		return refused(wire.ReasonRestarting, ""), nil
	}
	defer b.running.Done()
	told := &teller{out: out}
	defer told.finish()
	request, ids, err := b.request(req)
	if err != nil {
		return refused(wire.ReasonInvalid, err.Error()), nil
	}
	told.ids = ids
	for _, f := range request.Files {
		told.files = append(told.files, f.Name)
	}
	res, err := b.executor.Run(ctx, request, req.Stdin, told.event)
	var invalid *runner.InvalidError
	switch {
	case errors.As(err, &invalid):
		return refused(wire.ReasonInvalid, invalid.Error()), nil
	case errors.Is(err, runner.ErrShare):
		return refused(wire.ReasonShare, ""), nil
	case errors.Is(err, runner.ErrBusy):
		return refused(wire.ReasonBusy, ""), nil
	case errors.Is(err, runner.ErrClosed):
		return refused(wire.ReasonRestarting, ""), nil
	case errors.Is(err, runner.ErrLost):
		return runs.Result{Verdict: wire.VerdictLost, Detail: &wire.RunDetail{Message: err.Error()}}, nil
	case err != nil:
		return runs.Result{}, err
	}
	b.ahead.run(req, res)
	detail := detailOf(res)
	if res.Verdict == runner.VerdictCompileError {
		detail.Missing = b.missing(ctx, request.Channel, request.Files, told.compiler)
	}
	return runs.Result{Verdict: wire.Verdict(res.Verdict), Detail: detail}, nil
}

// request returns a session's run as the executor has it, and the ids of its files: "" is
// the one that is compiled. A compilation ahead has the same request, and so the same
// artifact. The error is an *InvalidError.
func (b *boxes) request(req runs.Request) (runner.Request, map[string]wire.FileID, error) {
	opts := req.Options
	cache, err := b.cache(req.Session, opts.Cache)
	var views []runner.Action
	for _, v := range opts.Views {
		views = append(views, runner.Action(v))
	}
	list, main := inRun(req.Files)
	ids := map[string]wire.FileID{"": main.ID}
	for _, f := range req.Files {
		ids[f.Path] = f.ID
	}
	return runner.Request{
		Owner:   req.Owner,
		Action:  runner.Action(opts.Action),
		Files:   list,
		Main:    main.Path,
		Mode:    runner.Mode(opts.Mode),
		Edition: runner.Edition(opts.Edition),
		Channel: runner.Channel(opts.Channel),
		Views:   views,
		Flags:   opts.Flags,
		Args:    opts.Args,
		Env:     opts.Env,

		AsmSyntax: runner.AsmSyntax(opts.AsmSyntax),
		CrateType: runner.CrateType(opts.CrateType),
		Color:     true,
		// The options are the session's settings.
		SourceFirst: true,

		Diagnostics: true,
		Cache:       cache,
	}, ids, err
}

// cache returns what a run of a session shares with others.
func (b *boxes) cache(session wire.SessionID, option string) (runner.Cache, error) {
	c := runner.Cache{Off: option == wire.CacheOff}
	if option != "" && !c.Off {
		return c, &runner.InvalidError{Field: "cache", Reason: fmt.Sprintf("%q (want %s)", option, wire.CacheOff)}
	}
	if b.perSession {
		c.Scope = string(session)
	}
	return c, nil
}

// inRun gives a session's files as a run has them, and the one that is compiled.
func inRun(list []wire.File) ([]runner.File, wire.File) {
	paths, out := make([]string, len(list)), make([]runner.File, len(list))
	for i, f := range list {
		paths[i], out[i] = f.Path, runner.File{Name: f.Path, Data: []byte(f.Text)}
	}
	return out, list[files.Root(paths)]
}

// refused is the end of a run that got no box.
func refused(reason wire.Reason, message string) runs.Result {
	return runs.Result{Verdict: wire.VerdictRefused, Detail: &wire.RunDetail{Reason: reason, Message: message}}
}

// format runs rustfmt in a box. It is a server.Formatter.
func (b *boxes) format(ctx context.Context, owner, source, edition string) (string, error) {
	var formatted, stderr bytes.Buffer
	res, err := b.executor.Run(ctx, runner.Request{
		Owner:   owner,
		Action:  runner.ActionFormat,
		Files:   []runner.File{{Name: runner.MainFile, Data: []byte(source)}},
		Edition: runner.Edition(edition),

		SourceFirst: true,
	}, nil, func(e runner.Event) {
		switch e.Kind {
		case runner.KindProduct:
			formatted.Write(e.Data)
		case runner.KindStderr:
			stderr.Write(e.Data)
		}
	})
	var invalid *runner.InvalidError
	switch {
	case errors.As(err, &invalid):
		return "", &server.FormatError{Message: invalid.Error()}
	case err != nil:
		return "", busy(err)
	case res.Verdict == runner.VerdictOK:
		return formatted.String(), nil
	case stderr.Len() > 0:
		return "", &server.FormatError{Message: firstMessage(stderr.Bytes())}
	}
	return "", &server.FormatError{Message: explain(res, nil)}
}

// firstMessage is the first of rustfmt's messages and where it points.
func firstMessage(stderr []byte) string {
	var plain bytes.Buffer
	_, _ = ansi.NewFilter(&plain).Write(stderr)
	var message []string
	for line := range strings.SplitSeq(plain.String(), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line == "|" {
			break
		}
		message = append(message, line)
	}
	return strings.Join(message, " ")
}
