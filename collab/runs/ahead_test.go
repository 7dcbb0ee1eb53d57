package runs_test

import (
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/wire"
)

// desk drives a Schedule with a clock.
type desk struct {
	t *testing.T
	runs.Schedule
	now  time.Time
	seen runs.Seen
}

func newDesk(t *testing.T) *desk {
	return &desk{t: t, now: time.Unix(1000, 0), seen: runs.Seen{Text: runs.Text{Version: 1}, Open: true, Turn: true}}
}

// next expects a step after d. A Due in want is after the time of the step.
func (d *desk) next(after time.Duration, want runs.Step) {
	d.t.Helper()
	d.now = d.now.Add(after)
	if !want.Due.IsZero() {
		want.Due = d.now.Add(want.Due.Sub(time.Time{}))
	}
	if got := d.Next(d.now, d.seen); got != want {
		d.t.Errorf("%+v after %v: %+v, want %+v", d.seen, after, got, want)
	}
}

func (d *desk) edit() { d.seen.Text.Version++ }

func (d *desk) ended(c runs.Compiled, want bool) {
	d.t.Helper()
	if got := d.Ended(d.now, d.seen.Text, c); got != want {
		d.t.Errorf("the end of a compilation is of the current text: %t", got)
	}
}

var (
	wait   = due(runs.Rest)
	start  = runs.Step{Start: true}
	cancel = runs.Step{Cancel: true}
	idle   = runs.Step{}
)

// due asks for a turn after d.
func due(d time.Duration) runs.Step { return runs.Step{Due: time.Time{}.Add(d)} }

func TestTextIsCompiledOnceItRests(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.next(0, wait)
	d.next(runs.Rest-1, due(1))
	d.next(1, start)
	d.next(0, idle)
	if d.Covers(d.seen.Text) {
		t.Error("a run is covered before the compiler starts")
	}
	d.Begun()
	if !d.Covers(d.seen.Text) || d.Covers(runs.Text{Version: 2}) {
		t.Error("a run is not covered by the compiler under way, or by one of another text")
	}
	d.ended(runs.Compiled{State: wire.AheadReady}, true)
	d.next(time.Hour, idle)
	if !d.Covers(d.seen.Text) {
		t.Error("a run is not covered")
	}
	d.seen.Text.Settings++
	d.next(0, wait)
	d.next(runs.Rest, start)
	d.edit()
	d.next(0, cancel)
	d.next(0, idle) // it is told once
	d.edit()
	d.next(runs.Rest/2, idle)
	d.ended(runs.Compiled{State: wire.AheadReady}, false)
	d.next(runs.Rest/2, due(runs.Rest/2))
	d.next(runs.Rest/2, start)
}

// A text that rests asks for a turn, and is compiled when the session gets one.
func TestRestedTextWaitsForATurn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.next(0, wait) // a turn that comes too early
	d.seen.Turn = false
	d.next(runs.Rest-1, due(1))
	d.next(time.Hour, due(1-time.Hour))
	d.seen.Turn = true
	d.next(0, start)
}

// A session handles an edit and the end of a compilation in one step, without a Next between
// them.
func TestOutcomeIsNotOfATextThatWasJustEdited(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.next(0, wait)
	d.next(runs.Rest, start)
	d.Begun()
	d.edit()
	d.ended(runs.Compiled{State: wire.AheadReady}, false)
	if d.Covers(d.seen.Text) {
		t.Error("a run of the edited text is covered")
	}
	d.next(0, wait)
	d.next(runs.Rest, start)
}

func TestTextThatNeverRestsIsNeverCompiled(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for range 5 * 3600 {
		d.edit()
		d.next(200*time.Millisecond, wait)
		d.next(0, wait) // something that changes no text
	}
}

func TestNothingIsCompiledWithoutMembers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.seen.Open = false
	d.next(time.Hour, idle)
	d.seen.Open = true
	d.next(time.Hour, start)
	d.seen.Open = false
	d.next(0, cancel)
	d.ended(runs.Compiled{Evicted: true}, false)
	d.next(time.Hour, idle)
}

func TestRunCancelsOnlyACompilationThatHasNotStarted(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.next(0, wait)
	d.next(runs.Rest, start)
	d.seen.Running = true
	d.next(0, cancel)
	d.ended(runs.Compiled{Evicted: true}, false)
	d.next(time.Hour, idle)
	d.seen.Running = false
	d.next(0, start)
	d.Begun()
	d.seen.Running = true
	d.next(0, idle)
	d.edit() // while the run waits for the compiler
	d.next(0, idle)
	d.seen.Running = false
	d.next(0, cancel)
}

func TestEvictedCompilationIsTriedAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.next(0, wait)
	d.next(runs.Rest, start)
	d.ended(runs.Compiled{Evicted: true}, false)
	d.next(0, wait)
	d.next(runs.Rest, start)
}

func TestSourceThatExhaustsTheCompilerIsNotTriedAgainBeforeARun(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.next(0, wait)
	d.next(runs.Rest, start)
	d.ended(runs.Compiled{Limit: true}, true)
	for range 100 {
		d.edit()
		d.next(time.Hour, idle)
	}
	d.seen.Running = true
	d.next(runs.Rest, idle)
	d.seen.Running = false
	d.next(0, start)
}
