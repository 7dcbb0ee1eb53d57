package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

const (
	// foldAbove is how many bytes the tails may take before commits fold some:
	// those of about 80,000 entries. The more they are, the more entries of a
	// session are moved at once, to the same few pages; and the longer it takes
	// to open a file that was not closed: some tenths of a second.
	foldAbove = 4 << 20
	// foldRows is how many times as much the rows may take. Those behind the oldest
	// tail's first stay, also where the sessions they belong to have none any more:
	// a session that rests would keep them as long as others are at work.
	foldRows = 4
	// foldRecords is how many entries a commit moves, or as many as it brings.
	foldRecords = 64
	// foldIdle is how many a transaction moves that has nothing else to do.
	foldIdle = 1024
)

// foldSome moves tails to entries, within a transaction, the oldest first: while
// they take more than above bytes, or the rows since then foldRows times as much,
// and until it has moved limit records.
func (s *Store) foldSome(ctx context.Context, above, limit int) error {
	j := &s.journal
	size := j.size
	for _, next := range j.order {
		if limit <= 0 || size <= above && j.written-next.written <= foldRows*above {
			break
		}
		t := next.tail
		if next.past() || t.folded || t.gone {
			continue
		}
		if err := s.foldTail(ctx, t); err != nil {
			return err
		}
		size -= len(t.records.data)
		limit -= t.records.n
	}
	return nil
}

// foldSession moves the tail of one session, for a request that looks at its rows.
func (s *Store) foldSession(ctx context.Context, id wire.SessionID) error {
	t := s.journal.tails[id]
	if t == nil || t.gone || t.folded || t.records.n == 0 {
		return nil
	}
	if t.err == nil {
		if err := s.foldTail(ctx, t); err != nil {
			return err
		}
	}
	if t.err != nil {
		return errRefused{t.err}
	}
	return nil
}

// foldTail moves one tail. Where the file contradicts it, the tail is set aside
// with the reason, and the transaction goes on without.
func (s *Store) foldTail(ctx context.Context, t *tail) error {
	if _, err := s.conn.ExecContext(ctx, "SAVEPOINT fold"); err != nil {
		return classify(err)
	}
	err := s.insertTail(ctx, t)
	if err == nil {
		if _, err = s.conn.ExecContext(ctx, "RELEASE fold"); err != nil {
			return classify(err)
		}
		s.journal.touch(t)
		t.folded = true
		return nil
	}
	if !errors.Is(err, store.ErrCorrupt) && !errors.Is(err, store.ErrDuplicate) {
		return err
	}
	if _, err := s.conn.ExecContext(ctx, "ROLLBACK TO fold; RELEASE fold"); err != nil {
		return classify(err)
	}
	s.journal.breaks(t, fmt.Errorf("%w: %v", store.ErrCorrupt, err)) // no append is the duplicate
	return nil
}

func (s *Store) insertTail(ctx context.Context, t *tail) error {
	head, edited := look{t.sid, t.base, t.records, nil}.head(row{sid: t.sid})
	res, err := s.stmt.advance.ExecContext(ctx, int64(head), edited, t.sid, string(t.epoch), int64(t.base))
	if err != nil {
		return classify(err)
	}
	if n, err := res.RowsAffected(); err != nil {
		return err
	} else if n != 1 {
		return fmt.Errorf("its row is not at version %d: %w", t.base, store.ErrCorrupt)
	}
	for i, r := range t.records.all() {
		v := t.base + wire.Version(i) + 1
		if err := putEntry(ctx, s.stmt.insert, t.sid, v, r); err != nil {
			return classify(err)
		}
	}
	if t.row < 0 { // it could not be folded once
		return s.dropAside(ctx, t.sid)
	}
	return nil
}

// putEntry executes insertEntry.
func putEntry(ctx context.Context, insert *sql.Stmt, sid int64, v wire.Version, r record) error {
	_, err := insert.ExecContext(ctx, sid, int64(v), int64(r.file), string(r.client), int64(r.seq), r.at, r.changes, r.sum(v))
	return err
}

// setAside gives the tails that cannot be folded rows of their own, or else they
// would keep those of all others, for as long as nobody deletes their sessions.
// The number of such a row is that of the session, below zero.
func (s *Store) setAside(ctx context.Context) error {
	j := &s.journal
	for _, t := range j.broken {
		if t.row < 0 || t.gap || t.gone || t.staged.n > 0 {
			continue
		}
		group := appendGroup(nil, t.sid, t.base+1, t.records)
		if _, err := s.conn.ExecContext(ctx, "INSERT OR REPLACE INTO journal (n, records, sum, form) VALUES (?, ?, ?, 1)", -t.sid, group, checksum([]int64{-t.sid}, group)); err != nil {
			return classify(err)
		}
		j.touch(t)
		t.aside = true
	}
	return nil
}

func (s *Store) dropAside(ctx context.Context, sid int64) error {
	_, err := s.conn.ExecContext(ctx, "DELETE FROM journal WHERE n = ?", -sid)
	return classify(err)
}

// trimJournal removes the rows of which everything is in entries or set aside, but
// for the last row.
func (s *Store) trimJournal(ctx context.Context) error {
	if err := s.setAside(ctx); err != nil {
		return err
	}
	j := &s.journal
	keep := s.changes
	if len(j.order) > 0 {
		keep = min(keep, j.order[0].row)
	}
	for _, t := range j.broken {
		if t.row >= 0 { // it is not set aside, or not for good
			keep = min(keep, t.row)
		}
	}
	if keep <= j.oldest {
		return nil
	}
	// Where the transaction fails, these rows go with the next ones.
	if _, err := s.stmt.trim.ExecContext(ctx, keep); err != nil {
		return classify(err)
	}
	j.oldest = keep
	return nil
}

// foldAll moves all tails, in as many transactions as that takes, and empties
// the journal but for its last row. It stops where more says so. The entries are
// safe in either place, so that an error is no loss.
func (s *Store) foldAll(ctx context.Context, more func() bool) error {
	for len(s.journal.order) > 0 && more() {
		err := s.atomic(ctx, func() error { return s.foldSome(ctx, 0, foldIdle) })
		if err != nil {
			return err
		}
	}
	if !more() {
		return nil
	}
	return s.atomic(ctx, func() error { return s.trimJournal(ctx) })
}
