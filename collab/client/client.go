package client

import (
	"fmt"
	"maps"
	"math"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// Client is the editor's side: the text as its user sees it, what of it is
// under way and what waits. It is pure and owned by one
// goroutine; whoever holds it moves messages between it and a session:
//
//   - when a connection is there, send [Client.Hello];
//   - give every message that comes to [Client.Receive];
//   - after that, and after every edit, send what [Client.Next] gives until it
//     gives nothing;
//   - when the connection is lost, call [Client.Disconnect].
//
// The text is always base ∘ outstanding ∘ buffer. Typing composes into the
// buffer; the outstanding change is mapped, but never gains an edit, since the
// session may have it already. Foreign entries are mapped one at a time, as
// the session does; the law in package authority says why.
type Client struct {
	key     wire.Key
	id      wire.ClientID // from the first welcome on
	name    string
	epoch   wire.Epoch
	version wire.Version
	base    ot.Text  // the session's text at version
	text    ot.Text  // what the user sees
	seq     wire.Seq // of the last push made
	out     *outstanding
	buffer  *ot.ChangeSet
	link    link

	cursor    wire.Selection // in text
	cursorNew bool           // not told yet
	others    map[wire.ClientID]wire.Member
	settings  wire.Settings // as last told
	choices   choices
	limits    wire.Limits // of the session, as the last welcome states them

	undo, redo []ot.ChangeSet
}

type outstanding struct {
	seq     wire.Seq
	changes ot.ChangeSet
	sent    bool // on this connection
}

type link int

const (
	offline link = iota
	joining      // hello is sent, welcome is not here
	live
)

// maxUndo bounds how many edits can be undone.
const maxUndo = 200

// New makes the state of a new editor instance, empty until its first
// welcome. The key is its own, also among the instances of one person.
func New(key wire.Key, name string) *Client {
	return &Client{key: key, name: name, others: map[wire.ClientID]wire.Member{}}
}

// ID is the client's id, empty before the first welcome, which tells it.
func (c *Client) ID() wire.ClientID { return c.id }

// Text is what the user sees.
func (c *Client) Text() ot.Text { return c.text }

// Version is the last version that the client has received.
func (c *Client) Version() wire.Version { return c.version }

// Epoch is the history that Version belongs to.
func (c *Client) Epoch() wire.Epoch { return c.epoch }

// Synced reports whether everything typed is acknowledged.
func (c *Client) Synced() bool { return c.out == nil && c.buffer == nil }

// Live reports whether the client has been welcomed on this connection.
func (c *Client) Live() bool { return c.link == live }

// Cursor is the user's selection in Text.
func (c *Client) Cursor() wire.Selection { return c.cursor }

// Others are the other members with their selections in Text.
func (c *Client) Others() map[wire.ClientID]wire.Member { return maps.Clone(c.others) }

// Limits are what the session accepts, by its last welcome. A text of more units
// is refused by [Client.Edit]; a change of more parts or bytes than one push may
// have is sent as several.
func (c *Client) Limits() wire.Limits { return c.limits }

// Settings are the session's, as the client was last told.
func (c *Client) Settings() wire.Settings { return c.settings }

// Set asks for a change of the session's settings; what holds is what comes
// back. What a connection takes with it is sent again on the next, unless
// somebody else has changed the same setting meanwhile.
func (c *Client) Set(name, value string) { c.choices.choose(name, value, c.settings[name]) }

// Hello starts a connection, or asks for synchronisation on one that is there.
func (c *Client) Hello() *wire.Hello {
	c.link = joining
	if c.out != nil {
		c.out.sent = false
	}
	return &wire.Hello{Protocol: wire.ProtocolVersion, Key: c.key, Name: c.name, Epoch: c.epoch, Version: c.version, Seq: c.seq}
}

// Disconnect says that the connection is gone. Editing goes on.
func (c *Client) Disconnect() {
	c.link = offline
	c.others = map[wire.ClientID]wire.Member{}
}

// Edit makes a change of Text, as the user types. The error wraps [wire.ErrTooLarge],
// and nothing has changed, if the text would grow beyond what the session accepts.
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

// check refuses what the session would, see authority.Document.Receive.
func (c *Client) check(change ot.ChangeSet) error {
	if n := change.NewLength(); c.limits.Text > 0 && n > c.limits.Text && n > c.text.Len() {
		return fmt.Errorf("text of %d units, limit %d: %w", n, c.limits.Text, wire.ErrTooLarge)
	}
	return nil
}

func push(stack []ot.ChangeSet, c ot.ChangeSet) []ot.ChangeSet {
	if len(stack) == maxUndo {
		stack = append(stack[:0], stack[1:]...)
	}
	return append(stack, c)
}

// local applies a change of the user's own to everything but the undo stacks.
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
	c.cursor = c.cursor.Follow(change)
	c.mapOthers(change)
	return nil
}

// Undo takes back the user's last edit, and nothing of what others did since.
// It reports false when nothing is left to undo.
func (c *Client) Undo() (ot.ChangeSet, bool) { return c.back(&c.undo, &c.redo) }

// Redo takes back the last Undo.
func (c *Client) Redo() (ot.ChangeSet, bool) { return c.back(&c.redo, &c.undo) }

func (c *Client) back(from, to *[]ot.ChangeSet) (ot.ChangeSet, bool) {
	for len(*from) > 0 {
		n := len(*from) - 1
		change := (*from)[n]
		if c.check(change) != nil {
			return ot.ChangeSet{}, false // others have filled the text meanwhile
		}
		*from = (*from)[:n]
		if change.Empty() {
			continue // others have deleted what it would take back
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

// Next gives the next message to send, or nil: a push when none is under way;
// when nothing is pending, a change of settings, or the selection if it is new.
func (c *Client) Next() wire.ClientMessage {
	if c.link != live {
		return nil
	}
	if c.out == nil && c.buffer != nil {
		c.seq++
		first, rest := c.buffer.Split(c.bound())
		c.out = &outstanding{seq: c.seq, changes: first}
		c.buffer = nil
		if !rest.Empty() {
			c.buffer = &rest
		}
	}
	if c.out != nil {
		if c.out.sent {
			return nil
		}
		c.out.sent = true
		m := &wire.PushMsg{Epoch: c.epoch, Version: c.version, Seq: c.out.seq, Changes: c.out.changes}
		if c.buffer == nil {
			m.Cursor, c.cursorNew = c.ranges(), false
		}
		return m
	}
	if change := c.choices.next(); change != nil {
		return &wire.SettingsMsg{Settings: change}
	}
	if c.cursorNew {
		c.cursorNew = false
		return &wire.CursorMsg{Epoch: c.epoch, Version: c.version, Cursor: c.ranges()}
	}
	return nil
}

// bound is what the changes of one push may be: half of what the session accepts.
// Entries that it is mapped over, before it is sent again under its seq, may cut it
// into more parts; the selection and the rest of the message need some bytes.
func (c *Client) bound() ot.Bound {
	b := ot.Bound{Parts: c.limits.Parts / 2, Bytes: c.limits.Message / 2, Text: c.limits.Text}
	if c.limits == (wire.Limits{}) {
		b.Parts, b.Bytes = math.MaxInt32, math.MaxInt32
	}
	return b
}

// ranges are as many of the user's selection as the session accepts.
func (c *Client) ranges() wire.Selection {
	if n := c.limits.Ranges; n > 0 && len(c.cursor) > n {
		return c.cursor[:n]
	}
	return c.cursor
}
