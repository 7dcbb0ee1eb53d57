package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/corust-dev/corust/collab/wire"
	"github.com/jackc/pgx/v5"
)

// The times of a lease. A node that cannot renew stops to count on it before others do:
// the difference is for the way to the database and back.
const (
	leaseTime  = 6 * time.Second // by the database's clock, from each renewal
	leaseBeat  = 2 * time.Second
	leaseTrust = 4 * time.Second // by the node's clock, from the sending of a renewal
)

// lease renews a node's lease until it is stopped.
type lease struct {
	s      *Store
	cancel context.CancelFunc
	done   chan struct{}

	mu    sync.Mutex
	until time.Time // the lease is trusted
}

func startLease(ctx context.Context, s *Store) (*lease, error) {
	l := &lease{s: s, done: make(chan struct{})}
	if err := l.renew(ctx); err != nil {
		return nil, err
	}
	ctx, l.cancel = context.WithCancel(context.Background())
	go l.beat(ctx)
	return l, nil
}

func (l *lease) beat(ctx context.Context) {
	defer close(l.done)
	tick := time.NewTicker(leaseBeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := l.renew(ctx); err != nil && ctx.Err() == nil {
			l.s.cfg.Log.Error("the lease of this node was not renewed", "err", err)
		}
	}
}

// renew renews the lease. A node whose lease has ended may have another: what others took
// meanwhile has a later term, and everything else is still this node's.
func (l *lease) renew(ctx context.Context) error {
	sent := time.Now()
	ctx, cancel := context.WithTimeout(ctx, leaseBeat)
	defer cancel()
	err := l.s.onLease(ctx, `INSERT INTO nodes (node, addr, expires) VALUES ($1, $2, clock_timestamp() + $3)
		ON CONFLICT (node) DO UPDATE SET addr = excluded.addr, expires = excluded.expires`, string(l.s.cfg.Node), l.s.cfg.Addr, leaseTime)
	if err == nil {
		l.trust(sent.Add(leaseTrust))
	}
	return err
}

// trust sets until when the lease is trusted.
func (l *lease) trust(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = until
}

// onLease executes a statement about the lease: one that is repeated, and may be cancelled.
func (s *Store) onLease(ctx context.Context, sql string, args ...any) error {
	_, err := s.beats.Exec(ctx, sql, args...)
	return err
}

// stop ends the renewals, and the lease at once.
func (l *lease) stop() {
	l.cancel()
	<-l.done
	l.trust(time.Time{})
	ctx, cancel := context.WithTimeout(context.Background(), leaseBeat)
	defer cancel()
	if err := l.s.onLease(ctx, "UPDATE nodes SET expires = clock_timestamp() WHERE node = $1", string(l.s.cfg.Node)); err != nil {
		l.s.cfg.Log.Warn("the lease of this node ends by itself", "err", err)
	}
}

// Leased reports whether other nodes leave this node's sessions to it: false from four
// seconds after the last successful renewal was sent, after Close, and without a Config.Node.
func (s *Store) Leased() bool {
	if s.lease == nil {
		return false
	}
	s.lease.mu.Lock()
	defer s.lease.mu.Unlock()
	return time.Now().Before(s.lease.until)
}

// deadAfter is how long a node must have been without a lease before the sessions that it
// left have no owner.
const deadAfter = time.Minute

// bury takes the sessions of dead nodes from them, so that they can expire: of those without
// a lease for deadAfter, and of nodes whose row was deleted. A store without a lease is the
// only one of its database, and has no rows of nodes.
func (s *Store) bury(ctx context.Context) error {
	if _, err := s.readers.Exec(ctx, "DELETE FROM nodes WHERE expires < clock_timestamp() - $1::interval", deadAfter); err != nil || s.lease == nil {
		return err
	}
	_, err := s.readers.Exec(ctx, "UPDATE sessions SET owner = '' WHERE owner <> '' AND NOT EXISTS (SELECT FROM nodes WHERE node = owner)")
	return err
}

// Elsewhere returns the address of the node that owns a session and has a lease, or "" if
// that is this node or none. It fails with [store.ErrNotFound].
func (s *Store) Elsewhere(ctx context.Context, id wire.SessionID) (addr string, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		return missing(tx.QueryRow(ctx, `SELECT CASE WHEN owner <> $2 AND expires > clock_timestamp() THEN addr ELSE '' END
			FROM sessions LEFT JOIN nodes ON node = owner WHERE id = $1`, string(id), string(s.cfg.Node)).Scan(&addr), notFound(id))
	})
	return addr, err
}
