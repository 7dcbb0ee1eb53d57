package client

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// Update is the effect of a message on the files that the user sees.
type Update struct {
	// Changes lead from the files before to the files after, one after the other: changes
	// of texts, and operations on files.
	Changes []Change
	Resync  bool // the session sent all its files: Changes is a guess at what happened
	// Lost is what cannot get into the session: the client has reverted it.
	Lost []Lost
}

// then appends a change; one of the text that the last one changed becomes a part of that.
func (u *Update) then(ch Change) error {
	if n := len(u.Changes) - 1; n >= 0 && ch.Op == nil && u.Changes[n].Op == nil && u.Changes[n].File == ch.File {
		both, err := u.Changes[n].Changes.Compose(ch.Changes)
		u.Changes[n].Changes = both
		return err
	}
	if ch.Op != nil || !ch.Changes.Empty() {
		u.Changes = append(u.Changes, ch)
	}
	return nil
}

// Lost is what the user did to one file and the session does not take: it refused it, or
// another member has deleted the file meanwhile.
type Lost struct {
	Code wire.Code
	File wire.FileID
	Path string // as the user saw it
	// Op is the operation that was refused; nil for edits.
	Op *wire.FileOp
	// Changes are the edits of the file, nil if there were none, and Text is the whole text
	// as its user had it.
	Changes *ot.ChangeSet
	Text    string
}

// ErrOutOfStep is wrapped by an error after which the caller sends [Client.Hello] again:
// a message was lost, or the session refused a push that can be sent again.
var ErrOutOfStep = errors.New("out of step with the session")

// Receive handles a message of the session and returns its effect on the files.
//
// If the error wraps an *[wire.Error], the session refused something. A push that it
// refused permanently has been reverted, see [Update.Lost]. If the message names no push,
// the client gives up the sent settings and the request for a run, since the message may
// be about them. Any other error wraps [ErrOutOfStep] and has changed nothing.
func (c *Client) Receive(m wire.ServerMessage) (Update, error) {
	u, err := c.receive(m)
	var refused *wire.Error
	if err != nil && (!errors.As(err, &refused) || c.link == Live && c.out != nil && refused.Seq == c.out.seq) {
		err = fmt.Errorf("%w: %w", ErrOutOfStep, err)
	}
	return u, err
}

