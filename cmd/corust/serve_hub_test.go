package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/config"
)

// Each of the connections that the configuration allows may be in a separate session, and
// leave it for another.
func TestSessionsForAllConnections(t *testing.T) {
	t.Parallel()
	a := newApp(stdio{err: io.Discard})
	a.config.Serve = config.Serve{Database: config.InMemory, Connections: 1}
	s, err := a.openSessions(t.Context(), wire.Limits{}, nil, nil, false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		id := wire.SessionID(fmt.Sprint("s", i))
		if err := s.Hub.Create(t.Context(), id, ""); err != nil {
			t.Fatal(err)
		}
		conn, err := s.Hub.Join(t.Context(), id, authority.Visitor{})
		if i < 2 && err != nil || i == 2 && !errors.Is(err, wire.ErrBusy) {
			t.Errorf("session %d: %v", i, err)
		}
		if conn != nil {
			conn.Close()
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
