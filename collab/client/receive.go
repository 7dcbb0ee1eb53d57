package client

import (
	"errors"
	"fmt"
	"maps"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// Update is the effect of a message on the text that the user sees.
type Update struct {
	Changes ot.ChangeSet // from the text before to the text after
	Resync  bool         // the session sent its whole text: Changes is a guess at the edits
	// Lost is set if the session refused a push permanently: the client has reverted that
	// push and the edits after it, which Lost composes.
	Lost *ot.ChangeSet
}

// ErrOutOfStep is wrapped by an error after which the caller sends [Client.Hello] again:
// a message was lost, or the session refused a push that can be sent again.
var ErrOutOfStep = errors.New("out of step with the session")

// Receive handles a message of the session and returns its effect on the text.
//
// If the error wraps an *[wire.Error], the session refused something. A push that it
// refused as malformed or too large has been reverted, see [Update.Lost]. If the message
// names no push, the client gives up the sent settings and the request for a run, since
// the message may be about them. Any other error wraps [ErrOutOfStep] and has changed
// nothing.
func (c *Client) Receive(m wire.ServerMessage) (Update, error) {
	u, err := c.receive(m)
	var refused *wire.Error
	if err != nil && (!errors.As(err, &refused) || c.link == Live && c.out != nil && refused.Seq == c.out.seq) {
		err = fmt.Errorf("%w: %w", ErrOutOfStep, err)
	}
	return u, err
}

func (c *Client) receive(m wire.ServerMessage) (Update, error) {
	none := Update{Changes: ot.Empty(c.text.Len())}
	switch onMessage[wire.TypeOf(m)][c.link] {
	case synchronise:
		return c.welcome(m.(*wire.Welcome))
	case apply:
		return c.entry(m.(*wire.EntryMsg))
	case acknowledge:
		m := m.(*wire.AckMsg)
		return none, c.ack(m.Version, m.Seq)
	case join:
		if o := m.(*wire.MemberMsg).Member; o.Client != c.id { // m may be shared
			o.Cursor = c.hereFrom(o.Cursor)
			c.others[o.Client] = o
		}
	case leave:
		delete(c.others, m.(*wire.LeaveMsg).Client)
	case selects:
		m := m.(*wire.CursorOfMsg)
		if o, ok := c.others[m.Client]; ok && m.Version == c.version {
			o.Cursor = c.hereFrom(m.Cursor)
			c.others[m.Client] = o
		}
	case settle:
		m := m.(*wire.SettingsOf)
		c.settings = m.Settings
		if m.By == c.id {
			c.choices.answered()
		}
	case begin:
		c.running = m.(*wire.RunStarted).Run
		c.request = requestTable.step(c.request, runAnswered)
	case end:
		if m.(*wire.RunEnded).Run == c.running {
			c.running = ""
		}
	case refuse:
		return c.refused(m.(*wire.Error))
	}
	return none, nil
}

// hereFrom moves another member's selection from the base to Text.
func (c *Client) hereFrom(s wire.Selection) wire.Selection {
	if c.out != nil {
		s = s.Map(c.out.changes)
	}
	if c.buffer != nil {
		s = s.Map(*c.buffer)
	}
	return s
}

func (c *Client) mapOthers(change ot.ChangeSet) {
	m := change.Mapper()
	for id, o := range c.others {
		o.Cursor = o.Cursor.MapBy(m)
		c.others[id] = o
	}
}

// entry handles an entry of the log. It ignores one that has come before.
func (c *Client) entry(m *wire.EntryMsg) (Update, error) {
	none := Update{Changes: ot.Empty(c.text.Len())}
	if m.Version <= c.version {
		return none, nil
	}
	if m.Version != c.version+1 {
		return none, fmt.Errorf("entry %d after version %d: %w", m.Version, c.version, wire.ErrFuture)
	}
	if m.File != wire.MainFile {
		return none, fmt.Errorf("entry of file %d, want %d: %w", m.File, wire.MainFile, wire.ErrNoFile)
	}
	if m.Client == c.id && c.out != nil && m.Seq == c.out.seq {
		return none, c.ack(m.Version, m.Seq)
	}
	update, err := c.remote(m.Changes)
	if err != nil {
		return none, err
	}
	c.version = m.Version
	if o, ok := c.others[m.Client]; ok && m.Cursor != nil {
		o.Cursor = c.hereFrom(m.Cursor)
		c.others[m.Client] = o
	}
	return Update{Changes: update}, nil
}

// ack handles the acknowledgement of the outstanding change, which is the entry that
// leads to v.
func (c *Client) ack(v wire.Version, seq wire.Seq) error {
	if v <= c.version && v != 0 {
		return nil
	}
	if c.out == nil || seq != c.out.seq {
		if c.out == nil && seq <= c.seq || c.out != nil && seq < c.out.seq {
			// The second acknowledgement of a push that was sent twice.
			return nil
		}
		return fmt.Errorf("acknowledgement of push %d: %w", seq, wire.ErrMalformed)
	}
	if v != c.version+1 {
		return fmt.Errorf("acknowledgement at %d after version %d: %w", v, c.version, wire.ErrFuture)
	}
	base, err := c.out.changes.Apply(c.base)
	if err != nil {
		return err
	}
	c.base, c.version, c.out = base, v, nil
	c.pending = pendingTable.step(c.pending, acknowledged)
	return nil
}

// remote applies a change of the base by another client, and gives it as a change of
// Text.
func (c *Client) remote(r ot.ChangeSet) (ot.ChangeSet, error) {
	base, err := r.Apply(c.base)
	if err != nil {
		return r, wire.ChangeError(err)
	}
	// Map it over the pending changes, and these over it.
	var out, buffer ot.ChangeSet
	if c.out != nil {
		if out, r, err = cross(c.out.changes, r); err != nil {
			return r, err
		}
	}
	if c.buffer != nil {
		if buffer, r, err = cross(*c.buffer, r); err != nil {
			return r, err
		}
	}
	text, err := r.Apply(c.text)
	if err != nil {
		return r, wire.ChangeError(err)
	}
	undo, err := rebaseStack(c.undo, r)
	if err != nil {
		return r, err
	}
	redo, err := rebaseStack(c.redo, r)
	if err != nil {
		return r, err
	}
	c.base, c.text, c.undo, c.redo = base, text, undo, redo
	if c.out != nil {
		c.out.changes = out
	}
	if c.buffer != nil {
		c.buffer = &buffer
	}
	c.cursor = c.cursor.Map(r)
	c.mapOthers(r)
	return r, nil
}

// cross maps two changes of one text over each other. The log's comes first.
func cross(own, log ot.ChangeSet) (ownAfter, logAfter ot.ChangeSet, err error) {
	if ownAfter, err = own.Map(log, false); err != nil {
		return own, log, wire.ChangeError(err)
	}
	if logAfter, err = log.Map(own, true); err != nil {
		return own, log, wire.ChangeError(err)
	}
	return ownAfter, logAfter, nil
}

// rebaseStack maps a stack of inverses over a foreign change of the text that
// the topmost applies to; each lower one applies to what the one above leads
// to.
func rebaseStack(stack []ot.ChangeSet, r ot.ChangeSet) ([]ot.ChangeSet, error) {
	if len(stack) == 0 || r.Empty() {
		return stack, nil
	}
	out := make([]ot.ChangeSet, len(stack))
	for i := len(stack) - 1; i >= 0; i-- {
		var err error
		if out[i], r, err = cross(stack[i], r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// welcome brings the client to the session's version.
func (c *Client) welcome(m *wire.Welcome) (Update, error) {
	none := Update{Changes: ot.Empty(c.text.Len())}
	if m.Protocol != wire.ProtocolVersion {
		return none, fmt.Errorf("protocol %d, want %d: %w", m.Protocol, wire.ProtocolVersion, wire.ErrProtocol)
	}
	saved := *c
	saved.others = maps.Clone(c.others)
	if c.out != nil {
		out := *c.out
		saved.out = &out
	}
	c.id = m.Client // some of the entries may be this client's
	update, err := c.synchronise(m)
	if err != nil {
		*c = saved
		return none, err
	}
	c.link = linkTable.step(c.link, linkWelcome)
	c.request = requestTable.step(c.request, runWelcome)
	c.cursorNew = len(c.cursor) > 0
	if m.Limits != nil {
		c.limits = *m.Limits
	}
	c.settings = m.Settings
	c.choices.welcomed(m.Settings)
	c.running = ""
	if m.Run != nil && m.Run.Verdict == "" {
		c.running = m.Run.Run
	}
	c.others = map[wire.ClientID]wire.Member{}
	for _, o := range m.Members {
		if o.Client != c.id {
			o.Cursor = c.hereFrom(o.Cursor)
			c.others[o.Client] = o
		}
	}
	return update, nil
}

func (c *Client) synchronise(m *wire.Welcome) (Update, error) {
	if m.Text != nil {
		return c.resync(m)
	}
	if m.Epoch != c.epoch || m.Version != c.version+wire.Version(len(m.Entries)) {
		return Update{}, fmt.Errorf("welcome at %d with %d entries after version %d: %w", m.Version, len(m.Entries), c.version, wire.ErrMalformed)
	}
	update := Update{Changes: ot.Empty(c.text.Len())}
	for _, e := range m.Entries {
		u, err := c.entry(e)
		if err != nil {
			return update, err
		}
		if update.Changes, err = update.Changes.Compose(u.Changes); err != nil {
			return update, err
		}
	}
	return update, nil
}

// resync takes the session's whole text. The entries that led to it are not known, so
// pending changes are mapped over the difference between the last text received and the
// new one. No edit is lost, but one may land a few places off.
func (c *Client) resync(m *wire.Welcome) (Update, error) {
	text, err := ot.NewText(*m.Text)
	if err != nil {
		return Update{}, wire.ChangeError(err)
	}
	if c.out != nil && m.AckedSeq >= c.out.seq {
		if c.base, err = c.out.changes.Apply(c.base); err != nil {
			return Update{}, err
		}
		c.out = nil
		c.pending = pendingTable.step(c.pending, acknowledged)
	}
	r, err := c.remote(diff(c.base, text))
	if err != nil {
		return Update{}, err
	}
	c.base, c.epoch, c.version = text, m.Epoch, m.Version
	// AckedSeq is below seq after the session was restored from a back-up, and above it for
	// a new instance with a used key.
	c.seq = max(c.seq, m.AckedSeq)
	return Update{Changes: r, Resync: true}, nil
}

// refused handles an error of the session. It reverts a push that cannot succeed, so
// that later edits can be sent.
func (c *Client) refused(m *wire.Error) (Update, error) {
	update := Update{Changes: ot.Empty(c.text.Len())}
	if m.Seq == 0 {
		c.choices.forget() // it may be about them, or about the run
		c.request = requestTable.step(c.request, runAnswered)
	}
	if c.out == nil || m.Seq != c.out.seq || m.Code != wire.CodeMalformed && m.Code != wire.CodeTooLarge && m.Code != wire.CodeNoFile {
		return update, m
	}
	taken := c.out.changes
	if c.buffer != nil {
		var err error
		if taken, err = taken.Compose(*c.buffer); err != nil {
			return update, err
		}
	}
	back, err := taken.Invert(c.base)
	if err != nil {
		return update, err
	}
	c.out, c.buffer, c.undo, c.redo = nil, nil, nil, nil
	c.pending = pendingTable.step(c.pending, refused)
	c.text = c.base
	c.cursor = c.cursor.Map(back)
	c.mapOthers(back)
	return Update{Changes: back, Lost: &taken}, m
}

// diff is one replacement that turns a into b.
func diff(a, b ot.Text) ot.ChangeSet {
	x, y := a.String(), b.String()
	if x == y {
		return ot.Empty(a.Len())
	}
	start := 0
	for start < min(len(x), len(y)) && x[start] == y[start] {
		start++
	}
	for start > 0 && (start < len(x) && inside(x[start]) || start < len(y) && inside(y[start])) {
		start--
	}
	end := 0
	for end < min(len(x), len(y))-start && x[len(x)-1-end] == y[len(y)-1-end] {
		end++
	}
	for end > 0 && inside(x[len(x)-end]) {
		end--
	}
	from := ot.Len(x[:start])
	c, err := ot.New(a.Len(), ot.Edit{From: from, To: from + ot.Len(x[start:len(x)-end]), Insert: y[start : len(y)-end]})
	if err != nil {
		panic("client: difference of two texts: " + err.Error()) // positions are by construction within a
	}
	return c
}

// inside reports whether a byte continues a code point.
func inside(b byte) bool { return b&0xC0 == 0x80 }
