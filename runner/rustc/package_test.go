package rustc

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
)

// packagePlan plans a package whose files are given as names and texts.
func packagePlan(t *testing.T, action runner.Action, main string, edition runner.Edition, files ...string) runner.Plan {
	t.Helper()
	req := runner.Request{Action: action, Mode: runner.ModeDebug, Main: main, Edition: edition, SourceFirst: true}
	for i := 0; i < len(files); i += 2 {
		req.Files = append(req.Files, runner.File{Name: files[i], Data: []byte(files[i+1])})
	}
	plan, err := Planner{Sets: crateSet}.Plan(req, runner.Toolchain{Version: "1.95.0", Rustc: "/rustc", Rustdoc: "/rustdoc", ClippyDriver: "/clippy", Rustfmt: "/rustfmt", Set: "/set", SetKey: "key"})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// command shows a step without the flags and variables that all have.
func command(s runner.Step) string {
	var words []string
	for i := 0; i < len(s.Argv); i++ {
		switch a := s.Argv[i]; a {
		case "-C", "--color", "-L":
			i++
		default:
			words = append(words, a)
		}
	}
	return strings.Join(words, " ")
}

const manifest = "[package]\nname = \"my-app\"\nversion = \"1.2.3\"\nedition = \"2021\"\n"

func TestPackagePlans(t *testing.T) {
	t.Parallel()
	main, lib := []string{"src/main.rs", "fn main() { my_app::f() }"}, []string{"src/lib.rs", "pub fn f() {}"}
	for name, tt := range map[string]struct {
		action runner.Action
		main   string
		files  []string
		want   []string
		none   bool
	}{
		"a program": {runner.ActionRun, "src/main.rs", slices.Concat([]string{"Cargo.toml", manifest}, main), []string{
			"/rustc src/main.rs --crate-name my_app --edition 2021 -o /work/.main --crate-type bin",
			"/work/.main",
		}, false},
		"a program and its library": {runner.ActionRun, "src/main.rs", slices.Concat([]string{"Cargo.toml", manifest}, main, lib), []string{
			"/rustc src/lib.rs --crate-name my_app --edition 2021 --crate-type lib --out-dir /work/.lib",
			"/rustc src/main.rs --crate-name my_app --edition 2021 -o /work/.main --crate-type bin --extern my_app=/work/.lib/libmy_app.rlib",
			"/work/.main",
		}, false},
		"a library of another name": {runner.ActionClippy, "src/main.rs", slices.Concat([]string{"Cargo.toml", manifest + "[lib]\nname = \"core2\"\npath = \"x.rs\"\n", "x.rs", ""}, main), []string{
			"/clippy x.rs --crate-name core2 --edition 2021 --crate-type lib --out-dir /work/.lib --emit=metadata",
			"/clippy src/main.rs --crate-name my_app --edition 2021 -o /work/.main --emit=metadata --extern core2=/work/.lib/libcore2.rmeta",
		}, false},
		"tests of both": {runner.ActionTest, "src/main.rs", slices.Concat([]string{"Cargo.toml", manifest}, main, lib), []string{
			"/rustc src/lib.rs --crate-name my_app --edition 2021 --crate-type lib --out-dir /work/.lib",
			"/rustc src/lib.rs --crate-name my_app --edition 2021 --test -o /work/.lib/tests",
			"/rustc src/main.rs --crate-name my_app --edition 2021 -o /work/.main --test --extern my_app=/work/.lib/libmy_app.rlib",
			"/work/.lib/tests",
			"/work/.main",
		}, false},
		"tests in files": {runner.ActionTest, "src/main.rs", slices.Concat([]string{"Cargo.toml", manifest, "tests/b.rs", "", "tests/a-x/main.rs", "mod m;", "tests/a-x/m.rs", "", "tests/data.txt", ""}, main, lib), []string{
			"/rustc src/lib.rs --crate-name my_app --edition 2021 --crate-type lib --out-dir /work/.lib",
			"/rustc src/lib.rs --crate-name my_app --edition 2021 --test -o /work/.lib/tests",
			"/rustc src/main.rs --crate-name my_app --edition 2021 -o /work/.main --test --extern my_app=/work/.lib/libmy_app.rlib",
			"/rustc tests/a-x/main.rs --crate-name a_x --edition 2021 --test -o /work/.test1 --extern my_app=/work/.lib/libmy_app.rlib",
			"/rustc tests/b.rs --crate-name b --edition 2021 --test -o /work/.test2 --extern my_app=/work/.lib/libmy_app.rlib",
			"/work/.lib/tests",
			"/work/.main",
			"/work/.test1",
			"/work/.test2",
		}, false},
		"tests of a library": {runner.ActionTest, "src/lib.rs", slices.Concat([]string{"Cargo.toml", manifest, "tests/a.rs", ""}, lib), []string{
			"/rustc src/lib.rs --crate-name my_app --edition 2021 --crate-type lib --out-dir /work/.lib",
			"/rustc src/lib.rs --crate-name my_app --edition 2021 -o /work/.main --test",
			"/rustc tests/a.rs --crate-name a --edition 2021 --test -o /work/.test1 --extern my_app=/work/.lib/libmy_app.rlib",
			"/work/.main",
			"/work/.test1",
		}, false},
		"tests of a library named as a crate of the set": {runner.ActionTest, "src/lib.rs", []string{"Cargo.toml", "[package]\nname = \"time\"\n", "src/lib.rs", "", "tests/a.rs", "use time::f;"}, []string{
			"/rustc src/lib.rs --crate-name time --edition 2015 --crate-type lib --out-dir /work/.lib",
			"/rustc src/lib.rs --crate-name time --edition 2015 -o /work/.main --test",
			"/rustc tests/a.rs --crate-name a --edition 2015 --test -o /work/.test1 --extern time=/work/.lib/libtime.rlib",
			"/work/.main",
			"/work/.test1",
		}, false},
		"tests without a harness": {runner.ActionTest, "src/main.rs", slices.Concat([]string{"Cargo.toml", manifest + "[[test]]\nname = \"own\"\npath = \"own.rs\"\nharness = false\n", "own.rs", ""}, main), []string{
			"/rustc src/main.rs --crate-name my_app --edition 2021 -o /work/.main --test",
			"/rustc own.rs --crate-name own --edition 2021 --crate-type bin --cfg test -o /work/.test1",
			"/work/.main",
			"/work/.test1",
		}, false},
		"a directory without src": {runner.ActionRun, "main.rs", []string{"Cargo.toml", manifest, "main.rs", "fn main() { my_app::f() }", "lib.rs", ""}, []string{
			"/rustc lib.rs --crate-name my_app --edition 2021 --crate-type lib --out-dir /work/.lib",
			"/rustc main.rs --crate-name my_app --edition 2021 -o /work/.main --crate-type bin --extern my_app=/work/.lib/libmy_app.rlib",
			"/work/.main",
		}, false},
		"a program with a path beside lib.rs": {runner.ActionRun, "main.rs", []string{"Cargo.toml", manifest + "[[bin]]\nname = \"my-app\"\npath = \"main.rs\"\n", "main.rs", "#[path = \"lib.rs\"] mod m; fn main() {}", "lib.rs", "use super::main;"}, []string{
			"/rustc main.rs --crate-name my_app --edition 2021 -o /work/.main --crate-type bin",
			"/work/.main",
		}, false},
		"a module named lib": {runner.ActionRun, "main.rs", []string{"Cargo.toml", manifest, "main.rs", "mod lib; fn main() {}", "lib.rs", ""}, []string{
			"/rustc main.rs --crate-name my_app --edition 2021 -o /work/.main --crate-type bin",
			"/work/.main",
		}, false},
		"only a library": {runner.ActionRun, "src/lib.rs", slices.Concat([]string{"Cargo.toml", manifest}, lib), []string{
			"/rustc src/lib.rs --crate-name my_app --edition 2021 -o /work/.main --emit=metadata --crate-type lib",
		}, true},
		"one of several programs": {runner.ActionRun, "src/bin/tool-two.rs", []string{"Cargo.toml", manifest, "src/bin/tool-two.rs", "fn main() {}"}, []string{
			"/rustc src/bin/tool-two.rs --crate-name tool_two --edition 2021 -o /work/.main --crate-type bin",
			"/work/.main",
		}, false},
		"no manifest": {runner.ActionRun, "src/main.rs", slices.Concat(main, lib), []string{
			"/rustc src/main.rs --crate-name main --edition 2024 -o /work/.main --crate-type bin",
			"/work/.main",
		}, false},
		"a dependency": {runner.ActionRun, "src/main.rs", []string{"Cargo.toml", manifest + "[dependencies]\nt = { package = \"time\", version = \"0.3\" }\n", "src/main.rs", "fn main() {}"}, []string{
			"/rustc src/main.rs --crate-name my_app --edition 2021 -o /work/.main --crate-type bin --extern t=/set/debug/libtime-3.rlib",
			"/work/.main",
		}, false},
		"a dependency of the tests only": {runner.ActionRun, "src/main.rs", []string{"Cargo.toml", manifest + "[dev-dependencies]\nnone = \"9\"\n[dependencies]\nmore = { version = \"9\", optional = true }\n", "src/main.rs", "fn main() {}"}, []string{
			"/rustc src/main.rs --crate-name my_app --edition 2021 --check-cfg cfg(feature, values(\"more\")) --check-cfg cfg(docsrs,test) -o /work/.main --crate-type bin",
			"/work/.main",
		}, false},
		"a library named as a crate of the set": {runner.ActionCheck, "src/main.rs", []string{"Cargo.toml", "[package]\nname = \"time\"\n", "src/main.rs", "fn main() { time::f() }", "src/lib.rs", "pub fn f() {}"}, []string{
			"/rustc src/lib.rs --crate-name time --edition 2015 --crate-type lib --out-dir /work/.lib --emit=metadata",
			"/rustc src/main.rs --crate-name time --edition 2015 -o /work/.main --emit=metadata --extern time=/work/.lib/libtime.rmeta",
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := packagePlan(t, tt.action, tt.main, "", tt.files...)
			var got []string
			for _, s := range plan.Steps {
				got = append(got, command(s))
			}
			if !slices.Equal(got, tt.want) || plan.NoProgram != tt.none {
				t.Errorf("no program %v, steps\n%s\nwant\n%s", plan.NoProgram, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// tooManyTests is a package with two files in tests/ more than are run.
var tooManyTests = func() []string {
	files := []string{"Cargo.toml", "[package]\n", "main.rs", "fn main() {}"}
	for i := range maxIntegration + 2 {
		files = append(files, fmt.Sprintf("tests/%d.rs", i), "")
	}
	return files
}()

// Which files are integration tests, and which library they may use.
func TestIntegrationTests(t *testing.T) {
	t.Parallel()
	const app = "[package]\nname = \"app\"\n"
	for name, tt := range map[string]struct {
		main    string
		files   []string
		want    string // crate and file of each
		library string
	}{
		"no manifest":                            {"main.rs", []string{"main.rs", "fn main() {}", "tests/a.rs", ""}, "a tests/a.rs", ""},
		"a library without a manifest":           {"lib.rs", []string{"lib.rs", "", "tests/a.rs", ""}, "a tests/a.rs", "lib"},
		"one that names itself":                  {"src/lib.rs", []string{"src/lib.rs", "#![crate_name = \"greeter\"]", "tests/a.rs", ""}, "a tests/a.rs", "greeter"},
		"front matter":                           {"main.rs", []string{"main.rs", "---\n---\nfn main() {}", "tests/a.rs", ""}, "a tests/a.rs", ""},
		"a library at the top":                   {"lib.rs", []string{"Cargo.toml", app, "lib.rs", "", "tests/a.rs", ""}, "a tests/a.rs", "app"},
		"a module named tests":                   {"main.rs", []string{"main.rs", "mod tests;", "tests/mod.rs", "mod a;", "tests/a.rs", ""}, "", ""},
		"such a module in a file":                {"lib.rs", []string{"lib.rs", "mod tests;", "tests.rs", "mod a;", "tests/a.rs", ""}, "", ""},
		"a module named tests in src":            {"src/lib.rs", []string{"Cargo.toml", app, "src/lib.rs", "mod tests;", "src/tests.rs", "", "tests/a.rs", ""}, "a tests/a.rs", "app"},
		"modules of tests":                       {"main.rs", []string{"main.rs", "", "tests/common/mod.rs", "", "tests/a/main.rs", "", "tests/a/b/main.rs", "", "tests/x.txt", "", "x/tests/a.rs", ""}, "a tests/a/main.rs", ""},
		"a test that is asked for":               {"tests/a.rs", []string{"Cargo.toml", app, "src/lib.rs", "", "tests/a.rs", "", "tests/b.rs", ""}, "", "app"},
		"by name":                                {"main.rs", []string{"main.rs", "", "tests/b.rs", "", "tests/a/main.rs", "", "tests/c.rs", ""}, "a tests/a/main.rs; b tests/b.rs; c tests/c.rs", ""},
		"names that are none of a crate":         {"main.rs", []string{"main.rs", "", "tests/a b.rs", "", "tests/é-1.rs", "", "tests/x.y.rs", ""}, "test1 tests/a b.rs; test2 tests/x.y.rs; é_1 tests/é-1.rs", ""},
		"one that names its crate":               {"main.rs", []string{"main.rs", "", "tests/a.rs", "#![crate_name = \"named\"]"}, "named tests/a.rs", ""},
		"none by themselves":                     {"main.rs", []string{"Cargo.toml", "[package]\nautotests = false\n[[test]]\nname = \"b\"\n", "main.rs", "", "tests/a.rs", "", "tests/b/main.rs", ""}, "b tests/b/main.rs", ""},
		"by manifest, twice and missing":         {"main.rs", []string{"Cargo.toml", "[package]\n[[test]]\nname = \"z\"\npath = \"./tests/a.rs\"\n[[test]]\nname = \"y\"\npath = \"../y.rs\"\n[[test]]\n[[test]]\nname = \"main\"\npath = \"main.rs\"\n", "main.rs", "", "tests/a.rs", ""}, "z tests/a.rs", ""},
		"a manifest that cannot be read":         {"main.rs", []string{"Cargo.toml", "[package]\n[[test]]\npath = 1\n", "main.rs", "", "tests/a.rs", ""}, "a tests/a.rs", ""},
		"a manifest that front matter is before": {"main.rs", []string{"Cargo.toml", "[package]\nautotests = false\n", "main.rs", "---\n---\n", "tests/a.rs", ""}, "a tests/a.rs", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := packagePlan(t, runner.ActionTest, tt.main, "", tt.files...)
			var got []string
			library := ""
			for _, s := range plan.Steps {
				if s.Stage != runner.StageCompile {
					continue
				}
				if i := slices.Index(s.Argv, "--out-dir"); i >= 0 {
					library = s.Argv[slices.Index(s.Argv, "--crate-name")+1]
				}
				if i := slices.IndexFunc(s.Argv, func(a string) bool { return strings.HasPrefix(a, "/work/.test") }); i >= 0 {
					got = append(got, s.Argv[slices.Index(s.Argv, "--crate-name")+1]+" "+s.Argv[1])
					if uses := slices.Contains(s.Argv, "--extern"); uses != (tt.library != "") {
						t.Errorf("%q with the library %q", s.Argv, tt.library)
					}
				}
			}
			if strings.Join(got, "; ") != tt.want || library != tt.library {
				t.Errorf("tests %q with the library %q, want %q with %q", got, library, tt.want, tt.library)
			}
			for i, s := range plan.Steps {
				if s.Stage == runner.StageRun && (s.Stdin == runner.StdinCaller) != (plan.Steps[i-1].Stage == runner.StageCompile) {
					t.Errorf("step %d has the standard input %q", i, s.Stdin)
				}
			}
		})
	}
}

func TestPackageEdition(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		manifest, source string
		asked, want      runner.Edition
	}{
		"the manifest's":            {"[package]\nedition = \"2018\"\n", "", "2024", "2018"},
		"cargo's default":           {"[package]\nname = \"a\"\n", "", "", "2015"},
		"asked for":                 {"[package]\nname = \"a\"\n", "", "2021", "2021"},
		"of the workspace":          {"[package]\nedition.workspace = true\n", "", "", "2024"},
		"a workspace":               {"[workspace]\n", "", "", "2024"},
		"the front matter's":        {"[package]\nedition = \"2018\"\n", "---\npackage.edition = \"2021\"\n---\n", "", "2021"},
		"front matter without one":  {"", "---\n[package]\n---\n", "", "2024"},
		"a manifest that is broken": {"[package", "", "", "2024"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, action := range []runner.Action{runner.ActionRun, runner.ActionFormat} {
				plan := packagePlan(t, action, "main.rs", tt.asked, "Cargo.toml", tt.manifest, "main.rs", tt.source+"fn main() {}")
				argv := plan.Steps[0].Argv
				if i := slices.Index(argv, "--edition"); argv[i+1] != string(tt.want) {
					t.Errorf("%s: edition %s, want %s", action, argv[i+1], tt.want)
				}
			}
		})
	}
}

func TestPlanWarnings(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		action runner.Action
		files  []string
		want   string
	}{
		"nothing":                {runner.ActionRun, []string{"main.rs", "---\n[package]\nname = \"x\"\nedition = \"2024\"\n---\nfn main() {}"}, ""},
		"front matter":           {runner.ActionRun, []string{"main.rs", "---\nprofile.release.rpath = true\n---\nfn main() {}"}, `front matter: not used: "profile.release.rpath"`},
		"a package":              {runner.ActionCheck, []string{"main.rs", "fn main() {}", "Cargo.toml", "[lints]\nworkspace = true\n"}, `Cargo.toml: not used: "lints.workspace"`},
		"a broken manifest":      {runner.ActionRun, []string{"main.rs", "fn main() {}", "Cargo.toml", "own"}, "Cargo.toml is not used: line 1: "},
		"a build script":         {runner.ActionRun, []string{"main.rs", "fn main() {}", "build.rs", "fn main() {}", "Cargo.toml", "[package]\n"}, "build.rs is not run"},
		"integration tests":      {runner.ActionTest, []string{"main.rs", "fn main() {}", "tests/a.rs", "", "Cargo.toml", "[package]\n"}, ""},
		"too many of them":       {runner.ActionTest, tooManyTests, `tests: at most 8 files of integration tests are run, not: "tests/8.rs", "tests/9.rs"`},
		"tests with features":    {runner.ActionTest, []string{"main.rs", "", "tests/a.rs", "", "Cargo.toml", "[package]\n[[test]]\nname = \"a\"\nrequired-features = [\"f\"]\n"}, `Cargo.toml: test "a" is not run: it requires features, and none are on`},
		"tests of another build": {runner.ActionRun, []string{"main.rs", "fn main() {}", "tests/a.rs", "", "Cargo.toml", "[package]\n"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := packagePlan(t, tt.action, "main.rs", "", tt.files...)
			got := strings.Join(plan.Warnings, "; ")
			if tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) {
				t.Errorf("warnings %q, want %q", got, tt.want)
			}
		})
	}
}

// A name that a command line would take for something else is written with its
// directory, in the command and where messages are read.
func TestNamesOnTheCommandLine(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"größe 1.rs": "größe 1.rs", "script": "script", "-C.rs": "./-C.rs", "-": "./-", "@a.rs": "./@a.rs",
		"--version": "./--version", "-d/@main.rs": "./-d/@main.rs", "d/-x.rs": "d/-x.rs",
	} {
		req := runner.Request{Action: runner.ActionRun, Mode: runner.ModeDebug, Main: name, Diagnostics: true, Files: []runner.File{{Name: name, Data: []byte("use time::x; fn main() {}")}}}
		plan, err := Planner{Sets: crateSet}.Plan(req, runner.Toolchain{Version: "1.95.0", Rustc: "/rustc", Set: "/set", SetKey: "key"})
		if err != nil {
			t.Fatal(err)
		}
		argv := plan.Steps[0].Argv
		d, err := Planner{}.Decoder(plan, plan.Steps[0].Stderr, runner.Sink{})
		if err != nil {
			t.Fatal(err)
		}
		if main := d.(*decoder).read.main; argv[1] != want || main != want || slices.Contains(argv, name) != (name == want) {
			t.Errorf("%q: %q, messages about %q", name, argv, main)
		}
		if !slices.Contains(argv, "time=/set/debug/libtime-3.rlib") {
			t.Errorf("%q: its crates are not found: %q", name, argv)
		}
	}
}

// An edition that was chosen for the run comes before the manifest's.
func TestChosenEditionComesBeforeTheManifests(t *testing.T) {
	t.Parallel()
	for _, action := range []runner.Action{runner.ActionRun, runner.ActionFormat} {
		plan, err := Planner{}.Plan(runner.Request{
			Action: action, Mode: runner.ModeDebug, Edition: "2018", Main: "main.rs",
			Files: []runner.File{source("---\npackage.edition = \"2021\"\n---\nfn main() {}")},
		}, runner.Toolchain{Version: "1.95.0", Rustc: "/rustc", Rustfmt: "/rustfmt"})
		if err != nil {
			t.Fatal(err)
		}
		if argv := plan.Steps[0].Argv; argv[slices.Index(argv, "--edition")+1] != "2018" {
			t.Errorf("%s: %q", action, argv)
		}
	}
}

// An edition that the compiler does not have is refused, whatever asks for it, and the
// default is one that it has.
func TestEditionThatTheToolchainLacks(t *testing.T) {
	t.Parallel()
	const plain, script = "fn main() {}", "---\npackage.edition = \"2024\"\n---\nfn main() {}"
	for _, tt := range []struct {
		version string
		asked   runner.Edition
		source  string
		want    string // the edition, or words of the error
	}{
		{"1.63.0", "", plain, "2021"},
		{"1.63.0", "2018", plain, "2018"},
		{"1.63.0", "2024", plain, "invalid edition: rustc 1.63.0 does not have edition 2024 (want edition 2021 or a newer toolchain)"},
		{"1.63.0", "", script, "rustc 1.63.0 does not have edition 2024"},
		{"1.84.1", "2024", plain, "rustc 1.84.1 does not have edition 2024"},
		{"1.85.0-nightly", "2024", plain, "2024"},
		{"1.85.0", "", script, "2024"},
		{"1.55.0", "2021", plain, "(want edition 2018 or a newer toolchain)"},
		{"unknown", "2024", plain, "2024"},
	} {
		for _, action := range []runner.Action{runner.ActionRun, runner.ActionFormat} {
			plan, err := Planner{}.Plan(runner.Request{
				Action: action, Mode: runner.ModeDebug, Edition: tt.asked, Main: "main.rs", Files: []runner.File{source(tt.source)},
			}, runner.Toolchain{Version: tt.version, Rustc: "/rustc", Rustfmt: "/rustfmt"})
			if err != nil {
				if !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s: %+v: error %v", action, tt, err)
				}
				continue
			}
			if argv := plan.Steps[0].Argv; argv[slices.Index(argv, "--edition")+1] != tt.want {
				t.Errorf("%s: %+v: %q", action, tt, argv)
			}
		}
	}
}

