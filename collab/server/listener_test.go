package server_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/gorilla/websocket"
)

// A connection counts from accept to close, whether or not it sends a request.
func TestConnectionsAreCountedAtTheListener(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*server.Config)
		most   int
		want   int
	}{
		"of an address":  {func(c *server.Config) { c.Limits.AddressConnections = 2 }, 100, 4},
		"in all":         {func(*server.Config) {}, 3, 3},
		"of a proxy":     {func(c *server.Config) { c.Limits.AddressConnections = 2; behindProxy(c) }, 6, 6},
		"new in a while": {func(c *server.Config) { c.Limits.AddressRequests = 4 }, 100, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, tt.change)
			site := httptest.NewUnstartedServer(f.srv)
			site.Listener = f.srv.Limit(site.Listener, tt.most)
			site.Start()
			defer site.Close()
			addr := site.Listener.Addr().String()
			var open []net.Conn
			defer func() {
				for _, c := range open {
					c.Close()
				}
			}()
			dial := func() bool {
				conn, err := net.Dial("tcp", addr)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
				line := make([]byte, 15)
				_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
				if _, err := io.ReadFull(conn, line); err != nil {
					conn.Close()
					return false
				}
				open = append(open, conn)
				return true
			}
			for range tt.want + 3 {
				dial()
			}
			if len(open) != tt.want {
				t.Errorf("%d idle connections are open, want %d", len(open), tt.want)
			}
			if name == "new in a while" {
				return
			}
			open[0].Close()
			open = open[1:]
			for deadline := time.Now().Add(20 * time.Second); !dial(); {
				if time.Now().After(deadline) {
					t.Fatal("after one is closed no other is let in")
				}
			}
		})
	}
}

// The server reads an address no faster than its rate of bytes, and keeps its connections.
func TestBytesOfAnAddressAreReadAtItsRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, "", func(c *server.Config) {
			c.Limits.MessageBytes, c.Limits.AddressBytes = 4096, 16<<10
		})
		a, w := s.join("a", nil)
		a.SetPingHandler(func(string) error { return nil }) // the line takes no answer meanwhile
		text := strings.Repeat("x", 3000)
		begin, length := time.Now(), 0
		acked := make(chan error)
		go func() {
			for n := 0; n < 20; {
				_, data, err := a.ReadMessage()
				if err != nil {
					acked <- fmt.Errorf("after %d acknowledgements: %w", n, err)
					return
				}
				if string(data) != `{"type":"ping"}` {
					n++
				}
			}
			acked <- nil
		}()
		for i := range 20 {
			message := fmt.Sprintf(`{"type":"push","epoch":%q,"version":%d,"seq":%d,"changes":[%d,[0,%q]]}`, w.Epoch, i, i+1, length, text)
			if i == 0 {
				message = fmt.Sprintf(`{"type":"push","epoch":%q,"version":0,"seq":1,"changes":[[0,%q]]}`, w.Epoch, text)
			}
			length += len(text)
			if err := a.WriteMessage(websocket.TextMessage, []byte(message)); err != nil {
				t.Fatal(err)
			}
		}
		if err := <-acked; err != nil {
			t.Fatal(err)
		}
		// 61 KB, the first 16 KB at once.
		if took := time.Since(begin); took < 160*time.Second || took > 190*time.Second {
			t.Errorf("20 messages of 3 KB took %v, want about 170 s at 16 KiB a minute", took)
		}
		a.Close()
		s.stop()
	})
}

// Bodies count to the same, and are refused.
func TestBytesOfBodies(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *server.Config) { c.Limits.MessageBytes, c.Limits.AddressBytes = 1000, 4000 })
	body := `{"source":"` + strings.Repeat("x", 900) + `"}`
	var last wire.Problem
	for i := range 5 {
		want := http.StatusCreated
		if i == 4 {
			want = http.StatusTooManyRequests
		}
		if status := f.do("POST", "/api/v1/sessions", body, &last); status != want {
			t.Errorf("body %d: status %d, want %d", i, status, want)
		}
	}
	if !strings.Contains(last.Detail, "4000 a minute") {
		t.Errorf("refused with %q", last.Detail)
	}
}

// The default allows pasting the longest text, undoing that and redoing it without a
// wait.
func TestTheLongestPasteIsReadWithoutAWait(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	s := f.create("")
	e := f.join(s.Edit, "a")
	const units = 256 << 10
	whole := strings.Repeat("日", units)
	begin := time.Now()
	for i := range 10 {
		changes := fmt.Sprintf("[[0,%q]]", whole)
		if i%2 == 1 {
			changes = fmt.Sprintf("[[%d]]", units)
		}
		e.send(fmt.Sprintf(`{"type":"push","epoch":"EPOCH","version":%d,"seq":%d,"changes":%s}`, i, i+1, changes))
		e.expect("ack")
	}
	if took := time.Since(begin); took > 40*time.Second {
		t.Errorf("five pastes and undos took %v", took)
	}
}

