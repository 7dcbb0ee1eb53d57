package rustc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/corust-dev/corust/runner"
)

// Action is one row of the table of actions, which holds everything that corust knows
// about one action. Validation, plans, the command line and its completion, the
// REST schema, the page's menu and the reference pages come from it.
type Action struct {
	Name runner.Action
	// Title is the action in a menu, About what it does in a sentence without a
	// subject ("compile and run the program").
	Title, About string
	// Tool reads the source. A toolchain without it, or without one of Needs, cannot do
	// the action.
	Tool  Tool
	Needs []Tool
	// Stages lists the stages of its runs, in order. An action with StageRun runs a program,
	// which gets the request's arguments, environment and standard input.
	Stages []runner.StageName
	// Mode is set if the plan depends on the request's mode.
	Mode bool
	// Products lists its results, apart from the output of its tools.
	Products []runner.Product
	// View is set if it shows what the compiler makes of the source. Request.Views may
	// name views only.
	View bool
	// Extension is the extension of a file with the product, without the dot.
	Extension string
	// Unstable is set if the compiler does it on nightly only. With another toolchain the
	// command that makes the view, and no other, gets RUSTC_BOOTSTRAP=1, and the plan has
	// a warning.
	Unstable bool
	// Edits is set if its product is a new text of the main file: pages offer to replace
	// the text by it instead of showing it.
	Edits bool

	plan planFunc
	// emit is the value of --emit that makes the view, "" if make makes it.
	emit string
	make makeFunc
}

// planFunc makes the plan of a request for an action and for its views, which include
// the action if it is one.
type planFunc func(p Planner, a Action, views []Action, req runner.Request, tc runner.Toolchain) (runner.Plan, error)

// Tool is a tool of a toolchain, or a library that a tool needs.
type Tool string

// The tools.
const (
	ToolRustc     Tool = "rustc"
	ToolClippy    Tool = "clippy"
	ToolRustfmt   Tool = "rustfmt"
	ToolMiri      Tool = "miri"
	ToolRustdoc   Tool = "rustdoc"
	ToolMiriStd   Tool = "standard library for miri"
	ToolWasmStd   Tool = "standard library of " + runner.WasmTarget
	ToolWasmPrint Tool = "wasm-tools"
)

// path returns the path of the tool in boxes with the toolchain, or "".
func (t Tool) path(tc runner.Toolchain) string {
	switch t {
	case ToolRustc:
		return tc.Rustc
	case ToolClippy:
		return tc.ClippyDriver
	case ToolRustfmt:
		return tc.Rustfmt
	case ToolMiri:
		return tc.Miri
	case ToolMiriStd:
		return tc.MiriSysroot
	case ToolRustdoc:
		return tc.Rustdoc
	case ToolWasmStd:
		if tc.Wasm {
			return runner.WasmTarget
		}
	case ToolWasmPrint:
		return tc.WasmTools
	}
	return ""
}

// In reports whether the toolchain has the tool.
func (t Tool) In(tc runner.Toolchain) bool { return t.path(tc) != "" }

// install returns the command that adds the tool to a toolchain, or "".
func (t Tool) install(tc runner.Toolchain) string {
	channel := string(tc.Channel)
	if tc.Image {
		option := map[Tool]string{
			ToolClippy: "--component clippy", ToolRustfmt: "--component rustfmt", ToolMiri: "--component miri", ToolMiriStd: "--component miri",
			ToolWasmStd: "--target " + runner.WasmTarget, ToolWasmPrint: "--wasm-tools FILE",
		}[t]
		if option == "" && t != ToolRustdoc {
			return ""
		}
		command := strings.TrimSuffix("corust image build "+option, " ")
		if channel != "" {
			command += " --channel " + channel
		}
		return command
	}
	command := map[Tool]string{
		ToolClippy: "rustup component add clippy", ToolRustfmt: "rustup component add rustfmt", ToolMiri: "rustup component add miri",
		ToolWasmStd: "rustup target add " + runner.WasmTarget, ToolWasmPrint: "cargo install wasm-tools",
	}[t]
	switch {
	case t == ToolMiriStd && channel == "":
		return "cargo miri setup"
	case t == ToolMiriStd:
		return "cargo +" + channel + " miri setup"
	case command == "" || strings.HasPrefix(tc.Rustc, "/usr/bin/") && t != ToolWasmPrint:
		return "" // the distribution's packages have other names everywhere
	case channel == "" || t == ToolWasmPrint:
		return command
	}
	return command + " --toolchain " + channel
}

