package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/cache"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Bounds of one HTTP exchange. Streams and sockets have other bounds.
const (
	headerTime = 5 * time.Second // of the first line and the headers, or of a TLS handshake
	bodyTime   = time.Minute     // from its first byte to its last
	answerTime = 2 * time.Minute // the same, and until the answer has been taken
	idleTime   = 15 * time.Second
	headerSize = 32 << 10
)

func httpServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, MaxHeaderBytes: headerSize,
		ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime, WriteTimeout: answerTime, IdleTimeout: idleTime,
		ErrorLog: stdlog.New(errorLog{log}, "", 0),
	}
}

// errorLog logs the messages of an http.Server about itself: a handler that panicked, a
// connection that could not be accepted for want of descriptors. It drops those about
// invalid requests and handshakes, which any client can cause.
type errorLog struct{ log *slog.Logger }

// Write implements io.Writer. Of a panic, the value is left out: it may hold text.
func (e errorLog) Write(p []byte) (int, error) {
	message := strings.TrimSpace(string(p))
	switch {
	case strings.HasPrefix(message, "http: panic serving"):
		stack := strings.LastIndex(message, "\ngoroutine ")
		e.log.Error("a request's handler panicked", "stack", message[stack+1:])
	case strings.HasPrefix(message, "http: Accept error"):
		e.log.Error(strings.TrimPrefix(message, "http: "))
	default:
		e.log.Debug(message)
	}
	return len(p), nil
}

var (
	errListen  = errors.New("cannot listen")
	errMetrics = errors.New("metrics")
)

// listen opens the address, and returns the TLS configuration, nil without a
// certificate.
func listen(ctx context.Context, c config.Serve, log *slog.Logger) (net.Listener, *tls.Config, error) {
	var cert *certificate
	if c.TLSCert != "" {
		var err error
		if cert, err = openCertificate(c.TLSCert, c.TLSKey, log); err != nil {
			return nil, nil, err
		}
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errListen, err)
	}
	if cert == nil {
		return ln, nil, nil
	}
	// WebSockets want HTTP/1.1.
	return ln, &tls.Config{GetCertificate: cert.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}, nil
}

// hangUp waits for open requests until ctx ends, and closes those that remain, such as a
// download that is not read.
func hangUp(ctx context.Context, site *http.Server) error {
	if err := site.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return site.Close()
}

// registerBoxes shows the executor's counts.
func registerBoxes(reg prometheus.Registerer, x runner.Executor) {
	gauge := func(name, help string, value func(runner.Status) int) {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value(x.Status())) }))
	}
	gauge("corust_runs_waiting", "Runs that wait for a box.", func(s runner.Status) int { return s.Waiting })
	gauge("corust_boxes_warm", "Boxes that are ready.", func(s runner.Status) int { return s.Warm })
}

// registerCache shows the counts of the cache, if there is one.
func registerCache(reg prometheus.Registerer, store *cache.Store) {
	if store == nil {
		return
	}
	counter := func(name, help string, value func(cache.Stats) int64) {
		reg.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(value(store.Stats())) }))
	}
	counter("corust_cache_hits_total", "Compiled programs that were found in the cache.", func(s cache.Stats) int64 { return s.Hits })
	counter("corust_cache_misses_total", "Compiled programs that were not found in the cache.", func(s cache.Stats) int64 { return s.Misses })
	counter("corust_cache_kept_total", "Compiled programs that were added to the cache.", func(s cache.Stats) int64 { return s.Kept })
	counter("corust_cache_removed_total", "Files of the cache that were removed to make room.", func(s cache.Stats) int64 { return s.Removed })
	counter("corust_cache_damaged_total", "Files of the cache that were removed because they were damaged.", func(s cache.Stats) int64 { return s.Damaged })
	counter("corust_cache_failures_total", "Failures to read or write a file of the cache.", func(s cache.Stats) int64 { return s.Failed })
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "corust_cache_memory_bytes", Help: "Size of the compiled programs in memory."}, func() float64 { return float64(store.Stats().Bytes) }))
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "corust_cache_disk_bytes", Help: "Size of the cache directory."}, func() float64 { return float64(store.Disk().Bytes) }))
}

// registerResults shows the counts of the kept results, if there are any.
func registerResults(reg prometheus.Registerer, results *cache.Results) {
	if results == nil {
		return
	}
	reg.MustRegister(
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "corust_results_hits_total", Help: "Requests that were answered with the result of an earlier run."}, func() float64 { return float64(results.Stats().Hits) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "corust_results_misses_total", Help: "Requests that allowed it and were not."}, func() float64 { return float64(results.Stats().Misses) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "corust_results_bytes", Help: "Size of the kept results."}, func() float64 { return float64(results.Stats().Bytes) }),
	)
}

// countRuns returns an executor that counts the runs of x by verdict. A run that got no
// box is "refused", one that corust failed to do "error".
func countRuns(reg prometheus.Registerer, x runner.Executor) runner.Executor {
	runs := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "corust_runs_total", Help: "Runs that have ended, by verdict."}, []string{"verdict"})
	reg.MustRegister(runs)
	return metered{x, runs}
}

type metered struct {
	runner.Executor
	runs *prometheus.CounterVec
}

// Run implements runner.Executor.
func (m metered) Run(ctx context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
	res, err := m.Executor.Run(ctx, req, stdin, emit)
	verdict := string(res.Verdict)
	var invalid *runner.InvalidError
	switch {
	case errors.As(err, &invalid), errors.Is(err, runner.ErrBusy), errors.Is(err, runner.ErrClosed):
		verdict = "refused"
	case err != nil:
		verdict = "error"
	}
	m.runs.WithLabelValues(verdict).Inc()
	return res, err
}

// serveMetrics answers at a separate address, which visitors need not reach, and
// returns the address.
func serveMetrics(ctx context.Context, addr string, h http.Handler, log *slog.Logger, failed chan<- error) (*http.Server, net.Addr, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w: %w", errMetrics, errListen, err)
	}
	srv := httpServer(h, log)
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("metrics: %w", err)
		}
	}()
	return srv, ln.Addr(), nil
}

// operator serves what only the operator may see: the metrics, and why the backend was
// chosen, in full.
func operator(reg *prometheus.Registry, srv *server.Server, b *chosen) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /readyz", srv.Ready)
	health := operatorHealth{Status: "ok", Boxes: server.Boxes{Backend: b.Name(), Why: b.because()}, Unenforced: b.unenforced, Version: versionString()}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(health)
	})
	return mux
}

type operatorHealth struct {
	Status string       `json:"status"`
	Boxes  server.Boxes `json:"boxes"`
	// Unenforced are limits that boxes do not hold; a server starts with any
	// only where the configuration allows it.
	Unenforced []string `json:"unenforced,omitempty"`
	Version    string   `json:"version"`
}
