package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/web"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/internal/heap"
	"github.com/corust-dev/corust/playground"
	"github.com/corust-dev/corust/runner"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
)

// welcome is the text of a new session.
const welcome = `use std::io::{self, BufRead};

fn main() {
    println!("What is your name?");
    let name = io::stdin().lock().lines().next();
    match name {
        Some(Ok(name)) => println!("Hello, {name}!"),
        _ => println!("Hello, whoever you are!"),
    }
}
`

// goodbyeTime is what connections may take to close after the drain.
const goodbyeTime = 5 * time.Second

func newServe(a *app) *cobra.Command {
	var restored bool
	cmd := &cobra.Command{
		Use:   "serve [flags]",
		Short: "Host sessions in which people write and run Rust together",
		Long: `Serve sessions to browsers. Opening the address makes a new session; its members
edit the same files, run them in a box and see the same output. Sessions are stored in
a database and survive a restart.

By default the server answers this machine only. To serve others, give --listen an
address such as :8080, and see docs/operations.md for TLS, proxies and limits. Their
programs then run on this machine: corust doctor prints what confines them.

Ctrl-C or SIGTERM stops the server: it lets runs end and tells pages to reconnect. A
second signal stops it at once; nothing that was saved is lost.`,
		Example: `  corust serve
  corust serve --listen :8080 --database /var/lib/corust/sessions.db`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.serve(cmd.Context(), restored)
		},
	}
	flags := cmd.Flags()
	flags.String("listen", "", "address to answer at (default 127.0.0.1:8080)")
	flags.String("prefix", "", "path prefix of every address, such as /corust (default none)")
	flags.String("database", "", `where the sessions are kept: an SQLite file, a postgres:// URL, or "memory" (default sessions.db in the user's data directory)`)
	flags.BoolVar(&restored, "restored", false, "give every session a new epoch, once, after a volume or machine was rolled back")
	flags.String("backend", "", "backend of the boxes: auto, native or docker (default auto)")
	flags.Bool("playground", false, "serve the API of the Rust Playground too, for books, bots and editors")
	setsKey(cmd, "playground", "serve.playground.enabled")
	setsKey(cmd, "listen", "serve.listen")
	setsKey(cmd, "prefix", "serve.prefix")
	setsKey(cmd, "database", "serve.database")
	setsKey(cmd, "backend", "backend")
	busFlag(cmd)
	completes(cmd, "backend", config.Backends...)
	return cmd
}