func (c *Client) receive(m wire.ServerMessage) (Update, error) {
	switch onMessage[wire.TypeOf(m)][c.link] {
	case synchronise:
		return c.welcome(m.(*wire.Welcome))
	case apply:
		return c.entry(m.(*wire.EntryMsg))
	case acknowledge:
		m := m.(*wire.AckMsg)
		return Update{}, c.ack(m.Version, m.Seq)
	case join:
		if o := m.(*wire.MemberMsg).Member; o.Client != c.id { // m may be shared
			o.Cursor = c.hereFrom(o.File, o.Cursor)
			c.others[o.Client] = o
		}
	case leave:
		delete(c.others, m.(*wire.LeaveMsg).Client)
	case selects:
		m := m.(*wire.CursorOfMsg)
		if o, ok := c.others[m.Client]; ok && m.Version == c.version {
			o.File, o.Cursor = m.File, c.hereFrom(m.File, m.Cursor)
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
	return Update{}, nil
}

// pendingOf calls do with each pending change of a file, in order. A change that was sent
// has index -1, the others are in the buffer.
func (c *Client) pendingOf(id wire.FileID, do func(i int, ch *Change)) {
	if c.out != nil && c.out.File == id {
		do(-1, &c.out.Change)
	}
	for i := range c.buffer {
		if c.buffer[i].File == id {
			do(i, &c.buffer[i])
		}
	}
}

// hereFrom moves another member's selection in a file from the base to what the user sees.
func (c *Client) hereFrom(id wire.FileID, s wire.Selection) wire.Selection {
	c.pendingOf(id, func(_ int, ch *Change) {
		if ch.Op == nil {
			s = s.Map(ch.Changes)
		}
	})
	return s
}

func (c *Client) mapOthers(id wire.FileID, change ot.ChangeSet) {
	m := change.Mapper()
	for client, o := range c.others {
		if o.File == id {
			o.Cursor = o.Cursor.MapBy(m)
			c.others[client] = o
		}
	}
}

// entry handles an entry of the log. It ignores one that has come before.
func (c *Client) entry(m *wire.EntryMsg) (Update, error) {
	if m.Version <= c.version {
		return Update{}, nil
	}
	if m.Version != c.version+1 {
		return Update{}, fmt.Errorf("entry %d after version %d: %w", m.Version, c.version, wire.ErrFuture)
	}
	if m.Client == c.id && c.out != nil && m.Seq == c.out.seq {
		return Update{}, c.ack(m.Version, m.Seq)
	}
	var u Update
	if err := c.remote(&u, Change{File: m.File, Changes: m.Changes, Op: m.Op}); err != nil {
		return Update{}, err
	}
	c.version = m.Version
	if o, ok := c.others[m.Client]; ok && m.Cursor != nil {
		o.File, o.Cursor = m.File, c.hereFrom(m.File, m.Cursor)
		c.others[m.Client] = o
	}
	return u, nil
}

// ack handles the acknowledgement of the outstanding change, which is the entry that
// leads to v.
func (c *Client) ack(v wire.Version, seq wire.Seq) error {
	if v <= c.version && v != 0 {
		return nil
	}
	if c.out == nil || seq != c.out.seq {
		if c.out == nil && seq <= c.seq || c.out != nil && seq < c.out.seq {
			// The second acknowledgement of a push that was sent twice, or the refusal of
			// one that another member's operation has overtaken.
			return nil
		}
		return fmt.Errorf("acknowledgement of push %d: %w", seq, wire.ErrMalformed)
	}
	if v != c.version+1 {
		return fmt.Errorf("acknowledgement at %d after version %d: %w", v, c.version, wire.ErrFuture)
	}
	if err := c.accept(); err != nil {
		return err
	}
	c.version = v
	return nil
}

// accept applies the outstanding change, which is in the log, to the base.
func (c *Client) accept() error {
	base, err := change(c.base, c.out.Change)
	if err != nil {
		return err
	}
	if f, ok := c.base.Get(c.out.File); ok && c.out.is(wire.DeleteFile) {
		c.deleted(f)
	}
	c.base, c.out = base, nil
	c.pending = pendingTable.step(c.pending, acknowledged)
	return nil
}

// change applies a change that is in the log. Only the session checks paths.
func change(set files.Set, ch Change) (files.Set, error) {
	f, ok := set.Get(ch.File)
	switch {
	case ch.is(wire.CreateFile):
		text, err := ot.NewText(ch.Op.Text)
		if err != nil {
			return set, wire.ChangeError(err)
		}
		return set.With(files.File{ID: ch.File, Path: ch.Op.Path, Text: text}), nil
	case !ok:
		return set, fmt.Errorf("file %d: %w", ch.File, wire.ErrNoFile)
	case ch.Op == nil:
		text, err := ch.Changes.Apply(f.Text)
		if err != nil {
			return set, wire.ChangeError(err)
		}
		f.Text = text
	case ch.is(wire.RenameFile):
		f.Path = ch.Op.Path
	case ch.is(wire.DeleteFile):
		return set.Without(ch.File), nil
	default:
		return set, fmt.Errorf("operation %.20q: %w", ch.Op.Do, wire.ErrMalformed)
	}
	return set.With(f), nil
}

// remote applies a change of the base by another client, and adds what it does to the
// files that the user sees. If it fails, nothing has changed.
func (c *Client) remote(u *Update, ch Change) error {
	if ch.Op != nil {
		return c.remoteOp(u, ch)
	}
	base, err := change(c.base, ch)
	if err != nil {
		return err
	}
	// Map it over the pending changes of the file, and these over it. It does not reach
	// beyond a deletion of the file, but for one that is taken back.
	r, live := ch.Changes, true
	out, buffer := c.out, c.buffer
	c.pendingOf(ch.File, func(i int, own *Change) {
		switch {
		case own.is(wire.DeleteFile):
			live = false
		case own.restores:
			live = true
		case own.Op == nil && live && err == nil:
			moved := *own
			if moved.Changes, r, err = cross(own.Changes, r); i < 0 {
				out = &outstanding{c.out.seq, moved}
				return
			}
			if &buffer[0] == &c.buffer[0] {
				buffer = slices.Clone(c.buffer)
			}
			buffer[i] = moved
		}
	})
	if err != nil {
		return err
	}
	view, edits := c.view, c.edits[ch.File]
	if live {
		if view, err = change(c.view, Change{File: ch.File, Changes: r}); err != nil {
			return err
		}
		if edits, err = edits.rebase(r); err != nil {
			return err
		}
		if err := u.then(Change{File: ch.File, Changes: r}); err != nil {
			return err
		}
	}
	c.base, c.view, c.out, c.buffer = base, view, out, buffer
	c.forget(ch.File, true)
	if !live {
		return nil
	}
	if edits != nil {
		c.edits[ch.File] = edits
	}
	if ch.File == c.open {
		c.cursor = c.cursor.Map(r)
	}
	c.mapOthers(ch.File, r)
	return nil
}

// remoteOp applies another client's operation on a file. It overtakes those of the user's
// pending changes that the session refuses for it: after a deletion, all up to the one that
// creates the file again; after a renaming, the operations on the file.
func (c *Client) remoteOp(u *Update, ch Change) error {
	base, err := change(c.base, ch)
	if err != nil {
		return err
	}
	id, overtaken, code := ch.File, map[int]bool{}, wire.CodeNoFile
	before, _ := c.base.Get(id)
	created := false
	c.pendingOf(id, func(i int, own *Change) {
		created = created || own.restores
		switch {
		case ch.is(wire.RenameFile):
			overtaken[i], code = own.Op != nil, wire.CodeRenamed
		case ch.is(wire.CreateFile):
			overtaken[i], code = true, wire.CodeExists
		case !created:
			overtaken[i] = true
		}
	})
	if ch.is(wire.DeleteFile) && created {
		c.deleted(before)
	}
	if err := c.takeBack(u, id, code, func(i int, _ *Change) bool { return overtaken[i] }); err != nil {
		return err
	}
	c.base = base
	c.forget(id, false)
	if ch.is(wire.DeleteFile) {
		delete(c.edits, id)
		for client, o := range c.others {
			if o.File == id {
				o.File, o.Cursor = wire.MainFile, nil
				c.others[client] = o
			}
		}
	}
	return c.show(u, id)
}

// takeBack takes pending changes of a file out, and tells the user what is lost with them.
// The files that the user sees stay as they are.
func (c *Client) takeBack(u *Update, id wire.FileID, code wire.Code, which func(i int, ch *Change) bool) error {
	seen, visible := c.view.Get(id)
	lost := Lost{Code: code, File: id, Path: seen.Path}
	var err error
	took := map[int]bool{}
	c.pendingOf(id, func(i int, ch *Change) {
		if !which(i, ch) {
			return
		}
		took[i] = true
		switch {
		case ch.Op != nil:
			if lost.Op == nil {
				lost.Op = ch.Op
			}
		case lost.Changes == nil:
			changes := ch.Changes
			lost.Changes = &changes
		case err == nil:
			var both ot.ChangeSet
			both, err = lost.Changes.Compose(ch.Changes)
			lost.Changes = &both
		}
	})
	if err != nil || len(took) == 0 {
		return err
	}
	if took[-1] {
		c.out = nil
		c.pending = pendingTable.step(c.pending, refused)
	}
	var kept []Change
	for i, ch := range c.buffer {
		if !took[i] {
			kept = append(kept, ch)
		}
	}
	c.buffer = kept
	c.emptied()
	switch text := lost.Changes != nil || lost.Op != nil && lost.Op.Text != ""; {
	case visible && text:
		lost.Text = seen.Text.String()
		u.Lost = append(u.Lost, lost)
	case lost.Op != nil && code != wire.CodeNoFile:
		lost.Changes = nil
		u.Lost = append(u.Lost, lost)
	}
	return nil
}

// show brings what the user sees of a file to what the base and the pending changes lead
// to.
func (c *Client) show(u *Update, id wire.FileID) error {
	f, ok := c.base.Get(id)
	var err error
	c.pendingOf(id, func(_ int, ch *Change) {
		switch {
		case err != nil:
		case ch.Op == nil:
			f.Text, err = ch.Changes.Apply(f.Text)
		case ch.is(wire.RenameFile):
			f.Path = ch.Op.Path
		case ch.is(wire.DeleteFile):
			ok = false
		case ch.restores:
			f.ID, f.Path, ok = id, ch.Op.Path, true
		default:
			f.ID, f.Path, ok = id, ch.Op.Path, true
			f.Text, err = ot.NewText(ch.Op.Text)
		}
	})
	if err != nil {
		return wire.ChangeError(err)
	}
	seen, visible := c.view.Get(id)
	switch {
	case ok && !visible:
		err = u.then(Change{File: id, Op: &wire.FileOp{Do: wire.CreateFile, Path: f.Path, Text: f.Text.String()}})
	case !ok && visible:
		err = u.then(Change{File: id, Op: &wire.FileOp{Do: wire.DeleteFile}})
	case ok && f.Path != seen.Path:
		err = u.then(Change{File: id, Op: &wire.FileOp{Do: wire.RenameFile, Path: f.Path}})
	}
	if err == nil && ok && visible {
		changes := diff(seen.Text, f.Text)
		if err = u.then(Change{File: id, Changes: changes}); err == nil && !changes.Empty() {
			c.reverted(id, changes)
		}
	}
	if ok {
		c.view = c.view.With(f)
	} else {
		c.view = c.view.Without(id)
	}
	c.opened()
	return err
}

// refresh is show for what the user did.
func (c *Client) refresh(id wire.FileID) error { return c.show(new(Update), id) }

// reverted follows a change of a text that is not an entry: its edits cannot be undone.
func (c *Client) reverted(id wire.FileID, changes ot.ChangeSet) {
	delete(c.edits, id)
	if id == c.open {
		c.cursor = c.cursor.Map(changes)
	}
	c.mapOthers(id, changes)
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
	if m.Protocol != wire.ProtocolVersion {
		return Update{}, fmt.Errorf("protocol %d, want %d: %w", m.Protocol, wire.ProtocolVersion, wire.ErrProtocol)
	}
	saved := *c
	saved.others, saved.edits = maps.Clone(c.others), maps.Clone(c.edits)
	saved.buffer, saved.undo, saved.redo = slices.Clone(c.buffer), slices.Clone(c.undo), slices.Clone(c.redo)
	c.id = m.Client // some of the entries may be this client's
	update, err := c.synchronise(m)
	if err != nil {
		*c = saved
		return Update{}, err
	}
	c.link = linkTable.step(c.link, linkWelcome)
	c.request = requestTable.step(c.request, runWelcome)
	c.cursorNew = len(c.cursor) > 0 || c.open != wire.MainFile
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
			o.Cursor = c.hereFrom(o.File, o.Cursor)
			c.others[o.Client] = o
		}
	}
	return update, nil
}

