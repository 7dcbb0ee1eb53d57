package remote_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/client/remote"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/web"
	"github.com/corust-dev/corust/collab/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// id is the session's; a link to watch has it in its address.
const id = "0123456789abcdefghjkmnpqrs"

// service is a corust serve that can be restarted, at one address with one log.
type service struct {
	t    *testing.T
	log  store.Store
	addr string
	hub  *collab.Hub
	stop func()
}

// serve starts a service with a session of a text.
func serve(t *testing.T, text string) *service {
	t.Helper()
	s := &service{t: t, log: memory.New(), addr: "127.0.0.1:0"}
	s.start()
	t.Cleanup(func() {
		s.stop()
		if err := s.log.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.hub.Create(t.Context(), id, text); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *service) start() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.addr = l.Addr().String()
	s.hub = collab.NewHub(collab.Config{Store: s.log})
	srv, err := server.New(server.Config{Hub: s.hub, Assets: web.Dist()})
	if err != nil {
		s.t.Fatal(err)
	}
	h := &http.Server{Handler: srv}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = h.Serve(l)
	}()
	s.stop = func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := srv.Close(ctx); err != nil {
			s.t.Error(err)
		}
		h.Close()
		<-served
		s.hub.Close()
	}
}

func (s *service) restart() {
	s.stop()
	s.start()
}

// writer is an editor that runs until the test ends.
type writer struct {
	t       *testing.T
	editor  *remote.Editor
	changed chan struct{}
	ended   chan error
}

