package ot_test

import (
	"bufio"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/ot"
)

// pairs are the operands of the checked-in vectors: the same that
// vectors/bench.mjs gives to the peer.
func pairs(t testing.TB) (maps, composes [][2]ot.ChangeSet) {
	t.Helper()
	lines := bufio.NewScanner(openVectors(t))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		if v.K != "ops" {
			continue
		}
		var a, b, c ot.ChangeSet
		if json.Unmarshal(v.A, &a) != nil || json.Unmarshal(v.B, &b) != nil {
			t.Fatalf("line %s", lines.Bytes())
		}
		maps = append(maps, [2]ot.ChangeSet{a, b})
		if v.AC != nil && v.AC[0] == '[' {
			if err := json.Unmarshal(v.C, &c); err != nil {
				t.Fatal(err)
			}
			composes = append(composes, [2]ot.ChangeSet{a, c})
		}
	}
	return maps, composes
}

func benchPairs(b *testing.B, all [][2]ot.ChangeSet, f func(x, y ot.ChangeSet) (ot.ChangeSet, error)) {
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := f(all[i][0], all[i][1]); err != nil {
			b.Fatal(err)
		}
		if i++; i == len(all) {
			i = 0
		}
	}
}

func BenchmarkMap(b *testing.B) {
	maps, _ := pairs(b)
	benchPairs(b, maps, func(x, y ot.ChangeSet) (ot.ChangeSet, error) { return x.Map(y, true) })
}

func BenchmarkCompose(b *testing.B) {
	_, composes := pairs(b)
	benchPairs(b, composes, ot.ChangeSet.Compose)
}

// BenchmarkApply64K types at random places of a document of 64 KiB; a tenth of
// the edits delete.
func BenchmarkApply64K(b *testing.B) {
	for name, line := range map[string]string{"ascii": "let mut x = vec![1, 2, 3];\n", "mixed": "let 値 = \"größer 🦀\";\n"} {
		b.Run(name, func(b *testing.B) {
			text := mustText(b, strings.Repeat(line, 64<<10/len(line)))
			rng := rand.New(rand.NewPCG(1, 2))
			runes := []rune(text.String())
			starts := make([]int, 0, len(runes)) // where code points start
			for i, at := 0, 0; i < len(runes); i++ {
				starts = append(starts, at)
				at += ot.Len(string(runes[i]))
			}
			n := text.Len()
			// Pairs of an insertion and its inverse leave the text as it is,
			// so that every change stays valid however often it is applied.
			var changes []ot.ChangeSet
			for range 500 {
				at := starts[rng.IntN(len(starts))]
				ins, err := ot.New(n, ot.Edit{From: at, To: at, Insert: "x"})
				if err != nil {
					b.Fatal(err)
				}
				del, err := ins.Invert(text)
				if err != nil {
					b.Fatal(err)
				}
				changes = append(changes, ins, del)
			}
			b.ReportAllocs()
			b.ResetTimer()
			i := 0
			for b.Loop() {
				var err error
				if text, err = changes[i].Apply(text); err != nil {
					b.Fatal(err)
				}
				if i++; i == len(changes) {
					i = 0
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	raw := []byte(`[120,[0,"fn main() {","    println!(\"hi\");","}"],3400]`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ot.Decode(raw, ot.Limits{Parts: 1000, Insert: 1 << 16}); err != nil {
			b.Fatal(err)
		}
	}
}
