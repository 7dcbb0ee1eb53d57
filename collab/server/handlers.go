package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"

	"github.com/corust-dev/corust/collab/archive"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// fail answers with a problem. The message is English, for developers.
func (s *Server) fail(w http.ResponseWriter, status int, code wire.Code, message string) {
	s.answer(w, answer{status: status, code: code, message: message})
}

// answer is what an error is answered with.
type answer struct {
	status     int
	code       wire.Code
	message    string
	hit        *wire.Hit
	retryAfter string // in seconds; "" where coming back would change nothing
}

// unavailable is the answer of a draining server.
var unavailable = answer{status: http.StatusServiceUnavailable, code: wire.CodeResume, message: "the server is restarting; come back in a moment", retryAfter: "5"}

func (s *Server) unavailable(w http.ResponseWriter) { s.answer(w, unavailable) }

// failure answers a tool.
func (s *Server) failure(w http.ResponseWriter, err error) { s.answer(w, s.answerTo(err)) }

func (s *Server) answer(w http.ResponseWriter, a answer) {
	a.retry(w)
	s.send(w, "application/problem+json", a.status, wire.Problem{Status: a.status, Code: a.code, Title: http.StatusText(a.status), Detail: a.message, Hit: a.hit})
}

// retry sets the header Retry-After.
func (a answer) retry(w http.ResponseWriter) {
	if a.retryAfter != "" {
		w.Header().Set("Retry-After", a.retryAfter)
	}
}

// failurePage answers a person, who wanted a page.
func (s *Server) failurePage(w http.ResponseWriter, err error) {
	a := s.answerTo(err)
	a.retry(w)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte("No session could be opened: " + a.message + ".\n"))
}

// answerTo is the one place that knows which status an error is.
func (s *Server) answerTo(err error) answer {
	var format *FormatError
	var tooLarge *http.MaxBytesError
	var limit *refusal
	switch {
	case errors.As(err, &limit):
		return s.refused(limit)
	case errors.As(err, &format):
		return answer{status: http.StatusUnprocessableEntity, code: wire.CodeFormat, message: format.Message}
	case errors.As(err, &tooLarge):
		return answer{status: http.StatusRequestEntityTooLarge, code: wire.CodeTooLarge, message: "the request is larger than " + strconv.FormatInt(tooLarge.Limit, 10) + " bytes",
			hit: &wire.Hit{Limit: "message", Amount: float64(tooLarge.Limit), Unit: wire.UnitBytes}}
	case errors.Is(err, store.ErrNotFound):
		return answer{status: http.StatusNotFound, code: wire.CodeGone, message: "no such session"}
	case errors.Is(err, store.ErrNoRun):
		return answer{status: http.StatusNotFound, code: wire.CodeNoRun, message: "no such run, or too long ago"}
	case errors.Is(err, ErrNoSnapshot):
		return answer{status: http.StatusNotFound, code: wire.CodeNotFound, message: "no such snapshot, or it has expired"}
	case errors.Is(err, wire.ErrNoRun):
		return answer{status: http.StatusNotFound, code: wire.CodeNoRun, message: "this server runs no programs"}
	case errors.Is(err, wire.ErrTooLarge):
		return answer{status: http.StatusRequestEntityTooLarge, code: wire.CodeTooLarge, message: err.Error(), hit: wire.ErrorOf(err, 0).Hit}
	case errors.Is(err, wire.ErrMalformed), errors.Is(err, wire.ErrNoFile), errors.Is(err, archive.ErrFormat), errors.Is(err, errBadRequest):
		return answer{status: http.StatusBadRequest, code: wire.CodeMalformed, message: err.Error()}
	case errors.Is(err, wire.ErrStale), errors.Is(err, wire.ErrFuture), errors.Is(err, wire.ErrEpoch):
		return answer{status: http.StatusNotFound, code: wire.CodeOf(err), message: err.Error()}
	case errors.Is(err, wire.ErrExists):
		return answer{status: http.StatusBadRequest, code: wire.CodeExists, message: err.Error()}
	case errors.Is(err, errReadOnly), errors.Is(err, wire.ErrReadOnly):
		return answer{status: http.StatusForbidden, code: wire.CodeReadOnly, message: err.Error()}
	case errors.Is(err, wire.ErrBusy):
		return s.refused(&refusal{reason: "busy", code: wire.CodeBusy, message: err.Error()})
	case errors.Is(err, wire.ErrRunning):
		return s.refused(&refusal{reason: "busy", code: wire.CodeRunning, message: err.Error()})
	case errors.Is(err, store.ErrNoRoom):
		s.metrics.refused.WithLabelValues("room").Inc()
		return answer{status: http.StatusInsufficientStorage, code: wire.CodeNoRoom, message: "the server has no room for another session; those that there are go on", retryAfter: "600"}
	case errors.Is(err, ErrSnapshotsFull):
		s.metrics.refused.WithLabelValues("room").Inc()
		return answer{status: http.StatusInsufficientStorage, code: wire.CodeNoRoom, message: "the server has no room for another permanent link; those that there are stay", retryAfter: "600"}
	case errors.Is(err, wire.ErrResume), errors.Is(err, context.Canceled), s.isDraining():
		return unavailable // or who asked has gone
	}
	s.cfg.Log.Error("request failed", "err", err)
	if errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrMoved) {
		return answer{status: http.StatusServiceUnavailable, code: wire.CodeUnsaved, message: "the server can save nothing at present", retryAfter: "30"}
	}
	return answer{status: http.StatusInternalServerError, code: wire.CodeInternal, message: "something on the server failed"}
}