// viewCap is the most bytes of a view: more than a person reads, and as much as a page
// can show.
const viewCap = 5 << 20

// view returns the product of a view.
func view(name runner.Action, mediaType string) []runner.Product {
	return []runner.Product{{Name: string(name), MediaType: mediaType, Text: true, Cap: viewCap, Cut: true}}
}

// sourceProduct is the product of actions that rewrite the main file. Formatting adds
// white space, so it may be larger than the source of a request.
var sourceProduct = runner.Product{Name: "source", MediaType: "text/x-rust", Text: true, Cap: 4 * runner.MaxSource}

// actions is the table. Its order is that of menus and help texts.
var actions = []Action{
	{
		Name: runner.ActionRun, Title: "Run", About: "compile and run the program",
		Tool: ToolRustc, Stages: []runner.StageName{runner.StageCompile, runner.StageRun}, Mode: true,
		plan: compiled((*compiler).run),
	},
	{
		Name: runner.ActionTest, Title: "Test", About: "compile and run the tests",
		Tool: ToolRustc, Stages: []runner.StageName{runner.StageCompile, runner.StageRun}, Mode: true,
		plan: compiled((*compiler).test),
	},
	{
		Name: runner.ActionCheck, Title: "Check", About: "report errors and warnings",
		Tool: ToolRustc, Stages: []runner.StageName{runner.StageCompile}, Mode: true,
		plan: compiled((*compiler).check),
	},
	{
		Name: runner.ActionClippy, Title: "Clippy", About: "report errors, warnings and Clippy's lints",
		Tool: ToolClippy, Stages: []runner.StageName{runner.StageCompile}, Mode: true,
		plan: compiled((*compiler).check),
	},
	{
		Name: runner.ActionMiri, Title: "Miri", About: "interpret the program and report undefined behaviour",
		Tool: ToolMiri, Needs: []Tool{ToolMiriStd}, Stages: []runner.StageName{runner.StageCompile, runner.StageRun},
		plan: compiled((*compiler).miri),
	},
	{
		Name: runner.ActionFormat, Title: "Format", About: "print the source as rustfmt formats it",
		Tool: ToolRustfmt, Stages: []runner.StageName{runner.StageCompile}, Extension: "rs", Products: []runner.Product{sourceProduct}, Edits: true,
		plan: formatted,
	},
	{
		Name: runner.ActionAsm, Title: "Assembly", About: "print the assembly of the source's functions",
		Tool: ToolRustc, Stages: []runner.StageName{runner.StageCompile}, Mode: true, View: true,
		Extension: "s", Products: view(runner.ActionAsm, "text/x-asm"), emit: "asm", plan: compiled((*compiler).nothing),
	},
	{
		Name: runner.ActionLLVMIR, Title: "LLVM IR", About: "print LLVM's intermediate representation",
		Tool: ToolRustc, Stages: []runner.StageName{runner.StageCompile}, Mode: true, View: true,
		Extension: "ll", Products: view(runner.ActionLLVMIR, "text/x-llvm"), emit: "llvm-ir", plan: compiled((*compiler).nothing),
	},
	{
		Name: runner.ActionMIR, Title: "MIR", About: "print the mid-level intermediate representation",
		Tool: ToolRustc, Stages: []runner.StageName{runner.StageCompile}, Mode: true, View: true,
		Extension: "mir", Products: view(runner.ActionMIR, "text/x-rust-mir"), emit: "mir", plan: compiled((*compiler).nothing),
	},
	{
		Name: runner.ActionHIR, Title: "HIR", About: "print the high-level intermediate representation",
		Tool: ToolRustc, Stages: []runner.StageName{runner.StageCompile}, Mode: true, View: true, Unstable: true,
		Extension: "hir.rs", Products: view(runner.ActionHIR, "text/x-rust"), make: unpretty, plan: compiled((*compiler).nothing),
	},
	{
		Name: runner.ActionExpanded, Title: "Expanded", About: "print the source with its macros expanded",
		Tool: ToolRustc, Stages: []runner.StageName{runner.StageCompile}, Mode: true, View: true, Unstable: true,
		Extension: "expanded.rs", Products: view(runner.ActionExpanded, "text/x-rust"), make: unpretty, plan: compiled((*compiler).nothing),
	},
	{
		Name: runner.ActionWasm, Title: "WebAssembly", About: "print WebAssembly in its text format",
		Tool: ToolRustc, Needs: []Tool{ToolWasmStd, ToolWasmPrint}, Stages: []runner.StageName{runner.StageCompile}, Mode: true, View: true,
		Extension: "wat", Products: view(runner.ActionWasm, "text/x-wat"), make: wasm, plan: compiled((*compiler).nothing),
	},
	{
		Name: runner.ActionRemarks, Title: "Remarks", About: "print what LLVM reports about its optimisations",
		Tool: ToolRustc, Stages: []runner.StageName{runner.StageCompile}, Mode: true, View: true,
		Extension: "remarks.txt", Products: view(runner.ActionRemarks, "application/x-ndjson"), make: remarks, plan: compiled((*compiler).nothing),
	},
}

