package rustc

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/runner"
)

// viewFiles begins the names of the files that views are written to. Macros run in the
// same process as the compiler and can write there, too: what stands in the files is
// text to show and nothing else.
const viewFiles = "/work/.view-"

// insert puts the steps of views behind the steps that compile, before a program runs.
func (c *compiler) insert(steps []runner.Step, views []Action) []runner.Step {
	if len(views) == 0 {
		return steps
	}
	at := slices.IndexFunc(steps, func(s runner.Step) bool { return s.Stage == runner.StageRun })
	if at < 0 {
		at = len(steps)
	}
	more := c.views(views, at > 0)
	if lib := c.library(); lib != nil && !slices.ContainsFunc(steps, func(s runner.Step) bool {
		return slices.Equal(s.Argv, lib[0].Argv)
	}) {
		more = append(lib, more...)
	}
	return slices.Insert(steps, at, more...)
}

// views makes views of Main, those that --emit makes in one call. Compiled says that Main
// was compiled before: its lints are then not reported again.
func (c *compiler) views(views []Action, compiled bool) []runner.Step {
	v := *c
	v.tool = ToolRustc.path(c.tc)
	v.mode = viewCodegen(c.req.Mode, c.tc)
	v.profile = slices.Clone(c.profile)
	for _, option := range []string{"debuginfo", "strip", "codegen-units", "lto"} {
		v.profile.remove(option) // a view has those of viewCodegen, and nothing is linked
	}
	crateType := v.viewType()
	emitted := slices.DeleteFunc(slices.Clone(views), func(a Action) bool { return a.emit == "" })
	var args []string
	if crateType != "" {
		args = append(args, "--crate-type", crateType)
	}
	if crateType == "lib" && c.root.program() {
		args = append(args, "-A", "dead_code") // main has no caller in a library
	}
	steps := v.emitted(emitted, compiled, args)
	for _, a := range views {
		if a.emit != "" {
			continue
		}
		made := a.make(&v, a, quiet(compiled || len(emitted) > 0, slices.Clip(args)))
		if a.Unstable && !isNightly(c.tc) {
			made[0].Env = append(made[0].Env, "RUSTC_BOOTSTRAP=1")
		}
		steps = append(append(steps, made...), printed(a))
		compiled = true
	}
	return steps
}

// makeFunc makes the steps that write a view to its file. The first one compiles, with
// the arguments args beside those of all steps.
type makeFunc func(v *compiler, a Action, args []string) []runner.Step

// unpretty makes the views that are source again.
func unpretty(v *compiler, a Action, args []string) []runner.Step {
	return []runner.Step{v.compileMain(append(args, "-Zunpretty="+string(a.Name), "-o", viewFiles+string(a.Name))...)}
}

// wasm compiles for WebAssembly and disassembles the module. The crates of a set are for
// the host, so they are not there.
func wasm(v *compiler, a Action, args []string) []runner.Step {
	const module = "/work/.main.wasm"
	w := *v
	w.crates, w.libraries = used{}, libraries+"-wasm"
	// Debug information would be sections of bytes in the text.
	w.mode = w.mode.over(settings{{"debuginfo", "0"}, {"strip", "debuginfo"}})
	crateType := "cdylib"
	if t := v.viewType(); t == "bin" || t == "" && v.root.program() {
		crateType = "bin"
	}
	more := []string{"--crate-type", crateType, "--target", runner.WasmTarget, "-o", module}
	if crateType != "bin" && v.root.program() {
		more = append(more, "-A", "dead_code")
	}
	if i := slices.Index(args, "--cap-lints"); i >= 0 {
		more = append(more, args[i:]...)
	}
	return append(w.library("--target", runner.WasmTarget), w.compileMain(more...), runner.Step{
		Stage: runner.StageCompile, Env: boxenv.Environ(),
		Argv: []string{v.tc.WasmTools, "demangle", "-t", "-o", viewFiles + string(a.Name), module},
	})
}

