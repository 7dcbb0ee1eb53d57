package ot

import (
	"fmt"
	"strings"
	"sync"
)

// Text is an immutable text that is cheap to change: it is held in chunks of
// about a kilobyte, and a changed text shares all chunks but those at the
// change with its predecessor. The zero value is the empty text.
type Text struct {
	chunks []chunk
	units  int
	bytes  int
}

// chunk is a piece of the text with its length in UTF-16 code units.
type chunk struct {
	s     string
	units int
}

// Chunks are kept between these sizes, in bytes: small enough that scanning
// one for a UTF-16 offset is cheap, large enough that copying the list of them
// is.
const (
	minChunk = 512
	maxChunk = 2048
)

// NewText makes a text of s, which must be valid UTF-8 with "\n" as the only
// line break; see [Normalize].
func NewText(s string) (Text, error) {
	if err := checkText(s); err != nil {
		return Text{}, err
	}
	if len(s) > MaxLength {
		return Text{}, fmt.Errorf("text of %d bytes: %w", len(s), ErrLimit)
	}
	w := textWriter{}
	w.str(s)
	return w.text(), nil
}

// Normalize turns the line breaks of other systems, "\r\n" and "\r", into
// "\n", as CodeMirror does with the text it starts from.
func Normalize(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// Len is the length in UTF-16 code units.
func (t Text) Len() int { return t.units }

// Size is the length in bytes of UTF-8.
func (t Text) Size() int { return t.bytes }

// String is the whole text in one piece; it copies.
func (t Text) String() string {
	switch len(t.chunks) {
	case 0:
		return ""
	case 1:
		return t.chunks[0].s
	}
	var b strings.Builder
	b.Grow(t.bytes)
	for i := range t.chunks {
		b.WriteString(t.chunks[i].s)
	}
	return b.String()
}

// Slice is the text between two positions.
func (t Text) Slice(from, to int) (string, error) {
	if from < 0 || to < from || to > t.units {
		return "", fmt.Errorf("slice %d..%d of a text of %d units: %w", from, to, t.units, ErrRange)
	}
	r := t.reader()
	if !r.skip(from) {
		return "", fmt.Errorf("slice at %d: %w", from, ErrSurrogate)
	}
	s, ok := r.take(to - from)
	if !ok {
		return "", fmt.Errorf("slice at %d: %w", to, ErrSurrogate)
	}
	return s, nil
}

// Apply makes the changed text. It takes time proportional to the change, to
// a chunk, and, with a very small factor, to the number of chunks.
func (c ChangeSet) Apply(t Text) (Text, error) {
	if t.units != int(c.length) {
		return Text{}, fmt.Errorf("apply: change of %d units, text of %d: %w", c.length, t.units, ErrLength)
	}
	if c.Empty() {
		return t, nil
	}
	w := textWriter{out: make([]chunk, 0, len(t.chunks)+2)}
	r, texts := t.reader(), c.inserts()
	for _, s := range c.sections() {
		if s.ins < 0 {
			if !r.copy(&w, int(s.len)) {
				return Text{}, fmt.Errorf("apply: %w", ErrSurrogate)
			}
			continue
		}
		if !r.skip(int(s.len)) {
			return Text{}, fmt.Errorf("apply: %w", ErrSurrogate)
		}
		w.str(texts.section(s.ins))
	}
	return w.text(), nil
}

// textReader walks over a text. Its methods report false when they would stop
// inside a surrogate pair or beyond the end.
type textReader struct {
	chunks []chunk
	off    int // bytes into chunks[0]
	used   int // units into chunks[0]
}

func (t Text) reader() textReader { return textReader{chunks: t.chunks} }

// piece gives the next piece of at most n units, and its units.
func (r *textReader) piece(n int) (string, int, bool) {
	if len(r.chunks) == 0 {
		return "", 0, false
	}
	c := &r.chunks[0]
	rest := c.units - r.used
	if n >= rest {
		s := c.s[r.off:]
		r.chunks, r.off, r.used = r.chunks[1:], 0, 0
		return s, rest, true
	}
	b := n
	if len(c.s) != c.units {
		var ok bool
		if b, ok = byteOffset(c.s[r.off:], n); !ok {
			return "", 0, false
		}
	}
	s := c.s[r.off : r.off+b]
	r.off += b
	r.used += n
	return s, n, true
}

func (r *textReader) skip(n int) bool {
	for n > 0 {
		_, k, ok := r.piece(n)
		if !ok {
			return false
		}
		n -= k
	}
	return true
}

func (r *textReader) take(n int) (string, bool) {
	if n == 0 {
		return "", true
	}
	s, k, ok := r.piece(n)
	if !ok || k == n {
		return s, ok
	}
	var b strings.Builder
	b.WriteString(s)
	for n -= k; n > 0; n -= k {
		if s, k, ok = r.piece(n); !ok {
			return "", false
		}
		b.WriteString(s)
	}
	return b.String(), true
}

// copy moves n units to w, whole chunks as they are.
func (r *textReader) copy(w *textWriter, n int) bool {
	for n > 0 {
		if len(r.chunks) > 0 && r.off == 0 && r.chunks[0].units <= n && w.boundary() {
			// Everything up to the last chunk that fits moves at a stroke.
			k := 0
			for k < len(r.chunks) && r.chunks[k].units <= n {
				n -= r.chunks[k].units
				w.units += r.chunks[k].units
				w.bytes += len(r.chunks[k].s)
				k++
			}
			w.out = append(w.out, r.chunks[:k]...)
			r.chunks = r.chunks[k:]
			continue
		}
		s, k, ok := r.piece(n)
		if !ok {
			return false
		}
		w.add(s, k)
		n -= k
	}
	return true
}

// textWriter puts a text together from pieces. Its last call is text.
type textWriter struct {
	out     []chunk
	pending []byte // text that is not in a chunk yet
	scratch *[maxChunk]byte
	punits  int
	units   int
	bytes   int
}

// scratch is where chunks are put together: a new one for each typed character
// would be most of what an edit allocates.
var scratch = sync.Pool{New: func() any { return new([maxChunk]byte) }}

// boundary ends the pending chunk if it is large enough to stand alone, and
// reports whether nothing is pending.
func (w *textWriter) boundary() bool {
	if len(w.pending) >= minChunk {
		w.flush()
	}
	return len(w.pending) == 0
}

func (w *textWriter) str(s string) {
	if s != "" {
		w.add(s, Len(s))
	}
}

func (w *textWriter) add(s string, units int) {
	w.units += units
	w.bytes += len(s)
	if w.scratch == nil {
		w.scratch = scratch.Get().(*[maxChunk]byte)
		w.pending = w.scratch[:0]
	}
	for len(w.pending)+len(s) > maxChunk {
		// Cut at a code point, leaving the chunk well below its maximum so
		// that the next edits there find room.
		cut := maxChunk/2 - len(w.pending)
		if cut <= 0 {
			w.flush()
			continue
		}
		cut = min(cut, len(s))
		for cut < len(s) && s[cut]&0xC0 == 0x80 {
			cut++
		}
		n := Len(s[:cut])
		w.pending = append(w.pending, s[:cut]...)
		w.punits += n
		s, units = s[cut:], units-n
		w.flush()
	}
	w.pending = append(w.pending, s...)
	w.punits += units
}

func (w *textWriter) flush() {
	if len(w.pending) == 0 {
		return
	}
	w.out = append(w.out, chunk{string(w.pending), w.punits})
	w.pending = w.pending[:0]
	w.punits = 0
}

func (w *textWriter) text() Text {
	// A small remainder joins the chunk before it, so that no text decays
	// into crumbs.
	if n := len(w.pending); n > 0 && n < minChunk && len(w.out) > 0 {
		last := &w.out[len(w.out)-1]
		if len(last.s)+n <= maxChunk {
			last.s += string(w.pending)
			last.units += w.punits
			w.pending = w.pending[:0]
		}
	}
	w.flush()
	if w.scratch != nil {
		scratch.Put(w.scratch)
		w.scratch, w.pending = nil, nil
	}
	return Text{w.out, w.units, w.bytes}
}
