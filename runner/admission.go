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
//
// Background work has a separate queue. It gets a place while no request waits and two
// places are free, so that it never takes the last one, and holds at most maxBackground
// places, which do not count as its owner's. A request that finds no free place evicts it,
// and so does one that begins, with evict.
type admission struct {
	mu     sync.Mutex
	free   int
	depth  int
	share  Share
	shares map[string]Share // of particular owners
	held   map[string]int   // places, by owner
	line   line             // of requests
	closed bool

	background line
	evictable  []*waiter // background work that holds a place and may be evicted
	inBack     int       // places that background work holds
}

// maxBackground is how many places background work holds at once.
const maxBackground = 1

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

// line holds waiters, whose owners take turns.
type line struct {
	owners []*lane // owners with waiters, in the order of their turns
	count  int     // all waiters
}

// lane holds the waiting requests of one owner.
type lane struct {
	owner   string
	waiters []*waiter
}

type waiter struct {
	owner    string
	evict    func() // of background work; nil for a request
	admitted chan struct{}
	refused  bool     // by close; read after admitted
	position chan int // the newest position, 1 for the next
}

func newWaiter(owner string, evict func()) *waiter {
	return &waiter{owner: owner, evict: evict, admitted: make(chan struct{}), position: make(chan int, 1)}
}

// of returns how many requests of an owner wait.
func (l *line) of(owner string) int {
	if i := slices.IndexFunc(l.owners, func(x *lane) bool { return x.owner == owner }); i >= 0 {
		return len(l.owners[i].waiters)
	}
	return 0
}

// add adds a waiter as the last of its owner.
func (l *line) add(w *waiter) {
	l.count++
	i := slices.IndexFunc(l.owners, func(x *lane) bool { return x.owner == w.owner })
	if i < 0 {
		l.owners = append(l.owners, &lane{owner: w.owner})
		i = len(l.owners) - 1
	}
	l.owners[i].waiters = append(l.owners[i].waiters, w)
}

// next removes the first waiter of the first owner that may have a place. It returns nil
// if there is none. The owner's next turn comes after those of all other owners.
func (l *line) next(may func(owner string) bool) *waiter {
	i := slices.IndexFunc(l.owners, func(x *lane) bool { return may(x.owner) })
	if i < 0 {
		return nil
	}
	x := l.owners[i]
	w := x.waiters[0]
	x.waiters = x.waiters[1:]
	l.count--
	l.owners = slices.Delete(l.owners, i, i+1)
	if len(x.waiters) > 0 {
		l.owners = append(l.owners, x)
	}
	return w
}

// remove removes a waiter. It reports false if the waiter has left the line.
func (l *line) remove(w *waiter) bool {
	for i, x := range l.owners {
		if j := slices.Index(x.waiters, w); j >= 0 {
			x.waiters = slices.Delete(x.waiters, j, j+1)
			l.count--
			if len(x.waiters) == 0 {
				l.owners = slices.Delete(l.owners, i, i+1)
			}
			return true
		}
	}
	return false
}

// refuse refuses all waiters.
func (l *line) refuse() {
	for _, x := range l.owners {
		for _, w := range x.waiters {
			w.refused = true
			close(w.admitted)
		}
	}
	*l = line{}
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

// acquire waits for a place. It calls position with each new position in the queue. The
// error is that of enter or wait.
func (a *admission) acquire(ctx context.Context, owner string, position func(int)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w, err := a.enter(owner)
	if err != nil || w == nil {
		return err
	}
	return a.wait(ctx, w, position)
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
	case a.line.count >= a.depth:
		return nil, ErrBusy
	case a.line.of(owner) >= a.shareOf(owner).Queue:
		return nil, ErrShare
	}
	w := newWaiter(owner, nil)
	a.line.add(w)
	if a.free == 0 {
		a.evictAll()
	}
	a.announce()
	return w, nil
}

// evict evicts background work that has a place, apart from what keep protects.
func (a *admission) evict() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.evictAll()
}

// evictAll is evict; the caller holds mu.
func (a *admission) evictAll() {
	for _, b := range a.evictable {
		b.evict()
	}
	a.evictable = nil
}

// enterBackground requests a place for background work and returns a waiter, which may
// have the place already; leaveBackground gives it back. Evict is called at most once,
// while the work holds the place, and must not block. As many may wait as requests.
func (a *admission) enterBackground(owner string, evict func()) (*waiter, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.closed:
		return nil, ErrClosed
	case a.background.count >= a.depth:
		return nil, ErrBusy
	}
	w := newWaiter(owner, evict)
	a.background.add(w)
	a.admit()
	return w, nil
}

// keep protects background work that has a place from eviction. It reports false if the
// work was evicted.
func (a *admission) keep(w *waiter) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := len(a.evictable)
	a.evictable = slices.DeleteFunc(a.evictable, func(x *waiter) bool { return x == w })
	return len(a.evictable) < n
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
				switch {
				case w.refused:
				case w.evict != nil:
					a.leaveBackground(w)
				default:
					a.leave(w.owner)
				}
			}
			return ctx.Err()
		}
	}
}

// abandon removes a waiter from its line. It reports false if the waiter has left it.
func (a *admission) abandon(w *waiter) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w.evict != nil {
		return a.background.remove(w)
	}
	if !a.line.remove(w) {
		return false
	}
	a.announce()
	a.admit()
	return true
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
	a.admit()
}

// leaveBackground releases the place of background work and admits the next waiter.
func (a *admission) leaveBackground(w *waiter) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.free++
	a.inBack--
	a.evictable = slices.DeleteFunc(a.evictable, func(x *waiter) bool { return x == w })
	a.admit()
}

// admit gives free places to those who may have them; the caller holds mu.
func (a *admission) admit() {
	for a.free > 0 {
		w := a.line.next(func(owner string) bool { return a.held[owner] < a.shareOf(owner).Boxes })
		if w == nil {
			break
		}
		a.take(w.owner)
		close(w.admitted)
		a.announce()
	}
	for a.free > 1 && a.line.count == 0 && a.inBack < maxBackground {
		w := a.background.next(func(string) bool { return true })
		if w == nil {
			break
		}
		a.free--
		a.inBack++
		a.evictable = append(a.evictable, w)
		close(w.admitted)
	}
}

// close refuses new requests and all background work, and, if drop is set, requests that
// wait.
func (a *admission) close(drop bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	a.evictAll()
	a.background.refuse()
	if drop {
		a.line.refuse()
	}
}

// announce sends every waiter its position, which assumes that no owner is at the limit
// of its share.
func (a *admission) announce() {
	n := 0
	for turn := 0; n < a.line.count; turn++ {
		for _, l := range a.line.owners {
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

// waiting returns how many requests wait, without background work.
func (a *admission) waiting() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.line.count
}
