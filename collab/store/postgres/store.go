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

const sessionColumns = "id, epoch, head, created, edited, owner, term"

func scanInfo(r pgx.Row) (i store.Info, err error) {
	var created, edited int64
	err = r.Scan(&i.ID, &i.Epoch, &i.Head, &created, &edited, &i.Owner, &i.Term)
	i.Created, i.Edited = store.FromMillis(created), store.FromMillis(edited)
	return i, err
}

// Info implements [store.Store].
func (s *Store) Info(ctx context.Context, id wire.SessionID) (i store.Info, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
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

// Snapshot implements [store.Store].
func (s *Store) Snapshot(ctx context.Context, id wire.SessionID) (snap wire.Snapshot, err error) {
	var body []byte
	err = s.read(ctx, func(tx pgx.Tx) error {
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

// Replay implements [store.Store].
func (s *Store) Replay(ctx context.Context, id wire.SessionID, epoch wire.Epoch, from, to wire.Version, do func(wire.Version, wire.Entry) error) error {
	return s.read(ctx, func(tx pgx.Tx) error {
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

// Reach implements [store.Store].
func (s *Store) Reach(ctx context.Context, id wire.SessionID, epoch wire.Epoch, to wire.Version, n, bytes int) (v wire.Version, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
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

// Checkpoint implements [store.Store].
func (s *Store) Checkpoint(ctx context.Context, id wire.SessionID, epoch wire.Epoch, v wire.Version) (snap wire.Snapshot, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
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

// Settings implements [store.Store].
func (s *Store) Settings(ctx context.Context, id wire.SessionID) (data []byte, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
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

// Runs implements [store.Store].
func (s *Store) Runs(ctx context.Context, id wire.SessionID) (out []store.Run, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
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

// Run implements [store.Store].
func (s *Store) Run(ctx context.Context, id wire.SessionID, run string) (out store.Run, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
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

// Expired implements [store.Store].
func (s *Store) Expired(ctx context.Context, before time.Time, limit int) (out []store.Info, err error) {
	if !s.task() {
		return nil, store.ErrClosed
	}
	defer s.tasks.Done()
	if err := s.bury(ctx); err != nil {
		return nil, err
	}
	if err := s.checkClock(ctx); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT "+sessionColumns+" FROM sessions WHERE owner = '' AND edited < $1 LIMIT $2", millisUp(before), max(0, limit))
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
