package sqlite

import (
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// record is an entry in the form in which it is kept.
type record struct {
	file    wire.FileID
	client  wire.ClientID
	seq     wire.Seq
	at      int64  // Unix milliseconds
	changes []byte // as wire.Entry.AppendChange writes them
}

// sum is the checksum of the record's row. That of the main file leaves the file out,
// as rows that are older than files do.
func (r record) sum(v wire.Version) int64 {
	numbers := []int64{int64(v), int64(r.seq), r.at}
	if r.file != wire.MainFile {
		numbers = append(numbers, int64(r.file))
	}
	return checksum(numbers, []byte(r.client), r.changes)
}

func (r record) entry(v wire.Version) (wire.Entry, error) {
	e := wire.Entry{File: r.file, Client: r.client, Seq: r.seq, At: store.FromMillis(r.at)}
	if err := e.DecodeChange(r.changes); err != nil {
		return wire.Entry{}, fmt.Errorf("entry %d: %w: %w", v, store.ErrCorrupt, err)
	}
	return e, nil
}

// records are consecutive entries of a session in binary form, one behind the
// other: of each file, seq and at and the lengths of client and changes as varints,
// then these two as they are. In that form they need little memory, and none
// that a garbage collector must look into. A copy is a state that does not
// change, even when the original grows.
type records struct {
	n    int
	data []byte
}

func pack(entries []wire.Entry) records {
	var r records
	var buf []byte
	for _, e := range entries {
		buf = e.AppendChange(buf[:0])
		r.add(record{e.File, e.Client, e.Seq, store.Millis(e.At), buf})
	}
	return r
}

func (r *records) add(e record) {
	b := binary.AppendVarint(r.data, int64(e.file))
	b = binary.AppendVarint(b, int64(e.seq))
	b = binary.AppendVarint(b, e.at)
	b = binary.AppendUvarint(b, uint64(len(e.client)))
	b = append(b, e.client...)
	b = binary.AppendUvarint(b, uint64(len(e.changes)))
	r.n, r.data = r.n+1, append(b, e.changes...)
}

// join puts others behind.
func (r *records) join(behind records) {
	r.n, r.data = r.n+behind.n, append(r.data, behind.data...)
}

// all gives the records with their places, from 0. What it gives refers to the
// records' memory. It stops where they are not whole, which those that were read
// from a file have been checked for.
func (r records) all() iter.Seq2[int, record] {
	return func(yield func(int, record) bool) {
		c := cutter{b: r.data, form: formFiles}
		for i := range r.n {
			e := c.record()
			if c.broken || !yield(i, e) {
				return
			}
		}
	}
}

// Forms of the records in a row of the journal.
const (
	formPlain = 0 // without a file: all are of the main file
	formFiles = 1 // as records has them
)

// appendGroup gives the form that the records of one session have in a row of the
// journal: its sid, the version of the first, and their number, as varints.
func appendGroup(b []byte, sid int64, first wire.Version, r records) []byte {
	b = binary.AppendUvarint(b, uint64(sid))
	b = binary.AppendUvarint(b, uint64(first))
	b = binary.AppendUvarint(b, uint64(r.n))
	return append(b, r.data...)
}

var errCut = fmt.Errorf("the journal's records are cut short: %w", store.ErrCorrupt)

// cutGroup takes the first group off a row whose records have a form. What it gives
// of formFiles is part of b.
func cutGroup(b []byte, form int) (sid int64, first wire.Version, r records, rest []byte, err error) {
	if form != formPlain && form != formFiles {
		return 0, 0, records{}, nil, fmt.Errorf("records of form %d in the journal, want %d or %d: %w", form, formPlain, formFiles, store.ErrCorrupt)
	}
	c := cutter{b: b, form: form}
	sid, first = int64(c.unsigned()), wire.Version(c.unsigned())
	n := c.unsigned()
	start := c.b
	for range n {
		e := c.record()
		if c.broken { // n may be anything
			break
		}
		if form == formPlain {
			r.add(e)
			continue
		}
		r.n++
	}
	if c.broken {
		return 0, 0, records{}, nil, errCut
	}
	if form == formFiles {
		size := len(start) - len(c.b)
		r.data = start[:size:size]
	}
	return sid, first, r, c.b, nil
}

// cutter takes values off the front of bytes. Once one was not there, it is
// broken, and all are zero.
type cutter struct {
	b      []byte
	form   int // of records
	broken bool
}

func (c *cutter) unsigned() uint64 {
	n, size := binary.Uvarint(c.b)
	if !c.skip(size) {
		return 0
	}
	return n
}

func (c *cutter) signed() int64 {
	n, size := binary.Varint(c.b)
	if !c.skip(size) {
		return 0
	}
	return n
}

// skip leaves a varint of the size behind, if one was there.
func (c *cutter) skip(size int) bool {
	if c.broken = c.broken || size <= 0; c.broken {
		return false
	}
	c.b = c.b[size:]
	return true
}

func (c *cutter) bytes() []byte {
	n := c.unsigned()
	if n > uint64(len(c.b)) {
		c.broken = true
	}
	if c.broken {
		return nil
	}
	part := c.b[:n:n]
	c.b = c.b[n:]
	return part
}

func (c *cutter) record() record {
	var r record
	if c.form != formPlain {
		r.file = wire.FileID(c.signed())
	}
	r.seq, r.at = wire.Seq(c.signed()), c.signed()
	r.client, r.changes = wire.ClientID(c.bytes()), c.bytes()
	return r
}
