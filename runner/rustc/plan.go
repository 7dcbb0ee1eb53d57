// Package rustc plans how a request is compiled and run: which commands, with
// which arguments and environment. It also decodes the machine-readable output of
// these commands; see [Planner.Decoder]. The package is pure: it reads no file, starts
// no process and uses no clock, so a plan can be shown, compared and tested.
//
// A snippet is compiled by rustc itself, not by cargo: for one file cargo only
// adds the time it needs to find that nothing else has changed. Flags follow
// cargo's profiles of the same names where they differ from plain rustc's in
// speed and not in meaning (strip, embed-bitcode), and a release build has one
// codegen unit.
package rustc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/runner"
)

// output is where the compiled program stands in the box, and libraries the directory
// of a package's library. Request files cannot begin with a dot, so they collide with
// none.
const (
	output    = "/work/.main"
	libraries = "/work/.lib"
)

// Planner implements runner.Planner.
type Planner struct {
	// Sets returns the set of crates with that key. It is called only for toolchains
	// that have one, and must return the same set for the same key. Nil is none.
	Sets func(key string) (*Set, error)
}

// Check implements runner.Planner.
func (p Planner) Check(req runner.Request, tc runner.Toolchain) error {
	_, _, err := actionsOf(req, tc)
	if err == nil {
		_, err = parseFlags(req.Flags)
	}
	return err
}

// Plan implements runner.Planner.
func (p Planner) Plan(req runner.Request, tc runner.Toolchain) (runner.Plan, error) {
	a, views, err := actionsOf(req, tc)
	if err != nil {
		return runner.Plan{}, err
	}
	return a.plan(p, a, views, req, tc)
}

// actionsOf returns the rows of a request's action and of all its views, or an error if
// the toolchain lacks a tool for one.
func actionsOf(req runner.Request, tc runner.Toolchain) (a Action, views []Action, err error) {
	if a, err = ActionNamed(req.Action); err == nil {
		err = a.Check(tc)
	}
	if err != nil {
		return a, nil, err
	}
	if a.View {
		views = append(views, a)
	}
	for _, name := range req.Views {
		v, err := ViewNamed(name)
		if err == nil {
			err = v.Check(tc)
		}
		if err != nil {
			return a, nil, err
		}
		if a.Edits {
			return a, nil, &runner.InvalidError{Field: "views", Reason: fmt.Sprintf("%s does not compile the source, so it makes no views", a.Name)}
		}
		if !slices.ContainsFunc(views, func(w Action) bool { return w.Name == v.Name }) {
			views = append(views, v)
		}
	}
	return a, views, nil
}

// compiled plans an action whose steps a compiler makes. NoProgram is as in runner.Plan.
func compiled(steps func(*compiler) (steps []runner.Step, noProgram bool)) planFunc {
	return func(p Planner, a Action, views []Action, req runner.Request, tc runner.Toolchain) (runner.Plan, error) {
		src, err := readSource(req)
		if err != nil {
			return runner.Plan{}, err
		}
		if req.Edition, err = src.edition(req, tc); err != nil {
			return runner.Plan{}, err
		}
		if err := src.supports(tc); err != nil {
			return runner.Plan{}, err
		}
		flags, err := parseFlags(req.Flags)
		if err != nil {
			return runner.Plan{}, err
		}
		if src.docs != "" && (tc.Rustdoc == "" || !wantsDocs(req.Args)) {
			if tc.Rustdoc == "" {
				src.warnings = append(src.warnings, fmt.Sprintf("%s: the examples in the documentation are not tested: %s", src.docs, lacks(tc, ToolRustdoc, ToolRustdoc.install(tc))))
			}
			src.docs = ""
		}
		crates, err := p.crates(req, &src, tc)
		if err != nil {
			return runner.Plan{}, err
		}
		profile := src.manifest.codegen(a.Name, req.Mode)
		if codegen := profile.over(flags.codegen); codegen.lto() && len(crates.names) > 0 {
			reason := fmt.Sprintf("-C lto=%s does not work with crates, which are compiled without bitcode: %s", codegen.get("lto"), strings.Join(crates.names, ", "))
			if flags.codegen.get("lto") == "" {
				reason = fmt.Sprintf("%s: the profile's %s (the flag -C lto=off overrides it)", src.where, reason)
			}
			return runner.Plan{}, &runner.InvalidError{Field: "flags", Reason: reason}
		}
		plan := runner.Plan{Files: src.files, Warnings: src.warnings}
		plan.Files = crates.declare(plan.Files)
		if runsTests(req) && flags.codegen.get("panic") == "abort" {
			flags.codegen.remove("panic")
			plan.Warnings = append(slices.Clip(plan.Warnings), "-C panic=abort is not used: a test that fails has to unwind")
		}
		c := compiler{req: req, tc: tc, src: &src, crates: crates, root: src.root(req.Main).as(req.CrateType), tool: a.Tool.path(tc), libraries: libraries, mode: modeCodegen(req.Mode), profile: profile, flags: flags}
		c.manifestFlags = src.manifest.flags(a.Tool == ToolClippy, release(tc) >= 80)
		plan.Steps, plan.NoProgram = steps(&c)
		plan.Steps = c.insert(plan.Steps, views)
		for _, v := range views {
			if v.Unstable && !isNightly(tc) {
				plan.Warnings = append(plan.Warnings, fmt.Sprintf("%s needs a nightly compiler: this one was told to act as one (RUSTC_BOOTSTRAP=1), so unstable features compile", v.Name))
			}
		}
		return plan, nil
	}
}

