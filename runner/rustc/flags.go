package rustc

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/corust-dev/corust/runner"
)

// Flag is one row of the table of flags: a flag of rustc that a request may have in
// Flags. Validation, its errors, the command line, its completion and the reference pages
// come from the table. The rows are flags that change what is compiled and how; flags
// that name files, tools or outputs are not among them.
type Flag struct {
	// Name is the flag as errors and documentation write it: "-C opt-level", "--cfg".
	Name string
	// Values lists the values, or is nil if there is no list; Form describes a value
	// then, as a noun phrase.
	Values []string
	Form   string
	// About tells what the flag sets, as a noun phrase.
	About string

	// names are the flag's names without a value, the one in a plan first; empty for an
	// option of -C.
	names []string
	// omitted is the value that an option of -C has if none is given, "" if it needs one.
	omitted string
	// read returns the normal form of a value. It reports false for a value that the flag
	// cannot have.
	read func(value string) (string, bool)
	// list is set if every occurrence counts; otherwise the last one does.
	list bool
}

// codegen returns the option of -C that the row is about, or "".
func (f Flag) codegen() string {
	option, ok := strings.CutPrefix(f.Name, "-C ")
	if !ok {
		return ""
	}
	return option
}

// want describes the flag's values for an error.
func (f Flag) want() string {
	if f.Values != nil {
		return "one of " + strings.Join(f.Values, ", ")
	}
	return f.Form
}

// flags is the table. Its order is that of the documentation.
var flags = []Flag{
	choice("opt-level", "level of optimisation; s and z are for size", "", "0", "1", "2", "3", "s", "z"),
	free("target-cpu", "a processor such as native or x86-64-v3", "processor whose instructions are used", isCPU),
	{
		Name: "-C target-feature", Form: "a list such as +avx2,-sse4.1", About: "features of the processor to use or not to use; lists add up",
		read: same(isFeatureList), list: true,
	},
	toggle("overflow-checks", "checks for overflow of integers"),
	choice("panic", "what a panic does; tests always unwind", "", "unwind", "abort"),
	toggle("debug-assertions", "debug_assert! and cfg(debug_assertions)"),
	alias(choice("lto", "optimisation across crates; not with the crates of a set, which have no bitcode", "fat", "off", "thin", "fat"), boolean("fat", "off")),
	free("codegen-units", "a number from 1 to 256", "parts of a crate that are compiled at once", isUnits),
	alias(choice("debuginfo", "debug information", "", "0", "line-directives-only", "line-tables-only", "1", "2"),
		map[string]string{"none": "0", "limited": "1", "full": "2"}),
	choice("strip", "what the linker removes from the program", "", "none", "debuginfo", "symbols"),
	option("a name, or a name and a value such as feature=\"x\"", "condition for cfg", isCfg, "--cfg"),
	option("a declaration such as cfg(name, values(\"x\"))", "expected conditions", isCheckCfg, "--check-cfg"),
	option(lintForm, "lint to allow", isLint, "-A", "--allow"),
	option(lintForm, "lint to warn about", isLint, "-W", "--warn"),
	option(lintForm, "lint to warn about, even where the source allows it", isLint, "--force-warn"),
	option(lintForm, "lint to report as an error", isLint, "-D", "--deny"),
	option(lintForm, "lint to report as an error, even where the source allows it", isLint, "-F", "--forbid"),
}

const lintForm = "a lint such as unused_variables or clippy::pedantic"

// short are flags of rustc that stand for others.
var short = map[string][2]string{"-O": {"opt-level", "3"}, "-g": {"debuginfo", "2"}}

// elsewhere are flags of rustc that have another place in a request.
var elsewhere = map[string]string{
	"--edition": "the request has an edition", "--crate-type": "the request has a crate type",
	"--test": "the action test compiles and runs the tests",
}

func choice(name, about, omitted string, values ...string) Flag {
	return Flag{
		Name: "-C " + name, Values: values, About: about, omitted: omitted,
		read: same(func(v string) bool { return slices.Contains(values, v) }),
	}
}

func free(name, form, about string, ok func(string) bool) Flag {
	return Flag{Name: "-C " + name, Form: form, About: about, read: same(ok)}
}

