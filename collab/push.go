package collab

import (
	"bytes"

	"github.com/corust-dev/corust/collab/ot"
)

// decodePush reads a push that looks as our own clients write it: these members in
// this order, without white space or escapes outside the change; the text has been
// checked. Nearly all that a
// session gets are pushes, and encoding/json takes ten times as long. What looks
// otherwise, or is wrong, is not ok, and is for encoding/json to judge.
func decodePush(data []byte) (m *PushMsg, ok bool) {
	r := pushReader{rest: data}
	m = new(PushMsg)
	r.literal(`{"type":"push","epoch":"`)
	m.Epoch = Epoch(r.plain())
	r.literal(`,"version":`)
	m.Version = Version(r.number())
	r.literal(`,"seq":`)
	m.Seq = Seq(r.number())
	r.literal(`,"changes":`)
	changes := r.array()
	if !r.failed {
		var err error
		m.Changes, err = ot.Decode(changes, ot.Limits{})
		r.failed = err != nil
	}
	if r.next(`,"cursor":[`) {
		m.Cursor = r.ranges()
	}
	r.literal("}")
	return m, !r.failed && len(r.rest) == 0
}

// pushReader takes values off the front of a message. Once one was not there, it
// has failed, and all are zero.
type pushReader struct {
	rest   []byte
	failed bool
}

// next takes a text, if it is there.
func (r *pushReader) next(text string) bool {
	if r.failed || len(r.rest) < len(text) || string(r.rest[:len(text)]) != text {
		return false
	}
	r.rest = r.rest[len(text):]
	return true
}

func (r *pushReader) literal(text string) { r.failed = !r.next(text) || r.failed }

// plain takes the rest of a string that has no escapes.
func (r *pushReader) plain() string {
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

// number takes one that is a natural number of at most 15 digits.
func (r *pushReader) number() int64 {
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

// array takes an array, without a look at what is in it.
func (r *pushReader) array() []byte {
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

// ranges takes the rest of a selection that has at least one range.
func (r *pushReader) ranges() Selection {
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
