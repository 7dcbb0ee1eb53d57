package authority_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/ot/ottest"
	"github.com/corust-dev/corust/collab/wire"
)

func create(path, text string) *wire.FileOp {
	return &wire.FileOp{Do: wire.CreateFile, Path: path, Text: text}
}

func rename(path string) *wire.FileOp { return &wire.FileOp{Do: wire.RenameFile, Path: path} }

var remove = &wire.FileOp{Do: wire.DeleteFile}

// TestConflictsOfFiles pushes operations and edits that do not know what is in the log.
// Version 3 has main.rs, file 7 as b.rs, which was a.rs until version 2, and file 8, d.rs;
// file 9, e.rs, was deleted at version 3.
func TestConflictsOfFiles(t *testing.T) {
	t.Parallel()
	insert := ottest.Edit(t, 3, 0, 0, "x")
	for _, c := range []struct {
		name string
		push authority.Push
		want error
	}{
		{"an edit of a deleted file", authority.Push{File: 9, Version: 2, Changes: insert}, wire.ErrNoFile},
		{"an edit of a file that never was", authority.Push{File: 5, Version: 3, Changes: ottest.Edit(t, 0, 0, 0, "x")}, wire.ErrNoFile},
		{"an edit of a renamed file", authority.Push{File: 7, Version: 1, Changes: insert}, nil},
		{"deleting a deleted file", authority.Push{File: 9, Version: 2, Op: remove}, wire.ErrNoFile},
		{"deleting a renamed file", authority.Push{File: 7, Version: 1, Op: remove}, wire.ErrRenamed},
		{"deleting it knowing that", authority.Push{File: 7, Version: 2, Op: remove}, nil},
		{"renaming a renamed file", authority.Push{File: 7, Version: 1, Op: rename("c.rs")}, wire.ErrRenamed},
		{"renaming to a taken path", authority.Push{File: 7, Version: 3, Op: rename("D.rs")}, wire.ErrExists},
		{"renaming to its own path in other case", authority.Push{File: 7, Version: 3, Op: rename("B.rs")}, nil},
		{"renaming the main file", authority.Push{Version: 3, Op: rename("src/main.rs")}, nil},
		{"creating a taken path", authority.Push{File: 10, Version: 0, Op: create("b.rs", "")}, wire.ErrExists},
		{"creating a file below a file", authority.Push{File: 10, Version: 3, Op: create("d.rs/x", "")}, wire.ErrExists},
		{"creating a freed path", authority.Push{File: 10, Version: 3, Op: create("e.rs", "")}, nil},
		{"creating a file again", authority.Push{File: 9, Version: 3, Op: create("e.rs", "old")}, nil},
		{"creating a file that is there", authority.Push{File: 8, Version: 3, Op: create("x.rs", "")}, wire.ErrExists},
		{"deleting the main file", authority.Push{Version: 3, Op: remove}, wire.ErrMalformed},
		{"a path out of the session", authority.Push{File: 10, Version: 3, Op: create("../x", "")}, wire.ErrMalformed},
		{"a text that is too long", authority.Push{File: 10, Version: 3, Op: create("x", strings.Repeat("y", 100))}, wire.ErrTooLarge},
		{"an operation with changes", authority.Push{File: 8, Version: 3, Op: remove, Changes: insert}, wire.ErrMalformed},
	} {
		d := authority.NewDocument("e", files.Main(text(t, "m")), wire.Limits{Text: 60, Files: 5})
		for i, p := range []authority.Push{
			{File: 7, Op: create("a.rs", "abc")},
			{File: 7, Op: rename("b.rs")},
			{File: 9, Op: remove},
		} {
			if i == 0 {
				set := d.Files().With(files.File{ID: 8, Path: "d.rs"}).With(files.File{ID: 9, Path: "e.rs", Text: text(t, "old")})
				d = authority.NewDocument("e", set, wire.Limits{Text: 60, Files: 5})
			}
			p.Client, p.Seq, p.Version = "q", wire.Seq(i+1), wire.Version(i)
			receive(t, d, p)
		}
		c.push.Client, c.push.Seq = "p", 1
		before := d.Files().Wire()
		_, err := d.Receive(c.push)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if err != nil && !slices.Equal(before, d.Files().Wire()) {
			t.Errorf("%s changes the files", c.name)
		}
		if _, err := files.Of(d.Files().Wire()); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		restored, err := authority.Restore(d.Snapshot(), nil, wire.Limits{})
		if err != nil || !slices.Equal(restored.Files().Wire(), d.Files().Wire()) {
			t.Errorf("%s: restored %v, %v", c.name, restored, err)
		}
	}
}

