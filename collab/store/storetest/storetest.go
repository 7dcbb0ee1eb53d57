// Package storetest holds what every [store.Store] must do. [Run] is the suite, and
// [Faulty] puts faults into a store for those who use it.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Entry is the n-th push of a client: it inserts a character at the start of a
// text of n-1.
func Entry(client wire.ClientID, n int) wire.Entry {
	c, err := ot.New(n-1, ot.Edit{Insert: string(rune('a' + n%26))})
	if err != nil {
		panic(err)
	}
	return wire.Entry{Client: client, Seq: wire.Seq(n), Changes: c, At: time.UnixMilli(int64(1_000_000 + n))}
}

// Entries are the entries from..to of one client.
func Entries(client wire.ClientID, from, to int) []wire.Entry {
	var out []wire.Entry
	for n := from; n <= to; n++ {
		out = append(out, Entry(client, n))
	}
	return out
}

// Run runs the suite; open makes a new, empty store.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for name, test := range map[string]func(*testing.T, store.Store){
		"create": testCreate, "append": testAppend, "files": testFiles, "operations": testOperations, "reach": testReach, "conflict": testConflict, "duplicate": testDuplicate,
		"snapshot": testSnapshot, "checkpoint": testCheckpoint, "range": testRange, "delete": testDelete, "rename": testRename, "runs": testRuns, "sources": testSources, "settings": testSettings, "concurrent": testConcurrent,
		"missing": testMissing, "closed": testClosed, "info": testInfo, "expired": testExpired, "draft": testDraft, "delete idle": testDeleteIdle,
		"owner": testOwner, "fenced": testFenced, "same node": testSameNode, "release": testRelease, "run owner": testRunOwner,
		"unknown": testUnknown, "contested": testContested,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			t.Cleanup(func() { s.Close() })
			test(t, s)
		})
	}
}

var (
	ctx = context.Background()
	t0  = time.UnixMilli(1_000_000)
)

func create(t *testing.T, s store.Store, id wire.SessionID) {
	t.Helper()
	if err := s.Create(ctx, id, wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, t0); err != nil {
		t.Fatal(err)
	}
}

// Open opens a session's log for a node of the test.
func Open(t testing.TB, s store.Store, id wire.SessionID) store.Log {
	t.Helper()
	return openAs(t, s, id, "node")
}

func openAs(t testing.TB, s store.Store, id wire.SessionID, node store.Node) store.Log {
	t.Helper()
	l, err := s.Open(ctx, id, node)
	if err != nil {
		t.Fatalf("open %s: %v", id, err)
	}
	return l
}

func add(t *testing.T, l store.Log, at wire.Version, entries ...wire.Entry) {
	t.Helper()
	if err := l.Append(ctx, at, entries); err != nil {
		t.Fatalf("append at %d: %v", at, err)
	}
}

func infoOf(t *testing.T, s store.Store, id wire.SessionID) store.Info {
	t.Helper()
	i, err := s.Info(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func same(t *testing.T, what string, got, want []wire.Entry) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d entries, want %d", what, len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		if g.File != w.File || g.Client != w.Client || g.Seq != w.Seq || !g.SameChange(w) || !g.At.Equal(w.At) {
			t.Fatalf("%s: entry %d is %v, want %v", what, i, g, w)
		}
	}
}

func conflict(t *testing.T, what string, err error, epoch wire.Epoch, head wire.Version) {
	t.Helper()
	var c *store.ConflictError
	if !errors.As(err, &c) || c.Epoch != epoch || c.Head != head {
		t.Errorf("%s: %v, want a conflict with %s at %d", what, err, epoch, head)
	}
}

