package main

import (
	"context"
	"fmt"
	"net/url"
	"path"

	"github.com/spf13/cobra"

	"github.com/corust-dev/corust/collab/store/postgres"
	"github.com/corust-dev/corust/internal/snapshot"
)

func newSnapshots(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "snapshots",
		Short: "Delete permanent links of a server",
		Args:  noArgs,
		RunE:  listCommands,
	}
	cmd.AddCommand(newSnapshotsDelete(a))
	return cmd
}

func newSnapshotsDelete(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "delete [flags] LINK...",
		Short: "Delete permanent links",
		Long: `Delete what permanent links lead to. LINK is an address such as
https://corust.example.org/p/ID, or the ID alone. The server may keep running.

Anyone can make a link, and the same content always has the same link, so only the
operator can delete it. Anyone with the content can share it again. Copies that corust
backup made keep it.`,
		Example: `  corust snapshots delete --database /var/lib/corust/sessions.db https://corust.example.org/p/8c7dd922ad47494fc02c388e12c00eac`,
		Args:    some("LINK"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ids := make([]snapshot.ID, 0, len(args))
			for _, link := range args {
				id, err := linkID(link)
				if err != nil {
					return err
				}
				ids = append(ids, id)
			}
			for _, id := range ids {
				if err := a.deleteSnapshot(cmd.Context(), id); err != nil {
					return err
				}
				a.say("deleted %s", id)
			}
			return nil
		},
	}
	databaseFlag(cmd)
	return cmd
}

// linkID returns the ID in a permanent link.
func linkID(link string) (snapshot.ID, error) {
	u, err := url.Parse(link)
	if err == nil {
		if id := snapshot.ID(path.Base(u.Path)); id.Valid() {
			return id, nil
		}
	}
	return "", fmt.Errorf("%q is not a permanent link (want an address that ends in /p/ID, or an ID of 32 hexadecimal digits)", link)
}

func (a *app) deleteSnapshot(ctx context.Context, id snapshot.ID) error {
	if name := a.config.Serve.Database; postgres.Names(name) {
		db, err := postgres.Open(ctx, name, postgres.Config{})
		if err != nil {
			return fmt.Errorf("%w: %w", errPostgres, err)
		}
		err = db.Forget(ctx, string(id))
		closing(&err, "the database", db.Close)
		return err
	}
	database, err := a.database()
	if err != nil {
		return err
	}
	dir := snapshotsOf(database)
	if err := snapshot.Delete(dir, id); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return nil
}
