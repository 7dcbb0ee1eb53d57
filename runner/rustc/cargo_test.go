package rustc_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// reports prints what features and profiles change in a program; its warnings and errors
// are what lints change.
const reports = `#![allow(unexpected_cfgs)]
use std::hint::black_box;
fn main() {
    println!("features {} {} {} {}", cfg!(feature = "default"), cfg!(feature = "a"), cfg!(feature = "b"), cfg!(feature = "off"));
    println!("assertions {} abort {}", cfg!(debug_assertions), cfg!(panic = "abort"));
    if cfg!(panic = "unwind") {
        std::panic::set_hook(Box::new(|_| {}));
        println!("overflow is found {}", std::panic::catch_unwind(|| black_box(255u8) + black_box(1)).is_err());
    }
    println!("version {}", env!("CARGO_PKG_VERSION"));
}
`

const linted = `pub fn f(v: &Vec<u8>) -> bool { let unused = 1; let mut x = 2; return v.len() == 0; }
#[cfg(feature = "a")] fn dead() {}
#[cfg(feature = "unknown")] fn g() {}
#[cfg(known)] fn h() {}
fn main() { f(&Vec::new()); unsafe { std::ptr::null::<u8>().read_volatile(); } }
`

const cargoPackage = "[package]\nname = \"p\"\nversion = \"1.2.3\"\nedition = \"2021\"\n"

// A package without dependencies means to corust what it means to cargo: the programs print
// the same, and the compilers report the same lints at the same levels.
func TestManifestsMeanWhatTheyMeanToCargo(t *testing.T) {
	t.Parallel()
	tc := compiler(t)
	cargo, err := exec.LookPath("cargo")
	if err != nil {
		t.Skipf("no cargo on this machine to compare with: %v", err)
	}
	type test struct {
		toml   string
		action runner.Action
		mode   runner.Mode
	}
	const features = "[features]\ndefault = [\"a\"]\na = [\"b\"]\nb = []\noff = [\"a\"]\n"
	const lints = "[lints.rust]\nunused = { level = \"allow\", priority = -1 }\nunused_mut = \"warn\"\ndead_code = \"deny\"\nunsafe_code = \"forbid\"\nunexpected_cfgs = { level = \"warn\", check-cfg = ['cfg(known)'] }\n" +
		"[lints.clippy]\nall = { level = \"allow\", priority = -1 }\nneedless_return = \"warn\"\nlen_zero = \"deny\"\n"
	for name, tt := range map[string]test{
		"features":                         {features, runner.ActionRun, runner.ModeDebug},
		"no default features":              {"[features]\na = []\n", runner.ActionRun, runner.ModeDebug},
		"an optimised debug program":       {"profile.dev.opt-level = 1\n", runner.ActionRun, runner.ModeDebug},
		"debug without assertions":         {"profile.dev.debug-assertions = false\n", runner.ActionRun, runner.ModeDebug},
		"debug without overflow checks":    {"[profile.dev]\noverflow-checks = false\nopt-level = \"s\"\n", runner.ActionRun, runner.ModeDebug},
		"release that is not optimised":    {"[profile.release]\nopt-level = 0\n", runner.ActionRun, runner.ModeRelease},
		"release with assertions":          {"[profile.release]\ndebug-assertions = true\n", runner.ActionRun, runner.ModeRelease},
		"release with overflow checks":     {"[profile.release]\noverflow-checks = true\ndebug = true\ncodegen-units = 4\nstrip = true\n", runner.ActionRun, runner.ModeRelease},
		"a panic that aborts, and lto":     {"[profile.release]\npanic = \"abort\"\nlto = \"thin\"\n", runner.ActionRun, runner.ModeRelease},
		"lints of the compiler":            {features + lints, runner.ActionCheck, runner.ModeDebug},
		"lints of clippy":                  {features + lints, runner.ActionClippy, runner.ModeDebug},
		"lints against their names' order": {features + "[lints.rust]\nunused = \"allow\"\nunused_mut = \"deny\"\n", runner.ActionCheck, runner.ModeDebug},
		"features without lints":           {features, runner.ActionCheck, runner.ModeDebug},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.action == runner.ActionClippy && tc.ClippyDriver == "" {
				t.Skip("no clippy-driver on this machine")
			}
			text := reports
			args := []string{"run", "--quiet"}
			if tt.action != runner.ActionRun {
				text, args = linted, []string{string(tt.action), "--message-format=json"}
			}
			if tt.mode == runner.ModeRelease {
				args = append(args, "--release")
			}
			req := runner.Request{
				Action: tt.action, Mode: tt.mode, Edition: "2021", Main: "src/main.rs", Diagnostics: tt.action != runner.ActionRun,
				Files: []runner.File{{Name: "Cargo.toml", Data: []byte(cargoPackage + tt.toml)}, {Name: "src/main.rs", Data: []byte(text)}},
			}
			dir := t.TempDir()
			writeFiles(t, dir, req.Files)
			cmd := exec.Command(cargo, append(args, "--offline")...)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "CARGO_TARGET_DIR="+filepath.Join(dir, "target"), "RUSTFLAGS=", "CARGO_INCREMENTAL=0")
			want, err := cmd.Output()
			if tt.action == runner.ActionRun {
				if err != nil {
					t.Fatal(err)
				}
				outs := carryOut(t, req, tc)
				if len(outs) != 2 || outs[0] != "" || outs[1] != string(want) {
					t.Errorf("corust: %q; cargo: %q", outs, want)
				}
				return
			}
			plan, err := rustc.Planner{}.Plan(req, tc)
			if err != nil || len(plan.Warnings) > 0 {
				t.Fatalf("%v, warnings %q", err, plan.Warnings)
			}
			argv := slices.Clone(plan.Steps[0].Argv)
			for i, a := range argv {
				argv[i] = strings.ReplaceAll(a, "/work/", dir+"/")
			}
			cmd = exec.Command(argv[0], argv[1:]...)
			var got bytes.Buffer
			cmd.Dir, cmd.Env, cmd.Stderr = dir, os.Environ(), &got
			_ = cmd.Run() // its messages say how it ended
			ours, theirs := lintsOf(t, got.Bytes()), lintsOf(t, want)
			if !slices.Equal(ours, theirs) || len(theirs) == 0 {
				t.Errorf("corust:\n%s\ncargo:\n%s", strings.Join(ours, "\n"), strings.Join(theirs, "\n"))
			}
		})
	}
}

// lintsOf reads the levels and codes of the compiler's or cargo's messages, sorted.
func lintsOf(t *testing.T, text []byte) []string {
	t.Helper()
	type message struct {
		Level, Message string
		Code           *struct{ Code string }
	}
	var list []string
	for line := range bytes.Lines(text) {
		var m struct {
			message
			Reason string
		}
		var wrapped struct{ Message message }
		if err := json.Unmarshal(line, &m.message); err != nil {
			_ = json.Unmarshal(line, &wrapped)
			m.message = wrapped.Message
		}
		if m.Code != nil {
			list = append(list, m.Level+" "+m.Code.Code+" "+m.Message)
		}
	}
	slices.Sort(list)
	return list
}
