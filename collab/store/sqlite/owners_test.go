package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	driver "modernc.org/sqlite"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/storetest"
	"github.com/corust-dev/corust/collab/wire"
)

// readAll reads the entries of the session "s".
func readAll(t *testing.T, s *Store) []wire.Entry {
	t.Helper()
	got, err := store.Read(context.Background(), s, "s", "e", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// reopen opens the log of the session "s" for the node that had it, and wants that it
// has missed nothing.
func reopen(t *testing.T, s *Store, had store.Term, head wire.Version) store.Log {
	t.Helper()
	l := openLog(t, s)
	if g := l.Grant(); g.Head != head || g.Term <= had || g.Since > had {
		t.Errorf("opened again: %+v, want head %d and nothing missed since term %d", g, head, had)
	}
	return l
}

// TestUnknownMark: what was committed without its mark has an unknown outcome, and
// stays so until the mark can be written: nobody is told of a change that a copy of
// the file would lack unnoticed.
func TestUnknownMark(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "db")
	s, err := Open(ctx, path, Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Create(ctx, "s", wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, time.Now()); err != nil {
		t.Fatal(err)
	}
	l := openLog(t, s)
	whole := s.mark.file
	readOnly, err := os.Open(whole.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	swap := func(f *os.File) {
		t.Helper()
		// The error is that of the mark, which follows.
		_ = s.submit(ctx, onRows, func(context.Context) error { s.mark.file = f; return nil })
	}
	swap(readOnly)
	if err := l.Append(ctx, 0, storetest.Entries("p", 1, 2)); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("append: %v, want %v", err, store.ErrUnknown)
	}
	if _, err := s.Open(ctx, "s", "node"); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("opened while the mark is of before: %v", err)
	}
	swap(whole)
	l = reopen(t, s, 1, 2)
	if got := readAll(t, s); len(got) != 2 {
		t.Errorf("%d entries, want 2", len(got))
	}
	if err := errors.Join(l.Append(ctx, 2, storetest.Entries("p", 3, 3)), s.Close()); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(ctx, path, Config{}); err != nil || s.Renewed() != "" {
		t.Errorf("%v, %s", err, s.Renewed())
	}
}

// TestUnknownCommit: a transaction whose end fails has an unknown outcome. For the
// process it has not happened, and the owner is who it was.
func TestUnknownCommit(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := openWith(t, Config{})
	var refuse atomic.Bool
	err := s.submit(ctx, onRows, func(context.Context) error {
		return s.conn.Raw(func(c any) error {
			c.(driver.HookRegisterer).RegisterCommitHook(func() int32 {
				if refuse.Load() {
					return 1
				}
				return 0
			})
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	l := openLog(t, s)
	refuse.Store(true)
	for name, write := range map[string]func() error{
		"append":   func() error { return l.Append(ctx, 0, storetest.Entries("p", 1, 2)) },
		"settings": func() error { return l.PutSettings(ctx, []byte("x")) },
		"run":      func() error { return l.PutRun(ctx, store.Run{ID: "r"}) },
		"open":     func() error { _, err := s.Open(ctx, "s", "another"); return err },
		"delete":   func() error { return l.Delete(ctx) },
		"rename":   func() error { return l.Rename(ctx, "t", time.Time{}) },
	} {
		if err := write(); !errors.Is(err, store.ErrUnknown) || errors.Is(err, store.ErrDuplicate) {
			t.Errorf("%s: %v, want %v", name, err, store.ErrUnknown)
		}
	}
	refuse.Store(false)
	if err := l.Append(ctx, 0, storetest.Entries("p", 1, 2)); err != nil {
		t.Errorf("by the handle before: %v", err)
	}
	l = reopen(t, s, 1, 2)
	if err := l.Append(ctx, 2, storetest.Entries("p", 3, 3)); err != nil {
		t.Error(err)
	}
	if got := readAll(t, s); len(got) != 3 {
		t.Errorf("%d entries, want 3", len(got))
	}
}

// TestOwnersEndWithTheProcess: a file that was killed has no owners, and the next term
// is above all before.
func TestOwnersEndWithTheProcess(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := openWith(t, Config{})
	openLog(t, s)
	l := openLog(t, s)
	if err := l.PutRun(ctx, store.Run{ID: "r"}); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "db")
	for _, end := range []string{"", "-wal", "-mark"} {
		b, err := os.ReadFile(s.path + end)
		if err == nil {
			err = os.WriteFile(to+end, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	killed, err := Open(ctx, to, Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer killed.Close()
	i, err := killed.Info(ctx, "s")
	if err != nil || i.Owner != "" || i.Term != 2 {
		t.Errorf("%+v, %v, want no owner since term 2", i, err)
	}
	if r, err := killed.Run(ctx, "s", "r"); err != nil || !r.Lost(i) {
		t.Errorf("%+v, %v, want a run that is lost", r, err)
	}
	if g := openLog(t, killed).Grant(); g.Term != 3 || g.Since != 3 {
		t.Errorf("granted %+v, want term 3", g)
	}
}

// TestMigrateTerms: a session of a file of the sixth schema was never owned, and a run
// that never ended there is lost.
func TestMigrateTerms(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "db")
	err := with(dsn(path), func(old *sql.DB) error {
		conn, err := old.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		if err := migrate(ctx, conn, migrations[:6]); err != nil {
			return err
		}
		_, err = conn.ExecContext(ctx, `INSERT INTO sessions (sid, id, epoch, head, oldest, created, edited) VALUES (1, 's', 'e', 0, 0, 0, 0);
			INSERT INTO snapshots (sid, version, text, acked, sum) VALUES (1, 0, x'', x'6e756c6c', ?);
			INSERT INTO runs (sid, id, version, by, started, ended, verdict, output) VALUES (1, 'r', 0, 'p', 5, 0, '', x'')`, checksum([]int64{0}, nil, []byte("null")))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(ctx, path, Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, owned := range []bool{false, true} {
		if owned {
			openLog(t, s)
		}
		i, err1 := s.Info(ctx, "s")
		r, err2 := s.Run(ctx, "s", "r")
		if err := errors.Join(err1, err2); err != nil || !r.Lost(i) || i.Term != map[bool]store.Term{true: 1}[owned] {
			t.Errorf("owned: %v: %+v of %+v, %v, want a run that is lost", owned, r, i, err)
		}
	}
}
