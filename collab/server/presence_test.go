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

// A laptop whose lid is shut answers nothing and closes nothing. Within 15 s
// the others are told that it has gone; one that only listens stays.
func TestAVanishedLaptopIsNoticed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := store.NewMemory()
		hub := collab.NewHub(collab.Config{Store: log})
		srv, err := server.New(server.Config{Hub: hub, Assets: web.Dist()})
		if err != nil {
			t.Fatal(err)
		}
		network := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		site := &http.Server{Handler: srv}
		go func() {
			if err := site.Serve(network); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
		}()
		session := collab.SessionID(strings.Repeat("0", 26))
		if err := hub.Create(t.Context(), session, ""); err != nil {
			t.Fatal(err)
		}
		join := func(client string) *websocket.Conn {
			d := websocket.Dialer{NetDialContext: network.dial}
			ws, _, err := d.Dial("ws://127.0.0.1/v/"+string(session)+"/socket", nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := ws.WriteMessage(websocket.TextMessage, []byte(hello(client))); err != nil {
				t.Fatal(err)
			}
			if _, _, err := ws.ReadMessage(); err != nil {
				t.Fatal(err)
			}
			return ws
		}
		listener := join("listener")
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
		laptop := join("laptop")
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
		if err := srv.Close(t.Context()); err != nil {
			t.Error(err)
		}
		listener.Close()
		reading.Wait()
		network.Close()
		site.Close()
		hub.Close()
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
}
