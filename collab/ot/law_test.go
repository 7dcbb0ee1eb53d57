package ot_test

import (
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/corust-dev/corust/collab/ot"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the random tests, to repeat a failure")

// newSeed gives the seed to use and prints it.
func newSeed(t testing.TB) uint64 {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d, to be repeated with -seed", seed)
	return seed
}

var alphabet = []string{"a", "b", "c", " ", "\n", "é", "日", "😀", "🦀", "\x00", "e\u0301", "\""}

func randomText(next func(int) int, max int) string {
	var b strings.Builder
	for n := next(max + 1); n > 0; n-- {
		b.WriteString(alphabet[next(len(alphabet))])
	}
	return b.String()
}

// randomChange makes a change of s that cuts no pair.
func randomChange(next func(int) int, s string) ot.ChangeSet {
	var edits []ot.Edit
	runes, at, pos := []rune(s), 0, 0
	walk := func(n int) {
		for ; n > 0 && at < len(runes); n-- {
			pos += ot.Len(string(runes[at]))
			at++
		}
	}
	for n := next(4); n > 0; n-- {
		walk(next(len(runes) + 1 - at))
		from := pos
		if next(2) == 0 {
			walk(next(4))
		}
		edits = append(edits, ot.Edit{From: from, To: pos, Insert: randomText(next, next(4))})
	}
	c, err := ot.New(ot.Len(s), edits...)
	if err != nil {
		panic(err)
	}
	return c
}

// choices turns a fuzzer's bytes into choices, so that it finds its way
// through the same generator; when they run out, zeros follow.
func choices(data []byte) func(int) int {
	return func(n int) int {
		if n <= 1 || len(data) == 0 {
			return 0
		}
		c := int(data[0])
		data = data[1:]
		return c % n
	}
}

func mustText(t testing.TB, s string) ot.Text {
	t.Helper()
	x, err := ot.NewText(s)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func apply(t testing.TB, x ot.Text, cs ...ot.ChangeSet) ot.Text {
	t.Helper()
	for _, c := range cs {
		var err error
		if x, err = c.Apply(x); err != nil {
			t.Fatalf("%v: %v", c, err)
		}
	}
	return x
}

func mapped(t testing.TB, a, over ot.ChangeSet, before bool) ot.ChangeSet {
	t.Helper()
	c, err := a.Map(over, before)
	if err != nil {
		t.Fatalf("map %v over %v: %v", a, over, err)
	}
	return c
}

func composed(t testing.TB, cs ...ot.ChangeSet) ot.ChangeSet {
	t.Helper()
	c := cs[0]
	for _, next := range cs[1:] {
		var err error
		if c, err = c.Compose(next); err != nil {
			t.Fatalf("compose %v with %v: %v", c, next, err)
		}
	}
	return c
}

// checkLaws tests every law of the package doc on random changes.
func checkLaws(t testing.TB, next func(int) int) {
	doc := randomText(next, 12)
	text := mustText(t, doc)
	a, b := randomChange(next, doc), randomChange(next, doc)

	// Length laws, and the text's bookkeeping.
	afterA := apply(t, text, a)
	if a.Length() != text.Len() || a.NewLength() != afterA.Len() || afterA.Len() != ot.Len(afterA.String()) || afterA.Size() != len(afterA.String()) {
		t.Fatalf("lengths of %v on %q: %d, %d", a, doc, a.Length(), a.NewLength())
	}
	// Convergence.
	ab, ba := mapped(t, a, b, true), mapped(t, b, a, false)
	left, right := apply(t, afterA, ba).String(), apply(t, text, b, ab).String()
	if left != right {
		t.Fatalf("diverges on %q\na = %v\nb = %v\n%q\n%q", doc, a, b, left, right)
	}
	if one, two := composed(t, a, ba), composed(t, b, ab); apply(t, text, one).String() != left || apply(t, text, two).String() != left {
		t.Fatalf("a∘b' or b∘a' is not the change it composes, on %q: a = %v, b = %v", doc, a, b)
	}
	// Associativity of compose.
	c := randomChange(next, afterA.String())
	afterC := apply(t, afterA, c)
	d := randomChange(next, afterC.String())
	want := apply(t, afterC, d).String()
	for _, all := range []ot.ChangeSet{composed(t, composed(t, a, c), d), composed(t, a, composed(t, c, d))} {
		if got := apply(t, text, all).String(); got != want {
			t.Fatalf("compose of %v, %v, %v on %q: %q, want %q", a, c, d, doc, got, want)
		}
	}
	// Invert.
	inv, err := a.Invert(text)
	if err != nil {
		t.Fatal(err)
	}
	if got := apply(t, afterA, inv).String(); got != doc {
		t.Fatalf("invert %v of %q: %q", a, doc, got)
	}
	// Positions: order is kept, both sides of an insertion enclose it, and
	// MapPos never leaves the text.
	last := 0
	for p := 0; p <= text.Len(); p++ {
		l, err1 := a.MapPos(p, -1)
		r, err2 := a.MapPos(p, 1)
		if err1 != nil || err2 != nil || l < last || r < l || r > a.NewLength() {
			t.Fatalf("MapPos %d through %v: %d (%v), %d (%v), after %d", p, a, l, err1, r, err2, last)
		}
		last = l
	}
	// The wire form.
	back, err := ot.Decode(a.AppendJSON(nil), ot.Limits{})
	if err != nil || !back.Equal(a) {
		t.Fatalf("%v came back as %v, %v", a, back, err)
	}
}

func TestLaws(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(newSeed(t), 0))
	for range 20_000 {
		checkLaws(t, rng.IntN)
	}
}

