package simnet_test

import (
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/simnet"
)

var (
	seedFlag   = flag.Uint64("seed", 0, "play this one schedule")
	scriptFlag = flag.String("script", "", "play the script in this file")
)

const steps = 250

func play(t *testing.T, m *mixture, seed uint64) bool {
	s := simnet.Generate(seed, steps)
	s.Kinds = m.kinds
	err := m.page.Run(s)
	if err == nil {
		return true
	}
	t.Errorf("seed %d: %v", seed, err)
	short := shrink(m.page, s)
	t.Errorf("shrunk: %v\na script for testdata/scripts, or -script:\n%s", m.page.Run(short), short)
	return false
}

// shrink makes a failing script shorter for a minute at most.
func shrink(p *simnet.Page, s simnet.Script) simnet.Script {
	until := time.Now().Add(time.Minute)
	return simnet.Shrink(s, func(s simnet.Script) bool { return time.Now().Before(until) && p.Run(s) != nil })
}

// TestRandomSchedules plays schedules of 250 operations with editors of each mixture,
// with new seeds in each run, for 20 seconds at most. CORUST_SIM_FOR=10m plays each mixture
// for 10 minutes; -seed replays one schedule.
func TestRandomSchedules(t *testing.T) {
	for _, mix := range []struct {
		name  string
		count uint64
	}{{"go", 4000}, {"typescript", 1000}, {"both", 1000}} {
		t.Run(mix.name, func(t *testing.T) {
			if *seedFlag != 0 {
				play(t, newMixture(t, mix.name), *seedFlag)
				return
			}
			first, count := uint64(time.Now().UnixNano()), mix.count
			if testing.Short() {
				count /= 10
			}
			until := time.Now().Add(20 * time.Second)
			if s := os.Getenv("CORUST_SIM_FOR"); s != "" {
				d, err := time.ParseDuration(s)
				if err != nil {
					t.Fatal(err)
				}
				until, count = time.Now().Add(d), 1<<62
			}
			var next atomic.Uint64
			begin := time.Now()
			t.Run("group", func(t *testing.T) {
				for range runtime.GOMAXPROCS(0) {
					t.Run("", func(t *testing.T) {
						m := newMixture(t, mix.name)
						t.Parallel()
						for n := next.Add(1) - 1; n < count && time.Now().Before(until); n = next.Add(1) - 1 {
							if !play(t, m, first+n) {
								return
							}
						}
					})
				}
			})
			played, took := min(next.Load(), count), time.Since(begin)
			t.Logf("%s: %d schedules (%.0f a second) of %d steps from seed %d", mix.name, played, float64(played)/took.Seconds(), steps, first)
		})
	}
}

// TestScripts plays scripts that failed once, and small ones that a wrong client fails,
// with editors of each mixture.
func TestScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/scripts/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	if *scriptFlag != "" {
		files = []string{*scriptFlag}
	}
	eachMixture(t, func(t *testing.T, m *mixture) {
		for _, file := range files {
			s := readScript(t, file)
			s.Kinds = m.kinds
			if err := m.page.Run(s); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	})
}

func readScript(t *testing.T, file string) simnet.Script {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := simnet.ParseScript(data)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return s
}

// TestChecksCanFail plants a fault, acknowledging before the commit, and requires that
// the checks find it and shrink it to a script of a few steps with the same failure.
func TestChecksCanFail(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed < 500; seed++ {
		s := simnet.Generate(seed, steps)
		s.Unsafe = true
		if s.Run() == nil {
			continue
		}
		short := shrink(nil, s)
		again, err := simnet.ParseScript([]byte(short.String()))
		if len(short.Steps) > 6 || err != nil || short.Run() == nil || again.Run() == nil || again.Run().Error() != short.Run().Error() {
			t.Errorf("seed %d shrinks to\n%s", seed, short)
		}
		return
	}
	t.Error("no schedule notices that edits are acknowledged before they are committed")
}

func TestSameScriptSameRun(t *testing.T) {
	t.Parallel()
	eachMixture(t, func(t *testing.T, m *mixture) {
		for seed := uint64(1); seed < 4; seed++ {
			a, b := simnet.Generate(seed, steps), simnet.Generate(seed, steps)
			if a.String() != b.String() {
				t.Fatalf("seed %d makes two scripts", seed)
			}
			a.Unsafe, b.Unsafe = true, true
			a.Kinds, b.Kinds = m.kinds, slices.Clone(m.kinds)
			one, two := m.page.Run(a), m.page.Run(b)
			if (one == nil) != (two == nil) || one != nil && one.Error() != two.Error() {
				t.Fatalf("seed %d: %v, then %v", seed, one, two)
			}
		}
	})
}
