package ot

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxLength is the greatest length, in UTF-16 code units, that a change may
// claim for a text. It keeps sums of lengths far from overflow. A server sets a much
// lower limit.
const MaxLength = 1 << 28

var (
	// ErrMalformed: the JSON is not that of a change set.
	ErrMalformed = errors.New("malformed change set")
	// ErrLimit: well formed, but more than the limits allow.
	ErrLimit = errors.New("change set exceeds a limit")
	// ErrLength: the lengths of two operands do not match.
	ErrLength = errors.New("mismatched length")
	// ErrSurrogate: a lone surrogate, or a cut inside a surrogate pair.
	ErrSurrogate = errors.New("cut inside a surrogate pair")
	// ErrRange: a position outside the text.
	ErrRange = errors.New("position out of range")
)

// keep marks a section that leaves its units alone.
const keep = -1

// section covers len units of the old text and replaces them by ins units of
// new text; ins is keep where the units stay. An insertion is (0, n>0), a
// deletion (n>0, 0).
type section struct{ len, ins int32 }

// ChangeSet is a change from one text to another. The zero value changes
// nothing in an empty text.
//
// The inserted text of all sections is one string, in order. Mapping moves
// insertions but neither splits, drops nor reorders them, so a mapped set
// shares it, and sections hold no pointers. A few sections, which is what
// people's edits have, are held in place: making such a set allocates nothing
// but new text.
type ChangeSet struct {
	few       [fewSections]section
	many      []section // in place of few, where there are more
	text      string
	length    int32 // before
	newLength int32 // after
	inserted  int32 // units of text
	n         int32 // sections
}

// fewSections are enough for edits at three places and the kept sections around them.
const fewSections = 7

// sections gives the sections; they must not be changed.
func (c *ChangeSet) sections() []section {
	if c.many != nil {
		return c.many
	}
	return c.few[:c.n]
}

// hold copies the sections in, into memory of their exact size.
func (c *ChangeSet) hold(s []section) {
	c.n = int32(len(s))
	switch {
	case len(s) > fewSections:
		c.many = append([]section(nil), s...)
	case cap(s) >= fewSections: // a copy of a fixed size is some moves
		c.few = [fewSections]section(s[:fewSections])
	default:
		copy(c.few[:], s)
	}
}

// Edit replaces the units From..To of a text by Insert.
type Edit struct {
	From, To int
	Insert   string
}

// Empty is the change of a text of the given length that does nothing.
// It panics if length is negative or above [MaxLength]: that is a bug of the
// caller, not input.
func Empty(length int) ChangeSet {
	if length < 0 || length > MaxLength {
		panic("ot.Empty: length " + strconv.Itoa(length))
	}
	if length == 0 {
		return ChangeSet{}
	}
	n := int32(length)
	return ChangeSet{few: [fewSections]section{{len: n, ins: keep}}, n: 1, length: n, newLength: n}
}

// New makes a change of a text of the given length from edits. All positions
// are those of the old text; the edits must be sorted and must not overlap.
func New(length int, edits ...Edit) (ChangeSet, error) {
	if length < 0 || length > MaxLength {
		return ChangeSet{}, fmt.Errorf("text of %d units: %w", length, ErrRange)
	}
	var frame [frameSections]section
	b := builder{out: frame[:0]}
	pos, newLength := 0, length
	var text strings.Builder
	for _, e := range edits {
		if e.From < pos || e.To < e.From || e.To > length {
			return ChangeSet{}, fmt.Errorf("edit %d..%d after %d in a text of %d units: %w", e.From, e.To, pos, length, ErrRange)
		}
		if err := checkText(e.Insert); err != nil {
			return ChangeSet{}, err
		}
		n := Len(e.Insert)
		if newLength += n - (e.To - e.From); newLength > MaxLength {
			return ChangeSet{}, fmt.Errorf("result of %d units: %w", newLength, ErrLimit)
		}
		b.keep += int32(e.From - pos)
		b = b.change(int32(e.To-e.From), int32(n), false)
		text.WriteString(e.Insert)
		pos = e.To
	}
	b.keep += int32(length - pos)
	return newSet(b.end(), text.String()), nil
}

// Len returns the length of s in UTF-16 code units.
func Len[T string | []byte](s T) int {
	n := 0
	for i := 0; i < len(s); i++ {
		// One unit for every byte that starts a code point, one more for
		// those of four bytes, which lie beyond the basic plane.
		if c := s[i]; c < 0x80 || c >= 0xC0 {
			n++
			if c >= 0xF0 {
				n++
			}
		}
	}
	return n
}

