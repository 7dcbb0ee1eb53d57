package view

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDepth is how deep paths, types and constants of a v0 symbol may nest, as in
// rustc-demangle.
const maxDepth = 500

// v0 reads a symbol of the v0 scheme and writes its readable form at the same time
// (doc.rust-lang.org/rustc/symbol-mangling/v0.html). A symbol is checked first without an
// output; then back references are not followed. So an error while writing is behind a
// back reference: the form says so in its place, and has a question mark for everything
// that follows until the reference ends.
type v0 struct {
	sym   string
	pos   int
	depth int
	// wrong is the text of the error that was met, or "".
	wrong string
	// out is nil while nothing is written.
	out *output
	// bound is how many lifetimes the binders around this place have.
	bound uint64
}

// The texts of errors.
const (
	invalid = "{invalid syntax}"
	tooDeep = "{recursion limit reached}"
)

// v0End returns where the path of a symbol ends, and that of the crate in which it was
// instantiated; or -1 if it is not a symbol.
func v0End(s string) int {
	if !upper(s[0]) {
		return -1
	}
	p := v0{sym: s}
	p.path(false)
	if p.wrong == "" && p.pos < len(s) && upper(s[p.pos]) {
		p.depth = 0
		p.path(false)
	}
	if p.wrong != "" {
		return -1
	}
	return p.pos
}

func upper(c byte) bool { return c >= 'A' && c <= 'Z' }

func (p *v0) write(s string) {
	if p.out != nil {
		p.out.write(s)
	}
}

// stopped reports whether nothing more can be read or written.
func (p *v0) stopped() bool { return p.wrong != "" || p.out != nil && p.out.full }

// fail notes an error. It returns false.
func (p *v0) fail(text string) bool {
	if p.wrong == "" {
		p.write(text)
		p.wrong = text
	}
	return false
}

// failAnyway notes that the end of a list is missing. It says so even if an error was met
// before, as rustc-demangle does.
func (p *v0) failAnyway() {
	p.wrong = ""
	p.fail(invalid)
}

// ready reports whether the next part can be read. If an error was met before, it writes
// a question mark for the part.
func (p *v0) ready() bool {
	if p.wrong != "" {
		p.write("?")
	}
	return !p.stopped()
}

// enter begins a part that may contain others.
func (p *v0) enter() bool {
	if !p.ready() {
		return false
	}
	if p.depth++; p.depth > maxDepth {
		return p.fail(tooDeep)
	}
	return p.out == nil || p.out.spend(1)
}

func (p *v0) leave() {
	if p.wrong == "" {
		p.depth--
	}
}

// eat skips the next byte if it is c, and reports whether it was.
func (p *v0) eat(c byte) bool {
	if p.stopped() || p.pos >= len(p.sym) || p.sym[p.pos] != c {
		return false
	}
	p.pos++
	return true
}

// next reads a byte.
func (p *v0) next() (byte, bool) {
	if !p.ready() {
		return 0, false
	}
	if p.pos >= len(p.sym) {
		return 0, p.fail(invalid)
	}
	p.pos++
	return p.sym[p.pos-1], true
}

// number reads a number of base 62.
func (p *v0) number() (uint64, bool) {
	if !p.ready() {
		return 0, false
	}
	var n uint64
	for first := true; ; first = false {
		if p.pos >= len(p.sym) {
			return 0, p.fail(invalid)
		}
		c := p.sym[p.pos]
		p.pos++
		switch {
		case c == '_' && first:
			return 0, true
		case c == '_' && n < 1<<64-1:
			return n + 1, true
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'z':
			c -= 'a' - 10
		case c >= 'A' && c <= 'Z':
			c -= 'A' - 36
		default:
			return 0, p.fail(invalid)
		}
		if n > (1<<64-1-uint64(c))/62 {
			return 0, p.fail(invalid)
		}
		n = n*62 + uint64(c)
	}
}

// tagged reads a number after a tag, which counts from 1, or 0 if there is no tag.
func (p *v0) tagged(tag byte) (uint64, bool) {
	if !p.ready() {
		return 0, false
	}
	if !p.eat(tag) {
		return 0, true
	}
	n, ok := p.number()
	if ok && n == 1<<64-1 {
		return 0, p.fail(invalid)
	}
	return n + 1, ok
}

// name is an identifier: ASCII, and the characters that Punycode inserts into it.
type name struct{ ascii, punycode string }

func (n name) empty() bool { return n.ascii == "" && n.punycode == "" }

func (n name) String() string {
	if n.punycode == "" {
		return n.ascii
	}
	if text, ok := decodePunycode(n.ascii, n.punycode); ok {
		return text
	}
	if n.ascii == "" {
		return "punycode{" + n.punycode + "}"
	}
	return "punycode{" + n.ascii + "-" + n.punycode + "}"
}

