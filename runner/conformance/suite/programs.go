package suite

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/internal/test/testseed"
	"github.com/corust-dev/corust/runner"
)

// programs are small programs, each about one part of the language, as in a textbook.
//
//go:embed testdata/programs
var programs embed.FS

// viewsOfPrograms compares every view of ordinary programs with the output of a rustc
// outside of boxes, for each toolchain of the backend that this machine also has. It takes
// some programs at random, or all if CORUST_TEST_VIEWS is "all".
func (s *suite) viewsOfPrograms(t *testing.T, r runner.Executor) {
	files, err := programs.ReadDir("testdata/programs")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d programs, %v", len(files), err)
	}
	if os.Getenv("CORUST_TEST_VIEWS") != "all" {
		random := testseed.Rand(t)
		random.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		files = files[:4]
	}
	list, err := s.backend.Toolchains(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, channel := range []runner.Channel{"stable", "nightly"} {
		if !slices.ContainsFunc(list, func(tc runner.Toolchain) bool { return tc.Channel == channel }) {
			t.Run(string(channel), func(t *testing.T) { t.Skip("the backend has no such toolchain") })
		}
	}
	for _, tc := range list {
		t.Run(string(tc.Channel), func(t *testing.T) {
			plain, err := plainRustc(tc.Version)
			if err != nil {
				t.Skip(err)
			}
			for _, file := range files {
				text, err := programs.ReadFile(path.Join("testdata/programs", file.Name()))
				if err != nil {
					t.Fatal(err)
				}
				for _, mode := range []runner.Mode{runner.ModeDebug, runner.ModeRelease} {
					t.Run(file.Name()+"/"+string(mode), func(t *testing.T) { viewsOfProgram(t, r, tc, plain, text, mode) })
				}
			}
		})
	}
}

// viewsOfProgram compares the views of one program: of the whole program in debug mode, and
// as a library in release mode.
func viewsOfProgram(t *testing.T, r runner.Executor, tc runner.Toolchain, plain string, text []byte, mode runner.Mode) {
	req := runner.Request{
		Files: source(string(text)), Channel: tc.Channel, Mode: mode, Edition: "2024", AsmSyntax: runner.AsmATT,
		CrateType: "bin", Limits: runner.Limits{CompileTime: timeLimit},
	}
	if mode == runner.ModeRelease {
		req.CrateType = "lib"
	}
	req.Views = []runner.Action{runner.ActionAsm, runner.ActionLLVMIR, runner.ActionMIR, runner.ActionHIR, runner.ActionExpanded}
	req.Action = req.Views[0]
	rec := run(t, r, req)
	wantVerdict(t, rec, runner.VerdictOK, runner.StageCompile)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, runner.MainFile), text, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		runner.MainFile, "--crate-name", "main", "--crate-type", string(req.CrateType), "--edition", string(req.Edition), "--cap-lints", "allow",
		"-C", "debuginfo=line-directives-only", "-C", "codegen-units=1", "--remap-path-prefix", dir + "=/work",
	}
	if mode == runner.ModeRelease {
		args = append(args, "-O", "-C", "incremental="+filepath.Join(dir, "incremental"))
	}
	for _, more := range plainViews {
		cmd := exec.CommandContext(t.Context(), plain, append(slices.Clip(args), more...)...)
		cmd.Dir = dir
		cmd.Env = os.Environ()
		if strings.HasPrefix(more[0], "-Z") {
			cmd.Env = append(cmd.Env, "RUSTC_BOOTSTRAP=1") // not for the others: it changes how stable mangles names
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("plain rustc %q: %v\n%s", more, err, out)
		}
	}
	for _, view := range req.Views {
		want, err := os.ReadFile(filepath.Join(dir, string(view)))
		if err != nil {
			t.Fatal(err)
		}
		got := rec.Products[string(view)]
		if len(got) == 0 || !bytes.Equal(got, want) {
			a, b := firstDifference(got, want)
			t.Errorf("%s has %d bytes, and %d by plain rustc. It differs in\n%q\nwhich is in plain rustc's\n%q", view, len(got), len(want), a, b)
		}
	}
}

// plainViews has the arguments with which rustc writes views to files of their names. What
// it writes depends a little on what it writes in the same call: constants have other names.
var plainViews = [][]string{
	{"--emit", "asm=asm,llvm-ir=llvm-ir,mir=mir", "-C", "llvm-args=-x86-asm-syntax=att"},
	{"-Zunpretty=hir", "-o", "hir"},
	{"-Zunpretty=expanded", "-o", "expanded"},
}

// firstDifference returns the first line that differs.
func firstDifference(a, b []byte) (lineA, lineB string) {
	x, y := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i], y[i]
		}
	}
	return "", ""
}

// plainRustc finds a rustc of a version outside of boxes.
func plainRustc(version string) (string, error) {
	candidates := []string{"rustc"}
	if home, err := os.UserHomeDir(); err == nil {
		installed, err := filepath.Glob(filepath.Join(home, ".rustup/toolchains/*/bin/rustc"))
		if err != nil {
			return "", err
		}
		candidates = append(candidates, installed...)
	}
	for _, candidate := range candidates {
		out, err := exec.Command(candidate, "--version").Output()
		if err == nil && strings.HasPrefix(string(out), "rustc "+version+" ") {
			return candidate, nil
		}
	}
	return "", fmt.Errorf("there is no rustc %s on this machine to compare with", version)
}
