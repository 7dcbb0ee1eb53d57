package authority

import (
	"fmt"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
)

// The memory for deliveries is used again while as many listen, and not kept after they left.
func TestDeliveriesKeepMemoryForThoseWhoListen(t *testing.T) {
	t.Parallel()
	const members = 200
	doc, err := Restore(wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, nil, wire.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	a := New(doc)
	say := func(id ConnID, m wire.ClientMessage) {
		t.Helper()
		if err := a.Receive(id, m); err != nil {
			t.Fatal(err)
		}
		a.Deliveries()
	}
	for id := range ConnID(members) {
		if err := a.Connect(id, Visitor{}); err != nil {
			t.Fatal(err)
		}
		say(id, &wire.Hello{Protocol: wire.ProtocolVersion, Key: wire.Key(fmt.Sprint(id))})
	}
	say(0, &wire.SettingsMsg{Settings: wire.Settings{"mode": "debug"}})
	say(0, &wire.SettingsMsg{Settings: wire.Settings{"mode": "release"}})
	if cap(a.out) < members || cap(a.told) < members {
		t.Errorf("room for %d and %d deliveries, want %d", cap(a.out), cap(a.told), members)
	}
	for id := range ConnID(members) {
		a.Leave(id)
		a.Deliveries()
	}
	a.Deliveries()
	a.Deliveries()
	if n := max(cap(a.out), cap(a.told)); n > keepRoom {
		t.Errorf("room for %d deliveries without a connection", n)
	}
}
