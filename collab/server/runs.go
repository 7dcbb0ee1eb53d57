package server

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/corust-dev/corust/collab/wire"
)

// runsResponse is the last runs, the newest first.
type runsResponse struct {
	Runs []wire.PastRun `json:"runs"`
}

// listRuns lists the runs of a session, for tools and for the page: old output does not
// delay the page's stream of messages.
func (s *Server) listRuns(w http.ResponseWriter, r *http.Request) {
	s.onRecord(w, r, func(ctx context.Context, id wire.SessionID) (any, error) {
		runs, err := s.cfg.Hub.Runs(ctx, id)
		return runsResponse{runs}, err
	})
}

func (s *Server) getRun(w http.ResponseWriter, r *http.Request) {
	s.onRecord(w, r, func(ctx context.Context, id wire.SessionID) (any, error) {
		return s.cfg.Hub.Run(ctx, id, r.PathValue("run"))
	})
}

// onRecord answers with records of a session. Reading them needs either link.
func (s *Server) onRecord(w http.ResponseWriter, r *http.Request, get func(context.Context, wire.SessionID) (any, error)) {
	ctx, cancel := s.bounded(r)
	defer cancel()
	id, _, err := s.find(ctx, r.PathValue("token"))
	if err != nil {
		s.failure(w, err)
		return
	}
	answer, err := get(ctx, id)
	if err != nil {
		s.failure(w, err)
		return
	}
	s.reply(w, http.StatusOK, answer)
}

// productWait is how long a client may take for the content of a product.
const productWait = 2 * time.Minute

// getProduct answers with the content of a product, compressed if the client accepts that.
// It never changes: a run has another id than any other.
func (s *Server) getProduct(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := s.bounded(r)
	defer cancel()
	id, _, err := s.find(ctx, r.PathValue("token"))
	if err != nil {
		s.failure(w, err)
		return
	}
	p, err := s.cfg.Hub.Product(ctx, id, r.PathValue("run"), r.PathValue("product"))
	if err != nil {
		s.failure(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", p.MediaType)
	h.Set("Cache-Control", "private, max-age=3600, immutable")
	h.Set("Vary", "Accept-Encoding")
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(productWait))
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(p.Gzip)))
		_, _ = w.Write(p.Gzip)
		return
	}
	content, err := p.Open()
	if err != nil {
		s.failure(w, err)
		return
	}
	h.Set("Content-Length", strconv.FormatInt(p.Size, 10))
	_, _ = io.Copy(w, content) // the client may leave
}
