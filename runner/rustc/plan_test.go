package rustc_test

import (
	"errors"
	"flag"
	"fmt"
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
	Channel: "stable", Version: "1.95.0", Rustc: "/opt/rust/bin/rustc", Rustfmt: "/opt/rust/bin/rustfmt",
	ClippyDriver: "/opt/rust/bin/clippy-driver", Miri: "/opt/rust/bin/miri", MiriSysroot: "/opt/corust/miri",
	Wasm: true, WasmTools: "/opt/corust/wasm-tools", LinkArgs: "-L/lib crti.o crtn.o",
}

// request is one as the runner hands it to a planner: checked, and with its
// defaults filled in.
func request(change func(*runner.Request)) runner.Request {
	req := runner.Request{
		Action: runner.ActionRun, Mode: runner.ModeRelease, Edition: "2024", SourceFirst: true, Main: "hello.rs", AsmSyntax: runner.AsmIntel,
		Files: []runner.File{{Name: "hello.rs", Data: []byte("fn main() {}\n")}},
	}
	change(&req)
	return req
}

// configured returns a request whose manifest has features, profiles and lints.
func configured(action runner.Action, mode runner.Mode, where string, flags ...string) func(*runner.Request) {
	const text = "[package]\nname = \"tool\"\nedition = \"2021\"\n[features]\ndefault = [\"a\"]\na = [\"b\"]\nb = []\noff = []\n" +
		"[profile.dev]\nopt-level = 1\npanic = \"abort\"\n[profile.test]\ndebug = true\n[profile.release]\noverflow-checks = true\nlto = \"thin\"\ncodegen-units = 4\nstrip = true\n" +
		"[lints.rust]\nunused = { level = \"allow\", priority = -1 }\nunused_must_use = \"deny\"\n[lints.clippy]\npedantic = \"warn\"\n"
	return func(r *runner.Request) {
		r.Action, r.Mode, r.Flags = action, mode, flags
		if where == "front matter" {
			r.Files[0].Data = []byte("---\n" + text + "---\nfn main() {}\n")
			return
		}
		r.Main = "src/main.rs"
		r.Files = []runner.File{{Name: "Cargo.toml", Data: []byte(text)}, {Name: "src/main.rs", Data: []byte("fn main() {}\n")}, {Name: "src/lib.rs", Data: []byte("pub fn f() {}\n")}}
	}
}

// set has two crates: serde, and one whose library has another name.
func set(string) (*rustc.Set, error) {
	externs := func(dir string) rustc.Externs {
		return rustc.Externs{
			Files:  map[string]string{"serde": dir + "/libserde-1.rlib", "other": dir + "/libother-2.rlib"},
			Search: []string{dir, "host"},
		}
	}
	return &rustc.Set{
		Crates: []rustc.Known{
			{Name: "serde", Ident: "serde", Version: "1.0.229", Features: []string{"derive"}},
			{Name: "a-package", Ident: "other", Version: "0.3.0"},
		},
		Profiles: map[runner.Mode]rustc.Externs{runner.ModeDebug: externs("debug"), runner.ModeRelease: externs("release")},
	}, nil
}

