package server

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/testseed"
	"github.com/gorilla/websocket"
)

// Bytes arrive complete and in order for any sequence of holds and flushes.
func TestBatchConnKeepsTheOrderOfBytes(t *testing.T) {
	t.Parallel()
	rnd := testseed.Rand(t)
	a, b := net.Pipe()
	got := make(chan []byte)
	go func() {
		data, _ := io.ReadAll(b)
		got <- data
	}()
	conn := newBatchConn(a)
	var want []byte
	for range 2000 {
		switch rnd.IntN(5) {
		case 0:
			conn.Hold()
		case 1:
			if err := conn.Flush(writeWait); err != nil {
				t.Fatal(err)
			}
		default:
			n := rnd.IntN(200)
			if rnd.IntN(50) == 0 {
				n = maxBatch + rnd.IntN(3) - 1
			}
			p := make([]byte, n)
			for i := range p {
				p[i] = byte(rnd.Uint32())
			}
			want = append(want, p...)
			if m, err := conn.Write(p); m != n || err != nil {
				t.Fatalf("write of %d: %d, %v", n, m, err)
			}
			clear(p) // the caller's again
		}
	}
	if err := conn.Flush(writeWait); err != nil {
		t.Fatal(err)
	}
	a.Close()
	if !bytes.Equal(<-got, want) {
		t.Error("other bytes came")
	}
	if conn.buf != nil {
		t.Error("an idle connection keeps a buffer")
	}
}

// Only an empty pong is taken, and nothing of what follows it, in whatever pieces it comes.
func TestOnlyAnEmptyPongIsTaken(t *testing.T) {
	t.Parallel()
	const mask = "mask"
	for name, c := range map[string]struct {
		in   string
		want bool
	}{
		"empty":       {"\x8a\x80" + mask, true},
		"a payload":   {"\x8a\x81" + mask + "x", false},
		"no mask":     {"\x8a\x00", false},
		"not final":   {"\x0a\x80" + mask, false},
		"reserved":    {"\xca\x80" + mask, false},
		"a ping":      {"\x89\x80" + mask, false},
		"an end":      {"\x88\x80" + mask, false},
		"a text":      {"\x81\x80" + mask, false},
		"half a head": {"\x8a", false},
		"half a mask": {"\x8a\x80ma", false},
		"nothing":     {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, all := range []bool{true, false} {
				next := "next"
				if strings.HasPrefix(name, "half") || c.in == "" {
					next = ""
				}
				from := io.Reader(strings.NewReader(c.in + next))
				if !all {
					from = iotest.OneByteReader(from)
				}
				conn := &batchConn{in: bufio.NewReaderSize(from, readBuffer)}
				if got := conn.pong(); got != c.want {
					t.Errorf("all at once %t: pong is %t", all, got)
				}
				if rest, err := io.ReadAll(conn.in); c.want && (err != nil || string(rest) != next) || !c.want && name != "half a mask" && string(rest) != c.in+next {
					t.Errorf("all at once %t: %q is left, error %v", all, rest, err)
				}
			}
		})
	}
}

// A write whose deadline was set while the connection held writes back, and that leaves after
// the flush, does not meet an older deadline.
func TestAWriteAfterTheFlushHasTime(t *testing.T) {
	t.Parallel()
	a, b := net.Pipe()
	defer b.Close()
	go io.Copy(io.Discard, b)
	conn := newBatchConn(a)
	if err := conn.SetWriteDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("late")); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a late write: %v", err)
	}
	conn.Hold()
	if err := conn.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(writeWait); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("in time")); err != nil {
		t.Error(err)
	}
}

// The reason for the end is sent also while the connection holds writes back.
func TestTheReasonForTheEndIsNotHeldBack(t *testing.T) {
	t.Parallel()
	s := &Server{metrics: newMetrics(nil)}
	web := httptest.NewServer(s.counted(nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := s.upgrader().Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		c := &connection{server: s, ws: ws}
		ws.NetConn().(*batchConn).Hold()
		if err := c.send([]byte("held")); err != nil {
			t.Error(err)
		}
		c.close(wire.CodeResume)
	})))
	defer web.Close()
	ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(web.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if _, data, err := ws.ReadMessage(); err != nil || string(data) != "held" {
		t.Errorf("what was held: %q, %v", data, err)
	}
	var closed *websocket.CloseError
	if _, _, err := ws.ReadMessage(); !errors.As(err, &closed) || closed.Text != string(wire.CodeResume) {
		t.Errorf("the end: %v", err)
	}
}
