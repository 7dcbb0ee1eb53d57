// Package rustc plans how a request is compiled and run: which commands, with
// which arguments and environment. It is pure: it reads no file, starts nothing
// and knows no clock, so a plan can be shown, compared and tested. What a plan's
// commands print it reads as purely; see [Messages].
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

	"github.com/corust-dev/corust/runner"
)

// program is where the compiled program stands in the box. Request files cannot
// begin with a dot, so it collides with none.
const program = "/work/.main"

// Planner implements runner.Planner.
type Planner struct {
	// Sets gives the set of crates of that key; it is asked only for toolchains
	// that have one, and must give the same for the same key. Nil is none.
	Sets func(key string) (*Set, error)
}

// Plan implements runner.Planner.
func (p Planner) Plan(req runner.Request, tc runner.Toolchain) (runner.Plan, error) {
	if req.Action == runner.ActionFormat {
		return formatPlan(req, tc)
	}
	source := mainSource(req) // positions are those of what the caller has
	crates, err := p.crates(&req, tc)
	if err != nil {
		return runner.Plan{}, err
	}
	plan := runner.Plan{Files: req.Files}
	if crates.manifest != "" && !slices.ContainsFunc(req.Files, func(f runner.File) bool { return f.Name == "Cargo.toml" }) {
		plan.Files = append(slices.Clip(plan.Files), runner.File{Name: "Cargo.toml", Data: []byte(crates.manifest)})
	}
	root := rootOf(req, source)
	check := []string{"--emit=metadata"}
	if !root.program() {
		check = append(check, "--crate-type", root.library())
	}
	switch {
	case req.Action == runner.ActionCheck:
		plan.Steps = []runner.Step{compile(req, tc, tc.Rustc, root, crates, check...)}
	case req.Action == runner.ActionClippy:
		if tc.ClippyDriver == "" {
			return plan, missing("clippy", tc)
		}
		plan.Steps = []runner.Step{compile(req, tc, tc.ClippyDriver, root, crates, check...)}
	case req.Action == runner.ActionTest:
		plan.Steps = []runner.Step{compile(req, tc, tc.Rustc, root, crates, "--test"), execute(req, tc)}
	case req.Action == runner.ActionRun && !root.program():
		// Its errors are worth more than the lack of a program.
		plan.Steps, plan.NoProgram = []runner.Step{compile(req, tc, tc.Rustc, root, crates, check...)}, true
	case req.Action == runner.ActionRun:
		plan.Steps = []runner.Step{compile(req, tc, tc.Rustc, root, crates, "--crate-type", "bin"), execute(req, tc)}
	default:
		return plan, &runner.InvalidError{Field: "action", Reason: fmt.Sprintf("%q is not known", req.Action)}
	}
	if req.Diagnostics {
		plan.Steps[0].Stderr = Messages{Main: req.Main, Source: source}
	}
	return plan, nil
}

func missing(tool string, tc runner.Toolchain) error {
	return &runner.InvalidError{Field: "action", Reason: fmt.Sprintf("the toolchain %q has no %s", tc.Channel, tool)}
}

// compile is the compiler's step. The source is named by its bare file name and
// compiled where it stands, so that messages, panics and file!() say what the user
// calls it.
func compile(req runner.Request, tc runner.Toolchain, tool string, root root, crates used, more ...string) runner.Step {
	argv := []string{tool, req.Main}
	if !root.named {
		root.name = "main"
	}
	if root.name != "" {
		argv = append(argv, "--crate-name", root.name)
	}
	argv = append(argv, "--edition", string(req.Edition))
	argv = append(argv, modeFlags(req.Mode)...)
	argv = append(argv, messageFlags(req)...)
	argv = append(argv, "-o", program)
	argv = append(argv, more...)
	argv = append(argv, crates.args...)
	return runner.Step{Stage: runner.StageCompile, Argv: argv, Env: append(compilerEnv(tc), packageEnv()...)}
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

// rootOf reads the file that is compiled.
func rootOf(req runner.Request, source []byte) root {
	var sources [][]byte
	for _, f := range req.Files {
		if strings.HasSuffix(f.Name, ".rs") {
			sources = append(sources, f.Data)
		}
	}
	return readRoot(source, sources)
}

func mainSource(req runner.Request) []byte {
	for _, f := range req.Files {
		if f.Name == req.Main {
			return f.Data
		}
	}
	return nil
}

// modeFlags say how code is generated.
func modeFlags(mode runner.Mode) []string {
	if mode == runner.ModeDebug {
		// Functions and lines in backtraces, which is what people look for; full debug
		// information is for a debugger, and there is none in a box.
		return []string{"-C", "debuginfo=1", "-C", "embed-bitcode=no"}
	}
	// One unit: code that is split is optimised in pieces and then once more across
	// them, which costs a program that uses crates twice the processor time, and a
	// box has a share of a processor, not all of them.
	return []string{"-O", "-C", "codegen-units=1", "-C", "strip=debuginfo", "-C", "embed-bitcode=no"}
}

// compilerEnv is everything that env!() can see.
func compilerEnv(tc runner.Toolchain) []string {
	env := []string{
		"PATH=" + tc.Path,
		"HOME=/work",
		"TMPDIR=/tmp",
		"LANG=C.UTF-8",
		"RUSTC_ICE=0", // no report file for a crash of the compiler
	}
	if tc.LibraryPath != "" {
		env = append(env, "LD_LIBRARY_PATH="+tc.LibraryPath)
	}
	return env
}

// execute is the program's step.
func execute(req runner.Request, tc runner.Toolchain) runner.Step {
	env := []string{
		"PATH=" + tc.Path,
		"HOME=/work",
		"TMPDIR=/tmp",
		"LANG=C.UTF-8",
	}
	return runner.Step{
		Stage: runner.StageRun,
		Argv:  append([]string{program}, req.Args...),
		Env:   overlay(env, req.Env),
		Stdin: true,
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

// formatPlan pipes the main file through rustfmt, which prints what it would write.
func formatPlan(req runner.Request, tc runner.Toolchain) (runner.Plan, error) {
	if tc.Rustfmt == "" {
		return runner.Plan{}, missing("rustfmt", tc)
	}
	plan := runner.Plan{Files: req.Files, Input: append([]byte{}, mainSource(req)...)}
	plan.Steps = []runner.Step{{
		Stage: runner.StageCompile,
		Argv:  []string{tc.Rustfmt, "--edition", string(req.Edition), "--emit", "stdout"},
		Env:   compilerEnv(tc),
		Stdin: true,
	}}
	return plan, nil
}
