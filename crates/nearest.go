package crates

import (
	"cmp"
	"slices"
	"strings"
)

// Nearest gives up to n of names that a person who wrote name may have meant,
// best first: few edits away, or one inside the other.
func Nearest(name string, names []string, n int) []string {
	type candidate struct {
		name     string
		distance int
	}
	want := strings.ToLower(Ident(name))
	if len(want) > maxName {
		return nil
	}
	var found []candidate
	for _, c := range names {
		have := strings.ToLower(Ident(c))
		d := distance(want, have)
		switch {
		case d <= max(1, len(want)/3):
		case len(want) >= 4 && (strings.HasPrefix(have, want) || strings.HasPrefix(want, have+"_")):
			d = len(want) // after all misspellings
		default:
			continue
		}
		found = append(found, candidate{c, d})
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	var best []string
	for _, c := range found[:min(n, len(found))] {
		best = append(best, c.name)
	}
	return best
}

// distance is how many insertions, deletions, changes and swaps of neighbours
// lead from a to b.
func distance(a, b string) int {
	prev2, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], prev2[j-2]+1)
			}
		}
		prev2, prev, row = prev, row, prev2
	}
	return prev[len(b)]
}
