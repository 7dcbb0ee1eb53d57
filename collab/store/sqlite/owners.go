package sqlite

import (
	"context"
	"fmt"
	"sync"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// owners maps sessions to the nodes that own them. It is in memory only: at most one
// process has the file open, so all ownership ends with the process. The term must
// outlive it, and is stored in the session's row.
//
// An owner is there from before the transaction that raises its term is committed
// until it is released. So who reads a row first and then the owner never takes a
// term for one that has ended.
type owners struct {
	mu   sync.RWMutex // guards held against readers; the writer alone changes it
	held map[int64]owner
	undo []change // of the transaction under way
}

type owner struct {
	node        store.Node
	term, since store.Term
}

// change is what to put back if a transaction fails.
type change struct {
	sid    int64
	before owner
}

// of returns the owner of a session; its node is "" if there is none.
func (o *owners) of(sid int64) owner {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.held[sid]
}

// set makes an owner, or none if its node is "", with the transaction under way.
func (o *owners) set(sid int64, next owner) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.undo = append(o.undo, change{sid, o.held[sid]})
	o.put(sid, next)
}

func (o *owners) put(sid int64, next owner) {
	if next.node == "" {
		delete(o.held, sid)
		return
	}
	o.held[sid] = next
}

// settle takes the changes of the transaction back if it was not committed.
func (o *owners) settle(committed bool) {
	if len(o.undo) == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := len(o.undo) - 1; i >= 0 && !committed; i-- {
		o.put(o.undo[i].sid, o.undo[i].before)
	}
	o.undo = o.undo[:0]
}

// Open implements [store.Store]. It always grants.
func (s *Store) Open(ctx context.Context, id wire.SessionID, node store.Node) (store.Log, error) {
	l := &log{s: s, id: id, node: node}
	err := s.submit(ctx, onRows, func(ctx context.Context) error {
		r, err := find(ctx, s.conn, id)
		if err != nil {
			return err
		}
		l.sid = r.sid
		l.grant = store.Grant{Epoch: r.epoch, Head: s.headOf(id, r), Term: r.term + 1, Since: r.term + 1}
		if _, err := s.stmt.term.ExecContext(ctx, int64(l.grant.Term), r.sid); err != nil {
			return classify(err)
		}
		if before := s.owners.held[r.sid]; before.node == node {
			l.grant.Since = before.since
		}
		s.owners.set(r.sid, owner{node, l.grant.Term, l.grant.Since})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// headOf is the head of a session, of whose row and tail the writer knows.
func (s *Store) headOf(id wire.SessionID, r row) wire.Version {
	if t := s.journal.tails[id]; t != nil && t.sid == r.sid {
		return max(r.head, t.head())
	}
	return r.head
}

// log is what Open gives: a session and the right to write to it.
type log struct {
	s     *Store
	id    wire.SessionID // as long as it owns the session
	sid   int64
	node  store.Node
	grant store.Grant
}

// Grant implements [store.Log].
func (l *log) Grant() store.Grant { return l.grant }

// submit hands a write to the writer, which does it if the handle owns its session.
func (l *log) submit(ctx context.Context, kind kind, do func(context.Context) error) error {
	return l.s.submit(ctx, kind, func(ctx context.Context) error {
		if err := l.fence(ctx); err != nil {
			return err
		}
		return do(ctx)
	})
}

// fence returns an error if the handle may not write.
func (l *log) fence(ctx context.Context) error {
	if l.s.owners.held[l.sid].term == l.grant.Term {
		return nil
	}
	var there int
	if err := l.s.conn.QueryRowContext(ctx, "SELECT count(*) FROM sessions WHERE sid = ?", l.sid).Scan(&there); err != nil {
		return classify(err)
	}
	if there == 0 {
		return notFound(l.id)
	}
	return errRefused{fmt.Errorf("session %q in term %d: %w", l.id, l.grant.Term, store.ErrFenced)}
}