func (c *Client) synchronise(m *wire.Welcome) (Update, error) {
	if len(m.Files) > 0 {
		return c.resync(m)
	}
	if m.Epoch != c.epoch || m.Version != c.version+wire.Version(len(m.Entries)) {
		return Update{}, fmt.Errorf("welcome at %d with %d entries after version %d: %w", m.Version, len(m.Entries), c.version, wire.ErrMalformed)
	}
	var all Update
	for _, e := range m.Entries {
		u, err := c.entry(e)
		if err != nil {
			return all, err
		}
		for _, ch := range u.Changes {
			if err := all.then(ch); err != nil {
				return all, err
			}
		}
		all.Lost = append(all.Lost, u.Lost...)
	}
	return all, nil
}

// resync takes all files of the session. The entries that led to them are not known, so
// pending changes are mapped over the difference between the last files received and the
// new ones. No edit is lost, but one may land a few places off.
func (c *Client) resync(m *wire.Welcome) (Update, error) {
	set, err := files.Of(m.Files)
	if err != nil {
		return Update{}, err
	}
	if c.out != nil && m.AckedSeq >= c.out.seq {
		if err := c.accept(); err != nil {
			return Update{}, err
		}
	}
	u := Update{Resync: true}
	for _, ch := range difference(c.base, set) {
		if err := c.remote(&u, ch); err != nil {
			return Update{}, err
		}
	}
	c.base, c.epoch, c.version = set, m.Epoch, m.Version
	// AckedSeq is below seq after the session was restored from a back-up, and above it for
	// a new instance with a used key.
	c.seq = max(c.seq, m.AckedSeq)
	return u, nil
}

