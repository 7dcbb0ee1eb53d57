package view

import (
	"iter"
	"strings"
)

// Filters say which lines of assembly to hide. Each works by itself; the zero value
// hides nothing.
type Filters struct {
	// Directives hides directives, except for data below a label and definitions of a
	// symbol by another.
	Directives bool `json:"directives"`
	// Labels hides labels that no shown line needs, and the data below them. Exported
	// symbols and functions are needed.
	Labels bool `json:"labels"`
	// Comments hides lines that are only a comment.
	Comments bool `json:"comments"`
	// Library hides functions that contain nothing of the user's files. Functions
	// without line information stay.
	Library bool `json:"library"`
	// Blank makes one blank line of several, and hides those at the beginning and end.
	Blank bool `json:"blank"`
}

// AllFilters is what a reader wants unless they say otherwise.
var AllFilters = Filters{Directives: true, Labels: true, Comments: true, Library: true, Blank: true}

// Names is how symbols are shown.
type Names string

// The ways to show symbols.
const (
	// Mangled leaves symbols as they are in the object file. The empty Names means the
	// same.
	Mangled Names = "mangled"
	// Short demangles, without hashes and types of constants.
	Short Names = "short"
	// Verbose demangles all that the symbol says.
	Verbose Names = "verbose"
)

// AssemblyOptions say what to make of an assembly.
type AssemblyOptions struct {
	Filters Filters
	Names   Names
	// Files are the user's source files, by the names in the request. Without them
	// nothing is the user's, and Filters.Library hides nothing.
	Files []string
	// Dir is the directory in which the compiler ran. A file is the user's only if the
	// compiler found it there. Empty is any directory.
	Dir string
	// Playground filters as the Rust Playground does, whatever Filters is: directives and
	// labels go, exported data too if nothing needs it, and there is a blank line before
	// each label and nowhere else.
	Playground bool
	// Cut is set if the text is the beginning of a longer one. Its last line is omitted
	// unless it has its end.
	Cut bool
}

// Assembly reads what rustc --emit asm writes, in the syntax of any of its targets; the
// filters know the directives of ELF, Mach-O and COFF. Text between the marks of inline
// assembly is always kept.
func Assembly(text []byte, o AssemblyOptions) *Listing {
	if o.Playground {
		o.Filters = Filters{Directives: true, Labels: true, Blank: true}
	}
	a, cut := readAssembly(text, o)
	if o.Filters.Library {
		a.hideLibrary()
	}
	if o.Filters.Labels {
		a.markUsed()
	}
	return a.listing(cut)
}

// readAssembly parses a text. It reports whether its end is missing.
func readAssembly(text []byte, o AssemblyOptions) (a *assembly, cut bool) {
	a = &assembly{options: o, ids: map[string]int32{}}
	s := cleanLines(text, o.Cut)
	a.size = len(s)
	over := a.parse(s)
	return a, over || o.Cut
}

// kind is what a line of assembly is.
type kind uint8

const (
	blankLine kind = iota
	commentLine
	labelLine     // name: …
	equationLine  // name = expression, .set name, expression
	codeLine      // an instruction
	dataLine      // a directive that makes data
	directiveLine // any other directive
)

// asmLine is a line with all that the passes know of it.
type asmLine struct {
	text   string
	kind   kind
	inline bool // between the marks of inline assembly
	mark   bool // one of these marks
	hidden bool // by the filter of library code
	// section, begin and end are set for directives that begin a section, and that begin
	// and end a function.
	section, begin, end bool
	// name is what a label or equation defines, or -1.
	name int32
	// group is that of the labels above data, of a label or of an equation, or -1.
	group int32
	// code is set for data that is among instructions.
	code   bool
	source Source
}

// symbol is a name that the text defines or exports.
type symbol struct {
	function bool
	exported bool
	private  bool // exported to other objects of the same program only
	used     bool
	group    int32 // of its definition, or -1
}

// group is a run of labels without anything between them; they name the same place. The
// data below refers to names.
type group struct {
	first int32 // name
	used  bool
	// refs are names in the data below, a part of assembly.refs.
	from, to int32
}

type assembly struct {
	options AssemblyOptions
	files   []File
	size    int // of the text
	lines   []asmLine
	ids     map[string]int32
	symbols []symbol
	groups  []group
	refs    []int32
}

// parse splits the text into lines, finds what they are and where they come from, and
// collects symbols. It reports whether it left lines out.
func (a *assembly) parse(s string) (cut bool) {
	a.lines = make([]asmLine, 0, min(strings.Count(s, "\n")+1, MaxLines))
	p := parser{assembly: a, sources: newSources(a.options), under: -1, defining: -1}
	for len(s) > 0 {
		if len(a.lines) == MaxLines {
			a.files = p.sources.files
			return true
		}
		text, rest, _ := strings.Cut(s, "\n")
		s = rest
		a.lines = append(a.lines, p.line(text))
	}
	a.files = p.sources.files
	return false
}

