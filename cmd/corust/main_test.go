package main

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/corust-dev/corust/runner/native"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	native.Entry()
	testscript.Main(m, map[string]func(){"corust": main})
}

// TestScripts types what users type. Scripts that run programs are skipped, and
// say why, where no box can be made.
func TestScripts(t *testing.T) {
	t.Parallel()
	noBoxes := boxesMissing()
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			// The machine's toolchain, but a configuration and a home of its own.
			if home, err := os.UserHomeDir(); err == nil && os.Getenv("RUSTUP_HOME") == "" {
				env.Setenv("RUSTUP_HOME", home+"/.rustup")
			}
			env.Setenv("NOBOXES", "no native box can be made here: "+noBoxes)
			env.Setenv("XDG_CONFIG_HOME", env.WorkDir+"/config")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits,
		},
		Condition: func(cond string) (bool, error) {
			if cond == "boxes" {
				return noBoxes == "", nil
			}
			return false, errors.New("unknown condition " + cond)
		},
	})
}

// boxesMissing says why no native box can be made; empty if one can.
func boxesMissing() string {
	b, err := native.New(native.Config{})
	if err != nil {
		return err.Error()
	}
	b.Close()
	for _, c := range native.Diagnose(native.Config{}) {
		if c.State == native.StateFail {
			return c.Name + ": " + c.Found
		}
	}
	return ""
}

// exits runs a command and holds its exit code to the first argument.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
