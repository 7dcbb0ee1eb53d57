package main

import (
	"context"
	"errors"
	"fmt"
	"os"

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
running. FILE contains the text of every session.

corust restore puts the copy back. You can also copy sessions.db*, or just
sessions.db while the server is stopped: a server that starts with a database that
may not be the one it last had gives every session a new epoch, and open pages send
what they have not sent yet. The server cannot notice that a whole volume or machine
was rolled back; start it once with --restored then.`,
		Example: `  corust backup --database /var/lib/corust/sessions.db sessions-$(date +%F).db`,
		Args:    one("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
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

At the next start every session gets a new epoch, and open pages send what they have
not sent yet.`,
		Example: `  corust restore --database /var/lib/corust/sessions.db sessions-2026-01-31.db`,
		Args:    one("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
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
		return "", errors.New("sessions in PostgreSQL have no file: copy the database with pg_dump, put it back with pg_restore, and start one node with --restored then")
	case path == "":
		return databasePath()
	default:
		return path, nil
	}
}

// snapshotsOf is the directory of the permanent links that belong to a database.
func snapshotsOf(database string) string { return database + "-snapshots" }

func (a *app) backup(ctx context.Context, path, to string) (err error) {
	// The links first: where the database cannot be copied, there is no FILE, and nothing
	// that looks like a whole copy.
	dir := snapshotsOf(to)
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("backup: %s: %w", dir, os.ErrExist)
	}
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("backup: %s: %w", to, os.ErrExist)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	links, err := snapshot.Copy(ctx, snapshotsOf(path), dir, func(string) error { return nil })
	if err != nil {
		return err
	}
	if err := sqlite.Backup(ctx, path, to); err != nil {
		return err
	}
	a.say("copied %s to %s, and %d permanent links to %s", path, to, links, dir)
	return nil
}

func (a *app) restore(ctx context.Context, from, path string) error {
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
	a.say("copied %s to %s, and %d permanent links to %s", from, path, links, snapshotsOf(path))
	return nil
}