func FuzzLaws(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) { checkLaws(t, choices(data)) })
}

// FuzzDecode checks that no input panics, and that an accepted change is accepted again
// after encoding, applies to a text of its length, and can be mapped and composed.
func FuzzDecode(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ot.Decode(data, ot.Limits{Parts: 1000, Insert: 10_000})
		if err != nil {
			for _, kind := range []error{ot.ErrMalformed, ot.ErrLimit, ot.ErrSurrogate} {
				if errors.Is(err, kind) {
					return
				}
			}
			t.Fatalf("an error of no kind: %v", err)
		}
		again, err := ot.Decode(c.AppendJSON(nil), ot.Limits{})
		if err != nil || !again.Equal(c) || !utf8.Valid(c.AppendJSON(nil)) {
			t.Fatalf("%v came back as %v, %v", c, again, err)
		}
		if c.Length() > 1<<16 {
			return
		}
		text := mustText(t, strings.Repeat("x", c.Length()))
		after := apply(t, text, c)
		inv, err := c.Invert(text)
		if err != nil || apply(t, after, inv).String() != text.String() {
			t.Fatalf("invert %v: %v, %v", c, inv, err)
		}
		mapped(t, c, c, true)
		composed(t, c, inv)
	})
}

// TestCorpora: a fuzz test without seeds tests next to nothing.
func TestCorpora(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"FuzzLaws", "FuzzDecode"} {
		files, err := filepath.Glob(filepath.Join("testdata", "fuzz", name, "*"))
		if err != nil || len(files) < 8 {
			t.Errorf("%s has %d seeds (%v)", name, len(files), err)
		}
		for _, f := range files {
			if s, err := os.Stat(f); err != nil || s.Size() == 0 {
				t.Errorf("seed %s: %v", f, err)
			}
		}
	}
}