// difference is a guess at what was done to files that became others.
func difference(from, to files.Set) []Change {
	var list []Change
	for _, f := range from.All() {
		now, ok := to.Get(f.ID)
		if !ok {
			list = append(list, Change{File: f.ID, Op: &wire.FileOp{Do: wire.DeleteFile}})
			continue
		}
		if now.Path != f.Path {
			list = append(list, Change{File: f.ID, Op: &wire.FileOp{Do: wire.RenameFile, Path: now.Path}})
		}
		if changes := diff(f.Text, now.Text); !changes.Empty() {
			list = append(list, Change{File: f.ID, Changes: changes})
		}
	}
	for _, f := range to.All() {
		if _, ok := from.Get(f.ID); !ok {
			list = append(list, Change{File: f.ID, Op: &wire.FileOp{Do: wire.CreateFile, Path: f.Path, Text: f.Text.String()}})
		}
	}
	return list
}

// refused handles an error of the session. It reverts a push that cannot succeed, with what
// depends on it, so that later changes can be sent.
func (c *Client) refused(m *wire.Error) (Update, error) {
	var u Update
	if m.Seq == 0 {
		c.choices.forget() // it may be about them, or about the run
		c.request = requestTable.step(c.request, runAnswered)
	}
	if c.out == nil || m.Seq != c.out.seq || !permanent(m.Code) {
		return u, m
	}
	id, op := c.out.File, c.out.Op
	gone := op != nil && op.Do == wire.CreateFile || m.Code == wire.CodeNoFile
	depends := func(_ int, ch *Change) bool { return gone || (ch.Op == nil) == (op == nil) }
	if err := c.takeBack(&u, id, m.Code, depends); err != nil {
		return Update{}, err
	}
	if op != nil || gone {
		c.forget(id, false)
	}
	f, ok := c.base.Get(id)
	if n := len(u.Lost); ok && n == 1 && u.Lost[0].Changes != nil && !gone {
		back, err := u.Lost[0].Changes.Invert(f.Text)
		if err != nil {
			return Update{}, err
		}
		seen, _ := c.view.Get(id)
		c.view = c.view.With(files.File{ID: id, Path: seen.Path, Text: f.Text})
		c.reverted(id, back)
		u.Changes = []Change{{File: id, Changes: back}}
		return u, m
	}
	if err := c.show(&u, id); err != nil {
		return Update{}, err
	}
	return u, m
}

// permanent reports whether a push that was refused with the code can never succeed.
func permanent(code wire.Code) bool {
	switch code {
	case wire.CodeMalformed, wire.CodeTooLarge, wire.CodeNoFile, wire.CodeExists, wire.CodeRenamed, wire.CodeReadOnly:
		return true
	}
	return false
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
