package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/postgres"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/internal/owner"
	"github.com/corust-dev/corust/internal/snapshot"
)

// keeper keeps snapshots: a *snapshot.Dir, or rows of a database that several nodes share.
type keeper interface {
	Put(ctx context.Context, s snapshot.Snapshot) (snapshot.ID, error)
	Get(ctx context.Context, id snapshot.ID) (snapshot.Snapshot, error)
}

// rows keeps snapshots in PostgreSQL.
type rows struct {
	db     *postgres.Store
	bounds postgres.Bounds
}

// Put implements keeper.
func (r rows) Put(ctx context.Context, s snapshot.Snapshot) (snapshot.ID, error) {
	data, id, err := snapshot.Encode(s)
	if err != nil {
		return "", err
	}
	if err := r.db.Keep(ctx, string(id), data, r.bounds); errors.Is(err, store.ErrNoRoom) {
		return "", fmt.Errorf("%w: %w", snapshot.ErrFull, err)
	} else if err != nil {
		return "", err
	}
	return id, nil
}

// Get implements keeper.
func (r rows) Get(ctx context.Context, id snapshot.ID) (snapshot.Snapshot, error) {
	data, err := r.db.Kept(ctx, string(id), r.bounds)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return snapshot.Snapshot{}, snapshot.ErrNotFound
	case err != nil:
		return snapshot.Snapshot{}, err
	}
	return snapshot.Decode(data)
}

// snapshots is a server.Snapshots over a keeper.
type snapshots struct{ keeper }

// Put implements server.Snapshots.
func (s snapshots) Put(ctx context.Context, snap server.Snapshot) (string, error) {
	kept := snapshot.Snapshot{Settings: snap.Settings, Toolchain: snap.Toolchain}
	for _, f := range snap.Files {
		kept.Files = append(kept.Files, snapshot.File{Name: f.Name, Text: f.Content})
	}
	id, err := s.keeper.Put(ctx, kept)
	if errors.Is(err, snapshot.ErrFull) {
		return "", fmt.Errorf("%w: %w", server.ErrSnapshotsFull, err)
	}
	return string(id), err
}

// Get implements server.Snapshots. Files of a snapshot that was shared without names, as the
// Playground's are, get one.
func (s snapshots) Get(ctx context.Context, id string) (server.Snapshot, error) {
	if !snapshot.ID(id).Valid() {
		return server.Snapshot{}, server.ErrNoSnapshot
	}
	kept, err := s.keeper.Get(ctx, snapshot.ID(id))
	switch {
	case errors.Is(err, snapshot.ErrNotFound):
		return server.Snapshot{}, server.ErrNoSnapshot
	case err != nil:
		return server.Snapshot{}, err
	case len(kept.Files) == 0:
		return server.Snapshot{}, server.ErrNoSnapshot
	}
	snap := server.Snapshot{Settings: kept.Settings, Toolchain: kept.Toolchain}
	for _, f := range kept.Files {
		if f.Name == "" {
			f.Name = wire.DefaultPath
		}
		snap.Files = append(snap.Files, wire.NamedFile{Name: f.Name, Content: f.Text})
	}
	return snap, nil
}

// openSnapshots opens the store of snapshots: in the database if several nodes may share it,
// or else in a directory beside the database, with a name that begins with the database's, so
// that a copy of both has one pattern. What it returns closes it.
func (a *app) openSnapshots(sessions store.Store) (keeper, func() error, error) {
	c := a.config.Serve
	none := func() error { return nil }
	if db, ok := sessions.(*postgres.Store); ok {
		return rows{db, postgres.Bounds{Bytes: int64(c.MaxSnapshots), Expire: time.Duration(c.Expire)}}, none, nil
	}
	limits := snapshot.Limits{Bytes: int64(c.MaxSnapshots), Expire: time.Duration(c.Expire)}
	if c.Database == config.InMemory {
		dir, err := owner.MkdirTemp(os.TempDir(), "corust-snapshots-")
		if err != nil {
			return nil, nil, err
		}
		remove := func() error { return os.RemoveAll(dir) }
		kept, err := snapshot.Open(dir, limits)
		if err != nil {
			return nil, nil, errors.Join(err, remove())
		}
		return kept, remove, nil
	}
	path, err := a.database()
	if err != nil {
		return nil, nil, err
	}
	kept, err := snapshot.Open(snapshotsOf(path), limits)
	if err != nil {
		return nil, nil, err
	}
	return kept, none, nil
}
