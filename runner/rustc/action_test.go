package rustc_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// What a row says of its action is what its plans do.
func TestActionsDoWhatTheirRowsSay(t *testing.T) {
	t.Parallel()
	seen := map[runner.Action]bool{}
	for _, a := range rustc.Actions() {
		if a.Name == "" || seen[a.Name] || a.Title == "" || a.About == "" || a.Tool == "" {
			t.Errorf("%q: a name that is taken, or no title, description or tool", a.Name)
		}
		seen[a.Name] = true
		planned := func(change func(*runner.Request)) runner.Plan {
			return plan(t, request(func(r *runner.Request) {
				r.Action, r.Args, r.Env = a.Name, []string{"an-argument"}, []string{"A=variable"}
				change(r)
			}))
		}
		debug := planned(func(r *runner.Request) { r.Mode = runner.ModeDebug })
		release := planned(func(r *runner.Request) { r.Mode = runner.ModeRelease })
		if a.Mode == debug.Equal(release) {
			t.Errorf("%s: Mode is %t, and the plans of both modes are equal: %t", a.Name, a.Mode, debug.Equal(release))
		}
		var stages []runner.StageName
		for _, s := range release.Steps {
			if !slices.Contains(stages, s.Stage) {
				stages = append(stages, s.Stage)
			}
		}
		if !slices.Equal(stages, a.Stages) {
			t.Errorf("%s: stages %q, want %q", a.Name, a.Stages, stages)
		}
		var products []runner.Product
		for _, s := range release.Steps {
			if s.Product.Name != "" {
				products = append(products, s.Product)
			}
		}
		if !slices.Equal(products, a.Products) {
			t.Errorf("%s: products %+v, want %+v", a.Name, a.Products, products)
		}
		unstable := slices.ContainsFunc(release.Steps, func(s runner.Step) bool { return slices.Contains(s.Env, "RUSTC_BOOTSTRAP=1") })
		if unstable != a.Unstable || len(release.Warnings) > 0 != a.Unstable {
			t.Errorf("%s: Unstable is %t, RUSTC_BOOTSTRAP is set: %t, warnings %q", a.Name, a.Unstable, unstable, release.Warnings)
		}
		if (a.Extension != "") != (len(a.Products) > 0) {
			t.Errorf("%s: extension %q, products %+v", a.Name, a.Extension, a.Products)
		}
		if a.View != (len(a.Products) > 0 && !a.Edits) {
			t.Errorf("%s: View is %t, products %+v, Edits %t", a.Name, a.View, a.Products, a.Edits)
		}
		program := slices.ContainsFunc(release.Steps, func(s runner.Step) bool {
			return slices.Contains(s.Argv, "an-argument") && slices.Contains(s.Env, "A=variable") && s.Stdin == runner.StdinCaller
		})
		if program != a.Program() {
			t.Errorf("%s: Program is %t, and a step gets arguments, environment and input: %t", a.Name, a.Program(), program)
		}
	}
}

