package authority_test

import (
	"fmt"
	"github.com/corust-dev/corust/collab/files"
	"slices"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/wire"
)

// running returns an authority with one member, whose run is under way.
func running(t *testing.T) (a *authority.Authority, run string) {
	t.Helper()
	a = authority.New(authority.NewDocument("e", files.Main(text(t, "")), wire.Limits{}))
	for conn := range authority.ConnID(2) {
		if err := a.Connect(conn+1, authority.Visitor{}); err != nil {
			t.Fatal(err)
		}
		a.Receive(conn+1, &wire.Hello{Key: wire.Key(fmt.Sprint("k", conn))})
	}
	if err := a.Receive(1, &wire.RunMsg{}); err != nil {
		t.Fatal(err)
	}
	return a, a.LastRun().Run
}

// Members receive one message when the program begins to wait for input and one when it
// stops waiting. A late member finds the state in the welcome. A run that has ended does
// not wait.
func TestMembersSeeWhetherTheProgramWaitsForInput(t *testing.T) {
	t.Parallel()
	a, id := running(t)
	a.Deliveries()
	a.RunWaiting("another", true)
	for _, waiting := range []bool{false, true, true, false, true} {
		a.RunWaiting(id, waiting)
	}
	var told []bool
	for _, d := range a.Deliveries() {
		if m, ok := d.Frame.Message.(*wire.RunWaiting); ok && d.To == 2 {
			told = append(told, m.Waiting)
		}
	}
	if !slices.Equal(told, []bool{true, false, true}) {
		t.Errorf("received %v", told)
	}
	if !a.LastRun().Waiting {
		t.Error("the welcome of a late member lacks the wait")
	}
	a.RunEnded(id, runs.Result{Verdict: "ok"})
	a.RunWaiting(id, true)
	if a.LastRun().Waiting {
		t.Error("a run that has ended waits")
	}
}