func testCreate(t *testing.T, s store.Store) {
	snap := wire.Snapshot{Epoch: "e", Version: 7, Files: wire.MainText("日本🦀\n\x00"), Acked: map[wire.ClientID]wire.Ack{"p": {Seq: 3, Version: 7}}}
	if err := s.Create(ctx, "b", snap, t0); err != nil {
		t.Fatal(err)
	}
	if err := s.Create(ctx, "b", wire.Snapshot{Epoch: "x", Files: wire.MainText("")}, t0); !errors.Is(err, store.ErrExists) {
		t.Errorf("twice: %v", err)
	}
	create(t, s, "a")
	if got, err := s.Snapshot(ctx, "b"); err != nil || !reflect.DeepEqual(got, snap) {
		t.Errorf("snapshot %+v, %v, want %+v", got, err, snap)
	}
	if i := infoOf(t, s, "b"); i.ID != "b" || i.Head != 7 || i.Epoch != "e" || !i.Created.Equal(t0) || !i.Edited.Equal(t0) || i.Owner != "" || i.Term != 0 {
		t.Errorf("info %+v", i)
	}
}

func testAppend(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := Open(t, s, "s")
	all := Entries("p", 1, 10)
	add(t, l, 0, all[:1]...)
	add(t, l, 1, all[1:7]...)
	add(t, l, 7)
	add(t, l, 7, all[7:]...)
	for _, c := range []struct{ from, limit, want int }{{0, 0, 10}, {4, 0, 6}, {10, 0, 0}, {2, 3, 3}, {8, 100, 2}} {
		got, err := store.Read(ctx, s, "s", "e", wire.Version(c.from), c.limit)
		if err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprint(c), got, all[c.from:c.from+c.want])
	}
	if i := infoOf(t, s, "s"); i.Head != 10 || !i.Edited.Equal(all[9].At) {
		t.Errorf("info %+v", i)
	}
	back := Entry("p", 11)
	back.At = t0.Add(-time.Hour) // a clock was set back
	add(t, l, 10, back)
	if i := infoOf(t, s, "s"); i.Head != 11 || !i.Edited.Equal(back.At) || !i.Created.Equal(t0) {
		t.Errorf("info %+v", i)
	}
}

// testFiles: entries of several files share one order of versions, and each names
// its file.
func testFiles(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := Open(t, s, "s")
	entries := Entries("p", 1, 4)
	for i := range entries {
		entries[i].File = []wire.FileID{wire.MainFile, 7, 1 << 40, wire.MainFile}[i]
	}
	add(t, l, 0, entries[:3]...)
	if err := l.PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Version: 1, Files: wire.MainText("b")}, 1); err != nil {
		t.Fatal(err)
	}
	add(t, l, 3, entries[3])
	got, err := store.Read(ctx, s, "s", "e", 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "files", got, entries[1:])
}

// testOperations: operations on files are entries like others, and a snapshot has all files,
// those that are gone since the one before left out.
func testOperations(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := Open(t, s, "s")
	ops := []*wire.FileOp{
		{Do: wire.CreateFile, Path: "é/a.rs", Text: "<🦀\n\"\\\u0001"}, {Do: wire.RenameFile, Path: "b.rs"}, {Do: wire.DeleteFile},
		{Do: wire.CreateFile, Path: "c.rs"},
	}
	var entries []wire.Entry
	for i, op := range ops {
		entries = append(entries, wire.Entry{File: []wire.FileID{7, 7, 7, wire.MaxFileID}[i], Client: "p", Seq: wire.Seq(i + 1), Op: op, At: time.UnixMilli(int64(1_000_001 + i))})
	}
	add(t, l, 0, entries...)
	got, err := store.Read(ctx, s, "s", "e", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "operations", got, entries)
	for v, files := range map[wire.Version][]wire.File{
		2: {{Path: "main.rs"}, {ID: 7, Path: "b.rs", Text: "\x00é"}, {ID: 9, Path: "x"}},
		4: {{Path: "src/main.rs", Text: "m"}, {ID: wire.MaxFileID, Path: "c.rs"}},
	} {
		snap := wire.Snapshot{Epoch: "e", Version: v, Files: files, Acked: map[wire.ClientID]wire.Ack{"p": {Seq: wire.Seq(v), Version: v}}}
		if err := l.PutSnapshot(ctx, snap, 0); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Snapshot(ctx, "s"); err != nil || got.Version == v && !reflect.DeepEqual(got, snap) {
			t.Errorf("snapshot %+v, %v, want %+v", got, err, snap)
		}
	}
	if got, err := s.Snapshot(ctx, "s"); err != nil || got.Version != 4 || len(got.Files) != 2 {
		t.Errorf("the last snapshot is %+v, %v", got, err)
	}
}

