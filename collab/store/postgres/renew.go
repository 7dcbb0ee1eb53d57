package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/jackc/pgx/v5"
)

// renewAll gives every session a new epoch and no owner, in a transaction for each.
func (s *Store) renewAll(ctx context.Context) error {
	rows, err := s.readers.Query(ctx, "SELECT id FROM sessions")
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.renew(ctx, wire.SessionID(id), ""); err != nil {
			return fmt.Errorf("session %q: %w", id, err)
		}
	}
	return nil
}

// renew folds a session's log into a snapshot of a new epoch. An owner is fenced. If history is
// not "", it does so only for a session that was last opened in that history.
func (s *Store) renew(ctx context.Context, id wire.SessionID, history string) error {
	snap, err := s.Snapshot(ctx, id)
	if err != nil {
		return err
	}
	snap, err = store.Fold(snap, func(do func(wire.Version, wire.Entry) error) error {
		return s.Replay(ctx, id, snap.Epoch, snap.Version, store.Head, do)
	})
	if err != nil {
		return err
	}
	before := snap.Epoch
	snap.Epoch = wire.NewEpoch()
	body, err := json.Marshal(snap)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		r := row{}
		err := tx.QueryRow(ctx, "UPDATE sessions SET epoch = $3, oldest = head, owner = '', term = term + 1, history = '' WHERE id = $1 AND epoch = $2 AND $4 IN ('', history) RETURNING sid, head", string(id), string(before), string(snap.Epoch), history).Scan(&r.sid, &r.head)
		switch {
		case err != nil:
			return missing(err, notFound(id))
		case r.head != snap.Version:
			return fmt.Errorf("another node has appended: stop all nodes first: %w", store.ErrFenced)
		}
		if _, err := tx.Exec(ctx, "UPDATE snapshots SET version = $2, body = $3 WHERE sid = $1", r.sid, int64(snap.Version), body); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM checkpoints WHERE sid = $1", r.sid); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "DELETE FROM entries WHERE sid = $1", r.sid)
		return err
	})
}
