package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/prometheus/client_golang/prometheus"
)

// Formatter formats a source; the work counts towards the limits of owner. It returns a
// [*FormatError] for a source that it cannot parse.
type Formatter func(ctx context.Context, owner, source, edition string) (string, error)

// FormatError is the reason why a source was not formatted.
type FormatError struct{ Message string }

func (e *FormatError) Error() string { return e.Message }

// Config configures a Server. Hub and Assets are required.
type Config struct {
	Hub    *collab.Hub
	Assets fs.FS
	// Prefix is the path below which everything is, "" or "/name".
	Prefix string
	// Origins are those of pages other than ours that may use the server, and
	// the public ones of a proxy that does not pass the Host header on.
	Origins []string
	// FrameAncestors are the sources, separated by spaces, whose pages may show the page in
	// a frame, as in a Content-Security-Policy; "" is none.
	FrameAncestors string
	// EmbedAncestors are the sources whose pages may show snapshots and code in a frame; ""
	// is none.
	EmbedAncestors string
	// Hosts are the names that requests may be for; nil: any.
	Hosts *Hosts
	// Proxies are believed about whom they speak for.
	Proxies []netip.Prefix
	Limits  Limits
	// Session are to be the hub's limits: by them, messages are decoded and texts
	// measured before a session sees them.
	Session wire.Limits
	// Welcome is the text of a new session that is created without one.
	Welcome string
	// Choices are what runs may be asked to be, nil if the hub's sessions can run
	// nothing; Format, if not nil, formats.
	Choices *Choices
	Format  Formatter
	// Log gets what fails on our side; nil discards it.
	Log *slog.Logger
	// Boxes describes the boxes that programs run in. The health check shows it to
	// every client.
	Boxes Boxes
	// Routes are those of other packages.
	Routes []Route
	// Snapshots keeps what permanent links lead to; nil: there are none. Toolchain returns the
	// version of rustc that runs of a channel have, "" if that is not known; nil never knows.
	Snapshots Snapshots
	Toolchain func(ctx context.Context, channel string) string
	// Nodes is set on a server that shares its store with others.
	Nodes *Nodes
	// Metrics, if not nil, is where the server registers its metrics.
	Metrics prometheus.Registerer
}

// Boxes names the boxes that programs run in, and why the server uses them.
type Boxes struct {
	Backend string `json:"backend"`
	Why     string `json:"why"`
}

// Server serves sessions. Make one with New; end it with Close.
type Server struct {
	cfg     Config
	assets  *assets
	quotas  *quotas
	metrics *metrics
	cards   cards
	handler http.Handler
	crew    crew // reads and writes sockets

	// ctx ends when the server drains: every connection ends with "resume".
	ctx   context.Context
	drain context.CancelFunc

	mu       sync.Mutex
	draining bool
	open     sync.WaitGroup // connections and streams
}

