package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/corust-dev/corust/collab/store"
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
	if err := store.Backup(ctx, path, saved); err != nil {
		t.Fatal(err)
	}
	s, err := store.OpenSQLite(ctx, saved, store.Options{})
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
	if _, err := store.OpenSQLite(ctx, path, store.Options{}); !errors.Is(err, unix.EROFS) {
		t.Errorf("opened: %v", err)
	}
	for _, from := range []string{path, saved, open} {
		to := filepath.Join(t.TempDir(), "db")
		if _, err := store.Restore(ctx, from, to); err != nil {
			t.Errorf("%s: %v", filepath.Base(from), err)
			continue
		}
		s, err := store.OpenSQLite(ctx, to, store.Options{})
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
	s := open(t, path, store.Options{})
	if err := s.Create(ctx, "s", wire.Snapshot{Epoch: "e"}, time.UnixMilli(1)); err != nil {
		t.Fatal(err)
	}
	head := 0
	var err error
	for head < 100_000 {
		if err = s.Append(ctx, "s", "e", wire.Version(head), storetest.Entries("p", head+1, head+10)); err != nil {
			break
		}
		head += 10
	}
	if !errors.Is(err, store.ErrFull) {
		t.Fatalf("after %d entries: %v", head, err)
	}
	if err := s.Append(ctx, "s", "e", wire.Version(head), storetest.Entries("p", head+1, head+10)); !errors.Is(err, store.ErrFull) {
		t.Errorf("again: %v", err)
	}
	check := func(s *store.SQLite) {
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
	s = open(t, path, store.Options{})
	check(s)
	if err := s.Append(ctx, "s", "e", wire.Version(head), storetest.Entries("p", head+1, head+10)); err != nil {
		t.Errorf("with room: %v", err)
	}
}
