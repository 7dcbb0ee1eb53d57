package rustc_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

var toolchain = runner.Toolchain{
	Channel: "stable", Rustc: "/opt/rust/bin/rustc", Rustfmt: "/opt/rust/bin/rustfmt",
	ClippyDriver: "/opt/rust/bin/clippy-driver",
}

// request is one as the runner hands it to a planner: checked, and with its
// defaults filled in.
func request(change func(*runner.Request)) runner.Request {
	req := runner.Request{
		Action: runner.ActionRun, Mode: runner.ModeRelease, Edition: "2024", Main: "hello.rs",
		Files: []runner.File{{Name: "hello.rs", Data: []byte("fn main() {}\n")}},
	}
	change(&req)
	return req
}

// Every flag that a stranger's program is compiled with stands in a golden file,
// so that a change shows in a diff.
func TestPlans(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*runner.Request){
		"run-release": func(*runner.Request) {},
		"run-debug":   func(r *runner.Request) { r.Mode, r.Color, r.Edition = runner.ModeDebug, true, "2018" },
		"run-args": func(r *runner.Request) {
			r.Args = []string{"-C", "linker=/bin/sh", "@file"}
			r.Env = []string{"A=1", "PATH=/mine", "A=2"}
		},
		"test":                   func(r *runner.Request) { r.Action = runner.ActionTest },
		"run-diagnostics":        func(r *runner.Request) { r.Diagnostics = true },
		"run-diagnostics-colour": func(r *runner.Request) { r.Diagnostics, r.Color = true, true },
		"check":                  func(r *runner.Request) { r.Action = runner.ActionCheck },
		"clippy":                 func(r *runner.Request) { r.Action = runner.ActionClippy },
		"fmt":                    func(r *runner.Request) { r.Action = runner.ActionFormat },
		"library-run":            func(r *runner.Request) { r.Files[0].Data = []byte("pub fn f() {}") },
		"library-check": func(r *runner.Request) {
			r.Action, r.Files[0].Data = runner.ActionCheck, []byte("#![crate_type = \"cdylib\"]")
		},
		"named-run": func(r *runner.Request) { r.Files[0].Data = []byte("#![crate_name = \"greeter\"] fn main() {}") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan, err := rustc.Planner{}.Plan(request(change), toolchain)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "plans", name+".txt"), show(plan))
		})
	}
}

// show writes a plan as a person would read it: a line an argument.
func show(p runner.Plan) string {
	var b strings.Builder
	for _, s := range p.Steps {
		b.WriteString("stage " + string(s.Stage) + "\n")
		for _, a := range s.Argv {
			b.WriteString("  arg " + a + "\n")
		}
		for _, e := range s.Env {
			b.WriteString("  env " + e + "\n")
		}
		if s.Stdin {
			b.WriteString("  stdin\n")
		}
		if m, ok := s.Stderr.(rustc.Messages); ok {
			b.WriteString("  messages about " + m.Main + "\n")
		}
	}
	if p.NoProgram {
		b.WriteString("no program\n")
	}
	for _, w := range p.Warnings {
		b.WriteString("warning " + w + "\n")
	}
	if p.Input != nil {
		b.WriteString("input " + string(p.Input))
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update writes it):\n%s", name, diff)
	}
}

func TestPlanIsPure(t *testing.T) {
	t.Parallel()
	req := request(func(r *runner.Request) { r.Env = []string{"B=2", "A=1"} })
	first, err := rustc.Planner{}.Plan(req, toolchain)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := rustc.Planner{}.Plan(req, toolchain)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again); diff != "" {
			t.Fatalf("the same request gives another plan:\n%s", diff)
		}
	}
}

func TestMissingTools(t *testing.T) {
	t.Parallel()
	bare := runner.Toolchain{Rustc: "/usr/bin/rustc"}
	for _, action := range []runner.Action{runner.ActionClippy, runner.ActionFormat, "dance"} {
		_, err := rustc.Planner{}.Plan(request(func(r *runner.Request) { r.Action = action }), bare)
		var invalid *runner.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != "action" {
			t.Errorf("%s: error %v, want an InvalidError of action", action, err)
		}
	}
}
