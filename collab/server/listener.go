package server

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Limit bounds the TCP connections of a listener, including idle ones and those that
// have not sent a request yet: at most most at once. One household may have twice its
// limit of sockets, and as many new connections a minute as requests. Limit closes a
// connection above these as soon as it is accepted. Connections of trusted proxies count
// towards most only.
func (s *Server) Limit(ln net.Listener, most int) net.Listener {
	return &limited{Listener: ln, server: s, most: most}
}

type limited struct {
	net.Listener
	server *Server
	most   int
}

// Accept implements [net.Listener].
func (l *limited) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		release, ok := l.server.accept(parseAddr(conn.RemoteAddr().String()), l.most)
		if ok {
			return &counted{Conn: conn, release: release}, nil
		}
		l.server.metrics.refused.WithLabelValues("accept").Inc()
		_ = conn.Close()
	}
}

func (s *Server) accept(addr netip.Addr, most int) (release func(), ok bool) {
	q := s.quotas
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.accepted >= most {
		return nil, false
	}
	var own *usage
	if !contains(s.cfg.Proxies, addr) {
		own = q.of(addr, time.Now())
		if own.accepted >= 2*q.lim.AddressConnections || !own.accepts.AllowN(time.Now(), 1) {
			return nil, false
		}
		own.accepted++
	}
	q.accepted++
	return sync.OnceFunc(func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.accepted--
		if own != nil {
			own.accepted--
		}
	}), true
}

// counted is a connection that is counted until it is closed.
type counted struct {
	net.Conn
	release func()
}

// SyscallConn implements [syscall.Conn].
func (c *counted) SyscallConn() (syscall.RawConn, error) {
	if sys, ok := c.Conn.(syscall.Conn); ok {
		return sys.SyscallConn()
	}
	return nil, fmt.Errorf("%T is not a connection of the system", c.Conn)
}

// Close implements [net.Conn].
func (c *counted) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// CloseWrite is what an [http.Server] calls before it closes a connection on which something
// was not read: otherwise the answer could be lost.
func (c *counted) CloseWrite() error {
	if tcp, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return tcp.CloseWrite()
	}
	return nil
}
