package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/jackc/pgx/v5"
)

// Create implements [store.Store].
func (s *Store) Create(ctx context.Context, id wire.SessionID, snap wire.Snapshot, at time.Time) error {
	body, err := json.Marshal(snap)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	err = s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var sid int64
		err := tx.QueryRow(ctx, "INSERT INTO sessions (id, epoch, head, oldest, created, edited) VALUES ($1, $2, $3, $3, $4, $4) RETURNING sid",
			string(id), string(snap.Epoch), int64(snap.Version), store.Millis(at)).Scan(&sid)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO snapshots (sid, version, body) VALUES ($1, $2, $3)", sid, int64(snap.Version), body)
		return err
	})
	if errors.Is(err, store.ErrDuplicate) {
		return fmt.Errorf("session %q: %w", string(id), store.ErrExists)
	}
	return err
}

// elsewhere tells that a session has an owner that keeps it.
func elsewhere(id wire.SessionID, node store.Node, addr string) error {
	return fmt.Errorf("session %q: %w", string(id), &store.ElsewhereError{Node: node, Addr: addr})
}

// historyError tells that the database may lack commits that it had when a session was last
// opened, in the history was.
type historyError struct{ was string }

func (e *historyError) Error() string {
	return "the database has another history than " + e.was + ", in which the session was last opened"
}

// system returns the part of a history that a promotion does not change.
func system(history string) string {
	s, _, _ := strings.Cut(history, "/")
	return s
}

// Open implements [store.Store]. If the database was copied to another server since the
// session was last opened, or was promoted and its commits did not wait for a standby before,
// the session gets a new epoch, because clients may know entries that the database has lost.
func (s *Store) Open(ctx context.Context, id wire.SessionID, node store.Node) (store.Log, error) {
	l, err := s.grant(ctx, id, node)
	var other *historyError
	if errors.As(err, &other) {
		s.cfg.Log.Warn("a session gets a new epoch: the database was promoted or restored, and may lack commits")
		renewed := s.renew(ctx, id, other.was)
		if l, err = s.grant(ctx, id, node); errors.As(err, &other) { // or another node was first
			err = errors.Join(err, renewed)
		}
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

// grant opens a session, or fails with a *historyError.
func (s *Store) grant(ctx context.Context, id wire.SessionID, node store.Node) (*log, error) {
	l := &log{s: s, node: node}
	return l, s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var owner, addr, history, now string
		var alive, standby bool
		err := tx.QueryRow(ctx, `SELECT sid, owner, coalesce(addr, ''), coalesce(expires > clock_timestamp(), false), history, standby, `+historyNow+`
			FROM sessions LEFT JOIN nodes ON node = owner WHERE id = $1 FOR UPDATE OF sessions`, string(id)).Scan(&l.sid, &owner, &addr, &alive, &history, &standby, &now)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return notFound(id)
		case err != nil:
			return err
		case alive && owner != string(node):
			return elsewhere(id, store.Node(owner), addr)
		case history != "" && history != now && (!standby || system(history) != system(now)):
			return fmt.Errorf("session %q: %w", string(id), &historyError{history})
		}
		return tx.QueryRow(ctx, `UPDATE sessions SET owner = $2, term = term + 1, since = CASE WHEN owner = $2 AND owner <> '' THEN since ELSE term + 1 END, history = $3, standby = `+standbyNow+`
			WHERE sid = $1 RETURNING epoch, head, term, since`, l.sid, string(node), now).Scan(&l.grant.Epoch, &l.grant.Head, &l.grant.Term, &l.grant.Since)
	})
}

// read runs do in a transaction that sees one state of the database.
func (s *Store) read(ctx context.Context, do func(pgx.Tx) error) error {
	if !s.task() {
		return store.ErrClosed
	}
	defer s.tasks.Done()
	return pgx.BeginTxFunc(ctx, s.readers, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, do)
}

// Expired implements [store.Store].
func (s *Store) Expired(ctx context.Context, before time.Time, limit int) (out []store.Info, err error) {
	if !s.task() {
		return nil, store.ErrClosed
	}
	defer s.tasks.Done()
	if err := s.bury(ctx); err != nil {
		return nil, err
	}
	if !before.IsZero() { // drafts are listed by no clock
		if err := s.checkClock(ctx); err != nil {
			return nil, err
		}
	}
	err = s.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT "+sessionColumns+" FROM sessions WHERE owner = '' AND (edited < $1 OR id LIKE 'draft-%') LIMIT $2", millisUp(before), max(0, limit))
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (store.Info, error) { return scanInfo(r) })
		return err
	})
	return out, err
}

// maxSkew is how far a node's clock may be from the database's.
const maxSkew = time.Minute

// checkClock returns an error if this node's clock is wrong: sessions would expire that were
// edited a moment ago.
func (s *Store) checkClock(ctx context.Context) error {
	var there time.Time
	if err := s.readers.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&there); err != nil {
		return err
	}
	if skew := s.cfg.now().Sub(there).Abs(); skew > maxSkew {
		return fmt.Errorf("this machine's clock and the database's differ by %v, at most %v: no session expires until they agree", skew.Round(time.Second), maxSkew)
	}
	return nil
}

// millisUp rounds a time up: a stored time lies before t if it lies before that.
func millisUp(t time.Time) int64 { return t.Add(time.Millisecond - 1).UnixMilli() }

// DeleteIdle implements [store.Store].
func (s *Store) DeleteIdle(ctx context.Context, i store.Info) error {
	return s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var r row
		var owner store.Node
		err := tx.QueryRow(ctx, "SELECT sid, epoch, head, owner FROM sessions WHERE id = $1 FOR UPDATE", string(i.ID)).Scan(&r.sid, &r.epoch, &r.head, &owner)
		switch {
		case err != nil:
			return missing(err, notFound(i.ID))
		case owner != "":
			return elsewhere(i.ID, owner, "")
		case r.epoch != i.Epoch || r.head != i.Head:
			return r.conflict()
		}
		return erase(ctx, tx, r.sid)
	})
}
