package cache

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// mountSmall mounts a file system of so many bytes.
func mountSmall(t *testing.T, dir, size string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting a tiny tmpfs needs root")
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size); err != nil {
		t.Skipf("cannot mount a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// On a full disk, what was kept before is still found, what does not fit is not kept, and
// nothing is left of it.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mountSmall(t, dir, "256k")
	s := open(t, dir, 1<<30)
	var kept [8]bool
	for n := range kept {
		kept[n] = s.Keep(key(n), "", artifact(n, 0, 60_000))
	}
	found := 0
	for n := range kept {
		a := s.Artifact(key(n), always)
		if (a != nil) != kept[n] {
			t.Errorf("artifact %d is kept: %t, and found: %t", n, kept[n], a != nil)
		}
		if a != nil {
			found++
			if !same(a, artifact(n, 0, 60_000)) {
				t.Errorf("artifact %d is %+v", n, a)
			}
		}
	}
	if found < 2 || found > 4 || s.Stats().Failed != int64(8-found) || s.Stats().Damaged != 0 {
		t.Errorf("%d artifacts were found; %+v", found, s.Stats())
	}
	if err := os.WriteFile(filepath.Join(dir, "rest"), make([]byte, 256<<10), 0o600); err == nil {
		t.Error("the disk is not full")
	}
	if err := Check(dir); err == nil {
		t.Error("a full disk is well")
	}
	if err := os.Remove(filepath.Join(dir, "rest")); err != nil {
		t.Error(err)
	}
	for _, name := range names(t, dir) {
		if !strings.HasSuffix(name, suffix) {
			t.Errorf("left: %s", name)
		}
	}
	if _, err := Clear(dir); err != nil {
		t.Fatal(err)
	}
	s.Keep(key(9), "", artifact(9, 0, 60_000))
	if !same(s.Artifact(key(9), always), artifact(9, 0, 60_000)) {
		t.Error("nothing is kept although there is room again")
	}
}

// A file that cannot be removed does not keep others from making room.
func TestRoomIsMadeBesideAFileThatStays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stays := filepath.Join(dir, key(100).String()+suffix)
	if err := os.Mkdir(stays, 0o700); err != nil {
		t.Fatal(err)
	}
	mountSmall(t, stays, "4k")
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(stays, old, old); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, 100_000)
	for n := range 20 {
		s.Keep(key(n), "", artifact(n, 0, 10_000))
	}
	if u, err := UsageOf(dir); err != nil || u.Bytes > 100_000 {
		t.Errorf("%+v, %v", u, err)
	}
	if st := s.Stats(); st.Removed == 0 || st.Failed == 0 {
		t.Errorf("%+v", st)
	}
	if s.Artifact(key(19), always) == nil {
		t.Error("the last artifact is not there")
	}
}
