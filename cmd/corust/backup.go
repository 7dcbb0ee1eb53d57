package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/corust-dev/corust/collab/store/postgres"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/internal/snapshot"
)

func newBackup(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup [flags] FILE",
		Short: "Copy the sessions and permanent links of a server",
		Long: `Write a consistent copy of all sessions to FILE, and the permanent links, if there
are any, to the directory FILE-snapshots. Neither may exist. The server may keep
running. FILE contains the text of every session, and is the same for sessions in
PostgreSQL, whose nodes and standbys --database can name.

corust restore puts the copy back. You can also copy sessions.db*, or just
sessions.db while the server is stopped: a server that starts with a database that
may not be the one it last had gives every session a new epoch, and open pages send
what they have not sent yet. The server cannot notice that a whole volume or machine
was rolled back; start it once with --restored then.`,
		Example: `  corust backup --database /var/lib/corust/sessions.db sessions-$(date +%F).db
  corust backup --database postgres://corust@db.internal/corust sessions.db`,
		Args: one("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if from := a.config.Serve.Database; postgres.Names(from) {
				return a.backupPostgres(cmd.Context(), from, args[0])
			}
			path, err := a.database()
			if err != nil {
				return err
			}
			return a.backup(cmd.Context(), path, args[0])
		},
	}
	databaseFlag(cmd)
	return cmd
}

func newRestore(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore [flags] FILE",
		Short: "Replace the database of sessions with a copy",
		Long: `Replace the database with FILE while corust serve is stopped. FILE is a copy that
corust backup made, or any other copy of a database, with its -wal file beside it if
there was one; it does not change. The previous database is kept under another name
in the same directory. The permanent links in FILE-snapshots are added to those that
there are.

A PostgreSQL database must be empty: make a new one, restore to it, and have the nodes
use it. A temporary copy of FILE needs room in the directory for temporary files.

At the next start every session gets a new epoch, and open pages send what they have
not sent yet.`,
		Example: `  corust restore --database /var/lib/corust/sessions.db sessions-2026-01-31.db
  corust restore --database postgres://corust@db.internal/restored sessions-2026-01-31.db`,
		Args: one("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if to := a.config.Serve.Database; postgres.Names(to) {
				return a.restorePostgres(cmd.Context(), args[0], to)
			}
			path, err := a.database()
			if err != nil {
				return err
			}
			return a.restore(cmd.Context(), args[0], path)
		},
	}
	databaseFlag(cmd)
	return cmd
}

func databaseFlag(cmd *cobra.Command) {
	cmd.Flags().String("database", "", "the database (default as for corust serve)")
	setsKey(cmd, "database", "serve.database")
}

// database is the file of the sessions.
func (a *app) database() (string, error) {
	switch path := a.config.Serve.Database; {
	case path == config.InMemory:
		return "", errors.New("sessions in memory have no file")
	case postgres.Names(path):
		return "", errors.New("sessions in PostgreSQL have no file")
	case path == "":
		return databasePath()
	default:
		return path, nil
	}
}

// fileAt returns an error of the kind missing unless path is a file.
func fileAt(path string, missing error) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", missing, unwrapPath(path, err))
	case info.IsDir():
		return fmt.Errorf("%w: %s is a directory", missing, path)
	}
	return nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// snapshotsOf is the directory of the permanent links that belong to a database.
func snapshotsOf(database string) string { return database + "-snapshots" }

// andLinks says how many permanent links were copied beside a database, if there were any.
func andLinks(n int, database string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", and %d permanent links to %s", n, snapshotsOf(database))
}

// backup copies the database at path, and its permanent links.
func (a *app) backup(ctx context.Context, path, to string) error {
	if err := fileAt(path, errNoDatabase); err != nil {
		return err
	}
	links, err := withLinks(to, func(dir string) (int, error) {
		return snapshot.Copy(ctx, snapshotsOf(path), dir, func(string) error { return nil })
	}, func() error { return sqlite.Backup(ctx, path, to) })
	if err != nil {
		return err
	}
	a.say("copied %s to %s%s", path, to, andLinks(links, to))
	return nil
}

// backupPostgres is backup of a PostgreSQL database.
func (a *app) backupPostgres(ctx context.Context, from, to string) (err error) {
	view, err := postgres.OpenView(ctx, from)
	if err != nil {
		return fmt.Errorf("%w: %w", errPostgres, err)
	}
	defer closing(&err, "the database", view.Close)
	sessions := 0
	links, err := withLinks(to, func(dir string) (int, error) {
		return snapshot.Write(dir, func(yield func(snapshot.Stored, error) bool) {
			for k, err := range view.Kept(ctx) {
				if !yield(snapshot.Stored{ID: snapshot.ID(k.ID), Data: k.Data, Read: k.Read}, err) {
					return
				}
			}
		})
	}, func() (err error) {
		sessions, err = sqlite.BackupOf(ctx, view, to)
		return err
	})
	if err != nil {
		return err
	}
	a.say("copied %d sessions from PostgreSQL at %s to %s%s", sessions, view.Where(), to, andLinks(links, to))
	return nil
}

// withLinks makes a back-up: first the permanent links, in a directory, whose number it
// returns, and then the sessions. After an error, there is neither.
func withLinks(to string, links func(dir string) (int, error), sessions func() error) (n int, err error) {
	// The links first: where the database cannot be copied, there is no FILE, and nothing
	// that looks like a whole copy.
	dir := snapshotsOf(to)
	if parent := filepath.Dir(to); !isDir(parent) {
		return 0, fmt.Errorf("backup: there is no directory %s", parent)
	}
	for _, path := range []string{dir, to} {
		if _, err := os.Lstat(path); err == nil {
			return 0, fmt.Errorf("backup: %s: %w", path, os.ErrExist)
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	if n, err = links(dir); err != nil {
		return 0, err
	}
	return n, sessions()
}

func (a *app) restore(ctx context.Context, from, path string) error {
	if err := fileAt(from, errNoCopy); err != nil {
		return err
	}
	if parent := filepath.Dir(path); !isDir(parent) {
		return fmt.Errorf("%w: there is no directory %s", errDatabase, parent)
	}
	if isDir(path) {
		return fmt.Errorf("%w: %s is a directory", errDatabase, path)
	}
	replaced, err := sqlite.Restore(ctx, from, path)
	if replaced != "" {
		a.say("what was in its place is now %s", replaced)
	}
	if err != nil {
		return inUse(path, err)
	}
	like, err := os.Stat(path)
	if err != nil {
		return err
	}
	links, err := snapshot.Copy(ctx, snapshotsOf(from), snapshotsOf(path), func(made string) error { return sqlite.GiveTo(made, like) })
	if err != nil {
		return err
	}
	a.say("copied %s to %s%s", from, path, andLinks(links, path))
	return nil
}

// restorePostgres is restore to an empty PostgreSQL database.
func (a *app) restorePostgres(ctx context.Context, file, to string) (err error) {
	if err := fileAt(file, errNoCopy); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "corust-restore-")
	if err != nil {
		return err
	}
	defer closing(&err, dir, func() error { return os.RemoveAll(dir) })
	// A copy, since a store writes to its file. Its sessions get new epochs.
	path := filepath.Join(dir, "sessions.db")
	if err := sqlite.Backup(ctx, file, path); err != nil {
		return err
	}
	from, err := sqlite.Open(ctx, path, sqlite.Config{})
	if err != nil {
		return err
	}
	defer closing(&err, path, from.Close)
	done, err := importTo(ctx, to, from, file)
	if err == nil {
		a.say("%s", done)
	}
	return err
}
