package collab_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/store"
)

func text(t testing.TB, s string) ot.Text {
	t.Helper()
	x, err := ot.NewText(s)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// edit replaces from..to in a text of n units.
func edit(t testing.TB, n, from, to int, insert string) ot.ChangeSet {
	t.Helper()
	c, err := ot.New(n, ot.Edit{From: from, To: to, Insert: insert})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func receive(t testing.TB, d *collab.Document, p collab.Push) collab.Accepted {
	t.Helper()
	acc, err := d.Receive(p)
	if err != nil {
		t.Fatalf("%+v: %v", p, err)
	}
	return acc
}

// TestFiveSteps is the case that composing over several entries gets wrong.
func TestFiveSteps(t *testing.T) {
	t.Parallel()
	d := collab.NewDocument("e", text(t, "x"), collab.Limits{})
	c := collab.NewClient("C", "")
	c.Hello()
	start := "x"
	if _, err := c.Receive(&collab.Welcome{Protocol: collab.ProtocolVersion, Client: "C", Epoch: "e", Text: &start}); err != nil {
		t.Fatal(err)
	}
	// C inserts "C" and pushes at version 0.
	if err := c.Edit(edit(t, 1, 0, 0, "C")); err != nil {
		t.Fatal(err)
	}
	pushed := c.Next().(*collab.PushMsg)
	// P deletes "x", then inserts "B"; C receives both.
	for _, p := range []collab.Push{
		{Client: "P", Seq: 1, Version: 0, Changes: edit(t, 1, 0, 1, "")},
		{Client: "P", Seq: 2, Version: 1, Changes: edit(t, 0, 0, 0, "B")},
	} {
		acc := receive(t, d, p)
		if _, err := c.Receive(&collab.EntryMsg{Version: acc.Version, Client: "P", Seq: p.Seq, Changes: acc.Entry.Changes}); err != nil {
			t.Fatal(err)
		}
	}
	// The session handles C's push over both.
	acc := receive(t, d, collab.Push{Client: "C", Seq: pushed.Seq, Version: pushed.Version, Changes: pushed.Changes})
	if _, err := c.Receive(&collab.AckMsg{Version: acc.Version, Seq: pushed.Seq}); err != nil {
		t.Fatal(err)
	}
	if d.Text().String() != "BC" || c.Text().String() != "BC" || !c.Synced() {
		t.Fatalf("session %q, client %q; want BC twice", d.Text(), c.Text())
	}
}

func TestDocumentRefuses(t *testing.T) {
	t.Parallel()
	d := collab.NewDocument("e", text(t, "a🦀"), collab.Limits{Text: 8, Parts: 3, History: 2})
	receive(t, d, collab.Push{Client: "p", Seq: 1, Version: 0, Changes: edit(t, 3, 3, 3, "b")})
	receive(t, d, collab.Push{Client: "p", Seq: 2, Version: 1, Changes: edit(t, 4, 4, 4, "c")})
	receive(t, d, collab.Push{Client: "p", Seq: 3, Version: 2, Changes: edit(t, 5, 5, 5, "d")})
	before := d.Snapshot()
	many, err := ot.New(6, ot.Edit{From: 0, To: 0, Insert: "x"}, ot.Edit{From: 4, To: 4, Insert: "y"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		push collab.Push
		want error
	}{
		"no client":      {collab.Push{Seq: 1, Version: 3, Changes: ot.Empty(6)}, collab.ErrMalformed},
		"seq 0":          {collab.Push{Client: "q", Version: 3, Changes: ot.Empty(6)}, collab.ErrMalformed},
		"negative":       {collab.Push{Client: "q", Seq: 1, Version: -1, Changes: ot.Empty(6)}, collab.ErrStale},
		"stale":          {collab.Push{Client: "q", Seq: 1, Version: 0, Changes: ot.Empty(3)}, collab.ErrStale},
		"future":         {collab.Push{Client: "q", Seq: 1, Version: 4, Changes: ot.Empty(6)}, collab.ErrFuture},
		"own entry":      {collab.Push{Client: "p", Seq: 4, Version: 2, Changes: ot.Empty(5)}, collab.ErrStale},
		"length":         {collab.Push{Client: "q", Seq: 1, Version: 3, Changes: ot.Empty(7)}, collab.ErrMalformed},
		"rebased length": {collab.Push{Client: "q", Seq: 1, Version: 1, Changes: ot.Empty(6)}, collab.ErrMalformed},
		"cut":            {collab.Push{Client: "q", Seq: 1, Version: 3, Changes: edit(t, 6, 2, 2, "x")}, collab.ErrMalformed},
		"too long":       {collab.Push{Client: "q", Seq: 1, Version: 3, Changes: edit(t, 6, 0, 0, "xyz")}, collab.ErrTooLarge},
		"too many parts": {collab.Push{Client: "q", Seq: 1, Version: 3, Changes: many}, collab.ErrTooLarge},
		"cursor":         {collab.Push{Client: "q", Seq: 1, Version: 3, Changes: ot.Empty(6), Cursor: collab.Selection{{Anchor: 0, Head: 7}}}, collab.ErrMalformed},
	} {
		if acc, err := d.Receive(c.push); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v; want %v", name, acc, err, c.want)
		}
	}
	if after := d.Snapshot(); after.Text != before.Text || after.Version != before.Version || len(after.Acked) != 1 {
		t.Errorf("refused pushes left %+v, were %+v", after, before)
	}
}

func TestDuplicates(t *testing.T) {
	t.Parallel()
	d := collab.NewDocument("e", text(t, ""), collab.Limits{})
	one := collab.Push{Client: "p", Seq: 1, Changes: edit(t, 0, 0, 0, "a")}
	two := collab.Push{Client: "p", Seq: 2, Version: 1, Changes: edit(t, 1, 1, 1, "b")}
	receive(t, d, one)
	receive(t, d, two)
	for _, c := range []struct {
		push collab.Push
		want collab.Version
	}{{one, 1}, {two, 2}} {
		if acc := receive(t, d, c.push); !acc.Duplicate || acc.Version != c.want {
			t.Errorf("push %d again: %+v, want a duplicate at %d", c.push.Seq, acc, c.want)
		}
	}
	if d.Text().String() != "ab" || d.Version() != 2 {
		t.Errorf("text %q at %d", d.Text(), d.Version())
	}
	// What is known of a client survives a snapshot.
	again, err := collab.Restore(d.Snapshot(), nil, collab.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if acc := receive(t, again, two); !acc.Duplicate || again.Acked("p") != 2 {
		t.Errorf("after restoring: %+v, acked %d", acc, again.Acked("p"))
	}
}

func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	d := collab.NewDocument("e", text(t, ""), collab.Limits{History: 10, Clients: 3})
	for i := range 100 {
		v := d.Version()
		receive(t, d, collab.Push{Client: collab.ClientID(fmt.Sprint(i % 7)), Seq: collab.Seq(i + 1), Version: v, Changes: edit(t, i, i, i, "x")})
	}
	if s := d.Snapshot(); len(s.Acked) != 3 {
		t.Errorf("%d clients remembered, want 3", len(s.Acked))
	}
	if _, err := d.Since(89); !errors.Is(err, collab.ErrStale) {
		t.Errorf("since 89: %v", err)
	}
	if e, err := d.Since(90); err != nil || len(e) != 10 {
		t.Errorf("since 90: %d entries, %v", len(e), err)
	}
	big := collab.NewDocument("e", text(t, ""), collab.Limits{Bytes: 5000})
	for i := range 10 {
		receive(t, big, collab.Push{Client: "p", Seq: collab.Seq(i + 1), Version: big.Version(), Changes: edit(t, 1000*i, 0, 0, strings.Repeat("x", 1000))})
	}
	if e, err := big.Since(6); err != nil || len(e) != 4 {
		t.Errorf("of 10 entries of 1,000 bytes, %d are kept, %v", len(e), err)
	}
}

func TestRestoreRefusesCorruption(t *testing.T) {
	t.Parallel()
	entry := collab.Entry{Client: "p", Seq: 1, Changes: edit(t, 3, 0, 0, "x")}
	for _, s := range []collab.Snapshot{{Text: "ab"}, {Text: "a\rb"}, {Text: "\xff"}} {
		if _, err := collab.Restore(s, []collab.Entry{entry}, collab.Limits{}); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("restore %q: %v", s.Text, err)
		}
	}
}

func TestSelections(t *testing.T) {
	t.Parallel()
	type sel = collab.Selection
	d := collab.NewDocument("e", text(t, "日本🦀語"), collab.Limits{})
	receive(t, d, collab.Push{Client: "p", Seq: 1, Changes: edit(t, 5, 1, 1, "né")})           // 日né本🦀語
	receive(t, d, collab.Push{Client: "q", Seq: 1, Version: 1, Changes: edit(t, 7, 3, 6, "")}) // 日né語
	for _, c := range []struct {
		owner    collab.ClientID
		v        collab.Version
		in, want sel
	}{
		{"r", 0, sel{{Anchor: 1, Head: 1}}, sel{{Anchor: 1, Head: 1}}}, // stays in front of what another inserts
		{"p", 0, sel{{Anchor: 1, Head: 1}}, sel{{Anchor: 3, Head: 3}}}, // goes behind what oneself inserts
		{"r", 0, sel{{Anchor: 1, Head: 5}}, sel{{Anchor: 3, Head: 4}}}, // a range does not grow
		{"r", 0, sel{{Anchor: 5, Head: 1}}, sel{{Anchor: 4, Head: 3}}}, // nor turn around
		{"r", 0, sel{{Anchor: 2, Head: 4}}, sel{{Anchor: 3, Head: 3}}}, // what it held is deleted
		{"r", 1, sel{{Anchor: 0, Head: 7}, {Anchor: 5, Head: 5}}, sel{{Anchor: 0, Head: 4}, {Anchor: 3, Head: 3}}},
		{"r", 2, sel{{Anchor: 4, Head: 4}}, sel{{Anchor: 4, Head: 4}}},
	} {
		got, err := d.MapForward(c.in, c.v, c.owner)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%v of %s at %d: %v, %v; want %v", c.in, c.owner, c.v, got, err, c.want)
		}
	}
	if _, err := d.MapForward(sel{{Anchor: 0, Head: 6}}, 0, "r"); !errors.Is(err, collab.ErrMalformed) {
		t.Errorf("beyond the end: %v", err)
	}
	// A selection that comes with a push is rebased with it.
	acc := receive(t, d, collab.Push{Client: "r", Seq: 1, Version: 0, Changes: edit(t, 5, 5, 5, "!"), Cursor: sel{{Anchor: 6, Head: 6}}})
	if d.Text().String() != "日né語!" || acc.Cursor[0].Head != 5 {
		t.Errorf("text %q, cursor %v", d.Text(), acc.Cursor)
	}
}

