package authority_test

import (
	"errors"
	"fmt"
	"github.com/corust-dev/corust/collab/files"
	"slices"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/ot/ottest"
	"github.com/corust-dev/corust/collab/wire"
)

// told lists the deliveries, as "connection type".
func told(a *authority.Authority) []string {
	var list []string
	for _, d := range a.Deliveries() {
		what := "end"
		switch {
		case d.View != nil:
			what = "view"
		case d.Frame != nil:
			what = wire.TypeOf(d.Frame.Message)
		}
		list = append(list, fmt.Sprint(d.To, " ", what))
	}
	return list
}

// An observer receives the messages to members, and members receive none about it.
func TestObserversAreInvisible(t *testing.T) {
	t.Parallel()
	a := authority.New(authority.NewDocument("e", files.Main(text(t, "abc")), wire.Limits{}))
	join(t, a, 1, "k")
	if err := a.Observe(2); err != nil {
		t.Fatal(err)
	}
	out := a.Deliveries()
	if len(out) != 1 || out[0].To != 2 || out[0].View == nil {
		t.Fatalf("deliveries %+v, want a view for the observer", out)
	}
	v := out[0].View
	if v.Epoch != "e" || v.Version != 0 || v.Main().String() != "abc" || len(v.Members) != 1 || v.Run != nil {
		t.Errorf("the view is %+v", v)
	}
	if err := a.Receive(1, &wire.PushMsg{Epoch: "e", Seq: 1, Changes: ottest.Edit(t, 3, 0, 0, "x")}); err != nil {
		t.Fatal(err)
	}
	a.Receive(1, &wire.RunMsg{})
	a.RunStage(a.LastRun().Run, "run", 0)
	if got, want := told(a), []string{"1 ack", "2 entry", "1 run", "2 run", "1 stage", "2 stage"}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	if v.Main().String() != "abc" {
		t.Errorf("the view has become %q", v.Main())
	}
	// The authority refuses messages from an observer.
	if err := a.Receive(2, &wire.StopMsg{Run: a.LastRun().Run}); !errors.Is(err, wire.ErrNotJoined) {
		t.Errorf("a stop by an observer: %v", err)
	}
	a.Deliveries()
	a.Leave(2)
	if got := told(a); len(got) != 0 {
		t.Errorf("when the observer leaves, members receive %v", got)
	}
	if w := join(t, a, 3, "l"); len(w.Members) != 2 {
		t.Errorf("members %+v", w.Members)
	}
}

// Observers take the places of watching connections, and so keep no editor out.
func TestObserversLeavePlacesForEditors(t *testing.T) {
	t.Parallel()
	a := authority.New(authority.NewDocument("e", files.Main(text(t, "")), wire.Limits{Members: 4}))
	for conn := range authority.ConnID(2) {
		if err := a.Observe(conn + 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Observe(3); !errors.Is(err, wire.ErrBusy) {
		t.Errorf("a third observer: %v", err)
	}
	if err := a.Connect(4, authority.Visitor{}); err != nil {
		t.Errorf("an editor: %v", err)
	}
	a.Leave(1)
	if err := a.Observe(5); err != nil {
		t.Errorf("after one has left: %v", err)
	}
}

// A run for a caller is refused whole, or started with all of its input.
func TestRunFor(t *testing.T) {
	t.Parallel()
	a := authority.New(authority.NewDocument("e", files.Main(text(t, "abc")), wire.Limits{Stdin: 3}))
	join(t, a, 1, "k")
	caller := authority.Caller{ID: "api.x", Name: "tool", Owner: "o"}
	if _, err := a.RunFor(caller, wire.RunOptions{}, []byte("four")); !errors.Is(err, wire.ErrTooLarge) || a.Running() {
		t.Errorf("too much input: %v, running: %t", err, a.Running())
	}
	id, err := a.RunFor(caller, wire.RunOptions{}, []byte("in"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := told(a), []string{"1 run", "1 input"}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	work := a.RunWork()
	if len(work) != 2 || work[0].Start.Owner != "o" || work[0].Start.Files[0].Text != "abc" || string(work[1].Stdin) != "in" || !work[1].EOF {
		t.Errorf("work %+v", work)
	}
	if st := a.LastRun(); st.By != "api.x" || st.Name != "tool" || st.Output[0].By != "api.x" {
		t.Errorf("the run is %+v", st)
	}
	if _, err := a.RunFor(caller, wire.RunOptions{}, nil); !errors.Is(err, wire.ErrRunning) || a.LastRun().Run != id {
		t.Errorf("a second run: %v", err)
	}
}
