package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/store/storetest"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/testseed"
)

// crash gives what a kill -9 would leave of a store that is in use, as the file
// of a place of its own that keeps its epochs.
func crash(t *testing.T, path string) string {
	t.Helper()
	dir := t.TempDir()
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + end)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "db"+end), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	place{t, dir}.forgetHistory()
	return filepath.Join(dir, "db")
}

// count asks the file itself.
func count(t *testing.T, path, query string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// execute runs a statement on a file past its store.
func execute(t *testing.T, path, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(query, args...)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func create(t *testing.T, s store.Store, ids ...wire.SessionID) {
	t.Helper()
	for _, id := range ids {
		if err := s.Create(ctx, id, wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, time.UnixMilli(1)); err != nil {
			t.Fatal(err)
		}
	}
}

func put(t *testing.T, s store.Store, id wire.SessionID, from, to int) {
	t.Helper()
	if err := storetest.Open(t, s, id).Append(ctx, wire.Version(from-1), storetest.Entries("p", from, to)); err != nil {
		t.Fatal(err)
	}
}

// has wants the entries behind a version to be those of storetest.
func has(t *testing.T, s store.Store, id wire.SessionID, from, to int) {
	t.Helper()
	got, err := store.Read(ctx, s, id, "e", wire.Version(from), 0)
	if want := storetest.Entries("p", from+1, to); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s behind %d: %d entries, %v, want %d", id, from, len(got), err, len(want))
	}
}

// TestJournalIsFolded: a session's entries are the same, and the file's last
// change, too, wherever they are kept.
func TestJournalIsFolded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	s := open(t, path, sqlite.Config{})
	create(t, s, "a", "b")
	for n := 1; n <= 20; n++ {
		put(t, s, "a", n, n)
	}
	put(t, s, "b", 1, 3)
	if n := count(t, path, "SELECT count(*) FROM entries"); n != 0 {
		t.Errorf("%d entries at once", n)
	}
	if n := count(t, path, "SELECT count(*) FROM journal"); n < 21 {
		t.Errorf("%d rows of the journal for 21 appends, one after the other", n)
	}
	check := func(s *sqlite.Store) {
		t.Helper()
		has(t, s, "a", 0, 20)
		has(t, s, "a", 13, 20)
		has(t, s, "a", 20, 20)
		has(t, s, "b", 0, 3)
		if got, err := store.Read(ctx, s, "a", "e", 4, 3); err != nil || fmt.Sprint(got) != fmt.Sprint(storetest.Entries("p", 5, 7)) {
			t.Errorf("three: %v, %v", got, err)
		}
		var c *store.ConflictError
		if _, err := store.Read(ctx, s, "a", "e", 21, 0); !errors.As(err, &c) || c.Head != 20 {
			t.Errorf("above the head: %v", err)
		}
		a, err1 := s.Info(ctx, "a")
		b, err2 := s.Info(ctx, "b")
		if err := errors.Join(err1, err2); err != nil || a.Head != 20 || b.Head != 3 || !a.Edited.Equal(time.UnixMilli(1_000_020)) {
			t.Errorf("%+v, %+v, %v", a, b, err)
		}
		if err := storetest.Open(t, s, "a").Append(ctx, 20, storetest.Entries("p", 7, 7)); !errors.Is(err, store.ErrDuplicate) {
			t.Errorf("a push again: %v", err)
		}
	}
	check(s)
	crashed := crash(t, path)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := count(t, path, "SELECT count(*) FROM entries"); n != 23 {
		t.Errorf("%d entries in a closed file", n)
	}
	if n := count(t, path, "SELECT count(*) FROM journal"); n != 1 {
		t.Errorf("%d rows of the journal in a closed file", n)
	}
	for _, path := range []string{path, crashed} {
		s := open(t, path, sqlite.Config{})
		if s.Renewed() != "" {
			t.Error(s.Renewed())
		}
		check(s)
		// A snapshot looks at the rows, and lets go of what the journal has.
		if err := storetest.Open(t, s, "a").PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Version: 18, Files: wire.MainText("x")}, 15); err != nil {
			t.Error(err)
		}
		has(t, s, "a", 15, 20)
		put(t, s, "a", 21, 22)
		has(t, s, "a", 15, 22)
	}
}

