package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/corust-dev/corust/collab/store"
)

// BackupOf writes the sessions of another store to a file that must not exist, as [Backup]
// would, and returns their number. It keeps one session's text and one entry in memory.
func BackupOf(ctx context.Context, from store.Source, to string) (sessions int, err error) {
	err = makeCopy(to, func(part string) error {
		// Nobody reads the file before it is whole, so it needs no journal of SQLite.
		return with(dsn(part, "journal_mode(OFF)", "synchronous(FULL)"), func(db *sql.DB) error {
			conn, err := db.Conn(ctx)
			if err != nil {
				return err
			}
			defer conn.Close()
			if err := migrate(ctx, conn, migrations); err != nil {
				return err
			}
			return transact(ctx, conn, func() error {
				for i, err := range from.Sessions(ctx) {
					if err != nil {
						return err
					}
					sessions++
					if err := importSession(ctx, conn, int64(sessions), from, i); err != nil {
						return fmt.Errorf("session %q: %w", string(i.ID), err)
					}
				}
				_, err := conn.ExecContext(ctx, setRestored, isCopy)
				return err
			})
		})
	})
	if err != nil {
		return 0, fmt.Errorf("backup: %w", err)
	}
	return sessions, nil
}

// importSession copies one session.
func importSession(ctx context.Context, conn *sql.Conn, sid int64, from store.Reader, info store.Info) error {
	c, err := info.Read(ctx, from)
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "INSERT INTO sessions (sid, id, epoch, head, oldest, created, edited, settings, term) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		sid, string(c.ID), string(c.Epoch), int64(c.Head), int64(c.Oldest), store.Millis(c.Created), store.Millis(c.Edited), blob(c.Settings), int64(c.Term))
	if err != nil {
		return err
	}
	if err := putSnapshot(ctx, conn, sid, c.Snapshot); err != nil {
		return err
	}
	if err := importEntries(ctx, conn, sid, c); err != nil {
		return err
	}
	for snap, err := range c.Checkpoints {
		if err != nil {
			return err
		}
		files, err := store.EncodeFiles(snap.Files)
		if err != nil {
			return err
		}
		if err := putCheckpoint(ctx, conn, sid, snap.Version, files); err != nil {
			return err
		}
	}
	for run, err := range c.Runs {
		if err != nil {
			return err
		}
		if err := putRun(ctx, conn, sid, run); err != nil {
			return err
		}
	}
	return nil
}

// importEntries copies the log of a session.
func importEntries(ctx context.Context, conn *sql.Conn, sid int64, c store.Contents) (err error) {
	insert, err := conn.PrepareContext(ctx, insertEntry)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	v := c.Oldest
	for e, err := range c.Entries {
		if err != nil {
			return err
		}
		v++
		if err := putEntry(ctx, insert, sid, v, record{e.File, e.Client, e.Seq, store.Millis(e.At), e.AppendChange(nil)}); err != nil {
			return err
		}
	}
	return nil
}
