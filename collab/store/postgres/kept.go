package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/jackc/pgx/v5"
)

// Bounds bound what [Store.Keep] keeps.
type Bounds struct {
	Bytes  int64         // that the table may take on the disk; 0 sets no bound
	Expire time.Duration // since something was last kept or read; 0 is for ever
}

// Keep stores content that does not change under a name that the content gives, for all
// nodes. What is there already stays, and counts as read. It fails with [store.ErrNoRoom].
func (s *Store) Keep(ctx context.Context, id string, data []byte, b Bounds) error {
	return s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if b.Expire > 0 {
			// A few at a time, so that nobody waits for many.
			if _, err := tx.Exec(ctx, "DELETE FROM kept WHERE id IN (SELECT id FROM kept WHERE read < clock_timestamp() - $1::interval LIMIT 10 FOR UPDATE SKIP LOCKED)", b.Expire); err != nil {
				return err
			}
		}
		tag, err := tx.Exec(ctx, "UPDATE kept SET read = clock_timestamp() WHERE id = $1", id)
		if err != nil || tag.RowsAffected() > 0 {
			return err
		}
		if b.Bytes > 0 {
			var size int64
			if err := tx.QueryRow(ctx, "SELECT pg_table_size('kept')").Scan(&size); err != nil {
				return err
			}
			if size+int64(len(data)) > b.Bytes {
				return fmt.Errorf("permanent links take %d bytes of %d: %w", size, b.Bytes, store.ErrNoRoom)
			}
		}
		_, err = tx.Exec(ctx, "INSERT INTO kept (id, data) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET read = clock_timestamp()", id, data)
		return err
	})
}

// Kept returns what Keep has stored, or an error that wraps [store.ErrNotFound]. Reading
// counts once a day.
func (s *Store) Kept(ctx context.Context, id string, b Bounds) (data []byte, err error) {
	if !s.task() {
		return nil, store.ErrClosed
	}
	defer s.tasks.Done()
	var old, expired bool
	err = s.readers.QueryRow(ctx, "SELECT data, clock_timestamp() - read > interval '1 day', $2::interval > interval '0' AND clock_timestamp() - read >= $2 FROM kept WHERE id = $1", id, b.Expire).Scan(&data, &old, &expired)
	switch {
	case err != nil:
		return nil, missing(err, fmt.Errorf("nothing is kept as %q: %w", id, store.ErrNotFound))
	case expired:
		return nil, fmt.Errorf("what was kept as %q has expired: %w", id, store.ErrNotFound)
	case old:
		_, _ = s.readers.Exec(ctx, "UPDATE kept SET read = clock_timestamp() WHERE id = $1", id) // it only expires earlier
	}
	return data, nil
}

// Forget removes what Keep has stored, or fails with an error that wraps
// [store.ErrNotFound].
func (s *Store) Forget(ctx context.Context, id string) error {
	return s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "DELETE FROM kept WHERE id = $1", id)
		if err == nil && tag.RowsAffected() == 0 {
			err = fmt.Errorf("nothing is kept as %q: %w", id, store.ErrNotFound)
		}
		return err
	})
}
