package wire

import (
	"bytes"

	"github.com/corust-dev/corust/collab/ot"
)

// quickPush, quickEntry and quickAck decode the most frequent messages, ten times as
// fast as encoding/json. They accept only the form that both sides write: these members
// in this order, without white space or escapes outside the change. For any other
// message they report false, and the caller decodes it with encoding/json. The caller
// has passed the message to CheckText.

func quickPush(data []byte) (m *PushMsg, ok bool) {
	r := quickReader{rest: data}
	m = new(PushMsg)
	r.literal(`{"type":"push","epoch":"`)
	m.Epoch = Epoch(r.plain())
	r.literal(`,"version":`)
	m.Version = Version(r.number())
	r.literal(`,"seq":`)
	m.Seq = Seq(r.number())
	m.File = r.file()
	m.Changes, m.Cursor = r.change()
	return m, r.end()
}

func quickEntry(data []byte) (m *EntryMsg, ok bool) {
	r := quickReader{rest: data}
	m = new(EntryMsg)
	r.literal(`{"type":"entry","version":`)
	m.Version = Version(r.number())
	r.literal(`,"client":"`)
	m.Client = ClientID(r.plain())
	r.literal(`,"seq":`)
	m.Seq = Seq(r.number())
	m.File = r.file()
	m.Changes, m.Cursor = r.change()
	return m, r.end()
}

func quickAck(data []byte) (m *AckMsg, ok bool) {
	r := quickReader{rest: data}
	m = new(AckMsg)
	r.literal(`{"type":"ack","version":`)
	m.Version = Version(r.number())
	r.literal(`,"seq":`)
	m.Seq = Seq(r.number())
	return m, r.end()
}

// quickReader reads values from the front of a message. After the first missing value it
// has failed, and returns zero values.
type quickReader struct {
	rest   []byte
	failed bool
}

// end reads the end of the object, and reports whether the message ends there.
func (r *quickReader) end() bool {
	r.literal("}")
	return !r.failed && len(r.rest) == 0
}

// file reads the optional file.
func (r *quickReader) file() FileID {
	if r.next(`,"file":`) {
		return FileID(r.number())
	}
	return MainFile
}

// change reads a change and the optional selection.
func (r *quickReader) change() (c ot.ChangeSet, s Selection) {
	r.literal(`,"changes":`)
	if part := r.array(); !r.failed {
		var err error
		c, err = ot.Decode(part, ot.Limits{})
		r.failed = err != nil
	}
	if r.next(`,"cursor":[`) {
		s = r.ranges()
	}
	return c, s
}

// next skips the text if it comes next, and reports whether it did.
func (r *quickReader) next(text string) bool {
	if r.failed || len(r.rest) < len(text) || string(r.rest[:len(text)]) != text {
		return false
	}
	r.rest = r.rest[len(text):]
	return true
}

func (r *quickReader) literal(text string) { r.failed = !r.next(text) || r.failed }

// plain reads the rest of a string without escapes.
func (r *quickReader) plain() string {
	n := bytes.IndexByte(r.rest, '"')
	for _, c := range r.rest[:max(n, 0)] {
		r.failed = r.failed || c < ' ' || c == '\\'
	}
	if r.failed = r.failed || n < 0; r.failed {
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n+1:]
	return s
}

// number reads a natural number of at most 15 digits.
func (r *quickReader) number() int64 {
	n, digits := int64(0), 0
	for digits < len(r.rest) && digits < 16 && '0' <= r.rest[digits] && r.rest[digits] <= '9' {
		n = 10*n + int64(r.rest[digits]-'0')
		digits++
	}
	leading := digits > 1 && r.rest[0] == '0'
	if r.failed = r.failed || digits == 0 || digits > 15 || leading; r.failed {
		return 0
	}
	r.rest = r.rest[digits:]
	return n
}

// array returns the JSON of an array without decoding it.
func (r *quickReader) array() []byte {
	depth, quoted := 0, false
	for i := 0; i < len(r.rest); i++ {
		switch c := r.rest[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			depth--
		}
		if depth == 0 {
			a := r.rest[:i+1]
			r.rest = r.rest[i+1:]
			return a
		}
	}
	r.failed = true
	return nil
}

// ranges reads the rest of a selection with at least one range.
func (r *quickReader) ranges() Selection {
	s := make(Selection, 0, 1)
	for {
		r.literal("[")
		anchor := int(r.number())
		r.literal(",")
		head := int(r.number())
		r.literal("]")
		s = append(s, Range{anchor, head})
		if !r.next(",") {
			r.literal("]")
			return s
		}
	}
}
