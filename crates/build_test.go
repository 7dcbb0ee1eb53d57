package crates

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/corust-dev/corust/internal/owner"
)

// A build that was killed leaves half a set, which the next one beside it removes.
func TestHalfASetIsRemoved(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	dead := owner.Self()
	dead.PID = math.MaxInt32
	half := filepath.Join(cache, temporaryPrefix+dead.String()+"-1")
	if err := os.MkdirAll(filepath.Join(half, "debug"), 0o755); err != nil {
		t.Fatal(err)
	}
	first, err := temporaryBeside(filepath.Join(cache, "key"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := temporaryBeside(filepath.Join(cache, "other"))
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{half: false, first: true, second: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s is there: %t, want %t", dir, err == nil, want)
		}
	}
}
