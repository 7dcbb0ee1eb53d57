package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"

	"github.com/spf13/cobra"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/postgres"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/internal/snapshot"
)

func newMigrate(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate [flags] FILE",
		Short: "Copy the sessions of one server to PostgreSQL",
		Long: `Copy all sessions from FILE, the database of a stopped server, to an empty PostgreSQL
database: texts, changes, settings, runs, and the permanent links in the directory
FILE-snapshots. It copies everything or, after an error, nothing.

Pages that are open continue with the new database. FILE stays. If a server uses FILE
again, every session there gets a new epoch.`,
		Example: `  corust migrate --database postgres://corust@db.internal/corust /var/lib/corust/sessions.db`,
		Args:    one("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			to := a.config.Serve.Database
			if !postgres.Names(to) {
				return fmt.Errorf("invalid --database %q (want the new database, such as postgres://user@host/name)", to)
			}
			return a.migrate(cmd.Context(), args[0], to)
		},
	}
	databaseFlag(cmd)
	return cmd
}

func (a *app) migrate(ctx context.Context, path, to string) (err error) {
	if err := fileAt(path, errNoDatabase); err != nil {
		return err
	}
	from, err := sqlite.Open(ctx, path, sqlite.Config{})
	if err != nil {
		return inUse(path, err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if why := from.Renewed(); why != "" {
		a.say("every session of %s got a new epoch, since %s", path, why)
	}
	done, err := importTo(ctx, to, from, path)
	if err != nil && !errors.Is(err, store.ErrUnknown) {
		return err
	}
	// An interrupt must not leave two databases that both continue the sessions.
	if failed := from.Retire(context.WithoutCancel(ctx)); failed != nil {
		err = errors.Join(err, fmt.Errorf("the sessions were copied, but %s is not marked as a copy (use it again only with corust serve --restored): %w", path, failed))
	}
	if err != nil {
		return err
	}
	a.say("%s", done)
	return nil
}

// importTo copies the sessions of a store, whose file is path, and the permanent links beside
// it to an empty PostgreSQL database. It returns a sentence about what it did.
func importTo(ctx context.Context, to string, from store.Store, path string) (done string, err error) {
	db, err := postgres.Open(ctx, to, postgres.Config{})
	if err != nil {
		return "", fmt.Errorf("%w: %w", errPostgres, err)
	}
	defer closing(&err, "the database", db.Close)
	links := 0
	sessions, err := db.Import(ctx, from, kept(snapshotsOf(path), &links))
	if errors.Is(err, postgres.ErrNotEmpty) {
		return "", fmt.Errorf("%w: %s has sessions or permanent links already", errPostgres, db.Where())
	}
	return fmt.Sprintf("copied %d sessions and %d permanent links from %s to PostgreSQL at %s", sessions, links, path, db.Where()), err
}

// kept returns the permanent links in a directory, if it is there, and counts them.
func kept(dir string, n *int) iter.Seq2[postgres.Kept, error] {
	return func(yield func(postgres.Kept, error) bool) {
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			return
		}
		links, err := snapshot.Open(dir, snapshot.Limits{})
		if err != nil {
			yield(postgres.Kept{}, err)
			return
		}
		for s, err := range links.All() {
			*n++
			if !yield(postgres.Kept{ID: string(s.ID), Data: s.Data, Read: s.Read}, err) {
				return
			}
		}
	}
}