// manyPlaces replaces every other unit of a text.
func manyPlaces(t testing.TB, length int, insert string) ot.ChangeSet {
	t.Helper()
	var edits []ot.Edit
	for at := 0; at < length; at += 2 {
		edits = append(edits, ot.Edit{From: at, To: at + 1, Insert: insert})
	}
	c, err := ot.New(length, edits...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A push that would take long to map over what its sender has not seen is mapped
// by the sender, who says hello again.
func TestAPushInManyPlacesFarBehindIsStale(t *testing.T) {
	t.Parallel()
	text, err := ot.NewText(strings.Repeat("ab", 15_000))
	if err != nil {
		t.Fatal(err)
	}
	d := collab.NewDocument("e", text, collab.Limits{})
	for v := range 1200 {
		push := collab.Push{Client: "typist", Seq: collab.Seq(v + 1), Version: collab.Version(v), Changes: edit(t, d.Text().Len(), 0, 0, "x")}
		if _, err := d.Receive(push); err != nil {
			t.Fatal(err)
		}
	}
	behind := collab.Push{Client: "bulk", Seq: 1, Version: 0, Changes: manyPlaces(t, 30_000, "y")}
	if _, err := d.Receive(behind); !errors.Is(err, collab.ErrStale) {
		t.Errorf("1200 entries behind: %v", err)
	}
	entries, err := d.Since(1190)
	if err != nil {
		t.Fatal(err)
	}
	behind.Version, behind.Changes = 1190, manyPlaces(t, entries[0].Changes.Length(), "y")
	if _, err := d.Receive(behind); err != nil {
		t.Errorf("10 entries behind: %v", err)
	}
}
