package simnet_test

import (
	"flag"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/simnet"
)

var seedFlag = flag.Uint64("seed", 0, "play this one schedule")

const steps = 250

func play(t *testing.T, seed uint64) bool {
	s := simnet.Generate(seed, steps)
	err := s.Run()
	if err == nil {
		return true
	}
	short := simnet.Shrink(s, func(s simnet.Script) bool { return s.Run() != nil })
	t.Errorf("seed %d: %v\nshrunk: %v\n%s", seed, err, short.Run(), short)
	return false
}

// TestRandomSchedules plays a million operations in 4,000 schedules, other
// ones each time. CORUST_SIM_FOR=10m plays for as long as it says; -seed plays
// one again.
func TestRandomSchedules(t *testing.T) {
	if *seedFlag != 0 {
		play(t, *seedFlag)
		return
	}
	first, count := uint64(time.Now().UnixNano()), uint64(4000)
	if testing.Short() {
		count = 400
	}
	until := time.Time{}
	if s := os.Getenv("CORUST_SIM_FOR"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatal(err)
		}
		until, count = time.Now().Add(d), 1<<62
	}
	var next atomic.Uint64
	t.Run("group", func(t *testing.T) {
		for range 4 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for n := next.Add(1) - 1; n < count && (until.IsZero() || time.Now().Before(until)); n = next.Add(1) - 1 {
					if !play(t, first+n) {
						return
					}
				}
			})
		}
	})
	t.Logf("%d schedules of %d steps from seed %d", min(next.Load(), count), steps, first)
}

// TestChecksCanFail plants a fault, acknowledging before the commit, and wants
// it to be found and shrunk to a few steps that can be pasted.
func TestChecksCanFail(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed < 500; seed++ {
		s := simnet.Generate(seed, steps)
		s.Unsafe = true
		if s.Run() == nil {
			continue
		}
		short := simnet.Shrink(s, func(s simnet.Script) bool { return s.Run() != nil })
		if len(short.Steps) > 6 || short.Run() == nil || !strings.Contains(short.String(), "simnet.Step{") {
			t.Errorf("seed %d shrinks to\n%s", seed, short)
		}
		return
	}
	t.Error("no schedule notices that edits are acknowledged before they are committed")
}

func TestSameScriptSameRun(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed < 8; seed++ {
		a, b := simnet.Generate(seed, steps), simnet.Generate(seed, steps)
		if a.String() != b.String() {
			t.Fatalf("seed %d makes two scripts", seed)
		}
		a.Unsafe, b.Unsafe = true, true
		one, two := a.Run(), b.Run()
		if (one == nil) != (two == nil) || one != nil && one.Error() != two.Error() {
			t.Fatalf("seed %d: %v, then %v", seed, one, two)
		}
	}
}
