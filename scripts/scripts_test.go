// Package scripts holds what the Makefile and continuous integration run.
package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fakeGo has no checkers, no modules and nothing to complain of.
const fakeGo = `#!/bin/sh
case $1 in
env) exec "$REAL_GO" env "$2" ;;
install | mod) echo "no network" >&2; exit 1 ;;
esac
`

// A machine may have a tree without its history, and no network: lint checks the
// format all the same, and prints what it skips.
func TestLintOfATarball(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("lint is a shell script")
	}
	realGo, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("lint")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	lint := func() (string, error) {
		cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "scripts/lint"))
		cmd.Env = append(os.Environ(), "GO="+filepath.Join(dir, "go"), "REAL_GO="+realGo, "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
		// A terminal without input.
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		defer w.Close()
		cmd.Stdin = r
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	write("scripts/lint", string(script))
	write("go", fakeGo)
	write("a/good.go", "package a\n")

	out, err := lint()
	for _, want := range []string{"skipped staticcheck, which cannot be had here: no network", "skipped govulncheck", "skipped the checks for other systems"} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("lint does not print %q: %v\n%s", want, err, out)
		}
	}
	write("a/bad.go", "package a\nfunc  f( ) { }\n")
	if out, err := lint(); err == nil || !strings.Contains(out, "lint: not formatted (gofmt -w): ./a/bad.go") {
		t.Errorf("a file that is not formatted: %v\n%s", err, out)
	}
}

// A machine that lacks several things gets all commands at once.
func TestSetupGoesOn(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("setup is a shell script")
	}
	empty := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "./setup", "rust", "node", "browser")
	cmd.Env = []string{"PATH=" + empty, "HOME=" + empty}
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Error("setup ends with 0 on a machine with nothing")
	}
	for _, want := range []string{"install rustc gcc libc6-dev", "install nodejs npm", "install chromium"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("setup does not print %q:\n%s", want, out)
		}
	}
}
