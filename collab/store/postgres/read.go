package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/jackc/pgx/v5"
)

// reader is the [store.Reader] of one state of a database, or of the latest.
type reader struct {
	// within calls do in a transaction that sees one state of the database.
	within func(ctx context.Context, do func(pgx.Tx) error) error
}

const sessionColumns = "id, epoch, head, created, edited, owner, term"

// scanInfo reads a row of sessionColumns, and more.
func scanInfo(r pgx.Row, more ...any) (i store.Info, err error) {
	var created, edited int64
	err = r.Scan(append([]any{&i.ID, &i.Epoch, &i.Head, &created, &edited, &i.Owner, &i.Term}, more...)...)
	i.Created, i.Edited = store.FromMillis(created), store.FromMillis(edited)
	return i, err
}

// Info implements [store.Reader].
func (in reader) Info(ctx context.Context, id wire.SessionID) (i store.Info, err error) {
	err = in.within(ctx, func(tx pgx.Tx) error {
		i, err = scanInfo(tx.QueryRow(ctx, "SELECT "+sessionColumns+" FROM sessions WHERE id = $1", string(id)))
		return missing(err, notFound(id))
	})
	return i, err
}

// missing replaces the error that tells that there is no row.
func missing(err, by error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return by
	}
	return err
}

// Snapshot implements [store.Reader].
func (in reader) Snapshot(ctx context.Context, id wire.SessionID) (snap wire.Snapshot, err error) {
	var body []byte
	err = in.within(ctx, func(tx pgx.Tx) error {
		return missing(tx.QueryRow(ctx, "SELECT body FROM sessions JOIN snapshots USING (sid) WHERE id = $1", string(id)).Scan(&body), notFound(id))
	})
	if err != nil {
		return snap, err
	}
	if err := json.Unmarshal(body, &snap); err != nil {
		return snap, fmt.Errorf("snapshot of session %q: %w: %w", string(id), store.ErrCorrupt, err)
	}
	return snap, nil
}

// find reads the row of a session.
func find(ctx context.Context, q querier, id wire.SessionID) (r row, err error) {
	err = q.QueryRow(ctx, "SELECT sid, epoch, head, oldest FROM sessions WHERE id = $1", string(id)).Scan(&r.sid, &r.epoch, &r.head, &r.oldest)
	return r, missing(err, notFound(id))
}

