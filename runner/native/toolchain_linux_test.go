package native

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
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

// counted makes a toolchain in a new directory whose rustc prints a line, and counts how
// often it is asked.
func counted(t *testing.T, line string) (h host, asked func() int) {
	t.Helper()
	dir := fakeToolchain(t, t.TempDir(), "lib/librustc_driver-1.so")
	count := filepath.Join(t.TempDir(), "count")
	script := fmt.Sprintf("#!/bin/sh\necho x >>%s\n%s\n", count, line)
	// A child that another test forks meanwhile would have the file open, and it could
	// not be executed.
	syscall.ForkLock.RLock()
	err := os.WriteFile(filepath.Join(dir, "bin/rustc"), []byte(script), 0o755)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	return host{sysroot: dir}, func() int {
		data, _ := os.ReadFile(count)
		return len(data) / len("x\n")
	}
}

// What names a toolchain is found once, for every process that has the same cache, and
// anew when a file of it has changed.
func TestIdentityIsRemembered(t *testing.T) {
	t.Parallel()
	h, asked := counted(t, "echo 'rustc 1.97.0-nightly (0 2026-05-01)'")
	cache := t.TempDir()
	of := func(s *identities, cache string) identity {
		t.Helper()
		id, err := s.of(t.Context(), h, cache)
		if err != nil || id.Version != "1.97.0-nightly" || !id.whole() {
			t.Fatalf("%+v, %v", id, err)
		}
		return id
	}
	var first, second identities
	want := of(&first, cache)
	if of(&first, cache) != want || of(&second, cache) != want || asked() != 1 {
		t.Errorf("rustc was asked %d times, want once", asked())
	}
	if of(new(identities), t.TempDir()) != want || asked() != 2 {
		t.Error("with another cache the toolchain has another identity")
	}

	// A compiler of the same size and version.
	driver := filepath.Join(h.sysroot, "lib/librustc_driver-1.so")
	info, err := os.Stat(driver)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(driver, []byte(strings.Repeat("!", int(info.Size())+1)), 0o755); err != nil {
		t.Fatal(err)
	}
	if of(&first, cache) != want {
		t.Error("the files are looked at again at once")
	}
	first.last[h.sysroot] = look{at: time.Now().Add(-2 * lookTime), stamp: first.last[h.sysroot].stamp, identity: want}
	if of(&first, cache).ID == want.ID || asked() != 3 {
		t.Errorf("another compiler has the ID of the first; rustc was asked %d times", asked())
	}
}

// A memo that was cut, or changed by hand, is not used.
func TestIdentityMemoIsChecked(t *testing.T) {
	t.Parallel()
	h, asked := counted(t, "echo 'rustc 1.95.0'")
	cache := t.TempDir()
	want, err := new(identities).of(t.Context(), h, cache)
	if err != nil {
		t.Fatal(err)
	}
	memos, err := filepath.Glob(filepath.Join(cache, "*"))
	if err != nil || len(memos) != 1 {
		t.Fatalf("files in the cache: %q, %v", memos, err)
	}
	for i, text := range []string{"", "{", "null", `{"version":"1.95.0"}`, `{"version":"","id":"` + want.ID + `"}`, `{"version":"1.95.0","id":"00"}`} {
		if err := os.WriteFile(memos[0], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := new(identities).of(t.Context(), h, cache); err != nil || got != want || asked() != i+2 {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

// Each change of a toolchain makes a memo; the least recently used ones are removed.
func TestIdentityMemosAreBounded(t *testing.T) {
	t.Parallel()
	h, asked := counted(t, "echo 'rustc 1.95.0'")
	cache := t.TempDir()
	for i := range 3 * maxMemos {
		name := filepath.Join(cache, fmt.Sprintf("%s%d", memoPrefix, i))
		used := time.Now().Add(-time.Duration(i+1) * time.Minute)
		if err := errors.Join(os.WriteFile(name, nil, 0o600), os.Chtimes(name, used, used)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := new(identities).of(t.Context(), h, cache); err != nil || asked() != 1 {
			t.Errorf("rustc was asked %d times, want once; %v", asked(), err)
		}
	}
	names, err := filepath.Glob(filepath.Join(cache, "*"))
	if _, serr := os.Stat(filepath.Join(cache, memoPrefix+"0")); err != nil || serr != nil || len(names) != maxMemos {
		t.Errorf("%d memos, want the %d that were used last; %v, %v", len(names), maxMemos, err, serr)
	}
}

// A toolchain whose version cannot be told is an error, and not taken for a current one.
func TestUnknownVersion(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"exit 1", "echo", "echo 1.95.0", "echo rustc unknown", "echo 'rustc 1.95'", "kill -9 $$", "sleep 60 & exit 3"} {
		h, _ := counted(t, line)
		id, err := new(identities).of(t.Context(), h, t.TempDir())
		if !errors.Is(err, ErrBrokenToolchain) || !strings.Contains(err.Error(), h.sysroot) {
			t.Errorf("%s: %+v, %v", line, id, err)
		}
	}
	h, _ := counted(t, "exec sleep 60")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := new(identities).of(ctx, h, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: %v", err)
	}
}
