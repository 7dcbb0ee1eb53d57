package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/corust-dev/corust/runner/view"
	"golang.org/x/term"
)

// Escape sequences.
const (
	reset = "\x1b[0m"
	bold  = "\x1b[1m"
	dim   = "\x1b[2m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	cyan  = "\x1b[36m"
)

// lineColors tell neighbouring source lines apart.
var lineColors = []string{"\x1b[33m", "\x1b[35m", "\x1b[36m", "\x1b[32m", "\x1b[34m", "\x1b[31m"}

// asmColumns is where source lines begin, after the number and the instruction.
const asmColumns = 48

// annotated is assembly with the lines of the source that it was compiled from.
type annotated struct {
	listing *view.Listing
	main    string              // file whose name is not shown
	sources map[string][]string // lines of each file
	width   int                 // columns of the page
	color   bool
}

// width returns the columns of the terminal that standard output is, or a default.
func (a *app) width() int {
	w := a.out
	if out, ok := w.(*output); ok {
		w = out.Writer
	}
	if f, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			return columns
		}
	}
	return 120
}

// write writes the page: in each line the number of the source line, the instruction and,
// where it changes, the source.
func (p *annotated) write(b *bytes.Buffer) {
	numbers := 2
	for _, line := range p.listing.Lines {
		numbers = max(numbers, len(strconv.Itoa(line.Source.Line)))
	}
	var last view.Source
	for i := range p.listing.Lines {
		line := &p.listing.Lines[i]
		at := line.Source
		number, source := "", ""
		if at.Line > 0 && p.listing.Files[at.File].User {
			number = strconv.Itoa(at.Line)
			if at.Line != last.Line || at.File != last.File {
				source = p.sourceLine(at)
				last = at
			}
		}
		hue := lineColors[at.Line%len(lineColors)]
		p.paint(b, hue, fmt.Sprintf("%*s", numbers, number))
		p.paint(b, dim, " │ ")
		columns := p.text(b, line)
		if room := p.width - numbers - 3 - max(asmColumns, columns+2); source != "" && room > 10 {
			b.WriteString(strings.Repeat(" ", max(asmColumns, columns+2)-columns))
			p.paint(b, hue, shorten(source, room))
		}
		b.WriteByte('\n')
	}
}

// sourceLine returns the text at a place, "" if the source has no such line.
func (p *annotated) sourceLine(at view.Source) string {
	name := p.listing.Files[at.File].Name
	lines := p.sources[name]
	if at.Line > len(lines) {
		return ""
	}
	text := strings.TrimSpace(lines[at.Line-1])
	if name != p.main {
		text = name + ": " + text
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}

// text writes the text of a line with its tabs expanded, and returns how many columns it
// takes.
func (p *annotated) text(b *bytes.Buffer, line *view.Line) int {
	trimmed := strings.TrimLeft(line.Text, " \t")
	hue := ""
	switch {
	case strings.HasPrefix(trimmed, "."), strings.HasPrefix(trimmed, "#"):
		hue = dim
	case trimmed == line.Text:
		hue = bold
	}
	columns, end := 0, 0
	put := func(hue, text string) {
		var expanded strings.Builder
		for _, r := range text {
			if r != '\t' {
				expanded.WriteRune(r)
				columns++
				continue
			}
			n := 8 - columns%8
			expanded.WriteString(strings.Repeat(" ", n))
			columns += n
		}
		p.paint(b, hue, expanded.String())
	}
	for _, s := range line.Symbols {
		from, to := line.Slice(s)
		put(hue, line.Text[end:from])
		put(cyan, line.Text[from:to])
		end = to
	}
	put(hue, line.Text[end:])
	return columns
}

// paint writes text in a colour.
func (p *annotated) paint(b *bytes.Buffer, hue, text string) {
	if !p.color || hue == "" || strings.TrimSpace(text) == "" {
		b.WriteString(text)
		return
	}
	b.WriteString(hue + text + reset)
}

// shorten cuts a text to a number of characters.
func shorten(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	runes := []rune(text)
	return string(runes[:n-1]) + "…"
}
