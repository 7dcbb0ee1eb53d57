package suite

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// prebuiltDir is a directory of executables that another machine compiled, for machines
// on which a compiler takes long, such as emulated ones. TestPrebuild fills it.
func prebuiltDir() string { return os.Getenv("CORUST_TEST_PREBUILT") }

// prebuiltFile is the executable of a source with the given main file.
func prebuiltFile(main []byte) string {
	sum := sha256.Sum256(main)
	return filepath.Join(prebuiltDir(), hex.EncodeToString(sum[:16]))
}

// prebuilt plans as corust does, but puts an executable of prebuiltDir, where there is
// one, in the place of its compilation.
type prebuilt struct{ rustc.Planner }

// Plan implements runner.Planner.
func (p prebuilt) Plan(req runner.Request, tc runner.Toolchain) (runner.Plan, error) {
	plan, err := p.Planner.Plan(req, tc)
	if err != nil || prebuiltDir() == "" || len(plan.Steps) != 2 || plan.Steps[1].Stage != runner.StageRun {
		return plan, err
	}
	data, err := os.ReadFile(prebuiltFile(req.Files[0].Data))
	if err != nil {
		return plan, nil // it is compiled
	}
	const name = "prebuilt"
	program := boxenv.WorkDir + "/" + name
	plan.Files = append(plan.Files, runner.File{Name: name, Data: data})
	plan.Steps[0] = runner.Step{Stage: runner.StageCompile, Argv: []string{"/usr/bin/chmod", "755", program}, Env: boxenv.Environ()}
	plan.Steps[1].Argv[0] = program
	return plan, nil
}

// build compiles a request with the rustc of this machine, or takes the executable from
// prebuiltDir.
func build(t *testing.T, req runner.Request) []byte {
	t.Helper()
	if prebuiltDir() != "" {
		if data, err := os.ReadFile(prebuiltFile(req.Files[0].Data)); err == nil {
			return data
		}
	}
	compiler, err := exec.LookPath("rustc")
	if err != nil {
		home, _ := os.UserHomeDir()
		compiler = filepath.Join(home, ".cargo/bin/rustc")
		if _, err := os.Stat(compiler); err != nil {
			t.Skip("needs a rustc on this machine (scripts/setup rust)")
		}
	}
	dir := t.TempDir()
	for _, f := range req.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"--edition=2024", "--cap-lints=allow", "-Cstrip=symbols", "-o", "program", runner.MainFile}
	if req.Mode == runner.ModeRelease {
		args = append(args, "-O")
	}
	cmd := exec.Command(compiler, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("compile: %v\n%s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "program"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
