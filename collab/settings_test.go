package collab_test

import (
	"maps"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/wire"
)

// set sends a change as a page does.
func (p *person) set(change wire.Settings) {
	p.t.Helper()
	p.send(&wire.SettingsMsg{Settings: change})
	p.settle()
}

func (p *person) has(want wire.Settings) {
	p.t.Helper()
	p.settle()
	if got := p.c.Settings(); !maps.Equal(got, want) {
		p.t.Errorf("%s has the settings %v, want %v", p.c.ID(), got, want)
	}
}

func TestSettingsTogether(t *testing.T) {
	hub(t, collab.Config{Idle: time.Minute}, "", func(t *testing.T, h *collab.Hub) {
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		a.set(wire.Settings{"mode": "release"})
		b.set(wire.Settings{"edition": "2021"})
		both := wire.Settings{"mode": "release", "edition": "2021"}
		a.has(both)
		b.has(both)
		newPerson(t, "late").come(h).has(both)
		// At once: the order in which the session received them decides, for
		// both of them.
		a.send(&wire.SettingsMsg{Settings: wire.Settings{"mode": "debug"}})
		b.send(&wire.SettingsMsg{Settings: wire.Settings{"mode": "release", "edition": ""}})
		a.has(wire.Settings{"mode": "release"})
		b.has(wire.Settings{"mode": "release"})
		told := of[*wire.SettingsOf](b)
		if last := told[len(told)-1]; last.By != b.c.ID() {
			t.Errorf("the last change is said to be by %q", last.By)
		}
		// What changes nothing is answered, and the others are not disturbed.
		n := len(of[*wire.SettingsOf](a))
		b.set(wire.Settings{"mode": "release"})
		if len(of[*wire.SettingsOf](a)) != n || len(of[*wire.SettingsOf](b)) != len(told)+1 {
			t.Error("a change that changes nothing is told to all, or not to its sender")
		}
		a.conn.Close()
		b.conn.Close()
		a.c.Disconnect()
		time.Sleep(5 * time.Minute)
		a.come(h).has(wire.Settings{"mode": "release"})
	})
}

// The first settings of a session are those of its members once there is one, who notice
// nothing of others.
func TestSetUp(t *testing.T) {
	hub(t, collab.Config{Idle: time.Minute}, "", func(t *testing.T, h *collab.Hub) {
		setUp := func(mode string) {
			t.Helper()
			if err := h.SetUp(t.Context(), "s", wire.Settings{"mode": mode}); err != nil {
				t.Error(err)
			}
		}
		setUp("release")
		a := newPerson(t, "a").come(h)
		a.has(wire.Settings{"mode": "release"})
		setUp("debug")
		a.set(wire.Settings{"edition": "2021"})
		both := wire.Settings{"mode": "release", "edition": "2021"}
		a.has(both)
		newPerson(t, "late").come(h).has(both)
	})
}

// A choice that was under way when its connection was lost is sent on the next,
// if it did not arrive and nobody else has chosen meanwhile.
func TestSettingsUnderWay(t *testing.T) {
	hub(t, collab.Config{}, "", func(t *testing.T, h *collab.Hub) {
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		lose := func(arrives bool) {
			t.Helper()
			m := a.c.Next()
			if m == nil {
				t.Fatal("nothing is sent")
			}
			if arrives {
				a.send(m)
			}
			a.conn.Close()
			a.c.Disconnect()
		}
		a.c.Set("mode", "release")
		lose(false)
		a.come(h)
		b.has(wire.Settings{"mode": "release"})

		a.c.Set("mode", "debug")
		lose(true)
		b.settle()
		told := len(of[*wire.SettingsOf](b))
		a.come(h).has(wire.Settings{"mode": "debug"})
		b.settle()
		if n := len(of[*wire.SettingsOf](b)); n != told {
			t.Error("a choice that arrived is sent again")
		}

		a.c.Set("mode", "release")
		lose(false)
		b.set(wire.Settings{"mode": "other"})
		a.come(h).has(wire.Settings{"mode": "other"})

		// The first arrives, the second does not.
		a.c.Set("mode", "release")
		a.send(a.c.Next())
		a.c.Set("mode", "other")
		lose(false)
		a.come(h)
		b.has(wire.Settings{"mode": "other"})

		// What is chosen without a connection is sent with the next one.
		a.conn.Close()
		a.c.Disconnect()
		a.c.Set("edition", "2021")
		a.come(h)
		b.has(wire.Settings{"edition": "2021", "mode": "other"})

		// What is refused is not sent for ever.
		a.c.Set("edition", "\x1b")
		a.settle()
		if m := a.c.Next(); m != nil {
			t.Errorf("then it sends %v", m)
		}
		a.conn.Close()
		a.c.Disconnect()
		a.come(h).has(wire.Settings{"edition": "2021", "mode": "other"})
		for _, m := range a.seen[len(a.seen)-1:] {
			if e, ok := m.(*wire.Error); ok {
				t.Errorf("what was refused is sent again: %v", e)
			}
		}
	})
}

// Nobody is told of a setting that the store does not have.
func TestSettingsAreKeptBeforeTheyAreTold(t *testing.T) {
	f := newFailing()
	hub(t, collab.Config{Store: f}, "", func(t *testing.T, h *collab.Hub) {
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		f.full.Store(true)
		a.set(wire.Settings{"mode": "release"})
		b.settle()
		if a.end != wire.CodeResume || b.end != wire.CodeResume || len(of[*wire.SettingsOf](b)) != 0 {
			t.Errorf("ended with %q and %q; b was told %v", a.end, b.end, of[*wire.SettingsOf](b))
		}
		f.full.Store(false)
		b.come(h).has(nil)
	})
}
