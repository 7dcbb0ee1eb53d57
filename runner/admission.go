package runner

import (
	"context"
	"slices"
	"sync"
)

// admission decides who runs next: at most cap requests at once, at most depth
// more that wait, and among those that wait one of each owner in turn, first
// come first served, so that an owner with a hundred requests delays another by
// one.
type admission struct {
	mu     sync.Mutex
	free   int
	depth  int
	owners []*lane // those with waiters, in the order of their turns
	count  int     // all waiters
	closed bool
}

// lane holds what one owner has waiting.
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

func newAdmission(free, depth int) *admission {
	return &admission{free: free, depth: depth}
}

// enter asks for a place. It returns nil at once if there is one, and otherwise
// a waiter; ErrBusy and ErrClosed say that there is none.
func (a *admission) enter(owner string) (*waiter, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.closed:
		return nil, ErrClosed
	case a.free > 0 && a.count == 0:
		a.free--
		return nil, nil
	case a.count >= a.depth:
		return nil, ErrBusy
	}
	w := &waiter{owner: owner, admitted: make(chan struct{}), position: make(chan int, 1)}
	i := slices.IndexFunc(a.owners, func(l *lane) bool { return l.owner == owner })
	if i < 0 {
		a.owners = append(a.owners, &lane{owner: owner})
		i = len(a.owners) - 1
	}
	a.owners[i].waiters = append(a.owners[i].waiters, w)
	a.count++
	a.announce()
	return w, nil
}

// wait blocks until the waiter has a place, the context ends or the runner is
// closed, and hands on the positions meanwhile.
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
				// A place was given in the same moment.
				if !w.refused {
					a.leave()
				}
			}
			return ctx.Err()
		}
	}
}

// abandon takes a waiter out of its lane; false if it is no longer there.
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

// leave gives a place back, or on to whose turn it is.
func (a *admission) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count == 0 {
		a.free++
		return
	}
	l := a.owners[0]
	w := l.waiters[0]
	l.waiters = l.waiters[1:]
	a.count--
	// The owner's next turn is after everybody else's.
	a.owners = append(a.owners[1:], l)
	a.prune()
	close(w.admitted)
	a.announce()
}

// close refuses newcomers; those who wait are refused as well if drop is set.
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

// announce tells every waiter its position: the turns are dealt as leave will.
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
			case <-w.position: // the old one was not read yet
			default:
			}
			w.position <- n
		}
	}
}

// waiting is how many requests wait.
func (a *admission) waiting() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.count
}
