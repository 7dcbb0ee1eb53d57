package server

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/wire"
)

// startRun starts a run of the session's text and streams the session's messages about
// it, one JSON object a line. All members see the run. It continues if the caller goes
// away.
func (s *Server) startRun(w http.ResponseWriter, r *http.Request) {
	var req runRequest
	if err := s.decodeBody(w, r, &req); err != nil {
		s.failure(w, err)
		return
	}
	if n := len(req.Stdin); n > wire.MaxStdin {
		s.failure(w, wire.Exceeds("stdin", n, wire.MaxStdin, wire.UnitBytes))
		return
	}
	ctx, leave, ok := s.stream(w, r)
	if !ok {
		return
	}
	defer leave()
	id, err := s.mayRun(ctx, r)
	if err != nil {
		s.failure(w, err)
		return
	}
	caller := authority.Caller{ID: wire.NewToolID(), Name: "API", Owner: s.visitor(r, false).Owner}
	// The input ends with the request's stdin; otherwise the program would wait for members
	// to type.
	view, err := s.cfg.Hub.StartRun(ctx, id, caller, req.options(), []byte(req.Stdin))
	if err != nil {
		s.failure(w, err)
		return
	}
	defer view.Close()
	started, err := view.Next(ctx) // once the run is committed
	if err != nil {
		s.failure(w, err)
		return
	}
	lines := newLines(ctx, w)
	lines.write(started.Bytes())
	lines.follow(view)
}

// lastRun streams the session's current run, or the last, from its beginning.
func (s *Server) lastRun(w http.ResponseWriter, r *http.Request) {
	ctx, leave, ok := s.stream(w, r)
	if !ok {
		return
	}
	defer leave()
	id, _, err := s.find(ctx, r.PathValue("token"))
	if err != nil {
		s.failure(w, err)
		return
	}
	view, err := s.cfg.Hub.Observe(ctx, id)
	if err != nil {
		s.failure(w, err)
		return
	}
	defer view.Close()
	run := view.First().Run
	if run == nil {
		s.fail(w, http.StatusNotFound, wire.CodeNoRun, "nothing has been run in this session")
		return
	}
	lines := newLines(ctx, w)
	for _, m := range run.Messages() {
		data, err := wire.Encode(m)
		if err != nil {
			return // the stream is cut short
		}
		lines.write(data)
	}
	if run.Verdict == "" {
		lines.follow(view)
	}
}

// lastWords is how long a closing server lets streams go on: a run that has just ended is
// put on record before its end is sent.
const lastWords = time.Second

// stream counts a stream as a connection of its address, and lifts the deadlines of the
// http.Server: a stream lasts as long as its run and its reader. The caller calls the
// returned function at the end.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) (context.Context, func(), bool) {
	// The rest of a body that no handler reads still has the request's deadline.
	_, _ = io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, int64(s.cfg.Limits.MessageBytes)))
	leave, ok := s.enter()
	if !ok {
		s.unavailable(w)
		return nil, nil, false
	}
	release, err := s.quotas.connect(s.addr(r))
	if err != nil {
		leave()
		s.failure(w, err)
		return nil, nil, false
	}
	ctl := http.NewResponseController(w)
	_ = ctl.SetReadDeadline(time.Time{})
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(s.ctx, func() {
		select {
		case <-ctx.Done():
		case <-time.After(lastWords):
			cancel()
			_ = ctl.SetWriteDeadline(time.Now()) // the reader may have stopped reading
		}
	})
	return ctx, func() {
		stop()
		cancel()
		release()
		leave()
	}, true
}

// lines writes messages as NDJSON, until ctx ends or a write misses its deadline.
type lines struct {
	ctx context.Context
	w   http.ResponseWriter
	ctl *http.ResponseController
	err error
}

func newLines(ctx context.Context, w http.ResponseWriter) *lines {
	h := w.Header()
	h.Set("Content-Type", "application/x-ndjson")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx holds a stream back otherwise
	return &lines{ctx: ctx, w: w, ctl: http.NewResponseController(w)}
}

func (l *lines) write(message []byte) {
	if l.err != nil {
		return
	}
	_ = l.ctl.SetWriteDeadline(time.Now().Add(writeWait))
	// Checked after the deadline is set: what ends ctx sets a deadline in the past.
	if l.err = l.ctx.Err(); l.err != nil {
		return
	}
	if _, l.err = l.w.Write(message); l.err == nil {
		_, l.err = l.w.Write([]byte{'\n'})
	}
	if l.err == nil {
		l.err = l.ctl.Flush()
	}
}

// follow writes what happens to the run that is under way, until it has ended. If the
// view ends first, the stream has no line of type "end".
func (l *lines) follow(view *collab.View) {
	for l.err == nil {
		f, err := view.Next(l.ctx)
		if err != nil {
			return
		}
		switch f.Message.(type) {
		case *wire.RunStage, *wire.RunWaiting, *wire.RunInput, *wire.RunOutput, *wire.RunDiagnostics, *wire.RunProduct, *wire.RunTest:
			l.write(f.Bytes())
		case *wire.RunEnded:
			l.write(f.Bytes())
			return
		}
	}
}
