package rustc

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/corust-dev/corust/runner"
)

// findDocs finds the library whose documentation rustdoc tests, as cargo does: the package's
// beside Main, or Main if it is no program. A library without examples is left out, since
// rustdoc would compile it once more to find none.
func (s *crateSource) findDocs(req runner.Request) {
	file, r := s.lib, s.root(s.main).as(req.CrateType)
	if file != "" {
		r = s.root(file)
	} else if file = s.main; r.program() || strings.HasPrefix(file, testsDir) {
		return
	}
	rust := func(typ string) bool { return typ == "lib" || typ == "rlib" } // what an example can use
	if len(r.types) > 0 && !slices.ContainsFunc(r.types, rust) || s.isLibrary(file) && s.manifest.NoDocTests {
		return
	}
	for _, text := range s.modules() {
		if mayHaveExamples(text) {
			s.docs = file
			return
		}
	}
}

// docAttribute is documentation that is not in a comment, such as #[doc = "text"].
var docAttribute = regexp.MustCompile(`\bdoc\s*=`)

// mayHaveExamples reports whether a source's documentation may contain code. It has some if
// rustdoc finds some.
func mayHaveExamples(src []byte) bool {
	if docAttribute.Match(src) {
		return true
	}
	for line := range bytes.Lines(documentation(src)) {
		text := bytes.TrimLeft(line, " \t")
		indent := len(line) - len(text)
		if bytes.Contains(text, []byte("```")) || bytes.Contains(text, []byte("~~~")) ||
			len(bytes.TrimSpace(text)) > 0 && (indent >= 4 || bytes.Contains(line[:indent], []byte("\t"))) {
			return true
		}
	}
	return false
}

// documentation returns the text of a source's doc comments, and of what looks like one.
func documentation(src []byte) []byte {
	var text []byte
	block := false
	for line := range bytes.Lines(src) {
		trimmed := bytes.TrimLeft(line, " \t")
		switch {
		case block:
		case bytes.HasPrefix(trimmed, []byte("//")):
			if len(trimmed) > 2 && (trimmed[2] == '/' || trimmed[2] == '!') {
				text = append(text, trimmed[3:]...)
			}
			continue
		default:
			begin := bytes.Index(line, []byte("/**"))
			if begin < 0 {
				begin = bytes.Index(line, []byte("/*!"))
			}
			if begin < 0 {
				if _, after, ok := bytes.Cut(line, []byte("///")); ok {
					text = append(text, after...)
				}
				continue
			}
			block, trimmed = true, line[begin+3:]
		}
		before, _, ends := bytes.Cut(trimmed, []byte("*/"))
		block = !ends
		text = append(text, bytes.TrimPrefix(before, []byte("*"))...)
		if ends {
			text = append(text, '\n')
		}
	}
	return text
}

// fileName is the name of a library that nothing names, as rustdoc has it: that of its file.
// It is "lib" if source code cannot call the library so.
func fileName(file string) string {
	name := Target{Name: strings.TrimSuffix(path.Base(file), ".rs")}.Ident()
	taken := []string{"crate", "self", "super", "Self", "_", "std", "core", "alloc", "proc_macro", "test"}
	if !isName(name) || slices.Contains(taken, name) {
		return "lib"
	}
	return name
}

// docTests executes the examples in the documentation of the library. rustdoc compiles each
// by itself, without the mode's options, as for cargo.
func (c *compiler) docTests() runner.Step {
	d := *c
	d.tool, d.mode, d.profile, d.flags.codegen = c.tc.Rustdoc, nil, nil, nil
	d.req.Diagnostics, d.req.Color = false, c.req.Color && !c.req.Diagnostics
	args := []string{"--test"}
	if noCapture(c.req.Args) && release(c.tc) >= 88 {
		args = append(args, "--no-capture") // the harness has the output of the examples from rustdoc
	}
	compile := d.step(c.src.docs, c.src.libraryName(), "", slices.Concat(args, c.linker(), c.externLibrary("rlib"))...)
	s := execute(c.req, "")
	s.Stdout = suite{file: c.src.docs, harness: true}.output(c.req)
	s.Env = overlay(compile.Env, s.Env)
	s.Argv = compile.Argv
	for _, a := range docArgs(c.req.Args) {
		s.Argv = append(s.Argv, "--test-args", a)
	}
	return s
}

func noCapture(args []string) bool {
	return slices.Contains(args, "--nocapture") || slices.Contains(args, "--no-capture")
}

// valued are the options of a test harness that have their value in the next argument.
var valued = []string{"--test-threads", "--skip", "--logfile", "--color", "--format", "--shuffle-seed", "-Z"}

// wantsDocs reports whether arguments of a test harness leave tests of documentation to run.
// Those named in full with --exact are others, unless a name has white space.
func wantsDocs(args []string) bool {
	if !slices.Contains(args, "--exact") {
		return true
	}
	names := 0
	for i := 0; i < len(args); i++ {
		switch {
		case slices.Contains(valued, args[i]):
			i++
		case strings.HasPrefix(args[i], "-"):
		case strings.ContainsFunc(args[i], unicode.IsSpace):
			return true
		default:
			names++
		}
	}
	return names == 0
}

// docArgs are the arguments for the harness of rustdoc, which splits them at white space. A
// test of documentation that is named in full, "src/lib.rs - add (line 7)", is found by the
// end of its name, so that those whose lines end in the same digits run, too.
func docArgs(args []string) []string {
	exact := slices.Contains(args, "--exact")
	var list []string
	for i := 0; i < len(args); i++ {
		a := args[i]
		fields := strings.Fields(a)
		switch {
		case slices.Contains(valued, a) && i+1 < len(args):
			list = append(list, a, args[i+1])
			i++
		case strings.HasPrefix(a, "-") && a != "--exact":
			list = append(list, a)
		case len(fields) > 1 && placeInName(a) != nil:
			list = append(list, fields[len(fields)-1])
		case !exact:
			list = append(list, a)
		}
	}
	return list
}
