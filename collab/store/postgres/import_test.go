package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"path/filepath"
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

// whole is a session as its store reads it.
type whole struct {
	Info     store.Info
	Snapshot wire.Snapshot
	Past     []wire.Snapshot // checkpoints before it
	Oldest   wire.Version
	Entries  []wire.Entry
	Settings []byte
	Runs     []store.Run
}

// everything reads all sessions of a store that no node owns.
func everything(t *testing.T, s store.Store) map[wire.SessionID]whole {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Expired(ctx, time.UnixMilli(math.MaxInt64), math.MaxInt)
	check(err)
	out := map[wire.SessionID]whole{}
	for _, i := range all {
		w := whole{Info: i}
		w.Snapshot, err = s.Snapshot(ctx, i.ID)
		check(err)
		for before := w.Snapshot.Version; ; {
			c, err := s.Checkpoint(ctx, i.ID, i.Epoch, before-1)
			check(err)
			if c.Version >= before {
				break
			}
			w.Past, before = append(w.Past, c), c.Version
		}
		w.Oldest, err = s.Reach(ctx, i.ID, i.Epoch, i.Head, math.MaxInt, math.MaxInt)
		check(err)
		w.Entries, err = store.Read(ctx, s, i.ID, i.Epoch, w.Oldest, 0)
		check(err)
		w.Settings, err = s.Settings(ctx, i.ID)
		check(err)
		runs, err := s.Runs(ctx, i.ID)
		check(err)
		for _, r := range runs {
			r, err = s.Run(ctx, i.ID, r.ID)
			check(err)
			w.Runs = append(w.Runs, r)
		}
		out[i.ID] = w
	}
	return out
}

// filled makes a store in a file with sessions of every kind, owned by nobody.
func filled(t *testing.T) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "sessions.db"), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	create(t, s, "untouched")
	for n := range 5 {
		id := wire.SessionID(fmt.Sprint("s", n))
		create(t, s, id)
		var l store.Log
		for range n + 1 { // the term is the number of openings
			l = openAs(t, s, id, "a")
		}
		check(l.Append(ctx, 0, storetest.Entries("p", 1, 200*n+1)))
		if n == 3 { // what the snapshot lets go is gone
			snap, err := s.Snapshot(ctx, id)
			check(err)
			snap.Version, snap.Files = 100, wire.MainText("é\x00\u2028")
			snap.Acked = map[wire.ClientID]wire.Ack{"p": {Seq: 100, Version: 100}}
			check(l.PutSnapshot(ctx, snap, 60))
			for _, v := range []wire.Version{60, 80} {
				check(l.PutCheckpoint(ctx, wire.Snapshot{Epoch: snap.Epoch, Version: v, Files: wire.MainText("<é\x00")}))
			}
		}
		check(l.PutSettings(ctx, []byte{0, 0xff, byte(n)}))
		empty := ""
		check(l.PutRun(ctx, store.Run{ID: "z", Version: 1, By: "p", Started: time.UnixMilli(2_000_000), Source: &empty}))
		check(l.PutRun(ctx, store.Run{ID: "a", Verdict: "ok", Started: time.UnixMilli(3_000_000), Ended: time.UnixMilli(3_000_001), About: []byte("{}"), Output: []byte{0xff, 0}}))
		check(l.Release(ctx))
	}
	return s
}

func none(func(postgres.Kept, error) bool) {}

