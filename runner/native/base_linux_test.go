package native

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/corust-dev/corust/internal/owner"
)

// machine is a system with tools, links to tools and time zones.
func machine(t *testing.T) system {
	t.Helper()
	s := fakeSystem(t, []string{
		"usr/bin/dash", "usr/bin/coreutils", "bin/sed", "usr/bin/x86_64-linux-gnu-gcc-12", "usr/bin/ld", "usr/bin/not-promised",
		"usr/lib/x86_64-linux-gnu/libc.so.6", "usr/lib64/ld-linux-x86-64.so.2",
		"usr/share/zoneinfo/Etc/UTC", "usr/share/zoneinfo/Europe/Berlin", "usr/share/zoneinfo/posix/Europe/Berlin", "usr/share/zoneinfo/tzdata.zi",
	}, map[string]string{
		"usr/bin/sh": "dash", "usr/bin/cc": "gcc-12", "usr/bin/gcc-12": "x86_64-linux-gnu-gcc-12",
		"usr/bin/ls": "coreutils", "usr/bin/cat": "coreutils",
		"usr/share/zoneinfo/UTC": "Etc/UTC", "usr/share/zoneinfo/localtime": "/etc/localtime",
	})
	if err := os.WriteFile(filepath.Join(s.root, "usr/bin/dash"), []byte("the shell"), 0o700); err != nil {
		t.Fatal(err)
	}
	return s
}

func cacheIn(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "cache")
}

func openAt(t *testing.T, s system, cache string) *base {
	t.Helper()
	b, err := openBase(s.recipe(false), []string{cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.close() })
	return b
}

func TestBaseHasWhatIsPromised(t *testing.T) {
	old := unix.Umask(0o077) // as the systemd unit has it
	defer unix.Umask(old)
	b := openAt(t, machine(t), cacheIn(t))
	var have []string
	err := filepath.WalkDir(b.dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(b.dir, file)
		if err != nil {
			return err
		}
		want := fs.FileMode(0o755) // a box's user is another
		if strings.HasPrefix(rel, "share/") && !d.IsDir() {
			want = 0o644
		}
		if d.Type() == fs.ModeSymlink {
			want = 0o777
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", rel, info.Mode(), want)
		}
		have = append(have, rel)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		".", "bin", "bin/cat", "bin/cc", "bin/ld", "bin/ls", "bin/sed", "bin/sh",
		"lib", "lib/x86_64-linux-gnu", "lib64",
		"share", "share/zoneinfo", "share/zoneinfo/Etc", "share/zoneinfo/Etc/UTC", "share/zoneinfo/Europe", "share/zoneinfo/Europe/Berlin",
		"share/zoneinfo/UTC", "share/zoneinfo/tzdata.zi",
	}
	if !slices.Equal(have, want) {
		t.Errorf("the base has\n%q\nwant\n%q", have, want)
	}
	if text, err := os.ReadFile(filepath.Join(b.dir, "bin/sh")); err != nil || string(text) != "the shell" {
		t.Errorf("sh is %q, %v", text, err)
	}
}

// Programs of 64-bit ARM name a loader that is in no directory of libraries: the base has
// the link to it, or the box where /lib is a directory of the machine.
func TestBoxesHaveTheLoader(t *testing.T) {
	t.Parallel()
	const name, to = "ld-linux-aarch64.so.1", "aarch64-linux-gnu/ld-linux-aarch64.so.1"
	merged := arm(t)
	b := openAt(t, merged, cacheIn(t))
	if got, err := os.Readlink(filepath.Join(b.dir, "lib", name)); err != nil || got != to {
		t.Errorf("the loader leads to %q, %v; want %q", got, err, to)
	}
	unmerged := fakeSystem(t, []string{"lib/" + to}, nil)
	unmerged.multiarch = merged.multiarch
	for _, tt := range []struct {
		sys  system
		want bool
	}{{merged, false}, {unmerged, true}, {debian(t), false}, {fedora(t), false}} {
		got := slices.ContainsFunc(tt.sys.libraries(), func(m mount) bool {
			return m.Kind == symlink && m.Target == "/lib/"+name && m.Source == to
		})
		if got != tt.want {
			t.Errorf("%+v", tt.sys.libraries())
		}
	}
}

