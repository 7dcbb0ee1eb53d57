//go:build unix

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestReadDirLooksAtFIFOsAndLocks(t *testing.T) {
	t.Parallel()
	dir := tree(t, "main.rs", empty, "locked.txt", "x", "dir/locked.txt", "x")
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo.rs"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := []string{"dir/locked.txt", "locked.txt", "main.rs"}
	warning := `left out: "fifo.rs" (not a regular file)`
	if os.Geteuid() != 0 { // root reads everything
		for name, mode := range map[string]os.FileMode{"locked.txt": 0, "dir": 0} {
			if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
				t.Fatal(err)
			}
		}
		t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "dir"), 0o755) })
		want = []string{"main.rs"}
		warning = `left out: "dir" (permission denied), "fifo.rs" (not a regular file), "locked.txt" (permission denied)`
	}
	s, err := readDir(dir)
	if err != nil || !slices.Equal(names(s), want) || strings.Join(s.warnings, "; ") != warning {
		t.Errorf("files %q, warnings %q, %v", names(s), s.warnings, err)
	}
}