// plan makes a plan with a set of crates in the box.
func plan(t *testing.T, req runner.Request) runner.Plan {
	t.Helper()
	tc := toolchain
	tc.Set, tc.SetKey = "/opt/corust/set", "key"
	p, err := rustc.Planner{Sets: set}.Plan(req, tc)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A program with a static C library, and one of a toolchain without the arguments, are
// linked by the C compiler.
func TestPlanStartsTheCCompilerWhereItMust(t *testing.T) {
	t.Parallel()
	direct := func(tc runner.Toolchain, action runner.Action, flags ...string) bool {
		t.Helper()
		p, err := rustc.Planner{}.Plan(request(func(r *runner.Request) { r.Action, r.Flags = action, flags }), tc)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(strings.Join(p.Steps[0].Argv, " "), " -C linker=rust-lld -C link-args="+toolchain.LinkArgs)
	}
	without := toolchain
	without.LinkArgs = ""
	for _, action := range []runner.Action{runner.ActionRun, runner.ActionTest} {
		if !direct(toolchain, action, "-C", "target-feature=+avx2") {
			t.Errorf("%s does not link directly", action)
		}
		if direct(without, action) || direct(toolchain, action, "-C", "target-feature=+avx2", "-C", "target-feature=+crt-static") {
			t.Errorf("%s links directly", action)
		}
	}
	for _, action := range []runner.Action{runner.ActionCheck, runner.ActionClippy, runner.ActionMiri, runner.ActionAsm, runner.ActionWasm} {
		if direct(toolchain, action) {
			t.Errorf("%s names a linker", action)
		}
	}
}

// The commands of each action in each mode and edition stand in a golden file, so that a
// change of a flag shows in a diff.
func TestPlanOfEveryActionModeAndEdition(t *testing.T) {
	t.Parallel()
	for _, action := range rustc.ActionNames() {
		var b strings.Builder
		env := map[string]string{}
		for _, mode := range runner.Modes {
			for _, edition := range runner.Editions {
				p := plan(t, request(func(r *runner.Request) { r.Action, r.Mode, r.Edition = action, mode, edition }))
				fmt.Fprintf(&b, "%s, %s\n", mode, edition)
				for i, s := range p.Steps {
					fmt.Fprintf(&b, "  %s: %s\n", s.Stage, strings.Join(s.Argv, " "))
					// What is the same as above is not repeated.
					key := fmt.Sprint(s.Stage, i)
					if now := details(s); now != env[key] {
						b.WriteString(now)
						env[key] = now
					}
				}
			}
		}
		golden(t, filepath.Join("testdata", "plans", "every", string(action)+".txt"), b.String())
	}
}

// Plans of other requests stand in golden files as a whole.
func TestPlans(t *testing.T) {
	t.Parallel()
	const manifest = "[package]\nname = \"my-tool\"\nversion = \"1.2.3\"\nedition = \"2021\"\n\n[dependencies]\nserde = \"1\"\n"
	// pack makes the request one for a package with a library and a program.
	pack := func(action runner.Action, main string) func(*runner.Request) {
		return func(r *runner.Request) {
			r.Action, r.Main = action, main
			r.Files = []runner.File{
				{Name: "Cargo.toml", Data: []byte(manifest)},
				{Name: "src/lib.rs", Data: []byte("pub fn f() {}\n")},
				{Name: "src/main.rs", Data: []byte("fn main() { my_tool::f() }\n")},
			}
		}
	}
	const script = "---\n[package]\nedition = \"2018\"\n[dependencies]\na-package = \"*\"\n---\nfn main() {}\n"
	for name, change := range map[string]func(*runner.Request){
		"run-args": func(r *runner.Request) {
			r.Args = []string{"-C", "linker=/bin/sh", "@file"}
			r.Env = []string{"A=1", "PATH=/mine", "A=2"}
		},
		"run-color":              func(r *runner.Request) { r.Color = true },
		"run-diagnostics":        func(r *runner.Request) { r.Diagnostics = true },
		"run-diagnostics-colour": func(r *runner.Request) { r.Diagnostics, r.Color = true, true },
		"run-edition-default":    func(r *runner.Request) { r.Edition = "" },
		"run-odd-name":           func(r *runner.Request) { r.Main, r.Files[0].Name = "-C.rs", "-C.rs" },
		"named-run":              func(r *runner.Request) { r.Files[0].Data = []byte("#![crate_name = \"greeter\"] fn main() {}") },
		"library-run":            func(r *runner.Request) { r.Files[0].Data = []byte("pub fn f() {}") },
		"library-test":           func(r *runner.Request) { r.Action, r.Files[0].Data = runner.ActionTest, []byte("pub fn f() {}") },
		"test-list":              func(r *runner.Request) { r.Action, r.Args = runner.ActionTest, []string{"--list"} },
		"library-check": func(r *runner.Request) {
			r.Action, r.Files[0].Data = runner.ActionCheck, []byte("#![crate_type = \"cdylib\"]")
		},
		"crates-run": func(r *runner.Request) { r.Files[0].Data = []byte("use serde::Serialize;\nfn main() {}\n") },
		"crates-test-debug": func(r *runner.Request) {
			r.Action, r.Mode, r.Files[0].Data = runner.ActionTest, runner.ModeDebug, []byte("use other::x;\n")
		},
		"crates-clippy": func(r *runner.Request) {
			r.Action, r.Files[0].Data = runner.ActionClippy, []byte("use serde::Serialize;\nfn main() {}\n")
		},
		"front-matter-run":  func(r *runner.Request) { r.Files[0].Data = []byte(script) },
		"front-matter-diag": func(r *runner.Request) { r.Diagnostics, r.Files[0].Data = true, []byte(script) },
		"front-matter-fmt":  func(r *runner.Request) { r.Action, r.Files[0].Data = runner.ActionFormat, []byte(script) },
		"flags-release": func(r *runner.Request) {
			r.Flags = []string{"-Copt-level=s", "--cfg", "x", "-D", "warnings", "-C", "target-cpu=native", "-C", "debuginfo=1"}
		},
		"flags-debug": func(r *runner.Request) {
			r.Mode, r.Flags = runner.ModeDebug, []string{"-O", "-C", "overflow-checks=off", "-C", "debuginfo=none"}
		},
		"flags-lto": func(r *runner.Request) {
			pack(runner.ActionRun, "src/main.rs")(r)
			r.Files[0].Data = []byte("[package]\nname = \"my-tool\"\nedition = \"2021\"\n") // LTO and crates do not go together
			r.Flags = []string{"-C", "lto", "-C", "panic=abort"}
		},
		"manifest-release": configured(runner.ActionRun, runner.ModeRelease, "front matter"),
		"manifest-debug":   configured(runner.ActionRun, runner.ModeDebug, "front matter", "-C", "opt-level=2", "-A", "dead_code"),
		"manifest-test":    configured(runner.ActionTest, runner.ModeDebug, "package"),
		"manifest-clippy":  configured(runner.ActionClippy, runner.ModeRelease, "package"),
		"manifest-miri":    configured(runner.ActionMiri, runner.ModeRelease, "front matter"),
		"manifest-asm":     configured(runner.ActionAsm, runner.ModeRelease, "front matter"),
		"flags-test": func(r *runner.Request) {
			r.Action, r.Flags = runner.ActionTest, []string{"-C", "panic=abort", "--cfg", "x"}
		},
		"flags-clippy":     func(r *runner.Request) { r.Action, r.Flags = runner.ActionClippy, []string{"-W", "clippy::pedantic"} },
		"flags-fmt":        func(r *runner.Request) { r.Action, r.Flags = runner.ActionFormat, []string{"-O"} },
		"crate-type-run":   func(r *runner.Request) { r.CrateType = "cdylib" },
		"crate-type-bin":   func(r *runner.Request) { r.CrateType, r.Files[0].Data = "bin", []byte("#![crate_type = \"lib\"]") },
		"crate-type-check": func(r *runner.Request) { r.Action, r.CrateType = runner.ActionCheck, "bin" },
		"crate-type-test":  func(r *runner.Request) { r.Action, r.CrateType = runner.ActionTest, "proc-macro" },
		"package-run":      pack(runner.ActionRun, "src/main.rs"),
		"package-test":     pack(runner.ActionTest, "src/main.rs"),
		"package-check":    pack(runner.ActionCheck, "src/main.rs"),
		"package-clippy":   pack(runner.ActionClippy, "src/main.rs"),
		"package-fmt":      pack(runner.ActionFormat, "src/lib.rs"),
		"package-library":  pack(runner.ActionTest, "src/lib.rs"),
		"views": func(r *runner.Request) {
			r.Action, r.Views = runner.ActionExpanded, []runner.Action{"mir", "expanded", "asm", "hir", "mir", "llvm-ir"}
			r.AsmSyntax, r.Diagnostics = runner.AsmATT, true
			r.Files[0].Data = []byte("pub fn f() {}\n")
		},
		"views-debug": func(r *runner.Request) {
			r.Action, r.Mode, r.Views = runner.ActionAsm, runner.ModeDebug, []runner.Action{"mir"}
			r.Files[0].Data = []byte("#[unsafe(no_mangle)] fn f() {}\nfn main() {}\n")
		},
		"views-wasm": func(r *runner.Request) {
			pack(runner.ActionAsm, "src/main.rs")(r)
			r.Views = []runner.Action{"wasm", "remarks"}
		},
		"views-remarks": func(r *runner.Request) {
			r.Action, r.Color, r.Files[0].Data = runner.ActionRemarks, true, []byte("pub fn f() {}\n")
		},
		"miri-package": func(r *runner.Request) {
			pack(runner.ActionMiri, "src/main.rs")(r)
			r.Args, r.Env, r.Diagnostics = []string{"-x"}, []string{"A=1", "PATH=/mine"}, true
		},
		"miri-tests": func(r *runner.Request) {
			pack(runner.ActionMiri, "src/main.rs")(r)
			r.Files = append(r.Files, runner.File{Name: "tests/it.rs"})
			r.Miri, r.Args = runner.Miri{Tests: true, TreeBorrows: true}, []string{"--list"}
		},
		"miri-tests-of-a-library": func(r *runner.Request) {
			r.Action, r.Miri.Tests, r.Files[0].Data = runner.ActionMiri, true, []byte("pub fn f() {}\n")
		},
		"miri-library": func(r *runner.Request) { r.Action, r.Files[0].Data = runner.ActionMiri, []byte("pub fn f() {}\n") },
		"views-crate-type": func(r *runner.Request) {
			r.Action, r.Files[0].Data = runner.ActionMIR, []byte("#![crate_type = \"cdylib\"]\n")
		},
		"views-flags": func(r *runner.Request) {
			r.Action, r.CrateType, r.Flags = runner.ActionAsm, "bin", []string{"-C", "debuginfo=2", "-C", "target-cpu=native"}
		},
		"views-run":           func(r *runner.Request) { r.Views = []runner.Action{"asm", "expanded"} },
		"views-front-matter":  func(r *runner.Request) { r.Action, r.Files[0].Data = runner.ActionAsm, []byte(script) },
		"views-package-asm":   pack(runner.ActionAsm, "src/main.rs"),
		"views-package-check": func(r *runner.Request) { pack(runner.ActionCheck, "src/main.rs")(r); r.Views = []runner.Action{"mir"} },
		"views-package-test":  func(r *runner.Request) { pack(runner.ActionTest, "src/main.rs")(r); r.Views = []runner.Action{"mir"} },
		"package-warnings": func(r *runner.Request) {
			pack(runner.ActionTest, "src/main.rs")(r)
			r.Files = append(r.Files, runner.File{Name: "build.rs", Data: []byte("fn main() {}")}, runner.File{Name: "tests/it.rs"})
			r.Diagnostics = true
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, filepath.Join("testdata", "plans", name+".txt"), show(plan(t, request(change))))
		})
	}
}

