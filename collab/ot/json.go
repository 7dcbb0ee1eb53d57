package ot

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits bound what [Decode] accepts. A zero field means no bound but
// [MaxLength].
type Limits struct {
	Parts  int // sections in one change
	Insert int // inserted UTF-16 code units in one change
}

// Decode reads a change from its JSON form. It refuses, and never repairs:
// anything that is not that form, numbers written otherwise than as digits
// (so negative, fractional and exponential ones), lengths above [MaxLength],
// sections without effect, line breaks within a line (CodeMirror splits at
// "\n", "\r\n" and "\r", so both characters), lone surrogates, whether escaped
// or as invalid UTF-8, and more than the limits allow. Sections that could be
// joined are taken as they are.
//
// Lone surrogates are looked for in the raw JSON, since a decoder that builds
// Go strings has turned them into U+FFFD by the time one can look.
func Decode(data []byte, lim Limits) (ChangeSet, error) {
	d := decoder{data: data, lim: lim}
	c, err := d.changeSet()
	if err != nil {
		return ChangeSet{}, err
	}
	return c, nil
}

// UnmarshalJSON is [Decode] without limits beyond [MaxLength].
func (c *ChangeSet) UnmarshalJSON(data []byte) error {
	set, err := Decode(data, Limits{})
	if err != nil {
		return err
	}
	*c = set
	return nil
}

// MarshalJSON is the form that [Decode] reads.
func (c ChangeSet) MarshalJSON() ([]byte, error) { return c.AppendJSON(nil), nil }

// AppendJSON appends the JSON form, byte for byte what JSON.stringify makes of
// the peer's.
func (c ChangeSet) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	texts := c.inserts()
	for i, s := range c.sections() {
		if i > 0 {
			dst = append(dst, ',')
		}
		if s.ins < 0 {
			dst = appendInt(dst, s.len)
			continue
		}
		dst = append(dst, '[')
		dst = appendInt(dst, s.len)
		if s.ins > 0 {
			for line := range strings.SplitSeq(texts.section(s.ins), "\n") {
				dst = append(dst, ',')
				dst = AppendString(dst, line)
			}
		}
		dst = append(dst, ']')
	}
	return append(dst, ']')
}

func appendInt(dst []byte, n int32) []byte {
	if n < 10 {
		return append(dst, '0'+byte(n))
	}
	return append(appendInt(dst, n/10), '0'+byte(n%10))
}

// AppendString appends s, which must be valid UTF-8, as a JSON string the way
// JSON.stringify writes it: nothing is escaped that need not be.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

type decoder struct {
	data []byte
	pos  int
	lim  Limits
	text []byte // inserted so far
}

func (d *decoder) fail(what string) error {
	return fmt.Errorf("at byte %d: %s: %w", d.pos, what, ErrMalformed)
}

// token skips white space and gives the next byte, 0 at the end.
func (d *decoder) token() byte {
	for d.pos < len(d.data) {
		switch c := d.data[d.pos]; c {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return c
		}
	}
	return 0
}

func (d *decoder) changeSet() (ChangeSet, error) {
	var c ChangeSet
	if d.token() != '[' {
		return c, d.fail("want an array")
	}
	d.pos++
	var frame [frameSections]section
	var textFrame [64]byte
	sections := frame[:0]
	d.text = textFrame[:0]
	length, newLength, inserted := 0, 0, 0
	for first := true; ; first = false {
		t := d.token()
		if t == ']' && first {
			d.pos++
			break
		}
		s, err := d.part(t)
		if err != nil {
			return c, err
		}
		length += int(s.len)
		if s.ins < 0 {
			newLength += int(s.len)
		} else {
			newLength += int(s.ins)
			inserted += int(s.ins)
		}
		if length > MaxLength || newLength > MaxLength {
			return c, fmt.Errorf("length above %d: %w", MaxLength, ErrLimit)
		}
		if d.lim.Insert > 0 && inserted > d.lim.Insert {
			return c, fmt.Errorf("more than %d units inserted: %w", d.lim.Insert, ErrLimit)
		}
		if d.lim.Parts > 0 && len(sections) == d.lim.Parts {
			return c, fmt.Errorf("more than %d parts: %w", d.lim.Parts, ErrLimit)
		}
		sections = append(sections, s)
		t = d.token()
		d.pos++
		if t == ']' {
			break
		}
		if t != ',' {
			d.pos--
			return c, d.fail("want a comma or the end of the array")
		}
	}
	if d.token() != 0 || d.pos < len(d.data) {
		return c, d.fail("data after the change set")
	}
	return newSet(sections, string(d.text)), nil
}

