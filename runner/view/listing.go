package view

import (
	"strings"
	"unicode/utf8"
)

// Listing is a compiler's text as lines that know their source, with the symbols that
// each mentions.
type Listing struct {
	// Files are the sources that lines refer to, in the order of their first mention in
	// the text.
	Files []File `json:"files,omitempty"`
	Lines []Line `json:"lines"`
	// Labels has the index in Lines of the definition of each symbol and label that the
	// listing still has. Names are as in the text, mangled.
	Labels map[string]int `json:"labels,omitempty"`
	// Notices tell a reader what the listing does not show, one sentence each.
	Notices []string `json:"notices,omitempty"`
}

// File is a source file.
type File struct {
	// Name is the name in the request for a file of the user, and the compiler's path for
	// any other.
	Name string `json:"name"`
	// User is set for a file of the request.
	User bool `json:"user,omitempty"`
}

// Line is one line of a listing.
type Line struct {
	// Text has no line end and at most MaxText bytes.
	Text string `json:"text"`
	// Source is the place that the line was compiled from, or zero if it is unknown.
	Source Source `json:"source,omitzero"`
	// Symbols are in order and do not overlap.
	Symbols []Symbol `json:"symbols,omitempty"`
}

// Source is a place in a source file.
type Source struct {
	// File is an index in Listing.Files.
	File   int `json:"file"`
	Line   int `json:"line"`
	Column int `json:"column,omitempty"`
}

// Symbol is a name in a line: a label, or a symbol of a program or a library.
type Symbol struct {
	// Name is the name in the compiler's text. It is a key of Listing.Labels if the
	// listing has the definition.
	Name string `json:"name"`
	// Start and End bound the name in the line's text, which may be demangled, in UTF-16
	// code units. Line.Slice has the same in bytes.
	Start int `json:"start"`
	End   int `json:"end"`
}

// Bounds of listings.
const (
	// MaxText is how long the text of a line may be, in bytes. A longer one is cut and ends
	// with "…".
	MaxText = 8 << 10
	// MaxLines is how many lines of a text are read.
	MaxLines = 400_000
)

// Notices of listings.
const (
	NoticeEmpty = "No function of these files is in the text: the compiler writes generic, private and small functions only where they are used. " +
		"To see one, mark it with #[inline(never)] and pub, or with #[unsafe(no_mangle)]."
	NoticeCut       = "The text was cut: the end of it is missing."
	NoticeMangled   = "Some symbols are shown mangled: their readable names are too long."
	NoticeLongLines = "Long lines were shortened."
)

// Text returns the lines, each with a line feed.
func (l *Listing) Text() string {
	n := 0
	for i := range l.Lines {
		n += len(l.Lines[i].Text) + 1
	}
	var b strings.Builder
	b.Grow(n)
	for i := range l.Lines {
		b.WriteString(l.Lines[i].Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// Slice returns where a symbol of the line is in its text, in bytes.
func (l *Line) Slice(s Symbol) (start, end int) {
	units := 0
	end = len(l.Text)
	for i, r := range l.Text {
		if units == s.Start {
			start = i
		}
		if units == s.End {
			end = i
			break
		}
		units += utf16Len(r)
	}
	return start, end
}

func utf16Len(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}

// short returns a text of at most MaxText bytes. One that is cut ends with an ellipsis.
func short(text string) string {
	const mark = "…"
	if len(text) <= MaxText {
		return text
	}
	n := MaxText - len(mark)
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + mark
}

// printable reports whether a text may be shown as it is.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\t' && c != '\n' || c >= 0x7f {
			return false
		}
	}
	return true
}

// clean makes a text safe to show: control characters become pictures of themselves, and
// what has no picture, is not UTF-8 or changes the direction of text becomes U+FFFD. Tabs
// and line feeds stay; a carriage return before a line feed is omitted.
func clean(s string) string {
	if printable(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	for i, r := range s {
		switch {
		case r == '\t' || r == '\n':
			b.WriteRune(r)
		case r == '\r' && i+1 < len(s) && s[i+1] == '\n':
		case r < ' ':
			b.WriteRune('\u2400' + r)
		case r == 0x7f:
			b.WriteRune('\u2421')
		case hidden(r):
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// cleanLines returns a text, clean, without its last line if the text was cut in it.
func cleanLines(text []byte, cut bool) string {
	s := clean(string(text))
	if cut && !strings.HasSuffix(s, "\n") {
		s = s[:strings.LastIndexByte(s, '\n')+1]
	}
	return s
}

// hidden reports whether a character is a control of C1 or one that acts on the text
// around it instead of being seen.
func hidden(r rune) bool {
	switch {
	case r >= 0x80 && r < 0xa0, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e,
		r >= 0x2060 && r <= 0x206f, r == 0xfeff, r >= 0xe0000 && r <= 0xe0fff, r == 0x61c:
		return true
	}
	return false
}
