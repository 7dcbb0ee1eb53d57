package native

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A rustc in PATH that is rustup's, whose toolchains another user has, is named as that.
func TestRustupOfAnotherUser(t *testing.T) {
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "rustup"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("rustup", filepath.Join(bin, "rustc")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	t.Setenv("RUSTUP_HOME", filepath.Join(dir, "none"))
	t.Setenv("RUSTUP_TOOLCHAIN", "")
	_, err := findToolchain("")
	if !errors.Is(err, ErrRustup) || !errors.Is(err, ErrNoToolchain) || !strings.Contains(err.Error(), filepath.Join(bin, "rustc")) ||
		!strings.Contains(err.Error(), filepath.Join(dir, "none")) || strings.Contains(err.Error(), "no Rust toolchain found") {
		t.Errorf("got %v", err)
	}
	t.Setenv("PATH", dir)
	if _, err := findToolchain(""); errors.Is(err, ErrRustup) || !errors.Is(err, ErrNoToolchain) {
		t.Errorf("without a rustc: %v", err)
	}
}
