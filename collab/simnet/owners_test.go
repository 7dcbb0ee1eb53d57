package simnet_test

import (
	"testing"

	"github.com/corust-dev/corust/collab/simnet"
	"github.com/corust-dev/corust/internal/test/testseed"
)

// TestContest plays schedules in which several servers contend for the session.
func TestContest(t *testing.T) {
	t.Parallel()
	first := testseed.Of(t)
	count := uint64(500)
	if testing.Short() {
		count = 100
	}
	for seed := first; seed < first+count; seed++ {
		if s := simnet.Contest(seed, steps); s.Run() != nil {
			short := simnet.Shrink(s, func(s simnet.Script) bool { return s.Run() != nil })
			t.Fatalf("seed %d: %v\nshrunk: %v\n%s", seed, s.Run(), short.Run(), short)
		}
	}
}

// TestContestCanFail plants a server that takes an unknown outcome for a success, and
// requires that the checks find the loss.
func TestContestCanFail(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed < 500; seed++ {
		s := simnet.Contest(seed, steps)
		s.Guess = true
		if s.Run() != nil {
			return
		}
	}
	t.Error("no schedule notices that edits are acknowledged whose outcome is unknown")
}
