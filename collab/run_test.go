package collab_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab"
)

// running is an authority of one person, whose run goes on.
func running(t *testing.T) (a *collab.Authority, run string) {
	t.Helper()
	a = collab.NewAuthority(collab.NewDocument("e", text(t, ""), collab.Limits{}))
	for conn := range collab.ConnID(2) {
		if err := a.Connect(conn+1, collab.Visitor{}); err != nil {
			t.Fatal(err)
		}
		a.Receive(conn+1, &collab.Hello{Key: collab.Key(fmt.Sprint("k", conn))})
	}
	if err := a.Receive(1, &collab.RunMsg{}); err != nil {
		t.Fatal(err)
	}
	return a, a.LastRun().Run
}

// Everyone is told once when the program begins to wait for input and when it
// ceases to, a late one finds out from the welcome, and a run that has ended
// waits no longer.
func TestWaitingForInput(t *testing.T) {
	t.Parallel()
	a, id := running(t)
	a.Deliveries()
	a.RunWaiting("another", true)
	for _, waiting := range []bool{false, true, true, false, true} {
		a.RunWaiting(id, waiting)
	}
	var told []bool
	for _, d := range a.Deliveries() {
		if m, ok := d.Frame.Message.(*collab.RunWaiting); ok && d.To == 2 {
			told = append(told, m.Waiting)
		}
	}
	if !slices.Equal(told, []bool{true, false, true}) {
		t.Errorf("told %v", told)
	}
	if !a.LastRun().Waiting {
		t.Error("a late one is not told of the wait")
	}
	a.RunEnded(id, collab.RunResult{Verdict: "ok"})
	a.RunWaiting(id, true)
	if a.LastRun().Waiting {
		t.Error("a run that has ended waits")
	}
}

// TestManyOutputs: output is bounded, and a program that prints byte by byte is
// kept in few pieces.
func TestManyOutputs(t *testing.T) {
	t.Parallel()
	a, id := running(t)
	for range 20_000 {
		a.RunOutput(id, "stdout", []byte("x"))
	}
	a.RunOutput(id, "stderr", make([]byte, 3<<20))
	st := a.LastRun()
	if len(st.Output) > 8 {
		t.Errorf("20,000 bytes are kept in %d pieces", len(st.Output))
	}
	if n := len(output(t, st.Output, "stderr")); n != 1<<20 {
		t.Errorf("%d bytes of stderr", n)
	}
	if n := len(output(t, st.Output, "stdout")); n != 20_000 {
		t.Errorf("%d bytes of stdout", n)
	}
	var pieces []*collab.RunOutput
	for _, d := range a.Deliveries() {
		if o, ok := d.Frame.Message.(*collab.RunOutput); ok && d.To == 1 {
			pieces = append(pieces, o)
		}
	}
	output(t, pieces, "stdout")
}

// TestAlternatingStreams: a program that prints a byte on one stream and a byte
// on the other, and people who type a byte each in turn, do not make what late
// ones are told larger than it needs to be; no byte of the program is missing.
func TestAlternatingStreams(t *testing.T) {
	t.Parallel()
	a, id := running(t)
	const n = 5_000
	for i := range n {
		a.RunOutput(id, "stdout", []byte("o"))
		a.RunOutput(id, "stderr", []byte("e"))
		if err := a.Receive(collab.ConnID(1+i%2), &collab.StdinMsg{Run: id, Data: []byte("i")}); err != nil {
			t.Fatal(err)
		}
	}
	st := a.LastRun()
	if len(st.Output) > 2100 {
		t.Errorf("%d bytes are kept in %d pieces", 3*n, len(st.Output))
	}
	for _, stream := range []string{"stdout", "stderr"} {
		if got := len(output(t, st.Output, stream)); got != n {
			t.Errorf("%d bytes of %s, want %d", got, stream, n)
		}
	}
}

// What is typed is bounded, and what is refused is not counted.
func TestInputIsBounded(t *testing.T) {
	t.Parallel()
	a, id := running(t)
	for range 2 {
		if err := a.Receive(1, &collab.StdinMsg{Run: id, Data: make([]byte, 1<<20+1)}); collab.CodeOf(err) != collab.CodeTooLarge {
			t.Errorf("too much: %v", err)
		}
	}
	if err := a.Receive(1, &collab.StdinMsg{Run: id, Data: make([]byte, 1<<20)}); err != nil {
		t.Error(err)
	}
	if err := a.Receive(1, &collab.StdinMsg{Run: id, EOF: true}); err != nil {
		t.Error(err)
	}
	last := a.LastRun().Output
	if len(last) == 0 || !last[len(last)-1].EOF {
		t.Error("that the input has ended is not kept")
	}
}

// What a run is started with goes to everybody and on record, so it is short.
func TestOptionsAreBounded(t *testing.T) {
	t.Parallel()
	a, id := running(t)
	a.RunEnded(id, collab.RunResult{Verdict: "ok"})
	options := func(n int) json.RawMessage { return json.RawMessage(`"` + strings.Repeat("x", n-2) + `"`) }
	if err := a.Receive(1, &collab.RunMsg{Options: options(4<<10 + 1)}); collab.CodeOf(err) != collab.CodeTooLarge {
		t.Errorf("too long: %v", err)
	}
	if a.Running() {
		t.Error("a run has begun")
	}
	if err := a.Receive(1, &collab.RunMsg{Options: options(4 << 10)}); err != nil || !a.Running() {
		t.Errorf("as long as may be: %v", err)
	}
}