// The formats of plans.
const (
	FormatMessages      = "rustc-json" // see Messages
	FormatStandardInput = "rustfmt"    // see StandardInput
	FormatTests         = "libtest"    // see Tests
	FormatTestList      = "libtest-list"
)

// Decoder implements runner.Planner.
func (p Planner) Decoder(plan runner.Plan, f runner.Format, to runner.Sink) (runner.Decoder, error) {
	switch f.Name {
	case FormatMessages:
		m := Messages{Main: argument(f.File), Source: f.Source, Files: plan.Files}
		for _, file := range plan.Files {
			if file.Name == f.File && len(f.Source) == 0 {
				m.Source = file.Data
			}
		}
		return m.Decode(to.Text, to.Diagnostic), nil
	case FormatStandardInput:
		return StandardInput{Name: f.File}.Decode(to.Text), nil
	case FormatTests, FormatTestList:
		t := Tests{Suite: f.File, List: f.Name == FormatTestList}
		for _, file := range plan.Files {
			t.Files = append(t.Files, file.Name)
		}
		return t.Decode(to.Test), nil
	}
	return nil, fmt.Errorf("unknown format %q (want one of %s, %s, %s, %s)", f.Name, FormatMessages, FormatStandardInput, FormatTests, FormatTestList)
}

// compiler makes the compiler's steps for one request.
type compiler struct {
	req    runner.Request
	tc     runner.Toolchain
	src    *crateSource
	crates used
	root   root // of Main
	tool   string
	// libraries is the directory of the package's library.
	libraries string
	// What comes later overrides what comes before: the options of -C that the mode means,
	// those of the manifest's profile, its features and lints, and the request's flags.
	mode          settings
	profile       settings
	manifestFlags []string
	flags         compilerFlags
}

// nothing is for actions that consist of their view.
func (c *compiler) nothing() (steps []runner.Step, noProgram bool) { return nil, false }

// check type-checks the package's library and Main.
func (c *compiler) check() (steps []runner.Step, noProgram bool) {
	args := []string{"--emit=metadata"}
	switch {
	case !c.root.program():
		args = append(args, "--crate-type", c.root.library())
	case c.req.CrateType != "":
		args = append(args, "--crate-type", string(c.req.CrateType))
	}
	return append(c.library("--emit=metadata"), c.main(args...)), false
}

// run compiles the package's library and Main, and runs it if it is a program.
// Otherwise it type-checks it, for its errors are worth more than the lack of a program.
func (c *compiler) run() (steps []runner.Step, noProgram bool) {
	if !c.root.program() {
		steps, _ = c.check()
		return steps, true
	}
	program := c.main(append([]string{"--crate-type", "bin"}, c.linker()...)...)
	return append(c.library(), leaving(output, program), execute(c.req, output)), false
}

// runsTests reports whether a request is for tests.
func runsTests(req runner.Request) bool {
	return req.Action == runner.ActionTest || req.Action == runner.ActionMiri && req.Miri.Tests
}

