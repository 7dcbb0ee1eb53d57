package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/corust-dev/corust/collab/archive"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
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
		from, err = s.exported(ctx, id)
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

// exported is a session as it is now. Its log is read while the archive is written.
func (s *Server) exported(ctx context.Context, id wire.SessionID) (a archive.Session, err error) {
	hub := s.cfg.Hub
	if a.History, err = hub.History(ctx, id); err != nil {
		return a, err
	}
	if a.Runs, err = hub.Runs(ctx, id); err != nil {
		return a, err
	}
	view, err := hub.Observe(ctx, id)
	if err != nil {
		return a, err
	}
	view.Close()
	a.Settings = view.First().Settings
	epoch := a.History.Epoch
	a.FilesAt = func(v wire.Version) (wire.PastFiles, error) { return hub.FilesAt(ctx, id, epoch, v) }
	a.Entries = func(after wire.Version) (wire.PastEntries, error) { return hub.Entries(ctx, id, epoch, after, 0) }
	a.Run = func(run string) (wire.PastRun, error) {
		whole, err := hub.Run(ctx, id, run)
		if errors.Is(err, store.ErrNoRun) {
			// Later runs have taken its place since.
			return wire.PastRun{RunState: wire.RunState{RunStarted: wire.RunStarted{Run: run}}}, nil
		}
		return whole, err
	}
	return a, nil
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
