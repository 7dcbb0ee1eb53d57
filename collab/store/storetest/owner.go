package storetest

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

func granted(t *testing.T, what string, l store.Log, want store.Grant) {
	t.Helper()
	if got := l.Grant(); got != want {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
}

func fails(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// state is all that a store holds of a session.
type state struct {
	info     store.Info
	snap     wire.Snapshot
	entries  string
	settings string
	runs     []store.Run
}

func stateOf(t *testing.T, s store.Store, id wire.SessionID) state {
	t.Helper()
	snap, err1 := s.Snapshot(ctx, id)
	info := infoOf(t, s, id)
	entries, err2 := store.Read(ctx, s, id, snap.Epoch, snap.Version, 0)
	settings, err3 := s.Settings(ctx, id)
	runs, err4 := s.Runs(ctx, id)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	return state{info, snap, fmt.Sprint(entries), string(settings), runs}
}

func testInfo(t *testing.T, s store.Store) {
	create(t, s, "s")
	l := openAs(t, s, "s", "a")
	add(t, l, 0, Entries("p", 1, 3)...)
	want := store.Info{ID: "s", Epoch: "e", Head: 3, Created: t0, Edited: Entry("p", 3).At, Owner: "a", Term: 1}
	if got := infoOf(t, s, "s"); got != want {
		t.Errorf("owned: %+v, want %+v", got, want)
	}
	if err := l.Release(ctx); err != nil {
		t.Fatal(err)
	}
	want.Owner = ""
	if got := infoOf(t, s, "s"); got != want {
		t.Errorf("released: %+v, want %+v", got, want)
	}
}

// testExpired: what nobody owns and nobody has edited for long is listed, and not more
// than is asked for.
func testExpired(t *testing.T, s store.Store) {
	at := func(n int) time.Time { return t0.Add(time.Duration(n) * time.Hour) }
	for n, id := range []wire.SessionID{"c", "owned", "a", "edited", "new"} {
		if err := s.Create(ctx, id, wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, at(n)); err != nil {
			t.Fatal(err)
		}
	}
	Open(t, s, "owned")
	l := Open(t, s, "edited")
	e := Entry("p", 1)
	e.At = at(10)
	add(t, l, 0, e)
	if err := l.Release(ctx); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		before time.Time
		limit  int
		want   []wire.SessionID // of which limit are listed
	}{
		{at(4), 10, []wire.SessionID{"a", "c"}}, {at(4), 2, []wire.SessionID{"a", "c"}}, {at(4), 1, []wire.SessionID{"a", "c"}},
		{at(4), 0, nil}, {at(0), 10, nil}, {at(0).Add(time.Millisecond), 10, []wire.SessionID{"c"}},
		{at(11), 10, []wire.SessionID{"a", "c", "edited", "new"}},
	} {
		infos, err := s.Expired(ctx, c.before, c.limit)
		listed := map[wire.SessionID]bool{}
		for _, i := range infos {
			listed[i.ID] = slices.Contains(c.want, i.ID)
		}
		if err != nil || len(infos) != min(len(c.want), c.limit) || len(listed) != len(infos) || slices.Contains(slices.Collect(maps.Values(listed)), false) {
			t.Errorf("before %v, at most %d: %+v, %v, want of %v", c.before.Sub(t0), c.limit, infos, err, c.want)
		}
		for _, i := range infos {
			if want := infoOf(t, s, i.ID); i != want {
				t.Errorf("listed as %+v, is %+v", i, want)
			}
		}
	}
}

// testDraft: a draft that no node owns is listed whenever it was edited. Once it has another
// id, everything of it is found, and it is a session that was edited then.
func testDraft(t *testing.T, s store.Store) {
	left, done := store.NewDraft(), store.NewDraft()
	create(t, s, "draft")
	for _, id := range []wire.SessionID{left, done} {
		if err := s.Create(ctx, id, wire.Snapshot{Epoch: "e", Version: 4, Files: wire.MainText("abcd")}, t0); err != nil {
			t.Fatal(err)
		}
	}
	listed := func(when string, want ...wire.SessionID) {
		t.Helper()
		infos, err := s.Expired(ctx, time.Time{}, 10)
		var got []wire.SessionID
		for _, i := range infos {
			got = append(got, i.ID)
		}
		slices.Sort(got)
		slices.Sort(want)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", when, got, err, want)
		}
	}
	listed("two drafts", left, done)
	l := Open(t, s, done)
	listed("one is owned", left)
	add(t, l, 4, Entry("p", 5))
	if err := l.PutCheckpoint(ctx, wire.Snapshot{Epoch: "e", Version: 4, Files: wire.MainText("abcd")}); err != nil {
		t.Fatal(err)
	}
	if err := l.PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Version: 5, Files: wire.MainText("fabcd")}, 0); err != nil {
		t.Fatal(err)
	}
	at := t0.Add(time.Hour)
	if err := l.Rename(ctx, "done", at); err != nil {
		t.Fatal(err)
	}
	listed("one is done", left)
	if i := infoOf(t, s, "done"); !i.Edited.Equal(at) || !i.Created.Equal(t0) || i.Head != 5 {
		t.Errorf("info %+v, want that it was edited at %v", i, at)
	}
	if first, err := s.Checkpoint(ctx, "done", "e", 0); err != nil || first.Version != 4 {
		t.Errorf("the first checkpoint is %+v, %v", first, err)
	}
	if entries, err := store.Read(ctx, s, "done", "e", 4, 0); err != nil || len(entries) != 1 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
	if err := s.DeleteIdle(ctx, infoOf(t, s, left)); err != nil {
		t.Error(err)
	}
	listed("the other is deleted")
}

