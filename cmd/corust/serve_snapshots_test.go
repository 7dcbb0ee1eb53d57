package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/corust-dev/corust/internal/owner"
)

// A server whose sessions are in memory removes what a killed one has left, and nothing else.
func TestTemporaryDir(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("TMP", tmp) // of Windows
	killed := owner.Self()
	killed.Start++ // another process, whose number is ours now
	keep := []string{"x-" + owner.Self().String() + "-1", "x-mine", "y-" + killed.String() + "-1"}
	for _, name := range append(keep, "x-"+killed.String()+"-1") {
		if err := os.MkdirAll(filepath.Join(tmp, name, "deep"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := temporaryDir("x-")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(keep, filepath.Base(dir)) {
		if _, err := os.Stat(filepath.Join(tmp, name)); err != nil {
			t.Error(err)
		}
	}
	if all, _ := os.ReadDir(tmp); len(all) != len(keep)+1 {
		t.Errorf("there are %v", all)
	}
}
