package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/store/postgres"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/config"
)

// sessions is the hub and the log below it.
type sessions struct {
	*collab.Hub
	store store.Store
	where string        // they are kept, as in "in memory"
	nodes *server.Nodes // nil if no other node can have them
}

var (
	errInUse    = errors.New("another corust serve uses this database")
	errDatabase = errors.New("no place for the sessions")
	errCorrupt  = errors.New("the sessions cannot be read")
	errPostgres = errors.New("PostgreSQL")

	errNoDatabase = errors.New("no database of sessions")
	errNoCopy     = errors.New("no copy to restore")

	errNoAddress = errors.New("cluster.secret is set, and cluster.address is not, where the other nodes reach this one (want http://host:port)")
	errNoCluster = errors.New("cluster.address is set, but the nodes of a cluster share their sessions in PostgreSQL, and serve.database is not there (want a URL like postgres://user@host/name)")
)

// inUse names the process that has a database open, if that is why it cannot be opened.
func inUse(path string, err error) error {
	if errors.Is(err, store.ErrInUse) {
		return fmt.Errorf("database %s: %w", path, errInUse)
	}
	return err
}

// openSessions opens the store and a hub over it.
func (a *app) openSessions(ctx context.Context, limits wire.Limits, runner runs.Runner, compiler runs.Compiler, restored bool, log *slog.Logger) (*sessions, error) {
	c := a.config.Serve
	s := &sessions{}
	node := store.NewNode()
	switch cluster := a.config.Cluster; {
	case cluster.Address != "" && !postgres.Names(c.Database):
		return nil, errNoCluster
	case cluster.Address == "" && cluster.Secret != "":
		return nil, errNoAddress
	}
	switch {
	case c.Database == config.InMemory:
		s.store, s.where = memory.New(), "in memory, and end with this process"
	case postgres.Names(c.Database):
		db, err := postgres.Open(ctx, c.Database, postgres.Config{Node: node, Addr: a.config.Cluster.Address, Restored: restored, Log: log})
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errPostgres, err)
		}
		s.store, s.where = db, "in PostgreSQL at "+db.Where()
		s.nodes = &server.Nodes{Elsewhere: db.Elsewhere, Alive: db.Leased, Secret: a.config.Cluster.Secret}
	default:
		path, err := a.database()
		if err != nil {
			return nil, err
		}
		renewed, err := s.open(ctx, path, sqlite.Config{Synchronous: sqlite.Synchronous(strings.ToUpper(c.Synchronous)), Restored: restored, MaxSize: int64(c.MaxDatabase)})
		if err != nil {
			return nil, err
		}
		if renewed != "" {
			a.say("the database counts as restored, since %s: pages that are open take its texts and bring what they have not sent", renewed)
		}
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
		s.where = "in " + path
	}
	s.Hub = collab.NewHub(collab.Config{
		Store: s.store, Node: node, Runner: runner, Compiler: compiler, Busy: newMeter().busy, Limits: limits, Expire: time.Duration(c.Expire), KeepAll: c.History == config.HistoryAll, KeepBytes: int(c.MaxHistory),
		// One for each connection, and as many that have just been left.
		Sessions: 2 * c.Connections,
		Report:   func(_ wire.SessionID, err error) { log.Error("session", "err", err) },
	})
	return s, nil
}

// open opens the log in a file. renewed is why its epochs are new, if they are.
func (s *sessions) open(ctx context.Context, path string, opt sqlite.Config) (renewed string, err error) {
	db, err := sqlite.Open(ctx, path, opt)
	var system *fs.PathError
	switch {
	case err == nil:
	case errors.As(err, &system):
		return "", fmt.Errorf("%w: %w", errDatabase, err)
	case errors.Is(err, store.ErrCorrupt):
		return "", fmt.Errorf("%w: %w", errCorrupt, err)
	default:
		return "", inUse(path, err)
	}
	s.store = db
	return db.Renewed(), nil
}

// Close ends the hub, then the log.
func (s *sessions) Close() error {
	s.Hub.Close()
	return s.store.Close()
}
