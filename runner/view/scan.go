package view

import (
	"path"
	"strconv"
	"strings"
)

// sections has the directives that begin a section.
var sections = set(".section", ".text", ".data", ".bss", ".rodata", ".pushsection", ".popsection", ".previous",
	".const", ".cstring", ".literal4", ".literal8", ".literal16", ".tdata", ".zerofill")

// dataDirectives has the directives that make data, and textDirectives those of them
// whose operand is text.
var (
	dataDirectives = set(".ascii", ".asciz", ".string", ".byte", ".short", ".hword", ".half", ".word", ".value", ".long",
		".int", ".quad", ".xword", ".dword", ".octa", ".2byte", ".4byte", ".8byte", ".zero", ".space", ".skip", ".fill",
		".single", ".float", ".double", ".uleb128", ".sleb128")
	textDirectives = set(".ascii", ".asciz", ".string")
)

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// Classes of bytes in assembly.
const (
	nameByte  = 1 << iota // in a name
	beginByte             // at the beginning of one
	digitByte
)

var classes = func() (c [256]uint8) {
	for i := range c {
		switch b := byte(i); {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b == '_', b == '.', b == '?', b >= 0x80:
			c[i] = nameByte | beginByte
		case b == '$':
			c[i] = nameByte
		case b >= '0' && b <= '9':
			c[i] = nameByte | digitByte
		}
	}
	return c
}()

// firstWord returns the first word of a line, or "".
func firstWord(line string) string {
	i := 0
	for i < len(line) && (line[i] == '\t' || line[i] == ' ') {
		i++
	}
	j := i
	for j < len(line) && line[j] != '\t' && line[j] != ' ' {
		j++
	}
	return line[i:j]
}

// kindOf says what a line is, of which word is the first.
func kindOf(line, word string) kind {
	if word == "" {
		return blankLine
	}
	switch c := word[0]; {
	case c == '#', c == ';', strings.HasPrefix(word, "//"), c == '@' && (len(word) == 1 || line[0] != '@'):
		return commentLine
	case word == ".set" || word == ".equ":
		return equationLine
	}
	if line[0] == word[0] { // not indented
		if end := nameEnd(line); end > 0 {
			switch rest := strings.TrimLeft(line[end:], " \t"); {
			case strings.HasPrefix(rest, ":"):
				return labelLine
			case strings.HasPrefix(rest, "=") && !strings.HasPrefix(rest, "=="):
				return equationLine
			}
		}
	}
	switch {
	case word[0] != '.':
		return codeLine
	case dataDirectives[word]:
		return dataLine
	}
	return directiveLine
}

// nameEnd returns the end of the name that a line begins with, or 0.
func nameEnd(line string) int {
	if line[0] == '"' {
		return quotedEnd(line, 0)
	}
	i := 0
	for i < len(line) && (classes[line[i]]&nameByte != 0 || line[i] == '@') {
		i++
	}
	return i
}

// quotedEnd returns the end of the string that begins at a quote, or 0 if it has none.
func quotedEnd(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// oddQuotes reports whether a string has no end in the line. Odd says that the line begins in
// one.
func oddQuotes(line string, odd bool) bool {
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && odd:
			i++
		case line[i] == '"':
			odd = !odd
		}
	}
	return odd
}

// unquoted returns a name without its quotes. Escapes stay.
func unquoted(name string) string {
	if len(name) >= 2 && name[0] == '"' {
		return name[1 : len(name)-1]
	}
	return name
}

func labelName(line string) string { return unquoted(line[:nameEnd(line)]) }

// equationName returns the name that an equation defines.
func equationName(line, word string) string {
	if word == ".set" || word == ".equ" {
		return operand(strings.TrimLeft(line[strings.Index(line, word)+len(word):], " \t"))
	}
	return labelName(line)
}

// operand returns the first operand of a directive, which is a name.
func operand(s string) string {
	if s == "" {
		return ""
	}
	if end := nameEnd(s); end > 0 {
		return unquoted(s[:end])
	}
	return ""
}

// inlineMark reports whether a line is a mark before or after inline assembly.
func inlineMark(line string, k kind) (begins, ends bool) {
	if k != commentLine {
		return false, false
	}
	switch strings.TrimLeft(line, " \t#/;@") {
	case "APP", "InlineAsm Start":
		return true, false
	case "NO_APP", "InlineAsm End":
		return false, true
	}
	return false, false
}

// span is a part of a line.
type span struct{ start, end int }

// scanner finds the names in a line of assembly from i on: what may be a symbol, without
// registers, numbers and the suffix of a relocation.
type scanner struct {
	line string
	i    int
	// globals is set for LLVM IR, in which the names of globals begin with @.
	globals bool
}

