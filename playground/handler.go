package playground

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/corust-dev/corust/runner"
)

// Owner is the owner of every request to the executor.
const Owner = "playground"

// DefaultBudget is the default of Config.Budget. mdBook gives up after 6 s.
const DefaultBudget = 5 * time.Second

// Config configures a Handler. Executor and Toolchain are required.
type Config struct {
	Executor runner.Executor
	// Toolchain describes the toolchain of a channel, or returns a *runner.InvalidError
	// if there is none. The empty channel is the executor's default.
	Toolchain func(ctx context.Context, channel runner.Channel) (runner.Toolchain, error)
	// Crates lists the crates that programs may use. Nil is none.
	Crates func(ctx context.Context) ([]Crate, error)
	// Store keeps shared code. Nil is a server that cannot share.
	Store Store
	// Prefix is the path below which the endpoints are, "" or "/name".
	Prefix string
	// Origins are those of pages that may use the endpoints besides the server's; "*"
	// stands for all.
	Origins []string
	// Answers reports whether a request has a host name that the endpoints answer to.
	// Nil means that they answer to all.
	Answers func(*http.Request) bool
	// Quotas bounds what clients send. Nil bounds nothing.
	Quotas Quotas
	// Client names the client that sent a request, such as by its address. Nil means
	// that limits count all clients as one.
	Client func(*http.Request) string
	// Budget is the time of a request over HTTP; 0 means DefaultBudget.
	Budget time.Duration
	Limits Limits
	// Log receives what fails on the server's side. Nil discards it.
	Log *slog.Logger
}

// Quotas bounds what the client of a request sends. Its errors say what the limit is. Its
// methods may be called from any goroutine.
type Quotas interface {
	// Admit takes a request from what its client may make.
	Admit(*http.Request) error
	// Body counts a body in while it is in memory, until release.
	Body(*http.Request) (release func(), err error)
	// Sent takes the n bytes of a body from what its client may send.
	Sent(r *http.Request, n int) error
	// Message waits until the client of a socket may send a message of n bytes. The error
	// is that of ctx.
	Message(ctx context.Context, r *http.Request, n int) error
}

// noQuotas is Quotas that bound nothing.
type noQuotas struct{}

func (noQuotas) Admit(*http.Request) error                         { return nil }
func (noQuotas) Body(*http.Request) (func(), error)                { return func() {}, nil }
func (noQuotas) Sent(*http.Request, int) error                     { return nil }
func (noQuotas) Message(context.Context, *http.Request, int) error { return nil }

// Handler serves the endpoints. It implements http.Handler; [Handler.Serves] tells which
// requests are for it.
type Handler struct {
	cfg       Config
	lane      *lane
	crates    *meta[metaCrates]
	versions  *meta[map[string]channelVersions]
	endpoints []endpoint
	mux       *http.ServeMux

	// ctx ends when the handler closes; work is what Close waits for.
	ctx    context.Context
	cancel context.CancelFunc
	mu     sync.Mutex
	closed bool
	work   sync.WaitGroup
}