func toggle(name, about string) Flag {
	return alias(choice(name, about, "yes", "yes", "no"), boolean("yes", "no"))
}

func option(form, about string, ok func(string) bool, names ...string) Flag {
	return Flag{Name: names[0], Form: form, About: about, names: names, read: same(ok), list: true}
}

// alias adds other spellings of values.
func alias(f Flag, other map[string]string) Flag {
	read := f.read
	f.read = func(v string) (string, bool) {
		if to, ok := other[v]; ok {
			v = to
		}
		return read(v)
	}
	return f
}

// boolean maps rustc's spellings of booleans.
func boolean(yes, no string) map[string]string {
	return map[string]string{"y": yes, "yes": yes, "on": yes, "true": yes, "n": no, "no": no, "off": no, "false": no}
}

func same(ok func(string) bool) func(string) (string, bool) {
	return func(v string) (string, bool) { return v, ok(v) }
}

// Flags returns the table of flags.
func Flags() []Flag { return slices.Clone(flags) }

// Spellings returns the flag's names without a value, such as -W and --warn; nil for an
// option of -C.
func (f Flag) Spellings() []string { return slices.Clone(f.names) }

// compilerFlags are the flags of a request in their normal form.
type compilerFlags struct {
	codegen settings
	rest    []string // flag and value in turn, in the order of the request
}

// settings are values of -C by option, in the order of their first appearance.
type settings []setting

type setting struct{ option, value string }

// set sets an option. An option that is set already keeps its place.
func (s *settings) set(option, value string) {
	if i := s.index(option); i >= 0 {
		(*s)[i].value = value
		return
	}
	*s = append(*s, setting{option, value})
}

func (s settings) index(option string) int {
	return slices.IndexFunc(s, func(x setting) bool { return x.option == option })
}

// get returns the value of an option, or "" if it is not set.
func (s settings) get(option string) string {
	if i := s.index(option); i >= 0 {
		return s[i].value
	}
	return ""
}

func (s *settings) remove(option string) {
	*s = slices.DeleteFunc(*s, func(x setting) bool { return x.option == option })
}

// over returns s with the settings of more on top.
func (s settings) over(more settings) settings {
	s = slices.Clone(s)
	for _, x := range more {
		s.set(x.option, x.value)
	}
	return s
}

// args returns the arguments of rustc. An empty opt-level is -O, rustc's default level of
// optimisation.
func (s settings) args() []string {
	var args []string
	for _, x := range s {
		if x == (setting{"opt-level", ""}) {
			args = append(args, "-O")
			continue
		}
		args = append(args, "-C", x.option+"="+x.value)
	}
	return args
}

// lto reports whether the settings ask for optimisation across crates.
func (s settings) lto() bool {
	lto := s.get("lto")
	return lto != "" && lto != "off"
}

// parseFlags reads flags as rustc does: a value follows its flag as the next word or
// behind it, -Copt-level=3 or --codegen=opt-level=3. The error is an *runner.InvalidError
// that names what is allowed.
func parseFlags(words []string) (compilerFlags, error) {
	var f compilerFlags
	for len(words) > 0 {
		rest, err := f.next(words, nil)
		if err != nil {
			return compilerFlags{}, err
		}
		words = rest
	}
	return f, nil
}

// next reads one flag and returns the words after it. More are flags of the caller's that
// an error also lists.
func (f *compilerFlags) next(words, more []string) ([]string, error) {
	word := words[0]
	if s, ok := short[word]; ok {
		f.codegen.set(s[0], s[1])
		return words[1:], nil
	}
	name, value, attached := cutFlag(word)
	row := slices.IndexFunc(flags, func(row Flag) bool { return slices.Contains(row.names, name) })
	codegen := name == "-C" || name == "--codegen"
	switch {
	case elsewhere[name] != "":
		return nil, flagError("%q is not one of the flags: %s", name, elsewhere[name])
	case row < 0 && !codegen:
		return nil, flagError("%.80q is not allowed (want %s)", word, allowed(more...))
	case !attached && len(words) < 2:
		return nil, flagError("%q needs a value", word)
	case !attached:
		value, words = words[1], words[1:]
	}
	if codegen {
		return words[1:], f.setCodegen(value, more)
	}
	text, ok := flags[row].read(value)
	if !ok {
		return nil, flagError("invalid value %.80q for %s (want %s)", value, name, flags[row].want())
	}
	f.rest = append(f.rest, flags[row].names[0], text)
	return words[1:], nil
}