// name reads an identifier.
func (p *v0) name() (name, bool) {
	if !p.ready() {
		return name{}, false
	}
	encoded := p.eat('u')
	if p.pos >= len(p.sym) || p.sym[p.pos] < '0' || p.sym[p.pos] > '9' {
		return name{}, p.fail(invalid)
	}
	n, next := 0, p.pos+1
	if p.sym[p.pos] != '0' {
		var ok bool
		if n, next, ok = decimal(p.sym, p.pos); !ok {
			return name{}, p.fail(invalid)
		}
	}
	p.pos = next
	p.eat('_')
	if n > len(p.sym)-p.pos {
		return name{}, p.fail(invalid)
	}
	text := p.sym[p.pos : p.pos+n]
	p.pos += n
	if !encoded {
		return name{ascii: text}, true
	}
	i := strings.LastIndexByte(text, '_')
	result := name{punycode: text[i+1:]}
	if i > 0 {
		result.ascii = text[:i]
	}
	if result.punycode == "" {
		return name{}, p.fail(invalid)
	}
	return result, true
}

// hex reads hexadecimal digits.
func (p *v0) hex() (string, bool) {
	if !p.ready() {
		return "", false
	}
	n := strings.IndexByte(p.sym[p.pos:], '_')
	if n < 0 || strings.Trim(p.sym[p.pos:p.pos+n], "0123456789abcdef") != "" {
		return "", p.fail(invalid)
	}
	digits := p.sym[p.pos : p.pos+n]
	p.pos += n + 1
	return digits, true
}

// reference reads a back reference and then what is there, by read. It is not followed
// when nothing is written.
func (p *v0) reference(read func()) {
	begin := p.pos - 1
	target, ok := p.number()
	switch {
	case !ok:
		return
	case target >= uint64(begin):
		p.fail(invalid)
		return
	case p.depth >= maxDepth:
		p.fail(tooDeep)
		return
	case p.out == nil:
		return
	}
	pos, depth := p.pos, p.depth
	p.pos, p.depth = int(target), p.depth+1
	read()
	p.pos, p.depth, p.wrong = pos, depth, ""
}

// list reads until the end of a list and returns its length.
func (p *v0) list(separator string, read func()) int {
	n := 0
	for !p.stopped() && !p.eat('E') {
		if n > 0 {
			p.write(separator)
		}
		read()
		n++
	}
	return n
}

// path reads a path, which is in a value or in a type.
func (p *v0) path(value bool) {
	if !p.enter() {
		return
	}
	tag, ok := p.next()
	if !ok {
		return
	}
	switch tag {
	case 'C':
		id, ok := p.tagged('s')
		if !ok {
			return
		}
		name, ok := p.name()
		if !ok {
			return
		}
		p.write(name.String())
		if p.out != nil && p.out.verbose && id != 0 {
			p.write("[" + strconv.FormatUint(id, 16) + "]")
		}
	case 'N':
		if !p.nested(value) {
			return
		}
	case 'M', 'X', 'Y':
		if tag != 'Y' {
			if _, ok := p.tagged('s'); !ok {
				return
			}
			out := p.out
			p.out = nil
			p.path(false)
			p.out = out
		}
		p.write("<")
		p.typ()
		if tag != 'M' {
			p.write(" as ")
			p.path(false)
		}
		p.write(">")
	case 'I':
		p.path(value)
		if value {
			p.write("::")
		}
		p.write("<")
		p.list(", ", p.argument)
		p.write(">")
	case 'B':
		p.reference(func() { p.path(value) })
	default:
		p.fail(invalid)
		return
	}
	p.leave()
}

// nested reads a path in another.
func (p *v0) nested(value bool) bool {
	space, ok := p.next()
	if !ok {
		return false
	}
	if !upper(space) && (space < 'a' || space > 'z') {
		return p.fail(invalid)
	}
	p.path(value)
	if p.wrong != "" {
		p.write("::")
	}
	id, ok := p.tagged('s')
	if !ok {
		return false
	}
	name, ok := p.name()
	switch {
	case !ok:
		return false
	case upper(space):
		// Namespaces in upper case are for closures and the like.
		p.write("::{")
		switch space {
		case 'C':
			p.write("closure")
		case 'S':
			p.write("shim")
		default:
			p.write(string(rune(space)))
		}
		if !name.empty() {
			p.write(":" + name.String())
		}
		p.write("#" + strconv.FormatUint(id, 10) + "}")
	case !name.empty():
		p.write("::" + name.String())
	}
	return true
}

// argument reads a generic argument.
func (p *v0) argument() {
	switch {
	case p.eat('L'):
		if n, ok := p.number(); ok {
			p.lifetime(n)
		}
	case p.eat('K'):
		p.constant(false)
	default:
		p.typ()
	}
}