// testReach: a log is read from its newest entries back, as far as they are few and
// small enough.
func testReach(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := Open(t, s, "s")
	all := Entries("p", 1, 10)
	sizes := make([]int, len(all))
	for i, e := range all {
		sizes[i] = len(e.Changes.AppendJSON(nil))
	}
	add(t, l, 0, all[:6]...)
	if err := l.PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Version: 5, Files: wire.MainText("")}, 2); err != nil {
		t.Fatal(err)
	}
	add(t, l, 6, all[6:]...)
	last := sizes[9]
	for _, c := range []struct{ to, n, bytes, want int }{
		{10, 100, 1 << 20, 2}, {10, 3, 1 << 20, 7}, {10, 0, 1 << 20, 10}, {10, 100, 0, 10},
		{10, 100, last, 9}, {10, 100, last - 1, 10}, {10, 100, last + sizes[8] + sizes[7] + sizes[6] + sizes[5] + sizes[4], 4},
		{5, 100, 1 << 20, 2}, {5, 1, 1 << 20, 4}, {2, 100, 1 << 20, 2}, {8, 100, sizes[7] + sizes[6], 6},
	} {
		got, err := s.Reach(ctx, "s", "e", wire.Version(c.to), c.n, c.bytes)
		if err != nil || got != wire.Version(c.want) {
			t.Errorf("to %d by %d entries and %d bytes: from %d, %v, want %d", c.to, c.n, c.bytes, got, err, c.want)
		}
	}
	for _, v := range []wire.Version{1, 11} {
		_, err := s.Reach(ctx, "s", "e", v, 1, 1)
		conflict(t, fmt.Sprint("reach to ", v), err, "e", 10)
	}
	_, err := s.Reach(ctx, "s", "f", 10, 1, 1)
	conflict(t, "reach in another epoch", err, "e", 10)
	if _, err := s.Reach(ctx, "none", "e", 0, 1, 1); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("reach in no session: %v", err)
	}
	// A reader may stop.
	stop, seen := errors.New("stop"), wire.Version(0)
	err = s.Replay(ctx, "s", "e", 2, store.Head, func(v wire.Version, e wire.Entry) error {
		if seen = v; v == 7 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || seen != 7 {
		t.Errorf("a replay that is stopped at 7 ends at %d with %v", seen, err)
	}
}

func testConflict(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := Open(t, s, "s")
	add(t, l, 0, Entries("p", 1, 3)...)
	for _, v := range []wire.Version{-1, 0, 2, 4} {
		conflict(t, fmt.Sprint("append at ", v), l.Append(ctx, v, Entries("q", 4, 4)), "e", 3)
	}
	for _, v := range []wire.Version{-1, 4} {
		_, err := store.Read(ctx, s, "s", "e", v, 0)
		conflict(t, fmt.Sprint("read from ", v), err, "e", 3)
	}
	_, err := store.Read(ctx, s, "s", "f", 0, 0)
	conflict(t, "read another epoch", err, "e", 3)
	got, err := store.Read(ctx, s, "s", "e", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "after conflicts", got, Entries("p", 1, 3))
}

func testDuplicate(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := Open(t, s, "s")
	create(t, s, "other")
	add(t, l, 0, Entries("p", 1, 2)...)
	again := []wire.Entry{Entry("q", 3), Entry("p", 2), Entry("q", 5)}
	if err := l.Append(ctx, 2, again); !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("a push of the log: %v", err)
	}
	if err := l.Append(ctx, 2, []wire.Entry{Entry("r", 3), Entry("r", 3)}); !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("a push twice at once: %v", err)
	}
	got, err := store.Read(ctx, s, "s", "e", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "nothing of it is there", got, Entries("p", 1, 2))
	add(t, l, 2, Entry("q", 3)) // which failed with its batch, and is no duplicate
	add(t, Open(t, s, "other"), 0, Entry("p", 1))
}

