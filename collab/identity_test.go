package collab_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/store"
)

func TestClientOf(t *testing.T) {
	t.Parallel()
	// Pinned: an id that changes loses the pushes that were under way.
	const a, b = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
	if got := collab.ClientOf(a, b); got != "06phrSv3.-ndqHmiWUzrXnlVV" {
		t.Errorf("the id of a known key is %s", got)
	}
	form := regexp.MustCompile(`^[0-9A-Za-z_-]{8}\.[0-9A-Za-z_-]{16}$`)
	person := collab.NewKey()
	seen := map[collab.ClientID]bool{}
	for range 1000 {
		key := collab.NewKey()
		one, other := collab.ClientOf(key, person), collab.ClientOf(key, "")
		if !form.MatchString(string(one)) || collab.IsTool(one) || seen[one] || seen[other] {
			t.Fatalf("ids %s and %s", one, other)
		}
		seen[one], seen[other] = true, true
		if first, _, _ := strings.Cut(string(one), "."); !strings.HasPrefix(string(collab.ClientOf(collab.NewKey(), person)), first+".") {
			t.Error("two instances of a person have no more in common than others")
		}
		if strings.Contains(string(one), string(key)) || strings.Contains(string(other), string(key)) {
			t.Error("the id tells the key")
		}
	}
}

// Who has seen everything of somebody can still not say hello as them.
func TestNobodyIsSomebodyElse(t *testing.T) {
	hub(t, collab.Config{}, "", func(t *testing.T, h *collab.Hub) {
		a := (&person{t: t, c: collab.NewClient(collab.NewKey(), "Ada")}).come(h)
		a.types(0, "mine")
		evil := newPerson(t, "evil").come(h)
		w := of[*collab.Welcome](evil)[0]
		for _, m := range w.Members {
			// All that is known of her is tried as a key.
			for _, stolen := range []string{string(m.Client), m.Name} {
				_, instance, _ := strings.Cut(stolen, ".")
				for _, key := range []string{stolen, instance} {
					newPerson(t, collab.Key(key)).come(h)
				}
			}
		}
		a.settle()
		if a.end != "" {
			t.Errorf("ended with %q", a.end)
		}
	})
}

// A push that was under way is recognised by another server: who somebody is
// depends on their key alone.
func TestIdentitySurvivesARestart(t *testing.T) {
	mem := store.NewMemory()
	hub(t, collab.Config{Store: mem}, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, collab.NewKey()).come(h)
		before := a.c.ID()
		if err := a.c.Edit(edit(t, 0, 0, 0, "once")); err != nil {
			t.Fatal(err)
		}
		a.send(a.c.Next())
		h.Close()
		a.c.Disconnect() // the acknowledgement is lost
		again := collab.NewHub(collab.Config{Store: mem})
		defer again.Close()
		a.come(again).shows("once")
		if a.c.ID() != before {
			t.Errorf("%s is now %s", before, a.c.ID())
		}
	})
}
