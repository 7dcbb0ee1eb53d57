package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"time"

	"github.com/corust-dev/corust/collab/wire"
)

// statements are those of the write path, prepared once.
type statements struct {
	find, advance, insert, last, pushed, journal, trim *sql.Stmt
}

func (st *statements) prepare(ctx context.Context, conn *sql.Conn) (err error) {
	for _, p := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&st.find, "SELECT sid, epoch, head, oldest FROM sessions WHERE id = ?"},
		{&st.advance, "UPDATE sessions SET head = ?, edited = ? WHERE sid = ? AND epoch = ? AND head = ?"},
		{&st.insert, "INSERT INTO entries (sid, version, file, client, seq, at, changes, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
		{&st.last, "SELECT coalesce(max(seq), 0) FROM entries WHERE sid = ? AND client = ?"},
		{&st.pushed, "SELECT count(*) FROM entries WHERE sid = ? AND client = ? AND seq = ?"},
		{&st.journal, "INSERT INTO journal (n, records, sum, form) VALUES (?, ?, ?, 1)"},
		{&st.trim, "DELETE FROM journal WHERE n >= 0 AND n < ?"},
	} {
		if *p.to, err = conn.PrepareContext(ctx, p.sql); err != nil {
			return err
		}
	}
	return nil
}

// Close lets go of the statements. SQLite does not close a file, and so does not
// bring its log into it, while there are any.
func (st *statements) Close() error {
	var errs []error
	for _, s := range []*sql.Stmt{st.find, st.advance, st.insert, st.last, st.pushed, st.journal, st.trim} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}

// row is a session as the write path and the read path know it.
type row struct {
	sid          int64
	epoch        wire.Epoch
	head, oldest wire.Version
}

func scanRow(r *sql.Row, id wire.SessionID) (row, error) {
	var s row
	err := r.Scan(&s.sid, &s.epoch, &s.head, &s.oldest)
	if errors.Is(err, sql.ErrNoRows) {
		return s, errRefused{fmt.Errorf("session %q: %w", id, ErrNotFound)}
	}
	return s, classify(err)
}

func (r row) conflict() error { return errRefused{&ConflictError{r.epoch, r.head}} }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum covers numbers and bytes in a way that does not mix them up.
func checksum(numbers []int64, parts ...[]byte) int64 {
	sum := uint32(0)
	var b [8]byte
	add := func(n int64) {
		binary.LittleEndian.PutUint64(b[:], uint64(n))
		sum = crc32.Update(sum, castagnoli, b[:])
	}
	for _, n := range numbers {
		add(n)
	}
	for _, p := range parts {
		add(int64(len(p)))
		sum = crc32.Update(sum, castagnoli, p)
	}
	return int64(sum)
}

// Create implements [Store].
func (s *SQLite) Create(ctx context.Context, id wire.SessionID, snap wire.Snapshot, at time.Time) error {
	return s.submit(ctx, onRows, func(ctx context.Context) error {
		if _, err := scanRow(s.stmt.find.QueryRowContext(ctx, string(id)), id); err == nil {
			return errRefused{fmt.Errorf("session %q: %w", id, ErrExists)}
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := s.forSession(ctx); err != nil {
			return err
		}
		// A sid is not given out again, as SQLite would do with the highest:
		// the journal may still name it.
		s.journal.sids++
		sid := s.journal.sids
		_, err := s.conn.ExecContext(ctx, "INSERT INTO sessions (sid, id, epoch, head, oldest, created, edited) VALUES (?, ?, ?, ?, ?, ?, ?)",
			sid, string(id), string(snap.Epoch), int64(snap.Version), int64(snap.Version), millis(at), millis(at))
		if err != nil {
			return err
		}
		return putSnapshot(ctx, s.conn, sid, snap)
	})
}

func putSnapshot(ctx context.Context, conn *sql.Conn, sid int64, snap wire.Snapshot) error {
	acked, err := json.Marshal(snap.Acked)
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, `INSERT INTO snapshots (sid, file, version, text, acked, sum) VALUES (?, 0, ?, ?, ?, ?)
		ON CONFLICT (sid, file) DO UPDATE SET version = excluded.version, text = excluded.text, acked = excluded.acked, sum = excluded.sum`,
		sid, int64(snap.Version), []byte(snap.Text), acked, checksum([]int64{int64(snap.Version)}, []byte(snap.Text), acked))
	return err
}

// Append implements [Store].
func (s *SQLite) Append(ctx context.Context, id wire.SessionID, epoch wire.Epoch, expected wire.Version, entries []wire.Entry) error {
	// Encoded by the caller's goroutine, not by the one that all wait for.
	r := pack(entries)
	return s.submit(ctx, appending, func(ctx context.Context) error {
		if r.n > 0 {
			if err := s.forWork(ctx); err != nil {
				return err
			}
		}
		return s.stage(ctx, id, epoch, expected, r)
	})
}