// join starts an editor. The test's server lets only watchers in by the id, so the
// address is that of the edit link.
func (s *service) join(path string) *writer {
	w := &writer{t: s.t, changed: make(chan struct{}, 1), ended: make(chan error, 1)}
	w.editor = remote.NewEditor("ws://"+s.addr+path, client.New(wire.NewKey(), ""), func(wire.ServerMessage, client.Update) {
		select {
		case w.changed <- struct{}{}:
		default:
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { w.ended <- w.editor.Run(ctx) }()
	s.t.Cleanup(func() {
		cancel()
		if err := <-w.ended; !errors.Is(err, context.Canceled) {
			s.t.Errorf("the editor ended with %v", err)
		}
	})
	return w
}

// await waits until the client is as it should be.
func (w *writer) await(is func(*client.Client) bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	for {
		ok, text := false, ""
		err := w.editor.Do(ctx, func(c *client.Client) error {
			ok, text = is(c), c.Text().String()
			return nil
		})
		if err != nil {
			w.t.Fatalf("%v; the text is %.100q", err, text)
		}
		if ok {
			return
		}
		select {
		case <-w.changed:
		case <-ctx.Done():
		}
	}
}

func (w *writer) types(s string) {
	w.t.Helper()
	err := w.editor.Do(w.t.Context(), func(c *client.Client) error {
		n := c.Text().Len()
		change, err := ot.New(n, ot.Edit{From: n, To: n, Insert: s})
		if err != nil {
			return err
		}
		return c.Edit(change)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// create makes a session over HTTP and gives the path of its socket.
func (s *service) create(text string) string {
	s.t.Helper()
	res, err := http.Post("http://"+s.addr+"/api/v1/sessions", "application/json", strings.NewReader(fmt.Sprintf(`{"source":%q}`, text)))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	token := res.Header.Get("Location")
	return "/s/" + token[strings.LastIndex(token, "/")+1:] + "/socket"
}

// Every edit, with a connection or without, arrives once at each editor, also across
// restarts of the server.
func TestEditorsConvergeThroughRestarts(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	path := s.create("")
	a, b := s.join(path), s.join(path)
	const rounds = 3
	for range rounds {
		for range 10 {
			a.types("a")
			b.types("b")
		}
		s.restart()
		a.types("a") // before the loss is noticed, or without a connection
		b.types("b")
	}
	var texts []string
	for _, w := range []*writer{a, b} {
		w.await(func(c *client.Client) bool {
			text := c.Text().String()
			done := c.Live() && c.Synced() && strings.Count(text, "a") == 11*rounds && strings.Count(text, "b") == 11*rounds
			if done {
				texts = append(texts, text)
			}
			return done
		})
	}
	if len(texts) != 2 || texts[0] != texts[1] || len(texts[0]) != 2*11*rounds {
		t.Errorf("the texts are %q", texts)
	}
}

// A welcome that comes in parts is received whole.
func TestALongTextComesInParts(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("0123456789é\n", 20_000)
	s := serve(t, text)
	s.join("/v/" + id + "/socket").await(func(c *client.Client) bool { return c.Live() && c.Text().String() == text })
}

// Editors who are handed the new links of their session go on there. What they type
// meanwhile arrives once.
func TestEditorsFollowTheirSessionToOtherLinks(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	path := s.create("")
	a, b := s.join(path), s.join(path)
	for _, w := range []*writer{a, b} {
		w.await(func(c *client.Client) bool { return c.Live() })
	}
	const rounds = 5
	for range rounds {
		for range 10 {
			a.types("a")
			b.types("b")
		}
		path = s.renew(path)
		a.types("a") // before the move is noticed, or on the way
		b.types("b")
		for _, w := range []*writer{a, b} { // who is not connected is handed no link
			w.await(func(c *client.Client) bool { return c.Live() && c.Synced() })
		}
	}
	var texts []string
	for _, w := range []*writer{a, b, s.join(path)} {
		w.await(func(c *client.Client) bool {
			text := c.Text().String()
			done := c.Live() && c.Synced() && len(text) == 2*11*rounds
			if done {
				texts = append(texts, text)
			}
			return done
		})
	}
	if strings.Count(texts[0], "a") != 11*rounds || texts[0] != texts[1] || texts[0] != texts[2] {
		t.Errorf("the texts are %q", texts)
	}
}

// Links that lead to each other for ever are followed at once a few times, and then with the
// delays of lost connections: of at least 125 ms, 250 ms and 500 ms.
func TestLinksThatLeadToEachOtherMakeNoBusyLoop(t *testing.T) {
	t.Parallel()
	const atOnce, delayed = 6, 3 // the first connection, and five follows
	came := make(chan time.Time, atOnce+delayed)
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return // the test is over
		}
		defer ws.Close()
		select {
		case came <- time.Now():
		default:
		}
		other := map[string]string{"/s/a/socket": "b", "/s/b/socket": "a"}[r.URL.Path]
		_ = ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"type":"moved","edit":%q,"view":"v"}`, other))
		_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4000, string(wire.CodeGone)), time.Now().Add(time.Second))
		_, _, _ = ws.ReadMessage()
	}))
	defer h.Close()
	e := remote.NewEditor("ws"+strings.TrimPrefix(h.URL, "http")+"/s/a/socket", client.New(wire.NewKey(), ""), nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	var times []time.Time
	for range atOnce + delayed {
		times = append(times, <-came)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the editor ended with %v", err)
	}
	for i, least := range []time.Duration{125 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond} {
		if got := times[atOnce+i].Sub(times[atOnce+i-1]); got < least {
			t.Errorf("delay %d is %v, want at least %v", i+1, got, least)
		}
	}
}

// renew gives a session other links, which its members are handed, and returns the path of
// its socket.
func (s *service) renew(path string) string {
	s.t.Helper()
	token := strings.Split(path, "/")[2]
	res, err := http.Post("http://"+s.addr+"/api/v1/sessions/"+token+"/links", "application/json", strings.NewReader(`{"members":"edit"}`))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	if res.StatusCode != http.StatusCreated {
		s.t.Fatalf("the server answers %s", res.Status)
	}
	token = res.Header.Get("Location")
	return "/s/" + token[strings.LastIndex(token, "/")+1:] + "/socket"
}

// An editor does not come back to a session that has been deleted.
func TestEditorEndsWithItsSession(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	welcomed := make(chan struct{}, 1)
	e := remote.NewEditor("ws://"+s.addr+"/v/"+id+"/socket", client.New(wire.NewKey(), ""), func(m wire.ServerMessage, _ client.Update) {
		if _, ok := m.(*wire.Welcome); ok {
			welcomed <- struct{}{}
		}
	})
	ended := make(chan error, 1)
	go func() { ended <- e.Run(t.Context()) }()
	<-welcomed
	if err := s.hub.Delete(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	var end *remote.Ended
	if err := <-ended; !errors.As(err, &end) || end.Code != wire.CodeGone {
		t.Errorf("it ended with %v, want %q", err, wire.CodeGone)
	}
}

// A server's ping is answered, and neither it nor a pong is a message.
func TestPingsAreAnswered(t *testing.T) {
	t.Parallel()
	heard := make(chan string, 1)
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.Close()
		for _, m := range []string{`{"type":"pong"}`, `+{"type":"ack",`, `{"type":"ping"}`, `="version":1,"seq":1}`} {
			if err := ws.WriteMessage(websocket.TextMessage, []byte(m)); err != nil {
				t.Error(err)
			}
		}
		_, data, err := ws.ReadMessage()
		if err != nil {
			t.Error(err)
		}
		heard <- string(data)
		_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4000, "resume"), time.Now().Add(time.Second))
	}))
	defer h.Close()
	s, err := remote.Dial(t.Context(), "ws"+strings.TrimPrefix(h.URL, "http"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if m, err := s.Receive(); err != nil || string(m) != `{"type":"ack","version":1,"seq":1}` {
		t.Errorf("received %q, %v", m, err)
	}
	if got := <-heard; got != `{"type":"pong"}` {
		t.Errorf("the server heard %q", got)
	}
	var end *remote.Ended
	if _, err := s.Receive(); !errors.As(err, &end) || end.Code != wire.CodeResume {
		t.Errorf("the end is %v", err)
	}
}

// A frame longer than a part ends the connection, so a server cannot fill the memory with
// one frame.
func TestAFrameLongerThanAPartIsRefused(t *testing.T) {
	t.Parallel()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.Close()
		for _, n := range []int{wire.PartSize, wire.PartSize + 1} {
			_ = ws.WriteMessage(websocket.TextMessage, []byte(string(wire.MorePart)+strings.Repeat("x", n)))
		}
		_ = ws.WriteMessage(websocket.TextMessage, []byte{wire.LastPart})
	}))
	defer h.Close()
	s, err := remote.Dial(t.Context(), "ws"+strings.TrimPrefix(h.URL, "http"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if m, err := s.Receive(); !errors.Is(err, websocket.ErrReadLimit) {
		t.Errorf("received %d bytes, %v, want %v", len(m), err, websocket.ErrReadLimit)
	}
}

// The error of a refused handshake has the server's answer.
func TestDialReturnsTheAnswerToARefusedHandshake(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	if _, err := remote.Dial(t.Context(), "ws://"+s.addr+"/v/none/socket"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("error %v, want one with the status 404", err)
	}
}