// A base is made once, and again when a tool is replaced; the one before is
// removed when no process uses it any more.
func TestBaseFollowsTheMachine(t *testing.T) {
	t.Parallel()
	s, cache := machine(t), cacheIn(t)
	first := openAt(t, s, cache)
	again := openAt(t, s, cache)
	if first.dir != again.dir {
		t.Errorf("the same machine has %s and %s", first.dir, again.dir)
	}
	tool := filepath.Join(s.root, "usr/bin/dash")
	if err := os.Chtimes(tool, time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	second := openAt(t, s, cache)
	if second.dir == first.dir {
		t.Error("a new shell is not in the base")
	}
	if _, err := os.Stat(filepath.Join(first.dir, "bin/sh")); err != nil {
		t.Errorf("a base that is used was removed: %v", err)
	}
	first.close()
	again.close()
	if err := os.Chtimes(tool, time.Time{}, time.Unix(2, 0)); err != nil {
		t.Fatal(err)
	}
	third := openAt(t, s, cache)
	left, err := os.ReadDir(cache)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 2 {
		t.Errorf("in the cache are %v, want %s and %s", left, second.dir, third.dir)
	}
}

// Processes that start at once get one base, whole, and leave nothing else.
func TestBaseIsMadeByManyAtOnce(t *testing.T) {
	t.Parallel()
	s, cache := machine(t), cacheIn(t)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			b, err := openBase(s.recipe(false), []string{cache})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := os.Stat(filepath.Join(b.dir, "share/zoneinfo/tzdata.zi")); err != nil {
				t.Error(err)
			}
			b.close()
		})
	}
	all.Wait()
	if left, err := os.ReadDir(cache); err != nil || len(left) != 1 {
		t.Errorf("in the cache are %v (%v), want one base", left, err)
	}
}

// What a process was making or removing when it was killed is removed: at once if it is
// known to have ended, and otherwise when it would have been done for long.
func TestHalfABaseIsSwept(t *testing.T) {
	t.Parallel()
	cache := cacheIn(t)
	if n, err := sweepBases(cache); n != 0 || err != nil {
		t.Errorf("without a cache: %d, %v", n, err)
	}
	if err := prepareCache(cache); err != nil {
		t.Fatal(err)
	}
	live := owner.Self()
	dead, elsewhere := live, live
	dead.PID, elsewhere.Space = math.MaxInt32, "1"
	stays := map[string]bool{}
	for _, d := range []struct {
		name  string
		age   time.Duration
		stays bool
	}{
		{newPrefix + dead.String() + "-1", 0, false},
		{oldPrefix + dead.String() + "-abc", 0, false},
		{newPrefix + live.String() + "-1", 0, true},
		{newPrefix + elsewhere.String() + "-1", 0, true},
		{newPrefix + elsewhere.String() + "-2", 2 * abandoned, false},
		{newPrefix + "1234", 2 * abandoned, false},
		{newPrefix + "1235", 0, true},
		{basePrefix + dead.String(), 2 * abandoned, true},
		{"other", 2 * abandoned, true},
	} {
		dir := filepath.Join(cache, d.name)
		if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, time.Time{}, time.Now().Add(-d.age)); err != nil {
			t.Fatal(err)
		}
		stays[d.name] = d.stays
	}
	if n, err := sweepBases(cache); n != 4 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	for name, want := range stays {
		if _, err := os.Stat(filepath.Join(cache, name)); (err == nil) != want {
			t.Errorf("%s is there: %t, want %t", name, err == nil, want)
		}
	}
	// Others could put anything into a directory that they can write to.
	if err := os.Mkdir(filepath.Join(cache, newPrefix+dead.String()+"-2"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(cache, 0o777); err != nil {
		t.Fatal(err)
	}
	if n, err := sweepBases(cache); n != 0 || err != nil {
		t.Errorf("swept %d in a directory of others, %v", n, err)
	}
}

// A directory that others can change is not used, nor anything in one; the next is.
func TestBaseIsOnlyOurs(t *testing.T) {
	t.Parallel()
	s := machine(t)
	for name, spoil := range map[string]func(parent, cache string) error{
		"writable for all":        func(_, cache string) error { return os.Chmod(cache, 0o777) },
		"writable for a group":    func(_, cache string) error { return os.Chmod(cache, 0o770) },
		"in one that is writable": func(parent, _ string) error { return os.Chmod(parent, 0o777) },
		"a file": func(_, cache string) error {
			return errors.Join(os.Remove(cache), os.WriteFile(cache, nil, 0o600))
		},
		"another user's": func(_, cache string) error {
			if os.Geteuid() != 0 {
				return os.Chmod(cache, 0o777) // only root can change the owner
			}
			return os.Chown(cache, 12345, 12345)
		},
		"in another user's": func(parent, _ string) error {
			if os.Geteuid() != 0 {
				return os.Chmod(parent, 0o777)
			}
			return os.Chown(parent, 12345, 12345)
		},
	} {
		parent := filepath.Join(t.TempDir(), "parent")
		cache, next := filepath.Join(parent, "cache"), cacheIn(t)
		if err := errors.Join(os.MkdirAll(cache, 0o700), spoil(parent, cache)); err != nil {
			t.Fatal(err)
		}
		if _, err := openBase(s.recipe(false), []string{cache}); err == nil || !strings.Contains(err.Error(), parent) {
			t.Errorf("%s: want an error that names the directory, got %v", name, err)
		}
		b, err := openBase(s.recipe(false), []string{cache, next})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if filepath.Dir(b.dir) != next {
			t.Errorf("%s: the base is %s", name, b.dir)
		}
		b.close()
	}
	// /tmp is writable for all, but a user cannot rename what others have in it.
	parent := filepath.Join(t.TempDir(), "sticky")
	if err := errors.Join(os.Mkdir(parent, 0o777), os.Chmod(parent, 0o777|fs.ModeSticky)); err != nil {
		t.Fatal(err)
	}
	openAt(t, s, filepath.Join(parent, "cache"))
}
