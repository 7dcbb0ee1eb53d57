package runs_test

import (
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/internal/test/testseed"
)

var noon = time.Unix(1000, 0)

// given expects that a turn has the next turn.
func given(t *testing.T, turns *runs.Turns, now time.Time, want *runs.Turn) {
	t.Helper()
	if got, wait := turns.Next(now, false); got != want || wait != 0 {
		t.Errorf("turn %p, wait %v, want %p", got, wait, want)
	}
}

// waits expects that nobody has a turn, and a wait.
func waits(t *testing.T, turns *runs.Turns, now time.Time, busy bool, want time.Duration) {
	t.Helper()
	if got, wait := turns.Next(now, busy); got != nil || wait.Round(time.Millisecond) != want {
		t.Errorf("turn %p, wait %v, want %v", got, wait, want)
	}
}

// The session that a member looked at last comes first, and one that had a turn in the round
// comes after all that had none.
func TestSessionsTakeTurns(t *testing.T) {
	t.Parallel()
	var turns runs.Turns
	a, b, c := runs.NewTurn(), runs.NewTurn(), runs.NewTurn()
	ask := func(x *runs.Turn, looked time.Duration) { turns.Ask(x, noon, noon.Add(looked)) }
	if !turns.Ask(&a, noon, noon) {
		t.Error("a first session that asks changes nothing")
	}
	ask(&b, 2)
	ask(&c, 1)
	given(t, &turns, noon, &b)
	waits(t, &turns, noon, false, 0) // for the end of the turn
	ask(&b, 3)
	if !turns.Done(noon, 0, false) {
		t.Error("the end of a turn that others wait for changes nothing")
	}
	for _, x := range []*runs.Turn{&c, &a, &b} {
		given(t, &turns, noon, x)
		turns.Done(noon, 0, false)
	}
	ask(&a, 9)
	ask(&b, 8)
	turns.Ask(&a, time.Time{}, noon)
	given(t, &turns, noon, &b)
	if turns.Done(noon, 0, false) {
		t.Error("the end of a turn that no one waits for changes something")
	}
	waits(t, &turns, noon, false, 0)
}

func TestTurnIsGivenWhenATextHasRested(t *testing.T) {
	t.Parallel()
	var turns runs.Turns
	a, b := runs.NewTurn(), runs.NewTurn()
	turns.Ask(&a, noon.Add(200*time.Millisecond), noon)
	waits(t, &turns, noon, false, 200*time.Millisecond)
	if turns.Ask(&a, noon.Add(300*time.Millisecond), noon) || turns.Ask(&b, noon.Add(200*time.Millisecond), noon) {
		t.Error("a session that is due later than expected changes something")
	}
	if !turns.Ask(&b, noon.Add(100*time.Millisecond), noon) {
		t.Error("a session that is due earlier than expected changes nothing")
	}
	given(t, &turns, noon.Add(100*time.Millisecond), &b)
	turns.Done(noon.Add(100*time.Millisecond), 0, false)
	given(t, &turns, noon.Add(300*time.Millisecond), &a)
}

// A busy server gives no turn, nor does it for a rest after a run took the place of a
// compilation.
func TestNoTurnWhileThereIsOtherWork(t *testing.T) {
	t.Parallel()
	var turns runs.Turns
	a := runs.NewTurn()
	turns.Ask(&a, noon, noon)
	waits(t, &turns, noon, true, 250*time.Millisecond)
	if turns.Ask(&a, noon, noon) {
		t.Error("to ask changes something on a busy server")
	}
	waits(t, &turns, noon.Add(50*time.Millisecond), false, 200*time.Millisecond)
	given(t, &turns, noon.Add(250*time.Millisecond), &a)
	turns.Done(noon.Add(300*time.Millisecond), 0, true)
	turns.Ask(&a, noon, noon)
	waits(t, &turns, noon.Add(300*time.Millisecond), false, runs.Rest)
}

// A compilation that takes long delays the next one of its session, and the others only as
// one of MaxCharge does.
func TestLongCompilationDelaysItsOwnSession(t *testing.T) {
	t.Parallel()
	for _, asksBefore := range []bool{true, false} {
		var turns runs.Turns
		long, other := runs.NewTurn(), runs.NewTurn()
		turns.Ask(&long, noon, noon)
		given(t, &turns, noon, &long)
		now := noon.Add(30 * time.Second)
		ask := func() { turns.Ask(&long, now, now) }
		if asksBefore {
			ask()
		}
		turns.Done(now, 30*time.Second, false)
		if !asksBefore {
			ask()
		}
		own := time.Duration(float64(30*time.Second-runs.MaxCharge) / runs.Share)
		for range 2 {
			turns.Ask(&other, now, now)
			given(t, &turns, now, &other)
			turns.Done(now, 0, false)
		}
		waits(t, &turns, now, false, own)
		given(t, &turns, now.Add(own), &long)
	}
}

// Compilations use no more than their share, whatever they take, and none of the sessions
// that always wait is left out.
func TestTurnsKeepToTheirShare(t *testing.T) {
	t.Parallel()
	rnd := testseed.Rand(t)
	var turns runs.Turns
	const (
		sessions = 20
		longest  = 4 * time.Second
	)
	all, had := make([]runs.Turn, sessions), map[*runs.Turn]int{}
	for i := range all {
		all[i] = runs.NewTurn()
	}
	now := noon
	var used time.Duration // as charged
	by := map[*runs.Turn]time.Duration{}
	given := 0
	for range 100_000 {
		for i := range all {
			if rnd.IntN(10) == 0 {
				turns.Ask(&all[i], now.Add(time.Duration(rnd.IntN(500)-400)*time.Millisecond), now)
			}
		}
		x, wait := turns.Next(now, rnd.IntN(50) == 0)
		if x == nil {
			now = now.Add(max(wait, time.Millisecond))
			continue
		}
		took := time.Duration(rnd.Int64N(int64(longest)))
		now = now.Add(took / time.Duration(1+rnd.IntN(4))) // several processors
		turns.Done(now, took, rnd.IntN(10) == 0)
		used += min(took, runs.MaxCharge)
		by[x] += took
		had[x]++
		given++
		share := time.Duration(float64(now.Sub(noon)+runs.SaveTime) * runs.Share)
		if most := share + runs.MaxCharge; used > most {
			t.Fatalf("after %v and %d turns, compilations have used %v, at most %v", now.Sub(noon), given, used, most)
		}
		if most := share + longest; by[x] > most {
			t.Fatalf("after %v and %d turns, the compilations of one session have used %v, at most %v", now.Sub(noon), had[x], by[x], most)
		}
	}
	if least := time.Duration(float64(now.Sub(noon)) * runs.Share * 0.9); used < least {
		t.Errorf("in %v, compilations have used %v, want at least %v", now.Sub(noon), used, least)
	}
	for i := range all {
		if n := had[&all[i]]; n < given/sessions/2 {
			t.Errorf("session %d had %d of %d turns", i, n, given)
		}
	}
}