// lifetime writes a lifetime by its number, which counts from the innermost that is bound;
// 0 has no name.
func (p *v0) lifetime(n uint64) {
	if p.out == nil {
		return // binders are not counted
	}
	p.write("'")
	switch depth := p.bound - n; {
	case n == 0:
		p.write("_")
	case n > p.bound:
		p.fail(invalid)
	case depth < 26:
		p.write(string(rune('a' + depth)))
	default:
		p.write("_" + strconv.FormatUint(depth, 10))
	}
}

// binder reads the lifetimes that a binder has, and then what they are bound in.
func (p *v0) binder(read func()) {
	n, ok := p.tagged('G')
	if !ok {
		return
	}
	if p.out == nil {
		read()
		return
	}
	bound := p.bound
	if n > 0 {
		p.write("for<")
		for i := uint64(0); i < n && !p.out.full; i++ {
			if i > 0 {
				p.write(", ")
			}
			p.bound++
			p.lifetime(1)
		}
		p.write("> ")
	}
	read()
	p.bound = bound
}

// basic has the types of one letter.
var basic = [256]string{
	'b': "bool", 'c': "char", 'e': "str", 'u': "()", 'z': "!", 'p': "_", 'v': "...",
	'a': "i8", 's': "i16", 'l': "i32", 'x': "i64", 'n': "i128", 'i': "isize",
	'h': "u8", 't': "u16", 'm': "u32", 'y': "u64", 'o': "u128", 'j': "usize",
	'f': "f32", 'd': "f64",
}

// typ reads a type.
func (p *v0) typ() {
	if p.eat('w') {
		p.write("#[splat] ")
	}
	tag, ok := p.next()
	if !ok {
		return
	}
	if text := basic[tag]; text != "" {
		p.write(text)
		return
	}
	if !p.enter() {
		return
	}
	switch tag {
	case 'R', 'Q':
		p.write("&")
		if p.eat('L') {
			n, ok := p.number()
			if !ok {
				return
			}
			if n != 0 {
				p.lifetime(n)
				p.write(" ")
			}
		}
		if tag == 'Q' {
			p.write("mut ")
		}
		p.typ()
	case 'P':
		p.write("*const ")
		p.typ()
	case 'O':
		p.write("*mut ")
		p.typ()
	case 'A', 'S':
		p.write("[")
		p.typ()
		if tag == 'A' {
			p.write("; ")
			p.constant(true)
		}
		p.write("]")
	case 'T':
		p.tuple(p.typ)
	case 'F':
		p.binder(p.function)
	case 'D':
		p.write("dyn ")
		p.binder(func() { p.list(" + ", p.trait) })
		if !p.eat('L') {
			p.failAnyway()
			return
		}
		n, ok := p.number()
		if !ok {
			return
		}
		if n != 0 {
			p.write(" + ")
			p.lifetime(n)
		}
	case 'B':
		p.reference(p.typ)
	case 'W':
		p.typ()
		p.write(" is ")
		p.pattern()
	default:
		p.pos-- // the tag of a path
		p.path(false)
	}
	p.leave()
}

// tuple reads the list of a tuple.
func (p *v0) tuple(read func()) {
	p.write("(")
	if p.list(", ", read) == 1 {
		p.write(",")
	}
	p.write(")")
}

// function reads the type of a function.
func (p *v0) function() {
	unsafe := p.eat('U')
	abi := ""
	if p.eat('K') {
		if p.eat('C') {
			abi = "C"
		} else {
			name, ok := p.name()
			if !ok {
				return
			}
			if name.ascii == "" || name.punycode != "" {
				p.fail(invalid)
				return
			}
			abi = strings.ReplaceAll(name.ascii, "_", "-")
		}
	}
	if unsafe {
		p.write("unsafe ")
	}
	if abi != "" {
		p.write(`extern "` + abi + `" `)
	}
	p.write("fn(")
	p.list(", ", p.typ)
	p.write(")")
	if !p.eat('u') {
		p.write(" -> ")
		p.typ()
	}
}

// trait reads a trait of a trait object with its associated types.
func (p *v0) trait() {
	open := p.openPath()
	for p.eat('p') {
		if open {
			p.write(", ")
		} else {
			p.write("<")
			open = true
		}
		name, ok := p.name()
		if !ok {
			return
		}
		p.write(name.String() + " = ")
		if p.eat('K') {
			p.constant(false)
		} else {
			p.typ()
		}
	}
	if open {
		p.write(">")
	}
}

// openPath reads a path, but leaves the list of its generic arguments open. It reports
// whether there is one.
func (p *v0) openPath() (open bool) {
	switch {
	case p.eat('B'):
		p.reference(func() { open = p.openPath() })
	case p.eat('I'):
		p.path(false)
		p.write("<")
		p.list(", ", p.argument)
		open = true
	default:
		p.path(false)
	}
	return open
}

