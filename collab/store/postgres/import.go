package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/jackc/pgx/v5"
)

// ErrNotEmpty is returned by [Store.Import] if the database has sessions or kept content.
var ErrNotEmpty = errors.New("the database is not empty")

// Kept is content that [Store.Keep] would store, and when it was last stored or read.
type Kept struct {
	ID   string
	Data []byte
	Read time.Time
}

// Import copies every session of another store, which no node may serve meanwhile, and
// content that is kept, in one transaction: after an error other than [store.ErrUnknown]
// the database is as it was. Epochs, versions and terms stay, so clients that come here
// next notice nothing. It returns the number of sessions. It fails with [ErrNotEmpty] if
// the database has anything already.
func (s *Store) Import(ctx context.Context, from store.Store, kept iter.Seq2[Kept, error]) (sessions int, err error) {
	all, err := from.Expired(ctx, time.UnixMilli(math.MaxInt64), math.MaxInt)
	if err != nil {
		return 0, err
	}
	if !s.task() {
		return 0, store.ErrClosed
	}
	defer s.tasks.Done()
	c, err := s.writers.Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer c.Release()
	s.warning(c.Conn().PgConn())
	free := context.WithoutCancel(ctx) // see the package's documentation
	tx, err := c.Begin(free)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(free)
	if err := importAll(ctx, tx, from, all, kept); err != nil {
		return 0, err
	}
	if err := classify(tx.Commit(free)); err != nil {
		return 0, err
	}
	if text := s.warning(c.Conn().PgConn()); text != "" {
		return 0, fmt.Errorf("the database warns: %s: %w", text, store.ErrUnknown)
	}
	return len(all), nil
}

// importAll does the work of Import. It ends soon after ctx does.
func importAll(ctx context.Context, tx pgx.Tx, from store.Store, all []store.Info, kept iter.Seq2[Kept, error]) error {
	free := context.WithoutCancel(ctx)
	// The lock makes nodes that serve this database wait.
	if _, err := tx.Exec(free, "LOCK TABLE sessions, kept IN EXCLUSIVE MODE"); err != nil {
		return err
	}
	var there bool
	if err := tx.QueryRow(free, "SELECT EXISTS (SELECT 1 FROM sessions) OR EXISTS (SELECT 1 FROM kept)").Scan(&there); err != nil {
		return err
	}
	if there {
		return ErrNotEmpty
	}
	for _, info := range all {
		if err := importSession(ctx, tx, from, info); err != nil {
			return fmt.Errorf("session %q: %w", string(info.ID), err)
		}
	}
	for k, err := range kept {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if _, err := tx.Exec(free, "INSERT INTO kept (id, data, read) VALUES ($1, $2, $3)", k.ID, blob(k.Data), k.Read); err != nil {
			return err
		}
	}
	return nil
}

// importSession copies one session. Reads end with ctx; writes do not.
func importSession(ctx context.Context, tx pgx.Tx, from store.Store, info store.Info) error {
	c, err := info.Read(ctx, from)
	if err != nil {
		return err
	}
	body, err := json.Marshal(c.Snapshot)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	free := context.WithoutCancel(ctx)
	var sid int64
	err = tx.QueryRow(free, "INSERT INTO sessions (id, epoch, head, oldest, created, edited, term, settings) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING sid",
		string(c.ID), string(c.Epoch), int64(c.Head), int64(c.Oldest), store.Millis(c.Created), store.Millis(c.Edited), int64(c.Term), blob(c.Settings)).Scan(&sid)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(free, "INSERT INTO snapshots (sid, version, body) VALUES ($1, $2, $3)", sid, int64(c.Snapshot.Version), body); err != nil {
		return err
	}
	if err := importEntries(free, tx, sid, c); err != nil {
		return err
	}
	for snap, err := range c.Checkpoints {
		if err != nil {
			return err
		}
		data, err := store.EncodeFiles(snap.Files)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(free, "INSERT INTO checkpoints (sid, version, files) VALUES ($1, $2, $3)", sid, int64(snap.Version), data); err != nil {
			return err
		}
	}
	for r, err := range c.Runs {
		if err != nil {
			return err
		}
		if err := insertRun(free, tx, sid, r); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// importEntries streams the log of a session.
func importEntries(ctx context.Context, tx pgx.Tx, sid int64, c store.Contents) error {
	next, stop := iter.Pull2(c.Entries)
	defer stop()
	var failed error
	v := c.Oldest
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"entries"}, []string{"sid", "version", "file", "client", "seq", "at", "changes"}, pgx.CopyFromFunc(func() ([]any, error) {
		e, err, ok := next()
		if !ok || err != nil {
			failed = err
			return nil, err
		}
		v++
		return []any{sid, int64(v), int64(e.File), string(e.Client), int64(e.Seq), store.Millis(e.At), e.AppendChange(nil)}, nil
	}))
	if failed != nil {
		return failed // and not what the database says of it
	}
	return err
}
