package playground

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/corust-dev/corust/internal/snapshot"
	"github.com/corust-dev/corust/runner"
)

// Store keeps shared code. A *snapshot.Dir is one.
type Store interface {
	Put(ctx context.Context, s snapshot.Snapshot) (snapshot.ID, error)
	// Get returns snapshot.ErrNotFound for an unknown ID.
	Get(ctx context.Context, id snapshot.ID) (snapshot.Snapshot, error)
}

type gistRequest struct {
	Code Code `json:"code"`
}

type gistResponse struct {
	ID   string `json:"id"`
	URL  string `json:"url"`
	Code Code   `json:"code"`
}

var (
	errNoStore  = &unavailable{"this server keeps no shared code"}
	errNoGist   = &unavailable{"Not Found"}
	errFullGist = &unavailable{"the store of shared code is full"}
)

// share stores a code. As with the original's gists, a code of one file comes back as a
// string.
func (h *Handler) share(w http.ResponseWriter, r *http.Request) {
	var q gistRequest
	err := h.readBody(w, r, &q)
	if err == nil {
		err = h.lane.share(h.client(r))
	}
	if err != nil {
		h.refuse(w, err)
		return
	}
	const what = "Gist creation failed"
	if h.cfg.Store == nil {
		h.refuse(w, &failure{what, errNoStore})
		return
	}
	err = checkFiles(q.Code)
	var s snapshot.Snapshot
	total := 0
	for _, f := range q.Code.Files {
		total += len(f.Content)
		s.Files = append(s.Files, snapshot.File{Name: f.Name, Text: f.Content})
	}
	if err == nil && total > runner.MaxSource { // which nothing could run
		err = &runner.InvalidError{Field: "files", Reason: fmt.Sprintf("%d bytes of source, at most %d", total, runner.MaxSource)}
	}
	if err != nil {
		h.refuse(w, &failure{what, err})
		return
	}
	id, err := h.cfg.Store.Put(r.Context(), s)
	switch {
	case errors.Is(err, snapshot.ErrFull):
		err = errFullGist
		fallthrough
	case err != nil:
		h.refuse(w, &failure{what, err})
		return
	}
	h.gist(w, r, id, s)
}

// shared answers with a code that was shared.
func (h *Handler) shared(w http.ResponseWriter, r *http.Request) {
	const what = "Gist loading failed"
	if h.cfg.Store == nil {
		h.refuse(w, &failure{what, errNoStore})
		return
	}
	id := snapshot.ID(r.PathValue("id"))
	s, err := h.cfg.Store.Get(r.Context(), id)
	switch {
	case errors.Is(err, snapshot.ErrNotFound):
		h.refuse(w, &failure{what, errNoGist})
	case err != nil:
		h.refuse(w, &failure{what, err})
	default:
		h.gist(w, r, id, s)
	}
}

func (h *Handler) gist(w http.ResponseWriter, r *http.Request, id snapshot.ID, s snapshot.Snapshot) {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	c := Code{Single: len(s.Files) <= 1}
	for _, f := range s.Files {
		c.Files = append(c.Files, CodeFile{Name: f.Name, Content: f.Text})
	}
	h.reply(w, http.StatusOK, gistResponse{
		ID:   string(id),
		URL:  scheme + "://" + r.Host + h.cfg.Prefix + "/meta/gist/" + string(id),
		Code: c,
	})
}
