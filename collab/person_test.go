package collab_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/ot/ottest"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/wire"
)

var ctx = context.Background()

// person is a client at a connection; all in one goroutine, driven by settle.
type person struct {
	t    testing.TB
	c    *client.Client
	conn *collab.Conn
	end  wire.Code
	seen []wire.ServerMessage
}

// come joins a session and says hello.
func (p *person) come(h *collab.Hub) *person {
	p.t.Helper()
	conn, err := h.Join(ctx, "s", authority.Visitor{})
	if err != nil {
		p.t.Fatal(err)
	}
	p.conn, p.end = conn, ""
	p.send(p.c.Hello())
	p.settle()
	return p
}

// newPerson is somebody whose key is also their name.
func newPerson(t testing.TB, key wire.Key) *person {
	return &person{t: t, c: client.New(key, string(key))}
}

// id is what the others know somebody by.
func id(key wire.Key) wire.ClientID { return wire.ClientOf(key, "") }

func (p *person) send(m wire.ClientMessage) {
	p.t.Helper()
	var ended *collab.Ended
	if err := p.conn.Send(ctx, m); err != nil && !errors.As(err, &ended) {
		p.t.Fatal(err)
	}
}

// settle takes everything that has come, and sends what there is to send,
// until nothing moves.
func (p *person) settle() {
	p.t.Helper()
	for {
		synctest.Wait()
		canceled, cancel := context.WithCancel(ctx)
		cancel()
		data, err := p.conn.Recv(canceled)
		var ended *collab.Ended
		switch {
		case errors.Is(err, context.Canceled):
			m := p.c.Next()
			if m == nil {
				return
			}
			p.send(m)
			continue
		case errors.As(err, &ended):
			p.end = ended.Code
			p.c.Disconnect()
			return
		case err != nil:
			p.t.Fatal(err)
		}
		m, err := wire.DecodeServer(data)
		if err != nil {
			p.t.Fatal(err)
		}
		p.seen = append(p.seen, m)
		if _, err := p.c.Receive(m); err != nil {
			var refused *wire.Error
			if !errors.As(err, &refused) {
				p.t.Fatal(err)
			}
		}
	}
}

func (p *person) types(at int, s string) {
	p.t.Helper()
	if err := p.c.Edit(ottest.Edit(p.t, p.c.Text().Len(), at, at, s)); err != nil {
		p.t.Fatal(err)
	}
	p.settle()
}

func (p *person) shows(want string) {
	p.t.Helper()
	p.settle()
	if got := p.c.Text().String(); got != want || !p.c.Synced() {
		p.t.Errorf("%s shows %q (synced: %t), want %q", p.c.ID(), got, p.c.Synced(), want)
	}
}

// of gives the messages of one type that came.
func of[M wire.ServerMessage](p *person) []M {
	p.settle()
	var out []M
	for _, m := range p.seen {
		if m, ok := m.(M); ok {
			out = append(out, m)
		}
	}
	return out
}

// hub runs a test in a bubble, with a session "s" of a text.
func hub(t *testing.T, cfg collab.Config, text string, test func(t *testing.T, h *collab.Hub)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if cfg.Store == nil {
			cfg.Store = memory.New()
		}
		h := collab.NewHub(cfg)
		defer h.Close()
		if err := h.Create(ctx, "s", text); err != nil {
			t.Fatal(err)
		}
		test(t, h)
	})
}
