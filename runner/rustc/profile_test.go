package rustc

import (
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
)

func TestProfiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, doc string
		action    runner.Action
		mode      runner.Mode
		want      string // arguments
	}{
		{"none", "", runner.ActionRun, runner.ModeDebug, ""},
		{"of the other mode", "[profile.release]\nopt-level = 1\n", runner.ActionRun, runner.ModeDebug, ""},
		{"all keys", "[profile.release]\nopt-level = \"s\"\ndebug = true\ndebug-assertions = true\noverflow-checks = true\npanic = \"abort\"\nlto = \"thin\"\ncodegen-units = 16\nstrip = true\n", runner.ActionRun, runner.ModeRelease,
			"opt-level=s debuginfo=2 panic=abort lto=thin codegen-units=16 strip=symbols debug-assertions=yes"},
		{"checks of an optimised debug program", "[profile.dev]\nopt-level = 2\n", runner.ActionRun, runner.ModeDebug, "opt-level=2 debug-assertions=yes"},
		{"checks of a release program that is not optimised", "[profile.release]\nopt-level = 0\n", runner.ActionRun, runner.ModeRelease, "opt-level=0 debug-assertions=no"},
		{"assertions alone", "[profile.release]\ndebug-assertions = true\n", runner.ActionRun, runner.ModeRelease, "debug-assertions=yes overflow-checks=no"},
		{"no assertions", "[profile.dev]\ndebug-assertions = false\n", runner.ActionRun, runner.ModeDebug, "debug-assertions=no overflow-checks=yes"},
		{"overflow alone", "[profile.release]\noverflow-checks = true\n", runner.ActionRun, runner.ModeRelease, "overflow-checks=yes"},
		{"what is cargo's already", "[profile.dev]\noverflow-checks = true\ndebug-assertions = true\n", runner.ActionRun, runner.ModeDebug, ""},
		{"tests", "[profile.dev]\nopt-level = 1\ndebug = 0\nlto = true\n[profile.test]\nopt-level = 2\nlto = false\n", runner.ActionTest, runner.ModeDebug, "opt-level=2 debuginfo=0 debug-assertions=yes"},
		{"tests in release mode", "[profile.test]\nopt-level = 2\n[profile.release]\nopt-level = 1\n", runner.ActionTest, runner.ModeRelease, "opt-level=1"},
		{"tests unwind", "[profile.dev]\npanic = \"abort\"\n", runner.ActionTest, runner.ModeDebug, ""},
		{"what is not linked", "[profile.release]\npanic = \"abort\"\nlto = true\n", runner.ActionCheck, runner.ModeRelease, "panic=abort"},
		{"miri", "[profile.dev]\nopt-level = 3\ndebug = false\nstrip = true\noverflow-checks = false\n", runner.ActionMiri, runner.ModeRelease, "debug-assertions=yes overflow-checks=no"},
		{"texts of debug", "[profile.dev]\ndebug = \"line-tables-only\"\n", runner.ActionRun, runner.ModeDebug, "debuginfo=line-tables-only"},
		{"other profiles", "[profile.bench]\nlto = true\n[profile.mine]\ninherits = \"dev\"\nlto = true\n", runner.ActionRun, runner.ModeRelease, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, err := ParseManifest([]byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(strings.Join(m.codegen(tt.action, tt.mode).args(), " "), "-C ", "")
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if len(m.Ignored) > 0 {
				t.Errorf("ignored %q", m.Ignored)
			}
		})
	}
}

func TestProfileFaults(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		"profile = 1":                            "profile is not a table",
		"[profile]\ndev = 1":                     `profile: "dev" is not a table`,
		"[profile.debug]\nopt-level = 1":         "want profile.dev",
		"profile.dev.inherits = \"release\"":     "profile.dev.inherits is not allowed",
		"profile.dev.opt-level = 4":              `profile.dev.opt-level: invalid value "4" (want one of 0, 1, 2, 3, s, z)`,
		"profile.dev.opt-level = true":           "want one of 0,",
		"profile.dev.opt-level = -1":             "want one of 0,",
		"profile.dev.opt-level = [3]":            "want one of 0,",
		"profile.test.panic = \"immediate\"":     "want one of unwind, abort",
		"profile.release.lto = 1":                "want true, false or one of off, thin, fat",
		"profile.release.lto = \"x\"":            "want true, false or one of off, thin, fat",
		"profile.release.codegen-units = 0":      "want a number from 1 to 256",
		"profile.release.codegen-units = \"1\"":  "want a number from 1 to 256",
		"profile.release.strip = \"all\"":        "want true, false or one of none, debuginfo, symbols",
		"profile.dev.overflow-checks = 1":        `profile.dev.overflow-checks: invalid value "1" (want true or false)`,
		"profile.dev.debug-assertions = \"yes\"": "want true or false",
		"profile.dev.debug = 3":                  "want true, false or one of 0,",
	} {
		if _, err := ParseManifest([]byte(doc + "\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", doc, err, want)
		}
	}
	m, err := ParseManifest([]byte("[profile.dev]\nincremental = true\n[profile.dev.package.x]\nopt-level = 3\n[profile.odd]\nlto = true\n[profile.test]\npanic = \"abort\"\n"))
	want := []string{"profile.dev.incremental", "profile.dev.package.x.opt-level", "profile.odd.lto", "profile.test.panic"}
	if err != nil || !slices.Equal(m.Ignored, want) {
		t.Errorf("ignored %v, %q, want %q", err, m.Ignored, want)
	}
}

