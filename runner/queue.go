package runner

import (
	"context"
	"errors"
)

// Queue is the fair queue of a [Runner], for an [Executor] that runs requests elsewhere:
// so many hold places at once, so many more wait, and the owners take turns. All methods
// may be called from any goroutine.
type Queue struct{ a *admission }

// NewQueue returns a queue of so many places, and depth requests that may wait for one.
// Share and shares are as in Config.
func NewQueue(places, depth int, share Share, shares map[string]Share) *Queue {
	return &Queue{newAdmission(places, depth, share, shares)}
}

// Enter waits for a place and returns the function that gives it back. It calls position
// with each new position in the queue, 1 for the next. The error is [ErrBusy],
// [ErrShare], [ErrClosed] or that of ctx.
func (q *Queue) Enter(ctx context.Context, owner string, position func(int)) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w, err := q.a.enter(owner)
	if err == nil && w != nil {
		err = q.a.wait(ctx, w, position)
	}
	if err != nil {
		return nil, err
	}
	return func() { q.a.leave(owner) }, nil
}

// EnterBackground is Enter for background work, which gets a place only while others are
// free; see Request.Ahead. The context that it returns ends when ctx does, and when a
// request needs the place.
func (q *Queue) EnterBackground(ctx context.Context, owner string) (context.Context, func(), error) {
	ctx, cancel := context.WithCancel(ctx)
	w, err := q.a.enterBackground(owner, cancel)
	if err == nil {
		err = q.a.wait(ctx, w, func(int) {})
	}
	if err != nil {
		cancel()
		return nil, nil, err
	}
	return ctx, func() {
		cancel()
		q.a.leaveBackground(w)
	}, nil
}

// Waiting returns how many requests wait, without background work.
func (q *Queue) Waiting() int { return q.a.waiting() }

// Close refuses new requests, and those that wait.
func (q *Queue) Close() { q.a.close(true) }

// Outbox passes events on to a caller that may be slower than they come.
type Outbox struct{ o *outbox }

// NewOutbox returns an Outbox that calls emit with each event, from one goroutine. Adjacent
// pieces of one stream are joined. A nil emit discards.
func NewOutbox(emit func(Event)) *Outbox { return &Outbox{newOutbox(emit)} }

// Put adds an event. It does not block.
func (o *Outbox) Put(e Event) { o.o.put(e) }

// Close waits until every event was delivered. It may be called again.
func (o *Outbox) Close() { o.o.close() }

// ErrLost is returned when the machine that ran the request was lost after something of the
// run was shown. The request may be sent again.
var ErrLost = errors.New("the worker that ran the program was lost")
