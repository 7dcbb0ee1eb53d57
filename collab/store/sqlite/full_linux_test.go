package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/store/storetest"
	"github.com/corust-dev/corust/collab/wire"
)

// TestReadOnly: a store is not opened where nothing can be written, but is copied
// from there, as from a snapshot of a file system.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("mounting a tiny tmpfs needs root")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("cannot mount a tmpfs: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	path := filepath.Join(dir, "db")
	fill(t, path, 5)
	saved, open := filepath.Join(dir, "saved"), filepath.Join(dir, "open")
	if err := sqlite.Backup(ctx, path, saved); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(ctx, saved, sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		data, err := os.ReadFile(saved + end)
		if err == nil {
			err = os.WriteFile(open+end, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(ctx, path, sqlite.Config{}); !errors.Is(err, unix.EROFS) {
		t.Errorf("opened: %v", err)
	}
	for _, from := range []string{path, saved, open} {
		to := filepath.Join(t.TempDir(), "db")
		if _, err := sqlite.Restore(ctx, from, to); err != nil {
			t.Errorf("%s: %v", filepath.Base(from), err)
			continue
		}
		s, err := sqlite.Open(ctx, to, sqlite.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if snap, err := s.Snapshot(ctx, "s"); err != nil || snap.Version != 5 {
			t.Errorf("%s: %+v, %v", filepath.Base(from), snap, err)
		}
		s.Close()
	}
}

// TestFullDisk fills a tiny file system: from some point on nothing is
// acknowledged, what was acknowledged stays, and with room it goes on.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("mounting a tiny tmpfs needs root")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=400k"); err != nil {
		t.Skipf("cannot mount a tmpfs: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 64<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "db")
	s := open(t, path, sqlite.Config{})
	if err := s.Create(ctx, "s", wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, time.UnixMilli(1)); err != nil {
		t.Fatal(err)
	}
	head := 0
	l := storetest.Open(t, s, "s")
	var err error
	for head < 100_000 {
		if err = l.Append(ctx, wire.Version(head), storetest.Entries("p", head+1, head+10)); err != nil {
			break
		}
		head += 10
	}
	if !errors.Is(err, store.ErrFull) {
		t.Fatalf("after %d entries: %v", head, err)
	}
	if err := l.Append(ctx, wire.Version(head), storetest.Entries("p", head+1, head+10)); !errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrUnknown) {
		t.Errorf("again: %v, want that the disk is full, and that nothing was written", err)
	}
	check := func(s *sqlite.Store) {
		t.Helper()
		if got, err := store.Read(ctx, s, "s", "e", 0, 0); err != nil || len(got) != head {
			t.Errorf("%d entries, %v, want %d", len(got), err, head)
		}
	}
	check(s)
	s.Close()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s = open(t, path, sqlite.Config{})
	check(s)
	if err := storetest.Open(t, s, "s").Append(ctx, wire.Version(head), storetest.Entries("p", head+1, head+10)); err != nil {
		t.Errorf("with room: %v", err)
	}
}