// cutFlag splits a word into a flag and the value behind it.
func cutFlag(word string) (name, value string, attached bool) {
	if strings.HasPrefix(word, "--") {
		return strings.Cut(word, "=")
	}
	if len(word) > 2 && word[0] == '-' {
		return word[:2], word[2:], true
	}
	return word, "", false
}

// setCodegen sets an option of -C. Rustc takes underscores for dashes in its name.
func (f *compilerFlags) setCodegen(text string, more []string) error {
	option, value, given := strings.Cut(text, "=")
	option = strings.ReplaceAll(option, "_", "-")
	i := slices.IndexFunc(flags, func(row Flag) bool { return row.codegen() == option && option != "" })
	if i < 0 {
		return flagError("%.80q is not allowed (want %s)", "-C "+text, allowed(more...))
	}
	row := flags[i]
	if !given {
		value = row.omitted
	}
	text, ok := row.read(value)
	if !ok {
		return flagError("invalid value %.80q for %s (want %s)", value, row.Name, row.want())
	}
	if have := f.codegen.get(option); row.list && have != "" {
		text = have + "," + text
	}
	f.codegen.set(option, text)
	return nil
}

// args returns the flags as arguments of rustc, each with its value in the next one.
func (f compilerFlags) args() []string { return append(f.codegen.args(), f.rest...) }

// allowed lists the table, after other flags, for an error.
func allowed(names ...string) string {
	names = slices.Clip(names)
	for _, f := range flags {
		names = append(names, f.Name)
	}
	return "one of " + strings.Join(names, ", ")
}

func flagError(format string, args ...any) error {
	return &runner.InvalidError{Field: "flags", Reason: fmt.Sprintf(format, args...)}
}

// maxFlagValue is the most bytes of a value.
const maxFlagValue = 1 << 10

// consists reports whether a value is not empty and has only these characters, besides
// letters and digits.
func consists(v, more string) bool {
	if v == "" || len(v) > maxFlagValue {
		return false
	}
	return strings.IndexFunc(v, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(more, r)
	}) < 0
}

// isCPU accepts the name of a processor. For help, rustc prints a list and compiles
// nothing; the same holds for isFeatureList and isLint.
func isCPU(v string) bool { return consists(v, "-_.") && v != "help" && v[0] != '-' }

func isFeatureList(v string) bool {
	for feature := range strings.SplitSeq(v, ",") {
		if len(feature) < 2 || feature[0] != '+' && feature[0] != '-' || !consists(feature[1:], "-_.") {
			return false
		}
	}
	return len(v) <= maxFlagValue
}

func isLint(v string) bool {
	tool, name, two := strings.Cut(v, "::")
	return v != "help" && consists(tool, "-_") && (!two || consists(name, "-_"))
}

func isUnits(v string) bool {
	n := 0
	for _, c := range []byte(v) {
		if n = 10*n + int(c-'0'); !isDigit(c) || n > 256 {
			return false
		}
	}
	return n > 0 && v[0] != '0'
}

// isCfg accepts what rustc does after --cfg, but for escapes: an identifier, or one and a
// string.
func isCfg(v string) bool {
	key, value, valued := strings.Cut(v, "=")
	key = strings.TrimPrefix(strings.TrimSpace(key), "r#")
	l := lexer{src: []byte(key)}
	if key == "" || key == "true" || key == "false" || l.identLen() != len(key) || len(v) > maxFlagValue {
		return false
	}
	if !valued {
		return true
	}
	value = strings.TrimSpace(value)
	inner := strings.TrimSuffix(strings.TrimPrefix(value, `"`), `"`)
	return len(value) == len(inner)+2 && utf8.ValidString(v) && !strings.ContainsAny(inner, "\"\\\n\r\x00")
}

// isCheckCfg leaves the declaration to rustc.
func isCheckCfg(v string) bool {
	return len(v) <= maxFlagValue && strings.HasPrefix(v, "cfg(") && strings.HasSuffix(v, ")") && utf8.ValidString(v) && !strings.ContainsAny(v, "\n\r\x00")
}
