package simnet

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// Editor is a client with its user.
type Editor struct {
	w        *World
	index    int
	server   *Server
	site     site
	conn     *connection
	up, down int64 // fixed delays, or -1
	dials    uint64
	held     bool // an input method composes: nothing is sent
	away     bool // disconnected on purpose
	forced   bool // its server takes over the session
	dialing  bool // a redial is planned
	progress int64

	acked   map[wire.Seq]wire.Epoch // under which history it was acknowledged
	typed   map[rune]int            // the tokens typed so far, except those taken back as lost
	deleted bool                    // whether this editor ever removed text, or a file
	created uint64                  // files
}

// AddEditor adds an editor whose links have the given delays in ticks; with -1, [Config]
// decides. Its kind is the next of [Config.Kinds]. The editor connects at once.
func (w *World) AddEditor(server *Server, up, down int64) *Editor {
	e := &Editor{w: w, index: len(w.editors), server: server, forced: true, up: up, down: down, acked: map[wire.Seq]wire.Epoch{}, typed: map[rune]int{}}
	kind := Go
	if n := len(w.cfg.Kinds); n > 0 {
		kind = w.cfg.Kinds[e.index%n]
	}
	var err error
	if e.site, err = newSite(e, kind); err != nil {
		w.fail(err)
		return e
	}
	w.editors = append(w.editors, e)
	e.Connect()
	return e
}

// Text returns the open file as the user sees it.
func (e *Editor) Text() string { return e.text().String() }

func (e *Editor) text() ot.Text {
	f, _ := e.site.shown().Get(e.site.state().open)
	return f.Text
}

// Files returns what the user sees.
func (e *Editor) Files() []wire.File { return e.site.shown().Wire() }

// ID returns the client's id, which is empty before the first welcome.
func (e *Editor) ID() wire.ClientID { return e.site.state().id }

// Version returns the last version that the client has received.
func (e *Editor) Version() wire.Version { return e.site.state().version }

// Cursor returns the user's selection in Text.
func (e *Editor) Cursor() wire.Selection { return e.site.look().cursor }

// Others returns the other members with their selections in Text.
func (e *Editor) Others() map[wire.ClientID]wire.Member { return e.site.look().others }