// view runs do on one state of the file.
func (s *SQLite) view(ctx context.Context, do func(*sql.Tx) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return ErrClosed
	}
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return classify(err)
	}
	defer tx.Rollback()
	err = do(tx)
	var refused errRefused
	if errors.As(err, &refused) {
		return refused.error
	}
	return classify(err)
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func find(ctx context.Context, q querier, id wire.SessionID) (row, error) {
	return scanRow(q.QueryRowContext(ctx, "SELECT sid, epoch, head, oldest FROM sessions WHERE id = ?", string(id)), id)
}

// Replay implements [Store].
func (s *SQLite) Replay(ctx context.Context, id wire.SessionID, epoch wire.Epoch, from wire.Version, do func(wire.Version, wire.Entry) error) error {
	tail := s.journal.look(id)
	return s.view(ctx, func(tx *sql.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		file := r
		r.head, _ = tail.head(r)
		switch {
		case tail.err != nil:
			return tail.err
		case r.epoch != epoch || from < r.oldest || from > r.head:
			return r.conflict()
		}
		next := from + 1
		if from <= file.head {
			if err := replay(ctx, tx, file, from, do); err != nil {
				return err
			}
			next = file.head + 1
		}
		for i, e := range tail.records.all() {
			if v := tail.base + wire.Version(i) + 1; v == next && v <= r.head {
				entry, err := e.entry(v)
				if err == nil {
					err = do(v, entry)
				}
				if err != nil {
					return err
				}
				next++
			}
		}
		return nil
	})
}

// replay hands over the entries behind a version that have left the journal, and
// makes sure that they are all there and as they were written.
func replay(ctx context.Context, q querier, r row, from wire.Version, do func(wire.Version, wire.Entry) error) error {
	rows, err := q.QueryContext(ctx, "SELECT version, file, client, seq, at, changes, sum FROM entries WHERE sid = ? AND version > ? ORDER BY version", r.sid, int64(from))
	if err != nil {
		return err
	}
	defer rows.Close()
	next := from + 1
	for ; rows.Next(); next++ {
		var v, sum int64
		var rec record
		if err := rows.Scan(&v, &rec.file, &rec.client, &rec.seq, &rec.at, &rec.changes, &sum); err != nil {
			return err
		}
		switch {
		case wire.Version(v) != next:
			return fmt.Errorf("entry %d is followed by %d: %w", next-1, v, ErrCorrupt)
		case next > r.head:
			return fmt.Errorf("entry %d is behind the head, %d: %w", v, r.head, ErrCorrupt)
		case sum != rec.sum(wire.Version(v)):
			return fmt.Errorf("checksum of entry %d: %w", v, ErrCorrupt)
		}
		e, err := rec.entry(wire.Version(v))
		if err == nil {
			err = do(next, e)
		}
		if err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if next != r.head+1 {
		return fmt.Errorf("%d entries behind version %d, want %d: %w", next-from-1, from, r.head-from, ErrCorrupt)
	}
	return nil
}

// Reach implements [Store]. It reads no changes, only their lengths.
func (s *SQLite) Reach(ctx context.Context, id wire.SessionID, epoch wire.Epoch, to wire.Version, n, bytes int) (wire.Version, error) {
	tail := s.journal.look(id)
	out := to
	err := s.view(ctx, func(tx *sql.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		file := r
		r.head, _ = tail.head(r)
		switch {
		case tail.err != nil:
			return tail.err
		case r.epoch != epoch || to < r.oldest || to > r.head:
			return r.conflict()
		}
		var sizes []int // of the tail's entries up to to that are not in the file
		for i, e := range tail.records.all() {
			if v := tail.base + wire.Version(i) + 1; v > file.head && v <= to {
				sizes = append(sizes, len(e.changes))
			}
		}
		rows, err := tx.QueryContext(ctx, "SELECT length(changes) FROM entries WHERE sid = ? AND version <= ? ORDER BY version DESC LIMIT ?", r.sid, int64(to), n)
		if err != nil {
			return err
		}
		defer rows.Close()
		out = reach(to, n, bytes, func(yield func(int) bool) {
			for _, size := range slices.Backward(sizes) {
				if !yield(size) {
					return
				}
			}
			for rows.Next() {
				var size int
				if err = rows.Scan(&size); err != nil || !yield(size) {
					return
				}
			}
		})
		return errors.Join(err, rows.Err())
	})
	return max(out, 0), err
}

// Snapshot implements [Store].
func (s *SQLite) Snapshot(ctx context.Context, id wire.SessionID) (wire.Snapshot, error) {
	var snap wire.Snapshot
	err := s.view(ctx, func(tx *sql.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		snap, err = readSnapshot(ctx, tx, r)
		return err
	})
	return snap, err
}

func readSnapshot(ctx context.Context, q querier, r row) (wire.Snapshot, error) {
	snap := wire.Snapshot{Epoch: r.epoch}
	var text, acked []byte
	var sum int64
	err := q.QueryRowContext(ctx, "SELECT version, text, acked, sum FROM snapshots WHERE sid = ? AND file = 0", r.sid).Scan(&snap.Version, &text, &acked, &sum)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return wire.Snapshot{}, fmt.Errorf("a session without a snapshot: %w", ErrCorrupt)
	case err != nil:
		return wire.Snapshot{}, err
	case sum != checksum([]int64{int64(snap.Version)}, text, acked):
		return wire.Snapshot{}, fmt.Errorf("checksum of the snapshot at %d: %w", snap.Version, ErrCorrupt)
	case snap.Version < r.oldest || snap.Version > r.head:
		return wire.Snapshot{}, fmt.Errorf("snapshot at %d, log from %d to %d: %w", snap.Version, r.oldest, r.head, ErrCorrupt)
	}
	if err := json.Unmarshal(acked, &snap.Acked); err != nil {
		return wire.Snapshot{}, fmt.Errorf("snapshot at %d: %w: %w", snap.Version, ErrCorrupt, err)
	}
	snap.Text = string(text)
	return snap, nil
}

