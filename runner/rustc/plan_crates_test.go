package rustc

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
)

// crateSet has serde, a crate whose library has another name, and time, for both
// modes.
func crateSet(key string) (*Set, error) {
	if key != "key" {
		return nil, errors.New("no set " + key)
	}
	files := func(dir string) map[string]string {
		return map[string]string{"serde": dir + "/libserde-1.rlib", "other": dir + "/libother-2.rlib", "time": dir + "/libtime-3.rlib"}
	}
	return &Set{
		Crates: []Known{
			{Name: "serde", Ident: "serde", Version: "1.0.229", Features: []string{"derive"}},
			{Name: "a-package", Ident: "other", Version: "0.3.0"},
			{Name: "time", Ident: "time", Version: "0.3.5"},
		},
		Profiles: map[runner.Mode]Externs{
			runner.ModeDebug:   {Files: files("debug"), Search: []string{"debug", "host"}, Native: []string{"/opt/lib"}},
			runner.ModeRelease: {Files: files("release"), Search: []string{"release", "host"}},
		},
	}, nil
}

func planOf(t *testing.T, set bool, action runner.Action, mode runner.Mode, files ...runner.File) (runner.Plan, error) {
	t.Helper()
	tc := runner.Toolchain{Version: "1.95.0", Rustc: "/rustc", ClippyDriver: "/clippy"}
	if set {
		tc.Set, tc.SetKey = "/set", "key"
	}
	return Planner{Sets: crateSet}.Plan(runner.Request{Action: action, Mode: mode, Edition: "2024", SourceFirst: true, Main: "main.rs", Files: files}, tc)
}

func source(text string) runner.File { return runner.File{Name: "main.rs", Data: []byte(text)} }

func TestPlanCrates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		mode  runner.Mode
		files []runner.File
		want  string // of argv, the part after the flags that are always there
	}{
		{"none", runner.ModeRelease, []runner.File{source("fn main() {}")}, ""},
		{"a name that is no crate", runner.ModeRelease, []runner.File{source("use rand::x; fn main() { let time = 1; }")}, ""},
		{"release", runner.ModeRelease, []runner.File{source("use serde::Serialize; fn main() {}")},
			"-L dependency=/set/release -L dependency=/set/host --extern serde=/set/release/libserde-1.rlib"},
		{"debug", runner.ModeDebug, []runner.File{source("fn main() { other::x(); serde::y() }")},
			"-L dependency=/set/debug -L dependency=/set/host -L native=/opt/lib --extern other=/set/debug/libother-2.rlib --extern serde=/set/debug/libserde-1.rlib"},
		{"in another file", runner.ModeRelease, []runner.File{source("mod a; fn main() {}"), {Name: "a.rs", Data: []byte("use time::x;")}, {Name: "b.txt", Data: []byte("use serde::x;")}},
			"-L dependency=/set/release -L dependency=/set/host --extern time=/set/release/libtime-3.rlib"},
		{"renamed by front matter", runner.ModeRelease, []runner.File{source("---\n[dependencies]\nt = { package = \"time\", version = \"0.3\" }\na-package = \"*\"\n---\nfn main() {}")},
			"-L dependency=/set/release -L dependency=/set/host --extern other=/set/release/libother-2.rlib --extern t=/set/release/libtime-3.rlib"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for action, step := range map[runner.Action]string{runner.ActionRun: "/rustc", runner.ActionTest: "/rustc", runner.ActionCheck: "/rustc", runner.ActionClippy: "/clippy"} {
				plan, err := planOf(t, true, action, tt.mode, tt.files...)
				if err != nil {
					t.Fatal(err)
				}
				argv := plan.Steps[0].Argv
				if argv[0] != step {
					t.Errorf("%s is done by %s", action, argv[0])
				}
				var got []string
				for i := 0; i+1 < len(argv); i++ {
					if argv[i] == "-L" || argv[i] == "--extern" {
						got = append(got, argv[i], argv[i+1])
					}
				}
				if strings.Join(got, " ") != tt.want {
					t.Errorf("%s: %q, want %q", action, got, tt.want)
				}
				i := slices.IndexFunc(plan.Files, func(f runner.File) bool { return f.Name == "Cargo.toml" })
				if (i >= 0) != (tt.want != "") {
					t.Errorf("%s: a manifest at %d", action, i)
				}
				if !slices.Contains(plan.Steps[0].Env, "CARGO_PKG_NAME=main") {
					t.Errorf("environment %q", plan.Steps[0].Env)
				}
			}
		})
	}
}

