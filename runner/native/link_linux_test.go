package native

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What a script finds is remembered by what names the toolchain and the system, also if it
// is nothing; a search that was cut short is not.
func TestLinkArgsAreRemembered(t *testing.T) {
	t.Parallel()
	h, asked := counted(t, "exit 1")
	cache := t.TempDir()
	if got := new(links).of(t.Context(), h, "a", cache); got != "" || asked() != 0 {
		t.Errorf("without lld: %q, rustc was started %d times", got, asked())
	}
	lld := filepath.Join(h.sysroot, "lib/rustlib", targetTriple(), "bin/gcc-ld")
	if err := os.MkdirAll(lld, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(lld, "ld.lld"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got := new(links).of(ended, h, "a", cache); got != "" || asked() != 0 {
		t.Errorf("a context that has ended: %q, rustc was started %d times", got, asked())
	}
	for range 2 {
		if got := new(links).of(t.Context(), h, "a", cache); got != "" || asked() != 1 {
			t.Errorf("%q, rustc was started %d times, want once", got, asked())
		}
	}
	memos, err := filepath.Glob(filepath.Join(cache, "*"))
	if err != nil || len(memos) != 1 {
		t.Fatalf("files in the cache: %q, %v", memos, err)
	}
	old := time.Now().Add(-2 * noLinkTime)
	if err := os.Chtimes(memos[0], old, old); err != nil {
		t.Fatal(err)
	}
	if got := new(links).of(t.Context(), h, "a", cache); got != "" || asked() != 2 {
		t.Errorf("after an hour: %q, rustc was started %d times, want a second time", got, asked())
	}
	if err := os.WriteFile(memos[0], []byte("-L/lib crti.o\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var l links
	if got := l.of(t.Context(), h, "a", cache); got != "-L/lib crti.o" {
		t.Errorf("from the cache: %q", got)
	}
	if err := os.Remove(memos[0]); err != nil {
		t.Fatal(err)
	}
	if got := l.of(t.Context(), h, "a", cache); got != "-L/lib crti.o" || asked() != 2 {
		t.Errorf("from memory: %q, rustc was started %d times", got, asked())
	}
	if got := l.of(t.Context(), h, "another system", cache); got != "" || asked() != 3 {
		t.Errorf("of another system: %q, rustc was started %d times", got, asked())
	}
	for i := range 2 * maxMemos {
		l.of(t.Context(), h, fmt.Sprint("system ", i), cache)
	}
	if kept, _ := filepath.Glob(filepath.Join(cache, linkPrefix+"*")); len(kept) != maxMemos {
		t.Errorf("%d files in the cache, want %d", len(kept), maxMemos)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, newPrefix+"*")); len(left) > 0 {
		t.Errorf("left in the cache: %s", strings.Join(left, ", "))
	}
}
