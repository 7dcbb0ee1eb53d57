package history

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// relay passes TCP connections on, and breaks them: it is the network between two parts of
// the cluster, for one direction of dialling.
type relay struct {
	addr string

	mu     sync.Mutex
	target string
	cut    bool          // connections end, and new ones are refused
	frozen chan struct{} // while it is open, nothing moves and nothing ends
	delay  time.Duration // of everything
	conns  map[net.Conn]bool
}

func newRelay(t *testing.T, target string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{addr: l.Addr().String(), target: target, frozen: closed(), conns: map[net.Conn]bool{}}
	t.Cleanup(func() {
		l.Close()
		r.heal()
		r.drop()
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go r.pass(c)
		}
	}()
	return r
}

func closed() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// keep registers a connection, unless the relay is cut.
func (r *relay) keep(c net.Conn) (ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cut {
		c.Close()
		return false
	}
	r.conns[c] = true
	return true
}

func (r *relay) pass(c net.Conn) {
	if !r.keep(c) {
		return
	}
	r.wait()
	r.mu.Lock()
	target := r.target
	r.mu.Unlock()
	d, err := net.Dial("tcp", target)
	if err != nil || !r.keep(d) {
		c.Close()
		return
	}
	go r.copy(c, d)
	r.copy(d, c)
}

// wait returns when something may move.
func (r *relay) wait() {
	r.mu.Lock()
	frozen, delay := r.frozen, r.delay
	r.mu.Unlock()
	<-frozen
	time.Sleep(delay)
}

func (r *relay) copy(to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		r.wait()
		if _, failed := to.Write(buf[:n]); err != nil || failed != nil {
			break
		}
	}
	for _, c := range []net.Conn{to, from} {
		c.Close()
		r.mu.Lock()
		delete(r.conns, c)
		r.mu.Unlock()
	}
}

// drop ends all connections.
func (r *relay) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		c.Close()
	}
}

// refuse cuts the relay, freeze holds everything back, slow delays it, aim turns new
// connections to another target; heal ends all but the last.
func (r *relay) refuse() {
	r.mu.Lock()
	r.cut = true
	r.mu.Unlock()
	r.drop()
}

func (r *relay) freeze() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.frozen = make(chan struct{})
}

func (r *relay) slow(by time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.delay = by
}

func (r *relay) aim(target string) {
	r.mu.Lock()
	r.target = target
	r.mu.Unlock()
	r.drop()
}

func (r *relay) heal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut, r.delay = false, 0
	select {
	case <-r.frozen:
	default:
		close(r.frozen)
	}
}

func TestRelay(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go io.Copy(c, c)
		}
	}()
	r := newRelay(t, l.Addr().String())
	dial := func() net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	echo := func(c net.Conn, within time.Duration) error {
		if _, err := c.Write([]byte("x")); err != nil {
			return err
		}
		c.SetReadDeadline(time.Now().Add(within))
		_, err := c.Read(make([]byte, 1))
		return err
	}
	c := dial()
	if err := echo(c, time.Minute); err != nil {
		t.Errorf("whole: %v", err)
	}
	r.freeze()
	if err := echo(c, 50*time.Millisecond); err == nil {
		t.Error("a frozen relay lets bytes through")
	}
	r.heal()
	c.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Errorf("healed: %v", err)
	}
	r.refuse()
	if err := echo(dial(), time.Minute); err == nil {
		t.Error("a cut relay lets bytes through")
	}
	if err := echo(c, time.Minute); err == nil {
		t.Error("a connection survives the cut")
	}
	r.heal()
	if err := echo(dial(), time.Minute); err != nil {
		t.Errorf("healed again: %v", err)
	}
}
