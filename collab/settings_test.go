package collab_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/store"
)

// set sends a change as a page does.
func (p *person) set(change collab.Settings) {
	p.t.Helper()
	p.send(&collab.SettingsMsg{Settings: change})
	p.settle()
}

func (p *person) has(want collab.Settings) {
	p.t.Helper()
	p.settle()
	if got := p.c.Settings(); !maps.Equal(got, want) {
		p.t.Errorf("%s has the settings %v, want %v", p.c.ID(), got, want)
	}
}

func TestSettingsTogether(t *testing.T) {
	hub(t, collab.Config{Idle: time.Minute}, "", func(t *testing.T, h *collab.Hub) {
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		a.set(collab.Settings{"mode": "release"})
		b.set(collab.Settings{"edition": "2021"})
		both := collab.Settings{"mode": "release", "edition": "2021"}
		a.has(both)
		b.has(both)
		newPerson(t, "late").come(h).has(both)
		// At once: the order in which the session received them decides, for
		// both of them.
		a.send(&collab.SettingsMsg{Settings: collab.Settings{"mode": "debug"}})
		b.send(&collab.SettingsMsg{Settings: collab.Settings{"mode": "release", "edition": ""}})
		a.has(collab.Settings{"mode": "release"})
		b.has(collab.Settings{"mode": "release"})
		told := of[*collab.SettingsOf](b)
		if last := told[len(told)-1]; last.By != b.c.ID() {
			t.Errorf("the last change is said to be by %q", last.By)
		}
		// What changes nothing is answered, and the others are not disturbed.
		n := len(of[*collab.SettingsOf](a))
		b.set(collab.Settings{"mode": "release"})
		if len(of[*collab.SettingsOf](a)) != n || len(of[*collab.SettingsOf](b)) != len(told)+1 {
			t.Error("a change that changes nothing is told to all, or not to its sender")
		}
		a.conn.Close()
		b.conn.Close()
		a.c.Disconnect()
		time.Sleep(5 * time.Minute)
		a.come(h).has(collab.Settings{"mode": "release"})
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
		b.has(collab.Settings{"mode": "release"})

		a.c.Set("mode", "debug")
		lose(true)
		b.settle()
		told := len(of[*collab.SettingsOf](b))
		a.come(h).has(collab.Settings{"mode": "debug"})
		b.settle()
		if n := len(of[*collab.SettingsOf](b)); n != told {
			t.Error("a choice that arrived is sent again")
		}

		a.c.Set("mode", "release")
		lose(false)
		b.set(collab.Settings{"mode": "other"})
		a.come(h).has(collab.Settings{"mode": "other"})

		// The first arrives, the second does not.
		a.c.Set("mode", "release")
		a.send(a.c.Next())
		a.c.Set("mode", "other")
		lose(false)
		a.come(h)
		b.has(collab.Settings{"mode": "other"})

		// What is chosen without a connection is sent with the next one.
		a.conn.Close()
		a.c.Disconnect()
		a.c.Set("edition", "2021")
		a.come(h)
		b.has(collab.Settings{"edition": "2021", "mode": "other"})

		// What is refused is not sent for ever.
		a.c.Set("edition", "<img>")
		a.settle()
		if m := a.c.Next(); m != nil {
			t.Errorf("then it sends %v", m)
		}
		a.conn.Close()
		a.c.Disconnect()
		a.come(h).has(collab.Settings{"edition": "2021", "mode": "other"})
		for _, m := range a.seen[len(a.seen)-1:] {
			if e, ok := m.(*collab.Error); ok {
				t.Errorf("what was refused is sent again: %v", e)
			}
		}
	})
}

// Nobody is told of a setting that the store does not have.
func TestSettingsAreKeptBeforeTheyAreTold(t *testing.T) {
	f := &failing{Store: store.NewMemory()}
	hub(t, collab.Config{Store: f}, "", func(t *testing.T, h *collab.Hub) {
		a, b := newPerson(t, "a").come(h), newPerson(t, "b").come(h)
		f.full.Store(true)
		a.set(collab.Settings{"mode": "release"})
		b.settle()
		if a.end != collab.CodeResume || b.end != collab.CodeResume || len(of[*collab.SettingsOf](b)) != 0 {
			t.Errorf("ended with %q and %q; b was told %v", a.end, b.end, of[*collab.SettingsOf](b))
		}
		f.full.Store(false)
		b.come(h).has(nil)
	})
}

func TestHostileSettings(t *testing.T) {
	t.Parallel()
	many := collab.Settings{}
	for i := range 17 {
		many[fmt.Sprint("s", i)] = "x"
	}
	for name, c := range map[string]struct {
		change collab.Settings
		want   collab.Code
	}{
		"no name":        {collab.Settings{"": "x"}, collab.CodeMalformed},
		"a long name":    {collab.Settings{strings.Repeat("n", 33): "x"}, collab.CodeTooLarge},
		"a long value":   {collab.Settings{"n": strings.Repeat("v", 65)}, collab.CodeTooLarge},
		"markup":         {collab.Settings{"n": "<img>"}, collab.CodeMalformed},
		"a line break":   {collab.Settings{"n": "a\nb"}, collab.CodeMalformed},
		"beyond ASCII":   {collab.Settings{"n": "ä"}, collab.CodeMalformed},
		"a strange name": {collab.Settings{"a b": ""}, collab.CodeMalformed},
		"half of it":     {collab.Settings{"good": "x", "n": "\x00"}, collab.CodeMalformed},
		"too many":       {many, collab.CodeTooLarge},
	} {
		a, _ := running(t)
		if err := a.Receive(1, &collab.SettingsMsg{Settings: collab.Settings{"mode": "debug"}}); err != nil {
			t.Fatal(err)
		}
		a.Deliveries()
		err := a.Receive(1, &collab.SettingsMsg{Settings: c.change})
		if collab.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if _, unsaved := a.Unsaved(); unsaved || !maps.Equal(a.Settings(), collab.Settings{"mode": "debug"}) {
			t.Errorf("%s: the settings are %v", name, a.Settings())
		}
		for _, d := range a.Deliveries() {
			if _, ok := d.Frame.Message.(*collab.Error); !ok || d.To != 1 {
				t.Errorf("%s: %d is told %T", name, d.To, d.Frame.Message)
			}
		}
	}
	for _, data := range []string{`{"n":1}`, `[]`, `{"n":"<"}`, `{`} {
		if s, err := collab.DecodeSettings([]byte(data)); err == nil {
			t.Errorf("%s is read as %v", data, s)
		}
	}
}
