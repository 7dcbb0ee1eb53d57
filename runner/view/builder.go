package view

import (
	"strings"
	"unicode/utf8"
)

// builder makes a listing of the lines that filters leave.
type builder struct {
	from    *assembly
	names   renamer
	listing Listing
	// files has the index in the listing of each file of the assembly, plus 1.
	files []int
	// symbols are those of all lines, and ends where those of each line end.
	symbols []Symbol
	ends    []int
	blanks  bool // a blank line is due, if another line follows
	code    bool
	long    bool
}

func newBuilder(a *assembly, size int) *builder {
	return &builder{
		from:    a,
		names:   newRenamer(a.options.Names, size),
		listing: Listing{Lines: []Line{}, Labels: map[string]int{}},
		files:   make([]int, len(a.files)),
	}
}

// blank adds a blank line once there is a line on each side of it.
func (b *builder) blank() { b.blanks = len(b.listing.Lines) > 0 }

func (b *builder) add(l Line) {
	b.listing.Lines = append(b.listing.Lines, l)
	b.ends = append(b.ends, len(b.symbols))
}

// line adds a line.
func (b *builder) line(l *asmLine) {
	if b.blanks {
		b.blanks = false
		b.add(Line{})
	}
	if l.name >= 0 {
		name := b.name(l)
		if _, ok := b.listing.Labels[name]; !ok {
			b.listing.Labels[name] = len(b.listing.Lines)
		}
	}
	out := Line{Text: l.text}
	if l.source.Line > 0 {
		out.Source = l.source
		out.Source.File = b.file(l.source.File)
	}
	b.code = b.code || l.kind == codeLine
	if l.kind != dataLine || !hasString(l.text) {
		out.Text = b.rename(l.text, l.kind == codeLine)
	}
	if len(out.Text) > MaxText {
		out.Text = b.shorten(out.Text)
	}
	b.add(out)
}

// name returns the name that a line defines.
func (b *builder) name(l *asmLine) string {
	if l.kind == labelLine {
		return labelName(l.text)
	}
	return equationName(l.text, firstWord(l.text))
}

// file returns the index of a file in the listing.
func (b *builder) file(i int) int {
	if b.files[i] == 0 {
		b.listing.Files = append(b.listing.Files, b.from.files[i])
		b.files[i] = len(b.listing.Files)
	}
	return b.files[i] - 1
}

// rename returns the text of a line with readable names, and notes the symbols in it.
func (b *builder) rename(text string, code bool) string {
	skip := 0
	if code {
		word := firstWord(text)
		skip = strings.Index(text, word) + len(word)
	}
	var out strings.Builder
	seen, written := 0, 0 // how much of the text units counts, and out has
	units := 0
	for n := range names(text[skip:]) {
		start, end := n.start+skip, n.end+skip
		symbol, readable := b.names.readable(text[start:end])
		label := b.from.defines(text[start:end])
		if symbol < 0 && !label {
			continue
		}
		shown := start // where the part of the name begins that is a symbol's
		if symbol > 0 && !label {
			shown += symbol
		}
		units += utf16Length(text[seen:shown])
		s := Symbol{Name: text[shown:end], Start: units}
		if symbol < 0 {
			units += utf16Length(text[shown:end])
		} else {
			units += utf16Length(text[shown:start+symbol]) + utf16Length(readable)
			out.WriteString(text[written : start+symbol])
			out.WriteString(readable)
			written = end
		}
		seen, s.End = end, units
		b.symbols = append(b.symbols, s)
	}
	if written == 0 {
		return text
	}
	out.WriteString(text[written:])
	return out.String()
}

// shorten cuts the text of the line that is being added, and drops symbols behind the cut.
func (b *builder) shorten(text string) string {
	b.long = true
	cut := short(text)
	units := utf16Length(cut) - 1
	first := 0
	if len(b.ends) > 0 {
		first = b.ends[len(b.ends)-1]
	}
	for len(b.symbols) > first && b.symbols[len(b.symbols)-1].End > units {
		b.symbols = b.symbols[:len(b.symbols)-1]
	}
	return cut
}

// done returns the listing.
func (b *builder) done() *Listing {
	l := &b.listing
	from := 0
	for i, end := range b.ends {
		if end > from {
			l.Lines[i].Symbols = b.symbols[from:end:end]
		}
		from = end
	}
	if !b.code {
		l.Notices = append(l.Notices, NoticeEmpty)
	}
	if b.names.exhausted {
		l.Notices = append(l.Notices, NoticeMangled)
	}
	if b.long {
		l.Notices = append(l.Notices, NoticeLongLines)
	}
	return l
}

func utf16Length(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			n = i
			for _, r := range s[i:] {
				n += utf16Len(r)
			}
			return n
		}
	}
	return len(s)
}
