package authority_test

import (
	"github.com/corust-dev/corust/collab/files"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/ot/ottest"
	"github.com/corust-dev/corust/collab/wire"
)

// TestFiveSteps is the case that composing over several entries gets wrong.
func TestFiveSteps(t *testing.T) {
	t.Parallel()
	d := authority.NewDocument("e", files.Main(text(t, "x")), wire.Limits{})
	c := client.New("C", "")
	c.Hello()
	if _, err := c.Receive(&wire.Welcome{Protocol: wire.ProtocolVersion, Client: "C", Epoch: "e", Files: wire.MainText("x")}); err != nil {
		t.Fatal(err)
	}
	// C inserts "C" and pushes at version 0.
	if err := c.Edit(ottest.Edit(t, 1, 0, 0, "C")); err != nil {
		t.Fatal(err)
	}
	pushed := c.Next().(*wire.PushMsg)
	// P deletes "x", then inserts "B"; C receives both.
	for _, p := range []authority.Push{
		{Client: "P", Seq: 1, Version: 0, Changes: ottest.Edit(t, 1, 0, 1, "")},
		{Client: "P", Seq: 2, Version: 1, Changes: ottest.Edit(t, 0, 0, 0, "B")},
	} {
		acc := receive(t, d, p)
		if _, err := c.Receive(&wire.EntryMsg{Version: acc.Version, Client: "P", Seq: p.Seq, Changes: acc.Entry.Changes}); err != nil {
			t.Fatal(err)
		}
	}
	// The session handles C's push over both.
	acc := receive(t, d, authority.Push{Client: "C", Seq: pushed.Seq, Version: pushed.Version, Changes: pushed.Changes})
	if _, err := c.Receive(&wire.AckMsg{Version: acc.Version, Seq: pushed.Seq}); err != nil {
		t.Fatal(err)
	}
	if mainText(d).String() != "BC" || c.Text().String() != "BC" || !c.Synced() {
		t.Fatalf("session %q, client %q; want BC twice", mainText(d), c.Text())
	}
}
