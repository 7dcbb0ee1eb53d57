package server

import "sync"

// crew calls functions in goroutines, as the go statement does, and keeps goroutines that
// have returned for the next calls. A new goroutine has a stack of 2 KB, and a write to a
// WebSocket needs 4 KB: to grow one for each message and viewer took a fourth of a server's
// processor time. A call never waits for another, however long that takes.
type crew struct {
	mu      sync.Mutex
	idle    []chan func() // the last one was idle for the shortest time
	closed  bool
	members sync.WaitGroup
}

// mostIdle is how many idle goroutines a crew keeps: those of a session with as many viewers
// as it may have. The garbage collector shrinks their stacks.
const mostIdle = 256

// call calls f in a goroutine.
func (c *crew) call(f func()) {
	c.mu.Lock()
	n := len(c.idle)
	if n == 0 {
		c.mu.Unlock()
		c.members.Go(func() { c.work(f) })
		return
	}
	next := c.idle[n-1]
	c.idle = c.idle[:n-1]
	c.mu.Unlock()
	next <- f // has room
}

// work calls f, and then what call hands over, until there are enough others.
func (c *crew) work(f func()) {
	next := make(chan func(), 1)
	for ok := true; ok; f, ok = <-next {
		f()
		if !c.rest(next) {
			return
		}
	}
}

// rest has the next call use a goroutine, unless it is not needed.
func (c *crew) rest(next chan func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.idle) == mostIdle {
		return false
	}
	c.idle = append(c.idle, next)
	return true
}

// close ends the idle goroutines and waits for the others. Nothing may be called after it.
func (c *crew) close() {
	c.mu.Lock()
	c.closed = true
	for _, next := range c.idle {
		close(next)
	}
	c.idle = nil
	c.mu.Unlock()
	c.members.Wait()
}
