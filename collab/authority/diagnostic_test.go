package authority_test

import (
	"encoding/json"
	"fmt"
	"github.com/corust-dev/corust/collab/files"
	"reflect"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/ot/ottest"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/testseed"
)

// diagnosed returns a session of one member whose run has diagnostics, and the messages
// with them that the member received.
func diagnosed(t *testing.T, source string, lim wire.Limits, list []wire.Diagnostic) (*authority.Authority, []*wire.RunDiagnostics) {
	t.Helper()
	a := authority.New(authority.NewDocument("e", files.Main(text(t, source)), lim))
	join(t, a, 1, "k")
	a.Receive(1, &wire.RunMsg{})
	a.RunDiagnostics(a.LastRun().Run, list)
	var told []*wire.RunDiagnostics
	for _, d := range a.Deliveries() {
		m, err := wire.DecodeServer(d.Frame.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if m, ok := m.(*wire.RunDiagnostics); ok {
			told = append(told, m)
		}
	}
	return a, told
}

// join lets a client in and returns its welcome.
func join(t *testing.T, a *authority.Authority, conn authority.ConnID, key wire.Key) *wire.Welcome {
	t.Helper()
	if err := a.Connect(conn, authority.Visitor{}); err != nil {
		t.Fatal(err)
	}
	if err := a.Receive(conn, &wire.Hello{Key: key}); err != nil {
		t.Fatal(err)
	}
	for _, d := range a.Deliveries() {
		if w, ok := d.Frame.Message.(*wire.Welcome); ok && d.To == conn {
			return w
		}
	}
	t.Fatal("no welcome")
	return nil
}

func about(from, to int) wire.Diagnostic {
	return wire.Diagnostic{
		Level: "warning", Message: fmt.Sprint(from, to), Spans: []wire.DiagnosticSpan{{From: from, To: to, Primary: true}},
		Suggestions: []wire.Suggestion{{Message: "remove", Applicable: true, Edits: []wire.SuggestedEdit{{From: from, To: to}}}},
	}
}

// Members receive diagnostics at the version that ran. Later members receive them mapped
// to their version, without suggestions that would apply to another text.
func TestLateMembersReceiveMappedDiagnostics(t *testing.T) {
	t.Parallel()
	a, told := diagnosed(t, "0123456789", wire.Limits{}, []wire.Diagnostic{about(2, 4), about(5, 8), about(9, 10), about(0, 0)})
	if len(told) != 1 || told[0].Version != 0 || told[0].Epoch != "e" || len(told[0].List) != 4 {
		t.Fatalf("told %+v", told)
	}
	push := func(seq wire.Seq, c ot.ChangeSet) {
		t.Helper()
		if err := a.Receive(1, &wire.PushMsg{Epoch: "e", Version: a.Document().Version(), Seq: seq, Changes: c}); err != nil {
			t.Fatal(err)
		}
		a.Deliveries()
	}
	push(1, ottest.Edit(t, 10, 1, 1, "ab")) // 0ab123456789
	push(2, ottest.Edit(t, 12, 8, 9, ""))   // 0ab12345789: touches the second
	for conn := authority.ConnID(2); conn < 4; conn++ {
		w := join(t, a, conn, wire.Key(fmt.Sprint(conn)))
		got := w.Run.Diagnostics
		if got == nil || got.Version != 2 || w.Version != 2 || w.Run.Version != 0 {
			t.Fatalf("welcomed with %+v", got)
		}
		var at []string
		for _, d := range got.List {
			at = append(at, fmt.Sprint(d.Message, " at ", d.Spans[0].From, d.Spans[0].To, " ", d.Suggestions[0].Applicable, d.Suggestions[0].Edits[0].From))
		}
		if want := []string{"2 4 at 4 6 true 4", "5 8 at 7 9 false 7", "9 10 at 10 11 true 10", "0 0 at 0 0 true 0"}; !reflect.DeepEqual(at, want) {
			t.Errorf("%q, want %q", at, want)
		}
	}
	push(3, ottest.Edit(t, 11, 3, 7, "")) // the first is gone
	if got := join(t, a, 9, "9").Run.Diagnostics; got.Version != 3 || len(got.List) != 3 {
		t.Errorf("%+v", got)
	}
}

// A suggestion that has been applied is also settled for later members.
func TestAppliedSuggestionsAreSettledForLateMembers(t *testing.T) {
	t.Parallel()
	two := about(1, 2)
	two.Suggestions[0].Edits = []wire.SuggestedEdit{{From: 1, To: 2, Insert: "x"}, {From: 4, To: 4, Insert: ";"}}
	list := []wire.Diagnostic{two, about(6, 8)}
	for name, c := range map[string]struct {
		edits []ot.Edit
		left  int
	}{
		"none":            {[]ot.Edit{{From: 9, To: 9, Insert: "!"}}, 2},
		"one of two":      {[]ot.Edit{{From: 1, To: 2, Insert: "x"}}, 2},
		"both":            {[]ot.Edit{{From: 1, To: 2, Insert: "x"}, {From: 4, To: 4, Insert: ";"}}, 1},
		"both, otherwise": {[]ot.Edit{{From: 1, To: 2, Insert: "y"}, {From: 4, To: 4, Insert: ";"}}, 2},
		"another":         {[]ot.Edit{{From: 6, To: 8}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, _ := diagnosed(t, "0123456789", wire.Limits{}, list)
			changes, err := ot.New(10, c.edits...)
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Receive(1, &wire.PushMsg{Epoch: "e", Seq: 1, Changes: changes}); err != nil {
				t.Fatal(err)
			}
			if got := join(t, a, 2, "b").Run.Diagnostics.List; len(got) != c.left {
				t.Errorf("%+v", got)
			}
		})
	}
}

// A member who joins during the compilation has not seen the edits since the run began,
// and receives diagnostics at the current text.
func TestMembersWhoJoinDuringARunReceiveDiagnosticsAtTheHead(t *testing.T) {
	t.Parallel()
	a := authority.New(authority.NewDocument("e", files.Main(text(t, "0123456789")), wire.Limits{}))
	join(t, a, 1, "k")
	a.Receive(1, &wire.RunMsg{})
	join(t, a, 2, "same")
	a.Receive(1, &wire.PushMsg{Epoch: "e", Version: 0, Seq: 1, Changes: ottest.Edit(t, 10, 0, 0, "ab")})
	a.Deliveries()
	join(t, a, 3, "later")
	a.RunDiagnostics(a.LastRun().Run, []wire.Diagnostic{about(2, 4)})
	told := map[authority.ConnID]string{}
	for _, d := range a.Deliveries() {
		m := d.Frame.Message.(*wire.RunDiagnostics)
		told[d.To] += fmt.Sprint(m.Version, " ", m.List[0].Spans[0].From)
	}
	if want := map[authority.ConnID]string{1: "0 2", 2: "0 2", 3: "1 4"}; !reflect.DeepEqual(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	if st := a.LastRun(); st.Diagnostics.Version != 0 || st.Version != 0 {
		t.Errorf("on record: %+v", st.Diagnostics)
	}
}

// After any edits, a suggestion that a new member can apply replaces the text that the
// compiler meant.
func TestSuggestionsReplaceTheTextTheyWereMadeFor(t *testing.T) {
	t.Parallel()
	rng := testseed.Rand(t)
	for range 300 {
		source := "abcdefghijklmnopqrstuvwxyz"
		from := rng.IntN(20)
		to := from + 1 + rng.IntN(5)
		a, _ := diagnosed(t, source, wire.Limits{}, []wire.Diagnostic{about(from, to)})
		for seq := range 1 + rng.IntN(4) {
			n := mainText(a.Document()).Len()
			at := rng.IntN(n + 1)
			err := a.Receive(1, &wire.PushMsg{Epoch: "e", Version: a.Document().Version(), Seq: wire.Seq(seq + 1),
				Changes: ottest.Edit(t, n, at, min(n, at+rng.IntN(3)), strings.Repeat("-", rng.IntN(3)))})
			if err != nil {
				t.Fatal(err)
			}
			if rng.IntN(2) == 0 {
				join(t, a, authority.ConnID(10+seq), wire.Key(fmt.Sprint(seq)))
			}
		}
		w := join(t, a, 99, "late")
		for _, d := range w.Run.Diagnostics.List {
			for _, s := range d.Suggestions {
				e := s.Edits[0]
				if got := (w.Files[0].Text)[e.From:e.To]; s.Applicable && got != source[from:to] {
					t.Fatalf("%q is applied to %q in %q", source[from:to], got, w.Files[0].Text)
				}
			}
		}
	}
}

// Diagnostics outside the text that ran are left out, and so are those above the limits.
func TestDiagnosticsAreBounded(t *testing.T) {
	t.Parallel()
	bad := []wire.Diagnostic{{Level: "error", Message: "nowhere"}, about(-1, 2), about(3, 2), about(0, 11)}
	for _, edits := range [][]wire.SuggestedEdit{{{From: 0, To: 99}}, {{From: 5, To: 6}, {From: 1, To: 2}}} {
		d := about(1, 2)
		d.Suggestions[0].Edits = edits
		bad = append(bad, d)
	}
	if _, told := diagnosed(t, "0123456789", wire.Limits{}, bad); len(told) != 0 {
		t.Errorf("told %+v", told[0].List)
	}
	many := make([]wire.Diagnostic, 1000)
	for i := range many {
		many[i] = about(0, 1)
	}
	if _, told := diagnosed(t, "x", wire.Limits{}, many); len(told) != 1 || len(told[0].List) != 256 {
		t.Errorf("told %d", len(told))
	}
	for i := range many {
		many[i].Message = strings.Repeat("x", 10_000)
	}
	_, told := diagnosed(t, "x", wire.Limits{}, many)
	if data, _ := json.Marshal(told[0]); len(data) > 300<<10 || len(told[0].List) == 0 {
		t.Errorf("%d bytes, %d diagnostics", len(data), len(told[0].List))
	}
}

// If the history does not reach back to the run, positions are unknown.
func TestDiagnosticsNeedTheHistorySinceTheRun(t *testing.T) {
	t.Parallel()
	a, _ := diagnosed(t, "0123456789", wire.Limits{History: 4}, []wire.Diagnostic{about(2, 4)})
	for i := range 20 {
		a.Receive(1, &wire.PushMsg{Epoch: "e", Version: wire.Version(i), Seq: wire.Seq(i + 1), Changes: ottest.Edit(t, 10+i, 0, 0, "x")})
		a.Deliveries()
	}
	if got := join(t, a, 2, "b").Run.Diagnostics; got != nil {
		t.Errorf("%+v", got)
	}
}
