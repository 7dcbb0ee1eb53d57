package collab_test

import (
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/ot/ottest"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/wire"
)

// Who has seen everything of somebody can still not say hello as them.
func TestNobodyIsSomebodyElse(t *testing.T) {
	hub(t, collab.Config{}, "", func(t *testing.T, h *collab.Hub) {
		a := (&person{t: t, c: client.New(wire.NewKey(), "Ada")}).come(h)
		a.types(0, "mine")
		evil := newPerson(t, "evil").come(h)
		w := of[*wire.Welcome](evil)[0]
		for _, m := range w.Members {
			// All that is known of her is tried as a key.
			for _, stolen := range []string{string(m.Client), m.Name} {
				_, instance, _ := strings.Cut(stolen, ".")
				for _, key := range []string{stolen, instance} {
					newPerson(t, wire.Key(key)).come(h)
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
	mem := memory.New()
	hub(t, collab.Config{Store: mem}, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, wire.NewKey()).come(h)
		before := a.c.ID()
		if err := a.c.Edit(ottest.Edit(t, 0, 0, 0, "once")); err != nil {
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
