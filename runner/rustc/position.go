package rustc

import (
	"sort"
	"unicode/utf8"

	"github.com/corust-dev/corust/runner"
)

// positions knows the place of every byte of a text. Its marks are made when it is
// first asked: a program without messages costs nothing.
type positions struct {
	text  []byte
	marks []runner.Position
}

// stride is about how far apart marks are, so that no line is too long and no
// text has too many lines.
const stride = 1 << 10

// between gives two positions by their byte offsets. It is not ok if they are not
// in order, outside of the text, or inside a character.
func (t *positions) between(start, end int) (a, b runner.Position, ok bool) {
	if !t.boundary(start) || !t.boundary(end) || start > end {
		return a, b, false
	}
	return t.at(start), t.at(end), true
}

func (t *positions) boundary(offset int) bool {
	return offset >= 0 && offset <= len(t.text) && (offset == len(t.text) || utf8.RuneStart(t.text[offset]))
}

func (t *positions) at(offset int) runner.Position {
	if t.marks == nil {
		t.mark()
	}
	i := sort.Search(len(t.marks), func(i int) bool { return t.marks[i].Byte > offset })
	return t.walk(t.marks[i-1], offset)
}

func (t *positions) mark() {
	p := runner.Position{Line: 1, Column: 1}
	t.marks = []runner.Position{p}
	for p.Byte+stride < len(t.text) {
		offset := p.Byte + stride
		for !t.boundary(offset) {
			offset++
		}
		p = t.walk(p, offset)
		t.marks = append(t.marks, p)
	}
}

// walk goes on from a position to an offset that does not lie before it.
func (t *positions) walk(p runner.Position, offset int) runner.Position {
	for p.Byte < offset {
		r, n := utf8.DecodeRune(t.text[p.Byte:])
		p.Byte += n
		p.UTF16++
		if r > 0xFFFF {
			p.UTF16++
		}
		p.Column++
		if r == '\n' {
			p.Line, p.Column = p.Line+1, 1
		}
	}
	return p
}
