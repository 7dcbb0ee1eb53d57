package authority

import (
	"fmt"
	"slices"
	"testing"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/testseed"
)

// TestHistory: packed or not, a history is the list of what was added and not
// forgotten.
func TestHistory(t *testing.T) {
	t.Parallel()
	rng := testseed.Rand(t)
	var h history
	var want []wire.Entry
	for step := range 3000 {
		if rng.IntN(3) > 0 || len(want) == 0 {
			c, err := ot.New(step%50, ot.Edit{From: step % 7 % (step%50 + 1), To: step % 50, Insert: []string{"", "a", "ü\n𝄞"}[rng.IntN(3)]})
			if err != nil {
				t.Fatal(err)
			}
			e := wire.Entry{Client: wire.ClientID(fmt.Sprint("c", rng.IntN(4))), Seq: wire.Seq(step + 1), Changes: c}
			h.add(e)
			want = append(want, e)
		} else {
			for range 1 + rng.IntN(min(3, len(want))) {
				h.forget()
				want = want[1:]
			}
		}
		if h.n != len(want) {
			t.Fatalf("step %d: %d entries, want %d", step, h.n, len(want))
		}
		k := rng.IntN(len(want) + 1)
		got, err := h.last(k)
		if err != nil || !slices.EqualFunc(got, want[len(want)-k:], func(a, b wire.Entry) bool {
			return a.Client == b.Client && a.Seq == b.Seq && a.Changes.Equal(b.Changes)
		}) {
			t.Fatalf("step %d: the last %d of %d: %v, %v", step, k, len(want), got, err)
		}
		cost, held := 0, 0
		for _, s := range h.spans {
			cost += s.cost
		}
		for _, e := range h.recent {
			cost += EntryCost(e)
		}
		held = len(h.spans)*spanLen + len(h.recent)
		if h.cost != cost || held-h.n >= spanLen {
			t.Fatalf("step %d: cost %d of %d, %d entries held of %d", step, h.cost, cost, held, h.n)
		}
	}
	for len(want) > 0 {
		h.forget()
		want = want[1:]
	}
	if h.n != 0 || h.cost != 0 && len(h.spans) == 0 {
		t.Errorf("an empty history: %+v", h)
	}
}
