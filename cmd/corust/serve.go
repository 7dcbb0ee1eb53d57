package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/web"
	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
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

// Bounds of one HTTP exchange. Streams and sockets have bounds of their own.
const (
	headerTime = 10 * time.Second
	idleTime   = 2 * time.Minute
	headerSize = 32 << 10
	// goodbyeTime is what connections may take to close after the drain.
	goodbyeTime = 5 * time.Second
)

func newServe(a *app) *cobra.Command {
	var listen, prefix, database, backend string
	cmd := &cobra.Command{
		Use:   "serve [flags]",
		Short: "Let people write and run Rust together in a browser",
		Long: `serve answers to browsers: whoever opens its address gets a session of their
own, and shares its link with others. They write one text together, run it in a
box, and see the same output. Sessions are kept in a database and survive a
restart.

By default only this machine is answered. To be reached from elsewhere, give
--listen an address such as :8080, and see [serve] in config.example.toml for
TLS, proxies and limits. Strangers' programs then run here: corust doctor says
what holds them.`,
		Example: `  corust serve
  corust serve --listen :8080 --database /var/lib/corust/sessions.db`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := &a.config
			for flag, to := range map[*string]*string{
				&listen: &c.Serve.Listen, &prefix: &c.Serve.Prefix, &database: &c.Serve.Database, &backend: &c.Backend,
			} {
				if *flag != "" {
					*to = *flag
				}
			}
			if err := c.Check(); err != nil {
				return err
			}
			return a.serve(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&listen, "listen", "", "address to answer at (default 127.0.0.1:8080)")
	flags.StringVar(&prefix, "prefix", "", "path below which everything is, such as /corust (default none)")
	flags.StringVar(&database, "database", "", `SQLite file for the sessions, or "memory" (default sessions.db in the user's data directory)`)
	flags.StringVar(&backend, "backend", "", "what makes the boxes: auto, native or docker (default auto)")
	return cmd
}

// serve is corust serve: it wires the parts, answers until ctx ends, and takes
// them down in the opposite order.
func (a *app) serve(ctx context.Context) (err error) {
	c := a.config.Serve
	log := slog.New(slog.NewTextHandler(a.err, nil))

	backend, err := a.openBackend(ctx, forServer)
	if err != nil {
		return err
	}
	defer closing(&err, "backend", backend.Close)
	pool := a.config.Pool
	r, err := a.newRunner(backend, runner.Config{MaxBoxes: pool.Boxes, MaxQueue: pool.Queue, Warm: pool.Warm})
	if err != nil {
		return err
	}
	defer closing(&err, "boxes", within(closeTime, r.Close))
	b := &boxes{runner: r, limits: r.Limits()}

	limits := collab.Limits{Text: c.Text, Members: c.Members, Message: int(c.Message)}
	hub, err := a.openSessions(ctx, limits, b, log)
	if err != nil {
		return err
	}
	defer closing(&err, "sessions", hub.Close)

	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registerBoxes(metrics, r)
	ln, err := listen(ctx, c)
	if err != nil {
		return err
	}
	defer ln.Close()
	cfg, err := serverConfig(c, limits, ln.Addr())
	if err != nil {
		return err
	}
	cfg.Hub, cfg.Format, cfg.Log, cfg.Metrics = hub.Hub, b.format, log, metrics
	srv, err := server.New(cfg)
	if err != nil {
		return err
	}
	site := &http.Server{
		Handler: srv, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: headerSize,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 2)
	go func() { failed <- site.Serve(ln) }()
	if c.MetricsListen != "" {
		m, err := serveMetrics(c.MetricsListen, metrics, failed)
		if err != nil {
			site.Close()
			return err
		}
		defer m.Close()
	}
	a.say("boxes by %s; press Ctrl-C to stop", backend.Name())
	a.say("listening on %s", address(c, ln.Addr()))

	select {
	case err = <-failed:
		err = fmt.Errorf("server: %w", err)
	case <-ctx.Done():
		a.say("stopping: runs may end, sessions are kept")
	}
	srv.Drain()
	b.await(time.Duration(c.Drain))
	return errors.Join(err, within(goodbyeTime, srv.Close)(), within(goodbyeTime, site.Shutdown)())
}

// closing closes a part and joins its error to the function's own.
func closing(err *error, what string, closer func() error) {
	if cerr := closer(); cerr != nil {
		*err = errors.Join(*err, fmt.Errorf("closing %s: %w", what, cerr))
	}
}

// within gives a closer a fresh context: the command's own has ended.
func within(d time.Duration, closer func(context.Context) error) func() error {
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), d)
		defer cancel()
		return closer(ctx)
	}
}

// listen opens the address, with TLS if there are certificates.
func listen(ctx context.Context, c config.Serve) (net.Listener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", c.Listen)
	if err != nil || c.TLSCert == "" {
		return ln, err
	}
	cert, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		ln.Close()
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}), nil
}

// serverConfig is what of the configuration the server itself needs.
func serverConfig(c config.Serve, session collab.Limits, addr net.Addr) (server.Config, error) {
	proxies, err := server.ParseProxies(c.TrustedProxies)
	if err != nil {
		return server.Config{}, fmt.Errorf("serve.trusted_proxies: %w", err)
	}
	origins := strings.FieldsFunc(c.Origins, func(r rune) bool { return r == ',' || r == ' ' })
	return server.Config{
		Assets: web.Dist(), Prefix: c.Prefix, Origins: origins, Proxies: proxies,
		// Who listens to this machine alone, with no proxy before it, has no
		// other name than localhost.
		LocalOnly: isLoopback(addr) && len(proxies) == 0 && len(origins) == 0,
		Limits: server.Limits{
			Connections: c.Connections, AddressConnections: c.AddressConnections, AddressSessions: c.AddressSessions,
			AddressRuns: c.AddressRuns, MessageRate: c.MessageRate, MessageBytes: int(c.Message),
		},
		Session: session, Welcome: welcome, CanRun: true,
	}, nil
}

func isLoopback(addr net.Addr) bool {
	ap, err := netip.ParseAddrPort(addr.String())
	return err == nil && ap.Addr().IsLoopback()
}

// address is what a user opens.
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

// registerBoxes shows the runner's counts.
func registerBoxes(reg prometheus.Registerer, r *runner.Runner) {
	gauge := func(name, help string, value func(runner.Status) int) {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value(r.Status())) }))
	}
	gauge("corust_runs_waiting", "Runs that wait for a box.", func(s runner.Status) int { return s.Waiting })
	gauge("corust_boxes_warm", "Boxes that are ready.", func(s runner.Status) int { return s.Warm })
}

// serveMetrics answers at an address of its own, which strangers need not
// reach.
func serveMetrics(addr string, reg *prometheus.Registry, failed chan<- error) (*http.Server, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: headerTime}
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("metrics: %w", err)
		}
	}()
	return srv, nil
}