func TestPlanFrontMatter(t *testing.T) {
	t.Parallel()
	src := "---\n[package]\nedition = \"2021\"\n[dependencies]\nserde = \"1\"\n---\nfn main() {}"
	original := source(src)
	plan, err := planOf(t, true, runner.ActionRun, runner.ModeRelease, original)
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.Index(plan.Steps[0].Argv, "--edition"); plan.Steps[0].Argv[i+1] != "2021" {
		t.Errorf("argv %q", plan.Steps[0].Argv)
	}
	if strings.Contains(string(plan.Files[0].Data), "---") || string(original.Data) != src {
		t.Errorf("the file is %q, the caller's %q", plan.Files[0].Data, original.Data)
	}
	for text, want := range map[string]string{
		"---\n[dependencies]\nnone = \"1\"\nserde = \"7\"\n---\n": `crate "none" is not in the set; crate "serde" is asked for as "7"`,
		"---\n[package]\nedition = \"1999\"\n---\n":               `"1999"`,
		"---\nx\n---\n": "front matter",
	} {
		var invalid *runner.InvalidError
		if _, err := planOf(t, true, runner.ActionRun, runner.ModeRelease, source(text)); !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	// Without a set a dependency cannot be met, and that is said.
	var unknown *UnknownCrateError
	if _, err := planOf(t, false, runner.ActionRun, runner.ModeRelease, source(src)); !errors.As(err, &unknown) || unknown.Name != "serde" {
		t.Errorf("no set: %v", err)
	}
	// A manifest of the request's own stays.
	plan, err = planOf(t, true, runner.ActionRun, runner.ModeRelease, source("use serde::x;"), runner.File{Name: "Cargo.toml", Data: []byte("own")})
	if err != nil || len(plan.Files) != 2 {
		t.Errorf("files %v, %v", plan.Files, err)
	}
}

// Crates of a set have no bitcode, so rustc could not link them with LTO.
func TestLTOWithCratesIsRefused(t *testing.T) {
	t.Parallel()
	for lto, ok := range map[string]bool{"fat": false, "thin": false, "off": true} {
		req := runner.Request{
			Action: runner.ActionRun, Mode: runner.ModeRelease, Edition: "2024", Main: "main.rs", Flags: []string{"-C", "lto=" + lto},
			Files: []runner.File{source("fn main() { serde::x(); other::y() }")},
		}
		tc := runner.Toolchain{Version: "1.95.0", Rustc: "/rustc", Set: "/set", SetKey: "key"}
		_, err := Planner{Sets: crateSet}.Plan(req, tc)
		var invalid *runner.InvalidError
		if ok != (err == nil) || !ok && (!errors.As(err, &invalid) || !strings.Contains(err.Error(), "other, serde")) {
			t.Errorf("lto=%s: error %v", lto, err)
		}
		tc.Set = "" // without crates it links
		if _, err := (Planner{Sets: crateSet}).Plan(req, tc); err != nil {
			t.Errorf("lto=%s without a set: %v", lto, err)
		}
	}
}

// Macros find the crates of a program in its Cargo.toml, also in one that the request has
// and that lists none; the request's own list stays as it is.
func TestManifestListsTheCrates(t *testing.T) {
	t.Parallel()
	const list = "[dependencies]\nserde = \"1.0.229\"\n"
	for given, want := range map[string]string{
		"":                                 "[package]\nname = \"main\"\nversion = \"0.0.0\"\n\n" + list,
		"[package]\nname = \"playground\"": "[package]\nname = \"playground\"\n" + list,
		"[package]\nname = \"p\"\n[dependencies]\nserde = \"1\"": "[package]\nname = \"p\"\n[dependencies]\nserde = \"1\"",
	} {
		files := []runner.File{source("use serde::x; fn main() {}")}
		if given != "" {
			files = append(files, runner.File{Name: "Cargo.toml", Data: []byte(given)})
		}
		plan, err := planOf(t, true, runner.ActionRun, runner.ModeDebug, files...)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(plan.Files, func(f runner.File) bool { return f.Name == "Cargo.toml" })
		if i < 0 || string(plan.Files[i].Data) != want {
			t.Errorf("given %q: %q", given, plan.Files)
		}
		if given != "" && string(files[1].Data) != given {
			t.Error("the request's file was changed")
		}
	}
}