func TestRequestsOfAnAddress(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *server.Config) { c.Limits.AddressRequests = 20; behindProxy(c) })
	ask := func(addr, path string) int {
		req, err := http.NewRequest("GET", f.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = from(addr)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	refused := 0
	for range 15 {
		if ask("192.0.2.1", "/api/v1/openapi.yaml") == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused < 3 || refused > 5 {
		t.Errorf("of 15 requests at once %d are refused, want about 5", refused)
	}
	for addr, path := range map[string]string{"192.0.2.2": "/api/v1/openapi.yaml", "192.0.2.1": "/healthz"} {
		if status := ask(addr, path); status != http.StatusOK {
			t.Errorf("%s of %s: status %d", path, addr, status)
		}
	}
}

// The server reads the connections of one address no faster than ten of them may send,
// and ends none.
func TestMessagesOfAnAddressAreReadAtItsRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, "", func(c *server.Config) { c.Limits.MessageRate, c.Limits.AddressTalkers = 10, 2 })
		const people, each = 5, 40
		begin := time.Now()
		var all sync.WaitGroup
		for i := range people {
			ws, w := s.join(fmt.Sprint(i), nil)
			ws.SetPingHandler(func(string) error { return nil })
			done := make(chan struct{})
			go func() {
				defer close(done)
				for err := error(nil); err == nil; _, _, err = ws.ReadMessage() {
				}
			}()
			all.Go(func() {
				cursor := fmt.Sprintf(`{"type":"cursor","epoch":%q,"version":0,"cursor":[[0,0]]}`, w.Epoch)
				for range each {
					if err := ws.WriteMessage(websocket.TextMessage, []byte(cursor)); err != nil {
						t.Errorf("person %d: %v", i, err)
						break
					}
				}
				ws.Close()
				<-done
			})
		}
		all.Wait()
		// 205 messages: 80 at once, then 20 a second.
		if took := time.Since(begin); took < 5*time.Second || took > 8*time.Second {
			t.Errorf("200 messages of five took %v, want about 6 s", took)
		}
		s.stop()
	})
}

// Another handler's sockets and bodies count towards what their address may send, together
// with the server's.
func TestBytesOfOtherHandlers(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *server.Config) { c.Limits.MessageBytes, c.Limits.AddressBytes = 1000, 4000 })
	r := httptest.NewRequest("POST", "/", nil)
	r.RemoteAddr = "127.0.0.1:1"
	if err := f.srv.Sent(r, 1500); err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 10*time.Second) // for 666 bytes
	defer cancel()
	if err := f.srv.Message(soon, r, 2400); err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]bool{1000: false, 5000: false} {
		if err := f.srv.Message(soon, r, n); (err == nil) != want {
			t.Errorf("a message of %d bytes: %v", n, err)
		}
	}
	if err := f.srv.Sent(r, 1000); err == nil || !strings.Contains(err.Error(), "4000 a minute") {
		t.Errorf("a body: %v", err)
	}
	if status := f.do("POST", "/api/v1/sessions", `{"source":"`+strings.Repeat("x", 900)+`"}`, nil); status != http.StatusTooManyRequests {
		t.Errorf("a body of the server: status %d", status)
	}
	r.RemoteAddr = "192.0.2.1:1"
	if err := f.srv.Message(soon, r, 4000); err != nil {
		t.Errorf("another address: %v", err)
	}
}

// A body of many small values is refused before they take many times its memory. Commas
// within texts are none of them.
func TestValuesOfBodies(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	for _, list := range []string{"0", "{}", "null", `""`} {
		body := `{"files":[` + strings.Repeat(list+",", 70_000) + list + `]}`
		for _, path := range []string{"/api/v1/sessions", "/api/v1/snapshots"} {
			var problem wire.Problem
			if status := f.do("POST", path, body, &problem); status != http.StatusBadRequest || !strings.Contains(problem.Detail, "more than 65536 values") {
				t.Errorf("%s of %s: status %d, %q", path, list, status, problem.Detail)
			}
		}
	}
	f.create(strings.Repeat(`,",\`, 50_000))
}

// A connection that is closed for writing still takes what the client sends: with what it had
// not read, the system would throw the answer away.
func TestHalfClosedConnection(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := f.srv.Limit(inner, 10)
	defer ln.Close()
	client, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	half, ok := conn.(interface{ CloseWrite() error })
	if !ok {
		t.Fatalf("%T cannot be closed for writing only", conn)
	}
	if err := half.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(client); err != nil || len(rest) != 0 {
		t.Errorf("the client reads %q, %v", rest, err)
	}
	var b [1]byte
	if _, err := client.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if _, err := conn.Read(b[:]); err != nil || b[0] != 'x' {
		t.Errorf("the server reads %q, %v", b, err)
	}
}