// What is set by a flag overrides the profile, which overrides the mode, in all steps.
func TestPlanOfAManifest(t *testing.T) {
	t.Parallel()
	const toml = "[package]\nname = \"p\"\nedition = \"2021\"\n[profile.release]\nopt-level = 1\ndebug = true\nlto = true\npanic = \"abort\"\n" +
		"[features]\ndefault = [\"a\"]\na = []\n[lints.rust]\nunused_variables = \"deny\"\n[lints.clippy]\nall = { level = \"warn\", priority = -1 }\n"
	req := runner.Request{
		Action: runner.ActionRun, Mode: runner.ModeRelease, Main: "src/main.rs", Flags: []string{"-O", "-Aunused_variables"}, AsmSyntax: runner.AsmIntel,
		Files: []runner.File{
			{Name: "Cargo.toml", Data: []byte(toml)},
			{Name: "src/main.rs", Data: []byte("fn main() {}")},
			{Name: "src/lib.rs", Data: []byte("pub fn f() {}")},
		},
	}
	tc := runner.Toolchain{Version: "1.95.0", Rustc: "/rustc", ClippyDriver: "/clippy"}
	plan, err := Planner{}.Plan(req, tc)
	if err != nil || len(plan.Warnings) > 0 {
		t.Fatalf("%v, warnings %q", err, plan.Warnings)
	}
	const codegen = "-C opt-level=3 -C codegen-units=1 -C debuginfo=2 -C panic=abort -C lto=fat "
	const rest = `--cfg feature="a" --cfg feature="default" --check-cfg cfg(feature, values("a", "default")) -D unused_variables `
	for i, name := range []string{"src/lib.rs", "src/main.rs"} {
		want := "/rustc " + name + " --crate-name p --edition 2021 " + codegen + rest + "-A unused_variables --check-cfg cfg(docsrs,test) --color never "
		if got := strings.Join(plan.Steps[i].Argv, " "); !strings.HasPrefix(got, want) {
			t.Errorf("step %d is\n%s\nwant\n%s", i, got, want)
		}
	}
	req.Action = runner.ActionAsm
	plan, err = Planner{}.Plan(req, tc)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(plan.Steps[1].Argv, " "), "-C debuginfo=line-directives-only -C codegen-units=1 -C opt-level=3 -C panic=abort "+rest; !strings.Contains(got, want) {
		t.Errorf("the view is made by\n%s\nwant\n%s", got, want)
	}
	req.Action = runner.ActionClippy
	plan, err = Planner{}.Plan(req, tc)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(plan.Steps[1].Argv, " "); !strings.Contains(got, " -W clippy::all -D unused_variables ") || strings.Contains(got, "lto") {
		t.Errorf("clippy is called as\n%s", got)
	}
	tc.Version = "1.79.0"
	plan, err = Planner{}.Plan(req, tc)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(plan.Steps[1].Argv, " "); strings.Contains(got, "--check-cfg") || !strings.Contains(got, `--cfg feature="a"`) {
		t.Errorf("an old compiler is called as\n%s", got)
	}
}

func TestProfileWithLTOAndCrates(t *testing.T) {
	t.Parallel()
	plan := func(action runner.Action, toml string, flags ...string) error {
		_, err := Planner{Sets: crateSet}.Plan(runner.Request{
			Action: action, Mode: runner.ModeRelease, Main: "main.rs", Flags: flags,
			Files: []runner.File{source("---\n" + toml + "---\nuse time::x;\nfn main() {}")},
		}, runner.Toolchain{Version: "1.95.0", Rustc: "/rustc", Set: "/set", SetKey: "key"})
		return err
	}
	const lto = "profile.release.lto = \"thin\"\n"
	err := plan(runner.ActionRun, lto)
	if err == nil || !strings.Contains(err.Error(), "front matter: the profile's -C lto=thin does not work with crates") || !strings.Contains(err.Error(), "-C lto=off overrides it") {
		t.Errorf("error %v", err)
	}
	for name, err := range map[string]error{
		"a flag":        plan(runner.ActionRun, lto, "-C", "lto=off"),
		"check":         plan(runner.ActionCheck, lto),
		"false":         plan(runner.ActionRun, "profile.release.lto = false\n"),
		"of debug mode": plan(runner.ActionRun, "profile.dev.lto = true\n"),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
