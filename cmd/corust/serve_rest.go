package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"

	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/rest"
	"github.com/corust-dev/corust/runner"
)

// restConfig configures package rest: runs without a session on the server's boxes, within
// the limits of the configuration, and the toolchains of its backend.
func (a *app) restConfig(b *boxes, backend *chosen) rest.Config {
	return rest.Config{
		Executor:  b.counted(),
		MaxLimits: a.config.Limits.Runner(),
		Jobs:      min(share(a.config.Pool, a.config.Serve).Boxes, runtime.NumCPU()),
		Backend:   backend.Name(), Why: backend.why,
		Exit:       func(res runner.Result) int { return exitCode(context.Background(), res) },
		Toolchains: backend.Toolchains,
		Default:    a.config.Run.Options().Channel,
		Crates:     a.setCrates,
		Log:        a.log,
	}
}

// restRoutes returns the routes of package rest.
func restRoutes(cfg rest.Config) ([]server.Route, error) {
	h, err := rest.New(cfg)
	if err != nil {
		return nil, err
	}
	return []server.Route{
		{Method: http.MethodPost, Path: "/api/v1/run", Serve: func(c *server.Call) { h.Run(c.Writer, c.Request, restCall{c}) }},
		{Method: http.MethodPost, Path: "/api/v1/judge", Serve: func(c *server.Call) { h.Judge(c.Writer, c.Request, restCall{c}) }},
		{Method: http.MethodGet, Path: "/api/v1/toolchains", Serve: func(c *server.Call) { h.Toolchains(restCall{c}) }},
	}, nil
}

// setCrates lists the crates of a set.
func (a *app) setCrates(key string) ([]rest.Crate, error) {
	set, err := a.plannerSet(key)
	if err != nil {
		return nil, err
	}
	var list []rest.Crate
	for _, k := range set.Crates {
		list = append(list, rest.Crate{Name: k.Name, Version: k.Version, Features: k.Features})
	}
	return list, nil
}

// restCall is a rest.Call.
type restCall struct{ *server.Call }

// Fail implements rest.Call.
func (c restCall) Fail(err error) {
	var invalid *runner.InvalidError
	if errors.As(err, &invalid) {
		err = fmt.Errorf("%w: %w", wire.ErrMalformed, err)
	}
	c.Call.Fail(busy(err))
}

// busy turns the errors of an executor that has no place for a request into those of the
// REST interface.
func busy(err error) error {
	switch {
	case errors.Is(err, runner.ErrShare):
		return fmt.Errorf("%s: %w", shareTaken, wire.ErrBusy)
	case errors.Is(err, runner.ErrBusy):
		return fmt.Errorf("all places are taken: %w", wire.ErrBusy)
	case errors.Is(err, runner.ErrClosed):
		return wire.ErrResume
	}
	return err
}

// counted returns the executor such that a stopping server waits for its runs, too. If
// sessions do not share compiled programs, neither do the owners of these runs.
func (b *boxes) counted() runner.Executor { return countedRuns{b.executor, b} }

type countedRuns struct {
	runner.Executor
	boxes *boxes
}

// Run implements runner.Executor.
func (c countedRuns) Run(ctx context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
	if !c.boxes.begin() {
		return runner.Result{}, runner.ErrClosed
	}
	defer c.boxes.running.Done()
	if c.boxes.perSession && req.Cache.Scope == "" {
		req.Cache.Scope = "rest " + req.Owner
	}
	return c.Executor.Run(ctx, req, stdin, emit)
}
