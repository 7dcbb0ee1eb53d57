package costs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/web"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/agent"
	"github.com/corust-dev/corust/runner/rustc"
)

// path is a hot path. Its setup returns a function that takes it once. Its instructions are
// counted over so many times that it executes tens of millions; 0 times: they are not
// counted, since each count takes seconds.
type path struct {
	name  string
	times int
	setup func(testing.TB) func()
}

var paths = []path{
	{"push: authority", 0, func(t testing.TB) func() { return pushToAuthority(t, 1) }},
	{"push: authority, 64 files", 0, func(t testing.TB) func() { return pushToAuthority(t, 64) }},
	{"push: store in memory, 1 viewer", 0, func(t testing.TB) func() { return push(t, memory.New(), 1) }},
	{"push: store in memory, 50 viewers", 0, func(t testing.TB) func() { return push(t, memory.New(), 50) }},
	{"push: SQLite, 1 viewer", 0, func(t testing.TB) func() { return push(t, database(t), 1) }},
	{"push: SQLite, 50 viewers", 256, func(t testing.TB) func() { return push(t, database(t), 50) }},
	{"push: sockets, 1 viewer", 0, func(t testing.TB) func() { return pushToSockets(t, 1) }},
	{"push: sockets, 50 viewers", 128, func(t testing.TB) func() { return pushToSockets(t, 50) }},
	{"message: decode a push", 0, decodePush},
	{"message: encode an entry", 0, encodeEntry},
	{"plan: a file", 0, func(t testing.TB) func() { return plan(t, runner.MainFile, "main.rs", "fn main() {}\n") }},
	{"plan: a package", 256, func(t testing.TB) func() {
		return plan(t, "src/main.rs", "src/main.rs", "fn main() { app::f() }\n", "src/lib.rs", "pub fn f() {}\n",
			"Cargo.toml", "[package]\nname = \"app\"\nedition = \"2024\"\n[profile.release]\nlto = true\n")
	}},
	{"frame: write and read", 16384, frame},
}

// text is what is typed into.
var text = strings.Repeat("fn main() { println!(\"hello\"); }\n", 100)

