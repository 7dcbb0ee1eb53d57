package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/jackc/pgx/v5"
)

// log is a handle on a session. It knows the session by its number, which no other ever
// gets.
type log struct {
	s     *Store
	sid   int64
	node  store.Node
	grant store.Grant
}

// row is a session as its owner or a reader finds it.
type row struct {
	sid          int64
	epoch        wire.Epoch
	head, oldest wire.Version
}

func (r row) conflict() error { return &store.ConflictError{Epoch: r.epoch, Head: r.head} }

// Grant implements [store.Log].
func (l *log) Grant() store.Grant { return l.grant }

// row reads the session's row, if the handle owns it. Lock is how the row is locked, such as
// " FOR UPDATE".
func (l *log) row(ctx context.Context, q querier, lock string) (row, error) {
	r := row{sid: l.sid}
	var id, owner string
	var term store.Term
	err := q.QueryRow(ctx, "SELECT id, epoch, head, oldest, owner, term FROM sessions WHERE sid = $1"+lock, l.sid).Scan(&id, &r.epoch, &r.head, &r.oldest, &owner, &term)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return r, fmt.Errorf("session number %d: %w", l.sid, store.ErrNotFound)
	case err != nil:
		return r, err
	case owner == "" || term != l.grant.Term:
		return r, fmt.Errorf("session %q in term %d: %w", id, l.grant.Term, store.ErrFenced)
	}
	return r, nil
}

// write runs do in a transaction in which nobody else can change the session's row, if the
// handle owns the session.
func (l *log) write(ctx context.Context, do func(context.Context, pgx.Tx, row) error) error {
	return l.s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		r, err := l.row(ctx, tx, " FOR UPDATE")
		if err != nil {
			return err
		}
		return do(ctx, tx, r)
	})
}

// PutSnapshot implements [store.Log].
func (l *log) PutSnapshot(ctx context.Context, snap wire.Snapshot, trim wire.Version) error {
	body, err := json.Marshal(snap)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return l.write(ctx, func(ctx context.Context, tx pgx.Tx, r row) error {
		if snap.Epoch != r.epoch || snap.Version > r.head || trim > snap.Version {
			return r.conflict()
		}
		if _, err := tx.Exec(ctx, "UPDATE snapshots SET version = $2, body = $3 WHERE sid = $1 AND version <= $2", l.sid, int64(snap.Version), body); err != nil {
			return err
		}
		if trim <= r.oldest {
			return nil
		}
		if _, err := tx.Exec(ctx, "DELETE FROM entries WHERE sid = $1 AND version <= $2", l.sid, int64(trim)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM checkpoints WHERE sid = $1 AND version < $2", l.sid, int64(trim)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE sessions SET oldest = $2 WHERE sid = $1", l.sid, int64(trim))
		return err
	})
}

// PutCheckpoint implements [store.Log].
func (l *log) PutCheckpoint(ctx context.Context, snap wire.Snapshot) error {
	data, err := store.EncodeFiles(snap.Files)
	if err != nil {
		return err
	}
	return l.write(ctx, func(ctx context.Context, tx pgx.Tx, r row) error {
		if snap.Epoch != r.epoch || snap.Version > r.head || snap.Version < r.oldest {
			return r.conflict()
		}
		_, err := tx.Exec(ctx, "INSERT INTO checkpoints (sid, version, files) VALUES ($1, $2, $3) ON CONFLICT (sid, version) DO UPDATE SET files = excluded.files", l.sid, int64(snap.Version), data)
		return err
	})
}

// PutSettings implements [store.Log].
func (l *log) PutSettings(ctx context.Context, data []byte) error {
	return l.write(ctx, func(ctx context.Context, tx pgx.Tx, _ row) error {
		_, err := tx.Exec(ctx, "UPDATE sessions SET settings = $2 WHERE sid = $1", l.sid, blob(data))
		return err
	})
}

// blob is never NULL.
func blob(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}

// insertRun keeps a record as it is, in place of one with its id, but for the source.
func insertRun(ctx context.Context, tx pgx.Tx, sid int64, r store.Run) error {
	var source []byte
	if r.Source != nil {
		source = blob([]byte(*r.Source))
	}
	_, err := tx.Exec(ctx, `INSERT INTO runs (sid, id, version, by, started, ended, verdict, node, term, about, output, source)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (sid, id) DO UPDATE SET version = excluded.version, by = excluded.by, started = excluded.started, ended = excluded.ended,
			verdict = excluded.verdict, node = excluded.node, term = excluded.term, about = excluded.about, output = excluded.output`,
		sid, r.ID, int64(r.Version), string(r.By), store.Millis(r.Started), store.Millis(r.Ended), r.Verdict, string(r.Node), int64(r.Term), blob(r.About), blob(r.Output), source)
	return err
}

// PutRun implements [store.Log].
func (l *log) PutRun(ctx context.Context, r store.Run) error {
	r.Node, r.Term = l.node, l.grant.Term
	return l.write(ctx, func(ctx context.Context, tx pgx.Tx, _ row) error {
		if err := insertRun(ctx, tx, l.sid, r); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM runs WHERE sid = $1 AND n <= (SELECT n FROM runs WHERE sid = $1 ORDER BY n DESC OFFSET $2 LIMIT 1)", l.sid, store.MaxRuns); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE runs SET source = NULL FROM (SELECT n, sum(octet_length(source)) OVER (ORDER BY n DESC) AS total FROM runs WHERE sid = $1) AS sizes
			WHERE runs.n = sizes.n AND source IS NOT NULL AND total > $2`, l.sid, store.MaxSources)
		return err
	})
}

// Rename implements [store.Log].
func (l *log) Rename(ctx context.Context, to wire.SessionID, edited time.Time) error {
	err := l.write(ctx, func(ctx context.Context, tx pgx.Tx, _ row) error {
		_, err := tx.Exec(ctx, "UPDATE sessions SET id = $2, owner = '', edited = coalesce(nullif($3::bigint, 0), edited) WHERE sid = $1", l.sid, string(to), store.Millis(edited))
		return err
	})
	if errors.Is(err, store.ErrDuplicate) {
		return fmt.Errorf("session %q: %w", string(to), store.ErrExists)
	}
	return err
}

// Release implements [store.Log].
func (l *log) Release(ctx context.Context) error {
	return l.write(ctx, func(ctx context.Context, tx pgx.Tx, _ row) error {
		_, err := tx.Exec(ctx, "UPDATE sessions SET owner = '' WHERE sid = $1", l.sid)
		return err
	})
}

// Delete implements [store.Log].
func (l *log) Delete(ctx context.Context) error {
	return l.write(ctx, func(ctx context.Context, tx pgx.Tx, _ row) error { return erase(ctx, tx, l.sid) })
}

// erase deletes a session whose row is locked.
func erase(ctx context.Context, tx pgx.Tx, sid int64) error {
	for _, table := range []string{"entries", "snapshots", "runs", "sessions"} {
		if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE sid = $1", sid); err != nil {
			return err
		}
	}
	return nil
}
