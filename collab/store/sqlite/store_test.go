package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/store/storetest"
	"github.com/corust-dev/corust/collab/wire"
)

var (
	_   store.Store = (*sqlite.Store)(nil)
	ctx             = context.Background()
)

func open(t testing.TB, path string, cfg sqlite.Config) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(ctx, path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	for _, sync := range []sqlite.Synchronous{sqlite.Full, sqlite.Normal} {
		t.Run(string(sync), func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) store.Store {
				return open(t, filepath.Join(t.TempDir(), "a b%?#.db"), sqlite.Config{Synchronous: sync})
			})
		})
	}
}

// fill makes a session of n entries in a file and closes it.
func fill(t *testing.T, path string, n int) {
	t.Helper()
	s := open(t, path, sqlite.Config{})
	if err := s.Create(ctx, "s", wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, time.UnixMilli(1)); err != nil {
		t.Fatal(err)
	}
	if err := storetest.Open(t, s, "s").Append(ctx, 0, storetest.Entries("p", 1, n)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestClosedIsOneFile: who copies the file of a stopped server has everything.
func TestClosedIsOneFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	fill(t, path, 20)
	for _, end := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(path + end); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s after Close: %v", end, err)
		}
	}
}

// TestPrivate: nobody else may read what people write.
func TestPrivate(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("files have no modes")
	}
	path := filepath.Join(t.TempDir(), "db")
	s := open(t, path, sqlite.Config{})
	create(t, s, "s")
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 4 {
		t.Errorf("%q, %v", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", filepath.Base(file), info.Mode(), err)
		}
	}
}

func TestReopen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	fill(t, path, 20)
	s := open(t, path, sqlite.Config{})
	got, err := store.Read(ctx, s, "s", "e", 0, 0)
	if err != nil || len(got) != 20 {
		t.Fatalf("%d entries, %v", len(got), err)
	}
	if err := storetest.Open(t, s, "s").Append(ctx, 20, storetest.Entries("p", 21, 21)); err != nil {
		t.Error(err)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	if _, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "db"), sqlite.Config{Synchronous: "OFF"}); err == nil {
		t.Error("synchronous=OFF was taken")
	}
	path := filepath.Join(t.TempDir(), "db")
	fill(t, path, 1)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var mode string
	var version int
	if err := db.QueryRow("PRAGMA journal_mode").Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal mode %q, %v", mode, err)
	}
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil || version < 2 {
		t.Errorf("schema version %d, %v", version, err)
	}
	if _, err := db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(ctx, path, sqlite.Config{}); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("a file of the future: %v", err)
	}
}

// TestForeignFiles: what is not a store is never taken for an empty one.
func TestForeignFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	noise := filepath.Join(dir, "noise")
	if err := os.WriteFile(noise, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other")
	execute(t, other, "CREATE TABLE theirs (a)")
	for _, path := range []string{noise, other} {
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := sqlite.Open(ctx, path, sqlite.Config{}); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v, %v", filepath.Base(path), s, err)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s is not as it was: %v", filepath.Base(path), err)
		}
	}
}

// TestEmptiedFile: a store that has become empty is none that is new; a file that
// somebody made to be one is.
func TestEmptiedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fill(t, path, 3)
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	for _, cfg := range []sqlite.Config{{}, {Restored: true}} {
		if _, err := sqlite.Open(ctx, path, cfg); !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "empty") {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
	// Who removes the file means to have a new one.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if i, err := open(t, path, sqlite.Config{}).Info(ctx, "s"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%+v, %v", i, err)
	}
}