// TestJournalIsBounded: a session that rests does not keep the rows of those that
// are at work, nor do these, though their tails never take much.
func TestJournalIsBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	s := open(t, path, sqlite.Config{Synchronous: sqlite.Normal}.Folding(1000))
	create(t, s, "rests", "works")
	put(t, s, "rests", 1, 2)
	for n := 0; n < 1000; n += 10 {
		put(t, s, "works", n+1, n+10)
		if err := storetest.Open(t, s, "works").PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Version: wire.Version(n + 10), Files: wire.MainText("")}, wire.Version(n)); err != nil {
			t.Fatal(err)
		}
		if n == 500 { // what was not closed has the same bound
			path = crash(t, path)
			s = open(t, path, sqlite.Config{Synchronous: sqlite.Normal}.Folding(1000))
		}
	}
	if n := count(t, path, "SELECT sum(length(records)) FROM journal"); n > 5000 {
		t.Errorf("%d bytes in the journal", n)
	}
	has(t, s, "rests", 0, 2)
	has(t, s, "works", 990, 1000)
}

// TestFoldWhileRead: readers see each entry once, in order, while a session's
// entries move from one place to the other.
func TestFoldWhileRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	s := open(t, path, sqlite.Config{}.Folding(3000)) // some thirty entries
	ids := []wire.SessionID{"a", "b", "c"}
	create(t, s, ids...)
	seed := testseed.Of(t)
	done := make(chan struct{})
	var readers, writers sync.WaitGroup
	for _, id := range ids {
		readers.Go(func() {
			for head := 0; ; {
				got, err := store.Read(ctx, s, id, "e", 0, 0)
				if err != nil || len(got) < head || fmt.Sprint(got) != fmt.Sprint(storetest.Entries("p", 1, len(got))) {
					t.Errorf("%s after %d: %d entries, %v", id, head, len(got), err)
					return
				}
				head = len(got)
				if i, err := s.Info(ctx, id); err != nil || int(i.Head) < head {
					t.Errorf("%s is said to be at %d, %v, was read up to %d", id, i.Head, err, head)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
		writers.Go(func() {
			rng := rand.New(rand.NewPCG(seed, uint64(id[0])))
			for head := 0; head < 400; {
				n := 1 + rng.IntN(4)
				put(t, s, id, head+1, head+n)
				head += n
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	if n := count(t, path, "SELECT count(*) FROM entries"); n == 0 {
		t.Error("nothing was folded")
	}
	if n := count(t, path, "SELECT sum(length(records)) FROM journal"); n > 100_000 {
		t.Errorf("%d bytes in the journal", n)
	}
}

// TestDeletedSessionStaysDeleted: what the journal still has of a session does
// not come back with another of its name, nor with another row's number.
func TestDeletedSessionStaysDeleted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	s := open(t, path, sqlite.Config{})
	create(t, s, "a")
	put(t, s, "a", 1, 5)
	l := storetest.Open(t, s, "a")
	if err := l.Delete(ctx); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(ctx, 5, storetest.Entries("p", 6, 6)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an append to what is gone: %v", err)
	}
	create(t, s, "a")
	put(t, s, "a", 1, 2)
	has(t, s, "a", 0, 2)
	s = open(t, crash(t, path), sqlite.Config{})
	create(t, s, "b")
	has(t, s, "a", 0, 2)
	has(t, s, "b", 0, 0)
}

// TestLastSessionDeleted: the file does not look like an earlier state of itself
// when the session with the last of all appends is gone.
func TestLastSessionDeleted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	s := open(t, path, sqlite.Config{})
	create(t, s, "a", "b")
	put(t, s, "a", 1, 1)
	put(t, s, "b", 1, 1)
	if err := errors.Join(storetest.Open(t, s, "b").Delete(ctx), s.Close()); err != nil {
		t.Fatal(err)
	}
	if s = open(t, path, sqlite.Config{}); s.Renewed() != "" {
		t.Errorf("renewed: %s", s.Renewed())
	}
}

// TestJournalOfARestoredFile: what only the journal has is in the snapshots of the
// new epochs.
func TestJournalOfARestoredFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	s := open(t, path, sqlite.Config{})
	create(t, s, "a")
	put(t, s, "a", 1, 3)
	s = open(t, crash(t, path), sqlite.Config{Restored: true})
	snap, err := s.Snapshot(ctx, "a")
	if err != nil || snap.Main() != "dcb" || snap.Version != 3 || snap.Epoch == "e" || snap.Acked["p"].Seq != 3 {
		t.Errorf("%+v, %v", snap, err)
	}
	if err := storetest.Open(t, s, "a").Append(ctx, 3, storetest.Entries("p", 4, 4)); err != nil {
		t.Error(err)
	}
}

// TestDamagedJournal flips bytes of a journal that was not folded: what is read is
// right, or an error.
func TestDamagedJournal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	s := open(t, path, sqlite.Config{})
	create(t, s, "a")
	put(t, s, "a", 1, 40)
	whole := crash(t, path)
	noticed := 0
	for at := range 60 {
		damaged := copyOf(t, whole)
		execute(t, damaged, `UPDATE journal SET records = CAST(substr(records, 1, ?1) || x'41' || substr(records, ?1 + 2) AS BLOB) WHERE length(records) > 0`, at*7)
		s, err := sqlite.Open(ctx, damaged, sqlite.Config{})
		if err == nil {
			has(t, s, "a", 0, 40) // an A in the place of an A
			s.Close()
		} else if noticed++; !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("byte %d: %v", at*7, err)
		}
	}
	if noticed < 50 {
		t.Errorf("%d damages noticed", noticed)
	}
}

// A row whose records are not of its form is an error, and not a row without entries.
func TestJournalOfAnotherFormIsCorrupt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	s := open(t, path, sqlite.Config{})
	create(t, s, "a")
	put(t, s, "a", 1, 40)
	whole := crash(t, path)
	for _, form := range []int64{0, 2, -1, 1 << 40} {
		damaged := copyOf(t, whole)
		execute(t, damaged, "UPDATE journal SET form = ? WHERE length(records) > 0", form)
		if s, err := sqlite.Open(ctx, damaged, sqlite.Config{}); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("form %d: %v, want %v", form, err, store.ErrCorrupt)
			if err == nil {
				s.Close()
			}
		}
	}
}

