package client

import (
	"maps"
	"math"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// Client is the state of an editor: the text as its user sees it, the change that was
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
// The text is always base ∘ outstanding ∘ buffer. Edits compose into the buffer. The
// outstanding change is mapped over entries of others, but never gains an edit: the
// session may have it already. Entries are mapped one at a time, as the law in package
// authority demands. The tables in states.go list the transitions.
type Client struct {
	key     wire.Key
	id      wire.ClientID // empty before the first welcome
	name    string
	epoch   wire.Epoch
	version wire.Version
	base    ot.Text  // the session's text at version
	text    ot.Text  // what the user sees
	seq     wire.Seq // of the last push made
	out     *outstanding
	buffer  *ot.ChangeSet
	link    Link
	pending Pending

	cursor    wire.Selection // in text
	cursorNew bool           // not sent yet
	others    map[wire.ClientID]wire.Member
	settings  wire.Settings // as the session last sent them
	choices   choices
	limits    wire.Limits // of the session, as the last welcome states them
	request   Request
	asked     wire.RunMsg // the run in request
	running   string      // id of the run under way, as last told

	undo, redo []ot.ChangeSet
}

type outstanding struct {
	seq     wire.Seq
	changes ot.ChangeSet
}

// maxUndo bounds how many edits can be undone.
const maxUndo = 200

// New makes the state of a new editor instance, with an empty text until its first
// welcome. Each instance has a separate key, also those of one person.
func New(key wire.Key, name string) *Client {
	return &Client{key: key, name: name, link: Offline, pending: Clean, request: NoRequest, others: map[wire.ClientID]wire.Member{}}
}

// ID gives the client's id, empty before the first welcome.
func (c *Client) ID() wire.ClientID { return c.id }

// Text gives the text that the user sees.
func (c *Client) Text() ot.Text { return c.text }

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

// Others gives the other members, with their selections in Text.
func (c *Client) Others() map[wire.ClientID]wire.Member { return maps.Clone(c.others) }

// Limits gives the session's limits, as of its last welcome. [Client.Edit] refuses a text
// above them; a change with more parts or bytes than one push may have is sent as
// several.
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

// Run asks for a run of the text that the user sees: the request is sent after all edits.
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

// Edit applies a change of the user to Text. If the text would grow above the session's
// limit, it changes nothing, and the error wraps [wire.ErrTooLarge].
func (c *Client) Edit(change ot.ChangeSet) error {
	before := c.text
	if err := c.check(change); err != nil {
		return err
	}
	if err := c.local(change); err != nil {
		return err
	}
	if change.Empty() {
		return nil
	}
	inverse, err := change.Invert(before)
	if err != nil {
		return err
	}
	c.undo = push(c.undo, inverse)
	c.redo = nil
	return nil
}

// check refuses the changes that the session would refuse, see authority.Document.Receive.
func (c *Client) check(change ot.ChangeSet) error {
	if n := change.NewLength(); c.limits.Text > 0 && n > c.limits.Text && n > c.text.Len() {
		return wire.Exceeds("text", n, c.limits.Text, wire.UnitUTF16)
	}
	return nil
}

func push(stack []ot.ChangeSet, c ot.ChangeSet) []ot.ChangeSet {
	if len(stack) == maxUndo {
		stack = append(stack[:0], stack[1:]...)
	}
	return append(stack, c)
}

// local applies a change of the user to everything but the undo stacks.
func (c *Client) local(change ot.ChangeSet) error {
	text, err := change.Apply(c.text)
	if err != nil {
		return err
	}
	if change.Empty() {
		return nil
	}
	buffer := change
	if c.buffer != nil {
		if buffer, err = c.buffer.Compose(change); err != nil {
			return err
		}
	}
	c.text, c.buffer = text, &buffer
	c.pending = pendingTable.step(c.pending, edited)
	c.cursor = c.cursor.Follow(change)
	c.mapOthers(change)
	return nil
}

// Undo reverts the user's last edit, and nothing that others have done since. It reports
// false if there is nothing to undo.
func (c *Client) Undo() (ot.ChangeSet, bool) { return c.back(&c.undo, &c.redo) }

// Redo reverts the last Undo.
func (c *Client) Redo() (ot.ChangeSet, bool) { return c.back(&c.redo, &c.undo) }

func (c *Client) back(from, to *[]ot.ChangeSet) (ot.ChangeSet, bool) {
	for len(*from) > 0 {
		n := len(*from) - 1
		change := (*from)[n]
		if c.check(change) != nil {
			return ot.ChangeSet{}, false // the text would be too long: others have added to it
		}
		*from = (*from)[:n]
		if change.Empty() {
			continue // others have deleted what it would revert
		}
		inverse, err := change.Invert(c.text)
		if err != nil || c.local(change) != nil {
			continue
		}
		*to = push(*to, inverse)
		return change, true
	}
	return ot.ChangeSet{}, false
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
		first, rest := c.buffer.Split(c.bound())
		c.out, c.buffer = &outstanding{c.seq, first}, nil
		event := sent
		if !rest.Empty() {
			c.buffer, event = &rest, sentPart
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
		return &wire.CursorMsg{Epoch: c.epoch, Version: c.version, Cursor: c.ranges()}
	}
	return nil
}

// outgoing is the outstanding push as a message, with the selection if nothing was
// typed after it.
func (c *Client) outgoing() *wire.PushMsg {
	m := &wire.PushMsg{Epoch: c.epoch, Version: c.version, Seq: c.out.seq, Changes: c.out.changes}
	if c.buffer == nil {
		m.Cursor, c.cursorNew = c.ranges(), false
	}
	return m
}

// bound returns the limits for the changes of one push: half of the session's. The push
// may be mapped over entries before it is sent again with the same seq, which may cut it
// into more parts; the selection and the rest of the message need some bytes.
func (c *Client) bound() ot.Bound {
	b := ot.Bound{Parts: c.limits.Parts / 2, Bytes: c.limits.Message / 2, Text: c.limits.Text}
	if c.limits == (wire.Limits{}) {
		b.Parts, b.Bytes = math.MaxInt32, math.MaxInt32
	}
	return b
}

// ranges gives the user's selection, cut to as many ranges as the session accepts.
func (c *Client) ranges() wire.Selection {
	if n := c.limits.Ranges; n > 0 && len(c.cursor) > n {
		return c.cursor[:n]
	}
	return c.cursor
}