// pattern reads the pattern of a pattern type.
func (p *v0) pattern() {
	tag, ok := p.next()
	if !ok {
		return
	}
	switch tag {
	case 'R':
		p.constant(false)
		p.write("..=")
		p.constant(false)
	case 'O':
		if !p.enter() {
			return
		}
		p.pattern()
		for !p.eat('E') {
			if p.stopped() {
				p.failAnyway()
				return
			}
			p.write(" | ")
			p.pattern()
		}
		p.leave()
	case 'N':
		p.write("!null")
	default:
		p.fail(invalid)
	}
}

// constant reads a constant, which is in a value or alone. Alone, all but literals have
// braces around them.
func (p *v0) constant(value bool) {
	tag, ok := p.next()
	if !ok || !p.enter() {
		return
	}
	braces := false
	open := func() {
		if braces = !value; braces {
			p.write("{")
		}
	}
	inner := func() { p.constant(true) }
	switch tag {
	case 'p':
		p.write("_")
	case 'h', 't', 'm', 'y', 'o', 'j':
		p.integer(tag)
	case 'a', 's', 'l', 'x', 'n', 'i':
		if p.eat('n') {
			p.write("-")
		}
		p.integer(tag)
	case 'b':
		hex, ok := p.hex()
		if !ok {
			return
		}
		switch n, ok := hexNumber(hex); {
		case ok && n <= 1:
			p.write(strconv.FormatBool(n == 1))
		default:
			p.fail(invalid)
			return
		}
	case 'c':
		hex, ok := p.hex()
		if !ok {
			return
		}
		r, ok := scalar(hex)
		if !ok {
			p.fail(invalid)
			return
		}
		p.quoted(string(r), '\'')
	case 'e':
		open()
		p.write("*")
		p.text()
	case 'R', 'Q':
		if tag == 'R' && p.eat('e') {
			p.text()
			break
		}
		open()
		p.write("&")
		if tag == 'Q' {
			p.write("mut ")
		}
		p.constant(true)
	case 'A':
		open()
		p.write("[")
		p.list(", ", inner)
		p.write("]")
	case 'T':
		open()
		p.tuple(inner)
	case 'V':
		open()
		p.path(true)
		kind, ok := p.next()
		if !ok {
			return
		}
		switch kind {
		case 'U':
		case 'T':
			p.write("(")
			p.list(", ", inner)
			p.write(")")
		case 'S':
			p.write(" { ")
			p.list(", ", p.field)
			p.write(" }")
		default:
			p.fail(invalid)
			return
		}
	case 'B':
		p.reference(func() { p.constant(value) })
	default:
		p.fail(invalid)
		return
	}
	if braces {
		p.write("}")
	}
	p.leave()
}

// field reads a field of a constant structure.
func (p *v0) field() {
	if _, ok := p.tagged('s'); !ok {
		return
	}
	if name, ok := p.name(); ok {
		p.write(name.String() + ": ")
		p.constant(true)
	}
}

// integer reads a constant of an integer type.
func (p *v0) integer(tag byte) {
	hex, ok := p.hex()
	if !ok {
		return
	}
	if n, ok := hexNumber(hex); ok {
		p.write(strconv.FormatUint(n, 10))
	} else {
		p.write("0x" + hex)
	}
	if p.out != nil && p.out.verbose {
		p.write(basic[tag])
	}
}

// text reads a constant of type str.
func (p *v0) text() {
	hex, ok := p.hex()
	if !ok {
		return
	}
	if len(hex)%2 != 0 {
		p.fail(invalid)
		return
	}
	text := make([]byte, len(hex)/2)
	for i := range text {
		text[i] = hexDigit(hex[2*i])<<4 | hexDigit(hex[2*i+1])
	}
	if !utf8.Valid(text) {
		p.fail(invalid)
		return
	}
	p.quoted(string(text), '"')
}

// quoted writes a literal in quotes, escaped as Rust's char::escape_debug does.
func (p *v0) quoted(s string, quote rune) {
	if p.out == nil {
		return
	}
	p.out.rune(quote)
	for _, r := range s {
		if p.out.full {
			return
		}
		switch {
		case r == '"' && quote == '\'', r == '\'' && quote == '"':
			p.out.rune(r)
		case r == 0:
			p.write(`\0`)
		case r == '\t':
			p.write(`\t`)
		case r == '\r':
			p.write(`\r`)
		case r == '\n':
			p.write(`\n`)
		case r == '\\' || r == quote:
			p.out.rune('\\')
			p.out.rune(r)
		case !unicode.IsPrint(r) || unicode.In(r, unicode.Mn, unicode.Me, unicode.Other_Grapheme_Extend):
			p.write(`\u{` + strconv.FormatInt(int64(r), 16) + `}`)
		default:
			p.out.rune(r)
		}
	}
	p.out.rune(quote)
}
