package authority

import (
	"fmt"
	"slices"

	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/wire"
)

// ConnID names a connection within a session. No id is used twice.
type ConnID int64

// Authority is the state of a session: the document, the members with their cursors,
// the settings and the run. Its owner calls, over and over:
//
//  1. [Authority.Connect], [Authority.Receive], [Authority.Leave] and the like, any
//     number of times;
//  2. [Authority.Uncommitted] for the entries that these made, and [Authority.Unsaved]
//     for the settings, which the owner writes to the log and the store;
//  3. and only then [Authority.Deliveries] for the frames to send, in order.
//
// If the log refuses the entries, the owner drops the authority. No client has received
// them, so none loses an acknowledged edit.
type Authority struct {
	doc       *Document
	lim       wire.Limits
	conns     map[ConnID]*member
	order     []ConnID // in the order of Connect, so that deliveries are deterministic
	committed wire.Version
	pending   []wire.Entry // after committed
	size      int          // bytes of pending
	out       []Delivery
	told      []Delivery // of the last Deliveries; the memory is reused
	settings  wire.Settings
	unsaved   bool // the settings have changed since Deliveries
	doubted   bool // a client knew more, since Deliveries
	run       *runs.State
	runs      int64 // the number of the last run
	ahead     *runs.Ahead
	chosen    int // counts the changes of settings
}

type member struct {
	Visitor
	id     wire.ClientID
	name   string
	file   wire.FileID    // that is open
	cursor wire.Selection // in file, at the head
	joined bool
	since  wire.Version // of the last welcome, or of the view
	// text is the version of the last welcome that brought all files. What the client
	// pushed for an earlier one, it has mapped by guess since.
	text wire.Version
	// observing is set for an observer; see Observe.
	observing bool
	// ahead is set if the client wants to know of compilations ahead.
	ahead bool
}

// listens reports whether broadcasts go to the connection.
func (m *member) listens() bool { return m.joined || m.observing }

// Delivery is an item to send to a connection: one of Frame, View (for an observer), or,
// if Close is set, its end.
type Delivery struct {
	To    ConnID
	Frame *Frame
	View  *View
	Close wire.Code
}

// Frame is a message, encoded once for all of its receivers.
type Frame struct {
	Message wire.ServerMessage
	data    []byte
}

// Bytes gives the message in its wire form. The first call encodes it, and must return
// before other goroutines get the frame. The caller must not change the bytes.
func (f *Frame) Bytes() []byte {
	if f.data == nil {
		data, err := wire.Encode(f.Message)
		if err != nil {
			data, _ = wire.Encode(&wire.Error{Code: wire.CodeInternal, Message: err.Error()})
		}
		f.data = data
	}
	return f.data
}

// New makes the authority of a document whose head is in the log.
func New(doc *Document) *Authority {
	return &Authority{doc: doc, lim: doc.lim, conns: map[ConnID]*member{}, committed: doc.version}
}

// Document is the document at its head, committed or not.
func (a *Authority) Document() *Document { return a.doc }

// Uncommitted gives the version that the log must be at, and the entries to append after
// it. They are valid until the next Deliveries.
func (a *Authority) Uncommitted() (wire.Version, []wire.Entry) {
	return a.committed, a.pending
}

// Doubted reports whether a client has said hello with a version of this epoch that is
// above the head. The version may come from another owner; then this authority is out of
// date, and a welcome would take the client back to an earlier version. So the owner of
// the authority checks that it still owns the log before it sends the Deliveries.
func (a *Authority) Doubted() bool { return a.doubted }

// Full reports whether the owner must commit before the next message.
func (a *Authority) Full() bool {
	return len(a.pending) >= maxGroup || a.size >= maxGroupBytes || len(a.out) >= 64*maxGroup
}

// maxGroup bounds the entries of one commit, and maxGroupBytes their bytes, not counting
// the last entry.
const (
	maxGroup      = 256
	maxGroupBytes = 1 << 20
)

// Deliveries gives what to send. By calling it, the owner states that the uncommitted
// entries are in the log and unsaved settings in the store. The slice is valid until the
// next call.
func (a *Authority) Deliveries() []Delivery {
	a.committed, a.unsaved, a.doubted, a.size = a.doc.version, false, false, 0
	clear(a.pending)
	clear(a.told)
	a.pending = room(a.pending, keepRoom)
	a.out, a.told = room(a.told, keepRoom+4*len(a.conns)), a.out
	return a.told
}

// keepRoom is for how many entries, or for how many deliveries beside four to each
// connection, an authority keeps memory. More than that are rare.
const keepRoom = 32

// room gives an empty slice with the memory of s, or nil if that has more than keep elements.
func room[E any](s []E, keep int) []E {
	if cap(s) > keep {
		return nil
	}
	return s[:0]
}

