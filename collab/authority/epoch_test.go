package authority_test

import (
	"errors"
	"fmt"
	"github.com/corust-dev/corust/collab/files"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/ot/ottest"
	"github.com/corust-dev/corust/collab/wire"
)

// The authority refuses a push from another epoch and drops a selection from one, also if
// the current epoch has the same version.
func TestAnotherEpoch(t *testing.T) {
	t.Parallel()
	a := authority.New(authority.NewDocument("new", files.Main(text(t, "abc")), wire.Limits{}))
	for conn := range authority.ConnID(2) {
		if err := a.Connect(conn+1, authority.Visitor{}); err != nil {
			t.Fatal(err)
		}
		a.Receive(conn+1, &wire.Hello{Key: wire.Key(fmt.Sprint("k", conn))})
	}
	a.Deliveries()
	if err := a.Receive(1, &wire.CursorMsg{Epoch: "old", Cursor: wire.Selection{{Anchor: 1, Head: 1}}}); err != nil || len(a.Deliveries()) > 0 {
		t.Errorf("a selection of another epoch is delivered, or an error: %v", err)
	}
	if err := a.Receive(1, &wire.PushMsg{Epoch: "old", Seq: 1, Changes: ottest.Edit(t, 3, 0, 0, "x")}); !errors.Is(err, wire.ErrEpoch) {
		t.Errorf("a push of another epoch: %v", err)
	}
}