// testDeleteIdle: a session is deleted only as it was described, and never under its
// owner.
func testDeleteIdle(t *testing.T, s store.Store) {
	create(t, s, "s")
	seen := infoOf(t, s, "s")
	l := openAs(t, s, "s", "a")
	err := s.DeleteIdle(ctx, seen)
	var where *store.ElsewhereError
	if !errors.As(err, &where) || where.Node != "a" || !errors.Is(err, store.ErrElsewhere) {
		t.Errorf("owned: %v, want that node a owns it", err)
	}
	add(t, l, 0, Entries("p", 1, 2)...)
	if err := l.Release(ctx); err != nil {
		t.Fatal(err)
	}
	conflict(t, "edited since", s.DeleteIdle(ctx, seen), "e", 2)
	other := infoOf(t, s, "s")
	other.Epoch = "f"
	conflict(t, "another epoch", s.DeleteIdle(ctx, other), "e", 2)
	if err := s.DeleteIdle(ctx, infoOf(t, s, "s")); err != nil {
		t.Errorf("as it is: %v", err)
	}
	_, err = s.Info(ctx, "s")
	fails(t, "deleted", err, store.ErrNotFound)
	create(t, s, "s")
	if got, err := store.Read(ctx, s, "s", "e", 0, 0); err != nil || len(got) != 0 {
		t.Errorf("what was deleted came back: %v, %v", got, err)
	}
}

// testOwner: who opens a session gets what the log holds, a term above all before,
// and the log for itself.
func testOwner(t *testing.T, s store.Store) {
	create(t, s, "s")
	a := openAs(t, s, "s", "a")
	granted(t, "the first", a, store.Grant{Epoch: "e", Head: 0, Term: 1, Since: 1})
	add(t, a, 0, Entries("p", 1, 2)...)
	b := openAs(t, s, "s", "b")
	granted(t, "the second", b, store.Grant{Epoch: "e", Head: 2, Term: 2, Since: 2})
	fails(t, "append by the first", a.Append(ctx, 2, Entries("p", 3, 3)), store.ErrFenced)
	fails(t, "append at another version by the first", a.Append(ctx, 0, Entries("p", 3, 3)), store.ErrFenced)
	add(t, b, 2, Entries("q", 3, 3)...)
	if i := infoOf(t, s, "s"); i.Owner != "b" || i.Term != 2 || i.Head != 3 {
		t.Errorf("info %+v", i)
	}
	create(t, s, "other")
	granted(t, "another session", openAs(t, s, "other", "b"), store.Grant{Epoch: "e", Head: 0, Term: 1, Since: 1})
	granted(t, "back", openAs(t, s, "s", "a"), store.Grant{Epoch: "e", Head: 3, Term: 3, Since: 3})
}

