package sqlite

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

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// statements are those of the write path, prepared once.
type statements struct {
	find, term, advance, insert, last, pushed, journal, trim *sql.Stmt
}

const insertEntry = "INSERT INTO entries (sid, version, file, client, seq, at, changes, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

func (st *statements) prepare(ctx context.Context, conn *sql.Conn) (err error) {
	for _, p := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&st.find, findRow},
		{&st.term, "UPDATE sessions SET term = ? WHERE sid = ?"},
		{&st.advance, "UPDATE sessions SET head = ?, edited = ? WHERE sid = ? AND epoch = ? AND head = ?"},
		{&st.insert, insertEntry},
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
	for _, s := range []*sql.Stmt{st.find, st.term, st.advance, st.insert, st.last, st.pushed, st.journal, st.trim} {
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
	term         store.Term
}

const findRow = "SELECT sid, epoch, head, oldest, term FROM sessions WHERE id = ?"

func scanRow(r *sql.Row, id wire.SessionID) (row, error) {
	var s row
	err := r.Scan(&s.sid, &s.epoch, &s.head, &s.oldest, &s.term)
	if errors.Is(err, sql.ErrNoRows) {
		return s, notFound(id)
	}
	return s, classify(err)
}

func notFound(id wire.SessionID) error {
	return errRefused{fmt.Errorf("session %q: %w", id, store.ErrNotFound)}
}

func (r row) conflict() error { return errRefused{&store.ConflictError{Epoch: r.epoch, Head: r.head}} }

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

// Create implements [store.Store].
func (s *Store) Create(ctx context.Context, id wire.SessionID, snap wire.Snapshot, at time.Time) error {
	return s.submit(ctx, onRows, func(ctx context.Context) error {
		if _, err := scanRow(s.stmt.find.QueryRowContext(ctx, string(id)), id); err == nil {
			return errRefused{fmt.Errorf("session %q: %w", id, store.ErrExists)}
		} else if !errors.Is(err, store.ErrNotFound) {
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
			sid, string(id), string(snap.Epoch), int64(snap.Version), int64(snap.Version), store.Millis(at), store.Millis(at))
		if err != nil {
			return err
		}
		return putSnapshot(ctx, s.conn, sid, snap)
	})
}

// putSnapshot replaces the snapshot of a session: a row for each file. That of the main file
// also has the last push of each client.
func putSnapshot(ctx context.Context, conn *sql.Conn, sid int64, snap wire.Snapshot) error {
	acked, err := json.Marshal(snap.Acked)
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "DELETE FROM snapshots WHERE sid = ?", sid); err != nil {
		return err
	}
	insert, err := conn.PrepareContext(ctx, "INSERT INTO snapshots (sid, file, version, path, text, acked, sum) VALUES (?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, f := range snap.Files {
		row := snapshotRow{f, []byte{}}
		if f.ID == wire.MainFile {
			row.acked = acked
		}
		_, err := insert.ExecContext(ctx, sid, int64(f.ID), int64(snap.Version), f.Path, []byte(f.Text), row.acked, row.sum(snap.Version))
		if err != nil {
			return err
		}
	}
	return nil
}

// snapshotRow is a file of a snapshot in the form in which it is kept.
type snapshotRow struct {
	wire.File
	acked []byte
}

// sum is the checksum of the row. That of the main file leaves out the file, and the
// default path, as rows that are older than these columns do.
func (r snapshotRow) sum(v wire.Version) int64 {
	numbers, parts := []int64{int64(v)}, [][]byte{[]byte(r.Text), r.acked}
	if r.ID != wire.MainFile {
		numbers = append(numbers, int64(r.ID))
	}
	if r.ID != wire.MainFile || r.Path != wire.DefaultPath {
		parts = append(parts, []byte(r.Path))
	}
	return checksum(numbers, parts...)
}

// view runs do on one state of the file.
func (s *Store) view(ctx context.Context, do func(*sql.Tx) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return store.ErrClosed
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
	return scanRow(q.QueryRowContext(ctx, findRow, string(id)), id)
}

// readLog calls do with one state of a session's log, if that holds a version of an
// epoch: its row, its head, and what of it is not in the table entries.
func (s *Store) readLog(ctx context.Context, id wire.SessionID, epoch wire.Epoch, v wire.Version, do func(tx *sql.Tx, r row, head wire.Version, tail look) error) error {
	tail := s.journal.look(id)
	return s.view(ctx, func(tx *sql.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		head, _ := tail.head(r)
		switch {
		case tail.err != nil:
			return tail.err
		case r.epoch != epoch || v < r.oldest || v > head:
			return errRefused{&store.ConflictError{Epoch: r.epoch, Head: head}}
		case head > r.head && tail.base > r.head:
			return fmt.Errorf("the journal continues version %d, the entries end at %d: %w", tail.base, r.head, store.ErrCorrupt)
		}
		return do(tx, r, head, tail)
	})
}

