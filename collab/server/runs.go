package server

import (
	"context"
	"net/http"

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
