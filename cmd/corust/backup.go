package main

import (
	"cmp"
	"context"
	"errors"

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
server may go on meanwhile. Whoever reads FILE reads every text in it.

corust restore puts it back. Other copies do as well, of the file of a stopped
server or of all files whose names begin like it: when a server starts on a file
that may not be the one it had last, it tells the pages that are open that
history is another, and they bring what they have not sent. Only the state of a
whole volume or machine put back cannot be noticed; start the server once with
--restored then.`,
		Example: `  corust backup --database /var/lib/corust/sessions.db sessions-$(date +%F).db`,
		Args:    one("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := a.database(database)
			if err != nil {
				return err
			}
			if err := store.Backup(cmd.Context(), path, args[0]); err != nil {
				return err
			}
			a.say("copied %s to %s", path, args[0])
			return nil
		},
	}
	databaseFlag(cmd, &database)
	return cmd
}

func newRestore(a *app) *cobra.Command {
	var database string
	cmd := &cobra.Command{
		Use:   "restore [flags] FILE",
		Short: "Put a copy of the sessions in the place of the database",
		Long: `restore puts a copy of the sessions in the place of the database, while corust
serve is stopped. FILE was written by corust backup, or is any other copy of a
database, with its -wal file beside it if it had one; it stays as it is. What was
in the place is kept beside it under another name.

Pages that are open notice at the next start that history is another, and bring
what they have not sent.`,
		Example: `  corust restore --database /var/lib/corust/sessions.db sessions-2026-01-31.db`,
		Args:    one("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := a.database(database)
			if err != nil {
				return err
			}
			return a.restore(cmd.Context(), args[0], path)
		},
	}
	databaseFlag(cmd, &database)
	return cmd
}

func databaseFlag(cmd *cobra.Command, to *string) {
	cmd.Flags().StringVar(to, "database", "", "the database (default as for corust serve)")
}

// database is the file that a flag, or else the configuration, names.
func (a *app) database(flag string) (string, error) {
	path := cmp.Or(flag, a.config.Serve.Database)
	switch path {
	case config.InMemory:
		return "", errors.New("sessions in memory have no file")
	case "":
		return databasePath()
	}
	return path, nil
}

func (a *app) restore(ctx context.Context, from, path string) error {
	replaced, err := store.Restore(ctx, from, path)
	if replaced != "" {
		a.say("what was in its place is now %s", replaced)
	}
	if err != nil {
		return inUse(path, err)
	}
	a.say("copied %s to %s", from, path)
	return nil
}