// TestText drives a text of many chunks against a plain string.
func TestText(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(newSeed(t), 1))
	doc := strings.Repeat("let π = 3; // 🦀\n", 300)
	text := mustText(t, doc)
	for range 3000 {
		// A change in one window of the text, as an edit is.
		runes := []rune(doc)
		at := rng.IntN(len(runes) + 1)
		to := min(len(runes), at+rng.IntN(40))
		from := ot.Len(string(runes[:at]))
		insert := randomText(rng.IntN, rng.IntN(40))
		if rng.IntN(50) == 0 {
			insert = strings.Repeat(insert, 200)
		}
		old := string(runes[at:to])
		if rng.IntN(60) == 0 && len(doc) > 20_000 {
			old = string(runes[at:])
		}
		c, err := ot.New(text.Len(), ot.Edit{From: from, To: from + ot.Len(old), Insert: insert})
		if err != nil {
			t.Fatal(err)
		}
		head := string(runes[:at])
		doc = head + insert + doc[len(head)+len(old):]
		text = apply(t, text, c)
		if text.Len() != ot.Len(doc) || text.Size() != len(doc) {
			t.Fatalf("text has %d units, %d bytes, want %d, %d", text.Len(), text.Size(), ot.Len(doc), len(doc))
		}
		if got, err := text.Slice(from, from+ot.Len(insert)); got != insert || err != nil {
			t.Fatalf("slice at %d: %q, %v, want %q", from, got, err, insert)
		}
	}
	if text.String() != doc {
		t.Fatal("the text differs from the string")
	}
}

func TestTextRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"\r", "a\r\nb", "\xff", "\xed\xa0\x80"} {
		if _, err := ot.NewText(s); !errors.Is(err, ot.ErrMalformed) {
			t.Errorf("NewText(%q): %v", s, err)
		}
	}
	if got := ot.Normalize("a\r\nb\rc\n"); got != "a\nb\nc\n" {
		t.Errorf("Normalize: %q", got)
	}
	crab := mustText(t, "a🦀b")
	for _, edit := range []ot.Edit{{From: 2, To: 2, Insert: "x"}, {From: 0, To: 2}, {From: 2, To: 4}} {
		c, err := ot.New(4, edit)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Apply(crab); !errors.Is(err, ot.ErrSurrogate) {
			t.Errorf("%v: %q, %v", c, got, err)
		}
	}
	if _, err := ot.Empty(3).Apply(crab); !errors.Is(err, ot.ErrLength) {
		t.Errorf("a change of 3 units on a text of 4: %v", err)
	}
	for _, pos := range []int{-1, 5} {
		if _, err := ot.Empty(4).MapPos(pos, 1); !errors.Is(err, ot.ErrRange) {
			t.Errorf("position %d: %v", pos, err)
		}
	}
	for _, edits := range [][]ot.Edit{{{From: -1}}, {{From: 2, To: 1}}, {{From: 0, To: 5}}, {{From: 3, To: 3}, {From: 1, To: 1}}} {
		if _, err := ot.New(4, edits...); !errors.Is(err, ot.ErrRange) {
			t.Errorf("edits %v: %v", edits, err)
		}
	}
}

// TestGroupingMatters shows why a change is never mapped over a composed history: each
// order is correct by itself, and the results differ.
func TestGroupingMatters(t *testing.T) {
	t.Parallel()
	del, _ := ot.New(1, ot.Edit{From: 0, To: 1})
	insB, _ := ot.New(0, ot.Edit{Insert: "B"})
	insC, _ := ot.New(1, ot.Edit{Insert: "C"})
	x := mustText(t, "x")
	single := mapped(t, mapped(t, insC, del, false), insB, false)
	grouped := mapped(t, insC, composed(t, del, insB), false)
	one, two := apply(t, x, del, insB, single).String(), apply(t, x, del, insB, grouped).String()
	if one != "BC" || two != "CB" {
		t.Fatalf("entry by entry %q, composed %q; want BC and CB", one, two)
	}
}

// The size of a change is never below that of its JSON, and not far above it.
func TestSize(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(newSeed(t), 0))
	for range 5000 {
		c := randomChange(rng.IntN, randomText(rng.IntN, 40))
		data := len(c.AppendJSON(nil))
		if n := c.Size(); n < data || n > data+16*(c.Parts()+1) {
			t.Fatalf("size %d of %s, which is %d bytes", n, c.AppendJSON(nil), data)
		}
	}
}
