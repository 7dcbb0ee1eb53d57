package simnet_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/corust-dev/corust/collab/simnet"
	"github.com/corust-dev/corust/collab/wire"
)

// world is a simulation without faults, for scenarios written by hand.
func (m *mixture) world(text string) *simnet.World {
	return m.new(simnet.Config{Text: text, History: 100, Commit: 0, Wire: true})
}

// all runs the world until it is quiet and requires that every editor shows one text.
func all(t *testing.T, w *simnet.World, want string, editors ...*simnet.Editor) {
	t.Helper()
	if err := w.Quiet(); err != nil {
		t.Fatal(err)
	}
	for _, e := range editors {
		if e.Text() != want {
			t.Errorf("%s shows %q, want %q", e.ID(), e.Text(), want)
		}
	}
	if text, _, err := w.Committed(); err != nil || text != want {
		t.Errorf("the log leads to %q, %v, want %q", text, err, want)
	}
}

func TestSingleClientText(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		w := m.world("")
		a := w.AddEditor(w.Servers()[0], 5, 5)
		for i, r := range []rune("fn main() {}\n// 日本語 🦀") {
			w.At(int64(20+i), func() { a.Insert(i, string(r)) })
		}
		w.At(100, func() { a.Delete(0, 2) })
		w.At(101, func() { a.Insert(0, "pub fn") })
		all(t, w, "pub fn main() {}\n// 日本語 🦀", a)
	})
}

func TestMultiClientText(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		w := m.world("ac")
		s := w.Servers()[0]
		a, b, c := w.AddEditor(s, 3, 7), w.AddEditor(s, 1, 1), w.AddEditor(s, 20, 2)
		w.At(50, func() { a.Insert(1, "b"); c.Insert(0, "<"); b.Insert(2, "d") })
		w.At(52, func() { b.Insert(3, "e") })
		w.At(90, func() { c.Insert(6, ">") })
		all(t, w, "<abcde>", a, b, c)
	})
}

// A half-open connection loses no edit of either side, even if the editor reconnects
// before the server has noticed.
func TestHalfOpenConnectionLosesNothing(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		w := m.world("x")
		s := w.Servers()[0]
		a, b := w.AddEditor(s, 5, 5), w.AddEditor(s, 5, 5)
		w.At(50, func() { a.Insert(0, "1") })
		w.At(52, func() { a.HalfOpen(100) }) // under way
		w.At(60, func() { a.Insert(1, "2"); b.Insert(1, "y") })
		w.At(160, func() {
			if got := b.Text(); got != "xy" {
				t.Errorf("before anybody has noticed, %q", got)
			}
		})
		all(t, w, "12xy", a, b)
	})
}

// TestSamePlace inserts at one place: the insertion that reached the session first comes
// first.
func TestSamePlace(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		w := m.world("")
		s := w.Servers()[0]
		a, b := w.AddEditor(s, 10, 10), w.AddEditor(s, 1, 1)
		w.At(50, func() { a.Insert(0, "slow"); b.Insert(0, "fast") })
		all(t, w, "fastslow", a, b)
	})
}

func TestInsertAgainstDelete(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		for _, sc := range []struct {
			at, n, ins int
			want       string
		}{
			{0, 5, 2, "X"},     // inserted within the deleted text
			{1, 3, 0, "Xae"},   // before it
			{1, 3, 1, "aXe"},   // at its start
			{1, 3, 4, "aXe"},   // at its end
			{1, 3, 5, "aeX"},   // after it
			{0, 2, 3, "cXde"},  // further after it
			{2, 1, 2, "abXde"}, // at one character
		} {
			for _, deleterFirst := range []bool{true, false} {
				w := m.world("abcde")
				s := w.Servers()[0]
				up := map[bool]int64{true: 1, false: 30}
				d, i := w.AddEditor(s, up[deleterFirst], 1), w.AddEditor(s, up[!deleterFirst], 1)
				w.At(100, func() { d.Delete(sc.at, sc.n); i.Insert(sc.ins, "X") })
				all(t, w, sc.want, d, i)
			}
		}
	})
}

func TestDeleteAgainstDelete(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		w := m.world("abcdef")
		s := w.Servers()[0]
		a, b := w.AddEditor(s, 5, 5), w.AddEditor(s, 6, 6)
		w.At(50, func() { a.Delete(1, 3); b.Delete(2, 3) })
		all(t, w, "af", a, b)
	})
}

// TestBufferedOperations types while a push is under way: the edits are buffered, sent
// as one push, and mapped over concurrent entries.
func TestBufferedOperations(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		w := m.world("-")
		s := w.Servers()[0]
		a, b := w.AddEditor(s, 20, 20), w.AddEditor(s, 1, 1)
		for i := range 10 {
			w.At(int64(100+i), func() { a.Insert(i, fmt.Sprint(i)) })
			w.At(int64(100+2*i), func() { b.Insert(len([]rune(b.Text())), string(rune('a'+i))) })
		}
		all(t, w, "0123456789-abcdefghij", a, b)
		if _, v, _ := w.Committed(); v >= 20 || v < 12 {
			t.Errorf("20 edits are %d entries; a's should be a few", v)
		}
	})
}

