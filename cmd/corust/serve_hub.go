package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/internal/config"
	"github.com/gofrs/flock"
)

// sessions is the hub and the log below it.
type sessions struct {
	*collab.Hub
	store store.Store
	lock  *flock.Flock // of the database; nil in memory
}

var errInUse = errors.New("another corust serve uses this database")

// openSessions opens the log and a hub over it.
func (a *app) openSessions(ctx context.Context, limits collab.Limits, runs collab.Runner, log *slog.Logger) (*sessions, error) {
	c := a.config.Serve
	s := &sessions{}
	if c.Database == config.InMemory {
		s.store = store.NewMemory()
		a.say("warning: sessions are kept in memory and end with this process")
	} else {
		path := c.Database
		if path == "" {
			var err error
			if path, err = databasePath(); err != nil {
				return nil, err
			}
		}
		if err := s.open(ctx, path); err != nil {
			return nil, err
		}
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
		a.say("sessions are kept in %s", path)
	}
	s.Hub = collab.NewHub(collab.Config{
		Store: s.store, Runner: runs, Limits: limits, Expire: time.Duration(c.Expire),
		Report: func(_ collab.SessionID, err error) { log.Error("session", "err", err) },
	})
	return s, nil
}

// open takes the database for this process. The log would notice a second
// server by its conflicts; a person should be told at once.
func (s *sessions) open(ctx context.Context, path string) error {
	lock := flock.New(path + ".lock")
	ok, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("database %s: %w", path, err)
	}
	if !ok {
		return fmt.Errorf("database %s: %w", path, errInUse)
	}
	db, err := store.OpenSQLite(ctx, path, store.Options{})
	if err != nil {
		return errors.Join(err, lock.Close())
	}
	s.store, s.lock = db, lock
	return nil
}

// Close ends the hub, then the log.
func (s *sessions) Close() error {
	s.Hub.Close()
	err := s.store.Close()
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}
