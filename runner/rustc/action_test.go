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
		refused(a.Name, runner.Toolchain{Channel: "nightly"}, `the toolchain "nightly" has no `+string(a.Tool))
		refused(a.Name, runner.Toolchain{}, "the default toolchain has no "+string(a.Tool))
		if err := a.Check(toolchain); err != nil {
			t.Errorf("%s with a whole toolchain: %v", a.Name, err)
		}
	}
	all := strings.Join(names, ", ")
	refused("dance", toolchain, `"dance" (want one of `+all+")")
	refused("", toolchain, `"" (want one of `+all+")")
}
