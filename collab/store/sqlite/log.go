package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Append implements [store.Log].
func (l *log) Append(ctx context.Context, expected wire.Version, entries []wire.Entry) error {
	// Encoded by the caller's goroutine, not by the one that all wait for.
	r := pack(entries)
	return l.submit(ctx, appending, func(ctx context.Context) error {
		if r.n > 0 {
			if err := l.s.forWork(ctx); err != nil {
				return err
			}
		}
		return l.s.stage(ctx, l.id, l.grant.Epoch, expected, r)
	})
}

// PutSnapshot implements [store.Log]. The entries are moved in a transaction before that of
// the snapshot, so that an append waits for only one of them.
func (l *log) PutSnapshot(ctx context.Context, snap wire.Snapshot, trim wire.Version) error {
	conn := l.s.conn
	if err := l.submit(ctx, onRows, func(ctx context.Context) error { return l.s.foldSession(ctx, l.id) }); err != nil {
		return err
	}
	return l.submit(ctx, onRows, func(ctx context.Context) error {
		if err := l.s.foldSession(ctx, l.id); err != nil {
			return err
		}
		r, err := find(ctx, conn, l.id)
		if err != nil {
			return err
		}
		if snap.Epoch != r.epoch || snap.Version > r.head || trim > snap.Version {
			return r.conflict()
		}
		var have int64
		err = conn.QueryRowContext(ctx, "SELECT version FROM snapshots WHERE sid = ? AND file = 0", r.sid).Scan(&have)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if snap.Version >= wire.Version(have) {
			if err := putSnapshot(ctx, conn, r.sid, snap); err != nil {
				return err
			}
		}
		if trim <= r.oldest {
			return nil
		}
		if _, err := conn.ExecContext(ctx, "DELETE FROM entries WHERE sid = ? AND version <= ?", r.sid, int64(trim)); err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, "DELETE FROM checkpoints WHERE sid = ? AND version < ?", r.sid, int64(trim)); err != nil {
			return err
		}
		_, err = conn.ExecContext(ctx, "UPDATE sessions SET oldest = ? WHERE sid = ?", int64(trim), r.sid)
		return err
	})
}

// PutCheckpoint implements [store.Log].
func (l *log) PutCheckpoint(ctx context.Context, snap wire.Snapshot) error {
	data, err := store.EncodeFiles(snap.Files)
	if err != nil {
		return err
	}
	return l.submit(ctx, onRows, func(ctx context.Context) error {
		if err := l.s.forWork(ctx); err != nil {
			return err
		}
		r, err := find(ctx, l.s.conn, l.id)
		if err != nil {
			return err
		}
		if r.head = l.s.headOf(l.id, r); snap.Epoch != r.epoch || snap.Version > r.head || snap.Version < r.oldest {
			return r.conflict()
		}
		return putCheckpoint(ctx, l.s.conn, r.sid, snap.Version, data)
	})
}

// putCheckpoint keeps what store.EncodeFiles made of a checkpoint.
func putCheckpoint(ctx context.Context, conn *sql.Conn, sid int64, v wire.Version, files []byte) error {
	_, err := conn.ExecContext(ctx, "INSERT OR REPLACE INTO checkpoints (sid, version, files) VALUES (?, ?, ?)", sid, int64(v), files)
	return err
}

// PutSettings implements [store.Log].
func (l *log) PutSettings(ctx context.Context, data []byte) error {
	return l.submit(ctx, onRows, func(ctx context.Context) error {
		_, err := l.s.conn.ExecContext(ctx, "UPDATE sessions SET settings = ? WHERE sid = ?", blob(data), l.sid)
		return err
	})
}

// Rename implements [store.Log].
func (l *log) Rename(ctx context.Context, to wire.SessionID, edited time.Time) error {
	return l.submit(ctx, onRows, func(ctx context.Context) error {
		if _, err := find(ctx, l.s.conn, to); err == nil {
			return errRefused{fmt.Errorf("session %q: %w", to, store.ErrExists)}
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		// The tail has the old id: its records are moved, and nobody appends to it.
		if err := l.s.foldSession(ctx, l.id); err != nil {
			return err
		}
		l.s.journal.remove(l.id)
		l.s.owners.set(l.sid, owner{})
		_, err := l.s.conn.ExecContext(ctx, "UPDATE sessions SET id = ?1, edited = coalesce(nullif(?2, 0), edited) WHERE sid = ?3", string(to), store.Millis(edited), l.sid)
		return err
	})
}

// Release implements [store.Log]. It writes nothing.
func (l *log) Release(ctx context.Context) error {
	return l.submit(ctx, onRows, func(context.Context) error {
		l.s.owners.set(l.sid, owner{})
		return nil
	})
}

// Delete implements [store.Log].
func (l *log) Delete(ctx context.Context) error {
	return l.submit(ctx, onRows, func(ctx context.Context) error { return l.s.erase(ctx, l.id, l.sid) })
}