// PutSnapshot implements [Store].
func (s *SQLite) PutSnapshot(ctx context.Context, id wire.SessionID, snap wire.Snapshot, trim wire.Version) error {
	return s.submit(ctx, onRows, func(ctx context.Context) error {
		if err := s.foldSession(ctx, id); err != nil {
			return err
		}
		r, err := find(ctx, s.conn, id)
		if err != nil {
			return err
		}
		if snap.Epoch != r.epoch || snap.Version > r.head || trim > snap.Version {
			return r.conflict()
		}
		var have int64
		err = s.conn.QueryRowContext(ctx, "SELECT version FROM snapshots WHERE sid = ? AND file = 0", r.sid).Scan(&have)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if snap.Version >= wire.Version(have) {
			if err := putSnapshot(ctx, s.conn, r.sid, snap); err != nil {
				return err
			}
		}
		if trim <= r.oldest {
			return nil
		}
		if _, err := s.conn.ExecContext(ctx, "DELETE FROM entries WHERE sid = ? AND version <= ?", r.sid, int64(trim)); err != nil {
			return err
		}
		_, err = s.conn.ExecContext(ctx, "UPDATE sessions SET oldest = ? WHERE sid = ?", int64(trim), r.sid)
		return err
	})
}

// PutSettings implements [Store].
func (s *SQLite) PutSettings(ctx context.Context, id wire.SessionID, data []byte) error {
	return s.submit(ctx, onRows, func(ctx context.Context) error {
		r, err := find(ctx, s.conn, id)
		if err != nil {
			return err
		}
		_, err = s.conn.ExecContext(ctx, "UPDATE sessions SET settings = ? WHERE sid = ?", blob(data), r.sid)
		return err
	})
}

// Settings implements [Store].
func (s *SQLite) Settings(ctx context.Context, id wire.SessionID) ([]byte, error) {
	var data []byte
	err := s.view(ctx, func(tx *sql.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT settings FROM sessions WHERE sid = ?", r.sid).Scan(&data)
	})
	return data, err
}

// Sessions implements [Store].
func (s *SQLite) Sessions(ctx context.Context) ([]Info, error) {
	var out []Info
	tails := s.journal.looks()
	err := s.view(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT sid, id, epoch, head, created, edited FROM sessions ORDER BY id")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var i Info
			var sid, created, edited int64
			if err := rows.Scan(&sid, &i.ID, &i.Epoch, &i.Head, &created, &edited); err != nil {
				return err
			}
			if head, last := tails[i.ID].head(row{sid: sid, head: i.Head}); head > i.Head {
				i.Head, edited = head, last
			}
			i.Created, i.Edited = fromMillis(created), fromMillis(edited)
			out = append(out, i)
		}
		return rows.Err()
	})
	return out, err
}

// Delete implements [Store].
func (s *SQLite) Delete(ctx context.Context, id wire.SessionID) error {
	return s.submit(ctx, onRows, func(ctx context.Context) error {
		r, err := find(ctx, s.conn, id)
		if err != nil {
			return err
		}
		for _, table := range []string{"entries", "snapshots", "runs", "sessions"} {
			if _, err := s.conn.ExecContext(ctx, "DELETE FROM "+table+" WHERE sid = ?", r.sid); err != nil {
				return err
			}
		}
		s.journal.remove(id)
		return s.dropAside(ctx, r.sid)
	})
}

// Rename implements [Store].
func (s *SQLite) Rename(ctx context.Context, id, to wire.SessionID) error {
	return s.submit(ctx, onRows, func(ctx context.Context) error {
		r, err := find(ctx, s.conn, id)
		if err != nil {
			return err
		}
		if _, err := find(ctx, s.conn, to); err == nil {
			return errRefused{fmt.Errorf("session %q: %w", to, ErrExists)}
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
		// The tail has the old id: its records are moved, and nobody appends to it.
		if err := s.foldSession(ctx, id); err != nil {
			return err
		}
		s.journal.remove(id)
		_, err = s.conn.ExecContext(ctx, "UPDATE sessions SET id = ? WHERE sid = ?", string(to), r.sid)
		return err
	})
}