// test compiles and runs the tests of the package's library, of Main, of the files in
// tests/ and of the library's documentation, in cargo's order. The first that fails ends the
// run.
func (c *compiler) test() (steps []runner.Step, noProgram bool) {
	suites := c.suites()
	steps = c.libraryOfTests()
	for _, s := range suites {
		steps = append(steps, leaving(s.program, s.compile(append([]string{"-o", s.program}, c.linker()...)...)))
	}
	var runs []runner.Step
	for _, s := range suites {
		run := execute(c.req, s.program)
		run.Stdout = s.output(c.req)
		runs = append(runs, run)
	}
	if c.src.docs != "" {
		i := slices.IndexFunc(steps, func(s runner.Step) bool { return slices.Contains(s.Argv, "--out-dir") })
		if i < 0 { // nothing else needs the library; its tests have shown its warnings
			i = len(steps)
			steps = append(steps, c.compileLibrary(c.src.docs, "--cap-lints", "allow")...)
		}
		steps[i] = leaving(c.libraryFile("rlib"), steps[i])
		runs = append(runs, c.docTests())
	}
	for i := range runs[1:] {
		runs[i+1].Stdin = runner.StdinNone // the first has read it
	}
	return append(steps, runs...), false
}

// suite is a crate whose tests run together: the library's, Main's, or those of a file in
// tests/.
type suite struct {
	file    string
	program string // where the compiler puts it
	harness bool   // its output is libtest's
	compile func(more ...string) runner.Step
}

// output is the format of what a suite prints.
func (s suite) output(req runner.Request) runner.Format {
	switch {
	case !s.harness:
		return runner.Format{}
	case slices.Contains(req.Args, "--list"):
		return runner.Format{Name: FormatTestList, File: s.file}
	}
	return runner.Format{Name: FormatTests, File: s.file}
}

// suites lists the suites of a request in cargo's order.
func (c *compiler) suites() []suite {
	var list []suite
	if c.src.lib != "" {
		list = append(list, suite{c.src.lib, libraries + "/tests", true, func(more ...string) runner.Step {
			return c.step(c.src.lib, c.src.libraryName(), "", append([]string{"--test"}, more...)...)
		}})
	}
	list = append(list, suite{c.req.Main, output, true, func(more ...string) runner.Step {
		return c.compileMain(append(slices.Clone(more), "--test")...)
	}})
	for i, t := range c.src.tests {
		list = append(list, c.integration(i, t))
	}
	return list
}

// libraryOfTests compiles the library that suites beside it use.
func (c *compiler) libraryOfTests(more ...string) []runner.Step {
	if c.src.lib == "" && len(c.src.tests) == 0 {
		return nil
	}
	return c.compileLibrary(c.src.tested(), more...)
}

// leaving is a compile step whose program a later step executes. A program for the
// processor of this machine is not left: what remembers artifacts may move to another one.
func leaving(program string, s runner.Step) runner.Step {
	if slices.Contains(s.Argv, "target-cpu=native") {
		return s
	}
	s.Leaves = []string{strings.TrimPrefix(program, boxenv.WorkDir+"/")}
	return s
}

// linker returns the arguments for a program that rustc's own lld links without the C
// compiler, or none. A static C library needs other start files.
func (c *compiler) linker() []string {
	if c.tc.LinkArgs == "" || strings.Contains(c.flags.codegen.get("target-feature"), "crt-static") {
		return nil
	}
	return []string{"-C", "linker=rust-lld", "-C", "link-args=" + c.tc.LinkArgs}
}

