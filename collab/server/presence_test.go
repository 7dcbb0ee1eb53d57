package server_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/web"
	"github.com/gorilla/websocket"
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

// site is a server in a bubble of synctest, with one session.
type site struct {
	t       *testing.T
	network *pipes
	session collab.SessionID
	stop    func()
}

func newSite(t *testing.T) *site {
	t.Helper()
	log := store.NewMemory()
	hub := collab.NewHub(collab.Config{Store: log})
	srv, err := server.New(server.Config{Hub: hub, Assets: web.Dist()})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, network: &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}, session: collab.SessionID(strings.Repeat("0", 26))}
	page := &http.Server{Handler: srv}
	go func() {
		if err := page.Serve(s.network); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	}()
	if err := hub.Create(t.Context(), s.session, ""); err != nil {
		t.Fatal(err)
	}
	s.stop = func() {
		if err := srv.Close(t.Context()); err != nil {
			t.Error(err)
		}
		s.network.Close()
		page.Close()
		hub.Close()
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	}
	return s
}

// join connects somebody, and waits for the welcome.
func (s *site) join(client string) *websocket.Conn {
	s.t.Helper()
	d := websocket.Dialer{NetDialContext: s.network.dial}
	ws, _, err := d.Dial("ws://127.0.0.1/v/"+string(s.session)+"/socket", nil)
	if err == nil {
		err = ws.WriteMessage(websocket.TextMessage, []byte(hello(client)))
	}
	if err == nil {
		_, _, err = ws.ReadMessage()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return ws
}

// A laptop whose lid is shut answers nothing and closes nothing. Within 15 s
// the others are told that it has gone; one that only listens stays.
func TestAVanishedLaptopIsNoticed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		listener := s.join("listener")
		var mu sync.Mutex
		var heard []string
		var reading sync.WaitGroup
		reading.Go(func() {
			for {
				_, data, err := listener.ReadMessage()
				if err != nil {
					return
				}
				mu.Lock()
				heard = append(heard, string(data))
				mu.Unlock()
			}
		})
		laptop := s.join("laptop")
		time.Sleep(15 * time.Second)
		synctest.Wait()
		mu.Lock()
		if got := strings.Join(heard, "\n"); !strings.Contains(got, `{"type":"leave","client":"`+id("laptop")+`"}`) {
			t.Errorf("after 15 s the others have heard:\n%s", got)
		}
		mu.Unlock()
		time.Sleep(10 * time.Minute)
		if err := listener.WriteMessage(websocket.TextMessage, []byte(hello("listener"))); err != nil {
			t.Errorf("who only listens was closed: %v", err)
		}
		laptop.Close()
		listener.Close()
		reading.Wait()
		s.stop()
	})
}

// Each hello is answered with the text and the last run. Whoever says it over and
// over is answered twice a second, after a burst.
func TestHelloOverAndOverIsAnsweredSlowly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		ws := s.join("again")
		const times = 100
		var saying sync.WaitGroup
		saying.Go(func() {
			for range times {
				if ws.WriteMessage(websocket.TextMessage, []byte(hello("again"))) != nil {
					return
				}
			}
		})
		start := time.Now()
		for range times {
			if _, data, err := ws.ReadMessage(); err != nil || !strings.HasPrefix(string(data), `{"type":"welcome"`) {
				t.Fatalf("%s, %v", data, err)
			}
		}
		if took := time.Since(start); took < 40*time.Second || took > 60*time.Second {
			t.Errorf("%d times took %v", times, took)
		}
		saying.Wait()
		ws.Close()
		s.stop()
	})
}