// Actions returns the table of actions.
func Actions() []Action { return slices.Clone(actions) }

// ActionNames returns the names of all actions.
func ActionNames() []runner.Action {
	var names []runner.Action
	for _, a := range actions {
		names = append(names, a.Name)
	}
	return names
}

// ActionNamed returns the action of that name, or an *runner.InvalidError that lists
// all.
func ActionNamed(name runner.Action) (Action, error) {
	return named("action", name, actions)
}

// Views returns the rows that Request.Views may name.
func Views() []Action {
	return slices.DeleteFunc(Actions(), func(a Action) bool { return !a.View })
}

// ViewNamed returns the view of that name, or an *runner.InvalidError that lists all.
func ViewNamed(name runner.Action) (Action, error) { return named("views", name, Views()) }

// named finds a row. Field names the part of the request in the error.
func named(field string, name runner.Action, rows []Action) (Action, error) {
	i := slices.IndexFunc(rows, func(a Action) bool { return a.Name == name })
	if i < 0 {
		var all []string
		for _, a := range rows {
			all = append(all, string(a.Name))
		}
		return Action{}, &runner.InvalidError{Field: field, Reason: fmt.Sprintf("%q (want one of %s)", string(name), strings.Join(all, ", "))}
	}
	return rows[i], nil
}

// Program reports whether the action runs a program.
func (a Action) Program() bool { return slices.Contains(a.Stages, runner.StageRun) }

// Check returns an *runner.InvalidError if the toolchain lacks something for the action.
// The error names it, and the command that installs it where there is one.
func (a Action) Check(tc runner.Toolchain) error {
	tool, command := a.Missing(tc)
	if tool == "" {
		return nil
	}
	return &runner.InvalidError{Field: "action", Reason: lacks(tc, tool, command)}
}

// lacks says that a toolchain has no tool, and the command that installs it.
func lacks(tc runner.Toolchain, tool Tool, command string) string {
	name := fmt.Sprintf("the toolchain %q", string(tc.Channel))
	if tc.Channel == "" {
		name = "the default toolchain"
	}
	if command != "" {
		command = " (" + command + ")"
	}
	return fmt.Sprintf("%s has no %s%s", name, tool, command)
}

// Missing returns the first tool that the toolchain lacks for the action, "" if it lacks none,
// and the command that installs it, "" if there is none.
func (a Action) Missing(tc runner.Toolchain) (tool Tool, install string) {
	for _, t := range append([]Tool{a.Tool}, a.Needs...) {
		if !t.In(tc) {
			return t, t.install(tc)
		}
	}
	return "", ""
}
