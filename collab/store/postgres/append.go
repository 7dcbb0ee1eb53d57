package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// appending is an append that waits for its transaction, with its entries by column.
type appending struct {
	l             *log
	expected      wire.Version
	file, seq, at []int64
	client        []string
	changes       [][]byte
	err           error // found without the transaction having failed
	done          chan error
}

// maxBatch bounds the appends of one transaction: beyond some 64 throughput falls, since
// each waits for all.
const maxBatch = 64

// linger is how long a transaction waits for more appends while they are shared.
const linger = 2 * time.Millisecond

// Append implements [store.Log].
func (l *log) Append(ctx context.Context, expected wire.Version, entries []wire.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	n := len(entries)
	a := &appending{
		l: l, expected: expected, done: make(chan error, 1),
		file: make([]int64, 0, n), seq: make([]int64, 0, n), at: make([]int64, 0, n), // nil would be NULL
		client: make([]string, 0, n), changes: make([][]byte, 0, n),
	}
	for _, e := range entries {
		a.file = append(a.file, int64(e.File))
		a.seq = append(a.seq, int64(e.Seq))
		a.at = append(a.at, store.Millis(e.At))
		a.client = append(a.client, string(e.Client))
		a.changes = append(a.changes, e.AppendChange(nil))
	}
	if !l.s.task() {
		return store.ErrClosed
	}
	timer := time.NewTimer(l.s.cfg.Wait)
	defer timer.Stop()
	select {
	case l.s.queue <- a:
		return l.s.outcome(a.done, timer)
	case <-timer.C: // the queue is full, since writes hang
		l.s.tasks.Done()
		return l.s.late()
	}
}

// gather commits appends, as many together as there are, until the queue is closed.
func (s *Store) gather() {
	batch := make([]*appending, 0, maxBatch)
	for a := range s.queue {
		if len(batch) > 1 {
			time.Sleep(linger)
		}
		batch = append(batch[:0], a)
	more:
		for len(batch) < maxBatch {
			select {
			case a, ok := <-s.queue:
				if !ok {
					break more
				}
				batch = append(batch, a)
			default:
				break more
			}
		}
		s.commit(batch)
	}
}

// commit appends a batch in one transaction. If the database refuses one, each gets a
// transaction of its own.
func (s *Store) commit(batch []*appending) {
	// In the same order in all transactions, or two that share sessions could wait for
	// each other.
	slices.SortStableFunc(batch, func(a, b *appending) int { return cmp.Compare(a.l.sid, b.l.sid) })
	err := s.onConn(func(ctx context.Context, c *pgxpool.Conn) error { return send(ctx, c, batch) })
	if err != nil && !errors.Is(err, store.ErrUnknown) && len(batch) > 1 {
		for _, a := range batch {
			s.commit([]*appending{a})
		}
		return
	}
	for _, a := range batch {
		if err == nil {
			a.done <- a.err
		} else {
			a.done <- err
		}
		s.tasks.Done()
	}
}

// appendEntries changes nothing if the session is not in that term or not at that version.
const appendEntries = `WITH h AS (
		UPDATE sessions SET head = head + cardinality($4::bigint[]), edited = CASE WHEN cardinality($6::bigint[]) = 0 THEN edited ELSE $6[cardinality($6::bigint[])] END
		WHERE sid = $1 AND term = $2 AND owner <> '' AND head = $3 RETURNING sid
	), e AS (
		INSERT INTO entries (sid, version, file, client, seq, at, changes)
		SELECT h.sid, $3 + e.n, e.file, e.client, e.seq, e.at, e.changes
		FROM h, unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::bytea[]) WITH ORDINALITY AS e (file, seq, at, client, changes, n)
	)
	SELECT count(*) FROM h`

// send sends a batch at once, which the database executes as one transaction, and learns
// why those that changed nothing did not.
func send(ctx context.Context, c *pgxpool.Conn, batch []*appending) error {
	var b pgx.Batch
	found := make([]bool, len(batch))
	for i, a := range batch {
		a.err = nil
		b.Queue(appendEntries, a.l.sid, int64(a.l.grant.Term), int64(a.expected), a.file, a.seq, a.at, a.client, a.changes).QueryRow(func(row pgx.Row) error {
			var n int
			if err := row.Scan(&n); err != nil {
				return err
			}
			found[i] = n > 0
			return nil
		})
	}
	if err := c.SendBatch(ctx, &b).Close(); err != nil {
		return err
	}
	for i, a := range batch {
		if found[i] {
			continue
		}
		// The others are committed, whatever this finds.
		if a.err = a.l.why(ctx, c); !own(a.err) {
			a.err = fmt.Errorf("%w: %w", store.ErrUnknown, a.err)
		}
	}
	return nil
}

// querier is a pool, a connection or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// why returns why a write found no row of its handle, or a *store.ConflictError if the
// handle still owns its session.
func (l *log) why(ctx context.Context, q querier) error {
	r, err := l.row(ctx, q, "")
	if err != nil {
		return err
	}
	return r.conflict()
}
