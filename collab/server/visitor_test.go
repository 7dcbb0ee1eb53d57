package server_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/gorilla/websocket"
)

// from is the header of a request from another address, by a proxy on this machine.
func from(addr string) http.Header { return http.Header{"X-Forwarded-For": {addr}} }

func behindProxy(c *server.Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

// encode is how a message carries output.
func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// Runs are charged to the household of who starts them, by page and by tool, and not
// to the session.
func TestRunsAreChargedToTheirAddress(t *testing.T) {
	t.Parallel()
	f := start(t, behindProxy)
	s := f.create("owner")
	for addr, want := range map[string]string{"192.0.2.7": "192.0.2.7/32", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64"} {
		e := f.dial(s.Edit+"/socket", from(addr))
		e.send(hello("a"))
		e.expect("welcome")
		e.send(`{"type":"run","options":{}}`)
		if got := e.expect("output")["data"]; got != encode(want+"\n") {
			t.Errorf("a run of the page at %s is charged to %q, want %q", addr, got, encode(want+"\n"))
		}
		e.expect("end")
		req, err := http.NewRequest("POST", f.url+"/api/v1/sessions/"+s.Token+"/runs", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = from(addr)
		if _, body := f.roundTrip(http.DefaultClient.Do, req); !strings.Contains(string(body), encode(want+"\n")) {
			t.Errorf("a run of a tool at %s is not charged to %q:\n%s", addr, want, body)
		}
	}
}

// Viewers that take all their places keep no editor out.
func TestWatchersLeavePlacesForEditors(t *testing.T) {
	t.Parallel()
	f := startLimited(t, wire.Limits{Members: 6}, nil)
	s := f.create("text")
	for _, name := range []string{"x", "y", "z"} {
		f.join(s.View, name)
	}
	one := f.dial(s.View+"/socket", nil)
	if got := one.ended(); got != string(wire.CodeBusy) {
		t.Errorf("the fourth watcher of six members ends with %q, want %q", got, wire.CodeBusy)
	}
	for _, name := range []string{"a", "b", "c"} {
		f.join(s.Edit, name)
	}
	if got := f.dial(s.Edit+"/socket", nil).ended(); got != string(wire.CodeBusy) {
		t.Errorf("the seventh member ends with %q, want %q", got, wire.CodeBusy)
	}
}

// The server ends a socket that answers pings and sends no hello.
func TestASocketWithoutHelloIsEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := onPipes(t, "", nil)
		d := websocket.Dialer{NetDialContext: s.network.dial}
		start := time.Now()
		ws, _, err := d.Dial("ws://x/s/"+s.token+"/socket", nil)
		if err != nil {
			t.Fatal(err)
		}
		friend, _ := s.join("friend", nil)
		_, _, err = ws.ReadMessage()
		var closed *websocket.CloseError
		if took := time.Since(start); !errors.As(err, &closed) || closed.Text != string(wire.CodeNotJoined) || took != 5*time.Second {
			t.Errorf("after %v the silent socket ends with %v, want %q after 5 s", took, err, wire.CodeNotJoined)
		}
		go func() {
			for err := error(nil); err == nil; _, _, err = friend.ReadMessage() {
			}
		}()
		time.Sleep(time.Minute)
		if err := friend.WriteMessage(websocket.TextMessage, []byte(hello("friend"))); err != nil {
			t.Errorf("a socket that sent a hello does not stay: %v", err)
		}
		ws.Close()
		friend.Close()
		s.stop()
	})
}
