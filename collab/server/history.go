package server

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/corust-dev/corust/collab/wire"
)

// The history of a session needs the edit link: it has what members have deleted before they
// shared the watching link.

// history answers with the versions of a session that can be read.
func (s *Server) history(w http.ResponseWriter, r *http.Request) {
	s.onPast(w, r, func(ctx context.Context, id wire.SessionID, _ wire.Epoch) (any, error) {
		return s.cfg.Hub.History(ctx, id)
	})
}

// filesAt answers with the files of a session at a version.
func (s *Server) filesAt(w http.ResponseWriter, r *http.Request) {
	s.onPast(w, r, func(ctx context.Context, id wire.SessionID, epoch wire.Epoch) (any, error) {
		v, err := number("version", r.PathValue("version"))
		if err != nil {
			return nil, err
		}
		return s.cfg.Hub.FilesAt(ctx, id, epoch, wire.Version(v))
	})
}

// entries answers with a part of a session's log.
func (s *Server) entries(w http.ResponseWriter, r *http.Request) {
	s.onPast(w, r, func(ctx context.Context, id wire.SessionID, epoch wire.Epoch) (any, error) {
		query := r.URL.Query()
		after, err := number("after", query.Get("after"))
		if err != nil {
			return nil, err
		}
		limit := int64(0)
		if query.Has("limit") {
			if limit, err = number("limit", query.Get("limit")); err != nil {
				return nil, err
			}
		}
		return s.cfg.Hub.Entries(ctx, id, epoch, wire.Version(after), int(min(limit, 1<<30)))
	})
}

// onPast answers with something of a session's history.
func (s *Server) onPast(w http.ResponseWriter, r *http.Request, get func(context.Context, wire.SessionID, wire.Epoch) (any, error)) {
	ctx, cancel := s.bounded(r)
	defer cancel()
	id, err := s.mayEdit(ctx, r)
	if err != nil {
		s.failure(w, err)
		return
	}
	answer, err := get(ctx, id, wire.Epoch(r.URL.Query().Get("epoch")))
	if err != nil {
		s.failure(w, err)
		return
	}
	s.reply(w, http.StatusOK, answer)
}

// number reads a number of an address, which is not below 0.
func number(name, text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%w: %s %.40q (want a number such as 12)", errBadRequest, name, text)
	}
	return n, nil
}
