package server_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/internal/test/testseed"
	"github.com/gorilla/websocket"
)

var frames = flag.Int("frames", 1_000_000, "malformed frames to send")

// Only the sender of an invalid message receives an error.
func TestMalformedFramesAffectOnlyTheirSender(t *testing.T) {
	t.Parallel()
	n := *frames
	f := start(t, func(c *server.Config) { c.Limits = server.Limits{MessageRate: -1, Faults: -1} })
	c := f.create("fn main() {}\n")
	good := f.join(c.Edit, "good")
	// Keep reading, since the server ends a connection that does not read, and some of
	// the random messages may be valid and have answers.
	welcomes := make(chan map[string]any)
	_ = good.ws.SetReadDeadline(time.Time{})
	go func() {
		defer close(welcomes)
		for {
			_, data, err := good.ws.ReadMessage()
			if err != nil {
				return
			}
			var m map[string]any
			if err := json.Unmarshal(data, &m); err != nil {
				t.Errorf("%v in %s", err, data)
			}
			if m["type"] == "welcome" {
				welcomes <- m
			}
		}
	}()
	answered := func() map[string]any {
		t.Helper()
		good.send(hello("good"))
		select {
		case m, ok := <-welcomes:
			if !ok {
				t.Fatal("other members lost their connections")
			}
			return m
		case <-time.After(20 * time.Second):
			t.Fatal("other members get no answers")
			return nil
		}
	}
	rnd := testseed.Rand(t)
	var bad *editor
	for i := range n {
		if bad == nil {
			bad = f.dial(c.Edit+"/socket", nil)
			if rnd.IntN(2) == 0 {
				bad.send(hello("bad"))
			}
			go drain(bad.ws)
		}
		kind, data := mutate(rnd, good.epoch)
		if bad.ws.WriteMessage(kind, data) != nil {
			bad.ws.Close()
			bad = nil // it was cut off, as it should be
		}
		if i%(n/10) == 0 {
			answered()
		}
	}
	if bad != nil {
		bad.ws.Close()
	}
	var text string
	f.do("GET", "/api/v1/sessions/"+c.Session+"/text", "", &text)
	if m := answered(); m["text"] != nil && m["text"] != text {
		t.Errorf("other members see %q, the session is %q", m["text"], text)
	}
	good.ws.Close()
	for range welcomes {
		t.Error("a welcome without a hello")
	}
}

// drain reads and drops messages.
func drain(ws *websocket.Conn) {
	for {
		if _, _, err := ws.ReadMessage(); err != nil {
			return
		}
	}
}

// mutate makes a message that is nearly one.
func mutate(rnd *rand.Rand, epoch string) (kind int, data []byte) {
	seeds := []string{
		strings.TrimSuffix(hello("bad"), "}") + `,"name":"x"}`,
		`{"type":"push","epoch":"EPOCH","version":0,"seq":1,"changes":[13,[0,"x"]]}`,
		`{"type":"push","epoch":"EPOCH","version":-1,"seq":9999999999999999999,"changes":[[1e9],[0,"\ud800"]]}`,
		`{"type":"cursor","epoch":"EPOCH","version":0,"cursor":[[0,99999],[-1,3]]}`,
		`{"type":"stdin","run":"x","data":"!!"}`, `{"type":"stop","run":""}`, `{"type":"run","options":[[[[`, `{"type":"welcome"}`, `{"type":"ping"}`, `{"type":"pong","x":[1]}`, `+{"type":"ping"}`, `=`, `null`, `[]`, ``,
	}
	data = []byte(strings.ReplaceAll(seeds[rnd.IntN(len(seeds))], "EPOCH", epoch))
	for range rnd.IntN(4) {
		if len(data) == 0 {
			break
		}
		i := rnd.IntN(len(data))
		switch rnd.IntN(4) {
		case 0:
			data[i] = byte(rnd.Uint32())
		case 1:
			data = append(data[:i], data[i+1:]...)
		case 2:
			data = append(data[:i:i], append(bytes.Repeat([]byte{byte(rnd.Uint32())}, rnd.IntN(64)), data[i:]...)...)
		case 3:
			data = data[:i]
		}
	}
	kind = websocket.TextMessage
	if rnd.IntN(50) == 0 {
		kind = websocket.BinaryMessage
	}
	return kind, data
}
