package rustc

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Mentions are the names in src that may be crates, sorted: the first names of
// paths and of use declarations, those of extern crate, and, in places whose
// meaning only a macro knows, every name. A crate that a program needs is always
// among them. Others may be, such as modules and types; which of them are crates
// is for the set to say, and one crate too many costs a failed compile a little
// time and a program nothing.
//
// Names in strings count inside attributes (#[serde(with = "serde_bytes")]). A
// crate of macros that by custom belongs to another (serde_derive, strum_macros)
// brings that one in, for the code it makes names it.
func Mentions(src []byte) []string {
	m := mentions{found: make(map[string]bool)}
	m.scan(tokens(src))
	for name := range maps.Clone(m.found) {
		for _, suffix := range []string{"_derive", "_macros", "_macro", "_impl"} {
			if base := strings.TrimSuffix(name, suffix); base != name && base != "" {
				m.found[base] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(m.found))
}

// tokenList is a source in tokens. It takes 12 bytes for each, of which a source may
// have one a byte.
type tokenList struct {
	src   []byte
	marks []mark
}

// mark is where a token's text lies in the source.
type mark struct {
	start, length uint32
	kind          kind
}

// tokens splits a source, which has less than 4 GiB.
func tokens(src []byte) tokenList {
	l := newLexer(src)
	list := tokenList{src: src}
	for {
		t := l.next()
		if t.kind == endOfFile {
			return list
		}
		// A token's text is a part of the source.
		list.marks = append(list.marks, mark{uint32(cap(src) - cap(t.text)), uint32(len(t.text)), t.kind})
	}
}

// at is the token at i, one of no kind where there is none.
func (l tokenList) at(i int) token {
	if i < 0 || i >= len(l.marks) {
		return token{}
	}
	m := l.marks[i]
	return token{m.kind, l.src[m.start : m.start+m.length]}
}

func (l tokenList) len() int { return len(l.marks) }

// part are the tokens from one to before another.
func (l tokenList) part(from, to int) tokenList { return tokenList{l.src, l.marks[from:to]} }

// keywords may stand before a path that begins with ::, and begin none that
// leads to a crate.
var keywords = map[string]bool{
	"abstract": true, "as": true, "async": true, "await": true, "become": true, "box": true, "break": true,
	"const": true, "continue": true, "crate": true, "do": true, "dyn": true, "else": true, "enum": true,
	"extern": true, "false": true, "final": true, "fn": true, "for": true, "gen": true, "if": true, "impl": true, "in": true,
	"let": true, "loop": true, "macro": true, "match": true, "mod": true, "move": true, "mut": true,
	"override": true, "priv": true, "pub": true, "ref": true, "return": true, "self": true, "Self": true,
	"static": true, "struct": true, "super": true, "trait": true, "true": true, "try": true, "type": true,
	"typeof": true, "unsafe": true, "unsized": true, "use": true, "virtual": true, "where": true,
	"while": true, "yield": true,
}

// known are the standard macros whose arguments are ordinary expressions.
var known = map[string]bool{
	"assert": true, "assert_eq": true, "assert_ne": true, "dbg": true, "debug_assert": true,
	"debug_assert_eq": true, "debug_assert_ne": true, "eprint": true, "eprintln": true, "format": true,
	"format_args": true, "matches": true, "panic": true, "print": true, "println": true, "todo": true,
	"unimplemented": true, "unreachable": true, "vec": true, "write": true, "writeln": true,
}

// place is what the innermost brackets enclose.
type place uint8

const (
	code      place = iota
	attribute       // #[…]
	loose           // arguments of a macro, or its definition
)

type mentions struct {
	found map[string]bool
	toks  tokenList
}

func (m *mentions) at(i int) token { return m.toks.at(i) }

func (m *mentions) add(t token) {
	if t.kind == ident && !keywords[string(t.text)] && len(t.text) <= maxName {
		m.found[string(t.text)] = true
	}
}

// maxName is the length of the longest name that a registry takes.
const maxName = 64

func (m *mentions) scan(toks tokenList) {
	m.toks = toks
	var places []place // of the open brackets
	in := func() place {
		if len(places) == 0 {
			return code
		}
		return places[len(places)-1]
	}
	for i := 0; i < m.toks.len(); i++ {
		switch t := m.at(i); {
		case t.kind == text && in() == attribute:
			m.inString(t.text)
		case t.is("(") || t.is("[") || t.is("{"):
			places = append(places, m.opened(i, in()))
		case t.is(")") || t.is("]") || t.is("}"):
			if len(places) > 0 {
				places = places[:len(places)-1]
			}
		case t.isWord("use") && !m.at(i+1).is("<") && !m.at(i-1).is("."):
			i = m.use(i+1) - 1
		case t.isWord("extern") && m.at(i+1).isWord("crate"):
			m.add(m.at(i + 2))
		case t.kind == ident && m.beginsPath(i):
			if m.at(i+1).is("::") && !m.at(i+2).is("<") || in() == loose {
				m.add(t)
			}
		}
	}
}

// opened says what the bracket at i encloses.
func (m *mentions) opened(i int, outer place) place {
	if m.at(i).is("[") && (m.at(i-1).is("#") || m.at(i-1).is("!") && m.at(i-2).is("#")) {
		return attribute
	}
	name := i - 2 // of name!(
	if m.at(i-1).kind == ident && m.at(i-2).is("!") {
		name = i - 3 // of macro_rules! name {
	}
	if name >= 0 && m.at(name+1).is("!") && m.at(name).kind == ident && !keywords[string(m.at(name).text)] {
		if known[string(m.at(name).text)] {
			return outer
		}
		return loose
	}
	return outer
}

// beginsPath reports whether the name at i is the first of a path, be it written
// with :: in front.
func (m *mentions) beginsPath(i int) bool {
	prev := m.at(i - 1)
	if prev.is(".") && !m.at(i-2).is(".") { // a field or method, not the end of a range
		return false
	}
	if !prev.is("::") {
		return true
	}
	before := m.at(i - 2)
	if before.kind == ident {
		word := string(before.text)
		return keywords[word] && word != "crate" && word != "self" && word != "super" && word != "Self"
	}
	return true // also behind > and ), which end a type as well as a condition
}

// use records the roots of the use declaration whose tree begins at i and
// returns where it ends.
func (m *mentions) use(i int) int {
	root := true
	var groups []bool // whether each open group's members are roots
	for ; i < m.toks.len(); i++ {
		switch t := m.at(i); {
		case t.kind == ident:
			if root {
				m.add(t)
			}
			root = false
		case t.is("{"):
			groups = append(groups, root)
		case t.is("}"):
			if len(groups) == 0 {
				return i
			}
			root = false
			groups = groups[:len(groups)-1]
		case t.is(","):
			if len(groups) == 0 {
				return i
			}
			root = groups[len(groups)-1]
		case t.is("::") || t.is("*") || t.is("$"):
		default: // ; or what no declaration has
			return i
		}
	}
	return i
}

// inString looks for paths in the text of an attribute's string.
func (m *mentions) inString(s []byte) {
	if len(s) > 1024 || bytes.ContainsAny(s, "\"'") {
		return
	}
	inner := mentions{found: m.found, toks: tokens(s)}
	for i := range inner.toks.len() {
		if t := inner.at(i); t.kind == ident && inner.beginsPath(i) && (i == 0 || inner.at(i+1).is("::")) {
			m.add(t)
		}
	}
}

// unlinked is how the compiler names a crate that it was not given. The wording
// has changed over the years and may again; what is lost then is our hint.
var unlinked = regexp.MustCompile("(?:unlinked crate|can't find crate for|missing crate|use of undeclared crate or module|cannot find module or crate|if you wanted to use a crate named) `(?:r#)?([A-Za-z_][A-Za-z0-9_]*)`")

// Unlinked are the crates that the compiler said it does not know, in the order
// of its messages. mentioned is what Mentions found: a name that the compiler
// cannot resolve counts only if the source has it where crates stand.
func Unlinked(messages []byte, mentioned []string) []string {
	var names []string
	for _, m := range unlinked.FindAllSubmatch(messages, -1) {
		name := string(m[1])
		if !slices.Contains(names, name) && slices.Contains(mentioned, name) {
			names = append(names, name)
		}
	}
	return names
}
