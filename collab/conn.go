package collab

import (
	"context"
	"errors"
	"iter"
	"maps"
	"sync"
)

// Ended is how a session ends a connection. The code is empty where the
// connection has left by itself.
type Ended struct{ Code Code }

func (e *Ended) Error() string { return "connection ended: " + string(e.Code) }

// Conn is a connection to a session, as an editor has one. Its methods may be
// called from any goroutine; Recv from one at a time.
type Conn struct {
	s  *Session
	id ConnID

	mu    sync.Mutex
	queue [][]byte
	bytes int
	ended Code
	left  bool
	wake  chan struct{} // holds a token when there is something to see
}

func newConn(s *Session) *Conn { return &Conn{s: s, wake: make(chan struct{}, 1)} }

// Send hands a message to the session; it waits while its mailbox is full. The
// first message is a *[Hello].
func (c *Conn) Send(ctx context.Context, m ClientMessage) error {
	c.mu.Lock()
	ended, left := c.ended, c.left
	c.mu.Unlock()
	if ended != "" || left {
		return &Ended{ended}
	}
	err := c.s.post(ctx, mail{from: c, msg: m})
	if errors.Is(err, errUnloaded) {
		return &Ended{CodeResume}
	}
	return err
}

// Refuse answers what the connection sent and could not be decoded, so that
// its place in the order of answers is kept.
func (c *Conn) Refuse(ctx context.Context, err error) error {
	e := c.s.post(ctx, mail{do: func() { c.s.auth.Refuse(c.id, 0, err) }})
	if errors.Is(e, errUnloaded) {
		return &Ended{CodeResume}
	}
	return e
}

// Recv waits for the next message of the session, in order. The bytes are
// shared with other viewers and must not be changed. When the session ends the
// connection, the error is an *[Ended], after everything that came before.
func (c *Conn) Recv(ctx context.Context) ([]byte, error) {
	for {
		c.mu.Lock()
		if len(c.queue) > 0 {
			b := c.queue[0]
			c.queue[0] = nil
			c.queue = c.queue[1:]
			c.bytes -= len(b)
			c.mu.Unlock()
			return b, nil
		}
		c.queue = nil
		ended, left := c.ended, c.left
		c.mu.Unlock()
		if ended != "" || left {
			return nil, &Ended{ended}
		}
		select {
		case <-c.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Close leaves the session. It may be called again, and never waits.
func (c *Conn) Close() {
	c.mu.Lock()
	again := c.left
	c.left, c.queue = true, nil
	c.mu.Unlock()
	c.signal()
	if again {
		return
	}
	select {
	case c.s.mailbox <- mail{do: func() { c.s.drop(c) }}:
	case <-c.s.ended:
	default:
		c.s.mu.Lock()
		c.s.leaving = append(c.s.leaving, c)
		c.s.mu.Unlock()
		select {
		case c.s.left <- struct{}{}:
		default:
		}
	}
}

func (c *Conn) hasLeft() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left
}

// push queues a message; it reports false, and ends the connection, if its
// viewer is too slow or gone.
func (c *Conn) push(b []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left || c.ended != "" {
		return false
	}
	cfg := &c.s.hub.cfg
	if len(c.queue) >= cfg.Outbox || c.bytes+len(b) > cfg.Backlog && len(c.queue) > 0 {
		c.queue, c.ended = nil, CodeResume
		c.signal()
		return false
	}
	c.queue = append(c.queue, b)
	c.bytes += len(b)
	c.signal()
	return true
}

func (c *Conn) end(code Code) {
	c.mu.Lock()
	if c.ended == "" {
		c.ended = code
	}
	c.mu.Unlock()
	c.signal()
}

func (c *Conn) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func keys(m map[ConnID]*Conn) iter.Seq[ConnID] { return maps.Keys(m) }