func TestLateJoiner(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		w := m.world("")
		s := w.Servers()[0]
		a := w.AddEditor(s, 5, 5)
		var late *simnet.Editor
		for i := range 40 {
			w.At(int64(20+i), func() { a.Insert(0, "é") })
		}
		w.At(45, func() { late = w.AddEditor(s, 3, 3) })
		w.At(60, func() { late.Insert(0, "L") })
		if err := w.Quiet(); err != nil {
			t.Fatal(err)
		}
		if n := len([]rune(late.Text())); n != 41 || late.Text() != a.Text() {
			t.Errorf("late joiner shows %d characters: %q", n, late.Text())
		}
	})
}

// seen is another's selection as an editor sees it.
func seen(e *simnet.Editor, of *simnet.Editor) wire.Selection {
	return e.Others()[of.ID()].Cursor
}

func TestCursorsAndSelections(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		type edit struct {
			at, n int
			text  string
		}
		type r = wire.Range
		for _, sc := range []struct {
			name         string
			text         string
			anchor, head int // code points
			edits        []edit
			want         r // units
		}{
			{"insert in front", "hello", 3, 3, []edit{{0, 0, "ab"}}, r{Anchor: 5, Head: 5}},
			{"insert behind", "hello", 3, 3, []edit{{4, 0, "ab"}}, r{Anchor: 3, Head: 3}},
			{"insert at the cursor", "hello", 3, 3, []edit{{3, 0, "ab"}}, r{Anchor: 3, Head: 3}},
			{"delete in front", "hello", 3, 3, []edit{{0, 2, ""}}, r{Anchor: 1, Head: 1}},
			{"delete around", "hello", 3, 3, []edit{{1, 3, ""}}, r{Anchor: 1, Head: 1}},
			{"delete everything", "hello", 3, 3, []edit{{0, 5, ""}}, r{}},
			{"selection, insert within", "hello", 1, 4, []edit{{2, 0, "xyz"}}, r{Anchor: 1, Head: 7}},
			{"selection, insert at both ends", "hello", 1, 4, []edit{{4, 0, "x"}, {1, 0, "y"}}, r{Anchor: 2, Head: 5}},
			{"selection, delete over its start", "hello", 2, 4, []edit{{1, 2, ""}}, r{Anchor: 1, Head: 2}},
			{"selection, delete it", "hello", 1, 4, []edit{{0, 5, ""}}, r{}},
			{"backward selection", "hello", 4, 1, []edit{{2, 0, "xyz"}}, r{Anchor: 7, Head: 1}},
			{"several, buffered", "hello", 3, 3, []edit{{0, 0, "a"}, {1, 0, "b"}, {2, 0, "c"}, {5, 1, ""}}, r{Anchor: 5, Head: 5}},
			{"multilingual", "日本🦀語", 3, 4, []edit{{0, 0, "né"}, {3, 0, "👍"}, {2, 1, ""}}, r{Anchor: 7, Head: 8}},
			{"multilingual, delete", "🦀🦀🦀x", 3, 4, []edit{{0, 1, ""}, {0, 1, "é"}}, r{Anchor: 3, Head: 4}},
		} {
			w := m.world(sc.text)
			s := w.Servers()[0]
			typist, holder, third := w.AddEditor(s, 10, 10), w.AddEditor(s, 2, 3), w.AddEditor(s, 1, 30)
			w.At(100, func() { holder.Select(sc.anchor, sc.head) })
			// The edits come while the selection is under way and after it: the
			// first is pushed, the others are buffered.
			for i, e := range sc.edits {
				w.At(int64(104+i), func() { typist.Replace(e.at, e.n, e.text) })
			}
			if err := w.Quiet(); err != nil {
				t.Fatalf("%s: %v", sc.name, err)
			}
			for _, e := range []*simnet.Editor{typist, third} {
				if got := seen(e, holder); len(got) != 1 || got[0] != sc.want {
					t.Errorf("%s: %s sees the selection at %v, want %v", sc.name, e.ID(), got, sc.want)
				}
			}
			if got := holder.Cursor(); len(got) != 1 || got[0] != sc.want {
				t.Errorf("%s: the holder has it at %v, want %v", sc.name, got, sc.want)
			}
		}
	})
}

