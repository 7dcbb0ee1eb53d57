package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"

	"github.com/corust-dev/corust/collab/ot"
)

// Backup writes a copy of the store to a file that must not exist, while the
// store is in use. The copy is one state of all sessions. It is marked: when
// it is opened as a store, every session gets a new epoch, since clients may
// have been told of versions that the copy does not know. Their unsent edits
// come over; see collab.Client.
//
// To restore, stop the server, put the copy in the file's place, remove
// what is beside it with the endings -wal and -shm, and start. A copy that was
// made in another way (with the server stopped, of all three files) needs
// Options.Restored once.
func (s *SQLite) Backup(ctx context.Context, path string) (err error) {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("backup: %s: %w", path, os.ErrExist)
	}
	part := path + ".part"
	defer func() {
		if err != nil {
			os.Remove(part)
		}
	}()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return ErrClosed
	}
	from, err := sql.Open("sqlite", dsn(s.path)) // the readers' connections may not even write elsewhere
	if err != nil {
		return err
	}
	_, err = from.ExecContext(ctx, "VACUUM INTO ?", part)
	if err := errors.Join(err, from.Close()); err != nil {
		return fmt.Errorf("backup: %w", classify(err))
	}
	db, err := sql.Open("sqlite", dsn(part, "synchronous(FULL)"))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ('restored', '1') ON CONFLICT (key) DO UPDATE SET value = '1'")
	if err := errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("backup: %w", classify(err))
	}
	return os.Rename(part, path)
}

// renewRestored gives every session a new epoch if the file is a back-up.
func (s *SQLite) renewRestored(ctx context.Context, force bool) error {
	var mark string
	err := s.conn.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'restored'").Scan(&mark)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return classify(err)
	}
	if mark != "1" && !force {
		return nil
	}
	return transact(ctx, s.conn, func() error {
		rows, err := s.conn.QueryContext(ctx, "SELECT sid, epoch, head, oldest FROM sessions")
		if err != nil {
			return err
		}
		var all []row
		for rows.Next() {
			var r row
			if err := errors.Join(rows.Scan(&r.sid, &r.epoch, &r.head, &r.oldest)); err != nil {
				rows.Close()
				return err
			}
			all = append(all, r)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		for _, r := range all {
			if err := s.renew(ctx, r); err != nil {
				return err
			}
		}
		_, err = s.conn.ExecContext(ctx, "DELETE FROM meta WHERE key = 'restored'")
		return err
	})
}

// renew folds a session's log into a snapshot of a new epoch.
func (s *SQLite) renew(ctx context.Context, r row) error {
	snap, err := readSnapshot(ctx, s.conn, r)
	if err != nil {
		return err
	}
	entries, err := readEntries(ctx, s.conn, r, snap.Version, 0)
	if err != nil {
		return err
	}
	if snap, err = fold(snap, entries); err != nil {
		return err
	}
	snap.Epoch = NewEpoch()
	if err := putSnapshot(ctx, s.conn, r.sid, snap); err != nil {
		return err
	}
	if _, err := s.conn.ExecContext(ctx, "DELETE FROM entries WHERE sid = ?", r.sid); err != nil {
		return err
	}
	_, err = s.conn.ExecContext(ctx, "UPDATE sessions SET epoch = ?, oldest = head WHERE sid = ?", string(snap.Epoch), r.sid)
	return err
}

// fold applies entries to a snapshot.
func fold(snap Snapshot, entries []Entry) (Snapshot, error) {
	text, err := ot.NewText(snap.Text)
	if err != nil {
		return snap, fmt.Errorf("snapshot at %d: %w: %w", snap.Version, ErrCorrupt, err)
	}
	acked := maps.Clone(snap.Acked)
	if acked == nil {
		acked = map[ClientID]Ack{}
	}
	for _, e := range entries {
		snap.Version++
		if text, err = e.Changes.Apply(text); err != nil {
			return snap, fmt.Errorf("entry %d: %w: %w", snap.Version, ErrCorrupt, err)
		}
		acked[e.Client] = Ack{e.Seq, snap.Version}
	}
	snap.Text, snap.Acked = text.String(), acked
	return snap, nil
}