// Visitor describes the other side of a connection.
type Visitor struct {
	// Owner names who is charged for runs that the connection starts. A session passes
	// it on to the runner and does not interpret it.
	Owner string
	// Watching is set for a connection that may change nothing. Watching connections
	// cannot take the places that [wire.Limits] keeps for editors.
	Watching bool
}

// Connect lets a connection in. Nothing is sent to it before its hello. The error wraps
// [wire.ErrBusy] if there are as many connections, or as many watching ones, as
// [wire.Limits] allows.
func (a *Authority) Connect(conn ConnID, v Visitor) error {
	if len(a.conns) >= a.lim.Members {
		return fmt.Errorf("the session has %d connections, limit %d: %w", len(a.conns), a.lim.Members, wire.ErrBusy)
	}
	if v.Watching {
		watching := 0
		for _, m := range a.conns {
			if m.Watching {
				watching++
			}
		}
		if watching >= a.lim.Watchers {
			return fmt.Errorf("the session has %d watching connections, limit %d: %w", watching, a.lim.Watchers, wire.ErrBusy)
		}
	}
	a.conns[conn] = &member{Visitor: v}
	a.order = append(a.order, conn)
	return nil
}

// Visitor returns the other side of a connection, and false for an observer or a connection
// that has left.
func (a *Authority) Visitor(conn ConnID) (Visitor, bool) {
	m, ok := a.conns[conn]
	if !ok || m.observing {
		return Visitor{}, false
	}
	return m.Visitor, true
}

// Leave removes a connection, and notifies the other members if it was a member.
func (a *Authority) Leave(conn ConnID) {
	m, ok := a.conns[conn]
	if !ok {
		return
	}
	delete(a.conns, conn)
	a.order = slices.DeleteFunc(a.order, func(c ConnID) bool { return c == conn })
	if m.joined {
		a.broadcast(conn, &wire.LeaveMsg{Client: m.id})
	}
}

// Receive handles a message of a connection. An invalid message changes nothing: its
// sender is sent the error, which is also returned, for a log.
func (a *Authority) Receive(conn ConnID, msg wire.ClientMessage) error {
	m, ok := a.conns[conn]
	if !ok {
		return nil // it has left since it sent this
	}
	if hello, ok := msg.(*wire.Hello); ok {
		return a.hello(conn, m, hello)
	}
	if !m.joined {
		return a.Refuse(conn, 0, fmt.Errorf("%s before hello: %w", wire.TypeOf(msg), wire.ErrNotJoined))
	}
	switch msg := msg.(type) {
	case *wire.PushMsg:
		if err := a.push(conn, m, msg); err != nil {
			return a.Refuse(conn, msg.Seq, err)
		}
	case *wire.CursorMsg:
		if err := a.cursor(conn, m, msg); err != nil {
			return a.Refuse(conn, 0, err)
		}
	case *wire.SettingsMsg:
		if err := a.set(conn, m, msg.Settings); err != nil {
			return a.Refuse(conn, 0, err)
		}
	case *wire.RunMsg, *wire.StdinMsg, *wire.StopMsg:
		if err := a.runMessage(m, msg); err != nil {
			return a.Refuse(conn, 0, err)
		}
	case *wire.Ping, *wire.Pong: // for the transport
	default:
		return a.Refuse(conn, 0, fmt.Errorf("%w: a session takes no %T", wire.ErrMalformed, msg))
	}
	return nil
}

// Refuse sends a connection an error about its message; seq names the push, if it was
// one. It returns err.
func (a *Authority) Refuse(conn ConnID, seq wire.Seq, err error) error {
	a.tell(conn, wire.ErrorOf(err, seq))
	return err
}

// Close ends a connection with a reason.
func (a *Authority) Close(conn ConnID, code wire.Code) {
	if _, ok := a.conns[conn]; ok {
		a.out = append(a.out, Delivery{To: conn, Close: code})
		a.Leave(conn)
	}
}

func (a *Authority) tell(conn ConnID, msg wire.ServerMessage) {
	a.out = append(a.out, Delivery{To: conn, Frame: &Frame{Message: msg}})
}

// broadcast sends a message to all members and observers, except one connection.
func (a *Authority) broadcast(but ConnID, msg wire.ServerMessage) {
	f := &Frame{Message: msg}
	for _, c := range a.order {
		if c != but && a.conns[c].listens() {
			a.out = append(a.out, Delivery{To: c, Frame: f})
		}
	}
}