// Replay implements [store.Reader].
func (in reader) Replay(ctx context.Context, id wire.SessionID, epoch wire.Epoch, from, to wire.Version, do func(wire.Version, wire.Entry) error) error {
	return in.within(ctx, func(tx pgx.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		if epoch != r.epoch || from < r.oldest || from > r.head {
			return r.conflict()
		}
		rows, err := tx.Query(ctx, "SELECT version, file, client, seq, at, changes FROM entries WHERE sid = $1 AND version > $2 AND version <= $3 ORDER BY version", r.sid, int64(from), int64(to))
		if err != nil {
			return err
		}
		defer rows.Close()
		at := from
		for rows.Next() {
			v, e, err := scanEntry(rows)
			if err != nil {
				return err
			}
			if at++; v != at {
				return fmt.Errorf("session %q has entry %d after %d: %w", string(id), v, at-1, store.ErrCorrupt)
			}
			if err := do(v, e); err != nil {
				return err
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if at < min(to, r.head) {
			return fmt.Errorf("session %q is at version %d and has no entry after %d: %w", string(id), r.head, at, store.ErrCorrupt)
		}
		return nil
	})
}

func scanEntry(rows pgx.Rows) (v wire.Version, e wire.Entry, err error) {
	var at int64
	var changes []byte
	if err := rows.Scan(&v, &e.File, &e.Client, &e.Seq, &at, &changes); err != nil {
		return v, e, err
	}
	e.At = store.FromMillis(at)
	if err = e.DecodeChange(changes); err != nil {
		err = fmt.Errorf("entry %d: %w: %w", v, store.ErrCorrupt, err)
	}
	return v, e, err
}

// Reach implements [store.Reader].
func (in reader) Reach(ctx context.Context, id wire.SessionID, epoch wire.Epoch, to wire.Version, n, bytes int) (v wire.Version, err error) {
	err = in.within(ctx, func(tx pgx.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		if epoch != r.epoch || to < r.oldest || to > r.head {
			return r.conflict()
		}
		rows, err := tx.Query(ctx, "SELECT octet_length(changes) FROM entries WHERE sid = $1 AND version <= $2 ORDER BY version DESC LIMIT $3", r.sid, int64(to), max(0, n))
		if err != nil {
			return err
		}
		defer rows.Close()
		v = store.ReachBack(to, n, bytes, func(yield func(int) bool) {
			for rows.Next() {
				var size int
				if err = rows.Scan(&size); err != nil || !yield(size) {
					return
				}
			}
		})
		rows.Close()
		return errors.Join(err, rows.Err())
	})
	return v, err
}

// Checkpoint implements [store.Reader].
func (in reader) Checkpoint(ctx context.Context, id wire.SessionID, epoch wire.Epoch, v wire.Version) (snap wire.Snapshot, err error) {
	err = in.within(ctx, func(tx pgx.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		if epoch != r.epoch {
			return r.conflict()
		}
		var last, at wire.Version
		var body, data []byte
		if err := tx.QueryRow(ctx, "SELECT version FROM snapshots WHERE sid = $1", r.sid).Scan(&last); err != nil {
			return err
		}
		// The last one up to v, or else the first, unless the snapshot is that.
		err = tx.QueryRow(ctx, `SELECT version, files FROM checkpoints WHERE sid = $1 AND version = coalesce(
			(SELECT max(version) FROM checkpoints WHERE sid = $1 AND version BETWEEN $2 AND $3), (SELECT min(version) FROM checkpoints WHERE sid = $1 AND version >= $2))`,
			r.sid, int64(r.oldest), int64(v)).Scan(&at, &data)
		switch {
		case err != nil && !errors.Is(err, pgx.ErrNoRows):
			return err
		case err == nil && store.Nearest(at, last, v):
			snap = wire.Snapshot{Epoch: r.epoch, Version: at}
			snap.Files, err = store.DecodeFiles(data)
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT body FROM snapshots WHERE sid = $1", r.sid).Scan(&body); err != nil {
			return err
		}
		if err := json.Unmarshal(body, &snap); err != nil {
			return fmt.Errorf("snapshot of session %q: %w: %w", string(id), store.ErrCorrupt, err)
		}
		snap.Acked = nil
		return nil
	})
	return snap, err
}

// Settings implements [store.Reader].
func (in reader) Settings(ctx context.Context, id wire.SessionID) (data []byte, err error) {
	err = in.within(ctx, func(tx pgx.Tx) error {
		return missing(tx.QueryRow(ctx, "SELECT settings FROM sessions WHERE id = $1", string(id)).Scan(&data), notFound(id))
	})
	return data, err
}

const runColumns = "id, version, by, started, ended, verdict, node, term, about"

func scanRun(r pgx.Row, more ...any) (run store.Run, err error) {
	var started, ended int64
	err = r.Scan(append([]any{&run.ID, &run.Version, &run.By, &started, &ended, &run.Verdict, &run.Node, &run.Term, &run.About}, more...)...)
	run.Started, run.Ended = store.FromMillis(started), store.FromMillis(ended)
	return run, err
}

// Runs implements [store.Reader].
func (in reader) Runs(ctx context.Context, id wire.SessionID) (out []store.Run, err error) {
	err = in.within(ctx, func(tx pgx.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, "SELECT "+runColumns+" FROM runs WHERE sid = $1 ORDER BY n", r.sid)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (store.Run, error) { return scanRun(r) })
		return err
	})
	return out, err
}

// Run implements [store.Reader].
func (in reader) Run(ctx context.Context, id wire.SessionID, run string) (out store.Run, err error) {
	err = in.within(ctx, func(tx pgx.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		var output, source []byte
		out, err = scanRun(tx.QueryRow(ctx, "SELECT "+runColumns+", output, source FROM runs WHERE sid = $1 AND id = $2", r.sid, run), &output, &source)
		if err != nil {
			return missing(err, fmt.Errorf("run %q: %w", run, store.ErrNoRun))
		}
		out.Output = output
		if source != nil {
			text := string(source)
			out.Source = &text
		}
		return nil
	})
	return out, err
}
