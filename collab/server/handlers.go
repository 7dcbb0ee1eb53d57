package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// problem is the body of every answer of a handler that is not a success.
type problem struct {
	Error string `json:"error"`
}

func (s *Server) fail(w http.ResponseWriter, status int, message string) {
	s.reply(w, status, problem{message})
}

// answer is what an error is answered with.
type answer struct {
	status     int
	message    string
	retryAfter string // in seconds; "" where coming back would change nothing
}

// unavailable is the answer of a draining server.
var unavailable = answer{http.StatusServiceUnavailable, "the server is restarting; come back in a moment", "5"}

func (s *Server) unavailable(w http.ResponseWriter) { s.answer(w, unavailable) }

// failure answers a tool.
func (s *Server) failure(w http.ResponseWriter, err error) { s.answer(w, s.answerTo(err)) }

func (s *Server) answer(w http.ResponseWriter, a answer) {
	a.retry(w)
	s.fail(w, a.status, a.message)
}

// retry says when to come back.
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
		return answer{status: http.StatusUnprocessableEntity, message: format.Message}
	case errors.As(err, &tooLarge):
		return answer{status: http.StatusRequestEntityTooLarge, message: "the request is larger than " + strconv.FormatInt(tooLarge.Limit, 10) + " bytes"}
	case errors.Is(err, store.ErrNotFound):
		return answer{status: http.StatusNotFound, message: "no such session"}
	case errors.Is(err, store.ErrNoRun):
		return answer{status: http.StatusNotFound, message: "no such run, or too long ago"}
	case errors.Is(err, wire.ErrNoRun):
		return answer{status: http.StatusNotFound, message: "this server runs no programs"}
	case errors.Is(err, wire.ErrTooLarge):
		return answer{status: http.StatusRequestEntityTooLarge, message: err.Error()}
	case errors.Is(err, wire.ErrMalformed), errors.Is(err, errBadRequest):
		return answer{status: http.StatusBadRequest, message: err.Error()}
	case errors.Is(err, errReadOnly):
		return answer{status: http.StatusForbidden, message: err.Error()}
	case errors.Is(err, wire.ErrBusy):
		return s.refused(&refusal{"busy", err.Error()})
	case errors.Is(err, store.ErrNoRoom):
		s.metrics.refused.WithLabelValues("room").Inc()
		return answer{http.StatusInsufficientStorage, "the server has no room for another session; those that there are go on", "600"}
	case errors.Is(err, wire.ErrResume), errors.Is(err, context.Canceled), s.isDraining():
		return unavailable // or who asked has gone
	}
	s.cfg.Log.Error("request failed", "err", err)
	if errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrMoved) {
		return answer{http.StatusServiceUnavailable, "the server can save nothing at present", "30"}
	}
	return answer{status: http.StatusInternalServerError, message: "something on the server failed"}
}

// refused is the answer to what a limit refuses.
func (s *Server) refused(limit *refusal) answer {
	s.metrics.refused.WithLabelValues(limit.reason).Inc()
	return answer{http.StatusTooManyRequests, limit.message, "30"}
}

func (s *Server) reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(true)
	_ = enc.Encode(body)
}

// healthResponse says that the server lives, and what it runs programs in.
type healthResponse struct {
	Status string `json:"status"`
	Boxes  *Boxes `json:"boxes,omitempty"`
}

// Health answers whoever asks whether the server lives. It is for listeners
// other than the server's own, too.
func (s *Server) Health(w http.ResponseWriter, _ *http.Request) {
	h := healthResponse{Status: "ok"}
	if s.cfg.Boxes != (Boxes{}) {
		h.Boxes = &s.cfg.Boxes
	}
	s.reply(w, http.StatusOK, h)
}

// Ready answers whether the server takes sessions: not when it drains.
func (s *Server) Ready(w http.ResponseWriter, _ *http.Request) {
	if s.isDraining() {
		s.unavailable(w)
		return
	}
	s.reply(w, http.StatusOK, map[string]string{"status": "ready"})
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

// otherRoute is the route of requests that have none of ours, or that are refused
// before.
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
	return &batchConn{Conn: conn}, rw, nil
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
