package rest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/events"
)

// Call is a request, with what the HTTP server knows of it. The server has checked whom
// it comes from, and bounds the requests of each address.
type Call interface {
	// Body decodes the body, which is JSON, into v. It refuses unknown members, and
	// leaves v as it is if the body is empty.
	Body(v any) error
	// Begin takes this many runs from what the client may start. The context ends with the
	// client's connection and with the server. The owner names the client to the Executor. The
	// caller sets a deadline for each write, and calls end. Begin has answered if it returns
	// false.
	Begin(runs int) (ctx context.Context, owner string, end func(), ok bool)
	// Fail answers with the problem document of an error: one of Body or of an Executor.
	// It logs one that is not the client's.
	Fail(err error)
	// NotAcceptable answers with a problem document that the client accepts no type of
	// the answer.
	NotAcceptable(message string)
	// Cached answers with data that may change; a client that has it is told so.
	Cached(contentType string, data []byte)
}

// Config configures a Handler. Executor, Toolchains and Exit are required.
type Config struct {
	Executor runner.Executor
	// MaxLimits bounds the limits of requests.
	MaxLimits runner.Limits
	// Jobs is how many cases of one request to Judge run at the same time; at least 1.
	Jobs int
	// Backend names what programs run in, and Why the reason for it.
	Backend, Why string
	// Exit returns corust's exit code for a result.
	Exit func(runner.Result) int
	// Toolchains lists the toolchains, the default first; Default is the default channel.
	Toolchains func(context.Context) ([]runner.Toolchain, error)
	Default    runner.Channel
	// Crates lists the crates of a set by its key. Nil is none.
	Crates func(setKey string) ([]Crate, error)
	// WriteTime is how long one write may take; 0 means 10 s. A client that reads slower is
	// cut off, and its run ends.
	WriteTime time.Duration
	// Log receives what fails during a run, after the answer has begun. Nil discards it.
	Log *slog.Logger
}

// Handler answers the requests. Its methods may be called from any goroutine.
type Handler struct {
	cfg  Config
	list toolchainCache
}

// New makes a Handler.
func New(cfg Config) (*Handler, error) {
	if cfg.Executor == nil || cfg.Toolchains == nil || cfg.Exit == nil {
		return nil, errors.New("rest: no executor, no toolchains or no exit codes")
	}
	cfg.WriteTime = cmp.Or(cfg.WriteTime, defaultWriteTime)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Handler{cfg: cfg}, nil
}

// Run answers POST /api/v1/run. The run ends when the client goes away.
func (h *Handler) Run(w http.ResponseWriter, r *http.Request, c Call) {
	var body Request
	contentType, ok := read(r, c, &body)
	if !ok {
		return
	}
	req, stdin, err := body.request(h.cfg.MaxLimits)
	if err != nil {
		c.Fail(err)
		return
	}
	out, owner, end, ok := h.begin(w, c, contentType, 1)
	if !ok {
		return
	}
	defer end()
	req.Owner = owner
	if contentType == typeJSON {
		h.answer(out, c, req, stdin)
	} else {
		h.stream(out, c, req, stdin)
	}
}

// read negotiates the type of the answer and reads the body. It has answered if it returns
// false.
func read(r *http.Request, c Call, body any) (contentType string, ok bool) {
	accept := r.Header.Values("Accept")
	if contentType = negotiate(accept); contentType == "" {
		c.NotAcceptable(fmt.Sprintf("Accept is %.100q (want %s)", strings.Join(accept, ","), strings.Join(types, ", ")))
		return "", false
	}
	if err := c.Body(body); err != nil {
		c.Fail(err)
		return "", false
	}
	return contentType, true
}

// begin takes runs from what the client may start, and returns where the answer goes. It has
// answered if it returns false.
func (h *Handler) begin(w http.ResponseWriter, c Call, contentType string, runs int) (out *output, owner string, end func(), ok bool) {
	ctx, owner, ended, ok := c.Begin(runs)
	if !ok {
		return nil, "", nil, false
	}
	ctx, cancel := context.WithCancel(ctx)
	out = &output{ctx: ctx, cancel: cancel, wait: h.cfg.WriteTime, w: w, ctl: http.NewResponseController(w), contentType: contentType}
	return out, owner, func() { cancel(); ended() }, true
}