// refused returns the answer to a request that a limit refuses.
func (s *Server) refused(limit *refusal) answer {
	s.metrics.refused.WithLabelValues(limit.reason).Inc()
	return answer{status: http.StatusTooManyRequests, code: limit.code, message: limit.message, hit: limit.hit, retryAfter: "30"}
}

func (s *Server) reply(w http.ResponseWriter, status int, body any) {
	s.send(w, "application/json", status, body)
}

func (s *Server) send(w http.ResponseWriter, contentType string, status int, body any) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(true)
	_ = enc.Encode(body)
}

// healthResponse reports that the server is alive, and which boxes it runs programs in.
type healthResponse struct {
	Status string `json:"status"`
	Boxes  *Boxes `json:"boxes,omitempty"`
}

// Health answers a health check. Listeners other than the server's may use it, too.
func (s *Server) Health(w http.ResponseWriter, _ *http.Request) {
	h := healthResponse{Status: "ok"}
	if s.cfg.Boxes != (Boxes{}) {
		h.Boxes = &s.cfg.Boxes
	}
	s.reply(w, http.StatusOK, h)
}

// statusResponse reports that the server takes sessions.
type statusResponse struct {
	Status string `json:"status"`
}

// Ready answers whether the server takes sessions: not when it drains, and not when other
// nodes may take its sessions.
func (s *Server) Ready(w http.ResponseWriter, _ *http.Request) {
	if s.isDraining() || s.cfg.Nodes != nil && !s.cfg.Nodes.Alive() {
		s.unavailable(w)
		return
	}
	s.reply(w, http.StatusOK, statusResponse{"ready"})
}

func (s *Server) editPage(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	s.sessionPage(w, r, validToken(token), editToken(token).session(), false)
}

func (s *Server) viewPage(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	s.sessionPage(w, r, validToken(id), wire.SessionID(id), true)
}

func (s *Server) sessionPage(w http.ResponseWriter, r *http.Request, valid bool, id wire.SessionID, readOnly bool) {
	if valid {
		var err error
		if valid, err = s.cfg.Hub.Exists(r.Context(), id); err != nil {
			s.failurePage(w, err)
			return
		}
	}
	if !valid {
		s.noSession(w, r)
		return
	}
	s.assets.page(w, bootstrap{ReadOnly: readOnly, View: string(id), MaxText: s.cfg.Session.Text, Choices: s.cfg.Choices})
}

// otherRoute is the route of requests that match no route or are refused before routing.
const otherRoute = "other"

// counted counts requests by route, which are few and ours, and class of status.
func (s *Server) counted(paths map[string]string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r)
		path, ok := paths[r.Pattern]
		if !ok {
			path = otherRoute
		}
		s.metrics.requests.WithLabelValues(path, strconv.Itoa(rec.status/100)+"xx").Inc()
	})
}

// recorder remembers a response's status.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Hijack hands the connection to a WebSocket.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	r.status = http.StatusSwitchingProtocols
	conn, rw, err := http.NewResponseController(r.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	line := newBatchConn(conn)
	if rw.Reader.Buffered() == 0 {
		line.in = bufio.NewReaderSize(line, readBuffer)
		rw.Reader = line.in
	}
	return line, rw, nil
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
