package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/wire"
)

// startRun starts a run of the session's text and streams it: the session's
// own messages about it, one JSON object a line. Everybody in the session sees
// it too. A caller who goes away does not end it.
func (s *Server) startRun(w http.ResponseWriter, r *http.Request) {
	var req runRequest
	if err := s.decodeBody(w, r, &req); err != nil {
		s.failure(w, err)
		return
	}
	if n := len(req.Stdin); n > wire.MaxStdin {
		s.failure(w, fmt.Errorf("stdin of %d bytes, limit %d: %w", n, wire.MaxStdin, wire.ErrTooLarge))
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
	conn, welcome, err := s.visit(ctx, id, s.visitor(r, false))
	if err != nil {
		s.failure(w, err)
		return
	}
	defer conn.Close()
	stdin := req.Stdin
	req.Stdin = ""
	options, err := json.Marshal(req)
	if err == nil {
		err = conn.Send(ctx, &wire.RunMsg{Options: options})
	}
	if err != nil {
		s.failure(w, err)
		return
	}
	started, err := awaitRun(ctx, conn, welcome.Client)
	if err != nil {
		s.failure(w, err)
		return
	}
	// What the program reads ends here, or it would wait for people.
	if err := conn.Send(ctx, &wire.StdinMsg{Run: started.Run, Data: []byte(stdin), EOF: true}); err != nil {
		s.failure(w, err)
		return
	}
	lines := newLines(ctx, w)
	lines.write(started)
	lines.follow(ctx, conn, started.Run)
}

// awaitRun waits for the run that a client asked for to begin. Another's may begin
// before it, and then it is refused.
func awaitRun(ctx context.Context, conn *collab.Conn, by wire.ClientID) (*wire.RunStarted, error) {
	for {
		m, err := receive(ctx, conn)
		if err != nil {
			return nil, err
		}
		if started, ok := m.(*wire.RunStarted); ok && started.By == by {
			return started, nil
		}
	}
}

// lastRun streams the session's current run, or the last, from its beginning.
func (s *Server) lastRun(w http.ResponseWriter, r *http.Request) {
	ctx, leave, ok := s.stream(w, r)
	if !ok {
		return
	}
	defer leave()
	id, readOnly, err := s.find(ctx, r.PathValue("token"))
	if err != nil {
		s.failure(w, err)
		return
	}
	conn, welcome, err := s.visit(ctx, id, s.visitor(r, readOnly))
	if err != nil {
		s.failure(w, err)
		return
	}
	defer conn.Close()
	run := welcome.Run
	if run == nil {
		s.fail(w, http.StatusNotFound, "nothing has been run in this session")
		return
	}
	lines := newLines(ctx, w)
	for _, m := range run.Messages() {
		lines.write(m)
	}
	if run.Verdict == "" {
		lines.follow(ctx, conn, run.Run)
	}
}

// lastWords is how long a closing server lets streams go on: a run that has just
// ended is put on record before its end is told.
const lastWords = time.Second

// stream counts a stream in as a connection of its address. The time that the
// http.Server gives a request and an answer is not a stream's: it lasts as long as
// its run and its reader do.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) (context.Context, func(), bool) {
	// A body that is still to come, as nobody asked for, is in the request's time.
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
			_ = ctl.SetWriteDeadline(time.Now()) // nobody reads, perhaps
		}
	})
	return ctx, func() {
		stop()
		cancel()
		release()
		leave()
	}, true
}

// lines writes messages as NDJSON, until ctx ends or one of them does not leave in
// time.
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

func (l *lines) write(m wire.ServerMessage) {
	if l.err != nil {
		return
	}
	_ = l.ctl.SetWriteDeadline(time.Now().Add(writeWait))
	// Behind the deadline: who ends ctx sets one that has passed, after it.
	if l.err = l.ctx.Err(); l.err != nil {
		return
	}
	data, err := wire.Encode(m)
	if err == nil {
		_, err = l.w.Write(append(data, '\n'))
	}
	if err == nil {
		err = l.ctl.Flush()
	}
	l.err = err
}

// follow writes what happens to a run until it has ended.
func (l *lines) follow(ctx context.Context, conn *collab.Conn, run string) {
	for l.err == nil {
		m, err := receive(ctx, conn)
		var refused *wire.Error
		if errors.As(err, &refused) {
			continue // of our input, where somebody else has ended the program's first
		}
		if err != nil {
			return // the stream is cut short: it has no line of type "end"
		}
		switch m := m.(type) {
		case *wire.RunStage:
			l.write(m)
		case *wire.RunWaiting:
			l.write(m)
		case *wire.RunInput:
			l.write(m)
		case *wire.RunOutput:
			l.write(m)
		case *wire.RunDiagnostics:
			l.write(m)
		case *wire.RunEnded:
			l.write(m)
			if m.Run == run {
				return
			}
		}
	}
}
