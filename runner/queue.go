package runner

import "context"

// Queue is the fair queue of a [Runner], for an [Executor] that runs requests elsewhere.
// It limits how many requests hold places and how many more wait, and its owners take
// turns. All methods may be called from any goroutine.
type Queue struct{ a *admission }

// NewQueue returns a queue with this number of places, where at most depth requests wait.
// share and shares are as in Config.
func NewQueue(places, depth int, share Share, shares map[string]Share) *Queue {
	return &Queue{newAdmission(places, depth, share, shares)}
}

// Enter waits for a place and returns the function that gives it back. It calls position
// with each new position in the queue, 1 for the next. The error is [ErrBusy],
// [ErrShare], [ErrClosed] or that of ctx.
func (q *Queue) Enter(ctx context.Context, owner string, position func(int)) (leave func(), err error) {
	if err := q.a.acquire(ctx, owner, position); err != nil {
		return nil, err
	}
	return func() { q.a.leave(owner) }, nil
}

// Waiting returns how many requests wait.
func (q *Queue) Waiting() int { return q.a.waiting() }

// Close refuses new requests and those that wait.
func (q *Queue) Close() { q.a.close(true) }

// Outbox buffers events for a caller that may be slower than the run.
type Outbox struct{ o *outbox }

// NewOutbox returns an Outbox that calls emit with each event, from one goroutine. Adjacent
// pieces of one stream are joined. A nil emit discards.
func NewOutbox(emit func(Event)) *Outbox { return &Outbox{newOutbox(emit)} }

// Put adds an event. It does not block.
func (o *Outbox) Put(e Event) { o.o.put(e) }

// Close waits until every event is delivered. It may be called again.
func (o *Outbox) Close() { o.o.close() }
