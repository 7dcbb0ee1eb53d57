package playground

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/corust-dev/corust/runner"
)

// The files that cargo compiles to the program and the library of a package.
const (
	mainFile = "src/main.rs"
	libFile  = "src/lib.rs"
)

// manifest is the Cargo.toml of every program. It names no edition: the request does.
const manifest = "[package]\nname = \"playground\"\nversion = \"0.0.1\"\n"

// manifestFile is its name.
const manifestFile = "Cargo.toml"

// verb is what cargo is asked to do.
type verb int

const (
	verbRun verb = iota
	verbTest
	verbBuild
	verbCheck  // cargo clippy
	verbFormat // cargo fmt
	verbMiri   // cargo miri run
)

// job is a request of any endpoint.
type job struct {
	verb    verb
	action  runner.Action // of the runner; "": the verb's
	channel string        // "" is nightly, where there is one
	mode    string
	edition string
	library string // a library's crate type, "" for a program
	syntax  runner.AsmSyntax
	miri    runner.Miri
	env     []string
	code    Code
	// fresh is set for a job that is not answered with the result of an earlier one.
	fresh bool
}

// invalidValue is the error for a value that a field cannot have.
type invalidValue struct{ value, what string }

func (e *invalidValue) Error() string {
	return fmt.Sprintf("'%s' is not a valid %s", e.value, e.what)
}

// channels are the names of toolchains. The values of other fields are the runner's.
var channels = []string{"stable", "beta", "nightly"}

// check returns an error unless value is one of allowed.
func check[T ~string](what, value string, allowed []T) error {
	if slices.Contains(allowed, T(value)) {
		return nil
	}
	return &invalidValue{value, what}
}

// first returns the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// libraryType is a crate type as job has it.
func libraryType(crateType string) string {
	if crateType == "bin" {
		return ""
	}
	return crateType
}

// target is a part of the package that cargo compiles.
type target struct {
	name  string // as cargo writes it: lib, or bin "playground"
	flag  string // that selects it
	file  string
	crate string
	tests tests
}

// tests are those that a target has.
type tests int

const (
	noTests     tests = iota
	unitTests         // of a library or a program
	integration       // a file in tests/
)

var (
	theProgram = target{name: `bin "playground"`, flag: "--bin playground", file: mainFile, crate: "playground"}
	theLibrary = target{name: "lib", flag: "--lib", file: libFile, crate: "playground"}
)

// tested is the target as its tests are compiled.
func (t target) tested() target { t.tests = unitTests; return t }

// String is the target in cargo's messages.
func (t target) String() string {
	if t.tests == unitTests {
		return t.name + " test"
	}
	return t.name
}

// integrationTests returns the targets that cargo finds in tests/, by name.
func integrationTests(files []runner.File) []target {
	var list []target
	for _, f := range files {
		name, ok := strings.CutPrefix(f.Name, "tests/")
		if dir, isDir := strings.CutSuffix(name, "/main.rs"); isDir {
			name = dir
		} else if name, isDir = strings.CutSuffix(name, ".rs"); !isDir {
			continue
		}
		if ok && !strings.Contains(name, "/") {
			list = append(list, target{
				name: fmt.Sprintf("test %q", name), flag: "--test " + name, file: f.Name,
				crate: strings.ReplaceAll(name, "-", "_"), tests: integration,
			})
		}
	}
	slices.SortFunc(list, func(a, b target) int { return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.file, b.file)) })
	return list
}

// plan is a job in the runner's terms.
type plan struct {
	req runner.Request
	// targets are what the steps of the compiler compile, in order.
	targets []target
	// refusal is what cargo says if there is nothing to do it with; then no request is
	// run.
	refusal string
}

const noManifest = "error: failed to parse manifest at `/playground/Cargo.toml`\n\nCaused by:\n  "

// plan lays the package out.
func (j *job) plan() plan {
	p := plan{req: runner.Request{
		Action: j.action, AsmSyntax: j.syntax, Miri: j.miri, Mode: runner.Mode(j.mode), Edition: runner.Edition(j.edition), Env: j.env,
	}}
	has := func(name string) bool {
		return slices.ContainsFunc(p.req.Files, func(f runner.File) bool { return f.Name == name })
	}
	for _, f := range j.code.Files {
		name := f.Name
		switch {
		case j.code.Single && j.library != "":
			name = libFile
		case j.code.Single:
			name = mainFile
		}
		p.req.Files = append(p.req.Files, runner.File{Name: name, Data: []byte(f.Content)})
	}
	if j.verb == verbFormat { // one file, by itself
		p.req.Action, p.req.Main = runner.ActionFormat, p.req.Files[0].Name
		return p
	}
	program, library := has(mainFile), has(libFile)
	if !has(manifestFile) {
		p.req.Files = append(p.req.Files, runner.File{Name: manifestFile, Data: []byte(manifest)})
	}
	switch {
	case j.library != "" && !library:
		p.refusal = noManifest + "can't find library `playground`, rename file to `src/lib.rs` or specify lib.path\n"
	case !program && !library:
		p.refusal = noManifest + "no targets specified in the manifest\n  either src/lib.rs, src/main.rs, a [lib] section, or [[bin]] section must be present\n"
	case j.library == "" && !program && j.verb == verbBuild:
		p.refusal = "error: no bin target named `playground` in default-run packages\n"
	case !program && (j.verb == verbRun || j.verb == verbMiri):
		p.refusal = "error: a bin target must be available for `cargo run`\n"
	}
	if library {
		p.targets = append(p.targets, theLibrary)
	}
	if program && (j.library == "" || j.action == "") {
		p.targets = append(p.targets, theProgram)
	}
	if n := len(p.targets); n > 0 {
		p.req.Main = p.targets[n-1].file
	}
	if j.verb != verbTest {
		switch p.req.Main {
		case mainFile:
			p.req.CrateType = "bin"
		case libFile:
			p.req.CrateType = runner.CrateType(cmp.Or(j.library, "lib"))
		}
	}
	if j.verb == verbTest {
		var list []target
		others := integrationTests(p.req.Files)
		if library && (program || len(others) > 0) { // they use the library
			list = append(list, theLibrary)
		}
		for _, t := range p.targets {
			list = append(list, t.tested())
		}
		p.targets = append(list, others...)
	}
	if p.req.Action == "" {
		p.req.Action = map[verb]runner.Action{
			verbRun: runner.ActionRun, verbTest: runner.ActionTest, verbBuild: runner.ActionCheck,
			verbCheck: runner.ActionClippy, verbMiri: runner.ActionMiri,
		}[j.verb]
	}
	return p
}
