package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/postgres"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/store/storetest"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/pgtest"
)

func view(t *testing.T, database string) *postgres.View {
	t.Helper()
	v, err := postgres.OpenView(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

// saved opens a back-up as if it were the only copy, so that it keeps its epochs.
func saved(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err == nil {
		_, err = db.Exec("DELETE FROM meta WHERE key = 'restored' AND value = '1'")
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(ctx, path, sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestBackupHasWhatTheDatabaseHad(t *testing.T) {
	t.Parallel()
	from, db := filled(t), database(t)
	s := open(t, db, postgres.Config{Node: "a"})
	if _, err := s.Import(ctx, from, none); err != nil {
		t.Fatal(err)
	}
	want := everything(t, s)
	openAs(t, s, "s2", "a") // it may have an owner
	v, path := view(t, db), filepath.Join(t.TempDir(), "sessions.db")
	// What is written after the view was opened is not in it.
	create(t, s, "late")
	if err := openAs(t, s, "s1", "a").Append(ctx, 201, storetest.Entries("p", 202, 300)); err != nil {
		t.Fatal(err)
	}
	if err := openAs(t, s, "s4", "a").Delete(ctx); err != nil {
		t.Fatal(err)
	}
	n, err := sqlite.BackupOf(ctx, v, path)
	if err != nil || n != len(want) {
		t.Fatalf("%d sessions, %v", n, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	got := everything(t, saved(t, path))
	w := want["s2"]
	w.Info.Term++ // of the opening
	want["s2"] = w
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

// A back-up is one state of all sessions, also of those that are written meanwhile.
func TestBackupIsOneState(t *testing.T) {
	t.Parallel()
	db := database(t)
	s := open(t, db, postgres.Config{})
	ids := []wire.SessionID{"a", "b"}
	for n := range 300 { // some to read before and between
		create(t, s, wire.SessionID(fmt.Sprint("s", n)))
		if n%200 == 50 {
			create(t, s, ids[n/200])
		}
	}
	ending, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	a, b := openAs(t, s, "a", "n"), openAs(t, s, "b", "n")
	round := make(chan struct{}, 1)
	wg.Go(func() {
		for n := 0; ending.Err() == nil; n++ {
			for _, l := range []store.Log{a, b} { // each entry of b has its fellow in a
				if err := l.Append(ctx, wire.Version(n), storetest.Entries("p", n+1, n+1)); err != nil {
					t.Error(err)
					stop()
				}
			}
			select {
			case round <- struct{}{}:
			default:
			}
		}
	})
	for n := range 3 {
		for range 5 {
			<-round
		}
		path := filepath.Join(t.TempDir(), "sessions.db")
		if _, err := sqlite.BackupOf(ctx, view(t, db), path); err != nil {
			t.Fatal(err)
		}
		all := everything(t, saved(t, path))
		ahead := all["a"].Info.Head - all["b"].Info.Head
		if len(all) != 302 || ahead < 0 || ahead > 1 || all["b"].Info.Head == 0 {
			t.Errorf("back-up %d: %d sessions, versions %d and %d", n, len(all), all["a"].Info.Head, all["b"].Info.Head)
		}
		for _, id := range ids {
			if w := all[id]; len(w.Entries) != int(w.Info.Head) {
				t.Errorf("back-up %d: %d entries of %q, want %d", n, len(w.Entries), id, w.Info.Head)
			}
		}
	}
	stop()
	wg.Wait()
}

// failing is a source in which the sessions after the third cannot be read.
type failing struct {
	*postgres.View
	err error
}

func (f failing) Sessions(ctx context.Context) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		n := 0
		for i, err := range f.View.Sessions(ctx) {
			if n++; n > 3 {
				err = f.err
			}
			if !yield(i, err) {
				return
			}
		}
	}
}

func TestBackupThatFailsLeavesNoFile(t *testing.T) {
	t.Parallel()
	from, db := filled(t), database(t)
	if _, err := open(t, db, postgres.Config{}).Import(ctx, from, none); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "sessions.db")
	ending, cancel := context.WithCancel(ctx)
	defer cancel()
	unreadable := errors.New("unreadable")
	if _, err := sqlite.BackupOf(ctx, failing{view(t, db), unreadable}, path); !errors.Is(err, unreadable) {
		t.Errorf("a source that fails: %v", err)
	}
	v := view(t, db)
	cancel()
	if _, err := sqlite.BackupOf(ending, v, path); !errors.Is(err, context.Canceled) {
		t.Errorf("a back-up that was interrupted: %v", err)
	}
	v = view(t, db+"&application_name=ended")
	pgtest.Query(t, server, "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity WHERE application_name = 'ended'")
	if _, err := sqlite.BackupOf(ctx, v, path); err == nil || !strings.Contains(err.Error(), "terminat") && !strings.Contains(err.Error(), "EOF") {
		t.Errorf("a connection that broke: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
	if err := os.WriteFile(path+".part", []byte("of one that was killed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.BackupOf(ctx, view(t, db), path); err != nil {
		t.Errorf("after one that was killed: %v", err)
	}
	if _, err := sqlite.BackupOf(ctx, view(t, db), path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
}

func TestViewOfWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	older, newer := database(t), database(t)
	for db, change := range map[string]string{older: "DELETE FROM corust_schema WHERE version > 3", newer: "INSERT INTO corust_schema VALUES (1000)"} {
		open(t, db, postgres.Config{})
		pgtest.Exec(t, db, change)
	}
	for database, want := range map[string]string{
		database(t): "there are no tables of corust in this database",
		older:       "schema version 3 is older than this program's",
		newer:       "schema version 1000 is newer than this program's",
		"postgres://corust:secret@127.0.0.1:1/corust?connect_timeout=5": "127.0.0.1",
		"postgres://corust:secret@127.0.0.1:port/corust":                "invalid port",
	} {
		v, err := postgres.OpenView(ctx, database)
		if err == nil {
			v.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", database, err, want)
		}
	}
}

// A standby, on which nothing can be written, can be backed up.
func TestBackupOfAStandby(t *testing.T) {
	t.Parallel()
	primary, standby := pair(t)
	db := pgtest.Schema(t, primary.URL())
	s := open(t, db, postgres.Config{})
	for _, id := range []wire.SessionID{"s", "t"} {
		create(t, s, id)
		if err := openAs(t, s, id, "a").Append(ctx, 0, storetest.Entries("p", 1, 100)); err != nil {
			t.Fatal(err)
		}
	}
	// A commit waits until the standby has it on its disk, which is before reads find it.
	for deadline := time.Now().Add(30 * time.Second); ; {
		if pgtest.Query(t, standby.At(db), "SELECT coalesce(max(head), 0)::text FROM sessions WHERE id = 't'") == "100" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the standby does not follow")
		}
	}
	v, path := view(t, standby.At(db)), filepath.Join(t.TempDir(), "sessions.db")
	if n, err := sqlite.BackupOf(ctx, v, path); err != nil || n != 2 {
		t.Fatalf("%d sessions, %v", n, err)
	}
	got := everything(t, saved(t, path))
	for _, w := range got {
		if len(w.Entries) != 100 {
			t.Errorf("%q: %d entries", w.Info.ID, len(w.Entries))
		}
	}
	// The primary removes what a view of the standby reads: the standby may only wait, and
	// then ends the view.
	pgtest.Exec(t, standby.URL(), "ALTER SYSTEM SET max_standby_streaming_delay = 0", "SELECT pg_reload_conf()")
	v = view(t, standby.At(db))
	for range v.Sessions(ctx) { // from here on it has a snapshot of the database
		break
	}
	pgtest.Exec(t, db, "DELETE FROM entries", "VACUUM entries", "DELETE FROM sessions", "VACUUM sessions")
	var err error
	for deadline := time.Now().Add(30 * time.Second); err == nil && time.Now().Before(deadline); {
		for _, err = range v.Sessions(ctx) {
			if err != nil {
				break
			}
		}
	}
	if err == nil || !strings.Contains(err.Error(), "hot_standby_feedback") {
		t.Errorf("what the primary has removed: %v", err)
	}
}

func TestViewListsAllSessions(t *testing.T) {
	t.Parallel()
	db := database(t)
	open(t, db, postgres.Config{})
	pgtest.Exec(t, db, "INSERT INTO sessions (id, epoch, head, oldest, created, edited, owner) SELECT 's' || n, 'e', 0, 0, 0, 0, CASE WHEN n % 2 = 0 THEN 'a' ELSE '' END FROM generate_series(1, 2500) AS n")
	var got []wire.SessionID
	for i, err := range view(t, db).Sessions(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, i.ID)
	}
	slices.Sort(got)
	if n := len(slices.Compact(got)); n != 2500 {
		t.Errorf("%d sessions", n)
	}
}
