package server_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/gorilla/websocket"
)

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
		person, err := s.hub.Join(t.Context(), s.session, authority.Visitor{})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(10 * time.Minute)
			_ = person.Send(t.Context(), &wire.Hello{Protocol: wire.ProtocolVersion, Key: wire.NewKey()})
			data, _ := person.Recv(t.Context())
			m, _ := wire.DecodeServer(data)
			_ = person.Send(t.Context(), &wire.StopMsg{Run: m.(*wire.Welcome).Run.Run})
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

// The server ends a stream of a run that the client does not read, and such a stream
// does not keep it from closing.
func TestAnUnreadStreamIsEnded(t *testing.T) {
	t.Parallel()
	for _, wait := range []time.Duration{25 * time.Second, 0} {
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

// The server ends a connection that asks for a socket and does not read the answer.
func TestAnUnreadHandshakeIsEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, "", nil)
		conn, err := s.network.dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET /s/%s/socket HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", s.token)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("after 11 s it is open: %v", err)
		}
		s.close(time.Millisecond)
		conn.Close()
		s.stop()
	})
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

// slowLine is a connection that carries 4 KB a second upwards.
type slowLine struct{ net.Conn }

func (l slowLine) Write(p []byte) (n int, err error) {
	for len(p) > 0 && err == nil {
		var m int
		m, err = l.Conn.Write(p[:min(4096, len(p))])
		n, p = n+m, p[m:]
		if n >= 4096 {
			time.Sleep(time.Second)
		}
	}
	return n, err
}

// A long message from a slow line arrives, though it takes longer than a connection may
// be silent.
func TestALongMessageArrivesOnASlowLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, "", nil)
		ws, welcome := s.join("slow", func(c net.Conn) net.Conn { return slowLine{c} })
		acked := make(chan string, 1)
		go func() {
			for {
				_, data, err := ws.ReadMessage()
				if err != nil || string(data) != `{"type":"ping"}` {
					acked <- fmt.Sprintf("%s %v", data, err)
					return
				}
			}
		}()
		text := strings.Repeat("x", 200_000) // 50 s
		if err := ws.WriteMessage(websocket.TextMessage, []byte(fmt.Sprintf(`{"type":"push","epoch":%q,"version":0,"seq":1,"changes":[[0,%q]]}`, welcome.Epoch, text))); err != nil {
			t.Error(err)
		}
		if got := <-acked; !strings.Contains(got, `"ack"`) {
			t.Errorf("the answer is %s", got)
		}
		ws.Close()
		s.stop()
	})
}

// Pings count as messages for the rate at which the server reads.
func TestPingsAreReadAtTheRateOfMessages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, "", nil)
		ws, _ := s.join("pings", nil)
		var reading sync.WaitGroup
		reading.Go(func() { drain(ws) })
		begun := time.Now()
		for range 1000 {
			if err := ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		// 240 at once, then 60 a second.
		if took := time.Since(begun); took < 10*time.Second {
			t.Errorf("1,000 pings were read in %v", took)
		}
		ws.Close()
		reading.Wait()
		s.stop()
	})
}
