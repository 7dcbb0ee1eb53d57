package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/docker"
	"github.com/corust-dev/corust/runner/native"
)

// purpose is the use of a backend.
type purpose int

const (
	// forOneRun: a run of the user's file, without warm boxes. Native boxes are made in
	// a few milliseconds, containers in a few hundred, so native comes first; a limit
	// that this machine cannot enforce is a warning.
	forOneRun purpose = iota
	// forServer: untrusted files from a warm pool. Docker comes first: the engine is a
	// second layer, and warm boxes are as fast. A limit that cannot be enforced keeps
	// the server from starting.
	forServer
)

// order is in which order auto tries.
func (p purpose) order() []string {
	if p == forServer {
		return []string{"docker", native.Name}
	}
	return []string{native.Name, "docker"}
}

// chosen is a backend, the reason for the choice, and the limits that it cannot enforce.
type chosen struct {
	runner.Backend
	why        string
	passed     error // why those before it were not
	unenforced []string
}

// because is why a backend was taken, in full. It is for the operator and not for
// visitors, since it may name paths and addresses.
func (c *chosen) because() string {
	if c.passed == nil {
		return c.why
	}
	return fmt.Sprintf("%s (%v)", c.why, c.passed)
}

// openTime bounds how long an engine may take to answer when a backend is
// chosen.
const openTime = 10 * time.Second

// openBackend makes the backend that the configuration names, or, for auto, the
// first that can be made and holds every limit. It fails if no box can be made. For a
// run of the user's file, it falls back to a backend that lacks some limit.
func (a *app) openBackend(ctx context.Context, p purpose) (*chosen, error) {
	name := a.config.Backend
	if name != "auto" {
		c, err := a.open(ctx, name, p)
		if err != nil {
			return nil, err
		}
		c.why = "configured"
		if p == forServer && len(c.unenforced) > 0 && !a.config.Native.AllowUnenforced {
			c.Close()
			return nil, fmt.Errorf("%w: %s", errUnenforced, strings.Join(c.unenforced, "; "))
		}
		return c, nil
	}
	var lacking *chosen
	var refused []error
	for _, name := range p.order() {
		c, err := a.open(ctx, name, p)
		switch {
		case err != nil:
			refused = append(refused, fmt.Errorf("%s: %w", name, err))
		case len(c.unenforced) == 0:
			c.why, c.passed = "the first that enforces every limit", errors.Join(refused...)
			if lacking != nil {
				lacking.Close()
			}
			return c, nil
		default:
			refused = append(refused, fmt.Errorf("%s: %w: %s", name, errUnenforced, strings.Join(c.unenforced, "; ")))
			lacking = c
		}
	}
	if lacking != nil && (p == forOneRun || a.config.Native.AllowUnenforced) {
		lacking.why = "nothing else is here"
		return lacking, nil
	}
	return nil, fmt.Errorf("%w:\n%w", errNoBackend, errors.Join(refused...))
}

var (
	errNoBackend  = errors.New("no backend can make a box")
	errUnenforced = errors.New("this machine cannot enforce")
)

func (a *app) open(ctx context.Context, name string, p purpose) (*chosen, error) {
	if name == native.Name {
		b, err := native.New(a.nativeConfig())
		if err == nil && p == forServer {
			err = b.Try(ctx) // before visitors wait for it; corust run finds out by running
		}
		if err != nil {
			return nil, err
		}
		a.sweep(ctx, b)
		return &chosen{Backend: b, unenforced: b.Unenforced()}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	b, err := docker.Open(ctx, a.dockerConfig())
	if err != nil {
		return nil, err
	}
	channel := runner.Channel(a.config.Run.Channel)
	if _, err := b.Toolchain(ctx, channel); err != nil {
		b.Close()
		return nil, err
	}
	a.sweep(ctx, b)
	return &chosen{Backend: b}, nil
}

// sweep removes what killed processes left. A failure is a warning: what remains costs
// memory or disk, and the next start tries again.
func (a *app) sweep(ctx context.Context, b runner.Backend) {
	n, err := b.Sweep(ctx)
	if err != nil {
		a.log.Warn("cannot remove what an earlier process left", "backend", b.Name(), "err", err)
	}
	if n > 0 {
		a.log.Debug("removed what an earlier process left", "backend", b.Name(), "count", n)
	}
}

func (a *app) nativeConfig() native.Config { return native.Config{Set: a.nativeSet} }

func (a *app) dockerConfig() docker.Config {
	c := a.config.Docker
	images, _ := c.ByChannel() // checked when the configuration was loaded
	if c.Image != "" {
		images[docker.DefaultChannel] = c.Image
	}
	return docker.Config{Host: c.Host, Runtime: c.Runtime, Images: images, Log: a.log}
}

// newRunner joins a backend, the planner and the cache.
func (a *app) newRunner(b *chosen, cfg runner.Config) (*runner.Runner, error) {
	cfg.Backend, cfg.Planner = b.Backend, a.planner()
	cfg.Limits, cfg.Defaults = a.config.Limits.Runner(), a.config.Run.Options()
	cfg.Log = a.log
	return runner.New(cfg)
}
