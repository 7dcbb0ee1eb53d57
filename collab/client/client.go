package client

import (
	"fmt"
	"maps"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// Client is the state of an editor: the files as its user sees them, the change that was
// pushed and is not acknowledged, the changes after it, the settings, and the run that
// was asked for. It has no goroutines, clock or I/O, and is not safe for concurrent use.
// Its owner moves messages between it and a session:
//
//   - once a connection is open, send [Client.Hello];
//   - pass each message of the session to [Client.Receive];
//   - after each message, edit, choice and request, send what [Client.Next] gives until
//     it gives nil;
//   - when the connection is lost, call [Client.Disconnect].
//
// The files are always base ∘ outstanding ∘ buffer. The outstanding change is one change of
// a text or one operation on a file, the buffer a list of these, into the last of which
// edits of the same file compose. The outstanding change is mapped over entries of others,
// but never gains an edit: the session may have it already. Entries are mapped one at a
// time, as the law in package authority demands, and only over changes of their file. The
// tables in states.go list the transitions.
//
// One file is open at a time: that of the text and the selection that the user sees. It is
// the main file at first, and again when another member deletes it.
type Client struct {
	key     wire.Key
	id      wire.ClientID // empty before the first welcome
	name    string
	epoch   wire.Epoch
	version wire.Version
	base    files.Set // the session's files at version
	view    files.Set // what the user sees
	open    wire.FileID
	seq     wire.Seq // of the last push made
	out     *outstanding
	buffer  []Change
	link    Link
	pending Pending

	cursor    wire.Selection // in the open file of the view
	cursorNew bool           // not sent yet
	others    map[wire.ClientID]wire.Member
	settings  wire.Settings // as the session last sent them
	choices   choices
	limits    wire.Limits // of the session, as the last welcome states them
	request   Request
	asked     wire.RunMsg // the run in request
	running   string      // id of the run under way, as last told

	edits      map[wire.FileID]*edits // that can be undone, by file
	undo, redo []fileStep             // operations on files
}

// Change is what happens to one file: a change of its text, or an operation.
type Change struct {
	File    wire.FileID
	Changes ot.ChangeSet
	Op      *wire.FileOp

	// restores is set for the creation that takes back a deletion which is outstanding: it
	// gets the text when that is acknowledged.
	restores bool
}

func (c Change) is(do wire.Operation) bool { return c.Op != nil && c.Op.Do == do }

type outstanding struct {
	seq wire.Seq
	Change
}

// maxUndo bounds how many edits of a file, and how many operations, can be undone.
const maxUndo = 200

// New makes the state of a new editor instance, with an empty main file until its first
// welcome. Each instance has a separate key, also those of one person.
func New(key wire.Key, name string) *Client {
	empty := files.Main(ot.Text{})
	return &Client{
		key: key, name: name, base: empty, view: empty, link: Offline, pending: Clean, request: NoRequest,
		others: map[wire.ClientID]wire.Member{}, edits: map[wire.FileID]*edits{},
	}
}

// ID gives the client's id, empty before the first welcome.
func (c *Client) ID() wire.ClientID { return c.id }

// Files gives the files that the user sees. Two of them have colliding paths where one was
// created or renamed and the session has not answered yet.
func (c *Client) Files() files.Set { return c.view }

// Text gives the text of the open file as the user sees it.
func (c *Client) Text() ot.Text {
	f, _ := c.view.Get(c.open)
	return f.Text
}

// Opened gives the open file.
func (c *Client) Opened() wire.FileID { return c.open }

// Open opens a file, with an empty selection. It reports whether the user sees the file.
func (c *Client) Open(id wire.FileID) bool {
	if _, ok := c.view.Get(id); !ok {
		return false
	}
	if id != c.open {
		c.open, c.cursor, c.cursorNew = id, nil, true
	}
	return true
}

// Version gives the last version that the client has received.
func (c *Client) Version() wire.Version { return c.version }

// Epoch gives the epoch of Version.
func (c *Client) Epoch() wire.Epoch { return c.epoch }

// Synced reports whether all edits are acknowledged.
func (c *Client) Synced() bool { return c.pending == Clean }

// Told reports whether all edits have been sent on this connection: the session
// receives the next message after them.
func (c *Client) Told() bool {
	return c.link == Live && (c.pending == Clean || c.pending == Sent)
}

// Live reports whether the client has been welcomed on this connection.
func (c *Client) Live() bool { return c.link == Live }

// States gives the client's state in each of its tables.
func (c *Client) States() States { return States{c.link, c.pending, c.request} }

// Running returns the id of the session's run, "" while none is under way.
func (c *Client) Running() string { return c.running }

// Cursor gives the user's selection in Text.
func (c *Client) Cursor() wire.Selection { return c.cursor }

// Others gives the other members, with the files that they have open and their selections
// in these, as the user sees them.
func (c *Client) Others() map[wire.ClientID]wire.Member { return maps.Clone(c.others) }

// Limits gives the session's limits, as of its last welcome. [Client.Edit] and
// [Client.Create] refuse what is above them; a change with more parts or bytes than one
// push may have is sent as several.
func (c *Client) Limits() wire.Limits { return c.limits }

// Settings gives the session's settings, as the session last sent them.
func (c *Client) Settings() wire.Settings { return c.settings }

// Chosen gives the settings to show to the user: those of the session, changed by the
// user's own choices that the session has not answered.
func (c *Client) Chosen() wire.Settings { return c.choices.over(c.settings) }

// Set asks for a change of a setting. It takes effect when the session answers. If the
// connection is lost first, the change is sent again on the next one, unless another
// member has changed the same setting meanwhile.
func (c *Client) Set(name, value string) { c.choices.choose(name, value, c.settings[name]) }

// Run asks for a run of the files that the user sees: the request is sent after all edits.
// Stdin, if it is not empty, is all that the program reads. Run does nothing and gives
// false while the client is not live, while a run is going on, and while an earlier
// request is unanswered.
func (c *Client) Run(options wire.RunOptions, stdin []byte) bool {
	if c.link != Live || c.running != "" || c.request != NoRequest {
		return false
	}
	c.asked = wire.RunMsg{Options: options, Stdin: stdin}
	c.request = requestTable.step(c.request, runAsked)
	return true
}

// Hello gives the first message of a connection. On an open connection, it asks to be
// synchronised again.
func (c *Client) Hello() *wire.Hello {
	c.link = linkTable.step(c.link, linkHello)
	c.pending = pendingTable.step(c.pending, lost)
	return &wire.Hello{Protocol: wire.ProtocolVersion, Key: c.key, Name: c.name, Epoch: c.epoch, Version: c.version, Seq: c.seq}
}

// Disconnect records that the connection is lost. Edits are still accepted. A request
// for a run is dropped.
func (c *Client) Disconnect() {
	c.link = linkTable.step(c.link, linkDisconnect)
	c.pending = pendingTable.step(c.pending, lost)
	c.request = requestTable.step(c.request, runLost)
	c.others = map[wire.ClientID]wire.Member{}
}

// Edit applies a change of the user to Text. If the files would grow above the session's
// limit, it changes nothing, and the error wraps [wire.ErrTooLarge].
func (c *Client) Edit(change ot.ChangeSet) error { return c.EditFile(c.open, change) }

// EditFile is Edit for any file. The error wraps [wire.ErrNoFile] if the user does not see
// the file.
func (c *Client) EditFile(id wire.FileID, change ot.ChangeSet) error {
	f, ok := c.view.Get(id)
	if !ok {
		return fmt.Errorf("file %d: %w", id, wire.ErrNoFile)
	}
	if err := c.local(Change{File: id, Changes: change}); err != nil || change.Empty() {
		return err
	}
	inverse, err := change.Invert(f.Text)
	if err != nil {
		return err
	}
	e := c.editsOf(id)
	e.undo, e.redo = push(e.undo, inverse), nil
	return nil
}

// check refuses the changes that the session would refuse, see authority.Document.Receive.
func (c *Client) check(change Change) error {
	if c.limits == (wire.Limits{}) {
		return nil
	}
	return c.view.Fits(wire.Entry{File: change.File, Changes: change.Changes, Op: change.Op}, c.limits)
}

// push puts an item on a stack that has at most maxUndo.
func push[E any](stack []E, item E) []E {
	if len(stack) == maxUndo {
		stack = append(stack[:0], stack[1:]...)
	}
	return append(stack, item)
}

// local applies a change of the user to everything but the undo stacks.
func (c *Client) local(change Change) error {
	view, err := c.view.Apply(wire.Entry{File: change.File, Changes: change.Changes, Op: change.Op})
	if err == nil {
		err = c.check(change)
	}
	if err != nil || change.Op == nil && change.Changes.Empty() {
		return err
	}
	last := len(c.buffer) - 1
	if change.Op == nil && last >= 0 && c.buffer[last].Op == nil && c.buffer[last].File == change.File {
		both, err := c.buffer[last].Changes.Compose(change.Changes)
		if err != nil {
			return err
		}
		c.buffer[last].Changes = both
	} else {
		c.buffer = append(c.buffer, change)
	}
	c.view = view
	c.pending = pendingTable.step(c.pending, edited)
	if change.Op == nil {
		if change.File == c.open {
			c.cursor = c.cursor.Follow(change.Changes)
		}
		c.mapOthers(change.File, change.Changes)
	}
	c.opened()
	return nil
}

// opened opens the main file if the user no longer sees the open one.
func (c *Client) opened() {
	if _, ok := c.view.Get(c.open); !ok {
		c.Open(wire.MainFile)
	}
}

// Select sets the user's selection.
func (c *Client) Select(s wire.Selection) {
	c.cursor, c.cursorNew = s, true
}

// Next gives the next message to send, or nil: a push if none is unacknowledged; a change
// of settings; a request for a run if all edits are sent; the selection if it is new and
// all edits are acknowledged.
func (c *Client) Next() wire.ClientMessage {
	if c.link != Live {
		return nil
	}
	switch c.pending {
	case Typed:
		c.seq++
		first, rest := c.cut(c.buffer[0])
		c.out, c.buffer = &outstanding{c.seq, first}, append(rest, c.buffer[1:]...)
		event := sent
		if len(c.buffer) > 0 {
			event = sentPart
		}
		c.pending = pendingTable.step(c.pending, event)
		return c.outgoing()
	case Unsent, UnsentTyped:
		c.pending = pendingTable.step(c.pending, sent)
		return c.outgoing()
	}
	if change := c.choices.next(); change != nil {
		return &wire.SettingsMsg{Settings: change}
	}
	if c.request == Asked && c.Told() {
		c.request = requestTable.step(c.request, runSent)
		asked := c.asked
		return &asked
	}
	if c.cursorNew && c.Synced() {
		c.cursorNew = false
		return &wire.CursorMsg{Epoch: c.epoch, Version: c.version, File: c.open, Cursor: append(wire.Selection{}, c.ranges()...)}
	}
	return nil
}

// outgoing is the outstanding push as a message, with the selection if nothing was
// typed after it in its file.
func (c *Client) outgoing() *wire.PushMsg {
	m := &wire.PushMsg{Epoch: c.epoch, Version: c.version, Seq: c.out.seq, File: c.out.File, Changes: c.out.Changes, Op: c.out.Op}
	if len(c.buffer) == 0 && c.out.Op == nil && c.out.File == c.open {
		m.Cursor, c.cursorNew = c.ranges(), false
	}
	return m
}

// cut returns the part of a change that one push may carry, and the rest: half of what the
// session accepts. The push may be mapped over entries before it is sent again with the
// same seq, which may cut it into more parts; the selection and the rest of the message
// need some bytes. A creation whose text is too long is one of an empty file, and the text.
func (c *Client) cut(change Change) (first Change, rest []Change) {
	if c.limits == (wire.Limits{}) {
		return change, nil
	}
	bytes := c.limits.Message / 2
	if change.Op != nil {
		if change.Op.Text == "" || len(ot.AppendString(nil, change.Op.Text)) <= bytes {
			return change, nil
		}
		text, err := ot.New(0, ot.Edit{Insert: change.Op.Text})
		if err != nil {
			return change, nil // the session refuses it
		}
		empty := Change{File: change.File, Op: &wire.FileOp{Do: wire.CreateFile, Path: change.Op.Path}}
		return empty, []Change{{File: change.File, Changes: text}}
	}
	f, _ := c.base.Get(change.File)
	others := c.base.Units() - f.Text.Len()
	part, left := change.Changes.Split(ot.Bound{Parts: c.limits.Parts / 2, Bytes: bytes, Text: c.limits.Text - others})
	change.Changes = part
	if left.Empty() {
		return change, nil
	}
	return change, []Change{{File: change.File, Changes: left}}
}

// ranges gives the user's selection, cut to as many ranges as the session accepts.
func (c *Client) ranges() wire.Selection {
	if n := c.limits.Ranges; n > 0 && len(c.cursor) > n {
		return c.cursor[:n]
	}
	return c.cursor
}
