package authority_test

import (
	"errors"
	"fmt"
	"github.com/corust-dev/corust/collab/files"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/ot/ottest"
	"github.com/corust-dev/corust/collab/wire"
)

// mainText is the text of a document's main file.
func mainText(d *authority.Document) ot.Text {
	f, _ := d.Files().Get(wire.MainFile)
	return f.Text
}

func text(t testing.TB, s string) ot.Text {
	t.Helper()
	x, err := ot.NewText(s)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func receive(t testing.TB, d *authority.Document, p authority.Push) authority.Accepted {
	t.Helper()
	acc, err := d.Receive(p)
	if err != nil {
		t.Fatalf("%+v: %v", p, err)
	}
	return acc
}

func TestDocumentRefuses(t *testing.T) {
	t.Parallel()
	d := authority.NewDocument("e", files.Main(text(t, "a🦀")), wire.Limits{Text: 8, Parts: 3, History: 2})
	receive(t, d, authority.Push{Client: "p", Seq: 1, Version: 0, Changes: ottest.Edit(t, 3, 3, 3, "b")})
	receive(t, d, authority.Push{Client: "p", Seq: 2, Version: 1, Changes: ottest.Edit(t, 4, 4, 4, "c")})
	receive(t, d, authority.Push{Client: "p", Seq: 3, Version: 2, Changes: ottest.Edit(t, 5, 5, 5, "d")})
	before := d.Snapshot()
	many, err := ot.New(6, ot.Edit{From: 0, To: 0, Insert: "x"}, ot.Edit{From: 4, To: 4, Insert: "y"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		push authority.Push
		want error
	}{
		"no client":      {authority.Push{Seq: 1, Version: 3, Changes: ot.Empty(6)}, wire.ErrMalformed},
		"seq 0":          {authority.Push{Client: "q", Version: 3, Changes: ot.Empty(6)}, wire.ErrMalformed},
		"negative":       {authority.Push{Client: "q", Seq: 1, Version: -1, Changes: ot.Empty(6)}, wire.ErrStale},
		"stale":          {authority.Push{Client: "q", Seq: 1, Version: 0, Changes: ot.Empty(3)}, wire.ErrStale},
		"future":         {authority.Push{Client: "q", Seq: 1, Version: 4, Changes: ot.Empty(6)}, wire.ErrFuture},
		"own entry":      {authority.Push{Client: "p", Seq: 4, Version: 2, Changes: ot.Empty(5)}, wire.ErrStale},
		"length":         {authority.Push{Client: "q", Seq: 1, Version: 3, Changes: ot.Empty(7)}, wire.ErrMalformed},
		"rebased length": {authority.Push{Client: "q", Seq: 1, Version: 1, Changes: ot.Empty(6)}, wire.ErrMalformed},
		"cut":            {authority.Push{Client: "q", Seq: 1, Version: 3, Changes: ottest.Edit(t, 6, 2, 2, "x")}, wire.ErrMalformed},
		"too long":       {authority.Push{Client: "q", Seq: 1, Version: 3, Changes: ottest.Edit(t, 6, 0, 0, "xyz")}, wire.ErrTooLarge},
		"too many parts": {authority.Push{Client: "q", Seq: 1, Version: 3, Changes: many}, wire.ErrTooLarge},
		"cursor":         {authority.Push{Client: "q", Seq: 1, Version: 3, Changes: ot.Empty(6), Cursor: wire.Selection{{Anchor: 0, Head: 7}}}, wire.ErrMalformed},
	} {
		if acc, err := d.Receive(c.push); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v; want %v", name, acc, err, c.want)
		}
	}
	if after := d.Snapshot(); after.Main() != before.Main() || after.Version != before.Version || len(after.Acked) != 1 {
		t.Errorf("refused pushes left %+v, were %+v", after, before)
	}
}

func TestDuplicates(t *testing.T) {
	t.Parallel()
	d := authority.NewDocument("e", files.Main(text(t, "")), wire.Limits{})
	one := authority.Push{Client: "p", Seq: 1, Changes: ottest.Edit(t, 0, 0, 0, "a")}
	two := authority.Push{Client: "p", Seq: 2, Version: 1, Changes: ottest.Edit(t, 1, 1, 1, "b")}
	receive(t, d, one)
	receive(t, d, two)
	for _, c := range []struct {
		push authority.Push
		want wire.Version
	}{{one, 1}, {two, 2}} {
		if acc := receive(t, d, c.push); !acc.Duplicate || acc.Version != c.want {
			t.Errorf("push %d again: %+v, want a duplicate at %d", c.push.Seq, acc, c.want)
		}
	}
	if mainText(d).String() != "ab" || d.Version() != 2 {
		t.Errorf("text %q at %d", mainText(d), d.Version())
	}
	// A snapshot keeps the acknowledged sequence numbers of clients.
	again, err := authority.Restore(d.Snapshot(), nil, wire.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if acc := receive(t, again, two); !acc.Duplicate || again.Acked("p") != 2 {
		t.Errorf("after restoring: %+v, acked %d", acc, again.Acked("p"))
	}
}

func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	d := authority.NewDocument("e", files.Main(text(t, "")), wire.Limits{History: 10, Clients: 3})
	for i := range 100 {
		v := d.Version()
		receive(t, d, authority.Push{Client: wire.ClientID(fmt.Sprint(i % 7)), Seq: wire.Seq(i + 1), Version: v, Changes: ottest.Edit(t, i, i, i, "x")})
	}
	if s := d.Snapshot(); len(s.Acked) != 3 {
		t.Errorf("%d clients remembered, want 3", len(s.Acked))
	}
	if _, err := d.Since(89); !errors.Is(err, wire.ErrStale) {
		t.Errorf("since 89: %v", err)
	}
	if e, err := d.Since(90); err != nil || len(e) != 10 {
		t.Errorf("since 90: %d entries, %v", len(e), err)
	}
	big := authority.NewDocument("e", files.Main(text(t, "")), wire.Limits{Bytes: 5000})
	for i := range 10 {
		receive(t, big, authority.Push{Client: "p", Seq: wire.Seq(i + 1), Version: big.Version(), Changes: ottest.Edit(t, 1000*i, 0, 0, strings.Repeat("x", 1000))})
	}
	if e, err := big.Since(6); err != nil || len(e) != 4 {
		t.Errorf("of 10 entries of 1,000 bytes, %d are kept, %v", len(e), err)
	}
}

func TestRestoreRefusesCorruption(t *testing.T) {
	t.Parallel()
	entry := wire.Entry{Client: "p", Seq: 1, Changes: ottest.Edit(t, 3, 0, 0, "x")}
	for _, s := range []wire.Snapshot{{Files: wire.MainText("ab")}, {Files: wire.MainText("a\rb")}, {Files: wire.MainText("\xff")}, {}} {
		if _, err := authority.Restore(s, []wire.Entry{entry}, wire.Limits{}); !errors.Is(err, authority.ErrCorrupt) {
			t.Errorf("restore %q: %v", s.Main(), err)
		}
	}
}

func TestSelections(t *testing.T) {
	t.Parallel()
	type sel = wire.Selection
	d := authority.NewDocument("e", files.Main(text(t, "日本🦀語")), wire.Limits{})
	receive(t, d, authority.Push{Client: "p", Seq: 1, Changes: ottest.Edit(t, 5, 1, 1, "né")})           // 日né本🦀語
	receive(t, d, authority.Push{Client: "q", Seq: 1, Version: 1, Changes: ottest.Edit(t, 7, 3, 6, "")}) // 日né語
	for _, c := range []struct {
		owner    wire.ClientID
		v        wire.Version
		in, want sel
	}{
		{"r", 0, sel{{Anchor: 1, Head: 1}}, sel{{Anchor: 1, Head: 1}}}, // stays in front of what another inserts
		{"p", 0, sel{{Anchor: 1, Head: 1}}, sel{{Anchor: 3, Head: 3}}}, // goes after the client's insertion
		{"r", 0, sel{{Anchor: 1, Head: 5}}, sel{{Anchor: 3, Head: 4}}}, // a range does not grow
		{"r", 0, sel{{Anchor: 5, Head: 1}}, sel{{Anchor: 4, Head: 3}}}, // nor turn around
		{"r", 0, sel{{Anchor: 2, Head: 4}}, sel{{Anchor: 3, Head: 3}}}, // the selected text is deleted
		{"r", 1, sel{{Anchor: 0, Head: 7}, {Anchor: 5, Head: 5}}, sel{{Anchor: 0, Head: 4}, {Anchor: 3, Head: 3}}},
		{"r", 2, sel{{Anchor: 4, Head: 4}}, sel{{Anchor: 4, Head: 4}}},
	} {
		got, _, err := d.MapForward(wire.MainFile, c.in, c.v, c.owner)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%v of %s at %d: %v, %v; want %v", c.in, c.owner, c.v, got, err, c.want)
		}
	}
	if _, _, err := d.MapForward(wire.MainFile, sel{{Anchor: 0, Head: 6}}, 0, "r"); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("beyond the end: %v", err)
	}
	// A selection that comes with a push is rebased with it.
	acc := receive(t, d, authority.Push{Client: "r", Seq: 1, Version: 0, Changes: ottest.Edit(t, 5, 5, 5, "!"), Cursor: sel{{Anchor: 6, Head: 6}}})
	if mainText(d).String() != "日né語!" || acc.Cursor[0].Head != 5 {
		t.Errorf("text %q, cursor %v", mainText(d), acc.Cursor)
	}
}

