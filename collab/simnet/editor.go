package simnet

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// Editor is a person at a client.
type Editor struct {
	w        *World
	index    int
	server   *Server
	client   *client.Client
	conn     *connection
	up, down int64 // fixed delays, or -1
	dials    uint64
	held     bool // an input method composes: nothing is sent
	away     bool // disconnected on purpose
	dialing  bool // a redial is planned
	progress int64

	acked     map[wire.Seq]wire.Epoch // under which history it was acknowledged
	typed     []rune                  // the tokens typed so far
	deleted   bool                    // whether this editor ever removed anything
	firstText string                  // what it was first welcomed with
}

// AddEditor lets somebody in, over links with the given delays; -1 leaves them
// to the weather. The editor connects at once.
func (w *World) AddEditor(server *Server, up, down int64) *Editor {
	e := &Editor{w: w, index: len(w.editors), server: server, up: up, down: down, acked: map[wire.Seq]wire.Epoch{}}
	e.client = client.New(wire.Key(fmt.Sprintf("%032x", e.index+1)), "")
	w.editors = append(w.editors, e)
	e.Connect()
	return e
}

// Text is what the person sees.
func (e *Editor) Text() string { return e.client.Text().String() }

// Client is the editor's state.
func (e *Editor) Client() *client.Client { return e.client }

// Connect dials the server until it answers.
func (e *Editor) Connect() {
	e.away = false
	if e.conn != nil {
		return
	}
	c := &connection{editor: e, server: e.server}
	if !e.server.connect(c) {
		e.redial(20)
		return
	}
	e.dials++
	id := uint64(e.index)<<32 | e.dials<<1
	c.up, c.down = link{w: e.w, id: id, delay: e.up}, link{w: e.w, id: id | 1, delay: e.down}
	e.conn = c
	e.hello()
}

func (e *Editor) redial(after int64) {
	if e.dialing {
		return
	}
	e.dialing = true
	e.w.After(after, func() {
		e.dialing = false
		if e.conn == nil && !e.away {
			e.Connect()
		}
	})
}

// Disconnect cuts the connection; editing goes on. The server hears of it
// later.
func (e *Editor) Disconnect() {
	e.away = true
	if c := e.conn; c != nil {
		c.cut = true
		e.conn = nil
		e.client.Disconnect()
		c.up.send(func() { e.server.gone(c) })
	}
}

// HalfOpen makes the connection carry nothing more, in either direction, with no word
// of it. The editor notices after some time and connects anew; the server, after as
// much again.
func (e *Editor) HalfOpen(d int64) {
	c := e.conn
	if c == nil || c.mute {
		return
	}
	c.mute = true
	e.w.After(d, func() {
		if e.conn == c {
			c.cut = true
			e.disconnected("")
		}
	})
	e.w.After(2*d, func() { c.server.gone(c) })
}

func (s *Server) gone(c *connection) {
	if s.auth != nil && s.conns[c.conn] == c {
		delete(s.conns, c.conn)
		s.auth.Leave(c.conn)
		s.plan()
	}
}

// disconnected is what the editor notices when the connection ends.
func (e *Editor) disconnected(wire.Code) {
	e.conn = nil
	e.client.Disconnect()
	if !e.away {
		e.redial(1 + int64(e.w.hash(uint64(e.index), e.dials, 7)%20))
	}
}

// hello says hello, and again if nothing comes of it.
func (e *Editor) hello() {
	if e.conn == nil {
		return
	}
	e.conn.toServer(e.client.Hello())
	e.watch()
}

// watch says hello anew if what is under way makes no progress.
func (e *Editor) watch() {
	c, p := e.conn, e.progress
	e.w.After(300+2*(e.w.cfg.MaxDelay+e.w.cfg.Commit), func() {
		if e.conn == c && c != nil && e.progress == p && (!e.client.Live() || !e.client.Synced() && !e.held) {
			e.hello()
		}
	})
}

