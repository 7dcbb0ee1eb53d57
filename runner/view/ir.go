package view

import (
	"strconv"
	"strings"
)

// LLVMIR reads what rustc --emit llvm-ir writes. Sources come from its metadata, which a
// compilation with debug information has. Filters mean the same as for assembly, as far
// as there are such lines:
//
//   - Directives hides metadata, attributes, declarations, records for debuggers, and the
//     references to metadata at the ends of instructions;
//   - Labels hides the globals that no shown line needs;
//   - Comments hides lines that are only a comment;
//   - Library hides functions that contain nothing of the user's files.
func LLVMIR(text []byte, o AssemblyOptions) *Listing {
	r := &ir{options: o, lines: splitLines(text, o.Cut), globals: map[string]int{}}
	r.readMetadata()
	r.readFunctions()
	if o.Filters.Labels {
		r.markUsed()
	}
	return r.listing()
}

// splitLines returns the lines of a text, at most MaxLines, as cleanLines makes them.
func splitLines(text []byte, cut bool) []string {
	s := strings.TrimSuffix(cleanLines(text, cut), "\n")
	if s == "" {
		return nil
	}
	lines := strings.SplitN(s, "\n", MaxLines+1)
	return lines[:min(len(lines), MaxLines)]
}

// irKind is what a line of IR is.
type irKind uint8

const (
	irOther irKind = iota // labels, braces, types
	irBlank
	irComment
	irCode
	irDefine // the first line of a function
	irGlobal // data or an alias
	irNone   // what makes no code: metadata, attributes, declarations
)

// ir is LLVM IR in the making.
type ir struct {
	options AssemblyOptions
	lines   []string
	kinds   []irKind
	// locations and scopes have the metadata by its number.
	locations map[int]irLocation
	scopes    map[int]int // the file of a scope, or the scope around it, as metadata
	numbers   map[int]int // the file of a DIFile
	files     []File
	hidden    []bool
	// globals has the line of each global that is data.
	globals map[string]int
	used    []bool
}

// irLocation is a place in a scope.
type irLocation struct{ line, column, scope int }

// readMetadata reads the numbered metadata.
func (r *ir) readMetadata() {
	r.locations, r.scopes, r.numbers = map[int]irLocation{}, map[int]int{}, map[int]int{}
	places := newSources(r.options)
	for _, line := range r.lines {
		if !strings.HasPrefix(line, "!") {
			continue
		}
		left, right, ok := strings.Cut(line[1:], " = ")
		number, err := strconv.Atoi(left)
		if !ok || err != nil {
			continue
		}
		right = strings.TrimPrefix(right, "distinct ")
		kind, fields, _ := strings.Cut(right, "(")
		switch kind {
		case "!DILocation":
			r.locations[number] = irLocation{irNumber(fields, "line: "), irNumber(fields, "column: "), irNumber(fields, "scope: !")}
		case "!DISubprogram", "!DILexicalBlock", "!DILexicalBlockFile":
			r.scopes[number] = irNumber(fields, "file: !")
		case "!DIFile":
			r.numbers[number] = len(r.files)
			r.files = append(r.files, places.file(irString(fields, "directory: "), irString(fields, "filename: ")))
		}
	}
}

// irField returns what follows the name of a field, outside of strings.
func irField(fields, name string) string {
	for i := 0; i < len(fields); i++ {
		switch {
		case fields[i] == '"':
			end := strings.IndexByte(fields[i+1:], '"')
			if end < 0 {
				return ""
			}
			i += end + 1
		case strings.HasPrefix(fields[i:], name) && (i == 0 || fields[i-1] == ' '):
			return fields[i+len(name):]
		}
	}
	return ""
}

func irNumber(fields, name string) int {
	s := irField(fields, name)
	return positive(s[:digits(s)])
}