func testSnapshot(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := Open(t, s, "s")
	all := Entries("p", 1, 10)
	add(t, l, 0, all...)
	snap := wire.Snapshot{Epoch: "e", Version: 6, Files: wire.MainText("six"), Acked: map[wire.ClientID]wire.Ack{"p": {Seq: 6, Version: 6}}}
	for name, c := range map[string]struct {
		snap wire.Snapshot
		trim wire.Version
	}{
		"above the head":    {wire.Snapshot{Epoch: "e", Version: 11, Files: wire.MainText("")}, 0},
		"another epoch":     {wire.Snapshot{Epoch: "f", Version: 6, Files: wire.MainText("")}, 0},
		"trim more than it": {snap, 7},
	} {
		conflict(t, name, l.PutSnapshot(ctx, c.snap, c.trim), "e", 10)
	}
	if err := l.PutSnapshot(ctx, snap, 4); err != nil {
		t.Fatal(err)
	}
	if err := l.PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Version: 5, Files: wire.MainText("five")}, 0); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Snapshot(ctx, "s"); err != nil || !reflect.DeepEqual(got, snap) {
		t.Errorf("snapshot %+v, %v, want %+v", got, err, snap)
	}
	got, err := store.Read(ctx, s, "s", "e", 4, 0)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "behind the cut", got, all[4:])
	_, err = store.Read(ctx, s, "s", "e", 3, 0)
	conflict(t, "before the cut", err, "e", 10)
	add(t, l, 10, Entry("p", 11))
	if err := l.PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Version: 11, Files: wire.MainText("all")}, 11); err != nil {
		t.Fatal(err)
	}
	if got, err := store.Read(ctx, s, "s", "e", 11, 0); err != nil || len(got) != 0 {
		t.Errorf("all is trimmed: %v, %v", got, err)
	}
	add(t, l, 11, Entry("p", 12))
}

