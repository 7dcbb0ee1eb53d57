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

// Browsers hide WebSocket pings from a page, so the server sends messages on a quiet
// connection, also to a viewer. The connection stays open as long as it answers.
func TestAQuietConnectionReceivesPings(t *testing.T) {
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

// Pongs may come before, between and right behind messages, with a payload or without.
func TestPongsBetweenMessages(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	e := f.dial(f.create("").Edit+"/socket", nil)
	for i := range 50 {
		for range i % 4 {
			var payload []byte
			if i%3 == 0 {
				payload = []byte("payload")
			}
			if err := e.ws.WriteControl(websocket.PongMessage, payload, time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		e.send(`{"type":"ping"}`)
		e.expect("pong")
	}
}

// The server answers a ping at once, also before a hello.
func TestAPingIsAnsweredBeforeHello(t *testing.T) {
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

// A long text on a slow line arrives in parts and the connection continues, though the
// text takes longer than a connection may be silent.
func TestALongWelcomeArrivesOnASlowLine(t *testing.T) {
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
				var w wire.Welcome
				if err := json.Unmarshal(m, &w); err != nil || len(w.Files) != 1 || ot.Len(w.Files[0].Text) != 200_000 {
					t.Errorf("a welcome with %d files: %v", len(w.Files), err)
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

// The server ends a connection that sends all the time and never reads, once a write has
// waited for its full timeout.
func TestAConnectionThatNeverReadsIsEnded(t *testing.T) {
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

// joining is a connection that keeps what is written to it until it has n writes.
type joining struct {
	net.Conn
	n    int
	held []byte
}

func (j *joining) Write(p []byte) (int, error) {
	j.held = append(j.held, p...)
	if j.n--; j.n > 0 {
		return len(p), nil
	}
	_, err := j.Conn.Write(j.held)
	j.held = nil
	return len(p), err
}

// Messages that come in the same packet are all handled, without a wait for more bytes.
func TestMessagesThatComeTogetherAreAllHandled(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	var line *joining
	d := websocket.Dialer{NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		line = &joining{Conn: conn}
		return line, err
	}}
	ws, _, err := d.Dial("ws"+strings.TrimPrefix(f.url, "http")+f.create("").Edit+"/socket", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	line.n = 7
	for range line.n {
		if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"ping"}`)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 7 {
		if _, data, err := ws.ReadMessage(); err != nil || string(data) != `{"type":"pong"}` {
			t.Fatalf("answer %d: %s, %v", i, data, err)
		}
	}
}