// next returns the next name, without quotes.
func (s *scanner) next() (n span, ok bool) {
	line := s.line
	for s.i < len(line) {
		if s.globals {
			at := strings.IndexByte(line[s.i:], '@')
			if at < 0 || s.i+at+1 == len(line) {
				s.i = len(line)
				break
			}
			s.i += at + 1
			if line[s.i] == '@' || classes[line[s.i]]&beginByte == 0 && line[s.i] != '"' {
				continue
			}
		}
		switch c := line[s.i]; {
		case classes[c]&beginByte != 0:
			n.start = s.i
			s.i = skipName(line, s.i)
			n.end = s.i
			return n, true
		case c == '"':
			end := quotedEnd(line, s.i)
			if end == 0 {
				s.i = len(line)
				return n, false
			}
			n = span{s.i + 1, end - 1}
			s.i = end
			if n.start < n.end {
				return n, true
			}
		case c == '%' || c == '@' || classes[c]&digitByte != 0:
			s.i = skipName(line, s.i+1)
		default:
			s.i++
		}
	}
	return n, false
}

func skipName(s string, i int) int {
	for i < len(s) && classes[s[i]]&nameByte != 0 {
		i++
	}
	return i
}

// operands returns what follows the mnemonic of an instruction, without a comment.
func operands(line string) string {
	word := firstWord(line)
	s := line[strings.Index(line, word)+len(word):]
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			end := quotedEnd(s, i)
			if end == 0 {
				return s
			}
			i = end - 1
		case c == '/' && strings.HasPrefix(s[i:], "//"),
			(c == '#' || c == ';' || c == '@') && (i+1 == len(s) || s[i+1] == ' ' || s[i+1] == '#'):
			return s[:i]
		}
	}
	return s
}

// hasString reports whether the operand of a data directive is text.
func hasString(line string) bool { return textDirectives[firstWord(line)] }

// sources is the table of files that directives make.
type sources struct {
	options AssemblyOptions
	files   []File
	numbers map[int]int
}

func newSources(o AssemblyOptions) *sources {
	return &sources{options: o, numbers: map[int]int{}}
}

// define reads the operands of a .file directive: a number, and a path in one string or
// two. One without a number names the object file.
func (s *sources) define(operands string) {
	digits, rest, _ := strings.Cut(operands, " ")
	number, err := strconv.Atoi(strings.TrimRight(digits, "\t"))
	if err != nil || number < 0 {
		return
	}
	dir, rest := quoted(strings.TrimLeft(rest, " \t"))
	name, _ := quoted(strings.TrimLeft(rest, " \t"))
	// A hash in quotes may follow a path in one string.
	if name == "" || strings.Trim(name, "0123456789ABCDEFabcdef") == "" && len(name) >= 32 {
		dir, name = "", dir
	}
	s.numbers[number] = len(s.files)
	s.files = append(s.files, s.file(dir, name))
}

// file says which file a path is.
func (s *sources) file(dir, name string) File {
	name = path.Clean(slashed(name))
	full := name
	if !path.IsAbs(name) && dir != "" {
		full = path.Join(slashed(dir), name)
	}
	for _, f := range s.options.Files {
		f = path.Clean(f)
		switch want := s.options.Dir; {
		case want != "" && full == path.Join(want, f):
		case want == "" && (name == f || strings.HasSuffix(name, "/"+f)) && !strings.HasPrefix(full, "/rustc/"):
		case dir == "" && name == f:
		default:
			continue
		}
		return File{Name: f, User: true}
	}
	return File{Name: full}
}

// slashed is a path with slashes alone.
func slashed(p string) string { return strings.ReplaceAll(p, `\`, "/") }

// quoted returns the string that s begins with, and what follows it.
func quoted(s string) (text, rest string) {
	if s == "" || s[0] != '"' {
		return "", s
	}
	end := quotedEnd(s, 0)
	if end == 0 {
		return "", ""
	}
	return unescape(s[1 : end-1]), s[end:]
}

// unescape resolves the escapes of a string in assembly.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b []byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 == len(s) {
			b = append(b, c)
			continue
		}
		if octal, err := strconv.ParseUint(s[i+1:min(i+4, len(s))], 8, 8); err == nil && i+4 <= len(s) {
			b = append(b, byte(octal))
			i += 3
			continue
		}
		i++
		b = append(b, s[i])
	}
	return clean(string(b))
}

// place reads the operands of a .loc directive: file, line and column. Line 0 is code that
// belongs to no line.
func (s *sources) place(operands string) Source {
	var n [3]uint64
	for i := range n {
		operands = strings.TrimLeft(operands, " \t")
		word := operands[:digits(operands)]
		if word == "" {
			break
		}
		var err error
		if n[i], err = strconv.ParseUint(word, 10, 31); err != nil {
			return Source{}
		}
		operands = operands[len(word):]
	}
	file, ok := s.numbers[int(n[0])]
	if !ok || n[1] == 0 {
		return Source{}
	}
	return Source{File: file, Line: int(n[1]), Column: int(n[2])}
}

// digits returns how many digits s begins with.
func digits(s string) int {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

// positive returns the number that a text is, or 0.
func positive(s string) int {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}