// A push that would take long to map over the entries that its sender has not seen is
// refused as stale. The sender sends a hello and maps it.
func TestAPushInManyPlacesFarBehindIsStale(t *testing.T) {
	t.Parallel()
	text, err := ot.NewText(strings.Repeat("ab", 15_000))
	if err != nil {
		t.Fatal(err)
	}
	d := authority.NewDocument("e", files.Main(text), wire.Limits{})
	for v := range 1200 {
		push := authority.Push{Client: "typist", Seq: wire.Seq(v + 1), Version: wire.Version(v), Changes: ottest.Edit(t, mainText(d).Len(), 0, 0, "x")}
		if _, err := d.Receive(push); err != nil {
			t.Fatal(err)
		}
	}
	behind := authority.Push{Client: "bulk", Seq: 1, Version: 0, Changes: ottest.ManyPlaces(t, 30_000, "y")}
	if _, err := d.Receive(behind); !errors.Is(err, wire.ErrStale) {
		t.Errorf("1200 entries behind: %v", err)
	}
	entries, err := d.Since(1190)
	if err != nil {
		t.Fatal(err)
	}
	behind.Version, behind.Changes = 1190, ottest.ManyPlaces(t, entries[0].Changes.Length(), "y")
	if _, err := d.Receive(behind); err != nil {
		t.Errorf("10 entries behind: %v", err)
	}
}