// typed is the n-th change of the writer, whose text keeps its length: a character at the
// start is replaced.
func typed(n int) ot.ChangeSet {
	c, err := ot.New(len(text), ot.Edit{From: 0, To: 1, Insert: string(rune('a' + n%26))})
	if err != nil {
		panic(err)
	}
	return c
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// pushToAuthority accepts a push to the main file of several and encodes what its writer and
// a viewer are sent.
func pushToAuthority(t testing.TB, files int) func() {
	list := wire.MainText(text)
	for n := 1; n < files; n++ {
		list = append(list, wire.File{ID: wire.FileID(n), Path: fmt.Sprintf("m%d.rs", n), Text: text})
	}
	doc := must(authority.Restore(wire.Snapshot{Epoch: "e", Files: list}, nil, wire.Limits{}.WithDefaults()))(t)
	a := authority.New(doc)
	for id, key := range []wire.Key{"writer", "viewer"} {
		if err := a.Connect(authority.ConnID(id), authority.Visitor{}); err != nil {
			t.Fatal(err)
		}
		if err := a.Receive(authority.ConnID(id), &wire.Hello{Protocol: wire.ProtocolVersion, Key: key}); err != nil {
			t.Fatal(err)
		}
	}
	a.Deliveries()
	n := 0
	return func() {
		err := a.Receive(0, &wire.PushMsg{Epoch: "e", File: wire.MainFile, Version: wire.Version(n), Seq: wire.Seq(n + 1), Changes: typed(n)})
		if err != nil {
			t.Fatal(err)
		}
		n++
		a.Uncommitted()
		for _, d := range a.Deliveries() {
			d.Frame.Bytes()
		}
	}
}

func database(t testing.TB) store.Store {
	db := must(sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"), sqlite.Config{}))(t)
	t.Cleanup(func() { db.Close() })
	return db
}

// push sends a push through a hub and its store, and waits until the writer has its
// acknowledgement and each viewer the entry.
func push(t testing.TB, db store.Store, viewers int) func() {
	h := collab.NewHub(collab.Config{Store: db, Snapshot: 1 << 30, Report: func(_ wire.SessionID, err error) { t.Error(err) }})
	t.Cleanup(h.Close)
	ctx := context.Background()
	if err := h.Create(ctx, "s", text); err != nil {
		t.Fatal(err)
	}
	conns := make([]*collab.Conn, 1+viewers)
	var epoch wire.Epoch
	for i := range conns {
		conns[i] = must(h.Join(ctx, "s", authority.Visitor{}))(t)
		if err := conns[i].Send(ctx, &wire.Hello{Protocol: wire.ProtocolVersion, Key: wire.Key(fmt.Sprintf("member-%d", i))}); err != nil {
			t.Fatal(err)
		}
		welcome := must(wire.DecodeServer(must(conns[i].Recv(ctx))(t)))(t)
		epoch = welcome.(*wire.Welcome).Epoch
		for _, other := range conns[:i] {
			must(other.Recv(ctx))(t) // that a member has come
		}
	}
	n := 0
	return func() {
		m := &wire.PushMsg{Epoch: epoch, File: wire.MainFile, Version: wire.Version(n), Seq: wire.Seq(n + 1), Changes: typed(n)}
		if err := conns[0].Send(ctx, m); err != nil {
			t.Fatal(err)
		}
		n++
		for _, c := range conns {
			if data, err := c.Recv(ctx); err != nil || bytes.Contains(data, []byte(`"error"`)) {
				t.Fatalf("received %s, error %v", data, err)
			}
		}
	}
}

// pushToSockets sends a push from a socket to those of viewers, and waits until all have it.
func pushToSockets(t testing.TB, viewers int) func() {
	hub := collab.NewHub(collab.Config{Store: memory.New(), Snapshot: 1 << 30, Report: func(_ wire.SessionID, err error) { t.Error(err) }})
	srv := must(server.New(server.Config{Hub: hub, Assets: web.Dist(), Limits: server.Limits{MessageRate: -1, AddressBytes: -1}}))(t)
	listening := httptest.NewServer(srv)
	t.Cleanup(func() {
		if err := srv.Close(context.Background()); err != nil {
			t.Error(err)
		}
		listening.Close()
		hub.Close()
	})
	body := strings.NewReader(string(must(json.Marshal(map[string]string{"source": text}))(t)))
	res := must(http.Post(listening.URL+"/api/v1/sessions", "application/json", body))(t)
	defer res.Body.Close()
	var made struct{ Edit string }
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil {
		t.Fatal(err)
	}
	socket := "ws" + strings.TrimPrefix(listening.URL, "http") + made.Edit + "/socket"
	conns := make([]*websocket.Conn, 1+viewers)
	buf := make([]byte, 1<<16)
	receive := func(c *websocket.Conn) []byte {
		_, r, err := c.NextReader()
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.ReadFull(r, buf)
		if err != io.ErrUnexpectedEOF {
			t.Fatalf("read %d bytes, error %v", n, err)
		}
		return buf[:n]
	}
	var epoch wire.Epoch
	for i := range conns {
		c, _, err := websocket.DefaultDialer.Dial(socket, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		hello := must(wire.Encode(&wire.Hello{Protocol: wire.ProtocolVersion, Key: wire.Key(fmt.Sprintf("%032x", i))}))(t)
		if err := c.WriteMessage(websocket.TextMessage, hello); err != nil {
			t.Fatal(err)
		}
		epoch = must(wire.DecodeServer(receive(c)))(t).(*wire.Welcome).Epoch
		for _, other := range conns[:i] {
			receive(other) // that a member has come
		}
		conns[i] = c
	}
	n := 0
	return func() {
		m := &wire.PushMsg{Epoch: epoch, File: wire.MainFile, Version: wire.Version(n), Seq: wire.Seq(n + 1), Changes: typed(n)}
		if err := conns[0].WriteMessage(websocket.TextMessage, must(wire.Encode(m))(t)); err != nil {
			t.Fatal(err)
		}
		n++
		for _, c := range conns {
			if data := receive(c); bytes.Contains(data, []byte(`"error"`)) {
				t.Fatalf("received %s", data)
			}
		}
	}
}

func decodePush(t testing.TB) func() {
	data := must(wire.Encode(&wire.PushMsg{Epoch: "e", File: wire.MainFile, Version: 12, Seq: 5, Changes: typed(0)}))(t)
	limits := wire.Limits{}.WithDefaults()
	return func() { must(wire.DecodeClient(data, limits))(t) }
}

func encodeEntry(t testing.TB) func() {
	m := &wire.EntryMsg{Version: 12, Client: "c", Seq: 5, File: wire.MainFile, Changes: typed(0)}
	return func() { must(wire.Encode(m))(t) }
}

func plan(t testing.TB, main string, files ...string) func() {
	req := runner.Request{Action: runner.ActionRun, Mode: runner.ModeRelease, Main: main}
	for i := 0; i < len(files); i += 2 {
		req.Files = append(req.Files, runner.File{Name: files[i], Data: []byte(files[i+1])})
	}
	tc := runner.Toolchain{Rustc: "rustc", Version: "1.95.0"}
	return func() { must(rustc.Planner{}.Plan(req, tc))(t) }
}

// frame is a frame of the agent, there and back.
func frame(t testing.TB) func() {
	var pipe bytes.Buffer
	w, r := agent.NewWriter(&pipe), agent.NewReader(&pipe)
	payload := make([]byte, 1000)
	return func() {
		if err := w.Write(agent.TypeStdout, payload); err != nil {
			t.Fatal(err)
		}
		if _, got, err := r.Next(); err != nil && err != io.EOF || len(got) != len(payload) {
			t.Fatalf("read %d bytes, error %v", len(got), err)
		}
	}
}