func (d *decoder) part(t byte) (section, error) {
	if t != '[' {
		n, err := d.number(t)
		if err == nil && n == 0 {
			err = d.fail("a part without effect")
		}
		return section{len: n, ins: keep}, err
	}
	d.pos++
	n, err := d.number(d.token())
	if err != nil {
		return section{}, err
	}
	s, start := section{len: n}, len(d.text)
	for first := true; ; first = false {
		t := d.token()
		d.pos++
		if t == ']' {
			break
		}
		if t != ',' {
			d.pos--
			return s, d.fail("want a comma or the end of the part")
		}
		if d.token() != '"' {
			return s, d.fail("want a string")
		}
		if !first {
			d.text = append(d.text, '\n')
		}
		if err := d.str(); err != nil {
			return s, err
		}
	}
	if len(d.text) > start {
		units := Len(d.text[start:])
		if units > MaxLength {
			return s, fmt.Errorf("length above %d: %w", MaxLength, ErrLimit)
		}
		s.ins = int32(units)
	}
	if s.len == 0 && s.ins == 0 {
		return s, d.fail("a part without effect")
	}
	return s, nil
}

func (d *decoder) number(t byte) (int32, error) {
	if t < '0' || t > '9' {
		return 0, d.fail("want a length")
	}
	n, start := 0, d.pos
	for d.pos < len(d.data) {
		c := d.data[d.pos]
		if c < '0' || c > '9' {
			if c == '.' || c == 'e' || c == 'E' {
				return 0, d.fail("a length is a whole number in digits")
			}
			break
		}
		if n = n*10 + int(c-'0'); n > MaxLength {
			return 0, fmt.Errorf("at byte %d: length above %d: %w", start, MaxLength, ErrLimit)
		}
		d.pos++
	}
	if t == '0' && d.pos > start+1 {
		return 0, d.fail("a length does not start with 0")
	}
	return int32(n), nil
}

// str appends a string to d.text; d.pos is at its opening quote.
func (d *decoder) str() error {
	d.pos++
	start, from := len(d.text), d.pos
	for d.pos < len(d.data) {
		switch c := d.data[d.pos]; {
		case c == '"':
			d.text = append(d.text, d.data[from:d.pos]...)
			if !utf8.Valid(d.text[start:]) {
				return d.fail("invalid UTF-8")
			}
			d.pos++
			return nil
		case c == '\\':
			d.text = append(d.text, d.data[from:d.pos]...)
			if err := d.escape(); err != nil {
				return err
			}
			from = d.pos
		case c < 0x20:
			return d.fail("control character in a string")
		default:
			d.pos++
		}
	}
	return d.fail("string without an end")
}

// escape appends the character of the escape sequence at d.pos.
func (d *decoder) escape() error {
	if d.pos+1 >= len(d.data) {
		return d.fail("string without an end")
	}
	e := d.data[d.pos+1]
	switch e {
	case '"', '\\', '/':
	case 'b':
		e = '\b'
	case 'f':
		e = '\f'
	case 't':
		e = '\t'
	case 'n', 'r':
		return d.fail("line break within a line")
	case 'u':
		return d.unicode()
	default:
		return d.fail("unknown escape")
	}
	d.text = append(d.text, e)
	d.pos += 2
	return nil
}

// unicode is escape for \u, and for the two of a surrogate pair.
func (d *decoder) unicode() error {
	r, ok := d.hex(d.pos + 2)
	if !ok {
		return d.fail("want four hexadecimal digits")
	}
	if r == '\n' || r == '\r' {
		return d.fail("line break within a line")
	}
	size := 6
	if utf16.IsSurrogate(r) {
		low, ok := rune(0), false
		if at := d.pos + 6; at+1 < len(d.data) && d.data[at] == '\\' && d.data[at+1] == 'u' {
			low, ok = d.hex(at + 2)
		}
		if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
			return fmt.Errorf("at byte %d: lone surrogate: %w", d.pos, ErrSurrogate)
		}
		size = 12
	}
	d.text = utf8.AppendRune(d.text, r)
	d.pos += size
	return nil
}

func (d *decoder) hex(at int) (rune, bool) {
	if at+4 > len(d.data) {
		return 0, false
	}
	var r rune
	for _, c := range d.data[at : at+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