// parser is what the lines so far mean for the next one.
type parser struct {
	*assembly
	sources *sources
	source  Source
	inline  bool
	// open is set in a quoted name that contains a line feed.
	open bool
	// under is the group of the labels above, or -1 if there is an instruction between;
	// adjacent is set if there is nothing between.
	under    int32
	adjacent bool
	code     bool // there was an instruction, and nothing ended the function since
	// defining is the symbol of a COFF definition.
	defining int32
}

// line reads one line.
func (p *parser) line(text string) asmLine {
	word := firstWord(text)
	l := asmLine{text: text, kind: kindOf(text, word), name: -1, group: -1}
	if p.open {
		l.kind = directiveLine
		p.open = oddQuotes(text, true)
		return l
	}
	begins, ends := inlineMark(text, l.kind)
	switch {
	case begins || ends:
		p.inline, l.mark = begins, true
	default:
		l.inline = p.inline
	}
	switch l.kind {
	case commentLine:
		return l
	case labelLine:
		l.name = p.id(labelName(text))
		if !p.adjacent {
			p.under = p.group(l.name)
		}
		l.group = p.under
		p.define(l.name, l.group)
		p.adjacent = true
		return l
	case equationLine:
		p.under = -1
		l.name = p.id(equationName(text, word))
		l.group = p.group(l.name)
		p.define(l.name, l.group)
	case codeLine:
		p.under, p.code = -1, true
		l.source = p.source
	case dataLine:
		l.group, l.code = p.under, p.code
	case directiveLine:
		if !p.inline {
			p.directive(&l, word)
		}
	}
	p.adjacent = false
	return l
}

// directive takes note of what a directive says about files, places and symbols.
func (p *parser) directive(l *asmLine, word string) {
	text := l.text
	rest := strings.TrimLeft(text[strings.Index(text, word)+len(word):], " \t")
	switch word {
	case ".file", ".cv_file":
		p.sources.define(rest)
	case ".loc":
		p.source = p.sources.place(rest)
	case ".cv_loc":
		_, rest, _ = strings.Cut(rest, " ") // the function's number
		p.source = p.sources.place(rest)
	case ".globl", ".global", ".weak", ".weak_definition":
		p.symbols[p.id(operand(rest))].exported = true
	case ".hidden", ".private_extern":
		p.symbols[p.id(operand(rest))].private = true
	case ".def":
		p.defining = p.id(operand(rest))
	case ".type":
		switch {
		case strings.HasSuffix(rest, "function"):
			p.symbols[p.id(operand(rest))].function = true
		case p.defining >= 0 && strings.HasPrefix(rest, "32"):
			p.symbols[p.defining].function = true
		}
	case ".cfi_startproc", ".seh_proc":
		l.begin = true
		if p.under >= 0 {
			p.symbols[p.groups[p.under].first].function = true
		}
	case ".cfi_endproc", ".seh_endproc":
		l.end = true
	default:
		l.section = sections[word]
	}
	if l.end || l.section {
		p.source, p.under, p.code = Source{}, -1, false
		p.open = l.section && oddQuotes(text, false)
	}
}

// id returns the number of a name, which it makes for a new one.
func (a *assembly) id(name string) int32 {
	if id, ok := a.ids[name]; ok {
		return id
	}
	id := int32(len(a.symbols))
	a.ids[name] = id
	a.symbols = append(a.symbols, symbol{group: -1})
	return id
}

// group makes a group that begins with a label.
func (a *assembly) group(first int32) int32 {
	a.groups = append(a.groups, group{first: first})
	return int32(len(a.groups) - 1)
}

// define notes that a symbol is defined. The first definition counts.
func (a *assembly) define(id, group int32) {
	if s := &a.symbols[id]; s.group < 0 {
		s.group = group
	}
}

// defines reports whether the text defines a name.
func (a *assembly) defines(name string) bool {
	id, ok := a.ids[name]
	return ok && a.symbols[id].group >= 0
}

// isFunction reports whether a label is the beginning of a function.
func (a *assembly) isFunction(l *asmLine) bool {
	return l.kind == labelLine && a.symbols[l.name].function
}