// New makes a Server. It fails if the configuration is incomplete, if its prefix has
// another form, or if Assets does not hold a page.
func New(cfg Config) (*Server, error) {
	if cfg.Hub == nil || cfg.Assets == nil {
		return nil, errors.New("server: no hub or no page")
	}
	if cfg.Prefix != "" && (!strings.HasPrefix(cfg.Prefix, "/") || strings.HasSuffix(cfg.Prefix, "/") || strings.ContainsAny(cfg.Prefix, "{} ")) {
		return nil, fmt.Errorf("server: prefix %q is not of the form /name", cfg.Prefix)
	}
	a, err := loadAssets(cfg.Assets)
	if err != nil {
		return nil, err
	}
	a.ancestors = cfg.FrameAncestors
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.Session.Text <= 0 {
		cfg.Session.Text = 256 << 10
	}
	if cfg.Session.Message <= 0 {
		cfg.Session.Message = cfg.Limits.MessageBytes
	}
	if cfg.Snapshots == nil {
		cfg.Snapshots = noSnapshots{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{cfg: cfg, assets: a, quotas: newQuotas(cfg.Limits), metrics: newMetrics(cfg.Metrics)}
	s.ctx, s.drain = context.WithCancel(context.Background())
	s.handler = s.routes()
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// route is a pattern and what answers it.
type route struct {
	method, path string
	handle       http.HandlerFunc
}

// api is the REST interface; a test holds it to openapi.yaml.
func (s *Server) api() []route {
	return []route{
		{http.MethodPost, "/api/v1/sessions", s.createSession},
		{http.MethodGet, "/api/v1/sessions/{token}", s.getSession},
		{http.MethodPatch, "/api/v1/sessions/{token}", s.changeSession},
		{http.MethodDelete, "/api/v1/sessions/{token}", s.deleteSession},
		{http.MethodPost, "/api/v1/sessions/{token}/links", s.renewLinks},
		{http.MethodGet, "/api/v1/sessions/{token}/text", s.getText},
		{http.MethodGet, "/api/v1/sessions/{token}/files", s.getFiles},
		{http.MethodGet, "/api/v1/sessions/{token}/history", s.history},
		{http.MethodGet, "/api/v1/sessions/{token}/history/{version}", s.filesAt},
		{http.MethodGet, "/api/v1/sessions/{token}/log", s.entries},
		{http.MethodGet, "/api/v1/sessions/{token}/export", s.export},
		{http.MethodPost, "/api/v1/sessions/{token}/runs", s.startRun},
		{http.MethodGet, "/api/v1/sessions/{token}/runs", s.listRuns},
		{http.MethodGet, "/api/v1/sessions/{token}/runs/{run}", s.getRun},
		{http.MethodGet, "/api/v1/sessions/{token}/runs/{run}/products/{product}", s.getProduct},
		{http.MethodGet, "/api/v1/sessions/{token}/runs/last", s.lastRun},
		{http.MethodPost, "/api/v1/sessions/{token}/format", s.format},
		{http.MethodPost, "/api/v1/sessions/{token}/snapshots", s.snapshotSession},
		{http.MethodPost, "/api/v1/snapshots", s.createSnapshot},
		{http.MethodGet, "/api/v1/snapshots/{id}", s.getSnapshot},
		{http.MethodGet, "/api/v1/meta", s.meta},
		{http.MethodGet, "/api/v1/openapi.yaml", s.openAPI},
		{http.MethodGet, "/healthz", s.Health},
		{http.MethodGet, "/readyz", s.Ready},
	}
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	paths := map[string]string{}
	for _, r := range append(append(s.api(), s.sharing()...),
		route{http.MethodGet, "/{$}", s.newSession},
		route{http.MethodPost, "/{$}", s.makeSession},
		route{http.MethodGet, "/start/{$}", s.start},
		route{http.MethodGet, "/robots.txt", s.robots},
		route{http.MethodGet, "/s/{token}", s.editPage},
		route{http.MethodGet, "/v/{id}", s.viewPage},
		route{http.MethodGet, "/s/{token}/socket", s.editSocket},
		route{http.MethodGet, "/v/{id}/socket", s.viewSocket},
		route{http.MethodGet, "/assets/{file}", func(w http.ResponseWriter, r *http.Request) {
			s.asset(w, r, "assets/"+r.PathValue("file"))
		}},
		route{http.MethodGet, "/icon.svg", func(w http.ResponseWriter, r *http.Request) { s.asset(w, r, "icon.svg") }},
	) {
		pattern := r.method + " " + s.cfg.Prefix + r.path
		paths[pattern] = r.path
		mux.Handle(pattern, r.handle)
	}
	for _, r := range s.cfg.Routes {
		pattern := r.Method + " " + s.cfg.Prefix + r.Path
		paths[pattern] = r.Path
		mux.HandleFunc(pattern, func(w http.ResponseWriter, req *http.Request) {
			r.Serve(&Call{Writer: w, Request: req, server: s})
		})
	}
	if s.cfg.Prefix != "" {
		mux.HandleFunc("GET "+s.cfg.Prefix, func(w http.ResponseWriter, r *http.Request) {
			to := s.cfg.Prefix + "/"
			if r.URL.RawQuery != "" { // rustdoc puts its query behind any address
				to += "?" + r.URL.RawQuery
			}
			http.Redirect(w, r, to, http.StatusPermanentRedirect)
		})
		mux.HandleFunc("GET /robots.txt", s.robots) // crawlers look here alone
	}
	return s.fromNodes(s.counted(paths, secure(s.guard(s.nodes(s.routed(mux))))))
}

// asset answers with a file of the page.
func (s *Server) asset(w http.ResponseWriter, r *http.Request, name string) {
	if !s.assets.serve(w, r, name) {
		s.notFound(w, r)
	}
}

// routed answers what no route takes: with a Problem, or a page for a person, and with
// the status and the Allow header that mux would give.
func (s *Server) routed(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		said := unsent{header: http.Header{}}
		h.ServeHTTP(&said, r)
		switch allow := said.header.Get("Allow"); {
		case said.status == http.StatusMethodNotAllowed && r.Method == http.MethodOptions:
			w.Header().Set("Allow", allow+", OPTIONS")
			w.WriteHeader(http.StatusNoContent)
		case said.status == http.StatusMethodNotAllowed:
			w.Header().Set("Allow", allow)
			s.fail(w, said.status, wire.CodeMethod, fmt.Sprintf("method %.20q is not allowed here (want %s)", r.Method, allow))
		case said.status == http.StatusNotFound:
			s.notFound(w, r)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

// unsent is an answer that goes nowhere.
type unsent struct {
	header http.Header
	status int
}

func (u *unsent) Header() http.Header         { return u.header }
func (u *unsent) Write(p []byte) (int, error) { return len(p), nil }
func (u *unsent) WriteHeader(status int)      { u.status = status }

// guard refuses what does not come from where it may.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Another node has looked at the name in what it passes on, and knows its proxy.
		if !passedOn(r) && !s.cfg.Hosts.Answers(r, s.cfg.Proxies) {
			s.metrics.refused.WithLabelValues("host").Inc()
			s.fail(w, http.StatusMisdirectedRequest, wire.CodeHost, fmt.Sprintf("this server does not answer to the name %.100q; its operator can add the name to serve.hosts", hostname(r.Host)))
			return
		}
		if err := s.mayAsk(r); err != nil {
			s.failure(w, err)
			return
		}
		if !sameOrigin(r, s.cfg.Origins) {
			s.metrics.refused.WithLabelValues("origin").Inc()
			s.fail(w, http.StatusForbidden, wire.CodeForbidden, "a page of another origin may not use this server")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// mayAsk takes a request from what its address may make. What watches the server is
// always answered.
func (s *Server) mayAsk(r *http.Request) error {
	if p := strings.TrimPrefix(r.URL.Path, s.cfg.Prefix); p == "/healthz" || p == "/readyz" {
		return nil
	}
	return s.quotas.request(s.addr(r))
}

// Admit counts a request that another handler answers against the limits of its address.
// The error has the limit, like those of Body and Sent.
func (s *Server) Admit(r *http.Request) error { return s.mayAsk(r) }

// Body counts a body that another handler reads into memory, until release is called.
func (s *Server) Body(r *http.Request) (release func(), err error) { return s.quotas.body(s.addr(r)) }

// Sent counts the n bytes of such a body against what its address may send.
func (s *Server) Sent(r *http.Request, n int) error { return s.quotas.sent(s.addr(r), n) }

// Message waits until the address of another handler's socket may send a message of n
// bytes. The error is that of ctx.
func (s *Server) Message(ctx context.Context, r *http.Request, n int) error {
	messages, bytes := s.quotas.talk(s.addr(r))
	if err := messages.Wait(ctx); err != nil {
		return err
	}
	for n > 0 {
		part := min(n, bytes.Burst())
		if err := bytes.WaitN(ctx, part); err != nil {
			return err
		}
		n -= part
	}
	return nil
}

// addr is who sent a request.
func (s *Server) addr(r *http.Request) netip.Addr { return clientAddr(r, s.cfg.Proxies) }

// visitor returns the sender of a request, as a session knows it. Its owner is the
// household of the address, as for all other limits.
func (s *Server) visitor(r *http.Request, watching bool) authority.Visitor {
	return authority.Visitor{Owner: household(s.addr(r)).String(), Watching: watching}
}

// enter counts work in that Close has to wait for; leave counts it out.
func (s *Server) enter() (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return nil, false
	}
	s.open.Add(1)
	return s.open.Done, true
}

// Drain stops taking sessions and connections; open ones continue. The server stays
// alive, but is no longer ready.
func (s *Server) Drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
}

func (s *Server) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

// Close drains the server, ends every connection with "resume", and waits until all are
// gone or ctx ends.
func (s *Server) Close(ctx context.Context) error {
	s.Drain()
	s.drain()
	done := make(chan struct{})
	go func() {
		s.open.Wait()
		s.crew.close()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("server: connections are still open: %w", context.Cause(ctx))
	}
}