func (a *Authority) hello(conn ConnID, m *member, h *wire.Hello) error {
	id := h.ClientID()
	// The same client on another connection: the old one is dead, which the server has
	// not noticed yet.
	for _, c := range slices.Clone(a.order) {
		if o := a.conns[c]; c != conn && o.joined && o.id == id {
			a.Close(c, wire.CodeReplaced)
		}
	}
	if m.joined && m.id != id {
		a.broadcast(conn, &wire.LeaveMsg{Client: m.id})
		m.joined, m.file, m.cursor = false, wire.MainFile, nil
	}
	if h.Epoch == a.doc.epoch && h.Version > a.doc.version {
		a.doubted = true
	}
	w := &wire.Welcome{Protocol: wire.ProtocolVersion, Client: id, Epoch: a.doc.epoch, Version: a.doc.version, AckedSeq: a.doc.Acked(id), Limits: &a.lim}
	entries, err := a.doc.Since(h.Version)
	if err != nil || h.Epoch != a.doc.epoch {
		w.Files, m.text = a.doc.files.Wire(), a.doc.version
	} else {
		for i, e := range entries {
			w.Entries = append(w.Entries, &wire.EntryMsg{Version: h.Version + wire.Version(i) + 1, Client: e.Client, Seq: e.Seq, File: e.File, Changes: e.Changes, Op: e.Op})
		}
	}
	fresh := !m.joined || m.name != h.Name
	m.id, m.name, m.joined, m.since, m.ahead = id, h.Name, true, a.doc.version, h.Ahead
	w.Members, w.Settings, w.Run = a.members(), a.settings, a.welcomeRun()
	if h.Ahead {
		w.Ahead = a.ahead.At(a.doc)
	}
	a.tell(conn, w)
	if fresh {
		a.broadcast(conn, &wire.MemberMsg{Member: wire.Member{Client: m.id, Name: m.name, File: m.file, Cursor: m.cursor}})
	}
	return nil
}

func (a *Authority) push(conn ConnID, m *member, p *wire.PushMsg) error {
	if p.Epoch != a.doc.epoch {
		return fmt.Errorf("epoch %.20q: %w", p.Epoch, wire.ErrEpoch)
	}
	if p.Version < m.text && p.Seq > a.doc.Acked(m.id) {
		return fmt.Errorf("version %d, the connection was sent the files of %d: %w", p.Version, m.text, wire.ErrStale)
	}
	if a.settings[wire.SettingLocked] != "" && p.Seq > a.doc.Acked(m.id) {
		return wire.ErrReadOnly // a push that is in the log already is acknowledged
	}
	acc, err := a.doc.Receive(Push{File: p.File, Client: m.id, Seq: p.Seq, Version: p.Version, Changes: p.Changes, Op: p.Op, Cursor: p.Cursor})
	if err != nil {
		return err
	}
	if acc.Duplicate {
		a.tell(conn, &wire.AckMsg{Version: acc.Version, Seq: p.Seq})
		return nil
	}
	a.doc.Name(m.id, m.name)
	a.pending = append(a.pending, acc.Entry)
	a.size += EntryCost(acc.Entry)
	a.moveCursors(m, acc)
	entry := &wire.EntryMsg{Version: acc.Version, Client: m.id, Seq: p.Seq, File: acc.Entry.File, Changes: acc.Entry.Changes, Op: acc.Entry.Op}
	if m.file == entry.File && entry.Op == nil {
		entry.Cursor = m.cursor
	}
	a.tell(conn, &wire.AckMsg{Version: acc.Version, Seq: p.Seq})
	a.broadcast(conn, entry)
	return nil
}

// moveCursors moves the selections of all members through an entry of one of them. Those
// in a file that was deleted are gone; clients do the same.
func (a *Authority) moveCursors(author *member, acc Accepted) {
	e := acc.Entry
	if e.Op != nil {
		for _, o := range a.conns {
			if e.Op.Do == wire.DeleteFile && o.file == e.File {
				o.file, o.cursor = wire.MainFile, nil
			}
		}
		return
	}
	moved := e.Changes.Mapper()
	for _, o := range a.conns {
		if o != author && o.file == e.File {
			o.cursor = o.cursor.MapBy(moved)
		}
	}
	switch {
	case acc.Cursor != nil:
		author.file, author.cursor = e.File, acc.Cursor
	case author.file == e.File:
		author.cursor = author.cursor.Follow(e.Changes)
	}
}

func (a *Authority) cursor(conn ConnID, m *member, c *wire.CursorMsg) error {
	if c.Epoch != a.doc.epoch {
		return nil // it will be welcomed to the new epoch soon; a cursor is not worth an error
	}
	sel, ok, err := a.doc.MapForward(c.File, c.Cursor, c.Version, m.id)
	if err != nil || !ok {
		return err
	}
	m.file, m.cursor = c.File, sel
	a.broadcast(conn, &wire.CursorOfMsg{Client: m.id, Version: a.doc.version, File: c.File, Cursor: sel})
	return nil
}