func copyOf(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestContradiction: where the file contradicts what the journal has of a session,
// that session takes and gives nothing more, and the others go on.
func TestContradiction(t *testing.T) {
	t.Parallel()
	for _, damage := range []string{
		"UPDATE sessions SET head = 7 WHERE id = 'a'",
		"INSERT INTO entries (sid, version, client, seq, at, changes, sum) VALUES (1, 2, 'q', 1, 0, '[]', 0)",
		"INSERT INTO entries (sid, version, client, seq, at, changes, sum) VALUES (1, 9, 'p', 2, 0, '[]', 0)",
	} {
		path := filepath.Join(t.TempDir(), "db")
		s := open(t, path, sqlite.Config{})
		create(t, s, "a", "b")
		put(t, s, "a", 1, 3)
		put(t, s, "b", 1, 3)
		execute(t, path, damage)
		if err := storetest.Open(t, s, "a").PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Version: 3, Files: wire.MainText("")}, 3); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: a snapshot: %v", damage, err)
		}
		if err := storetest.Open(t, s, "a").Append(ctx, 3, storetest.Entries("p", 4, 4)); !errors.Is(err, store.ErrCorrupt) || errors.Is(err, store.ErrDuplicate) {
			t.Errorf("%s: an append: %v", damage, err)
		}
		if _, err := store.Read(ctx, s, "a", "e", 0, 0); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: a reader: %v", damage, err)
		}
		put(t, s, "b", 4, 5)
		if err := storetest.Open(t, s, "b").PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Version: 5, Files: wire.MainText("")}, 3); err != nil {
			t.Error(err)
		}
		has(t, s, "b", 3, 5)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		// What it had stays in the file, and keeps nothing else there.
		if n := count(t, path, "SELECT length(records) FROM journal WHERE n = -1"); n < 50 {
			t.Errorf("%s: %d bytes are set aside", damage, n)
		}
		if n := count(t, path, "SELECT count(*) FROM journal"); n != 2 {
			t.Errorf("%s: %d rows of the journal", damage, n)
		}
		s = open(t, path, sqlite.Config{})
		has(t, s, "b", 3, 5)
		put(t, s, "b", 6, 6)
		if _, err := store.Read(ctx, s, "a", "e", 0, 0); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: a reader of the file as it was closed: %v", damage, err)
		}
		if err := storetest.Open(t, s, "a").Append(ctx, 3, storetest.Entries("p", 4, 4)); err == nil {
			t.Errorf("%s: an append to the file as it was closed", damage)
		}
		if err := storetest.Open(t, s, "a").Delete(ctx); err != nil {
			t.Error(err)
		}
		create(t, s, "a")
		put(t, s, "a", 1, 1)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if n := count(t, path, "SELECT count(*) FROM journal"); n != 1 {
			t.Errorf("%s: %d rows of the journal left", damage, n)
		}
	}
}