// hideLibrary hides the functions that have line information, but none of the user's
// files. A function goes from the directives above its label to the directive that ends
// it, or to what begins something else.
func (a *assembly) hideLibrary() {
	for i := 0; i < len(a.lines); i++ {
		if !a.isFunction(&a.lines[i]) {
			continue
		}
		end, user, known := a.function(i)
		if known && !user {
			start := i
			for start > 0 && a.lines[start-1].kind == directiveLine && !a.lines[start-1].end && !a.lines[start-1].hidden {
				start--
			}
			for j := start; j < end; j++ {
				a.lines[j].hidden = true
			}
		}
		i = end - 1
	}
}

// function returns the end of the function whose first label is line i, and whether the
// sources of its lines are known, and are the user's.
func (a *assembly) function(i int) (end int, user, known bool) {
	first := a.lines[i].group
	begun := false // there is a directive that will end it
	for end = i; end < len(a.lines); end++ {
		l := &a.lines[end]
		switch {
		case a.isFunction(l) && l.group != first, l.section && !begun:
			return end, user, known
		case l.end, !begun && l.kind == directiveLine && firstWord(l.text) == ".size":
			return end + 1, user, known
		case l.begin:
			begun = true
		}
		if l.source.Line > 0 {
			known = true
			user = user || a.files[l.source.File].User
		}
	}
	return end, user, known
}

// needed reports whether a symbol is shown even if nothing in the text refers to it.
func (a *assembly) needed(id int32) bool {
	s := a.symbols[id]
	return s.function || s.exported && !s.private && !a.options.Playground
}

// markUsed finds out which labels the shown lines need: those that an instruction names,
// exported symbols and functions, and what the data below a needed label names.
func (a *assembly) markUsed() {
	var todo []int32 // groups whose data is needed
	use := func(id int32) {
		s := &a.symbols[id]
		if s.used {
			return
		}
		s.used = true
		if s.group >= 0 && !a.groups[s.group].used {
			a.groups[s.group].used = true
			todo = append(todo, s.group)
		}
	}
	for i := range a.lines {
		l := &a.lines[i]
		if l.hidden {
			continue
		}
		text := l.text
		switch l.kind {
		case labelLine:
			if a.needed(l.name) {
				use(l.name)
			}
			continue
		case equationLine:
			if a.needed(l.name) {
				use(l.name)
			}
		case codeLine:
			text = operands(text)
		case dataLine:
			if hasString(text) || l.group < 0 && !l.code {
				continue
			}
		default:
			continue
		}
		if l.group >= 0 && a.groups[l.group].to == 0 {
			a.groups[l.group].from = int32(len(a.refs))
		}
		names := scanner{line: text}
		for n, ok := names.next(); ok; n, ok = names.next() {
			id, known := a.ids[text[n.start:n.end]]
			switch {
			case !known:
			case l.group < 0:
				use(id)
			default:
				a.refs = append(a.refs, id)
			}
		}
		if l.group >= 0 {
			a.groups[l.group].to = int32(len(a.refs))
		}
	}
	for len(todo) > 0 {
		g := a.groups[todo[len(todo)-1]]
		todo = todo[:len(todo)-1]
		for _, id := range a.refs[g.from:g.to] {
			use(id)
		}
	}
}

// listing makes the listing of what the filters of the options leave.
func (a *assembly) listing(cut bool) *Listing {
	f := a.options.Filters
	b := newBuilder(a.options.Names, a.size, a.files, a.defines)
	b.spaced = a.options.Playground
	for i, shown := range a.shown(f) {
		switch l := &a.lines[i]; {
		case f.Blank && l.kind == blankLine && !l.hidden:
			b.blank()
		case shown:
			b.line(l)
		}
	}
	return b.done(cut)
}

// shown yields for each line whether the filters other than Blank leave it. Those of
// labels and library code need what markUsed and hideLibrary find out.
func (a *assembly) shown(f Filters) iter.Seq2[int, bool] {
	return func(yield func(int, bool) bool) {
		kept := false // the label above is shown
		for i := range a.lines {
			l := &a.lines[i]
			if l.section || l.end {
				kept = false
			}
			shown := !l.hidden
			switch l.kind {
			case commentLine:
				shown = shown && (!f.Comments || l.inline)
			case labelLine:
				if !l.hidden {
					kept = !f.Labels || a.groups[l.group].used
				}
				shown = shown && (!f.Labels || a.symbols[l.name].used || l.inline)
			case equationLine:
				shown = shown && (!f.Labels || a.symbols[l.name].used || l.inline)
			case dataLine:
				above := l.group >= 0 && kept || l.group < 0 && l.code
				shown = shown && (l.inline || above || !f.Directives && l.group < 0)
			case directiveLine:
				shown = shown && (!f.Directives || l.inline)
			}
			if !yield(i, shown) {
				return
			}
		}
	}
}
