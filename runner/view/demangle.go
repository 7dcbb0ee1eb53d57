package view

import (
	"strings"
	"unicode/utf8"
)

// MaxSymbol is how long a demangled symbol may be, in bytes.
const MaxSymbol = 1_000_000

// Demangle returns the readable form of a symbol that rustc mangled, by the legacy scheme or
// by v0, and false if the symbol is not one of them or its readable form is longer than
// MaxSymbol. The suffixes that LLVM appends stay, without the hash of .llvm.
//
// The result is what the crate rustc-demangle prints with {:#} for Short and with {} for
// Verbose. It may contain any character but those that are not printed, which are escaped
// or replaced as they are in a Listing.
func Demangle(symbol string, n Names) (string, bool) {
	if n != Short && n != Verbose {
		return "", false
	}
	text, _, ok := demangle(symbol, n == Verbose, MaxSymbol)
	return clean(text), ok
}

// demangle demangles a symbol into at most room bytes. It returns how many of these it
// used up for the result or, if there is none, in trying.
func demangle(symbol string, verbose bool, room int) (text string, used int, ok bool) {
	symbol = withoutLLVM(symbol)
	out := output{verbose: verbose, room: room}
	var suffix string
	if body, ok := cutAny(symbol, "_ZN", "ZN", "__ZN"); ok && ascii(body) {
		end, parts := legacyEnd(body)
		if end < 0 {
			return "", 0, false
		}
		if suffix = body[end:]; !plainSuffix(suffix) {
			return "", 0, false
		}
		out.legacy(body, parts)
	} else if body, ok := cutAny(symbol, "_R", "R", "__R"); ok && ascii(body) {
		end := v0End(body)
		if end < 0 {
			return "", 0, false
		}
		if suffix = body[end:]; !plainSuffix(suffix) {
			return "", 0, false
		}
		p := v0{sym: body, out: &out}
		p.path(true)
	} else {
		return "", 0, false
	}
	out.write(suffix)
	return string(out.text), room - out.room, !out.full
}

// output is a readable symbol in the making.
type output struct {
	text    []byte
	verbose bool
	// room is how much more may be written, and full is set once something had no room.
	room int
	full bool
}

func (o *output) write(s string) {
	if o.spend(len(s)) {
		o.text = append(o.text, s...)
	}
}

func (o *output) rune(r rune) {
	if o.spend(utf8.RuneLen(r)) {
		o.text = utf8.AppendRune(o.text, r)
	}
}

// spend takes n of the room, and reports whether there was as much.
func (o *output) spend(n int) bool {
	if o.full || n > o.room {
		o.full = true
		return false
	}
	o.room -= n
	return true
}

// cutAny returns s without the first of the prefixes that it has and that is followed by
// more.
func cutAny(s string, prefixes ...string) (string, bool) {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(s, p); ok && rest != "" {
			return rest, true
		}
	}
	return "", false
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// withoutLLVM returns a symbol without the hash that LLVM appends when it makes a symbol
// of one module visible to others.
func withoutLLVM(s string) string {
	const mark = ".llvm."
	i := strings.Index(s, mark)
	if i < 0 || strings.Trim(s[i+len(mark):], "0123456789ABCDEF@") != "" {
		return s
	}
	return s[:i]
}

// plainSuffix reports whether the rest of a symbol is one of those that LLVM appends, as
// in .exit.i.i, or empty.
func plainSuffix(s string) bool {
	return s == "" || s[0] == '.' && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// legacyEnd checks the body of a legacy symbol, a sequence of lengths and names that ends
// with E. It returns where the body ends and how many names it has, or -1.
func legacyEnd(s string) (end, parts int) {
	i := 0
	for ; i < len(s) && s[i] != 'E'; parts++ {
		n, next, ok := decimal(s, i)
		// The next length, or E, has to follow.
		if !ok || n >= len(s)-next {
			return -1, 0
		}
		i = next + n
	}
	if i >= len(s) {
		return -1, 0
	}
	return i + 1, parts
}

// decimal reads a number. It is false if there is none or it is too large for a length.
func decimal(s string, i int) (n, next int, ok bool) {
	for next = i; next < len(s) && s[next] >= '0' && s[next] <= '9'; next++ {
		if n = n*10 + int(s[next]-'0'); n > 1<<40 {
			return 0, next, false
		}
	}
	return n, next, next > i
}

// legacy writes a legacy symbol.
func (o *output) legacy(s string, parts int) {
	for i := range parts {
		n, next, _ := decimal(s, 0)
		part := s[next : next+n]
		s = s[next+n:]
		if !o.verbose && i == parts-1 && legacyHash(part) {
			return
		}
		if i > 0 {
			o.write("::")
		}
		o.legacyPart(part)
	}
}

// legacyHash reports whether the last part of a symbol is the hash of what it names.
func legacyHash(s string) bool {
	return strings.HasPrefix(s, "h") && strings.Trim(s[1:], "0123456789abcdefABCDEF") == ""
}

// legacyEscapes has the characters that have an escape by name.
var legacyEscapes = map[string]string{
	"SP": "@", "BP": "*", "RF": "&", "LT": "<", "GT": ">", "LP": "(", "RP": ")", "C": ",",
}

// legacyPart writes one name of a path. From an escape on that is not known, it writes the
// name as it is.
func (o *output) legacyPart(s string) {
	if strings.HasPrefix(s, "_$") {
		s = s[1:] // names do not begin with $
	}
	for s != "" && !o.full {
		switch {
		case strings.HasPrefix(s, ".."):
			o.write("::")
			s = s[2:]
		case s[0] == '.':
			o.write(".")
			s = s[1:]
		case s[0] == '$':
			name, rest, ok := strings.Cut(s[1:], "$")
			text := legacyEscapes[name]
			if text == "" {
				text = legacyRune(name)
			}
			if !ok || text == "" {
				o.write(s)
				return
			}
			o.write(text)
			s = rest
		default:
			i := strings.IndexAny(s, "$.")
			if i < 0 {
				i = len(s)
			}
			o.write(s[:i])
			s = s[i:]
		}
	}
}

// legacyRune returns the character of an escape such as u20, or "".
func legacyRune(name string) string {
	digits, ok := strings.CutPrefix(name, "u")
	if !ok || strings.Trim(digits, "0123456789abcdef") != "" {
		return ""
	}
	r, ok := scalar(digits)
	if !ok || r < ' ' || r >= 0x7f && r < 0xa0 {
		return ""
	}
	return string(r)
}

// scalar returns the Unicode scalar value of lower case hexadecimal digits.
func scalar(hex string) (rune, bool) {
	n, ok := hexNumber(hex)
	return rune(n), ok && n <= utf8.MaxRune && utf8.ValidRune(rune(n))
}

// hexNumber returns the value of lower case hexadecimal digits, unless it has more than 64
// bits.
func hexNumber(hex string) (n uint64, ok bool) {
	hex = strings.TrimLeft(hex, "0")
	if len(hex) > 16 {
		return 0, false
	}
	for i := range len(hex) {
		n = n<<4 | uint64(hexDigit(hex[i]))
	}
	return n, true
}

func hexDigit(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c - 'a' + 10
}