// TestFormidable is the last example of Daniel Spiewak's "Understanding and
// Applying Operational Transformation": two users type at once over slow links with
// different delays, each with operations buffered while one is under way, in text
// that both change.
func TestFormidable(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		w := m.world("Hey world!")
		s := w.Servers()[0]
		one, two := w.AddEditor(s, 10, 5), w.AddEditor(s, 1, 1)
		w.At(100, func() { one.Replace(1, 2, "i") })       // Hi world!
		w.At(101, func() { one.Insert(2, " how") })        // buffered …
		w.At(102, func() { one.Insert(6, " are") })        //
		w.At(103, func() { one.Replace(10, 6, " you?") })  // Hi how are you?!
		w.At(100, func() { two.Delete(3, 6) })             // Hey!
		w.At(100, func() { two.Insert(4, " Nice") })       // buffered …
		w.At(101, func() { two.Insert(9, " to") })         //
		w.At(101, func() { two.Insert(12, " meet you.") }) // Hey! Nice to meet you.
		all(t, w, "Hi how are you?! Nice to meet you.", one, two)
		if _, v, _ := w.Committed(); v != 4 {
			t.Errorf("%d entries, want 4: what was buffered is one push", v)
		}
	})
}

// TestFiveSteps has C send, P delete and insert, and C receive both before the session
// receives C's push.
func TestFiveSteps(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		w := m.world("x")
		s := w.Servers()[0]
		c, p := w.AddEditor(s, 50, 1), w.AddEditor(s, 1, 1)
		w.At(200, func() { c.Insert(0, "C") })
		w.At(201, func() { p.Delete(0, 1) })
		w.At(210, func() { p.Insert(0, "B") })
		w.At(220, func() {
			if c.Text() != "BC" {
				t.Errorf("C shows %q while its push is under way", c.Text())
			}
		})
		all(t, w, "BC", c, p)
	})
}

// TestAsleep has a client miss 1,000 versions and come back with its edits, with and
// without all of the versions in the session's history.
func TestAsleep(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		for _, history := range []int{10, 5000} {
			w := m.new(simnet.Config{Text: "|", History: history})
			s := w.Servers()[0]
			a, b := w.AddEditor(s, 1, 1), w.AddEditor(s, 1, 1)
			w.At(50, a.Disconnect)
			w.At(60, func() { a.Insert(0, "asleep") })
			for i := range 1000 {
				w.At(int64(100+5*i), func() { b.Insert(1+i, "b") })
			}
			w.At(6000, func() { s.Snapshot(history) })
			w.At(7000, a.Connect)
			if err := w.Quiet(); err != nil {
				t.Fatalf("history %d: %v", history, err)
			}
			if n := len(a.Text()); n != 1007 || a.Version() != 1001 {
				t.Errorf("history %d: %d characters at version %d", history, n, a.Version())
			}
		}
	})
}

// TestCrashMoments crashes the server at each moment of a commit: each typed text is in
// the result exactly once.
func TestCrashMoments(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		for _, moment := range []simnet.Moment{simnet.BeforeCommit, simnet.BeforeAck, simnet.AfterAck} {
			for at := int64(98); at < 125; at++ {
				w := m.new(simnet.Config{Commit: 5, History: 100})
				s := w.Servers()[0]
				a, b := w.AddEditor(s, 7, 4), w.AddEditor(s, 2, 3)
				w.At(100, func() { a.Insert(0, "a") })
				w.At(101, func() { a.Insert(1, "A") })
				w.At(100, func() { b.Insert(0, "b") })
				w.At(at, func() { s.Crash(moment, 10) })
				if err := w.Quiet(); err != nil {
					t.Fatalf("crash %d at %d: %v", moment, at, err)
				}
			}
		}
	})
}

// TestInputMethod composes for a long time: the composition is one change, and others
// edit meanwhile.
func TestInputMethod(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		w := m.world("..")
		s := w.Servers()[0]
		a, b := w.AddEditor(s, 2, 2), w.AddEditor(s, 2, 2)
		w.At(50, func() { a.Hold(100) })
		for i, r := range []string{"に", "ほ", "ん"} {
			w.At(int64(51+10*i), func() { a.Insert(1+i, r) })
		}
		w.At(90, func() { a.Replace(slices.Index([]rune(a.Text()), 'に'), 3, "日本") })
		w.At(70, func() { b.Insert(0, "b"); b.Insert(len([]rune(b.Text())), "b") })
		all(t, w, "b.日本.b", a, b)
		if _, v, _ := w.Committed(); v > 3 && m.name == "go" { // the page sends a composition while it lasts
			t.Errorf("%d entries", v)
		}
	})
}

// TestTwoTabs opens two tabs of one person, which are two clients.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		w := m.world("")
		s := w.Servers()[0]
		a, b := w.AddEditor(s, 5, 5), w.AddEditor(s, 5, 5)
		w.At(50, func() { a.Insert(0, "a"); b.Insert(0, "b"); a.Insert(1, "A") })
		all(t, w, "abA", a, b)
		if a.ID() == b.ID() {
			t.Error("two instances share an id")
		}
	})
}
