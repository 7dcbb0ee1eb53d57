package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/gorilla/websocket"
)

// A page is told of no WebSocket ping, so a quiet connection hears messages, also
// one that only watches; and it stays for as long as it answers.
func TestAQuietConnectionHearsPings(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/s/TOKEN", "/v/ID"} {
		synctest.Test(t, func(t *testing.T) {
			s := onPipes(t, "", nil)
			d := websocket.Dialer{NetDialContext: s.network.dial}
			ws, _, err := d.Dial("ws://x"+strings.NewReplacer("TOKEN", s.token, "ID", string(s.session)).Replace(path)+"/socket", nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := ws.WriteMessage(websocket.TextMessage, []byte(hello("quiet"))); err != nil {
				t.Fatal(err)
			}
			last := time.Now()
			for pings := 0; pings < 100; {
				_, data, err := ws.ReadMessage()
				if err != nil {
					t.Fatalf("%s after %d pings: %v", path, pings, err)
				}
				if gap := time.Since(last); gap > 9*time.Second {
					t.Fatalf("%s: nothing for %v", path, gap)
				}
				last = time.Now()
				if string(data) == `{"type":"ping"}` {
					pings++
				}
			}
			ws.Close()
			s.stop()
		})
	}
}

// A ping is answered at once, before a hello, too.
func TestAPingIsAnswered(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	e := f.dial(f.create("").Edit+"/socket", nil)
	e.send(`{"type":"ping"}`)
	e.expect("pong")
	e.send(`{"type":"pong"}`)
	e.send(hello("a"))
	e.expect("welcome")
}

// slowReader is a connection that carries 4 KB a second downwards.
type slowReader struct{ net.Conn }

func (l slowReader) Read(p []byte) (int, error) {
	time.Sleep(time.Second)
	return l.Conn.Read(p[:min(4096, len(p))])
}

// A long text on a slow line arrives in parts, though it takes longer than a
// connection may be silent, and the connection goes on.
func TestALongWelcomeOnASlowLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, strings.Repeat("日\n", 100_000), nil)
		d := websocket.Dialer{ReadBufferSize: 4096, NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := s.network.dial(ctx, network, addr)
			return slowReader{conn}, err
		}}
		ws, _, err := d.Dial("ws://x/s/"+s.token+"/socket", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := ws.WriteMessage(websocket.TextMessage, []byte(hello("slow"))); err != nil {
			t.Fatal(err)
		}
		var j wire.Joiner
		last, longest, begun := time.Now(), time.Duration(0), time.Now()
		for {
			_, data, err := ws.ReadMessage()
			if err != nil {
				t.Fatalf("after %v: %v", time.Since(begun), err)
			}
			longest, last = max(longest, time.Since(last)), time.Now()
			m, err := j.Add(data)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.HasPrefix(m, []byte(`{"type":"welcome"`)) {
				var w struct{ Text string }
				if err := json.Unmarshal(m, &w); err != nil || ot.Len(w.Text) != 200_000 {
					t.Errorf("a text of %d units: %v", ot.Len(w.Text), err)
				}
				break
			}
		}
		if took := time.Since(begun); took < time.Minute || longest > 10*time.Second {
			t.Errorf("it took %v, with up to %v between two messages", took, longest)
		}
		ws.Close()
		s.stop()
	})
}

// Who says something all the time and never reads is ended, when a write has waited
// as long as it may.
func TestWhoNeverReadsIsEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, "", nil)
		deaf, _ := s.join("deaf", nil)
		var saying sync.WaitGroup
		begun := time.Now()
		var ended time.Duration
		saying.Go(func() {
			for deaf.WriteMessage(websocket.TextMessage, []byte(`{"type":"pong"}`)) == nil {
				time.Sleep(time.Second)
			}
			ended = time.Since(begun)
		})
		saying.Wait()
		if ended > 40*time.Second {
			t.Errorf("it took %v", ended)
		}
		deaf.Close()
		s.stop()
	})
}