// testFenced: no write of a handle that has lost its session changes anything.
func testFenced(t *testing.T, s store.Store) {
	create(t, s, "s")
	old := openAs(t, s, "s", "a")
	if err := errors.Join(old.PutSettings(ctx, []byte("set")), old.PutRun(ctx, store.Run{ID: "r", Started: t0})); err != nil {
		t.Fatal(err)
	}
	for _, node := range []store.Node{"b", "a"} {
		l := openAs(t, s, "s", node)
		before := stateOf(t, s, "s")
		for name, write := range writes {
			fails(t, fmt.Sprintf("%s, taken over by %s", name, node), write(old), store.ErrFenced)
		}
		if after := stateOf(t, s, "s"); !reflect.DeepEqual(after, before) {
			t.Errorf("taken over by %s: %+v, was %+v", node, after, before)
		}
		old = l
	}
	if err := old.Delete(ctx); err != nil {
		t.Fatal(err)
	}
	for name, write := range writes {
		fails(t, name+" of a session that is gone", write(old), store.ErrNotFound)
	}
	create(t, s, "s")
	for _, opened := range []bool{false, true} {
		if opened { // in the same term as the handle of before once had
			openAs(t, s, "s", "a")
		}
		before := stateOf(t, s, "s")
		for name, write := range writes {
			fails(t, fmt.Sprintf("%s, another has the id, opened: %v", name, opened), write(old), store.ErrNotFound)
		}
		if after := stateOf(t, s, "s"); !reflect.DeepEqual(after, before) {
			t.Errorf("another with its id: %+v, was %+v", after, before)
		}
	}
}

// testSameNode: a node that opens a session again learns whether it has missed
// anything.
func testSameNode(t *testing.T, s store.Store) {
	create(t, s, "s")
	var l store.Log
	for _, c := range []struct {
		node    store.Node
		release bool
		want    store.Grant
	}{
		{node: "a", want: store.Grant{Epoch: "e", Term: 1, Since: 1}},
		{node: "a", want: store.Grant{Epoch: "e", Term: 2, Since: 1}},
		{node: "a", want: store.Grant{Epoch: "e", Term: 3, Since: 1}},
		{node: "b", want: store.Grant{Epoch: "e", Term: 4, Since: 4}},
		{node: "a", want: store.Grant{Epoch: "e", Term: 5, Since: 5}},
		{node: "a", release: true, want: store.Grant{Epoch: "e", Term: 6, Since: 6}},
		{node: "a", want: store.Grant{Epoch: "e", Term: 7, Since: 6}},
	} {
		if c.release {
			if err := l.Release(ctx); err != nil {
				t.Fatal(err)
			}
		}
		l = openAs(t, s, "s", c.node)
		granted(t, fmt.Sprintf("node %s, released before: %v", c.node, c.release), l, c.want)
	}
}

func testRelease(t *testing.T, s store.Store) {
	create(t, s, "s")
	a := openAs(t, s, "s", "a")
	add(t, a, 0, Entries("p", 1, 1)...)
	if err := a.Release(ctx); err != nil {
		t.Fatal(err)
	}
	before := stateOf(t, s, "s")
	for name, write := range writes {
		fails(t, name+" after the release", write(a), store.ErrFenced)
	}
	if after := stateOf(t, s, "s"); !reflect.DeepEqual(after, before) {
		t.Errorf("after the release: %+v, was %+v", after, before)
	}
	b := openAs(t, s, "s", "b")
	fails(t, "release by the one before", a.Release(ctx), store.ErrFenced)
	add(t, b, 1, Entries("p", 2, 2)...)
}

