package server

import (
	"context"
	"net/http"
	"time"

	"github.com/corust-dev/corust/collab/archive"
)

// export streams a session as a zip file. It needs the edit link.
func (s *Server) export(w http.ResponseWriter, r *http.Request) {
	ctx, leave, ok := s.stream(w, r)
	if !ok {
		return
	}
	defer leave()
	id, err := s.mayEdit(ctx, r)
	var from archive.Session
	if err == nil {
		from, err = s.cfg.Hub.Export(ctx, id)
	}
	if err != nil {
		s.failure(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="corust-session.zip"`)
	h.Set("Cache-Control", "no-store")
	if err := archive.Write(&pacedWriter{ctx, w, http.NewResponseController(w)}, from, time.Now().UTC()); err != nil {
		if ctx.Err() == nil {
			s.cfg.Log.Error("export", "err", err)
		}
		panic(http.ErrAbortHandler) // or the client would take what it has for the whole
	}
}

// pacedWriter fails once a client does not read, or ctx ends.
type pacedWriter struct {
	ctx context.Context
	w   http.ResponseWriter
	ctl *http.ResponseController
}

func (p *pacedWriter) Write(data []byte) (int, error) {
	_ = p.ctl.SetWriteDeadline(time.Now().Add(writeWait))
	// Checked after the deadline is set: what ends ctx sets a deadline in the past.
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.w.Write(data)
}
