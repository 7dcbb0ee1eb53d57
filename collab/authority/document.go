package authority

import (
	"errors"
	"fmt"
	"maps"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// Document is the files of a session with the last part of their log. It has no lock, clock
// or I/O, and is not safe for concurrent use.
type Document struct {
	lim     wire.Limits
	epoch   wire.Epoch
	files   files.Set
	version wire.Version
	history history // up to version
	acked   map[wire.ClientID]wire.Ack
	named   int // of acked
}

// ErrCorrupt is returned when a snapshot and its entries do not make files.
var ErrCorrupt = errors.New("log does not apply")

// Push is what a client does to the files at Version, with the selection after it, if any:
// as in a [wire.PushMsg], either Changes of the text of File, or Op on File.
type Push struct {
	File    wire.FileID
	Client  wire.ClientID
	Seq     wire.Seq
	Version wire.Version
	Changes ot.ChangeSet
	Op      *wire.FileOp
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
func NewDocument(epoch wire.Epoch, set files.Set, lim wire.Limits) *Document {
	return &Document{lim: lim.WithDefaults(), epoch: epoch, files: set, acked: map[wire.ClientID]wire.Ack{}}
}

// Restore makes a document from a snapshot and the entries after it. The error wraps
// [ErrCorrupt].
func Restore(s wire.Snapshot, entries []wire.Entry, lim wire.Limits) (*Document, error) {
	set, err := files.Of(s.Files)
	if err != nil {
		return nil, fmt.Errorf("snapshot at version %d: %w: %w", s.Version, ErrCorrupt, err)
	}
	d := NewDocument(s.Epoch, set, lim)
	d.version = s.Version
	if s.Acked != nil {
		d.acked = maps.Clone(s.Acked)
		d.named = len(s.Names())
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
	return wire.Snapshot{Epoch: d.epoch, Version: d.version, Files: d.files.Wire(), Acked: maps.Clone(d.acked)}
}

// Epoch names the document's history.
func (d *Document) Epoch() wire.Epoch { return d.epoch }

// Version is the number of entries that lead to the files.
func (d *Document) Version() wire.Version { return d.version }

// Files are the files at Version.
func (d *Document) Files() files.Set { return d.files }

// Acked gives the last seq of a client that is in the log, 0 if none is known.
func (d *Document) Acked(id wire.ClientID) wire.Seq { return d.acked[id].Seq }

// Oldest gives the lowest version that the history reaches.
func (d *Document) Oldest() wire.Version { return d.version - wire.Version(d.history.n) }

// Name keeps the name of a client with its last push, if it has one in the log. Only as
// many clients have names as wire.MaxNames.
func (d *Document) Name(id wire.ClientID, name string) {
	ack, ok := d.acked[id]
	if !ok || ack.Name == name {
		return
	}
	if ack.Name == "" {
		if d.named == wire.MaxNames {
			return
		}
		d.named++
	}
	if ack.Name = name; name == "" {
		d.named--
	}
	d.acked[id] = ack
}

// Names returns the names of clients that have one.
func (d *Document) Names() map[wire.ClientID]string {
	return wire.Snapshot{Acked: d.acked}.Names()
}

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
	e := wire.Entry{File: p.File, Client: p.Client, Seq: p.Seq, Changes: p.Changes, Op: p.Op}
	if err := e.Check(); err != nil {
		return Accepted{}, err
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
	cursor := p.Cursor
	for i := range behind {
		if behind[i].File != e.File {
			continue
		}
		if e, cursor, err = over(e, cursor, &behind[i]); err != nil {
			return Accepted{}, err
		}
	}
	if err := d.accept(e); err != nil {
		return Accepted{}, err
	}
	return Accepted{Entry: e, Version: d.version, Cursor: cursor}, nil
}

// over maps an entry and the selection after it over an entry of the log about the same
// file. Of two operations on the name of a file, the one that is in the log holds. The
// error wraps [wire.ErrNoFile], [wire.ErrExists], [wire.ErrRenamed] or
// [wire.ErrMalformed].
func over(e wire.Entry, cursor wire.Selection, log *wire.Entry) (wire.Entry, wire.Selection, error) {
	switch {
	case log.Op != nil && log.Op.Do == wire.CreateFile && e.Op != nil && e.Op.Do == wire.CreateFile:
		return e, cursor, fmt.Errorf("file %d: %w", e.File, wire.ErrExists)
	case log.Op != nil && log.Op.Do != wire.RenameFile:
		return e, cursor, fmt.Errorf("file %d was deleted: %w", e.File, wire.ErrNoFile)
	case log.Op != nil && e.Op != nil:
		return e, cursor, fmt.Errorf("file %d, now %q: %w", e.File, log.Op.Path, wire.ErrRenamed)
	case log.Op != nil || e.Op != nil: // text and name do not meet
		return e, cursor, nil
	}
	mapped, err := e.Changes.Map(log.Changes, false)
	if err != nil {
		return e, cursor, wire.ChangeError(err)
	}
	if len(cursor) > 0 {
		theirs, err := log.Changes.Map(e.Changes, true)
		if err != nil {
			return e, cursor, wire.ChangeError(err)
		}
		cursor = cursor.Map(theirs)
	}
	e.Changes = mapped
	return e, cursor, nil
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

// accept appends an entry that a client made, if the files stay within the limits.
func (d *Document) accept(e wire.Entry) error {
	if err := d.files.Fits(e, d.lim); err != nil {
		return err
	}
	return d.append(e)
}

// append applies an entry to the files and adds it to the history.
func (d *Document) append(e wire.Entry) error {
	set, err := d.files.Apply(e)
	if err != nil {
		return err
	}
	d.files = set
	d.version++
	d.acked[e.Client] = wire.Ack{Seq: e.Seq, Version: d.version, Name: d.acked[e.Client].Name}
	d.history.add(e)
	d.trim()
	return nil
}

// trim forgets the oldest entries and clients above the limits. A client that needs the
// entries is sent the files instead.
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
		if d.acked[oldest].Name != "" {
			d.named--
		}
		delete(d.acked, oldest)
	}
}

// Size gives the memory of files and history, in bytes, approximately.
func (d *Document) Size() int { return d.files.Size() + d.history.cost }

// Shorten forgets the oldest entries until the rest takes at most the given bytes.
func (d *Document) Shorten(bytes int) {
	for d.history.cost > bytes && d.history.n > 0 {
		d.history.forget()
	}
}

// MapForward moves a selection in a file from v to the head. Text that its owner inserts
// at a cursor goes before the cursor, text of others after it. ok is false if the file was
// deleted after v.
func (d *Document) MapForward(file wire.FileID, s wire.Selection, v wire.Version, owner wire.ClientID) (moved wire.Selection, ok bool, err error) {
	entries, err := d.Since(v)
	if err != nil {
		return nil, false, err
	}
	f, there := d.files.Get(file)
	length, first := f.Text.Len(), true
	for i := range entries {
		switch e := &entries[i]; {
		case e.File != file:
			continue
		case e.Op != nil && e.Op.Do == wire.DeleteFile:
			return nil, false, nil
		case e.Op == nil && first:
			length, first = e.Changes.Length(), false
		}
	}
	if !there {
		return nil, false, fmt.Errorf("file %d: %w", file, wire.ErrNoFile)
	}
	if err := s.Check(length, d.lim); err != nil {
		return nil, false, err
	}
	for i := range entries {
		switch e := &entries[i]; {
		case e.File != file || e.Op != nil:
		case e.Client == owner:
			s = s.Follow(e.Changes)
		default:
			s = s.Map(e.Changes)
		}
	}
	return s, true, nil
}

// Recall adds one of the entries before a restored snapshot to the history, in their
// order and before any other entry. The last of them shows whether they led to the
// snapshot; if not, all are forgotten.
func (d *Document) Recall(e wire.Entry, last bool) {
	d.history.add(e)
	if last && !d.ends(e) {
		d.history = history{} // clients that lag are sent the files
	}
	d.trim()
}

// ends reports whether the files can be what an entry led to.
func (d *Document) ends(e wire.Entry) bool {
	f, ok := d.files.Get(e.File)
	switch {
	case e.Op == nil:
		return ok && e.Changes.NewLength() == f.Text.Len()
	case e.Op.Do == wire.DeleteFile:
		return !ok
	}
	return ok && f.Path == e.Op.Path
}
