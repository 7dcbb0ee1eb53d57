package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/corust-dev/corust/collab/wire"
)

// PutRun implements [Store].
func (s *SQLite) PutRun(ctx context.Context, id wire.SessionID, run Run) error {
	return s.submit(ctx, onRows, func(ctx context.Context) error {
		if err := s.forWork(ctx); err != nil {
			return err
		}
		r, err := find(ctx, s.conn, id)
		if err != nil {
			return err
		}
		var source any
		if run.Source != nil {
			source = []byte(*run.Source)
		}
		_, err = s.conn.ExecContext(ctx, `INSERT INTO runs (sid, id, version, by, started, ended, verdict, about, output, source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (sid, id) DO UPDATE SET version = excluded.version, by = excluded.by, started = excluded.started, ended = excluded.ended, verdict = excluded.verdict, about = excluded.about, output = excluded.output`,
			r.sid, run.ID, int64(run.Version), string(run.By), millis(run.Started), millis(run.Ended), run.Verdict, blob(run.About), blob(run.Output), source)
		if err != nil {
			return err
		}
		if _, err = s.conn.ExecContext(ctx, "DELETE FROM runs WHERE sid = ?1 AND n NOT IN (SELECT n FROM runs WHERE sid = ?1 ORDER BY n DESC LIMIT ?2)", r.sid, MaxRuns); err != nil {
			return err
		}
		_, err = s.conn.ExecContext(ctx, `UPDATE runs SET source = NULL WHERE n IN (
			SELECT n FROM (SELECT n, source, sum(coalesce(length(source), 0)) OVER (ORDER BY n DESC) AS total FROM runs WHERE sid = ?1)
			WHERE total > ?2 AND source IS NOT NULL)`, r.sid, MaxSources)
		return err
	})
}

// blob is data as the driver writes a value that is not NULL.
func blob(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}

// Runs implements [Store].
func (s *SQLite) Runs(ctx context.Context, id wire.SessionID) ([]Run, error) {
	var out []Run
	err := s.view(ctx, func(tx *sql.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, "SELECT id, version, by, started, ended, verdict, about FROM runs WHERE sid = ? ORDER BY n", r.sid)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var run Run
			if err := run.scan(rows); err != nil {
				return err
			}
			out = append(out, run)
		}
		return rows.Err()
	})
	return out, err
}

// Run implements [Store].
func (s *SQLite) Run(ctx context.Context, id wire.SessionID, name string) (Run, error) {
	var run Run
	err := s.view(ctx, func(tx *sql.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		var source sql.NullString
		err = run.scan(tx.QueryRowContext(ctx, "SELECT id, version, by, started, ended, verdict, about, output, source FROM runs WHERE sid = ? AND id = ?", r.sid, name), &run.Output, &source)
		if errors.Is(err, sql.ErrNoRows) {
			return errRefused{fmt.Errorf("run %q: %w", name, ErrNoRun)}
		}
		if source.Valid {
			run.Source = &source.String
		}
		return err
	})
	return run, err
}

// scan reads what every look at a record has, and more.
func (r *Run) scan(row interface{ Scan(...any) error }, more ...any) error {
	var started, ended int64
	err := row.Scan(append([]any{&r.ID, &r.Version, &r.By, &started, &ended, &r.Verdict, &r.About}, more...)...)
	r.Started, r.Ended = fromMillis(started), fromMillis(ended)
	return err
}
