package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/internal/config"
	"github.com/spf13/cobra"
)

func newBackup(a *app) *cobra.Command {
	var database string
	cmd := &cobra.Command{
		Use:   "backup [flags] FILE",
		Short: "Copy the sessions of corust serve to a file",
		Long: `backup writes one state of all sessions to FILE, which must not exist. The
server may go on meanwhile.

To restore: stop the server, put the copy in the place of the database, remove
the files beside it that end in -wal and -shm, and start. Pages that are open
then notice that history is another, and bring what they have not sent.`,
		Example: `  corust backup --database /var/lib/corust/sessions.db sessions-$(date +%F).db`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if database == "" {
				database = a.config.Serve.Database
			}
			return a.backup(cmd.Context(), database, args[0])
		},
	}
	cmd.Flags().StringVar(&database, "database", "", "the database (default as for corust serve)")
	return cmd
}

func (a *app) backup(ctx context.Context, database, to string) (err error) {
	if database == config.InMemory {
		return errors.New("sessions in memory cannot be copied")
	}
	if database == "" {
		if database, err = databasePath(); err != nil {
			return err
		}
	}
	// To open would make it.
	if _, err := os.Stat(database); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	db, err := store.OpenSQLite(ctx, database, store.Options{})
	if err != nil {
		return err
	}
	defer closing(&err, "database", db.Close)
	if err := db.Backup(ctx, to); err != nil {
		return err
	}
	a.say("copied %s to %s", database, to)
	return nil
}