func (e *Editor) receive(c *connection, m wire.ServerMessage) {
	if e.conn != c {
		return
	}
	e.progress++
	if w, ok := m.(*wire.Welcome); ok && w.Text != nil && e.client.Epoch() == "" {
		e.firstText = *w.Text
	}
	if w, ok := m.(*wire.Welcome); ok && e.w.cfg.Parts > 0 {
		stated := *w // it may come twice
		stated.Limits = &wire.Limits{Parts: e.w.cfg.Parts, Message: 1 << 20}
		m = &stated
	}
	before := e.client.Text()
	seq := wire.Seq(0)
	if a, ok := m.(*wire.AckMsg); ok && e.client.Live() {
		seq = a.Seq
	}
	u, err := e.client.Receive(m)
	if after, e2 := u.Changes.Apply(before); e2 != nil || after.Len() != e.client.Text().Len() || e.w.cfg.Wire && after.String() != e.client.Text().String() {
		e.w.fail(fmt.Errorf("update %v of c%d does not lead to its text: %v", u.Changes, e.index+1, e2))
	}
	if err != nil {
		// Where a hello was lost, watch repeats it.
		var refused *wire.Error
		if !errors.As(err, &refused) || refused.Code != wire.CodeNotJoined {
			e.hello()
		}
		return
	}
	if seq > 0 {
		e.acked[seq] = e.client.Epoch()
	}
	e.flush()
}

// flush sends what there is to send.
func (e *Editor) flush() {
	if e.conn == nil || e.held {
		return
	}
	for m := e.client.Next(); m != nil; m = e.client.Next() {
		e.conn.toServer(m)
		if _, ok := m.(*wire.PushMsg); ok {
			e.watch()
		}
	}
}

// boundary is the position of the k-th code point, k taken modulo their
// number.
func (e *Editor) boundary(k int) int {
	s := e.Text()
	n := utf8.RuneCountInString(s)
	k %= n + 1
	pos := 0
	for _, r := range s {
		if k == 0 {
			break
		}
		k--
		pos++
		if r > 0xFFFF {
			pos++
		}
	}
	return pos
}

// edit replaces the code points at..at+del by text.
func (e *Editor) edit(at, del int, insert string) {
	if e.client.Epoch() == "" {
		return // a person sees nothing to type into before the first welcome
	}
	n := utf8.RuneCountInString(e.Text())
	at %= n + 1
	from, to := e.boundary(at), e.boundary(min(at+del, n))
	c, err := ot.New(e.client.Text().Len(), ot.Edit{From: from, To: to, Insert: insert})
	if err == nil {
		err = e.client.Edit(c)
	}
	if err != nil {
		e.w.fail(err)
		return
	}
	for _, r := range insert {
		e.typed = append(e.typed, r)
	}
	if to > from {
		e.deleted = true
	}
	e.flush()
}

// Insert types text behind the at-th code point.
func (e *Editor) Insert(at int, text string) { e.edit(at, 0, text) }

// Delete removes n code points.
func (e *Editor) Delete(at, n int) { e.edit(at, n, "") }

// Replace replaces n code points by text.
func (e *Editor) Replace(at, n int, text string) { e.edit(at, n, text) }

// Select selects between two code points.
func (e *Editor) Select(anchor, head int) {
	e.client.Select(wire.Selection{{Anchor: e.boundary(anchor), Head: e.boundary(head)}})
	e.flush()
}

// Set changes a setting of the session.
func (e *Editor) Set(name, value string) {
	e.client.Set(name, value)
	e.flush()
}

// Undo takes back the last edit, or the last Undo.
func (e *Editor) Undo(redo bool) {
	var done bool
	if redo {
		_, done = e.client.Redo()
	} else {
		_, done = e.client.Undo()
	}
	if done {
		e.deleted = true
		e.flush()
	}
}

// Hold keeps everything typed from being sent for a while, as an editor does
// while an input method composes.
func (e *Editor) Hold(d int64) {
	e.held = true
	e.w.After(d, func() {
		e.held = false
		e.flush()
		e.watch()
	})
}