// miri checks the package's library and Main, and interprets Main, or does so with the
// suites of the package. What it interprets is compiled for it, with its standard library
// and without optimisation.
func (c *compiler) miri() (steps []runner.Step, noProgram bool) {
	m := *c
	m.mode = nil
	sysroot := []string{"--sysroot", c.tc.MiriSysroot}
	crateType := "bin"
	if !c.root.program() {
		crateType = c.root.library()
	}
	suites := []suite{{compile: func(more ...string) runner.Step {
		return m.compileMain(append(slices.Clone(more), "--crate-type", crateType)...)
	}}}
	steps = m.library(sysroot...)
	if c.req.Miri.Tests {
		suites, steps = m.suites(), m.libraryOfTests(sysroot...)
	}
	for _, s := range suites {
		steps = append(steps, s.compile(append(sysroot, "--emit", "metadata=/work/.checked")...))
	}
	for i := range steps {
		steps[i].Env = append(steps[i].Env, "MIRI_BE_RUSTC=target") // it acts as the compiler
	}
	if !c.req.Miri.Tests && !c.root.program() {
		return steps, true
	}
	m.req.Diagnostics, m.req.Color = false, c.req.Color && !c.req.Diagnostics
	options := append(sysroot, "-Zmiri-disable-isolation", "--cap-lints", "allow")
	if c.req.Miri.TreeBorrows {
		options = append(options, "-Zmiri-tree-borrows")
	}
	program := execute(c.req, "")
	for i, s := range suites {
		run := s.compile(options...)
		run.Stage, run.Stdin, run.Env = program.Stage, program.Stdin, overlay(compilerEnv(c.tc), program.Env)
		run.Stdout = s.output(c.req)
		if i > 0 {
			run.Stdin = runner.StdinNone // the first has read it
		}
		run.Argv = append(append(run.Argv, "--"), c.req.Args...)
		steps = append(steps, run)
	}
	return steps, false
}

// library compiles the package's library, if there is one beside Main, to where Main
// finds it.
func (c *compiler) library(more ...string) []runner.Step {
	return c.compileLibrary(c.src.lib, more...)
}

// compileLibrary compiles the library whose root module is in a file, nothing for "".
func (c *compiler) compileLibrary(file string, more ...string) []runner.Step {
	if file == "" {
		return nil
	}
	more = append([]string{"--crate-type", "lib", "--out-dir", c.libraries}, more...)
	return []runner.Step{c.step(file, c.src.libraryName(), "", more...)}
}

// externLibrary returns the arguments that make the library known to a crate beside it, by
// its file of that kind.
func (c *compiler) externLibrary(kind string) []string {
	if c.src.own() == "" {
		return nil
	}
	return []string{"--extern", c.src.libraryName() + "=" + c.libraryFile(kind)}
}

// libraryFile is the library's file of that kind.
func (c *compiler) libraryFile(kind string) string {
	return c.libraries + "/lib" + c.src.libraryName() + "." + kind
}

// main compiles Main to the program.
func (c *compiler) main(more ...string) runner.Step {
	return c.compileMain(append([]string{"-o", output}, more...)...)
}

// compileMain compiles Main. In a package it may use the library by its name.
func (c *compiler) compileMain(more ...string) runner.Step {
	program := c.src.programName(c.req.Main)
	crate := Target{Name: program}.Ident()
	switch {
	case c.root.named:
		crate = c.root.name
	case c.src.isLibrary(c.req.Main):
		crate, program = c.src.libraryName(), ""
	}
	args := slices.Clone(more)
	if slices.Contains(c.root.types, "proc-macro") {
		args = append(args, "--extern", "proc_macro") // as cargo does
	}
	if c.src.lib != "" {
		kind := "rlib"
		if slices.Contains(more, "--emit=metadata") {
			kind = "rmeta"
		}
		args = append(args, c.externLibrary(kind)...)
	}
	return c.step(c.req.Main, crate, program, args...)
}

// step is one step of the compiler, on a file of the request. Crate is the name of what
// it makes, "" if the source says it in a way that only the compiler understands. The
// source is named as the user calls it and compiled where it stands, so that messages,
// panics and file!() say the same.
func (c *compiler) step(file, crate, program string, more ...string) runner.Step {
	argv := []string{c.tool, argument(file)}
	if crate != "" {
		argv = append(argv, "--crate-name", crate)
	}
	argv = append(argv, "--edition", string(c.req.Edition))
	argv = append(argv, c.codegen()...)
	flags := slices.Concat(c.manifestFlags, c.flags.rest)
	argv = append(argv, flags...)
	if slices.Contains(flags, "--check-cfg") {
		argv = append(argv, "--check-cfg", "cfg(docsrs,test)") // as cargo does
	}
	argv = append(argv, messageFlags(c.req)...)
	argv = append(argv, more...)
	argv = append(argv, c.crates.args...)
	env := append(compilerEnv(c.tc), c.src.manifest.env(crate, program)...)
	s := runner.Step{Stage: runner.StageCompile, Argv: argv, Env: env}
	if c.req.Diagnostics {
		s.Stderr = runner.Format{Name: FormatMessages, File: file}
		if file == c.req.Main && c.src.hasFrontMatter() {
			s.Stderr.Source = c.src.source
		}
	}
	return s
}