// serve is corust serve: it wires the parts, answers until ctx ends, and takes
// them down in the opposite order.
func (a *app) serve(ctx context.Context, restored bool) (err error) {
	c := a.config.Serve
	log := slog.New(newSparing(slog.NewTextHandler(a.err, nil), time.Now))
	a.log = log
	if os.Getenv("GOGC") == "" {
		defer heap.Keep(heap.Cap())()
	}

	// First, since it fails most often. Visitors who connect before the rest is ready
	// wait.
	ln, secure, err := listen(ctx, c, log)
	if err != nil {
		return err
	}
	defer ln.Close()
	pool := a.config.Pool
	limit := runner.Config{MaxBoxes: pool.Boxes, MaxQueue: pool.Queue, Warm: pool.Warm, Share: share(pool, c), Shares: map[string]runner.Share{
		playground.Owner: {Boxes: c.Playground.Boxes},
	}}
	store := a.openCache(forServer)
	if store != nil {
		limit.Artifacts = store
	}
	r, err := a.openExecutor(ctx, limit)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	backend := r.backend
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registerBoxes(metrics, r)
	x, results := a.remembering(r, backend)
	registerCache(metrics, store)
	registerResults(metrics, results)
	b := &boxes{executor: countRuns(metrics, x), perSession: a.config.Cache.Scope == config.CacheSession, missing: func(ctx context.Context, ch runner.Channel, files []runner.File, messages []byte) *wire.MissingCrates {
		return a.missingCrates(ctx, backend, cmp.Or(ch, a.config.Run.Options().Channel), files, runner.MainFile, messages)
	}}

	limits := wire.Limits{Text: c.Text, Members: c.Members, Message: int(c.Message)}
	choices, err := a.choices(ctx, backend)
	if a.config.Cluster.Bus != "" && errors.Is(err, runner.ErrBackend) {
		a.say("warning: %v; runs wait for one (corust worker --bus %s)", err, redacted(a.config.Cluster.Bus))
		choices, err = a.choices(ctx, unknown{})
	}
	if err != nil {
		return err
	}
	hub, err := a.openSessions(ctx, limits, b, a.openCompiler(b, x, choices, metrics), restored, log)
	if err != nil {
		return err
	}
	defer closing(&err, "sessions", hub.Close)

	cfg, err := serverConfig(c, limits)
	if err != nil {
		return err
	}
	cfg.Hub, cfg.Nodes, cfg.Format, cfg.Log, cfg.Metrics = hub.Hub, hub.nodes, b.format, log, metrics
	inner, err := a.openInner(ctx, cfg.Nodes, log)
	if err != nil {
		return err
	}
	if inner != nil {
		defer inner.Close()
	}
	cfg.Choices = choices
	if cfg.Routes, err = restRoutes(a.restConfig(b, backend)); err != nil {
		return err
	}
	kept, remove, err := a.openSnapshots(hub.store)
	if err != nil {
		return err
	}
	defer closing(&err, "snapshots", remove)
	cfg.Snapshots = snapshots{kept}
	cfg.Toolchain = func(ctx context.Context, channel string) string {
		tc, err := backend.Toolchain(ctx, cmp.Or(runner.Channel(channel), a.config.Run.Options().Channel))
		if err != nil {
			return ""
		}
		return tc.Version
	}
	cfg.Boxes = server.Boxes{Backend: backend.Name(), Why: backend.why}
	srv, err := server.New(cfg)
	if err != nil {
		return err
	}
	play, err := a.openPlayground(backend, x, kept, cfg, srv)
	if err != nil {
		return err
	}
	defer closing(&err, "playground", within(goodbyeTime, play.close))
	site := httpServer(play.beside(srv), log)
	failed := make(chan error, 3)
	doors := srv.Limit(ln, accepts(c, r.boxes))
	if secure != nil {
		doors = tls.NewListener(doors, secure)
	}
	go func() { failed <- site.Serve(doors) }()
	if inner != nil {
		go func() { failed <- site.Serve(inner) }() // which site closes
	}
	where := ""
	if c.MetricsListen != "" {
		m, at, err := serveMetrics(ctx, c.MetricsListen, operator(metrics, srv, backend), log, failed)
		if err != nil {
			return errors.Join(err, site.Close())
		}
		defer m.Close()
		where = fmt.Sprintf("; metrics and health on http://%s", at)
	}
	a.say("listening on %s (open it in a browser)", address(c, ln.Addr()))
	if !isLoopback(ln.Addr()) && c.TLSCert == "" && len(cfg.Proxies) == 0 {
		a.say("warning: other machines may reach it, and nothing is encrypted (serve.tls_cert, or a proxy before it)")
	}
	a.say("programs run in %s boxes: %s", backend.Name(), backend.because())
	a.say("sessions are kept %s%s", hub.where, where)
	if play != nil {
		a.say("the Rust Playground's API is on (docs/playground.md)")
	}
	a.say("press Ctrl-C to stop")
	a.notify(serviceReady)
	go func() {
		if err := b.try(ctx); err != nil {
			a.say("warning: no program can be run: %v (corust doctor checks what boxes need)", err)
		}
	}()

	select {
	case err = <-failed:
		err = fmt.Errorf("server: %w", err)
	case <-ctx.Done():
		a.say("stopping: runs may go on for %v, sessions are kept; Ctrl-C again ends at once", time.Duration(c.Drain))
	}
	a.notify(serviceStopping)
	srv.Drain()
	b.await(time.Duration(c.Drain))
	return errors.Join(err, within(goodbyeTime, srv.Close)(), within(goodbyeTime, func(ctx context.Context) error { return hangUp(ctx, site) })())
}