// Connect dials the server until it answers.
func (e *Editor) Connect() {
	e.away = false
	if e.conn != nil {
		return
	}
	c := &connection{editor: e, server: e.w.route(e)}
	if !c.server.connect(c) {
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

// Disconnect cuts the connection; editing goes on. The server learns of it later.
func (e *Editor) Disconnect() {
	e.away = true
	if c := e.conn; c != nil {
		c.cut = true
		e.conn = nil
		e.site.closed()
		c.up.send(func() { c.server.gone(c) })
	}
}

// HalfOpen silently drops all further messages in both directions. The editor notices
// after some time and reconnects; the server notices after the same time again.
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

// disconnected is called when the editor notices that its connection has ended.
func (e *Editor) disconnected(wire.Code) {
	e.conn = nil
	e.site.closed()
	if !e.away {
		e.redial(1 + int64(e.w.hash(uint64(e.index), e.dials, 7)%20))
	}
}

// hello sends a hello, if there is a connection; watch repeats it.
func (e *Editor) hello() {
	if e.conn == nil {
		return
	}
	e.site.hello()
}

// send sends the client's message, which is lost without a connection. A hello and a
// push expect an answer.
func (e *Editor) send(m wire.ClientMessage) {
	if e.conn == nil {
		return
	}
	e.conn.toServer(m)
	switch m.(type) {
	case *wire.Hello, *wire.PushMsg:
		e.watch()
	}
}

// watch sends another hello if no message arrives while the client waits for an answer.
func (e *Editor) watch() {
	c, p := e.conn, e.progress
	e.w.After(300+2*(e.w.cfg.MaxDelay+e.w.cfg.Commit), func() {
		if e.conn == c && c != nil && e.progress == p && (!e.site.state().live || !e.site.state().synced && !e.held) {
			e.hello()
		}
	})
}

func (e *Editor) receive(c *connection, d delivery) {
	if e.conn != c {
		return
	}
	e.progress++
	switch m := d.ServerMessage.(type) {
	case *wire.Welcome:
		if e.w.cfg.Parts > 0 && m.Limits != nil {
			stated, limits := *m, *m.Limits // they may be delivered twice
			limits.Parts, limits.Message = e.w.cfg.Parts, 1<<20
			stated.Limits = &limits
			d = e.w.delivery(&authority.Frame{Message: &stated})
		}
	case *wire.AckMsg:
		if s := e.site.state(); s.live {
			e.acked[m.Seq] = s.epoch
		}
	}
	e.site.receive(d)
}

// lost removes from the typed tokens what cannot get into the session and the client has
// taken back. The user must have been given all of them.
func (e *Editor) lost(l client.Lost) {
	var taken strings.Builder
	if l.Changes != nil {
		for _, part := range l.Changes.Ranges(true) {
			taken.WriteString(part.Text)
		}
	}
	if l.Op != nil {
		taken.WriteString(l.Op.Text)
	}
	for _, r := range taken.String() {
		e.typed[r]--
		if !e.deleted && !strings.ContainsRune(l.Text, r) {
			e.w.fail(fmt.Errorf("%q is lost to c%d, who is handed %q", r, e.index+1, l.Text))
		}
	}
}

// follow checks that what a client reported leads to what its user sees.
func (e *Editor) follow(before files.Set, changes []client.Change, after files.Set) {
	set := before
	var err error
	for _, ch := range changes {
		if set, err = applied(set, ch); err != nil {
			break
		}
	}
	got, want := set.All(), after.All()
	same := func(a, b files.File) bool {
		return a.ID == b.ID && a.Path == b.Path && a.Text.Len() == b.Text.Len() && (!e.w.cfg.Wire || a.Text.String() == b.Text.String())
	}
	if err != nil || !slices.EqualFunc(got, want, same) {
		e.w.fail(fmt.Errorf("update %+v of c%d does not lead to its files: %v", changes, e.index+1, err))
	}
}

// Open opens the k-th of the files that the user sees, k taken modulo their number.
func (e *Editor) Open(k int) {
	all := e.site.shown().All()
	if id := all[k%len(all)].ID; id != e.site.state().open {
		e.site.open(id)
	}
}

// Create creates a file.
func (e *Editor) Create(path, text string) {
	e.created++
	id := wire.FileID(e.w.hash(uint64(e.index), e.created, 11)%uint64(wire.MaxFileID)) + 1
	if e.site.state().epoch == "" || !e.site.operate(id, wire.FileOp{Do: wire.CreateFile, Path: path, Text: text}) {
		return
	}
	for _, r := range text {
		e.typed[r]++
	}
}

// Rename renames the open file.
func (e *Editor) Rename(path string) {
	e.site.operate(e.site.state().open, wire.FileOp{Do: wire.RenameFile, Path: path})
}

// Remove deletes the open file.
func (e *Editor) Remove() {
	if e.site.operate(e.site.state().open, wire.FileOp{Do: wire.DeleteFile}) {
		e.deleted = true
	}
}

// UndoFiles takes back the last operation on a file, or the last UndoFiles.
func (e *Editor) UndoFiles(redo bool) {
	if e.site.backFiles(redo) {
		e.deleted = true
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
	if e.site.state().epoch == "" {
		return // the user sees no text before the first welcome
	}
	n := utf8.RuneCountInString(e.Text())
	at %= n + 1
	from, to := e.boundary(at), e.boundary(min(at+del, n))
	c, err := ot.New(e.text().Len(), ot.Edit{From: from, To: to, Insert: insert})
	if err != nil {
		e.w.fail(err)
		return
	}
	if !e.site.edit(c) {
		return
	}
	for _, r := range insert {
		e.typed[r]++
	}
	if to > from {
		e.deleted = true
	}
}

// Insert types text after the at-th code point.
func (e *Editor) Insert(at int, text string) { e.edit(at, 0, text) }

// Delete removes n code points.
func (e *Editor) Delete(at, n int) { e.edit(at, n, "") }

// Replace replaces n code points by text.
func (e *Editor) Replace(at, n int, text string) { e.edit(at, n, text) }

// Select selects between two code points.
func (e *Editor) Select(anchor, head int) {
	e.site.selectRanges(wire.Selection{{Anchor: e.boundary(anchor), Head: e.boundary(head)}})
}

// Set changes a setting of the session.
func (e *Editor) Set(name, value string) { e.site.set(name, value) }

// Undo takes back the last edit, or the last Undo.
func (e *Editor) Undo(redo bool) {
	if e.site.back(redo) {
		e.deleted = true
	}
}

// Hold makes an input method compose for a while.
func (e *Editor) Hold(d int64) {
	e.held = true
	e.site.compose(true)
	e.w.After(d, func() {
		e.release()
		e.watch()
	})
}

// release ends what an input method does.
func (e *Editor) release() {
	if e.held {
		e.held = false
		e.site.compose(false)
	}
}
