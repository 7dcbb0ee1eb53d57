package rustc

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// kind is what a token is, as far as finding names needs it.
type kind uint8

const (
	endOfFile kind = iota
	ident          // text is without r#
	lifetime
	text  // a string literal of any kind; text is what stands between the quotes
	other // a character or number
	punct // one byte, or ::
)

type token struct {
	kind kind
	text []byte
}

func (t token) is(s string) bool { return t.kind == punct && string(t.text) == s }

func (t token) isWord(s string) bool { return t.kind == ident && string(t.text) == s }

// lexer splits Rust source into tokens. It never fails: what is no Rust comes
// out as punctuation, and what is not closed ends with the source. It takes the
// source as the 2024 edition would, except that it does not tell reserved
// prefixes apart, which no program that compiles has.
type lexer struct {
	src []byte
	pos int
}

// newLexer skips what may precede the first item: a byte order mark, a shebang
// line and front matter.
func newLexer(src []byte) *lexer {
	fence, ok := findFence(src)
	if ok {
		return &lexer{src: src, pos: fence.end}
	}
	return &lexer{src: src, pos: preamble(src)}
}

// preamble is the length of a byte order mark and a shebang line. "#![" begins
// an attribute instead, however much white space and how many comments are in
// between.
func preamble(src []byte) int {
	pos := 0
	if bytes.HasPrefix(src, []byte("\ufeff")) {
		pos = len("\ufeff")
	}
	if !bytes.HasPrefix(src[pos:], []byte("#!")) {
		return pos
	}
	rest := &lexer{src: src, pos: pos + 2}
	if rest.next().is("[") {
		return pos
	}
	if i := bytes.IndexByte(src[pos:], '\n'); i >= 0 {
		return pos + i + 1
	}
	return len(src)
}

// peek is the byte n further on, 0 past the end.
func (l *lexer) peek(n int) byte {
	if l.pos+n < len(l.src) {
		return l.src[l.pos+n]
	}
	return 0
}

func (l *lexer) next() token {
	l.space()
	if l.pos >= len(l.src) {
		return token{}
	}
	start := l.pos
	switch c := l.src[l.pos]; {
	case c == '"':
		return l.quoted('"', text)
	case c == '\'':
		return l.quote()
	case isDigit(c):
		l.number()
		return token{other, l.src[start:l.pos]}
	case c == ':' && l.peek(1) == ':':
		l.pos += 2
		return token{punct, l.src[start:l.pos]}
	}
	n := l.identLen()
	if n == 0 {
		_, size := utf8.DecodeRune(l.src[l.pos:])
		l.pos += size
		return token{punct, l.src[start:l.pos]}
	}
	word := string(l.src[l.pos : l.pos+n])
	l.pos += n
	switch c := l.peek(0); {
	case c == '"' && (word == "b" || word == "c"):
		return l.quoted('"', text)
	case c == '\'' && word == "b":
		return l.quoted('\'', other)
	case (c == '"' || c == '#') && (word == "r" || word == "br" || word == "cr"):
		if t, ok := l.raw(); ok {
			return t
		}
		if word == "r" && c == '#' { // r#name
			l.pos++
			if n := l.identLen(); n > 0 {
				l.pos += n
				return token{ident, l.src[l.pos-n : l.pos]}
			}
			l.pos--
		}
	}
	return token{ident, l.src[start:l.pos]}
}

// space skips white space and comments; block comments nest.
func (l *lexer) space() {
	for l.pos < len(l.src) {
		r, size := utf8.DecodeRune(l.src[l.pos:])
		switch {
		case unicode.IsSpace(r) || r == '\u200e' || r == '\u200f' || r == '\u2028' || r == '\u2029':
			l.pos += size
		case r == '/' && l.peek(1) == '/':
			i := bytes.IndexByte(l.src[l.pos:], '\n')
			if i < 0 {
				l.pos = len(l.src)
				return
			}
			l.pos += i + 1
		case r == '/' && l.peek(1) == '*':
			l.block()
		default:
			return
		}
	}
}

// block skips a block comment.
func (l *lexer) block() {
	l.pos += 2
	for depth := 1; depth > 0 && l.pos < len(l.src); {
		switch {
		case l.peek(0) == '/' && l.peek(1) == '*':
			depth++
			l.pos += 2
		case l.peek(0) == '*' && l.peek(1) == '/':
			depth--
			l.pos += 2
		default:
			l.pos++
		}
	}
	l.pos = min(l.pos, len(l.src))
}

// identLen is the length of the identifier here.
func (l *lexer) identLen() int {
	n := 0
	for l.pos+n < len(l.src) {
		r, size := utf8.DecodeRune(l.src[l.pos+n:])
		start := r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r)
		if !start && (n == 0 || !unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Pc)) {
			break
		}
		n += size
	}
	return n
}

// quoted scans a literal with escapes, from its opening quote.
func (l *lexer) quoted(quote byte, k kind) token {
	l.pos++
	start := l.pos
	for l.pos < len(l.src) {
		switch l.src[l.pos] {
		case '\\':
			l.pos++
		case quote:
			l.pos++
			return token{k, l.src[start : l.pos-1]}
		}
		l.pos++
	}
	l.pos = len(l.src)
	return token{k, l.src[min(start, l.pos):]}
}

// raw scans #s, a quote and all up to the quote with as many #s. It moves only
// if there is a quote.
func (l *lexer) raw() (token, bool) {
	hashes := 0
	for l.peek(hashes) == '#' {
		hashes++
	}
	if l.peek(hashes) != '"' {
		return token{}, false
	}
	l.pos += hashes + 1
	start := l.pos
	end := append([]byte{'"'}, bytes.Repeat([]byte{'#'}, hashes)...)
	i := bytes.Index(l.src[l.pos:], end)
	if i < 0 {
		l.pos = len(l.src)
		return token{text, l.src[start:]}, true
	}
	l.pos += i + len(end)
	return token{text, l.src[start : start+i]}, true
}

// quote tells a character ('a', '\n', '\u{2764}') from a lifetime ('a).
func (l *lexer) quote() token {
	start := l.pos
	if l.peek(1) == '\\' {
		return l.quoted('\'', other)
	}
	l.pos++
	_, size := utf8.DecodeRune(l.src[l.pos:])
	if size > 0 && l.peek(size) == '\'' {
		l.pos += size + 1
		return token{other, l.src[start:l.pos]}
	}
	if l.peek(0) == 'r' && l.peek(1) == '#' {
		l.pos += 2
	}
	l.pos += l.identLen()
	return token{lifetime, l.src[start:l.pos]}
}

// number scans a number and its suffix. The dot of 1..2 and of 1.max(2) is not
// part of it.
func (l *lexer) number() {
	digits := func() {
		for c := l.peek(0); isDigit(c) || c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'; c = l.peek(0) {
			l.pos++
			if (c == 'e' || c == 'E') && (l.peek(0) == '+' || l.peek(0) == '-') && isDigit(l.peek(1)) {
				l.pos++
			}
		}
	}
	hex := l.peek(0) == '0' && l.peek(1) == 'x'
	if hex { // 0xe+1 is a sum
		for c := l.peek(0); isDigit(c) || c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'; c = l.peek(0) {
			l.pos++
		}
		return
	}
	digits()
	if l.peek(0) == '.' && isDigit(l.peek(1)) {
		l.pos++
		digits()
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