// share is what one address may have of the pool: half, by default.
func share(pool config.Pool, c config.Serve) runner.Share {
	half := func(n, all, byDefault int) int {
		switch {
		case n > 0:
			return n
		case all == 0:
			all = byDefault
		}
		return max(1, all/2)
	}
	return runner.Share{
		Boxes: half(c.AddressBoxes, pool.Boxes, runner.DefaultBoxes()),
		Queue: half(c.AddressQueue, pool.Queue, runner.DefaultQueue),
	}
}

// boxDescriptors is how many descriptors making and running a box takes at most, and
// otherDescriptors how many the database, the listeners and the rest of a server take.
const (
	boxDescriptors   = 16
	otherDescriptors = 64
)

// accepts returns how many TCP connections a server holds at once: twice its limit of
// sockets, since other requests need some, but without the descriptors that the boxes
// need.
func accepts(c config.Serve, boxes int) int {
	return max(16, min(2*c.Connections, maxDescriptors()-boxes*boxDescriptors-otherDescriptors))
}

// closing closes a part and joins its error to *err.
func closing(err *error, what string, closer func() error) {
	if cerr := closer(); cerr != nil {
		*err = errors.Join(*err, fmt.Errorf("closing %s: %w", what, cerr))
	}
}

// within gives a closer a new context, since the command's context has ended.
func within(d time.Duration, closer func(context.Context) error) func() error {
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), d)
		defer cancel()
		return closer(ctx)
	}
}

// serverConfig is what of the configuration the server itself needs.
func serverConfig(c config.Serve, session wire.Limits) (server.Config, error) {
	proxies, err := server.ParseProxies(c.TrustedProxies)
	if err != nil {
		return server.Config{}, fmt.Errorf("serve.trusted_proxies: %w", err)
	}
	origins := list(c.Origins)
	ancestors := ""
	if c.Playground.Enabled {
		ancestors = c.Playground.FrameAncestors
	}
	return server.Config{
		Assets: web.Dist(), Prefix: c.Prefix, Origins: origins, Proxies: proxies,
		Hosts: hosts(c), FrameAncestors: ancestors, EmbedAncestors: cmp.Or(c.FrameAncestors, ancestors),
		Limits: server.Limits{
			Connections: c.Connections, AddressConnections: c.AddressConnections, AddressSessions: c.AddressSessions,
			AddressRuns: c.AddressRuns, AddressRequests: c.AddressRequests, AddressBytes: int(c.AddressBytes), MessageRate: c.MessageRate, MessageBytes: int(c.Message),
		},
		Session: session, Welcome: welcome,
	}, nil
}

// list reads names that are separated by commas or spaces.
func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

// hosts returns the host names that requests may have. If the configuration has none,
// these are this machine's names and those in listen and origins. With a certificate,
// hosts returns nil, which allows all names, since browsers compare the name with the
// certificate. A proxy may pass on any name.
func hosts(c config.Serve) *server.Hosts {
	h := &server.Hosts{Names: list(c.Hosts)}
	if len(h.Names) == 0 {
		if c.TLSCert != "" {
			return nil
		}
		h.Proxied = true
		if name, err := os.Hostname(); err == nil {
			short, _, _ := strings.Cut(name, ".")
			h.Names = append(h.Names, name, short, short+".local")
		}
	}
	if name, _, err := net.SplitHostPort(c.Listen); err == nil && name != "" {
		h.Names = append(h.Names, name)
	}
	for _, origin := range list(c.Origins) {
		if u, err := url.Parse(origin); err == nil && u.Hostname() != "" {
			h.Names = append(h.Names, u.Hostname())
		}
	}
	return h
}

func isLoopback(addr net.Addr) bool {
	ap, err := netip.ParseAddrPort(addr.String())
	return err == nil && ap.Addr().IsLoopback()
}

// address returns the address that a user opens.
func address(c config.Serve, addr net.Addr) string {
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	host := addr.String()
	if ap, err := netip.ParseAddrPort(host); err == nil && ap.Addr().IsUnspecified() {
		host = fmt.Sprintf("localhost:%d", ap.Port())
	}
	return scheme + "://" + host + c.Prefix + "/"
}
