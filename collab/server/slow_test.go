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
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/web"
)

// slow is a server on pipes, so that time is the test's, with one session whose
// token is known. A request has a minute to arrive, its answer one more to be taken.
type slow struct {
	*testing.T
	hub     *collab.Hub
	srv     *server.Server
	network *pipes
	token   string
	session collab.SessionID
	stop    func()
}

func onPipes(t *testing.T, source string, change func(*server.Config)) *slow {
	t.Helper()
	log := store.NewMemory()
	hub := collab.NewHub(collab.Config{Store: log, Runner: script{}})
	cfg := server.Config{Hub: hub, Assets: web.Dist()}
	if change != nil {
		change(&cfg)
	}
	srv, err := server.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := &slow{T: t, hub: hub, srv: srv, network: &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}}
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
func (s *slow) close(d time.Duration) {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	if err := s.srv.Close(ctx); err != nil {
		s.Error(err)
	}
}

// ask sends a request about the session whose answer nobody has read yet.
func (s *slow) ask(method, path, body string) net.Conn {
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

// A run may take longer than a request and its answer may, for who started it and
// for who follows it, with or without a body.
func TestAStreamHasItsOwnTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, "hang", nil)
		started := s.ask("POST", "/runs", `{"mode":"debug"}`)
		synctest.Wait()
		followed := s.ask("GET", "/runs/last", `{}`)
		synctest.Wait()
		person, err := s.hub.Join(t.Context(), s.session)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(10 * time.Minute)
			_ = person.Send(t.Context(), &collab.Hello{Protocol: collab.ProtocolVersion, Key: collab.NewKey()})
			data, _ := person.Recv(t.Context())
			m, _ := collab.DecodeServer(data)
			_ = person.Send(t.Context(), &collab.StopMsg{Run: m.(*collab.Welcome).Run.Run})
		}()
		second := make(chan string)
		go func() { second <- answer(t, followed) }()
		for i, body := range []string{answer(t, started), <-second} {
			if !strings.Contains(body, `"type":"end"`) || !strings.Contains(body, `"canceled"`) {
				t.Errorf("stream %d ends with\n%s", i, body)
			}
		}
		person.Close()
		started.Close()
		followed.Close()
		s.stop()
	})
}

// Who starts a run and reads nothing of it is given up; and does not keep a server
// from closing.
func TestAStreamThatNobodyReads(t *testing.T) {
	t.Parallel()
	for _, wait := range []time.Duration{11 * time.Second, 0} {
		synctest.Test(t, func(t *testing.T) {
			s := onPipes(t, "print out\nhang", nil)
			conn := s.ask("POST", "/runs", "")
			time.Sleep(wait)
			synctest.Wait()
			if wait > 0 {
				if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
					t.Errorf("after %v the stream is open: %v", wait, err)
				}
				s.close(time.Millisecond)
			}
			s.close(2 * time.Second)
			conn.Close()
			s.stop()
		})
	}
}

// Bodies that do not arrive are bounded for each address, and are not what keeps
// people's connections from being taken.
func TestBodiesThatDoNotArrive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, "", func(c *server.Config) { c.Limits.AddressConnections = 2 })
		var waiting []net.Conn
		for range 2 {
			conn, err := s.network.dial(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(conn, "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{")
			waiting = append(waiting, conn)
		}
		synctest.Wait()
		third := s.ask("POST", "/format", `{"source":""}`)
		if got := answer(t, third); !strings.Contains(got, "this address has 2 requests open") {
			t.Errorf("a third body: %s", got)
		}
		third.Close()
		run := s.ask("POST", "/runs", "")
		if got := answer(t, run); !strings.Contains(got, `"type":"end"`) {
			t.Errorf("a connection meanwhile: %s", got)
		}
		run.Close()
		for _, conn := range waiting {
			if got := answer(t, conn); !strings.Contains(got, "did not arrive") {
				t.Errorf("after a minute: %s", got)
			}
			conn.Close()
		}
		s.stop()
	})
}
