package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// PutRun implements [store.Log].
func (l *log) PutRun(ctx context.Context, run store.Run) error {
	conn := l.s.conn
	return l.submit(ctx, onRows, func(ctx context.Context) error {
		if err := l.s.forWork(ctx); err != nil {
			return err
		}
		run.Node, run.Term = l.node, l.grant.Term
		if err := putRun(ctx, conn, l.sid, run); err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, "DELETE FROM runs WHERE sid = ?1 AND n NOT IN (SELECT n FROM runs WHERE sid = ?1 ORDER BY n DESC LIMIT ?2)", l.sid, store.MaxRuns); err != nil {
			return err
		}
		_, err := conn.ExecContext(ctx, `UPDATE runs SET source = NULL WHERE n IN (
			SELECT n FROM (SELECT n, source, sum(coalesce(length(source), 0)) OVER (ORDER BY n DESC) AS total FROM runs WHERE sid = ?1)
			WHERE total > ?2 AND source IS NOT NULL)`, l.sid, store.MaxSources)
		return err
	})
}

// putRun keeps a record as it is, in place of one with its id, but for the source.
func putRun(ctx context.Context, conn *sql.Conn, sid int64, run store.Run) error {
	var source any
	if run.Source != nil {
		source = []byte(*run.Source)
	}
	_, err := conn.ExecContext(ctx, `INSERT INTO runs (sid, id, version, by, started, ended, verdict, about, output, source, node, term) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (sid, id) DO UPDATE SET version = excluded.version, by = excluded.by, started = excluded.started, ended = excluded.ended, verdict = excluded.verdict,
			about = excluded.about, output = excluded.output, node = excluded.node, term = excluded.term`,
		sid, run.ID, int64(run.Version), string(run.By), store.Millis(run.Started), store.Millis(run.Ended), run.Verdict, blob(run.About), blob(run.Output), source, string(run.Node), int64(run.Term))
	return err
}

// blob is data as the driver writes a value that is not NULL.
func blob(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}

// Runs implements [store.Store].
func (s *Store) Runs(ctx context.Context, id wire.SessionID) ([]store.Run, error) {
	var out []store.Run
	err := s.view(ctx, func(tx *sql.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, "SELECT "+listed+" FROM runs WHERE sid = ? ORDER BY n", r.sid)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var run store.Run
			if err := scanRun(rows, &run); err != nil {
				return err
			}
			out = append(out, run)
		}
		return rows.Err()
	})
	return out, err
}

// Run implements [store.Store].
func (s *Store) Run(ctx context.Context, id wire.SessionID, name string) (store.Run, error) {
	var run store.Run
	err := s.view(ctx, func(tx *sql.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		var source sql.NullString
		err = scanRun(tx.QueryRowContext(ctx, "SELECT "+listed+", output, source FROM runs WHERE sid = ? AND id = ?", r.sid, name), &run, &run.Output, &source)
		if errors.Is(err, sql.ErrNoRows) {
			return errRefused{fmt.Errorf("run %q: %w", name, store.ErrNoRun)}
		}
		if source.Valid {
			run.Source = &source.String
		}
		return err
	})
	return run, err
}

// listed are the columns that every reader of a record needs.
const listed = "id, version, by, started, ended, verdict, node, term, about"

// scanRun reads a row of listed, and more.
func scanRun(row interface{ Scan(...any) error }, r *store.Run, more ...any) error {
	var started, ended int64
	err := row.Scan(append([]any{&r.ID, &r.Version, &r.By, &started, &ended, &r.Verdict, &r.Node, &r.Term, &r.About}, more...)...)
	r.Started, r.Ended = store.FromMillis(started), store.FromMillis(ended)
	return err
}