func TestRustVersionOfTheManifest(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"1": "", "1.95": "", "1.95.0": "", "1.56": "", "1.95.1": "needs rustc 1.95.1, and the toolchain has 1.95.0-nightly", "1.96": "needs rustc 1.96", "2": "needs rustc 2",
		"1.x": "invalid version", ">=1.56": "invalid version", "1.56, 1.57": "invalid version", "1.95.0-nightly": "invalid version", "1.0.0.0": "invalid version",
	} {
		for where, files := range map[string][]runner.File{
			"front matter": {source("---\npackage.rust-version = \"" + version + "\"\n---\nfn main() {}")},
			"Cargo.toml":   {source("fn main() {}"), {Name: "Cargo.toml", Data: []byte("package.rust-version = \"" + version + "\"\n")}},
		} {
			_, err := Planner{}.Plan(runner.Request{Action: runner.ActionCheck, Mode: runner.ModeDebug, Main: "main.rs", Files: files},
				runner.Toolchain{Version: "1.95.0-nightly", Rustc: "/rustc"})
			if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), where+": package.rust-version")) {
				t.Errorf("%s: %q: error %v, want %q", where, version, err, want)
			}
		}
	}
}

func TestStandardInputIsNamed(t *testing.T) {
	t.Parallel()
	const in = "error: expected\n --> <stdin>:1:2\n  |\n1 | \"<stdin>\"\n --> <stdin>:3:4 --> <std"
	const want = "error: expected\n --> a b.rs:1:2\n  |\n1 | \"<stdin>\"\n --> a b.rs:3:4 --> <std"
	for size := 1; size <= len(in); size++ {
		var out bytes.Buffer
		d := StandardInput{Name: "a b.rs"}.Decode(func(b []byte) { out.Write(b) })
		for piece := range slices.Chunk([]byte(in), size) {
			d.Write(piece)
		}
		d.Close()
		if out.String() != want {
			t.Fatalf("in pieces of %d: %q", size, out.String())
		}
	}
}