// testCheckpoint: the files of earlier versions are found until the log lets go of their
// entries.
func testCheckpoint(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := Open(t, s, "s")
	create(t, s, "other")
	add(t, l, 0, Entries("p", 1, 10)...)
	files := func(v wire.Version) wire.Snapshot {
		return wire.Snapshot{Epoch: "e", Version: v, Files: []wire.File{{Path: "main.rs", Text: fmt.Sprintf("%d <🦀\x00\u2028", v)}, {ID: 7, Path: "a/b.rs"}}}
	}
	want := func(when string, at map[wire.Version]wire.Version) {
		t.Helper()
		for v, version := range at {
			got, err := s.Checkpoint(ctx, "s", "e", v)
			if err != nil || got.Version != version || got.Epoch != "e" || version > 0 && !reflect.DeepEqual(got.Files, files(version).Files) || got.Acked != nil {
				t.Errorf("%s: the checkpoint for %d is %+v, %v, want that of %d", when, v, got, err, version)
			}
		}
	}
	want("created", map[wire.Version]wire.Version{-1: 0, 0: 0, 5: 0, 10: 0, 99: 0})
	for name, snap := range map[string]wire.Snapshot{
		"above the head": files(11), "another epoch": {Epoch: "f", Version: 3, Files: wire.MainText("")}, "below the log": {Epoch: "e", Version: -1, Files: wire.MainText("")},
	} {
		conflict(t, name, l.PutCheckpoint(ctx, snap), "e", 10)
	}
	for _, v := range []wire.Version{6, 3} {
		if err := errors.Join(l.PutCheckpoint(ctx, files(v)), l.PutCheckpoint(ctx, files(v))); err != nil {
			t.Fatal(err)
		}
	}
	snap := files(8)
	snap.Acked = map[wire.ClientID]wire.Ack{"p": {Seq: 8, Version: 8}}
	if err := l.PutSnapshot(ctx, snap, 0); err != nil {
		t.Fatal(err)
	}
	want("without the first", map[wire.Version]wire.Version{0: 3, 2: 3, 3: 3, 5: 3, 6: 6, 7: 6, 8: 8, 9: 8, 99: 8})
	if err := l.PutSnapshot(ctx, snap, 4); err != nil {
		t.Fatal(err)
	}
	want("trimmed", map[wire.Version]wire.Version{0: 6, 4: 6, 6: 6, 7: 6, 8: 8})
	conflict(t, "what was trimmed", l.PutCheckpoint(ctx, files(3)), "e", 10)
	if err := l.PutSnapshot(ctx, snap, 8); err != nil {
		t.Fatal(err)
	}
	want("all trimmed", map[wire.Version]wire.Version{0: 8, 8: 8, 10: 8})
	_, err := s.Checkpoint(ctx, "s", "f", 1)
	conflict(t, "another epoch", err, "e", 10)
	if got, err := s.Checkpoint(ctx, "other", "e", 9); err != nil || got.Version != 0 {
		t.Errorf("that of another session: %+v, %v", got, err)
	}
	if err := errors.Join(l.PutCheckpoint(ctx, files(9)), l.Delete(ctx)); err != nil {
		t.Fatal(err)
	}
	create(t, s, "s")
	want("deleted and made again", map[wire.Version]wire.Version{9: 0})
	if _, err := s.Checkpoint(ctx, "none", "e", 0); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of no session: %v", err)
	}
}

