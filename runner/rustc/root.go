package rustc

import (
	"bytes"
	"slices"
	"unicode"

	"github.com/corust-dev/corust/runner"
)

// root is what the text of a crate's root module says of the crate, as far as the
// compiler has to be told the same on its command line.
type root struct {
	// named says that there is a #![crate_name]. name is its value, "" if that is
	// not plainly a name; then the compiler says what is wrong with it.
	named bool
	name  string
	// types are the values of #![crate_type].
	types []string
	// noMain is set for #![no_main].
	noMain bool
	// main says that the root has a main function, or may have one: where a macro or a
	// glob can bring it, the name in any file counts.
	main bool
	// exports says that the root has a public function, or one with a symbol of a given
	// name, so that a library of it has code.
	exports bool
}

// readRoot reads the root module of a crate. Sources are all its files, among which a
// macro's or a glob's main function may stand. Attributes inside cfg_attr are left to
// the compiler.
func readRoot(src []byte, sources [][]byte) root {
	toks := tokens(src)
	var r root
	i := 0
	for toks.at(i).is("#") && toks.at(i+1).is("!") && toks.at(i+2).is("[") {
		end := closing(toks, i+2)
		r.attribute(toks.part(i+3, max(i+3, end)))
		i = end + 1
	}
	items := toks.part(i, toks.len())
	r.exports = exportsFunction(items)
	direct, possible := findMain(items)
	r.main = direct || possible && slices.ContainsFunc(sources, mentionsMain)
	return r
}

// program reports whether the crate is one that can be run.
func (r root) program() bool {
	if len(r.types) > 0 {
		return slices.Contains(r.types, "bin")
	}
	return r.main || r.noMain
}

// as returns the root of a crate that is compiled as that type, which the source cannot
// change. An empty type is the source's.
func (r root) as(typ runner.CrateType) root {
	if typ != "" {
		r.types = []string{string(typ)}
	}
	return r
}

// library returns the type that the crate is compiled as if it is not a program.
func (r root) library() string {
	if len(r.types) > 0 && slices.Contains(libraryTypes, r.types[0]) {
		return r.types[0]
	}
	return "lib"
}

// libraryTypes are rustc's values of --crate-type but bin.
var libraryTypes = []string{"lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro"}

// attribute reads what stands inside #![…].
func (r *root) attribute(toks tokenList) {
	switch name := toks.at(0); {
	case name.isWord("no_main") && toks.len() == 1:
		r.noMain = true
	case toks.len() != 3 || !toks.at(1).is("=") || toks.at(2).kind != text:
	case name.isWord("crate_name") && !r.named:
		r.named = true
		if isCrateName(toks.at(2).text) {
			r.name = string(toks.at(2).text)
		}
	case name.isWord("crate_type"):
		r.types = append(r.types, string(toks.at(2).text))
	}
}

// declares reports whether a source has "mod NAME;", in any module.
func declares(src []byte, name string) bool {
	toks := tokens(src)
	for i := range toks.len() {
		if toks.at(i).isWord("mod") && toks.at(i+1).isWord(name) && toks.at(i+2).is(";") {
			return true
		}
	}
	return false
}

// isCrateName reports whether text may follow --crate-name: letters, digits and
// underscores, as the compiler has it.
func isCrateName(text []byte) bool {
	return len(text) > 0 && len(text) <= 255 && bytes.IndexFunc(text, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) < 0
}

// closing is the index of the bracket that closes the one at i, or the last index.
func closing(toks tokenList, i int) int {
	depth := 0
	for ; i < toks.len(); i++ {
		switch t := toks.at(i); {
		case opens(t):
			depth++
		case closes(t):
			if depth--; depth <= 0 {
				return i
			}
		}
	}
	return toks.len() - 1
}

func opens(t token) bool  { return t.is("(") || t.is("[") || t.is("{") }
func closes(t token) bool { return t.is(")") || t.is("]") || t.is("}") }

// findMain looks for the main function among the items of a module. It is possible
// where none stands there, but a macro or a glob may bring one.
func findMain(toks tokenList) (direct, possible bool) {
	depth, use := 0, false // use says that a use declaration has not ended
	for i := range toks.len() {
		t, next := toks.at(i), toks.at(i+1)
		switch {
		case opens(t):
			depth++
		case closes(t):
			depth--
		case use && t.is(";"):
			use = false
		case use && t.is("*"):
			possible = true
		case use && t.isWord("main") && (next.is(";") || next.is(",") || next.is("}")):
			return true, false
		case use || depth > 0 || t.kind != ident:
		case t.isWord("use"):
			use = true
		case t.isWord("fn") && next.isWord("main"):
			return true, false
		case next.is("!") && opens(toks.at(i+2)):
			if bytes.Contains(t.text, []byte("main")) { // quick_main!, criterion_main!
				return true, false
			}
			possible = true
		}
	}
	return false, possible
}

// exportsFunction looks for a public function among the items of a module, and for the
// attributes that export a symbol anywhere.
func exportsFunction(toks tokenList) bool {
	depth := 0
	for i := range toks.len() {
		switch t := toks.at(i); {
		case opens(t):
			depth++
		case closes(t):
			depth--
		case t.isWord("no_mangle"), t.isWord("export_name"):
			return true
		case depth == 0 && t.isWord("pub") && isFunction(toks, i+1):
			return true
		}
	}
	return false
}

// isFunction reports whether the item at i, behind its visibility, is a function.
func isFunction(toks tokenList, i int) bool {
	for {
		switch t := toks.at(i); {
		case t.isWord("fn"):
			return true
		case t.isWord("const"), t.isWord("async"), t.isWord("unsafe"), t.isWord("extern"), t.kind == text:
			i++
		default:
			return false
		}
	}
}

func mentionsMain(src []byte) bool {
	if !bytes.Contains(src, []byte("main")) {
		return false
	}
	l := newLexer(src)
	for t := l.next(); t.kind != endOfFile; t = l.next() {
		if t.isWord("main") {
			return true
		}
	}
	return false
}
