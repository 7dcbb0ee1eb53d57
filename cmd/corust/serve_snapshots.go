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
	"github.com/corust-dev/corust/internal/snapshot"
)

// snapshots is a server.Snapshots in a directory.
type snapshots struct{ dir *snapshot.Dir }

// Put implements server.Snapshots.
func (s snapshots) Put(ctx context.Context, snap server.Snapshot) (string, error) {
	kept := snapshot.Snapshot{Settings: snap.Settings, Toolchain: snap.Toolchain}
	for _, f := range snap.Files {
		kept.Files = append(kept.Files, snapshot.File{Name: f.Name, Text: f.Content})
	}
	id, err := s.dir.Put(ctx, kept)
	if errors.Is(err, snapshot.ErrFull) {
		return "", fmt.Errorf("%w: %w", store.ErrNoRoom, err)
	}
	return string(id), err
}

// Get implements server.Snapshots. Files of a snapshot that was shared without names, as the
// Playground's are, get one.
func (s snapshots) Get(ctx context.Context, id string) (server.Snapshot, error) {
	if !snapshot.ID(id).Valid() {
		return server.Snapshot{}, server.ErrNoSnapshot
	}
	kept, err := s.dir.Get(ctx, snapshot.ID(id))
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

// openSnapshots opens the store of snapshots.
func (a *app) openSnapshots() (*snapshot.Dir, func() error, error) {
	dir, remove, err := a.snapshotDir()
	if err != nil {
		return nil, nil, err
	}
	c := a.config.Serve
	kept, err := snapshot.Open(dir, snapshot.Limits{Bytes: int64(c.MaxSnapshots), Expire: time.Duration(c.Expire)})
	if err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return kept, remove, nil
}

// snapshotDir returns the directory of snapshots, and what removes it with a server that
// keeps nothing: beside the database, with a name that
// begins with the database's, so that a copy of both has one pattern. With PostgreSQL, it
// is where a database would be by default.
func (a *app) snapshotDir() (dir string, remove func() error, err error) {
	remove = func() error { return nil }
	const suffix = "-snapshots"
	switch name := a.config.Serve.Database; {
	case name == config.InMemory:
		dir, err := os.MkdirTemp("", "corust"+suffix+"-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	case postgres.Names(name):
		path, err := databasePath()
		return path + suffix, remove, err
	}
	path, err := a.database()
	return path + suffix, remove, err
}