// testRange: a part of the log is read without what lies after it.
func testRange(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := Open(t, s, "s")
	all := Entries("p", 1, 10)
	add(t, l, 0, all[:6]...)
	if err := l.PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Version: 5, Files: wire.MainText("")}, 2); err != nil {
		t.Fatal(err)
	}
	add(t, l, 6, all[6:]...)
	for _, c := range []struct{ from, to, want wire.Version }{{2, 4, 4}, {2, 2, 2}, {3, 1, 3}, {4, 8, 8}, {6, 7, 7}, {7, 9, 9}, {9, 11, 10}, {10, store.Head, 10}} {
		var got []wire.Entry
		err := s.Replay(ctx, "s", "e", c.from, c.to, func(v wire.Version, e wire.Entry) error {
			if got = append(got, e); v != c.from+wire.Version(len(got)) {
				t.Errorf("%v: version %d", c, v)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%v: %v", c, err)
		}
		same(t, fmt.Sprint(c), got, all[c.from:c.want])
	}
	conflict(t, "from what was trimmed", s.Replay(ctx, "s", "e", 1, 3, nil), "e", 10)
}

// testRename: everything of a session is found under its new id, and nothing under the
// one before, which another may have.
func testRename(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := Open(t, s, "s")
	create(t, s, "other")
	add(t, l, 0, Entries("p", 1, 5)...)
	if err := l.PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Version: 3, Files: wire.MainText("three")}, 1); err != nil {
		t.Fatal(err)
	}
	add(t, l, 5, Entry("p", 6))
	if err := errors.Join(l.PutRun(ctx, store.Run{ID: "r", Started: t0}), l.PutSettings(ctx, []byte("set"))); err != nil {
		t.Fatal(err)
	}
	if err := l.Rename(ctx, "other", t0); !errors.Is(err, store.ErrExists) {
		t.Errorf("to one that is there: %v", err)
	}
	if err := l.Rename(ctx, "new", time.Time{}); err != nil {
		t.Fatal(err)
	}
	if i := infoOf(t, s, "new"); !i.Edited.Equal(Entry("p", 6).At) || i.Owner != "" {
		t.Errorf("info %+v, want that it was edited with the last entry", i)
	}
	if _, err := s.Snapshot(ctx, "s"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("under the id before: %v", err)
	}
	if _, err := s.Open(ctx, "s", "node"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("opened under the id before: %v", err)
	}
	if err := l.Append(ctx, 6, Entries("p", 7, 7)); !errors.Is(err, store.ErrFenced) {
		t.Errorf("append by the handle that renamed it: %v", err)
	}
	l = Open(t, s, "new")
	snap, err := s.Snapshot(ctx, "new")
	if err != nil || snap.Version != 3 || snap.Main() != "three" {
		t.Errorf("snapshot %+v, %v", snap, err)
	}
	if err := l.Append(ctx, 6, Entries("p", 6, 6)); !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("a push of before: %v", err)
	}
	add(t, l, 6, Entry("p", 7))
	got, err := store.Read(ctx, s, "new", "e", 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "renamed", got, Entries("p", 2, 7))
	if runs, err := s.Runs(ctx, "new"); err != nil || len(runs) != 1 {
		t.Errorf("%d runs, %v", len(runs), err)
	}
	if set, err := s.Settings(ctx, "new"); err != nil || string(set) != "set" {
		t.Errorf("settings %q, %v", set, err)
	}
	if i := infoOf(t, s, "new"); i.ID != "new" || i.Head != 7 {
		t.Errorf("info %+v", i)
	}
	create(t, s, "s")
	if got, err := store.Read(ctx, s, "s", "e", 0, 0); err != nil || len(got) != 0 {
		t.Errorf("one with the id before has %d entries, %v", len(got), err)
	}
}

func testDelete(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := Open(t, s, "s")
	create(t, s, "stays")
	add(t, l, 0, Entries("p", 1, 3)...)
	add(t, Open(t, s, "stays"), 0, Entries("p", 1, 3)...)
	if err := l.PutRun(ctx, store.Run{ID: "r"}); err != nil {
		t.Fatal(err)
	}
	if err := l.Delete(ctx); err != nil {
		t.Fatal(err)
	}
	if err := l.Delete(ctx); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
	create(t, s, "s")
	if got, err := store.Read(ctx, s, "s", "e", 0, 0); err != nil || len(got) != 0 {
		t.Errorf("what was deleted came back: %v, %v", got, err)
	}
	if got, err := s.Runs(ctx, "s"); err != nil || len(got) != 0 {
		t.Errorf("runs came back: %v, %v", got, err)
	}
	if got, err := store.Read(ctx, s, "stays", "e", 0, 0); err != nil || len(got) != 3 {
		t.Errorf("another session lost %v, %v", got, err)
	}
}

