package engine

import (
	"context"
	"net"
	"sync"
)

// slotKey is the context key under which Attach passes a *connSlot.
type slotKey struct{}

// connSlot holds the connection that was dialled for one request, so that it can
// be closed from outside.
type connSlot struct {
	mu     sync.Mutex
	conn   net.Conn
	closed bool
}

func (s *connSlot) set(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = c
	if s.closed {
		c.Close()
	}
}

func (s *connSlot) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.conn != nil {
		s.conn.Close()
	}
}

// dialer dials one address, whatever it is asked for, and notes the connection
// in the slot that the context carries.
func dialer(network, addr string) func(context.Context, string, string) (net.Conn, error) {
	var d net.Dialer
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		if slot, ok := ctx.Value(slotKey{}).(*connSlot); ok {
			slot.set(conn)
		}
		return conn, nil
	}
}