// remarks makes the compiler write what LLVM reports to the view's file. Its messages come
// on the same stream, so errors and lints are reported before, and what goes wrong in code
// generation afterwards.
func remarks(v *compiler, a Action, args []string) []runner.Step {
	var steps []runner.Step
	if !slices.Contains(args, "--cap-lints") {
		steps = append(steps, v.compileMain(append(slices.Clip(args), "--emit", "metadata=/work/.checked")...))
	}
	r := *v
	r.req.Diagnostics, r.req.Color = true, false
	step := r.compileMain(append(quiet(len(steps) > 0, args), slices.Concat(r.small(), []string{"-C", "remark=all", "--emit", "asm=/work/.remarked"})...)...)
	const script = `file=$1; shift; "$@" 2>"$file" || { code=$?; cat "$file" >&2; exit $code; }`
	step.Argv = append(runner.Strings{"/bin/sh", "-c", script, "sh", viewFiles + string(a.Name)}, step.Argv...)
	return append(steps, step)
}

// emitted makes views in one call of the compiler.
func (c *compiler) emitted(views []Action, compiled bool, args []string) []runner.Step {
	if len(views) == 0 {
		return nil
	}
	args = slices.Clip(args)
	var emit []string
	var printing []runner.Step
	for _, a := range views {
		if a.Name == runner.ActionAsm {
			args = append(args, "-C", "llvm-args=-x86-asm-syntax="+string(c.req.AsmSyntax))
		}
		emit = append(emit, a.emit+"="+viewFiles+string(a.Name))
		printing = append(printing, printed(a))
	}
	args = append(append(args, c.small()...), "--emit", strings.Join(emit, ","))
	step := c.compileMain(quiet(compiled, args)...)
	return append([]runner.Step{step}, printing...)
}

// small makes the compiler write small public functions of a library. Otherwise it
// compiles them only where they are called, and a library has no calls of them.
func (c *compiler) small() []string {
	if c.req.Mode != runner.ModeRelease || c.viewType() != "lib" {
		return nil
	}
	return []string{"-C", "incremental=/tmp/.incremental"}
}

// quiet adds the flag that turns lints off, if they are to be.
func quiet(quiet bool, args []string) []string {
	if quiet {
		return append(args, "--cap-lints", "allow")
	}
	return args
}

// printed prints a view that a step before it has made. Head ends after one byte more
// than the cap, whatever the file is.
func printed(a Action) runner.Step {
	product := a.Products[0]
	return runner.Step{
		Stage: runner.StageCompile, Product: product, Env: boxenv.Environ(),
		Argv: []string{"/usr/bin/head", "-c", strconv.FormatInt(product.Cap+1, 10), viewFiles + string(a.Name)},
	}
}

// viewType is the crate type that views are made of, "" if the source alone names it. A
// library has the functions that others can call and little else. A program has everything
// that runs before and around main, too; so it is taken only if the library would be empty.
func (c *compiler) viewType() string {
	switch {
	case c.req.CrateType != "":
		return string(c.req.CrateType)
	case len(c.root.types) > 0:
		return ""
	case c.root.program() && !c.root.exports:
		return "bin"
	}
	return "lib"
}

// viewCodegen are the options of -C of a mode that change what views show. All views have
// the same: which others are made in the same call changes only the names of private
// labels, which LLVM IR keeps. The debug information is the least that maps instructions to
// lines, and one codegen unit keeps the order of the source.
func viewCodegen(mode runner.Mode, tc runner.Toolchain) settings {
	level := "line-directives-only"
	if release(tc) < 71 {
		level = "1"
	}
	options := settings{{"debuginfo", level}, {"codegen-units", "1"}}
	if mode == runner.ModeRelease {
		options = append(options, setting{"opt-level", ""})
	}
	return options
}

// isNightly reports whether a toolchain has unstable features.
func isNightly(tc runner.Toolchain) bool {
	return strings.Contains(tc.Version, "-nightly") || strings.Contains(tc.Version, "-dev")
}

// release returns the N of a toolchain of version 1.N, a large number if it is not known.
func release(tc runner.Toolchain) int {
	var major, minor int
	if n, _ := fmt.Sscanf(tc.Version, "%d.%d", &major, &minor); n != 2 || major > 1 {
		return 1 << 20
	}
	return minor
}