// testRunOwner: a record tells whether its run can still be under way.
func testRunOwner(t *testing.T, s store.Store) {
	create(t, s, "s")
	a := openAs(t, s, "s", "a")
	for _, r := range []store.Run{{ID: "goes on", Node: "forged", Term: 9}, {ID: "ended", Verdict: "ok"}} {
		if err := a.PutRun(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	lost := func(what string, i store.Info, want string) {
		t.Helper()
		runs, err := s.Runs(ctx, "s")
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, r := range runs {
			if whole, err := s.Run(ctx, "s", r.ID); err != nil || whole.Node != r.Node || whole.Term != r.Term {
				t.Errorf("%s: %+v is %+v by itself, %v", what, r, whole, err)
			}
			if r.Lost(i) {
				got = append(got, r.ID)
			}
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: lost are %v, want %s", what, got, want)
		}
	}
	early := infoOf(t, s, "s")
	lost("its node owns the session", early, "[]")
	openAs(t, s, "s", "a")
	lost("its node has opened it again", infoOf(t, s, "s"), "[]")
	b := openAs(t, s, "s", "b")
	lost("another node owns it", infoOf(t, s, "s"), "[goes on]")
	if err := b.PutRun(ctx, store.Run{ID: "later"}); err != nil {
		t.Fatal(err)
	}
	lost("another has begun one since", early, "[]")
	lost("another has begun one", infoOf(t, s, "s"), "[goes on]")
	if err := b.PutRun(ctx, store.Run{ID: "goes on", Verdict: "lost"}); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Run(ctx, "s", "goes on"); err != nil || r.Node != "b" || r.Term != 3 {
		t.Errorf("put by node b in term 3: %+v, %v", r, err)
	}
	if err := b.Release(ctx); err != nil {
		t.Fatal(err)
	}
	lost("nobody owns it", infoOf(t, s, "s"), "[later]")
}

// testUnknown: an owner that does not know whether its append has landed opens the
// log again; then it is settled, and appending again loses and doubles nothing.
func testUnknown(t *testing.T, s store.Store) {
	for _, landed := range []bool{true, false} {
		id := wire.SessionID(fmt.Sprint("landed ", landed))
		create(t, s, id)
		l := openAs(t, s, id, "a")
		add(t, l, 0, Entries("p", 1, 2)...)
		late := func() error { return l.Append(ctx, 2, Entries("p", 3, 4)) }
		if landed {
			if err := late(); err != nil {
				t.Fatal(err)
			}
		}
		again := openAs(t, s, id, "a")
		want := store.Grant{Epoch: "e", Head: 2, Term: 2, Since: 1}
		if landed {
			want.Head = 4
		}
		granted(t, string(id), again, want)
		fails(t, "what was under way", late(), store.ErrFenced)
		got, err := store.Read(ctx, s, id, "e", 2, 0)
		if err != nil || len(got) != int(want.Head-2) {
			t.Errorf("%s: %d entries after version 2, %v", id, len(got), err)
		}
		err = again.Append(ctx, 2, Entries("p", 3, 4))
		if landed {
			conflict(t, "again at the same version", err, "e", 4)
			fails(t, "again at the head", again.Append(ctx, 4, Entries("p", 3, 4)), store.ErrDuplicate)
		} else if err != nil {
			t.Errorf("again: %v", err)
		}
		got, err = store.Read(ctx, s, id, "e", 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		same(t, string(id), got, Entries("p", 1, 4))
	}
}

// testContested: of nodes that take a session from each other all the time, what one
// was told is in the log once, terms never go back from one entry to the next, and
// nothing is appended in a term after a later one was granted.
func testContested(t *testing.T, s store.Store) {
	const nodes, opens, each = 3, 8, 4
	type push struct {
		client wire.ClientID
		seq    wire.Seq
	}
	create(t, s, "s")
	var mu sync.Mutex
	highest := store.Term(0)               // that was granted
	terms := map[wire.Version]store.Term{} // of the appends that were told to have landed
	told := map[push]bool{}                // likewise
	var wg sync.WaitGroup
	for n := range nodes {
		node := fmt.Sprint("node", n)
		wg.Go(func() {
			seq := wire.Seq(0)
			for range opens {
				l, err := s.Open(ctx, "s", store.Node(node))
				if err != nil {
					t.Error(err)
					return
				}
				g := l.Grant()
				mu.Lock()
				highest = max(highest, g.Term)
				mu.Unlock()
				for head := g.Head; head < g.Head+each; head++ {
					seq++
					mu.Lock()
					before := highest
					mu.Unlock()
					err := l.Append(ctx, head, []wire.Entry{{Client: wire.ClientID(node), Seq: seq, Changes: ot.Empty(1), At: t0}})
					if errors.Is(err, store.ErrFenced) {
						break
					}
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					if before > g.Term {
						t.Errorf("version %d was appended in term %d after term %d was granted", head+1, g.Term, before)
					}
					terms[head+1] = g.Term
					told[push{wire.ClientID(node), seq}] = true
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	got, err := store.Read(ctx, s, "s", "e", 0, 0)
	if err != nil || len(got) != len(terms) {
		t.Fatalf("%d entries, %v, want the %d that were told", len(got), err, len(terms))
	}
	last := store.Term(0)
	for i, e := range got {
		term := terms[wire.Version(i+1)]
		if term < last {
			t.Errorf("entry %d is of term %d, the one before of %d", i+1, term, last)
		}
		last = term
		if !told[push{e.Client, e.Seq}] {
			t.Errorf("entry %d is push %d of %s, which was refused or is there twice", i+1, e.Seq, e.Client)
		}
		delete(told, push{e.Client, e.Seq})
	}
	if i := infoOf(t, s, "s"); i.Term != nodes*opens {
		t.Errorf("term %d after %d openings", i.Term, nodes*opens)
	}
}