func TestActionsThatCannotBeDone(t *testing.T) {
	t.Parallel()
	refused := func(action runner.Action, tc runner.Toolchain, want string) {
		t.Helper()
		req := request(func(r *runner.Request) { r.Action = action })
		_, planned := rustc.Planner{}.Plan(req, tc)
		for _, err := range []error{planned, rustc.Planner{}.Check(req, tc)} {
			var invalid *runner.InvalidError
			if !errors.As(err, &invalid) || invalid.Field != "action" || invalid.Reason != want {
				t.Errorf("%s: error %v, want %q", action, err, want)
			}
		}
	}
	var names []string
	for _, a := range rustc.Actions() {
		names = append(names, string(a.Name))
		install := map[rustc.Tool]string{rustc.ToolRustc: "", rustc.ToolMiri: "miri", rustc.ToolClippy: "clippy", rustc.ToolRustfmt: "rustfmt"}
		component, known := install[a.Tool]
		first, second, third := "", "", ""
		if component != "" {
			first = " (rustup component add " + component + " --toolchain nightly)"
			second = " (rustup component add " + component + ")"
			third = " (corust image build --component " + component + " --channel beta)"
		}
		if !known {
			t.Errorf("%s: what installs %s?", a.Name, a.Tool)
		}
		refused(a.Name, runner.Toolchain{Channel: "nightly"}, `the toolchain "nightly" has no `+string(a.Tool)+first)
		refused(a.Name, runner.Toolchain{}, "the default toolchain has no "+string(a.Tool)+second)
		refused(a.Name, runner.Toolchain{Channel: "beta", Image: true}, `the toolchain "beta" has no `+string(a.Tool)+third)
		if err := a.Check(toolchain); err != nil {
			t.Errorf("%s with a whole toolchain: %v", a.Name, err)
		}
	}
	without := func(change func(*runner.Toolchain)) runner.Toolchain {
		tc := toolchain
		change(&tc)
		return tc
	}
	refused("miri", without(func(tc *runner.Toolchain) { tc.MiriSysroot = "" }),
		`the toolchain "stable" has no standard library for miri (cargo +stable miri setup)`)
	refused("wasm", without(func(tc *runner.Toolchain) { tc.Wasm = false }),
		`the toolchain "stable" has no standard library of wasm32-unknown-unknown (rustup target add wasm32-unknown-unknown --toolchain stable)`)
	refused("wasm", without(func(tc *runner.Toolchain) { tc.WasmTools = "" }), `the toolchain "stable" has no wasm-tools (cargo install wasm-tools)`)
	refused("clippy", without(func(tc *runner.Toolchain) { tc.ClippyDriver, tc.Rustc = "", "/usr/bin/rustc" }), `the toolchain "stable" has no clippy`)
	all := strings.Join(names, ", ")
	refused("dance", toolchain, `"dance" (want one of `+all+")")
	refused("", toolchain, `"" (want one of `+all+")")
}

// A request with views is checked like one with actions.
func TestViewsThatCannotBeMade(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		action, view runner.Action
		tc           runner.Toolchain
		field, want  string
	}{
		{"run", "run", toolchain, "views", `"run" (want one of asm, llvm-ir, mir, hir, expanded, wasm, remarks)`},
		{"asm", "", toolchain, "views", `"" (want one of asm, llvm-ir, mir, hir, expanded, wasm, remarks)`},
		{"fmt", "mir", toolchain, "views", "fmt does not compile the source, so it makes no views"},
		{"clippy", "mir", runner.Toolchain{Channel: "x", ClippyDriver: "/c"}, "action", `the toolchain "x" has no rustc`},
	} {
		req := request(func(r *runner.Request) { r.Action, r.Views = tt.action, []runner.Action{tt.view} })
		_, planned := rustc.Planner{}.Plan(req, tt.tc)
		for _, err := range []error{planned, rustc.Planner{}.Check(req, tt.tc)} {
			var invalid *runner.InvalidError
			if !errors.As(err, &invalid) || invalid.Field != tt.field || invalid.Reason != tt.want {
				t.Errorf("%s of %s: error %v, want %s: %q", tt.view, tt.action, err, tt.field, tt.want)
			}
		}
	}
}

// On nightly nothing pretends to be nightly, and an old compiler gets debug information
// that it knows.
func TestViewsFollowTheToolchain(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]struct {
		debuginfo string
		pretends  bool
	}{
		"1.97.0-nightly": {"debuginfo=line-directives-only", false}, "1.71.0": {"debuginfo=line-directives-only", true},
		"1.70.0": {"debuginfo=1", true}, "1.98.0-dev": {"debuginfo=line-directives-only", false},
	} {
		tc := toolchain
		tc.Version = version
		p, err := rustc.Planner{}.Plan(request(func(r *runner.Request) { r.Action, r.Edition = runner.ActionHIR, "2021" }), tc)
		if err != nil {
			t.Fatal(err)
		}
		pretends := slices.Contains(p.Steps[0].Env, "RUSTC_BOOTSTRAP=1")
		if !slices.Contains(p.Steps[0].Argv, want.debuginfo) || pretends != want.pretends || (len(p.Warnings) > 0) != want.pretends {
			t.Errorf("%s: %q with %q, warnings %q", version, p.Steps[0].Argv, p.Steps[0].Env, p.Warnings)
		}
	}
}
