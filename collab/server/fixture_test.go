package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/web"
	"github.com/corust-dev/corust/collab/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is a running server.
type fixture struct {
	*testing.T
	hub *collab.Hub
	srv *server.Server
	web *httptest.Server
	url string
}

// choices are those of a server without Clippy.
var choices = server.Choices{
	Actions: []server.ActionChoice{
		{Choice: server.Choice{Name: "run", Title: "Run", Available: true}, About: "run it", Program: true, Mode: true},
		{Choice: server.Choice{Name: "clippy", Title: "Clippy", Reason: "there is no clippy"}, About: "lint it", Mode: true},
	},
	Modes:    []server.Choice{{Name: "debug", Title: "Debug", Available: true}},
	Editions: []server.Choice{{Name: "2021", Title: "2021", Available: true}},
	Defaults: server.DefaultChoices{Action: "run", Mode: "debug", Edition: "2021"},
}

func start(t *testing.T, change func(*server.Config)) *fixture {
	t.Helper()
	return startLimited(t, wire.Limits{}, change)
}

// startLimited starts a server whose sessions have limits.
func startLimited(t *testing.T, limits wire.Limits, change func(*server.Config)) *fixture {
	t.Helper()
	log := memory.New()
	hub := collab.NewHub(collab.Config{Store: log, Limits: limits, Runner: script{}, Report: func(id wire.SessionID, err error) { t.Errorf("session %s: %v", id, err) }})
	cfg := server.Config{Hub: hub, Assets: web.Dist(), Welcome: "print hello\n", Choices: &choices}
	if change != nil {
		change(&cfg)
	}
	srv, err := server.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{T: t, hub: hub, srv: srv, web: httptest.NewServer(srv)}
	f.url = f.web.URL + cfg.Prefix
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := srv.Close(ctx); err != nil {
			t.Error(err)
		}
		f.web.Close()
		hub.Close()
		if err := log.Close(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return f
}

type created struct{ Token, Session, Edit, View string }

func (f *fixture) create(source string) created {
	f.Helper()
	body, _ := json.Marshal(map[string]string{"source": source})
	var c created
	if status := f.do("POST", "/api/v1/sessions", string(body), &c); status != http.StatusCreated {
		f.Fatalf("create: status %d", status)
	}
	return c
}

// do makes a request and decodes the answer.
func (f *fixture) do(method, path, body string, into any) int {
	f.Helper()
	req, err := http.NewRequest(method, f.url+path, strings.NewReader(body))
	if err != nil {
		f.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, data := f.roundTrip(http.DefaultClient.Do, req)
	f.documented(method, path, res, data)
	if s, ok := into.(*string); ok {
		*s = string(data)
	} else if into != nil {
		if err := json.Unmarshal(data, into); err != nil {
			f.Fatalf("%s %s: %v in %q", method, path, err, data)
		}
	}
	return res.StatusCode
}

// roundTrip sends a request by send and reads the answer.
func (f *fixture) roundTrip(send func(*http.Request) (*http.Response, error), req *http.Request) (*http.Response, []byte) {
	f.Helper()
	res, err := send(req)
	if err != nil {
		f.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		f.Fatal(err)
	}
	return res, body
}

// editor is a WebSocket that speaks in JSON.
type editor struct {
	f     *fixture
	ws    *websocket.Conn
	epoch string // stands for EPOCH in what is sent
}

func (f *fixture) dial(path string, header http.Header) *editor {
	f.Helper()
	ws, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(f.url, "http")+path, header)
	if err != nil {
		status := 0
		if res != nil {
			status = res.StatusCode
		}
		f.Fatalf("dial: %v (status %d)", err, status)
	}
	f.Cleanup(func() { ws.Close() })
	return &editor{f: f, ws: ws}
}

// key returns a member's key, and id the id that other members see.
func key(name string) wire.Key { return wire.Key(fmt.Sprintf("%032x", name)) }

func id(name string) string { return string(wire.ClientOf(key(name), "")) }

func hello(name string) string {
	return `{"type":"hello","protocol":5,"key":"` + string(key(name)) + `"}`
}

func (f *fixture) join(path, client string) *editor {
	f.Helper()
	e := f.dial(path+"/socket", nil)
	e.send(hello(client))
	e.epoch = e.expect("welcome")["epoch"].(string)
	return e
}

func (e *editor) send(message string) {
	e.f.Helper()
	if err := e.ws.WriteMessage(websocket.TextMessage, []byte(strings.ReplaceAll(message, "EPOCH", e.epoch))); err != nil {
		e.f.Fatal(err)
	}
}

// expect reads up to a message of a type.
func (e *editor) expect(kind string) map[string]any {
	e.f.Helper()
	for {
		_ = e.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
		_, data, err := e.ws.ReadMessage()
		if err != nil {
			e.f.Fatalf("waiting for %s: %v", kind, err)
		}
		var m map[string]any
		if err := json.Unmarshal(data, &m); err != nil {
			e.f.Fatalf("%v in %s", err, data)
		}
		if m["type"] == kind {
			return m
		}
	}
}

// ended reads to the end and gives the reason.
func (e *editor) ended() string {
	e.f.Helper()
	for {
		_ = e.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
		if _, _, err := e.ws.ReadMessage(); err != nil {
			var closed *websocket.CloseError
			if !errors.As(err, &closed) {
				return err.Error()
			}
			return closed.Text
		}
	}
}
