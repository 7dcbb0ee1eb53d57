package owner

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

// What killed processes have left is removed, and nothing else.
func TestMkdirTemp(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	killed := Self()
	killed.PID = math.MaxInt32
	keep := []string{"x-" + Self().String() + "-1", "x-mine", "y-" + killed.String() + "-1"}
	for _, name := range append(keep, "x-"+killed.String()+"-1") {
		if err := os.MkdirAll(filepath.Join(parent, name, "deep"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := MkdirTemp(parent, "x-")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(keep, filepath.Base(dir)) {
		if _, err := os.Stat(filepath.Join(parent, name)); err != nil {
			t.Error(err)
		}
	}
	if all, _ := os.ReadDir(parent); len(all) != len(keep)+1 {
		t.Errorf("there are %v", all)
	}
}
