// Package ansi makes a stranger's output safe for a terminal.
//
// A terminal obeys what it is sent: sequences exist that set the window's title,
// write the clipboard, report text back as if typed, or move the cursor to
// rewrite what was shown. Of all of them a [Filter] lets one kind through, SGR
// (ECMA-48 8.3.117, "ESC [ … m"), which sets colours and weight and cannot do
// more. It also drops control characters but tab, newline and carriage return,
// C1 controls in either encoding, and the Unicode characters that embed, override
// or isolate a direction (UAX #9), which can make a line read as something it is
// not. Everything else passes as it is: broken UTF-8, and the joiners and direction
// marks (U+200E, U+200F, U+061C) that emoji and the words of many languages are
// made of. A mark does no more than a letter of its script does.
package ansi

import (
	"io"
	"unicode/utf8"
)

// maxSGR is the longest sequence that is passed. Longer ones exist in no program
// that means well.
const maxSGR = 64

type state byte

const (
	text   state = iota
	escape       // after ESC
	csi          // in ESC [ …
	str          // in a string that ends with ST or BEL: OSC, DCS, SOS, PM, APC
	strEsc       // after ESC in such a string
	inter        // after ESC and intermediate bytes
)

// Filter is a Writer that passes what is safe to another.
type Filter struct {
	w       io.Writer
	state   state
	pending []byte // an unfinished sequence or character
	out     []byte
}

// NewFilter returns a Filter that writes to w.
func NewFilter(w io.Writer) *Filter { return &Filter{w: w} }

// Write implements io.Writer. It reports all of p as written when w took
// everything that was to be passed.
func (f *Filter) Write(p []byte) (int, error) {
	f.out = f.out[:0]
	for _, b := range p {
		f.put(b)
	}
	if len(f.out) > 0 {
		if _, err := f.w.Write(f.out); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// Close passes what is left of an unfinished character. An unfinished sequence
// is dropped.
func (f *Filter) Close() error {
	if f.state != text {
		return nil
	}
	f.out = f.out[:0]
	f.flush()
	if len(f.out) == 0 {
		return nil
	}
	_, err := f.w.Write(f.out)
	return err
}

func (f *Filter) put(b byte) {
	switch f.state {
	case text:
		f.char(b)
	case escape:
		f.afterEscape(b)
	case csi:
		f.inCSI(b)
	case inter:
		if b >= 0x30 {
			f.state = text
		}
	case str:
		switch b {
		case 0x07, 0x9c:
			f.state = text
		case 0x1b:
			f.state = strEsc
		}
	case strEsc:
		f.state = str
		if b == '\\' {
			f.state = text
		}
	}
}

// char takes one byte outside any sequence.
func (f *Filter) char(b byte) {
	if len(f.pending) > 0 || b >= 0x80 {
		f.multibyte(b)
		return
	}
	switch {
	case b == 0x1b:
		f.state = escape
	case b == '\n' || b == '\t' || b == '\r' || b >= 0x20 && b != 0x7f:
		f.out = append(f.out, b)
	}
}

// multibyte collects a UTF-8 character and judges it whole.
func (f *Filter) multibyte(b byte) {
	if len(f.pending) > 0 && b&0xc0 != 0x80 {
		// The character breaks off; what is there of it is harmless by itself.
		f.flush()
		f.char(b)
		return
	}
	f.pending = append(f.pending, b)
	if !utf8.FullRune(f.pending) {
		return
	}
	r, size := utf8.DecodeRune(f.pending)
	if r == utf8.RuneError && size <= 1 {
		f.flush()
		return
	}
	if !reorders(r) && (r < 0x80 || r > 0x9f) {
		f.out = append(f.out, f.pending...)
	}
	f.pending = f.pending[:0]
}

// flush passes broken UTF-8, but for bytes that an 8-bit terminal would take for
// C1 controls.
func (f *Filter) flush() {
	for _, b := range f.pending {
		if b < 0x80 || b > 0x9f {
			f.out = append(f.out, b)
		}
	}
	f.pending = f.pending[:0]
}

func (f *Filter) afterEscape(b byte) {
	switch b {
	case '[':
		f.state = csi
		f.pending = append(f.pending[:0], 0x1b, '[')
	case ']', 'P', 'X', '^', '_':
		f.state = str
	case 0x1b:
	default:
		f.state = text
		if b >= 0x20 && b < 0x30 {
			f.state = inter
		} else if b < 0x20 {
			f.char(b)
		}
	}
}

func (f *Filter) inCSI(b byte) {
	switch {
	case b == 0x1b:
		f.pending, f.state = f.pending[:0], escape
	case b >= 0x40 && b <= 0x7e: // the final byte
		if b == 'm' && len(f.pending) <= maxSGR {
			f.out = append(append(f.out, f.pending...), b)
		}
		f.pending, f.state = f.pending[:0], text
	case b >= '0' && b <= ';': // parameters
		if len(f.pending) <= maxSGR {
			f.pending = append(f.pending, b)
		}
	case b >= 0x20 && b < 0x40:
		// Private parameters or intermediates: "ESC [ > 4 m" is not SGR.
		f.pending = append(f.pending[:0], make([]byte, maxSGR+1)...)
	default:
		f.pending, f.state = f.pending[:0], text
		f.char(b)
	}
}

// reorders reports whether a character embeds, overrides or isolates the direction
// of those around it.
func reorders(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
