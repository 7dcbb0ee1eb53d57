package agent

import (
	"os"
	"path/filepath"
	"testing"
)

// A thread that may not be looked at has ended if it is gone, a zombie or exiting.
func TestEndedThreads(t *testing.T) {
	t.Parallel()
	for stat, want := range map[string]bool{
		"7 (a) R 1 7 7 0 -1 4194304 0":        false,
		"7 (a) R 1 7 7 0 -1 4194308 0":        true, // exiting
		"7 (a) S 1 7 7 0 -1 4194304 0":        false,
		"7 (a) Z 1 7 7 0 -1 4194304 0":        true,
		"7 (a) X 1 7 7 0 -1 4194304 0":        true,
		"7 (a) Z 1 2 3 4 5 4) R 1 7 7 0 -1 0": false, // a name
		"7 (a) R 1 7 7 0 -1 -4 0":             false,
		"7 (a) R 1":                           false,
		"7 (a)":                               false,
		"":                                    false,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "stat"), []byte(stat), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := (&looker{}).ended(dir); got != want {
			t.Errorf("%q: ended: %t", stat, got)
		}
	}
	if !(&looker{}).ended(filepath.Join(t.TempDir(), "gone")) {
		t.Error("a thread that is gone has not ended")
	}
}
