package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/web"
	"github.com/corust-dev/corust/collab/wire"
)

// pipes is a network without a kernel: its time is the test's.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	a, b := net.Pipe()
	p.conns <- b
	return a, nil
}

// piped is a server on pipes, so that time is the test's, with one session whose
// token is known. A request has a minute to arrive, its answer one more to be taken.
type piped struct {
	*testing.T
	hub     *collab.Hub
	srv     *server.Server
	network *pipes
	token   string
	session wire.SessionID
	stop    func()
}

func onPipes(t *testing.T, source string, change func(*server.Config)) *piped {
	t.Helper()
	log := memory.New()
	hub := collab.NewHub(collab.Config{Store: log, Runner: script{}})
	cfg := server.Config{Hub: hub, Assets: web.Dist()}
	if change != nil {
		change(&cfg)
	}
	srv, err := server.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := &piped{T: t, hub: hub, srv: srv, network: &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}}
	site := &http.Server{Handler: srv, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute}
	go func() {
		if err := site.Serve(s.network); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	}()
	s.stop = func() {
		s.close(10 * time.Second)
		s.network.Close()
		site.Close()
		hub.Close()
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	}
	s.token = strings.Repeat("0", 26)
	s.session = "w2pfehyv7kccwhnjy78z76dqh8" // of that token
	if err := hub.Create(t.Context(), s.session, source); err != nil {
		t.Fatal(err)
	}
	return s
}

// close closes the server, which must not take longer than d.
func (s *piped) close(d time.Duration) {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	if err := s.srv.Close(ctx); err != nil {
		s.Error(err)
	}
}

// ask sends a request about the session, and returns before its answer is read.
func (s *piped) ask(method, path, body string) net.Conn {
	s.Helper()
	conn, err := s.network.dial(s.Context(), "", "")
	if err == nil {
		_, err = fmt.Fprintf(conn, "%s /api/v1/sessions/%s%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, s.token, path, len(body), body)
	}
	if err != nil {
		s.Fatal(err)
	}
	return conn
}

func answer(t *testing.T, conn net.Conn) string {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("%v behind %s", err, body)
	}
	return string(body)
}

// join connects a member and waits for the welcome. If line is not nil, it wraps the
// connection.
func (s *piped) join(name string, line func(net.Conn) net.Conn) (*websocket.Conn, *wire.Welcome) {
	s.Helper()
	d := websocket.Dialer{WriteBufferSize: 1 << 20, NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := s.network.dial(ctx, network, addr)
		if line != nil {
			conn = line(conn)
		}
		return conn, err
	}}
	ws, _, err := d.Dial("ws://x/s/"+s.token+"/socket", nil)
	var data []byte
	var m wire.ServerMessage
	if err == nil {
		err = ws.WriteMessage(websocket.TextMessage, []byte(hello(name)))
	}
	if err == nil {
		_, data, err = ws.ReadMessage()
	}
	if err == nil {
		m, err = wire.DecodeServer(data)
	}
	if err != nil {
		s.Fatal(err)
	}
	return ws, m.(*wire.Welcome)
}
