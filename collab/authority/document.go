package authority

import (
	"errors"
	"fmt"
	"maps"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// Document is a shared text with the last part of its log. It has no lock, clock or
// I/O, and is not safe for concurrent use.
type Document struct {
	lim     wire.Limits
	epoch   wire.Epoch
	text    ot.Text
	version wire.Version
	history history // up to version
	acked   map[wire.ClientID]wire.Ack
}

// ErrCorrupt is returned when a snapshot and its entries do not make a text.
var ErrCorrupt = errors.New("log does not apply")

// Push is a client's change of the text at Version, with the selection after it, if
// any.
type Push struct {
	File    wire.FileID
	Client  wire.ClientID
	Seq     wire.Seq
	Version wire.Version
	Changes ot.ChangeSet
	Cursor  wire.Selection
}

// Accepted is the result of a push.
type Accepted struct {
	Entry     wire.Entry     // the change as it stands in the log
	Version   wire.Version   // after the entry
	Cursor    wire.Selection // of the push, in the text at Version
	Duplicate bool           // the log has the push already, at Version; no other field is set
}

// NewDocument makes a document at version 0 of an epoch.
func NewDocument(epoch wire.Epoch, text ot.Text, lim wire.Limits) *Document {
	return &Document{lim: lim.WithDefaults(), epoch: epoch, text: text, acked: map[wire.ClientID]wire.Ack{}}
}

// Restore makes a document from a snapshot and the entries after it. The error wraps
// [ErrCorrupt].
func Restore(s wire.Snapshot, entries []wire.Entry, lim wire.Limits) (*Document, error) {
	text, err := ot.NewText(s.Text)
	if err != nil {
		return nil, fmt.Errorf("snapshot at version %d: %w: %w", s.Version, ErrCorrupt, err)
	}
	d := NewDocument(s.Epoch, text, lim)
	d.version = s.Version
	if s.Acked != nil {
		d.acked = maps.Clone(s.Acked)
	}
	for _, e := range entries {
		if err := d.Replay(e); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Replay appends an entry that is in the log. The error wraps [ErrCorrupt].
func (d *Document) Replay(e wire.Entry) error {
	if err := d.append(e); err != nil {
		return fmt.Errorf("entry %d: %w: %w", d.version+1, ErrCorrupt, err)
	}
	return nil
}

// Snapshot gives the document without its history.
func (d *Document) Snapshot() wire.Snapshot {
	return wire.Snapshot{Epoch: d.epoch, Version: d.version, Text: d.text.String(), Acked: maps.Clone(d.acked)}
}

// Epoch names the document's history.
func (d *Document) Epoch() wire.Epoch { return d.epoch }

// Version is the number of entries that lead to the text.
func (d *Document) Version() wire.Version { return d.version }

// Text is the text at Version.
func (d *Document) Text() ot.Text { return d.text }

// Acked gives the last seq of a client that is in the log, 0 if none is known.
func (d *Document) Acked(id wire.ClientID) wire.Seq { return d.acked[id].Seq }

// Oldest gives the lowest version that the history reaches.
func (d *Document) Oldest() wire.Version { return d.version - wire.Version(d.history.n) }

// Since gives the entries that lead from a version to the head. The caller must not
// change them; they are valid until the document changes. The error wraps
// [wire.ErrFuture] or [wire.ErrStale].
func (d *Document) Since(v wire.Version) ([]wire.Entry, error) {
	if err := d.check(v); err != nil {
		return nil, err
	}
	return d.history.last(int(d.version - v))
}

func (d *Document) check(v wire.Version) error {
	switch {
	case v > d.version:
		return fmt.Errorf("version %d, head is %d: %w", v, d.version, wire.ErrFuture)
	case v < d.Oldest():
		return fmt.Errorf("version %d, history starts at %d: %w", v, d.Oldest(), wire.ErrStale)
	}
	return nil
}

// Receive maps a push over the entries that its sender had not seen, one entry at a
// time, and appends it. If it returns an error, the document has not changed.
func (d *Document) Receive(p Push) (Accepted, error) {
	if p.Client == "" || p.Seq <= 0 {
		return Accepted{}, fmt.Errorf("push %d of client %q: %w", p.Seq, p.Client, wire.ErrMalformed)
	}
	if p.File != wire.MainFile {
		return Accepted{}, fmt.Errorf("file %d, want %d: %w", p.File, wire.MainFile, wire.ErrNoFile)
	}
	ack, known := d.acked[p.Client]
	if known && p.Seq <= ack.Seq {
		v := ack.Version
		if p.Seq < ack.Seq {
			var err error
			if v, err = d.find(p.Client, p.Seq); err != nil {
				return Accepted{}, err
			}
		}
		return Accepted{Version: v, Duplicate: true}, nil
	}
	behind, err := d.Since(p.Version)
	if err != nil {
		return Accepted{}, err
	}
	if known && p.Version < ack.Version {
		// The push contains the client's acknowledged entry, and would be mapped over it.
		return Accepted{}, fmt.Errorf("version %d, entry of the same client at %d: %w", p.Version, ack.Version, wire.ErrStale)
	}
	if n := p.Changes.Parts(); n > d.lim.Parts {
		return Accepted{}, wire.Exceeds("parts", n, d.lim.Parts, wire.UnitCount)
	}
	if n := p.Changes.Parts(); n*len(behind) > maxMapping {
		return Accepted{}, fmt.Errorf("change of %d parts, %d entries behind the head: %w", n, len(behind), wire.ErrStale)
	}
	if err := p.Cursor.Check(p.Changes.NewLength(), d.lim); err != nil {
		return Accepted{}, err
	}
	c, cursor := p.Changes, p.Cursor
	for _, e := range behind {
		mapped, err := c.Map(e.Changes, false)
		if err != nil {
			return Accepted{}, wire.ChangeError(err)
		}
		if len(cursor) > 0 {
			theirs, err := e.Changes.Map(c, true)
			if err != nil {
				return Accepted{}, wire.ChangeError(err)
			}
			cursor = cursor.Map(theirs)
		}
		c = mapped
	}
	e := wire.Entry{File: p.File, Client: p.Client, Seq: p.Seq, Changes: c}
	if err := d.accept(e); err != nil {
		return Accepted{}, err
	}
	return Accepted{Entry: e, Version: d.version, Cursor: cursor}, nil
}

// maxMapping bounds the work of one push: its parts times the entries that it is mapped
// over. It takes about 0.1 s. A push above it is refused as stale; its sender maps it
// after a welcome and pushes again.
const maxMapping = 32 << 20

// find gives the version after an entry, 0 if the history no longer has the entry.
func (d *Document) find(id wire.ClientID, seq wire.Seq) (wire.Version, error) {
	entries, err := d.Since(d.Oldest())
	for i, e := range entries {
		if e.Client == id && e.Seq == seq {
			return d.Oldest() + wire.Version(i) + 1, nil
		}
	}
	return 0, err
}

// accept appends an entry that a client made, if the text stays within its limit.
func (d *Document) accept(e wire.Entry) error {
	if n := e.Changes.NewLength(); n > d.lim.Text && n > d.text.Len() {
		return wire.Exceeds("text", n, d.lim.Text, wire.UnitUTF16)
	}
	return d.append(e)
}

// append applies an entry to the text and adds it to the history.
func (d *Document) append(e wire.Entry) error {
	if e.File != wire.MainFile {
		return fmt.Errorf("file %d, want %d: %w", e.File, wire.MainFile, wire.ErrNoFile)
	}
	text, err := e.Changes.Apply(d.text)
	if err != nil {
		return wire.ChangeError(err)
	}
	d.text = text
	d.version++
	d.acked[e.Client] = wire.Ack{Seq: e.Seq, Version: d.version}
	d.history.add(e)
	d.trim()
	return nil
}

// trim forgets the oldest entries and clients above the limits. A client that needs the
// entries is sent the text instead.
func (d *Document) trim() {
	for d.history.n > d.lim.History || d.history.cost > d.lim.Bytes && d.history.n > 0 {
		d.history.forget()
	}
	for len(d.acked) > d.lim.Clients {
		var oldest wire.ClientID
		at := d.version + 1
		for id, a := range d.acked {
			if a.Version < at {
				oldest, at = id, a.Version
			}
		}
		delete(d.acked, oldest)
	}
}

// Size gives the memory of text and history, in bytes, approximately.
func (d *Document) Size() int { return d.text.Size() + d.history.cost }

// Shorten forgets the oldest entries until the rest takes at most the given bytes.
func (d *Document) Shorten(bytes int) {
	for d.history.cost > bytes && d.history.n > 0 {
		d.history.forget()
	}
}

// MapForward moves a selection from the text at v to the head. Text that its owner
// inserts at a cursor goes before the cursor, text of others after it.
func (d *Document) MapForward(s wire.Selection, v wire.Version, owner wire.ClientID) (wire.Selection, error) {
	entries, err := d.Since(v)
	if err != nil {
		return nil, err
	}
	length := d.text.Len()
	if len(entries) > 0 {
		length = entries[0].Changes.Length()
	}
	if err := s.Check(length, d.lim); err != nil {
		return nil, err
	}
	for i := range entries {
		if entries[i].Client == owner {
			s = s.Follow(entries[i].Changes)
		} else {
			s = s.Map(entries[i].Changes)
		}
	}
	return s, nil
}

// Recall adds one of the entries before a restored snapshot to the history, in their
// order and before any other entry. The last of them shows whether they led to the
// snapshot; if not, all are forgotten.
func (d *Document) Recall(e wire.Entry, last bool) {
	d.history.add(e)
	if last && e.Changes.NewLength() != d.text.Len() {
		d.history = history{} // clients that lag are sent the text
	}
	d.trim()
}
