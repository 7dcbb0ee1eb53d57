package crates

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// A Toolchain is the compiler that a set is for and the cargo that builds it.
type Toolchain struct {
	Rustc, Cargo string // the binaries themselves, not rustup's proxies
	Verbose      string // the output of rustc -vV, which identifies the toolchain
	Release      string // such as 1.95.0
	Host         string // such as x86_64-unknown-linux-gnu
	// Machine is what else shows in what it builds: settings such as CC, and the
	// versions of the system's C compiler and Python.
	Machine string
}

// FindToolchain asks rustc, a path or a name to look up, what it is. The cargo
// is the one beside it, or the one on the PATH.
func FindToolchain(ctx context.Context, rustc string) (Toolchain, error) {
	sysroot, err := output(ctx, rustc, "--print", "sysroot")
	if err != nil {
		return Toolchain{}, err
	}
	var t Toolchain
	bin := filepath.Join(strings.TrimSpace(sysroot), "bin")
	if t.Rustc, err = exec.LookPath(filepath.Join(bin, "rustc")); err != nil {
		if t.Rustc, err = exec.LookPath(rustc); err != nil {
			return Toolchain{}, err
		}
	}
	if t.Cargo, err = exec.LookPath(filepath.Join(bin, "cargo")); err != nil {
		if t.Cargo, err = exec.LookPath("cargo"); err != nil {
			return Toolchain{}, fmt.Errorf("no cargo beside %s: %w", t.Rustc, err)
		}
	}
	if t.Verbose, err = output(ctx, t.Rustc, "-vV"); err != nil {
		return Toolchain{}, err
	}
	for line := range strings.Lines(t.Verbose) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "release":
			t.Release = value
		case "host":
			t.Host = value
		}
	}
	if t.Release == "" || t.Host == "" {
		return Toolchain{}, fmt.Errorf("%s -vV printed no release or no host: %q", t.Rustc, t.Verbose)
	}
	t.Machine, err = machine(ctx)
	return t, err
}

func output(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		if missing := (*exec.Error)(nil); errors.As(err, &missing) {
			return "", fmt.Errorf("cannot run %q: %w", name, missing.Err)
		}
		var exit *exec.ExitError
		if errors.As(err, &exit) && len(exit.Stderr) > 0 {
			return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, firstLine(string(exit.Stderr)))
		}
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return string(out), nil
}
