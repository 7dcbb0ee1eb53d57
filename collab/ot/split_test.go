package ot_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/ot"
)

// pieces splits c until nothing is left.
func pieces(t *testing.T, c ot.ChangeSet, b ot.Bound) []ot.ChangeSet {
	t.Helper()
	var out []ot.ChangeSet
	for !c.Empty() {
		first, rest := c.Split(b)
		if first.Empty() {
			t.Fatalf("a piece of %v does nothing", c)
		}
		if out = append(out, first); len(out) > 10_000 {
			t.Fatalf("%d pieces and no end", len(out))
		}
		c = rest
	}
	return out
}

// The pieces compose to the whole change, and each is within the bound.
func TestSplitPiecesComposeToTheWhole(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(newSeed(t), 1))
	for range 20_000 {
		s := randomText(rnd.IntN, 60)
		c := randomChange(rnd.IntN, s)
		for range rnd.IntN(4) {
			text, err := c.Apply(mustText(t, s))
			if err != nil {
				t.Fatal(err)
			}
			if c, err = c.Compose(randomChange(rnd.IntN, text.String())); err != nil {
				t.Fatal(err)
			}
		}
		b := ot.Bound{Parts: 3 + rnd.IntN(8), Bytes: 64 + rnd.IntN(200), Text: max(ot.Len(s), c.NewLength()) + rnd.IntN(4)}
		text := mustText(t, s)
		want, err := c.Apply(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pieces(t, c, b) {
			if n := len(p.String()); p.Parts() > b.Parts || n > b.Bytes || p.NewLength() > b.Text {
				t.Fatalf("piece %v of %v in %q: %d parts, %d bytes, a text of %d; want at most %+v", p, c, s, p.Parts(), n, p.NewLength(), b)
			}
			if text, err = p.Apply(text); err != nil {
				t.Fatalf("piece %v of %v: %v", p, c, err)
			}
		}
		if text.String() != want.String() {
			t.Fatalf("pieces of %v make %q of %q, the whole %q", c, text.String(), s, want.String())
		}
	}
}

// A long insertion is cut between its characters, also where the text is full.
func TestSplitCutsOneInsertion(t *testing.T) {
	t.Parallel()
	for _, insert := range []string{strings.Repeat("🦀", 500), strings.Repeat("\n", 500), strings.Repeat("\x01\"", 300), strings.Repeat("日本\n", 300)} {
		old := strings.Repeat("x", 100)
		c, err := ot.New(100, ot.Edit{From: 50, To: 100, Insert: insert})
		if err != nil {
			t.Fatal(err)
		}
		text := mustText(t, old)
		for _, p := range pieces(t, c, ot.Bound{Parts: 10, Bytes: 200, Text: c.NewLength()}) {
			if n := len(p.String()); n > 200 {
				t.Errorf("a piece of %d bytes", n)
			}
			if text, err = p.Apply(text); err != nil {
				t.Fatal(err)
			}
		}
		if got := text.String(); got != old[:50]+insert {
			t.Errorf("%d bytes, want %d", len(got), 50+len(insert))
		}
	}
}

func TestMapperMapsAsTheChangeDoes(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(newSeed(t), 2))
	for range 3000 {
		s := strings.Repeat("a", 30+rnd.IntN(30))
		c := ot.Empty(len(s))
		for range 2 + rnd.IntN(5) {
			text, err := c.Apply(mustText(t, s))
			if err != nil {
				t.Fatal(err)
			}
			if c, err = c.Compose(randomChange(rnd.IntN, text.String())); err != nil {
				t.Fatal(err)
			}
		}
		m := c.Mapper()
		for pos := -1; pos <= len(s)+1; pos++ {
			for _, assoc := range []int{-1, 1} {
				want, e1 := c.MapPos(pos, assoc)
				got, e2 := m.MapPos(pos, assoc)
				if got != want || (e1 == nil) != (e2 == nil) {
					t.Fatalf("%d, %d through %v: %d, %v; want %d, %v", pos, assoc, c, got, e2, want, e1)
				}
			}
		}
	}
}

// everyLine changes every line of a text of n units with lines of a few.
func everyLine(n int, insert string) ot.ChangeSet {
	var edits []ot.Edit
	for at := 0; at+4 <= n; at += 4 {
		edits = append(edits, ot.Edit{From: at, To: at + 1, Insert: insert})
	}
	c, err := ot.New(n, edits...)
	if err != nil {
		panic(err)
	}
	return c
}

// Two people's changes of every line over each other: linear in their parts.
func BenchmarkMapBulkOverBulk(b *testing.B) {
	for _, n := range []int{16_384, 65_536, 262_144} {
		x, y := everyLine(n, "ab"), everyLine(n, "c")
		b.Run(strconv.Itoa(x.Parts())+"parts", func(b *testing.B) {
			for b.Loop() {
				if _, err := x.Map(y, true); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