// TestFilesAreLimited fills a session to its most files.
func TestFilesAreLimited(t *testing.T) {
	t.Parallel()
	d := authority.NewDocument("e", files.Main(ot.Text{}), wire.Limits{})
	for i := range 64 {
		_, err := d.Receive(authority.Push{File: wire.FileID(i + 1), Client: "p", Seq: wire.Seq(i + 1), Version: d.Version(), Op: create(strings.Repeat("x", i+1), "")})
		if (err == nil) != (i < 63) || err != nil && !errors.Is(err, wire.ErrTooLarge) {
			t.Errorf("file %d: %v", i+2, err)
		}
	}
}

// TestHistoryOfFiles sends a client that lags what was done to files, also from the packed
// part of the history.
func TestHistoryOfFiles(t *testing.T) {
	t.Parallel()
	d := authority.NewDocument("e", files.Main(ot.Text{}), wire.Limits{})
	for i := range 60 {
		op := create("a.rs", "é\n")
		if i%2 == 1 {
			op = remove
		}
		receive(t, d, authority.Push{File: 7, Client: "p", Seq: wire.Seq(i + 1), Version: d.Version(), Op: op})
	}
	entries, err := d.Since(0)
	if err != nil || len(entries) != 60 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	set := files.Main(ot.Text{})
	for i, e := range entries {
		if set, err = set.Apply(e); err != nil || (len(set.All()) == 2) != (i%2 == 0) {
			t.Fatalf("entry %d: %v, %v", i+1, set.Wire(), err)
		}
	}
}

// TestSelectionsOfOtherFilesStay edits one file while members select in another.
func TestSelectionsOfOtherFilesStay(t *testing.T) {
	t.Parallel()
	a := authority.New(authority.NewDocument("e", files.Main(text(t, "abc")).With(files.File{ID: 7, Path: "b.rs", Text: text(t, "xyz")}), wire.Limits{}))
	for conn, key := range map[authority.ConnID]wire.Key{1: "p", 2: "q"} {
		if err := a.Connect(conn, authority.Visitor{}); err != nil {
			t.Fatal(err)
		}
		if err := a.Receive(conn, &wire.Hello{Key: key}); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		from authority.ConnID
		msg  wire.ClientMessage
	}{
		{1, &wire.CursorMsg{Epoch: "e", File: 7, Cursor: wire.Selection{{Anchor: 2, Head: 2}}}},
		{2, &wire.PushMsg{Epoch: "e", Seq: 1, Changes: ottest.Edit(t, 3, 0, 0, "main"), Cursor: wire.Selection{{Anchor: 4, Head: 4}}}},
		{1, &wire.PushMsg{Epoch: "e", Version: 1, Seq: 1, File: 7, Changes: ottest.Edit(t, 3, 0, 0, "-")}},
	} {
		if err := a.Receive(step.from, step.msg); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Observe(3); err != nil {
		t.Fatal(err)
	}
	deliveries := a.Deliveries()
	members := deliveries[len(deliveries)-1].View.Members
	want := map[wire.FileID]int{7: 3, wire.MainFile: 4}
	for _, m := range members {
		if len(m.Cursor) != 1 || m.Cursor[0].Head != want[m.File] {
			t.Errorf("%s selects %v in file %d, want %d", m.Client, m.Cursor, m.File, want[m.File])
		}
	}
	if len(members) != 2 || members[0].File == members[1].File {
		t.Errorf("members %+v", members)
	}
}
