package server

import (
	"net/http"

	"github.com/corust-dev/corust/collab"
)

// runsResponse is the last runs, the newest first.
type runsResponse struct {
	Runs []collab.PastRun `json:"runs"`
}

// listRuns and getRun read what is on record; they are for tools and for the
// page, whose own stream of messages is not held up by old output.
func (s *Server) listRuns(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := s.bounded(r)
	defer cancel()
	id, _, err := s.find(ctx, r.PathValue("token"))
	if err != nil {
		s.failure(w, err)
		return
	}
	runs, err := s.cfg.Hub.Runs(ctx, id)
	if err != nil {
		s.failure(w, err)
		return
	}
	s.reply(w, http.StatusOK, runsResponse{runs})
}

func (s *Server) getRun(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := s.bounded(r)
	defer cancel()
	id, _, err := s.find(ctx, r.PathValue("token"))
	if err != nil {
		s.failure(w, err)
		return
	}
	run, err := s.cfg.Hub.Run(ctx, id, r.PathValue("run"))
	if err != nil {
		s.failure(w, err)
		return
	}
	s.reply(w, http.StatusOK, run)
}
