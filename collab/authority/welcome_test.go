package authority_test

import (
	"errors"
	"github.com/corust-dev/corust/collab/files"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/ot/ottest"
	"github.com/corust-dev/corust/collab/wire"
)

// A client that receives the whole text maps its pending edits by guess. The authority
// would map an earlier push that arrives later in another way.
func TestPushFromBeforeAWholeTextIsStale(t *testing.T) {
	t.Parallel()
	a := authority.New(authority.NewDocument("e", files.Main(text(t, "")), wire.Limits{History: 2}))
	for conn := range authority.ConnID(2) {
		if err := a.Connect(conn, authority.Visitor{}); err != nil {
			t.Fatal(err)
		}
		if err := a.Receive(conn, &wire.Hello{Protocol: wire.ProtocolVersion, Key: wire.Key("k" + string(rune('a'+conn)))}); err != nil {
			t.Fatal(err)
		}
	}
	for v := range 2 {
		if err := a.Receive(1, &wire.PushMsg{Epoch: "e", Version: wire.Version(v), Seq: wire.Seq(v + 1), Changes: ottest.Edit(t, v, 0, 0, "x")}); err != nil {
			t.Fatal(err)
		}
	}
	hello := &wire.Hello{Protocol: wire.ProtocolVersion, Key: "ka", Epoch: "other"}
	if err := a.Receive(0, hello); err != nil {
		t.Fatal(err)
	}
	push := &wire.PushMsg{Epoch: "e", Version: 1, Seq: 1, Changes: ottest.Edit(t, 1, 0, 0, "y")}
	if err := a.Receive(0, push); !errors.Is(err, wire.ErrStale) {
		t.Errorf("a push for version 1 after the text of version 2: %v", err)
	}
	push.Version, push.Changes = 2, ottest.Edit(t, 2, 0, 0, "y")
	if err := a.Receive(0, push); err != nil {
		t.Errorf("the same for version 2: %v", err)
	}
	if err := a.Receive(0, push); err != nil { // acknowledged again
		t.Error(err)
	}
}