// answer runs a request and answers with one Answer.
func (h *Handler) answer(out *output, c Call, req runner.Request, stdin []byte) {
	all := newCollector()
	res, err := h.cfg.Executor.Run(out.ctx, req, bytes.NewReader(stdin), all.event)
	if err != nil {
		out.deadline()
		c.Fail(err)
		return
	}
	out.answer(c, all.end(h.result(res)))
}

// stream runs a request and streams its events.
func (h *Handler) stream(out *output, c Call, req runner.Request, stdin []byte) {
	enc := events.NewEncoder(func(e events.Event) { out.event(e) })
	res, err := h.cfg.Executor.Run(out.ctx, req, bytes.NewReader(stdin), enc.Event)
	switch {
	case err == nil:
		enc.End(h.result(res))
	case !out.begun:
		out.deadline()
		c.Fail(err)
	default:
		code := exitOurs
		enc.End(events.Event{Event: events.KindError, Error: h.explain(err), Exit: &code})
	}
}

// exitOurs is the exit code for an error of corust's, which says nothing of the program.
const exitOurs = 125

// result is the last event of a run that was carried out.
func (h *Handler) result(res runner.Result) events.Event {
	code := h.cfg.Exit(res)
	return events.Event{Event: events.KindResult, Result: &res, Backend: h.cfg.Backend, Why: h.cfg.Why, Exit: &code}
}

// explain words an error for a client that has already got events. It tells nothing of
// the server.
func (h *Handler) explain(err error) string {
	var invalid *runner.InvalidError
	switch {
	case errors.As(err, &invalid):
		return invalid.Error()
	case errors.Is(err, runner.ErrClosed):
		return "the server is restarting; send the request again"
	}
	h.cfg.Log.Error("a run failed", "err", err)
	return "something on the server failed; the request may be sent again"
}

// defaultWriteTime is the default of Config.WriteTime.
const defaultWriteTime = 10 * time.Second

// output writes the body of an answer.
type output struct {
	ctx         context.Context
	cancel      func()        // ends the run
	wait        time.Duration // of a write
	w           http.ResponseWriter
	ctl         *http.ResponseController
	contentType string
	begun       bool // the header is written
	err         error
}

// answer writes the whole answer.
func (o *output) answer(c Call, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		o.deadline()
		c.Fail(err)
		return
	}
	o.write(append(data, '\n'))
}

// event writes an event.
func (o *output) event(e events.Event) { o.line(e.Event, e) }

// line writes an event of a kind.
func (o *output) line(kind string, event any) {
	line := events.Line(event)
	if o.contentType == typeSSE {
		line = append([]byte("event: "+kind+"\ndata: "), append(line, '\n')...)
	}
	o.write(line)
}

// deadline bounds what is written next. It reports false if the client or the server is
// gone: what ends ctx has then set a deadline in the past.
func (o *output) deadline() bool {
	_ = o.ctl.SetWriteDeadline(time.Now().Add(o.wait))
	return o.ctx.Err() == nil
}

// write writes and flushes data. After an error it ends the run and writes nothing more.
func (o *output) write(data []byte) {
	if o.err != nil {
		return
	}
	if !o.begun {
		o.begun = true
		h := o.w.Header()
		h.Set("Content-Type", o.contentType)
		h.Set("Cache-Control", "no-store")
		h.Set("Vary", "Accept")
		h.Set("X-Accel-Buffering", "no") // nginx holds a stream back otherwise
	}
	if !o.deadline() {
		o.err = o.ctx.Err()
		return
	}
	if _, o.err = o.w.Write(data); o.err == nil {
		o.err = o.ctl.Flush()
	}
	if o.err != nil {
		o.cancel()
	}
}
