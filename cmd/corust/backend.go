package main

import (
	"fmt"
	"strings"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/native"
	"github.com/corust-dev/corust/runner/rustc"
)

// purpose is what a backend is wanted for.
type purpose int

const (
	forOneRun purpose = iota // one's own file: a limit that cannot be held is said
	forServer                // strangers' files: then the server does not start
)

// chosen is a backend and why it was taken.
type chosen struct {
	runner.Backend
	why        string
	unenforced []string
}

// openBackend makes the backend that the configuration names, or, for auto, the
// first that can be made. There is never a run without a box.
func (a *app) openBackend(name string, p purpose) (*chosen, error) {
	c, err := a.openNative()
	if err != nil {
		return nil, err
	}
	c.why = map[bool]string{true: "chosen automatically", false: "configured"}[name == "auto"]
	if p == forServer && len(c.unenforced) > 0 && !a.config.Native.AllowUnenforced {
		c.Close()
		return nil, fmt.Errorf("%w: cannot enforce %s", native.ErrUnsupported, strings.Join(c.unenforced, "; "))
	}
	return c, nil
}

func (a *app) openNative() (*chosen, error) {
	b, err := native.New(a.nativeConfig())
	if err != nil {
		return nil, err
	}
	return &chosen{Backend: b, unenforced: b.Unenforced()}, nil
}

func (a *app) nativeConfig() native.Config { return native.Config{} }

// newRunner joins a backend and the planner.
func (a *app) newRunner(b *chosen, cfg runner.Config) (*runner.Runner, error) {
	cfg.Backend, cfg.Planner = b.Backend, rustc.Planner{}
	cfg.Limits = a.config.Limits.Runner()
	cfg.Log = a.say
	return runner.New(cfg)
}