// testSources: what ran is kept of the last runs, in bytes.
func testSources(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := Open(t, s, "s")
	source := strings.Repeat("日", store.MaxSources/10) // 3 of 10 each
	for i := range 6 {
		if err := l.PutRun(ctx, store.Run{ID: fmt.Sprint(i), Started: t0, Source: &source}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 6 {
		r, err := s.Run(ctx, "s", fmt.Sprint(i))
		if err != nil || (r.Source != nil) != (i >= 3) {
			t.Errorf("run %d of 6 with a source of three tenths of the bound: %v, kept: %v", i, err, r.Source != nil)
		}
	}
}

func testRuns(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := Open(t, s, "s")
	for i := range store.MaxRuns + 5 {
		source := fmt.Sprint("text ", i)
		r := store.Run{ID: fmt.Sprint(i), Version: wire.Version(i), By: "p", Started: t0.Add(time.Duration(i) * time.Second), Source: &source}
		if err := l.PutRun(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	last := store.Run{ID: "10", Version: 10, By: "p", Started: t0.Add(10 * time.Second), Ended: t0.Add(time.Minute), Verdict: "ok", About: []byte("{}"), Output: []byte{0xff, 0, '\n'}}
	if err := l.PutRun(ctx, last); err != nil {
		t.Fatal(err)
	}
	runs, err := s.Runs(ctx, "s")
	if err != nil || len(runs) != store.MaxRuns || runs[0].ID != "5" {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	listed := runs[5]
	if listed.Output != nil || listed.Source != nil {
		t.Errorf("the list holds %d bytes of output, and the source %v", len(listed.Output), listed.Source)
	}
	got, err := s.Run(ctx, "s", "10")
	if err != nil || string(got.Output) != string(last.Output) || got.Source == nil || *got.Source != "text 10" {
		t.Errorf("run %+v, %v, want the output of %+v and the source of its first put", got, err, last)
	}
	for _, got := range []store.Run{listed, got} {
		if got.ID != "10" || got.Verdict != "ok" || string(got.About) != "{}" || !got.Ended.Equal(last.Ended) || !got.Started.Equal(last.Started) || got.By != "p" || got.Version != 10 {
			t.Errorf("run %+v, want %+v", got, last)
		}
	}
	if !runs[6].Ended.IsZero() {
		t.Errorf("a run that goes on ended at %v", runs[6].Ended)
	}
	for _, run := range []string{"4", "nobody's"} {
		if _, err := s.Run(ctx, "s", run); !errors.Is(err, store.ErrNoRun) {
			t.Errorf("run %s: %v", run, err)
		}
	}
	if err := l.PutRun(ctx, store.Run{ID: "bare"}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Run(ctx, "s", "bare"); err != nil || got.Source != nil {
		t.Errorf("a run without its source: %+v, %v", got, err)
	}
	again := store.Run{ID: "bare", Version: 3, By: "q", Started: t0.Add(time.Hour)}
	if err := l.PutRun(ctx, again); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Run(ctx, "s", "bare"); err != nil || got.Version != 3 || got.By != "q" || !got.Started.Equal(again.Started) {
		t.Errorf("a run in place of another: %+v, %v", got, err)
	}
	empty := ""
	if err := l.PutRun(ctx, store.Run{ID: "empty", Source: &empty}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Run(ctx, "s", "empty"); err != nil || got.Source == nil || *got.Source != "" {
		t.Errorf("a run of an empty text: %+v, %v", got, err)
	}
}

func testSettings(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := Open(t, s, "s")
	create(t, s, "other")
	for _, want := range []string{"", `{"mode":"release"}`, "\xff\x00", ""} {
		if want != "" {
			if err := l.PutSettings(ctx, []byte(want)); err != nil {
				t.Fatal(err)
			}
		} else if err := l.PutSettings(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Settings(ctx, "s"); err != nil || string(got) != want {
			t.Errorf("settings %q, %v, want %q", got, err, want)
		}
		if got, err := s.Settings(ctx, "other"); err != nil || len(got) != 0 {
			t.Errorf("another's settings are %q, %v", got, err)
		}
	}
	add(t, l, 0, Entries("p", 1, 2)...)
	if err := l.PutSettings(ctx, []byte("stay")); err != nil {
		t.Fatal(err)
	}
	if err := l.PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Version: 2, Files: wire.MainText("")}, 2); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Settings(ctx, "s"); err != nil || string(got) != "stay" {
		t.Errorf("behind a snapshot: %q, %v", got, err)
	}
	if err := l.Delete(ctx); err != nil {
		t.Fatal(err)
	}
	create(t, s, "s")
	if got, err := s.Settings(ctx, "s"); err != nil || len(got) != 0 {
		t.Errorf("settings came back: %q, %v", got, err)
	}
}

// testConcurrent: of many who append at one version, one succeeds; nothing is
// lost or doubled.
func testConcurrent(t *testing.T, s store.Store) {
	const sessions, writers, each = 3, 4, 25
	for i := range sessions {
		create(t, s, wire.SessionID(fmt.Sprint(i)))
	}
	var wg sync.WaitGroup
	for i := range sessions {
		l := Open(t, s, wire.SessionID(fmt.Sprint(i)))
		for w := range writers {
			wg.Go(func() {
				client, head := wire.ClientID(fmt.Sprint(w)), wire.Version(0)
				for n := 1; n <= each; {
					e := wire.Entry{Client: client, Seq: wire.Seq(n), Changes: ot.Empty(1), At: t0}
					err := l.Append(ctx, head, []wire.Entry{e})
					var c *store.ConflictError
					switch {
					case err == nil:
						head++
						n++
					case errors.As(err, &c):
						head = c.Head
					default:
						t.Error(err)
						return
					}
				}
			})
		}
	}
	wg.Wait()
	for i := range sessions {
		got, err := store.Read(ctx, s, wire.SessionID(fmt.Sprint(i)), "e", 0, 0)
		if err != nil || len(got) != writers*each {
			t.Fatalf("%d entries, %v", len(got), err)
		}
		last := map[wire.ClientID]wire.Seq{}
		for _, e := range got {
			if e.Seq != last[e.Client]+1 {
				t.Fatalf("push %d of %s behind %d", e.Seq, e.Client, last[e.Client])
			}
			last[e.Client] = e.Seq
		}
	}
}

func testMissing(t *testing.T, s store.Store) {
	_, err1 := store.Read(ctx, s, "no", "e", 0, 0)
	_, err2 := s.Snapshot(ctx, "no")
	_, err3 := s.Runs(ctx, "no")
	_, err4 := s.Run(ctx, "no", "r")
	_, err5 := s.Settings(ctx, "no")
	_, err6 := s.Info(ctx, "no")
	_, err7 := s.Open(ctx, "no", "node")
	for i, err := range []error{err1, err2, err3, err4, err5, err6, err7, s.DeleteIdle(ctx, store.Info{ID: "no"})} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// writes is each write of a handle; what they write is of version 0.
var writes = map[string]func(store.Log) error{
	"append": func(l store.Log) error { return l.Append(ctx, 0, Entries("p", 1, 1)) },
	"snapshot": func(l store.Log) error {
		return l.PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, 0)
	},
	"checkpoint": func(l store.Log) error {
		return l.PutCheckpoint(ctx, wire.Snapshot{Epoch: "e", Files: wire.MainText("")})
	},
	"settings":     func(l store.Log) error { return l.PutSettings(ctx, []byte("late")) },
	"run":          func(l store.Log) error { return l.PutRun(ctx, store.Run{ID: "late"}) },
	"rename":       func(l store.Log) error { return l.Rename(ctx, "late", t0) },
	"release":      func(l store.Log) error { return l.Release(ctx) },
	"delete":       func(l store.Log) error { return l.Delete(ctx) },
	"empty append": func(l store.Log) error { return l.Append(ctx, 0, nil) },
}

func testClosed(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := Open(t, s, "s")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err1 := s.Snapshot(ctx, "s")
	_, err2 := s.Info(ctx, "s")
	_, err3 := s.Expired(ctx, t0, 1)
	_, err4 := s.Open(ctx, "s", "node")
	for i, err := range []error{err1, err2, err3, err4, s.Create(ctx, "t", wire.Snapshot{}, t0), s.DeleteIdle(ctx, store.Info{ID: "s"})} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%d: %v", i, err)
		}
	}
	for name, write := range writes {
		if err := write(l); !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Close(); !errors.Is(err, store.ErrClosed) {
		t.Errorf("twice: %v", err)
	}
}