func TestImportCopiesWhatTheOtherStoreReads(t *testing.T) {
	t.Parallel()
	from, to := filled(t), open(t, database(t), postgres.Config{})
	read := time.Now().Add(-30 * time.Hour).Truncate(time.Microsecond)
	links := func(yield func(postgres.Kept, error) bool) {
		yield(postgres.Kept{ID: "link", Data: []byte("a\x00b"), Read: read}, nil)
	}
	n, err := to.Import(ctx, from, links)
	if err != nil || n != 6 {
		t.Fatalf("%d sessions, %v", n, err)
	}
	want := everything(t, from)
	if diff := cmp.Diff(want, everything(t, to), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if w := want["s3"]; w.Oldest != 60 || len(w.Entries) != 541 || len(w.Runs) != 2 {
		t.Errorf("the sessions to copy are not those that this test means: %d after %d, %d runs", len(w.Entries), w.Oldest, len(w.Runs))
	}
	if _, err := to.Kept(ctx, "link", postgres.Bounds{Expire: 29 * time.Hour}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a permanent link that nobody has read for 30 hours: %v", err)
	}
	if data, err := to.Kept(ctx, "link", postgres.Bounds{}); err != nil || string(data) != "a\x00b" {
		t.Errorf("the permanent link: %q, %v", data, err)
	}
	// They go on: the next owner has the next term, and a repeated push is one.
	l := openAs(t, to, "s3", "b")
	if g := l.Grant(); g != (store.Grant{Epoch: "e", Head: 601, Term: 5, Since: 5}) {
		t.Errorf("grant %+v", g)
	}
	if err := l.Append(ctx, 601, storetest.Entries("p", 601, 601)); !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("a push that was imported, again: %v", err)
	}
	if err := l.Append(ctx, 601, storetest.Entries("p", 602, 602)); err != nil {
		t.Error(err)
	}
}

func TestImportRefusesADatabaseWithContent(t *testing.T) {
	t.Parallel()
	from := filled(t)
	for what, fill := range map[string]func(*postgres.Store){
		"a session": func(s *postgres.Store) { create(t, s, "other") },
		"a link": func(s *postgres.Store) {
			if err := s.Keep(ctx, "other", []byte("text"), postgres.Bounds{}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		to := open(t, database(t), postgres.Config{})
		fill(to)
		before := everything(t, to)
		if _, err := to.Import(ctx, from, none); !errors.Is(err, postgres.ErrNotEmpty) {
			t.Errorf("%s: %v", what, err)
		}
		if diff := cmp.Diff(before, everything(t, to)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
}

// broken is a store in which one session cannot be read.
type broken struct {
	store.Store
	at wire.SessionID
}

func (b broken) Replay(ctx context.Context, id wire.SessionID, epoch wire.Epoch, from, to wire.Version, do func(wire.Version, wire.Entry) error) error {
	n := 0
	return b.Store.Replay(ctx, id, epoch, from, to, func(v wire.Version, e wire.Entry) error {
		if n++; n == 50 && id == b.at {
			return store.ErrCorrupt
		}
		return do(v, e)
	})
}

func TestImportThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	from, db := filled(t), database(t)
	to := open(t, db, postgres.Config{})
	if _, err := to.Import(ctx, broken{from, "s3"}, none); !errors.Is(err, store.ErrCorrupt) || errors.Is(err, store.ErrUnknown) {
		t.Errorf("a session that cannot be read: %v", err)
	}
	unreadable := errors.New("unreadable")
	if _, err := to.Import(ctx, from, func(yield func(postgres.Kept, error) bool) { yield(postgres.Kept{}, unreadable) }); !errors.Is(err, unreadable) {
		t.Errorf("a link that cannot be read: %v", err)
	}
	ending, cancel := context.WithCancel(ctx)
	var cut iter.Seq2[postgres.Kept, error] = func(yield func(postgres.Kept, error) bool) {
		cancel()
		yield(postgres.Kept{ID: "a"}, nil)
	}
	if _, err := to.Import(ending, from, cut); !errors.Is(err, context.Canceled) {
		t.Errorf("a copy that was stopped: %v", err)
	}
	for _, table := range []string{"sessions", "entries", "snapshots", "runs", "kept"} {
		if n := pgtest.Query(t, db, "SELECT count(*)::text FROM "+table); n != "0" {
			t.Errorf("%s rows in %s", n, table)
		}
	}
	if n, err := to.Import(ctx, from, none); err != nil || n != 6 {
		t.Errorf("after that: %d sessions, %v", n, err)
	}
}
