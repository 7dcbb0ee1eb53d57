package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/store"
)

// memoryHub is a hub without a log: one lock, one Authority a session, and a
// runner that understands "print X", "read" and "hang".
type memoryHub struct {
	lim collab.Limits

	mu       sync.Mutex
	sessions map[collab.SessionID]*memorySession
	lastConn collab.ConnID
}

func newMemoryHub() *memoryHub {
	return &memoryHub{sessions: map[collab.SessionID]*memorySession{}}
}

type memorySession struct {
	hub   *memoryHub
	auth  *collab.Authority
	conns map[collab.ConnID]*memoryConn
	stdin chan string
	stop  func()
}

type memoryConn struct {
	session *memorySession
	id      collab.ConnID
	out     chan []byte
	ended   chan collab.Code
}

func (h *memoryHub) Create(_ context.Context, id collab.SessionID, text string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	t, err := ot.NewText(text)
	if err != nil {
		return err
	}
	h.sessions[id] = &memorySession{hub: h, auth: collab.NewAuthority(collab.NewDocument("e1", t, h.lim)), conns: map[collab.ConnID]*memoryConn{}}
	return nil
}

func (h *memoryHub) Exists(_ context.Context, id collab.SessionID) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sessions[id] != nil, nil
}

func (h *memoryHub) Join(_ context.Context, id collab.SessionID) (server.Conn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.sessions[id]
	if s == nil {
		return nil, store.ErrNotFound
	}
	h.lastConn++
	c := &memoryConn{session: s, id: h.lastConn, out: make(chan []byte, 4096), ended: make(chan collab.Code, 1)}
	if err := s.auth.Connect(c.id); err != nil {
		return nil, err
	}
	s.conns[c.id] = c
	return c, nil
}

// text is what a session holds.
func (h *memoryHub) text(id collab.SessionID) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sessions[id].auth.Document().Text().String()
}

// members is how many connections a session has.
func (h *memoryHub) members(id collab.SessionID) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sessions[id].auth.Conns()
}

func (c *memoryConn) Send(_ context.Context, m collab.ClientMessage) error {
	c.session.do(func(a *collab.Authority) { _ = a.Receive(c.id, m) })
	return nil
}

func (c *memoryConn) Recv(ctx context.Context) ([]byte, error) {
	select {
	case data := <-c.out:
		return data, nil
	case code := <-c.ended:
		return nil, &server.Ended{Code: code}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *memoryConn) Close() {
	c.session.do(func(a *collab.Authority) { a.Leave(c.id); delete(c.session.conns, c.id) })
}

// do changes the authority, and carries out what it says.
func (s *memorySession) do(f func(*collab.Authority)) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	f(s.auth)
	work := s.auth.RunWork()
	for _, d := range s.auth.Deliveries() {
		c := s.conns[d.To]
		switch {
		case c == nil:
		case d.Frame == nil:
			c.ended <- d.Close
		default:
			c.out <- d.Frame.Bytes()
		}
	}
	for _, w := range work {
		switch {
		case w.Start != nil:
			ctx, stop := context.WithCancel(context.Background())
			s.stop, s.stdin = stop, make(chan string, 64)
			go s.run(ctx, *w.Start, s.stdin)
		case w.Stop:
			s.stop()
		default:
			s.stdin <- string(w.Stdin)
		}
	}
}

// run is the runner.
func (s *memorySession) run(ctx context.Context, req collab.RunRequest, stdin <-chan string) {
	verdict := "ok"
	print := func(stream, text string) {
		s.do(func(a *collab.Authority) { a.RunOutput(req.Run, stream, []byte(text)) })
	}
	s.do(func(a *collab.Authority) { a.RunStage(req.Run, "run") })
	for line := range strings.SplitSeq(req.Source, "\n") {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "print":
			print("stdout", rest+"\n")
		case "read":
			select {
			case in := <-stdin:
				print("stdout", "read "+in)
			case <-ctx.Done():
			}
		case "hang":
			<-ctx.Done()
		}
	}
	if ctx.Err() != nil {
		verdict = "canceled"
	}
	detail, _ := json.Marshal(map[string]string{"message": fmt.Sprintf("ran version %d", req.Version)})
	s.do(func(a *collab.Authority) { a.RunEnded(req.Run, collab.RunResult{Verdict: verdict, Detail: detail}) })
}
