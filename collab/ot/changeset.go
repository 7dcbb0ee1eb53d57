package ot

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxLength is the greatest length, in UTF-16 code units, that a change may
// claim for a text. It keeps sums of lengths far from overflow; what a server
// accepts is much less and its own decision.
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

// section covers len units of the old text and replaces them by text, which is
// ins units long; ins is keep where the units stay. An insertion is (0, n>0),
// a deletion (n>0, 0).
type section struct {
	len, ins int32
	text     string
}

// ChangeSet is a change from one text to another. The zero value changes
// nothing in an empty text.
type ChangeSet struct {
	sections  []section
	length    int32 // before
	newLength int32 // after
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
	return ChangeSet{[]section{{len: n, ins: keep}}, n, n}
}

// New makes a change of a text of the given length from edits. All positions
// are those of the old text; the edits must be sorted and must not overlap.
func New(length int, edits ...Edit) (ChangeSet, error) {
	if length < 0 || length > MaxLength {
		return ChangeSet{}, fmt.Errorf("text of %d units: %w", length, ErrRange)
	}
	b := builder{out: make([]section, 0, 2*len(edits)+1)}
	pos := 0
	for _, e := range edits {
		if e.From < pos || e.To < e.From || e.To > length {
			return ChangeSet{}, fmt.Errorf("edit %d..%d after %d in a text of %d units: %w", e.From, e.To, pos, length, ErrRange)
		}
		if err := checkText(e.Insert); err != nil {
			return ChangeSet{}, err
		}
		n := Len(e.Insert)
		if n > MaxLength || b.newLength() > MaxLength-n {
			return ChangeSet{}, fmt.Errorf("insertion of %d units: %w", n, ErrLimit)
		}
		b.add(int32(e.From-pos), keep)
		b.add(int32(e.To-e.From), int32(n))
		b.insert(e.Insert)
		pos = e.To
	}
	b.add(int32(length-pos), keep)
	c := b.set()
	if c.NewLength() > MaxLength {
		return ChangeSet{}, fmt.Errorf("result of %d units: %w", c.NewLength(), ErrLimit)
	}
	return c, nil
}

// Len returns the length of s in UTF-16 code units.
func Len(s string) int {
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

// checkText refuses what a text may not hold.
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
	return len(c.sections) == 0 || len(c.sections) == 1 && c.sections[0].ins == keep
}

// Parts is the number of sections, which is what an operation's time and
// memory grow with.
func (c ChangeSet) Parts() int { return len(c.sections) }

// Inserted is the number of bytes of text that the change carries.
func (c ChangeSet) Inserted() int {
	n := 0
	for i := range c.sections {
		n += len(c.sections[i].text)
	}
	return n
}

// Equal reports whether both consist of the same sections. Sets that are not
// Equal may still have the same effect.
func (c ChangeSet) Equal(d ChangeSet) bool {
	if len(c.sections) != len(d.sections) {
		return false
	}
	for i := range c.sections {
		if c.sections[i] != d.sections[i] {
			return false
		}
	}
	return true
}

// String is the JSON form, for messages and tests.
func (c ChangeSet) String() string { return string(c.AppendJSON(nil)) }

// builder collects sections in the peer's normal form.
type builder struct{ out []section }

// add appends a section, joining it with the last where the peer does: keeps
// with keeps, deletions with deletions, insertions with insertions.
func (b *builder) add(n, ins int32) {
	if n == 0 && ins <= 0 {
		return
	}
	if i := len(b.out) - 1; i >= 0 {
		last := &b.out[i]
		if ins <= 0 && ins == last.ins {
			last.len += n
			return
		}
		if n == 0 && last.len == 0 {
			last.ins += ins
			return
		}
	}
	b.out = append(b.out, section{len: n, ins: ins})
}

// put is add, except that an open last section swallows the new one whatever
// kind of change it is.
func (b *builder) put(n, ins int32, open bool) {
	if n == 0 && ins <= 0 {
		return
	}
	if open {
		last := &b.out[len(b.out)-1]
		if ins == keep && last.ins == keep {
			last.len += n
			return
		}
		if last.ins != keep {
			last.len += n
			last.ins += ins
			return
		}
	}
	b.add(n, ins)
}

// insert gives the last section the text that its ins has announced.
func (b *builder) insert(s string) {
	if s == "" {
		return
	}
	last := &b.out[len(b.out)-1]
	if last.text == "" {
		last.text = s
	} else {
		last.text += s
	}
}

func (b *builder) newLength() int {
	n := 0
	for i := range b.out {
		if s := &b.out[i]; s.ins < 0 {
			n += int(s.len)
		} else {
			n += int(s.ins)
		}
	}
	return n
}

func (b *builder) set() ChangeSet {
	var c ChangeSet
	c.sections = b.out
	for i := range c.sections {
		s := &c.sections[i]
		c.length += s.len
		if s.ins < 0 {
			c.newLength += s.len
		} else {
			c.newLength += s.ins
		}
	}
	return c
}
