package collab

import (
	"context"
	"errors"
	"sync"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// keepQueue is how many messages a queue keeps room for while it is empty.
const keepQueue = 16

// Ended is returned after a connection has ended. The code is empty if the caller closed
// it.
type Ended struct{ Code wire.Code }

func (e *Ended) Error() string { return "connection ended: " + string(e.Code) }

// Unwrap returns the error for the code, if the caller can act on it.
func (e *Ended) Unwrap() error {
	switch e.Code {
	case wire.CodeResume:
		return wire.ErrResume
	case wire.CodeGone:
		return store.ErrNotFound
	}
	return nil
}

// Conn is a connection of an editor to a session. Its methods may be called from any
// goroutine, those that receive from one at a time.
//
// There are two ways to receive. [Conn.Recv] waits. A caller with thousands of
// connections, and without a goroutine for each, registers a function with
// [Conn.Notify], calls [Conn.Take] until it gives nothing, and then [Conn.Park].
type Conn struct {
	s  *Session
	id authority.ConnID

	mu    sync.Mutex
	queue []*authority.Frame
	next  int // of queue
	bytes int
	ended wire.Code
	left  bool
	view  *authority.View // of an observer, as it is at first
	wake  chan struct{}   // holds a token when there may be something to take
	// notify is called once when there is something to take and parked is set.
	notify func()
	parked bool

	// due is set while the session has queued frames and not yet called rouse. It belongs
	// to the session's goroutine.
	due bool
}

func newConn(s *Session) *Conn { return &Conn{s: s, wake: make(chan struct{}, 1)} }

// Send sends a message to the session. It waits while the session's mailbox is full. The
// first message is a *[wire.Hello]. The error is an *[Ended], or that of ctx.
func (c *Conn) Send(ctx context.Context, m wire.ClientMessage) error {
	c.mu.Lock()
	ended, left := c.ended, c.left
	c.mu.Unlock()
	if ended != "" || left {
		return &Ended{ended}
	}
	err := c.s.post(ctx, mail{from: c, msg: m})
	if errors.Is(err, errUnloaded) {
		return &Ended{wire.CodeResume}
	}
	return err
}

// Recv waits for the next message of the session, in order. The bytes are shared with
// other connections and must not be changed. Once the connection has ended and all
// messages are taken, the error is an *[Ended].
func (c *Conn) Recv(ctx context.Context) ([]byte, error) {
	var f *authority.Frame
	err := c.wait(ctx, func() (_ bool, err error) {
		f, err = c.take()
		return f != nil, err
	})
	if err != nil {
		return nil, err
	}
	return f.Bytes(), nil
}

// wait calls f, with mu held, each time that there may be something to take, until f
// reports true or fails.
func (c *Conn) wait(ctx context.Context, f func() (bool, error)) error {
	for {
		c.mu.Lock()
		done, err := f()
		c.mu.Unlock()
		if done || err != nil {
			return err
		}
		select {
		case <-c.wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Take is like Recv, but returns nil if no message is pending.
func (c *Conn) Take() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, err := c.take()
	if f == nil {
		return nil, err
	}
	return f.Bytes(), nil
}

// take gives the next frame, nil if there is none; the caller holds mu.
func (c *Conn) take() (*authority.Frame, error) {
	if c.next < len(c.queue) {
		f := c.queue[c.next]
		c.queue[c.next] = nil
		c.next++
		c.bytes -= len(f.Bytes())
		return f, nil
	}
	c.queue, c.next = c.queue[:0], 0
	if cap(c.queue) > keepQueue {
		c.queue = nil
	}
	return nil, c.over()
}

// over gives an *[Ended] if the connection has ended; the caller holds mu.
func (c *Conn) over() error {
	if c.ended != "" || c.left {
		return &Ended{c.ended}
	}
	return nil
}

// show gives an observer its view.
func (c *Conn) show(v *authority.View) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.view = v
	c.signal()
}

// Notify registers f, which is called once when there is something to Take, perhaps
// before Notify returns; and after that, once for each Park that gave true. The session
// may be the caller: f must not block, nor call methods of the connection. Notify(nil)
// removes f: when it returns, f is not running and is not called again.
func (c *Conn) Notify(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notify, c.parked = f, f != nil
	if c.next < len(c.queue) || c.ended != "" || c.left {
		c.signal()
	}
}

// Park states that the caller takes nothing until the next notification. If there is
// something to take, it gives false and has no effect.
func (c *Conn) Park() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next < len(c.queue) || c.ended != "" || c.left {
		return false
	}
	c.parked = true
	return true
}

// Close leaves the session. It never blocks, and may be called again.
func (c *Conn) Close() {
	c.mu.Lock()
	again := c.left
	c.left = true
	c.clear()
	c.signal()
	c.mu.Unlock()
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

// push queues a frame, for which rouse is to be called. It reports false, and ends the
// connection, if its reader is too slow or gone.
func (c *Conn) push(f *authority.Frame) bool {
	size := len(f.Bytes())
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left || c.ended != "" {
		return false
	}
	cfg := &c.s.hub.cfg
	if waiting := len(c.queue) - c.next; waiting >= cfg.Outbox || c.bytes+size > cfg.Backlog && waiting > 0 {
		c.clear()
		c.ended = wire.CodeResume
		c.signal()
		return false
	}
	if len(c.queue) == cap(c.queue) && c.next > len(c.queue)/2 {
		n := copy(c.queue, c.queue[c.next:])
		clear(c.queue[n:])
		c.queue, c.next = c.queue[:n], 0
	}
	c.queue = append(c.queue, f)
	c.bytes += size
	if len(c.queue)-c.next > cfg.Outbox/2 || c.bytes > cfg.Backlog/2 {
		c.signal() // a large commit must not fill the queue of a receiver that is fast enough
	}
	return true
}

// rouse wakes the receiver after pushes, unless it has left.
func (c *Conn) rouse() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.signal()
}

func (c *Conn) end(code wire.Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended == "" {
		c.ended = code
	}
	c.signal()
}

// clear drops the queue.
func (c *Conn) clear() { c.queue, c.next, c.bytes = nil, 0, 0 }

// signal wakes the receiver; the caller holds mu.
func (c *Conn) signal() {
	if c.parked && c.notify != nil {
		c.parked = false
		c.notify()
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