// irString returns a field that is a string, in which \XX are bytes.
func irString(fields, name string) string {
	s, ok := strings.CutPrefix(irField(fields, name), `"`)
	end := strings.IndexByte(s, '"')
	if !ok || end < 0 {
		return ""
	}
	s = s[:end]
	if !strings.Contains(s, `\`) {
		return s
	}
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(c))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return clean(string(b))
}

// source returns the place that the end of a line refers to.
func (r *ir) source(line string) Source {
	const mark = "!dbg !"
	i := strings.LastIndex(line, mark)
	if i < 0 {
		return Source{}
	}
	s := line[i+len(mark):]
	number, err := strconv.Atoi(s[:digits(s)])
	if err != nil {
		return Source{}
	}
	l := r.locations[number]
	file, ok := r.numbers[r.scopes[l.scope]]
	if !ok || l.line == 0 {
		return Source{}
	}
	return Source{File: file, Line: l.line, Column: l.column}
}

// readFunctions finds out what the lines are, and hides the functions of libraries with
// the comments above them.
func (r *ir) readFunctions() {
	r.kinds, r.hidden = make([]irKind, len(r.lines)), make([]bool, len(r.lines))
	start, above := -1, 0 // of the function; of the comments before this line
	var user, known bool
	for i, line := range r.lines {
		kind := irKindOf(line, start >= 0)
		r.kinds[i] = kind
		if start < 0 && kind != irComment && kind != irDefine {
			above = i + 1
		}
		switch {
		case kind == irDefine:
			start, user, known = above, false, false
		case kind == irGlobal:
			if name := irName(line); name != "" {
				if _, twice := r.globals[name]; !twice {
					r.globals[name] = i
				}
			}
		case kind == irCode:
			if s := r.source(line); s.Line > 0 {
				known = true
				user = user || r.files[s.File].User
			}
		}
		if start >= 0 && (line == "}" || i == len(r.lines)-1) {
			if r.options.Filters.Library && known && !user {
				for j := start; j <= i; j++ {
					r.hidden[j] = true
				}
			}
			start, above = -1, i+1
		}
	}
	// Comments above a declaration belong to it.
	for i := len(r.lines) - 2; i >= 0; i-- {
		if r.kinds[i] == irComment && strings.HasPrefix(r.lines[i], ";") && r.kinds[i+1] == irNone {
			r.kinds[i] = irNone
		}
	}
}

// irKindOf says what a line is, which may be inside a function.
func irKindOf(line string, inside bool) irKind {
	trimmed := strings.TrimLeft(line, " \t")
	switch {
	case trimmed == "":
		return irBlank
	case trimmed[0] == ';':
		return irComment
	case inside && strings.HasPrefix(trimmed, "#dbg_"), strings.Contains(line, " @llvm.dbg."):
		return irNone
	case inside && len(trimmed) < len(line):
		return irCode
	case inside:
		return irOther
	case strings.HasPrefix(line, "define "):
		return irDefine
	case line[0] == '@':
		return irGlobal
	case line[0] == '!', strings.HasPrefix(line, "attributes #"), strings.HasPrefix(line, "declare "), line[0] == '$',
		strings.HasPrefix(line, "source_filename"), strings.HasPrefix(line, "target "):
		return irNone
	}
	return irOther
}

// irName returns the first global that a line names, or "".
func irName(line string) string {
	names := scanner{line: line, globals: true}
	if n, ok := names.next(); ok {
		return line[n.start:n.end]
	}
	return ""
}

// markUsed finds out which globals the shown lines need: those that a function names, and
// those that the public or another one that is needed names.
func (r *ir) markUsed() {
	r.used = make([]bool, len(r.lines))
	var todo []int
	use := func(i int) {
		names := scanner{line: r.lines[i], globals: true}
		for n, ok := names.next(); ok; n, ok = names.next() {
			if j, known := r.globals[r.lines[i][n.start:n.end]]; known && !r.used[j] {
				r.used[j] = true
				todo = append(todo, j)
			}
		}
	}
	for i, kind := range r.kinds {
		switch {
		case r.hidden[i]:
		case kind == irCode:
			use(i)
		case kind == irGlobal && !strings.Contains(r.lines[i], "= private ") && !strings.Contains(r.lines[i], "= internal ") && !r.used[i]:
			r.used[i] = true
			todo = append(todo, i)
		}
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		use(i)
	}
}

// listing makes the result.
func (r *ir) listing() *Listing {
	f := r.options.Filters
	size := 0
	defined := map[string]bool{}
	for i, line := range r.lines {
		size += len(line)
		if kind := r.kinds[i]; kind == irDefine || kind == irGlobal {
			defined[irName(line)] = true
		}
	}
	b := newBuilder(r.options.Names, size, r.files, func(name string) bool { return defined[name] })
	for i, line := range r.lines {
		kind := r.kinds[i]
		switch {
		case r.hidden[i], kind == irComment && f.Comments, kind == irNone && f.Directives,
			kind == irGlobal && f.Labels && !r.used[i]:
			continue
		case kind == irBlank && f.Blank:
			b.blank()
			continue
		}
		var source Source
		defines := ""
		switch kind {
		case irCode:
			source = r.source(line)
			b.code = true
		case irDefine, irGlobal:
			defines = irName(line)
		}
		if f.Directives && (kind == irCode || kind == irDefine) {
			line = withoutMetadata(line)
		}
		b.put(line, source, defines, &scanner{line: line, globals: true})
	}
	return b.done(r.options.Cut || len(r.lines) == MaxLines)
}

// withoutMetadata returns an instruction without the references to metadata at its end,
// such as ", !dbg !12", or the first line of a function without " !dbg !12".
func withoutMetadata(line string) string {
	line, brace := strings.CutSuffix(line, " {")
	for {
		i := strings.LastIndex(line, " !")
		if i < 0 || digits(line[i+2:]) != len(line)-i-2 || i+2 == len(line) {
			break
		}
		j := strings.LastIndexByte(line[:i], ' ')
		if j < 0 || !strings.HasPrefix(line[j:], " !") || strings.ContainsAny(line[j+2:i], `"()`) {
			break
		}
		line = strings.TrimSuffix(line[:j], ",")
	}
	if brace {
		line += " {"
	}
	return line
}