// New makes a Handler.
func New(cfg Config) (*Handler, error) {
	if cfg.Executor == nil || cfg.Toolchain == nil {
		return nil, errors.New("playground: no executor or no toolchains")
	}
	cfg.Budget = cmp.Or(cfg.Budget, DefaultBudget)
	if cfg.Quotas == nil {
		cfg.Quotas = noQuotas{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	h := &Handler{cfg: cfg, lane: newLane(cfg.Limits)}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.crates, h.versions = newMeta(h.listCrates, h.background), newMeta(h.listVersions, h.background)
	h.mux = http.NewServeMux()
	h.endpoints = h.listEndpoints()
	for _, e := range h.endpoints {
		h.mux.HandleFunc(e.method+" "+cfg.Prefix+e.path, e.serve)
	}
	return h, nil
}

// endpoint is one way to ask.
type endpoint struct {
	method, path string
	serve        http.HandlerFunc
}

func (h *Handler) listEndpoints() []endpoint {
	return []endpoint{
		{"POST", "/evaluate.json", h.evaluate},
		{"POST", "/execute", h.execute},
		{"POST", "/compile", h.compile},
		{"POST", "/format", h.format},
		{"POST", "/clippy", h.clippy},
		{"POST", "/miri", h.miri},
		{"POST", "/macro-expansion", h.expand},
		{"GET", "/meta/crates", h.metaCrates},
		{"POST", "/meta/crates", h.metaCrates},
		{"GET", "/meta/versions", h.metaVersions},
		{"GET", "/meta/version/{name}", h.metaVersion},
		{"POST", "/meta/gist", h.share},
		{"POST", "/meta/gist/{$}", h.share},
		{"GET", "/meta/gist/{id}", h.shared},
		{"GET", "/websocket", h.websocket},
	}
}

// Serves reports whether the path of a request is that of an endpoint, whatever its
// method.
func (h *Handler) Serves(r *http.Request) bool {
	path, ok := strings.CutPrefix(r.URL.Path, h.cfg.Prefix)
	switch {
	case !ok:
		return false
	case strings.HasPrefix(path, "/meta/"):
		return true
	}
	return slices.ContainsFunc(h.endpoints, func(e endpoint) bool { return e.path == path })
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get("X-Request-Id")
	if id == "" || len(id) > 200 {
		id = newID()
	}
	w.Header().Set("X-Request-Id", id)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if h.cfg.Answers != nil && !h.cfg.Answers(r) {
		h.fail(w, http.StatusMisdirectedRequest, fmt.Sprintf("This server does not answer to the name %.100q; its operator can add the name to serve.playground.hosts", r.Host))
		return
	}
	if !h.allowOrigin(w, r) {
		h.fail(w, http.StatusForbidden, "A page of this origin may not use this server; its operator can add the origin to serve.playground.cors_origins")
		return
	}
	if r.Method == http.MethodOptions && len(h.cfg.Origins) > 0 {
		h.preflight(w)
		return
	}
	if err := h.cfg.Quotas.Admit(r); err != nil {
		h.refuse(w, &tooMany{err.Error()})
		return
	}
	leave, ok := h.begin()
	if !ok {
		h.refuse(w, runner.ErrClosed)
		return
	}
	defer leave()
	h.mux.ServeHTTP(w, r)
}

// newID returns a random UUID.
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// allowOrigin sets the header that lets a page read the answer. It reports false for a
// page that may not even ask.
func (h *Handler) allowOrigin(w http.ResponseWriter, r *http.Request) bool {
	if slices.Contains(h.cfg.Origins, "*") {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		return true
	}
	if len(h.cfg.Origins) > 0 {
		w.Header().Set("Vary", "Origin")
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	if slices.ContainsFunc(h.cfg.Origins, func(o string) bool { return strings.EqualFold(o, origin) }) {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

// preflight answers a browser's question for what a page may do.
func (h *Handler) preflight(w http.ResponseWriter) {
	w.Header().Set("Access-Control-Allow-Headers", "content-type")
	w.Header().Set("Access-Control-Allow-Methods", "GET,POST")
	w.Header().Set("Access-Control-Max-Age", "3600")
	w.WriteHeader(http.StatusOK)
}

// begin counts work in, unless the handler is closed.
func (h *Handler) begin() (end func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, false
	}
	h.work.Add(1)
	return h.work.Done, true
}

// background does work for an answer after the request for it, for at most metaTime. Close
// ends the work and waits for it.
func (h *Handler) background(work func(ctx context.Context)) {
	end, ok := h.begin()
	if !ok {
		return
	}
	go func() {
		defer end()
		ctx, cancel := context.WithTimeout(h.ctx, metaTime)
		defer cancel()
		work(ctx)
	}()
}

// Close refuses new requests, ends every socket, and waits for the requests under way,
// but not longer than ctx.
func (h *Handler) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.cancel()
	done := make(chan struct{})
	go func() {
		h.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("playground: requests are still under way: %w", context.Cause(ctx))
	}
}

// client names the client that sent a request.
func (h *Handler) client(r *http.Request) string {
	if h.cfg.Client == nil {
		return ""
	}
	return h.cfg.Client(r)
}

// reply answers with JSON.
func (h *Handler) reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(v)) // the client may be gone
}

// encode returns the JSON of an answer, with <, > and & as they are.
func encode(v any) []byte {
	var data bytes.Buffer
	enc := json.NewEncoder(&data)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return []byte(`{"error":"Unable to serialize JSON"}`) // unreachable: all answers have JSON
	}
	return bytes.TrimSuffix(data.Bytes(), []byte("\n"))
}

// problem is the body of every error, and the payload of one on a socket.
type problem struct {
	Error string `json:"error"`
}

func (h *Handler) fail(w http.ResponseWriter, status int, text string) {
	h.reply(w, status, problem{text})
}

// refuse answers with an error.
func (h *Handler) refuse(w http.ResponseWriter, err error) {
	status, text := h.explain(err)
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "2")
	}
	h.fail(w, status, text)
}

// explain returns the status and the text of an error.
func (h *Handler) explain(err error) (status int, text string) {
	var (
		bad     *badRequest
		value   *invalidValue
		many    *tooMany
		invalid *runner.InvalidError
		failed  *failure
	)
	switch {
	case errors.As(err, &bad):
		return http.StatusBadRequest, bad.text
	case errors.As(err, &many):
		return http.StatusTooManyRequests, many.text
	case errors.Is(err, runner.ErrBusy):
		return http.StatusTooManyRequests, "The server is busy. Try again in a moment"
	case errors.Is(err, runner.ErrClosed):
		return http.StatusServiceUnavailable, "The server is restarting. Try again in a moment"
	case errors.Is(err, errTimeout):
		return http.StatusInternalServerError, "The operation timed out"
	case errors.As(err, &value):
		return http.StatusInternalServerError, value.Error()
	case errors.As(err, &failed) && (errors.As(err, &invalid) || errors.As(err, new(*unavailable))):
		return http.StatusInternalServerError, failed.Error()
	}
	h.cfg.Log.Error("playground", "err", err)
	if failed != nil {
		return http.StatusInternalServerError, failed.what
	}
	return http.StatusInternalServerError, "Unable to process the request"
}

// failure names the request that failed, as the original does.
type failure struct {
	what string
	err  error
}

func (f *failure) Error() string { return f.what + ": " + f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// errTimeout is the error of a request whose time is over.
var errTimeout = errors.New("the operation timed out")

// unavailable is an error about something that this server does not have.
type unavailable struct{ text string }

func (e *unavailable) Error() string { return e.text }