// TestDamage flips one byte after the other (every 149th) of a small store:
// whatever is read is right or an error.
func TestDamage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	fill(t, path, 40)
	// As from before there were marks: or else each copy gets a new history.
	place{t, filepath.Dir(path)}.forgetHistory()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprint(storetest.Entries("p", 1, 40))
	noticed := 0
	for at := 0; at < len(whole); at += 149 {
		damaged := append([]byte(nil), whole...)
		damaged[at] ^= 0x41
		file := filepath.Join(t.TempDir(), "db")
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := sqlite.Open(ctx, file, sqlite.Config{})
		if err != nil {
			noticed++
			continue
		}
		snap, err := s.Snapshot(ctx, "s")
		var got []wire.Entry
		if err == nil {
			got, err = store.Read(ctx, s, "s", snap.Epoch, snap.Version, 0)
		}
		switch {
		case err != nil:
			noticed++
		case snap.Epoch == "e" && (snap.Main() != "" || snap.Version != 0 || fmt.Sprint(got) != want):
			t.Errorf("byte %d: %d entries behind %+v, and no error", at, len(got), snap)
		}
		s.Close()
	}
	if noticed < 20 {
		t.Errorf("%d damages noticed", noticed)
	}
}

func TestLostEntriesAreNoticed(t *testing.T) {
	t.Parallel()
	for _, damage := range []string{
		"DELETE FROM entries WHERE version = 3",
		"DELETE FROM entries WHERE version = 5",
		"UPDATE entries SET changes = '[0]' WHERE version = 2",
		"UPDATE entries SET seq = 77 WHERE version = 2",
		"DELETE FROM snapshots",
		"UPDATE snapshots SET text = 'another'",
		"UPDATE sessions SET head = 6",
		"UPDATE sessions SET head = 3",
		"UPDATE sessions SET head = 0",
	} {
		path := filepath.Join(t.TempDir(), "db")
		fill(t, path, 5)
		execute(t, path, damage)
		s := open(t, path, sqlite.Config{})
		snap, err := s.Snapshot(ctx, "s")
		if err == nil {
			_, err = store.Read(ctx, s, "s", snap.Epoch, snap.Version, 0)
		}
		if !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v", damage, err)
		}
		s.Close()
		if _, err := sqlite.Open(ctx, path, sqlite.Config{Restored: true}); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s, renewed: %v", damage, err)
		}
	}
}

// TestBackup: a copy made in use is one state, and a new history.
func TestBackup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "db"), filepath.Join(dir, "copy")
	fill(t, path, 10)
	s := open(t, path, sqlite.Config{})
	if err := sqlite.Backup(ctx, path, copied); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Backup(ctx, path, copied); !errors.Is(err, os.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	if err := storetest.Open(t, s, "s").Append(ctx, 10, storetest.Entries("p", 11, 12)); err != nil {
		t.Fatal(err)
	}
	want := ""
	for n := 1; n <= 10; n++ {
		want = string(rune('a'+n%26)) + want
	}
	var epoch wire.Epoch
	for i := range 2 { // only the first opening renews
		b := open(t, copied, sqlite.Config{})
		snap, err := b.Snapshot(ctx, "s")
		if err != nil || snap.Main() != want || snap.Version != 10 || snap.Epoch == "e" || snap.Acked["p"].Seq != 10 {
			t.Fatalf("restored %+v, %v", snap, err)
		}
		if i == 1 && snap.Epoch != epoch {
			t.Errorf("epoch %s, then %s", epoch, snap.Epoch)
		}
		epoch = snap.Epoch
		var c *store.ConflictError
		if _, err := store.Read(ctx, b, "s", "e", 10, 0); !errors.As(err, &c) {
			t.Errorf("a reader of the old epoch: %v", err)
		}
		if got := storetest.Open(t, b, "s").Grant(); got.Epoch != epoch || got.Head != 10 {
			t.Errorf("granted %+v, want epoch %s at 10", got, epoch)
		}
		b.Close()
	}
	b := open(t, copied, sqlite.Config{})
	if err := storetest.Open(t, b, "s").Append(ctx, 10, []wire.Entry{{Client: "p", Seq: 11, Changes: ot.Empty(10)}}); err != nil {
		t.Error(err)
	}
}
