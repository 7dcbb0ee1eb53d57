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
	// Tool reads the source. A toolchain without it cannot do the action.
	Tool Tool
	// Stages lists the stages of its runs, in order. An action with StageRun runs a program,
	// which gets the request's arguments, environment and standard input.
	Stages []runner.StageName
	// Mode is set if the plan depends on the request's mode.
	Mode bool
	// Products lists its results, apart from the output of its tools.
	Products []runner.Product
	// Edits is set if its product is a new text of the main file: pages offer to replace
	// the text by it instead of showing it.
	Edits bool

	plan planFunc
}

// planFunc makes the plan of a request for an action.
type planFunc func(p Planner, a Action, req runner.Request, tc runner.Toolchain) (runner.Plan, error)

// Tool is a tool of a toolchain.
type Tool string

// The tools.
const (
	ToolRustc   Tool = "rustc"
	ToolClippy  Tool = "clippy"
	ToolRustfmt Tool = "rustfmt"
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
	}
	return ""
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
		Name: runner.ActionFormat, Title: "Format", About: "print the source as rustfmt formats it",
		Tool: ToolRustfmt, Stages: []runner.StageName{runner.StageCompile}, Products: []runner.Product{sourceProduct}, Edits: true,
		plan: formatted,
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
	i := slices.IndexFunc(actions, func(a Action) bool { return a.Name == name })
	if i < 0 {
		var all []string
		for _, a := range actions {
			all = append(all, string(a.Name))
		}
		return Action{}, &runner.InvalidError{Field: "action", Reason: fmt.Sprintf("%q (want one of %s)", string(name), strings.Join(all, ", "))}
	}
	return actions[i], nil
}

// Program reports whether the action runs a program.
func (a Action) Program() bool { return slices.Contains(a.Stages, runner.StageRun) }

// Check returns an *runner.InvalidError if the toolchain lacks a tool for the action.
func (a Action) Check(tc runner.Toolchain) error {
	if a.Tool.path(tc) != "" {
		return nil
	}
	name := fmt.Sprintf("the toolchain %q", string(tc.Channel))
	if tc.Channel == "" {
		name = "the default toolchain"
	}
	return &runner.InvalidError{Field: "action", Reason: fmt.Sprintf("%s has no %s", name, a.Tool)}
}