// show writes a plan as a person would read it: a line an argument.
func show(p runner.Plan) string {
	var b strings.Builder
	for _, f := range p.Files {
		b.WriteString("file " + f.Name + "\n" + indent(f.Data))
	}
	for _, s := range p.Steps {
		b.WriteString("stage " + string(s.Stage) + "\n")
		for _, a := range s.Argv {
			b.WriteString("  arg " + a + "\n")
		}
		b.WriteString(details(s))
	}
	if p.NoProgram {
		b.WriteString("no program\n")
	}
	for _, w := range p.Warnings {
		b.WriteString("warning " + w + "\n")
	}
	if p.Input != nil {
		b.WriteString("input\n" + indent(p.Input))
	}
	return b.String()
}

// details shows what a step has beside its command.
func details(s runner.Step) string {
	var b strings.Builder
	for _, e := range s.Env {
		b.WriteString("  env " + e + "\n")
	}
	if s.Stdin != runner.StdinNone {
		b.WriteString("  stdin " + string(s.Stdin) + "\n")
	}
	for _, name := range s.Leaves {
		b.WriteString("  leaves " + name + "\n")
	}
	if p := s.Product; p.Name != "" {
		fmt.Fprintf(&b, "  product %s %s of %d bytes%s\n", p.Name, p.MediaType, p.Cap, map[bool]string{true: ", cut there"}[p.Cut])
	}
	if f := s.Stdout; f.Name != "" {
		b.WriteString("  stdout " + f.Name + " about " + f.File + "\n")
	}
	if f := s.Stderr; f.Name != "" {
		b.WriteString("  stderr " + f.Name + " about " + f.File + "\n" + indent(f.Source))
	}
	return b.String()
}

// indent shows a text. A space at the end of a line is shown, too.
func indent(text []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasSuffix(line, " ") {
			line = strings.TrimRight(line, " ") + strings.Repeat("·", len(line)-len(strings.TrimRight(line, " ")))
		}
		b.WriteString(strings.TrimRight("  | "+line, " ") + "\n")
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