// TestSetAside: what could not be folded is, once the file no longer contradicts it.
func TestSetAside(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	s := open(t, path, sqlite.Config{Synchronous: sqlite.Normal}.Folding(1000))
	create(t, s, "a", "b", "rests")
	put(t, s, "rests", 1, 1)
	put(t, s, "a", 1, 3)
	repair := func(head int) {
		t.Helper()
		execute(t, path, "UPDATE sessions SET head = ? WHERE id = 'a'", head)
	}
	repair(7)
	for n := 0; n < 600; n += 10 {
		put(t, s, "b", n+1, n+10)
	}
	if n := count(t, path, "SELECT sum(length(records)) FROM journal"); n > 5000 {
		t.Errorf("%d bytes in the journal", n)
	}
	path = crash(t, path)
	repair(0)
	s = open(t, path, sqlite.Config{})
	has(t, s, "a", 0, 3)
	has(t, s, "b", 0, 600)
	put(t, s, "a", 4, 5)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := count(t, path, "SELECT count(*) FROM journal"); n != 1 {
		t.Errorf("%d rows of the journal", n)
	}
	s = open(t, path, sqlite.Config{})
	has(t, s, "a", 0, 5)
	has(t, s, "rests", 0, 1)
}

// TestInUse: a second process, or the second of one, is told, and changes nothing.
func TestInUse(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	s := open(t, p.db(), sqlite.Config{})
	p.append(s, 2)
	if _, err := sqlite.Open(ctx, p.db(), sqlite.Config{}); !errors.Is(err, store.ErrInUse) {
		t.Errorf("opened twice: %v", err)
	}
	if err := sqlite.Backup(ctx, p.db(), p.dir+"/copy"); err != nil {
		t.Error(err)
	}
	if _, err := sqlite.Restore(ctx, p.dir+"/copy", p.db()); !errors.Is(err, store.ErrInUse) {
		t.Errorf("restored over one in use: %v", err)
	}
	p.append(s, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if epoch, why := p.epoch(); epoch != "e" || why != "" {
		t.Errorf("epoch %s: %s", epoch, why)
	}
}