// argument is a file's name on a command line, where "-" begins a flag and "@" the name
// of a file with arguments.
func argument(name string) string {
	if strings.HasPrefix(name, "-") || strings.HasPrefix(name, "@") {
		return "./" + name
	}
	return name
}

// messageFlags say how messages are written. As JSON they hold the same text,
// coloured if that is asked for.
func messageFlags(req runner.Request) []string {
	switch {
	case req.Diagnostics && req.Color:
		return []string{"--error-format=json", "--json=diagnostic-rendered-ansi"}
	case req.Diagnostics:
		return []string{"--error-format=json"}
	case req.Color:
		return []string{"--color", "always"}
	default:
		return []string{"--color", "never"}
	}
}

// modeCodegen are the options of -C of a mode.
func modeCodegen(mode runner.Mode) settings {
	if mode == runner.ModeDebug {
		// Functions and lines in backtraces, which is what people look for; full debug
		// information is for a debugger, and there is none in a box.
		return settings{{"debuginfo", "1"}, {"embed-bitcode", "no"}}
	}
	// One unit: code that is split is optimised in pieces and then once more across
	// them, which costs a program that uses crates twice the processor time, and a
	// box has a share of a processor, not all of them.
	return settings{{"opt-level", ""}, {"codegen-units", "1"}, {"strip", "debuginfo"}, {"embed-bitcode", "no"}}
}

// codegen returns the arguments that say how code is generated: the mode's, and on top
// the profile's and the request's flags.
func (c *compiler) codegen() []string {
	mode, asked := slices.Clone(c.mode), c.profile.over(c.flags.codegen)
	if asked.lto() {
		mode.remove("embed-bitcode") // which optimisation across crates reads
	}
	if level := asked.get("debuginfo"); level != "" && level != "0" {
		mode.remove("strip") // what was asked for would be removed again
	}
	return mode.over(asked).args()
}

// compilerEnv is everything that env!() can see.
func compilerEnv(tc runner.Toolchain) []string {
	env := []string{
		"PATH=" + boxenv.Path,
		"HOME=" + boxenv.WorkDir,
		"TMPDIR=/tmp", // what the compiler leaves does not fill the program's disk
		"LANG=" + boxenv.Lang,
		"RUSTC_ICE=0", // no report file for a crash of the compiler
	}
	if tc.LibraryPath != "" {
		env = append(env, "LD_LIBRARY_PATH="+tc.LibraryPath)
	}
	return env
}

// execute is the step of a program that was compiled.
func execute(req runner.Request, program string) runner.Step {
	return runner.Step{
		Stage: runner.StageRun,
		Argv:  append([]string{program}, req.Args...),
		Env:   overlay(boxenv.Environ(), req.Env),
		Stdin: runner.StdinCaller,
	}
}

// overlay adds entries to an environment; a later one for the same key replaces
// the earlier, as a shell would have it.
func overlay(env, more []string) []string {
	index := map[string]int{}
	var out []string
	for _, list := range [][]string{env, more} {
		for _, entry := range list {
			key, _, _ := strings.Cut(entry, "=")
			if i, ok := index[key]; ok {
				out[i] = entry
				continue
			}
			index[key] = len(out)
			out = append(out, entry)
		}
	}
	return out
}

// formatted pipes the main file through rustfmt, which prints what it would write.
func formatted(_ Planner, a Action, _ []Action, req runner.Request, tc runner.Toolchain) (runner.Plan, error) {
	src, err := readSource(req)
	if err != nil { // front matter, which rustfmt may have something to say of
		src = crateSource{}
		for _, f := range req.Files {
			if f.Name == req.Main {
				src.source = f.Data
			}
		}
	}
	if req.Edition, err = src.edition(req, tc); err != nil {
		return runner.Plan{}, err
	}
	plan := runner.Plan{Files: req.Files, Input: src.source}
	plan.Steps = []runner.Step{{
		Stage: runner.StageCompile,
		Argv:  []string{a.Tool.path(tc), "--edition", string(req.Edition), "--emit", "stdout"},
		Env:   compilerEnv(tc),
		Stdin: runner.StdinPlan,

		Product: a.Products[0],
		Stderr:  runner.Format{Name: FormatStandardInput, File: req.Main},
	}}
	return plan, nil
}
