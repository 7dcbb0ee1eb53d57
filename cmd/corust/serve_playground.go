package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/playground"
	"github.com/corust-dev/corust/runner"
)

// play is the Playground's API of a server.
type play struct{ *playground.Handler }

// openPlayground makes the Playground's API; nil if the configuration does not enable it.
func (a *app) openPlayground(b toolchains, x runner.Executor, kept playground.Store, cfg server.Config, srv *server.Server) (*play, error) {
	c := a.config.Serve
	if !c.Playground.Enabled {
		return nil, nil
	}
	answers := cfg.Hosts
	if answers != nil {
		more := *answers
		more.Names = append(list(c.Playground.Hosts), more.Names...)
		answers = &more
	}
	h, err := playground.New(playground.Config{
		Executor: x, Store: kept, Prefix: c.Prefix,
		Toolchain: func(ctx context.Context, ch runner.Channel) (runner.Toolchain, error) {
			return b.Toolchain(ctx, cmp.Or(ch, a.config.Run.Options().Channel))
		},
		Crates: func(ctx context.Context) ([]playground.Crate, error) { return a.playgroundCrates(ctx, b) },

		Origins: list(c.Playground.CORSOrigins),
		Answers: func(r *http.Request) bool { return answers.Answers(r, cfg.Proxies) },
		Quotas:  srv,
		Client:  func(r *http.Request) string { return server.Client(r, cfg.Proxies) },
		Budget:  time.Duration(c.Playground.Budget),
		Limits:  playground.Limits{Requests: c.Playground.Requests, ClientRuns: c.Playground.AddressRuns},
		Log:     a.log,
	})
	if err != nil {
		return nil, err
	}
	return &play{h}, nil
}

// playgroundCrates lists the crates of the default toolchain's set.
func (a *app) playgroundCrates(ctx context.Context, b toolchains) ([]playground.Crate, error) {
	tc, err := b.Toolchain(ctx, a.config.Run.Options().Channel)
	if err != nil || tc.Set == "" {
		return nil, err
	}
	set, err := a.plannerSet(tc.SetKey)
	if err != nil {
		return nil, fmt.Errorf("the crates of the box: %w", err)
	}
	var all []playground.Crate
	for _, k := range set.Crates {
		all = append(all, playground.Crate{Name: k.Name, Version: k.Version, ID: k.Ident})
	}
	return all, nil
}

// beside returns a handler that gives the API its requests and the rest to site. A nil
// *play has none.
func (p *play) beside(site http.Handler) http.Handler {
	if p == nil {
		return site
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.Serves(r) {
			p.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(w, r)
	})
}

// close ends the API.
func (p *play) close(ctx context.Context) error {
	if p == nil {
		return nil
	}
	return p.Handler.Close(ctx)
}
