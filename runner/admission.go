package runner

import (
	"context"
	"slices"
	"sync"
)

// admission is a fair queue. A fixed number of requests hold places, at most depth more
// wait, and one owner has at most its share of each. Waiting requests are admitted
// round-robin by owner, and in order of arrival within an owner; owners that hold their
// share are skipped. So an owner with a hundred requests delays another by at most one,
// and not at all while the share leaves places free.
type admission struct {
	mu     sync.Mutex
	free   int
	depth  int
	share  Share
	shares map[string]Share // of owners that have another
	held   map[string]int   // places, by owner
	owners []*lane          // owners with waiters, in the order of their turns
	count  int              // all waiters
	closed bool
}

// Share bounds the part of a runner that one owner may use. A zero field sets no bound.
type Share struct {
	Boxes int // requests that run at once
	Queue int // requests that wait; negative: none may
}

// or returns s with its defaults, bounded by the boxes and waiting places of the runner.
func (s Share) or(boxes, queue int) Share {
	pick(&s.Boxes, boxes)
	pick(&s.Queue, queue)
	return Share{Boxes: min(s.Boxes, boxes), Queue: min(max(s.Queue, 0), queue)}
}

// lane holds the waiting requests of one owner.
type lane struct {
	owner   string
	waiters []*waiter
}

type waiter struct {
	owner    string
	admitted chan struct{}
	refused  bool     // by close; read after admitted
	position chan int // the newest position, 1 for the next
}

func newAdmission(free, depth int, share Share, shares map[string]Share) *admission {
	a := &admission{free: free, depth: depth, share: share.or(free, depth), shares: map[string]Share{}, held: map[string]int{}}
	for owner, s := range shares {
		pick(&s.Boxes, share.Boxes)
		pick(&s.Queue, share.Queue)
		a.shares[owner] = s.or(free, depth)
	}
	return a
}

// shareOf returns the share of an owner.
func (a *admission) shareOf(owner string) Share {
	if s, ok := a.shares[owner]; ok {
		return s
	}
	return a.share
}

// enter requests a place. It returns nil if it has taken one, and otherwise a waiter. The
// error is ErrClosed, ErrBusy if the queue is full, or ErrShare if the owner's share of
// the queue is full.
func (a *admission) enter(owner string) (*waiter, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.closed:
		return nil, ErrClosed
	case a.free > 0 && a.held[owner] < a.shareOf(owner).Boxes:
		// Every waiting owner already holds its share; otherwise it would have taken
		// the free place.
		a.take(owner)
		return nil, nil
	case a.count >= a.depth:
		return nil, ErrBusy
	}
	w := &waiter{owner: owner, admitted: make(chan struct{}), position: make(chan int, 1)}
	i := slices.IndexFunc(a.owners, func(l *lane) bool { return l.owner == owner })
	if i < 0 {
		if a.shareOf(owner).Queue == 0 {
			return nil, ErrShare
		}
		a.owners = append(a.owners, &lane{owner: owner})
		i = len(a.owners) - 1
	}
	if len(a.owners[i].waiters) >= a.shareOf(owner).Queue {
		return nil, ErrShare
	}
	a.owners[i].waiters = append(a.owners[i].waiters, w)
	a.count++
	a.announce()
	return w, nil
}

// wait blocks until the waiter has a place, the context ends or the runner is closed. It
// calls position with each new position.
func (a *admission) wait(ctx context.Context, w *waiter, position func(int)) error {
	for {
		select {
		case n := <-w.position:
			position(n)
		case <-w.admitted:
			if w.refused {
				return ErrClosed
			}
			return nil
		case <-ctx.Done():
			if !a.abandon(w) {
				// The waiter was admitted at the same moment.
				if !w.refused {
					a.leave(w.owner)
				}
			}
			return ctx.Err()
		}
	}
}

// abandon removes a waiter from its lane. It reports false if the waiter has left it.
func (a *admission) abandon(w *waiter) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.owners {
		if i := slices.Index(l.waiters, w); i >= 0 {
			l.waiters = slices.Delete(l.waiters, i, i+1)
			a.count--
			a.prune()
			a.announce()
			return true
		}
	}
	return false
}

// take takes a place for owner; the caller holds mu.
func (a *admission) take(owner string) {
	a.free--
	a.held[owner]++
}

// leave releases an owner's place and admits the next waiter.
func (a *admission) leave(owner string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.free++
	if a.held[owner]--; a.held[owner] == 0 {
		delete(a.held, owner)
	}
	i := slices.IndexFunc(a.owners, func(l *lane) bool { return a.held[l.owner] < a.shareOf(l.owner).Boxes })
	if i < 0 {
		return
	}
	l := a.owners[i]
	w := l.waiters[0]
	l.waiters = l.waiters[1:]
	a.count--
	// The owner's next turn comes after those of all other owners.
	a.owners = append(slices.Delete(a.owners, i, i+1), l)
	a.prune()
	a.take(w.owner)
	close(w.admitted)
	a.announce()
}

// close refuses new requests and, if drop is set, those that wait.
func (a *admission) close(drop bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	if !drop {
		return
	}
	for _, l := range a.owners {
		for _, w := range l.waiters {
			w.refused = true
			close(w.admitted)
		}
	}
	a.owners, a.count = nil, 0
}

func (a *admission) prune() {
	a.owners = slices.DeleteFunc(a.owners, func(l *lane) bool { return len(l.waiters) == 0 })
}

// announce sends every waiter its position, which assumes that no owner is at the limit
// of its share.
func (a *admission) announce() {
	n := 0
	for turn := 0; n < a.count; turn++ {
		for _, l := range a.owners {
			if turn >= len(l.waiters) {
				continue
			}
			n++
			w := l.waiters[turn]
			select {
			case <-w.position: // replaces one that was not read
			default:
			}
			w.position <- n
		}
	}
}

// waiting returns how many requests wait.
func (a *admission) waiting() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.count
}
