package view

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// builder makes a listing of the lines that filters leave.
type builder struct {
	names   renamer
	listing Listing
	// sources are the files of the text, and used has the index in the listing of each,
	// plus 1.
	sources []File
	used    []int
	// defines reports whether the text defines a name.
	defines func(name string) bool
	// symbols are those of all lines, and ends where those of each line end.
	symbols []Symbol
	ends    []int
	blanks  bool // a blank line is due, if another line follows
	spaced  bool // a blank line is due before labels alone
	code    bool
	long    bool
}

// newBuilder makes a builder of a text of that size.
func newBuilder(n Names, size int, sources []File, defines func(name string) bool) *builder {
	return &builder{
		names:   newRenamer(n, size),
		listing: Listing{Lines: []Line{}, Labels: map[string]int{}},
		sources: sources,
		used:    make([]int, len(sources)),
		defines: defines,
	}
}

// blank adds a blank line once there is a line on each side of it.
func (b *builder) blank() { b.blanks = !b.spaced && len(b.listing.Lines) > 0 }

func (b *builder) add(l Line) {
	if n := len(b.ends); n == cap(b.ends) || n == cap(b.listing.Lines) {
		// Append would grow long lists by a quarter, and copy all of them as often.
		b.ends = slices.Grow(b.ends, n+64)
		b.listing.Lines = slices.Grow(b.listing.Lines, n+64)
	}
	b.listing.Lines = append(b.listing.Lines, l)
	b.ends = append(b.ends, len(b.symbols))
}

// line adds a line of assembly.
func (b *builder) line(l *asmLine) {
	defines := ""
	switch l.kind {
	case labelLine:
		defines = labelName(l.text)
		b.blanks = b.blanks || b.spaced && len(b.listing.Lines) > 0
	case equationLine:
		defines = equationName(l.text, firstWord(l.text))
	case codeLine:
		b.code = true
	}
	skip := 0
	switch {
	case l.kind == codeLine:
		word := firstWord(l.text)
		skip = strings.Index(l.text, word) + len(word)
	case l.kind == dataLine && hasString(l.text):
		skip = len(l.text)
	}
	b.put(l.text, l.source, defines, &scanner{line: l.text, i: skip})
}

// put adds a line with the names in it, of which it defines one or, if that is empty,
// none. The source is a place in one of the files of the text.
func (b *builder) put(text string, source Source, defines string, names *scanner) {
	if b.blanks {
		b.blanks = false
		b.add(Line{})
	}
	if defines != "" {
		if _, ok := b.listing.Labels[defines]; !ok {
			b.listing.Labels[defines] = len(b.listing.Lines)
		}
	}
	if source.Line > 0 {
		source.File = b.file(source.File)
	}
	text = b.rename(text, names)
	if len(text) > MaxText {
		text = b.shorten(text)
	}
	b.add(Line{Text: text, Source: source})
}

// file returns the index of a file in the listing.
func (b *builder) file(i int) int {
	if b.used[i] == 0 {
		b.listing.Files = append(b.listing.Files, b.sources[i])
		b.used[i] = len(b.listing.Files)
	}
	return b.used[i] - 1
}

// rename returns the text of a line with readable names, and notes the symbols in it.
func (b *builder) rename(text string, names *scanner) string {
	var out strings.Builder
	seen, written := 0, 0 // how much of the text units counts, and out has
	units := 0
	for n, ok := names.next(); ok; n, ok = names.next() {
		symbol, readable := b.names.readable(text[n.start:n.end])
		label := b.defines(text[n.start:n.end])
		if symbol < 0 && !label {
			continue
		}
		shown := n.start // where the part of the name begins that is a symbol's
		if symbol > 0 && !label {
			shown += symbol
		}
		units += utf16Length(text[seen:shown])
		s := Symbol{Name: text[shown:n.end], Start: units}
		if symbol < 0 {
			units += utf16Length(text[shown:n.end])
		} else {
			units += utf16Length(text[shown:n.start+symbol]) + utf16Length(readable)
			out.WriteString(text[written : n.start+symbol])
			out.WriteString(readable)
			written = n.end
		}
		seen, s.End = n.end, units
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

// done returns the listing. Cut says that the end of the text is missing.
func (b *builder) done(cut bool) *Listing {
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
	if cut {
		l.Notices = append(l.Notices, NoticeCut)
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