// Replay implements [store.Store].
func (s *Store) Replay(ctx context.Context, id wire.SessionID, epoch wire.Epoch, from, to wire.Version, do func(wire.Version, wire.Entry) error) error {
	return s.readLog(ctx, id, epoch, from, func(tx *sql.Tx, r row, head wire.Version, tail look) error {
		to := min(to, head)
		if from <= r.head {
			if err := replay(ctx, tx, r, from, to, do); err != nil {
				return err
			}
		}
		for v, e := range tail.between(max(from, r.head), to) {
			entry, err := e.entry(v)
			if err == nil {
				err = do(v, entry)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// replay hands over the entries behind a version that have left the journal, and
// makes sure that they are all there and as they were written.
func replay(ctx context.Context, q querier, r row, from, to wire.Version, do func(wire.Version, wire.Entry) error) error {
	to = max(from, min(to, r.head))
	// Without a bound where the end is the head: what lies behind it is an error.
	bound := to
	if to == r.head {
		bound = store.Head
	}
	rows, err := q.QueryContext(ctx, "SELECT version, file, client, seq, at, changes, sum FROM entries WHERE sid = ? AND version > ? AND version <= ? ORDER BY version", r.sid, int64(from), int64(bound))
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
			return fmt.Errorf("entry %d is followed by %d: %w", next-1, v, store.ErrCorrupt)
		case next > r.head:
			return fmt.Errorf("entry %d is behind the head, %d: %w", v, r.head, store.ErrCorrupt)
		case sum != rec.sum(wire.Version(v)):
			return fmt.Errorf("checksum of entry %d: %w", v, store.ErrCorrupt)
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
	if next != to+1 {
		return fmt.Errorf("%d entries behind version %d, want %d: %w", next-from-1, from, to-from, store.ErrCorrupt)
	}
	return nil
}

// Reach implements [store.Store]. It reads no changes, only their lengths.
func (s *Store) Reach(ctx context.Context, id wire.SessionID, epoch wire.Epoch, to wire.Version, n, bytes int) (wire.Version, error) {
	out := to
	err := s.readLog(ctx, id, epoch, to, func(tx *sql.Tx, r row, _ wire.Version, tail look) error {
		var sizes []int
		for _, e := range tail.between(r.head, to) {
			sizes = append(sizes, len(e.changes))
		}
		rows, err := tx.QueryContext(ctx, "SELECT length(changes) FROM entries WHERE sid = ? AND version <= ? ORDER BY version DESC LIMIT ?", r.sid, int64(to), n)
		if err != nil {
			return err
		}
		defer rows.Close()
		out = store.ReachBack(to, n, bytes, func(yield func(int) bool) {
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

// Snapshot implements [store.Store].
func (s *Store) Snapshot(ctx context.Context, id wire.SessionID) (wire.Snapshot, error) {
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
	rows, err := q.QueryContext(ctx, "SELECT file, version, path, text, acked, sum FROM snapshots WHERE sid = ? ORDER BY file", r.sid)
	if err != nil {
		return wire.Snapshot{}, err
	}
	defer rows.Close()
	var acked []byte
	for rows.Next() {
		var file snapshotRow
		var version wire.Version
		var sum int64
		if err := rows.Scan(&file.ID, &version, &file.Path, &file.Text, &file.acked, &sum); err != nil {
			return wire.Snapshot{}, err
		}
		if len(snap.Files) == 0 {
			snap.Version, acked = version, file.acked
		}
		switch {
		case sum != file.sum(version):
			return wire.Snapshot{}, fmt.Errorf("checksum of the snapshot of file %d at %d: %w", file.ID, version, store.ErrCorrupt)
		case version != snap.Version:
			return wire.Snapshot{}, fmt.Errorf("snapshot of file %d at %d, of the first at %d: %w", file.ID, version, snap.Version, store.ErrCorrupt)
		}
		snap.Files = append(snap.Files, file.File)
	}
	switch err := rows.Err(); {
	case err != nil:
		return wire.Snapshot{}, err
	case len(snap.Files) == 0 || snap.Files[0].ID != wire.MainFile:
		return wire.Snapshot{}, fmt.Errorf("a session without a snapshot of its main file: %w", store.ErrCorrupt)
	case snap.Version < r.oldest || snap.Version > r.head:
		return wire.Snapshot{}, fmt.Errorf("snapshot at %d, log from %d to %d: %w", snap.Version, r.oldest, r.head, store.ErrCorrupt)
	}
	if err := json.Unmarshal(acked, &snap.Acked); err != nil {
		return wire.Snapshot{}, fmt.Errorf("snapshot at %d: %w: %w", snap.Version, store.ErrCorrupt, err)
	}
	return snap, nil
}

// Checkpoint implements [store.Store].
func (s *Store) Checkpoint(ctx context.Context, id wire.SessionID, epoch wire.Epoch, v wire.Version) (wire.Snapshot, error) {
	var snap wire.Snapshot
	tail := s.journal.look(id)
	err := s.view(ctx, func(tx *sql.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.epoch != epoch {
			r.head, _ = tail.head(r)
			return r.conflict()
		}
		var at wire.Version
		var data []byte
		// The last one up to v, or else the first, unless the snapshot is that.
		err = tx.QueryRowContext(ctx, `SELECT version, files FROM checkpoints WHERE sid = ?1 AND version = coalesce(
			(SELECT max(version) FROM checkpoints WHERE sid = ?1 AND version BETWEEN ?2 AND ?3), (SELECT min(version) FROM checkpoints WHERE sid = ?1 AND version >= ?2))`,
			r.sid, int64(r.oldest), int64(v)).Scan(&at, &data)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err == nil {
			var last wire.Version
			if err := tx.QueryRowContext(ctx, "SELECT version FROM snapshots WHERE sid = ? AND file = 0", r.sid).Scan(&last); err != nil {
				return err
			}
			if store.Nearest(at, last, v) {
				snap = wire.Snapshot{Epoch: r.epoch, Version: at}
				snap.Files, err = store.DecodeFiles(data)
				return err
			}
		}
		snap, err = readSnapshot(ctx, tx, r)
		snap.Acked = nil
		return err
	})
	return snap, err
}

// Settings implements [store.Store].
func (s *Store) Settings(ctx context.Context, id wire.SessionID) ([]byte, error) {
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

// infos are the columns that scanInfo reads.
const infos = "sid, id, epoch, head, created, edited, term"

// scanInfo reads a row of infos. The tail of its session must have been looked at
// before the row was read; the owner is looked at after it.
func (s *Store) scanInfo(from interface{ Scan(...any) error }, tail func(wire.SessionID) look) (i store.Info, err error) {
	var sid, created, edited int64
	if err := from.Scan(&sid, &i.ID, &i.Epoch, &i.Head, &created, &edited, &i.Term); err != nil {
		return i, err
	}
	if head, last := tail(i.ID).head(row{sid: sid, head: i.Head}); head > i.Head {
		i.Head, edited = head, last
	}
	i.Created, i.Edited = store.FromMillis(created), store.FromMillis(edited)
	if o := s.owners.of(sid); o.node != "" {
		i.Owner, i.Term = o.node, o.term
	}
	return i, nil
}

// Info implements [store.Store].
func (s *Store) Info(ctx context.Context, id wire.SessionID) (i store.Info, err error) {
	tail := s.journal.look(id)
	err = s.view(ctx, func(tx *sql.Tx) error {
		i, err = s.scanInfo(tx.QueryRowContext(ctx, "SELECT "+infos+" FROM sessions WHERE id = ?", string(id)), func(wire.SessionID) look { return tail })
		if errors.Is(err, sql.ErrNoRows) {
			return notFound(id)
		}
		return err
	})
	return i, err
}

// Expired implements [store.Store]. It reads all rows, since an index over the time of
// the last edit would cost each append something.
func (s *Store) Expired(ctx context.Context, before time.Time, limit int) (out []store.Info, err error) {
	tails := s.journal.looks()
	err = s.view(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT "+infos+" FROM sessions WHERE edited < ? OR id LIKE 'draft-%'", store.Millis(before))
		if err != nil {
			return err
		}
		defer rows.Close()
		for len(out) < limit && rows.Next() {
			i, err := s.scanInfo(rows, func(id wire.SessionID) look { return tails[id] })
			if err != nil {
				return err
			}
			if i.Owner == "" && (i.Edited.Before(before) || store.IsDraft(i.ID)) {
				out = append(out, i)
			}
		}
		return rows.Err()
	})
	return out, err
}

// DeleteIdle implements [store.Store].
func (s *Store) DeleteIdle(ctx context.Context, i store.Info) error {
	return s.submit(ctx, onRows, func(ctx context.Context) error {
		r, err := find(ctx, s.conn, i.ID)
		if err != nil {
			return err
		}
		if o := s.owners.held[r.sid]; o.node != "" {
			return errRefused{fmt.Errorf("session %q: %w", i.ID, &store.ElsewhereError{Node: o.node})}
		}
		if r.head = s.headOf(i.ID, r); r.epoch != i.Epoch || r.head != i.Head {
			return r.conflict()
		}
		return s.erase(ctx, i.ID, r.sid)
	})
}

// erase removes a session and everything of it.
func (s *Store) erase(ctx context.Context, id wire.SessionID, sid int64) error {
	for _, table := range []string{"entries", "snapshots", "checkpoints", "runs", "sessions"} {
		if _, err := s.conn.ExecContext(ctx, "DELETE FROM "+table+" WHERE sid = ?", sid); err != nil {
			return err
		}
	}
	s.owners.set(sid, owner{})
	s.journal.remove(id)
	return s.dropAside(ctx, sid)
}
