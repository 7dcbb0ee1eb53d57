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
	"github.com/corust-dev/corust/collab/wire"
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
	snap, err := from.Snapshot(ctx, info.ID)
	if err != nil {
		return err
	}
	body, err := json.Marshal(snap)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	settings, err := from.Settings(ctx, info.ID)
	if err != nil {
		return err
	}
	oldest, err := from.Reach(ctx, info.ID, info.Epoch, info.Head, math.MaxInt, math.MaxInt)
	if err != nil {
		return err
	}
	free := context.WithoutCancel(ctx)
	var sid int64
	err = tx.QueryRow(free, "INSERT INTO sessions (id, epoch, head, oldest, created, edited, term, settings) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING sid",
		string(info.ID), string(info.Epoch), int64(info.Head), int64(oldest), store.Millis(info.Created), store.Millis(info.Edited), int64(info.Term), blob(settings)).Scan(&sid)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(free, "INSERT INTO snapshots (sid, version, body) VALUES ($1, $2, $3)", sid, int64(snap.Version), body); err != nil {
		return err
	}
	if err := importEntries(ctx, tx, from, info, oldest, sid); err != nil {
		return err
	}
	if err := importCheckpoints(ctx, tx, from, info, snap.Version, sid); err != nil {
		return err
	}
	runs, err := from.Runs(ctx, info.ID)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r, err = from.Run(ctx, info.ID, r.ID); err != nil {
			return err
		}
		if err := insertRun(free, tx, sid, r); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// importCheckpoints copies the checkpoints of a session before its last snapshot.
func importCheckpoints(ctx context.Context, tx pgx.Tx, from store.Store, info store.Info, before wire.Version, sid int64) error {
	for {
		c, err := from.Checkpoint(ctx, info.ID, info.Epoch, before-1)
		if err != nil || c.Version >= before {
			return err
		}
		data, err := store.EncodeFiles(c.Files)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(context.WithoutCancel(ctx), "INSERT INTO checkpoints (sid, version, files) VALUES ($1, $2, $3)", sid, int64(c.Version), data); err != nil {
			return err
		}
		before = c.Version
	}
}

// importEntries streams the log of a session.
func importEntries(ctx context.Context, tx pgx.Tx, from store.Store, info store.Info, oldest wire.Version, sid int64) error {
	var failed error
	next, stop := iter.Pull(func(yield func([]any) bool) {
		failed = from.Replay(ctx, info.ID, info.Epoch, oldest, store.Head, func(v wire.Version, e wire.Entry) error {
			if !yield([]any{sid, int64(v), int64(e.File), string(e.Client), int64(e.Seq), store.Millis(e.At), e.AppendChange(nil)}) {
				return context.Canceled // the copy has ended before
			}
			return nil
		})
	})
	defer stop()
	_, err := tx.CopyFrom(context.WithoutCancel(ctx), pgx.Identifier{"entries"}, []string{"sid", "version", "file", "client", "seq", "at", "changes"}, pgx.CopyFromFunc(func() ([]any, error) {
		row, ok := next()
		if !ok {
			return nil, failed
		}
		return row, nil
	}))
	if failed != nil {
		return failed // and not what the database says of it
	}
	return err
}