// checkText refuses text that is not valid UTF-8 or holds a carriage return.
func checkText(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("text is not valid UTF-8: %w", ErrMalformed)
	}
	if strings.IndexByte(s, '\r') >= 0 {
		return fmt.Errorf("text holds a carriage return: %w", ErrMalformed)
	}
	return nil
}

// Length is the length of the text before the change.
func (c ChangeSet) Length() int { return int(c.length) }

// NewLength is the length of the text after the change.
func (c ChangeSet) NewLength() int { return int(c.newLength) }

// Empty reports whether the change does nothing.
func (c ChangeSet) Empty() bool {
	return c.n == 0 || c.n == 1 && c.few[0].ins == keep
}

// Parts is the number of sections, which is what an operation's time and
// memory grow with.
func (c ChangeSet) Parts() int { return int(c.n) }

// Inserted is the number of bytes of text that the change carries.
func (c ChangeSet) Inserted() int { return len(c.text) }

// Size bounds the bytes of the JSON form from above; most changes take about as many.
func (c ChangeSet) Size() int {
	// A section is a number, or at most a number between brackets and its text between
	// quotes, each after a comma.
	size := 2 + 16*int(c.n) + len(c.text)
	for i := range len(c.text) {
		switch b := c.text[i]; {
		case b == '\n':
			size += 2 // the end of a string, a comma and the start of the next
		case b < ' ':
			size += 5
		case b == '"' || b == '\\':
			size++
		}
	}
	return size
}

// Equal reports whether both consist of the same sections. Sets that are not
// Equal may still have the same effect.
func (c ChangeSet) Equal(d ChangeSet) bool {
	return c.text == d.text && slices.Equal(c.sections(), d.sections())
}

// String is the JSON form, for messages and tests.
func (c ChangeSet) String() string { return string(c.AppendJSON(nil)) }

// newSet makes a set of sections and the text they announce.
func newSet(sections []section, text string) ChangeSet {
	c := ChangeSet{text: text}
	c.hold(sections)
	for _, s := range sections {
		c.length += s.len
		if s.ins < 0 {
			c.newLength += s.len
		} else {
			c.newLength += s.ins
			c.inserted += s.ins
		}
	}
	return c
}

// inserts walks over the inserted text of a set.
func (c *ChangeSet) inserts() insertReader { return insertReader{c.text, c.inserted} }

type insertReader struct {
	rest  string
	units int32 // of rest
}

// take gives the next n units; it reports false when that would cut a
// surrogate pair. It looks at the text only where units are not bytes, and not
// at its last piece.
func (r *insertReader) take(n int32) (string, bool) {
	if n == r.units {
		s := r.rest
		r.rest, r.units = "", 0
		return s, true
	}
	return r.part(n)
}

func (r *insertReader) part(n int32) (string, bool) {
	i := int(n)
	if int(r.units) != len(r.rest) {
		var ok bool
		if i, ok = byteOffset(r.rest, i); !ok {
			return "", false
		}
	}
	s := r.rest[:i]
	r.rest = r.rest[i:]
	r.units -= n
	return s, true
}

// section gives the text of a whole section, which starts and ends well.
func (r *insertReader) section(ins int32) string {
	if ins <= 0 {
		return ""
	}
	text, _ := r.take(ins)
	return text
}

// builder collects sections in the peer's normal form: keeps are joined with
// keeps, deletions with deletions, insertions with insertions. It is passed by
// value so that it lives in registers.
type builder struct {
	out   []section
	keep  int32 // kept since the last change, not in out yet
	grown int32 // by how much the changes so far make the text longer
}

// change appends a change: n units become ins. If open, it is a part of the last
// change, of either kind.
func (b builder) change(n, ins int32, open bool) builder {
	if n == 0 && ins == 0 {
		return b
	}
	b.grown += ins - n
	if b.keep > 0 {
		b.out = append(b.out, section{b.keep, keep}, section{n, ins})
		b.keep = 0
		return b
	}
	// Without a keep between them, what came last is a change too.
	if i := len(b.out) - 1; i >= 0 {
		last := &b.out[i]
		if open || ins == 0 && last.ins == 0 || n == 0 && last.len == 0 {
			last.len += n
			last.ins += ins
			return b
		}
	}
	b.out = append(b.out, section{n, ins})
	return b
}

// end returns the sections, including the kept one after the last change.
func (b builder) end() []section {
	if b.keep > 0 {
		return append(b.out, section{b.keep, keep})
	}
	return b.out
}
