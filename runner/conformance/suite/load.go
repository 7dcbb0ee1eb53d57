package suite

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/test/testseed"
	"github.com/corust-dev/corust/runner"
)

// admission sends far more than there is room for, from several owners at once.
// Every request is answered, once: run, or refused as too many.
func (s *suite) admission(t *testing.T) {
	const submissions, owners, boxes, queue = 1000, 10, 2, 40
	r := s.runner(t, runner.Config{MaxBoxes: boxes, MaxQueue: queue, Warm: 1})
	before, _ := s.calm(t, r, 1)

	var mu sync.Mutex
	answered := map[string]int{}
	var busy, ran, inside, most atomic.Int64
	var all sync.WaitGroup
	for i := range submissions {
		all.Go(func() {
			req := snippet(fmt.Sprintf(`println!("%d");`, i))
			req.Owner = fmt.Sprint(i % owners)
			req.Action = runner.ActionCheck
			rec, err := try(t, context.Background(), r, req, nil, func(e runner.Event) {
				if e.Kind == runner.KindStageStart {
					n := inside.Add(1)
					for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
					}
				}
				if e.Kind == runner.KindStageEnd {
					inside.Add(-1)
				}
			})
			switch {
			case errors.Is(err, runner.ErrBusy):
				busy.Add(1)
			case err != nil:
				t.Errorf("submission %d: %v", i, err)
			default:
				wantVerdict(t, rec, runner.VerdictOK, runner.StageCompile)
				ran.Add(1)
				mu.Lock()
				answered[req.Owner]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if ran.Load()+busy.Load() != submissions {
		t.Errorf("%d ran, %d were refused, of %d", ran.Load(), busy.Load(), submissions)
	}
	if ran.Load() < boxes+queue {
		t.Errorf("only %d ran, though %d may run and %d wait", ran.Load(), boxes, queue)
	}
	if most.Load() > boxes {
		t.Errorf("%d ran at once, at most %d may", most.Load(), boxes)
	}
	t.Logf("%d ran (by owner: %v), %d were refused", ran.Load(), answered, busy.Load())
	s.settled(t, r, before, 1)
}

// sleeper is a run that takes a while.
var sleeper = snippet(`
	println!("up");
	std::thread::sleep(std::time::Duration::from_millis(50));`)

// cancel ends requests at random moments: in the queue, while the box is taken,
// while the compiler runs, while the program does.
func (s *suite) cancel(t *testing.T) {
	rng := testseed.Rand(t)
	r := s.runner(t, runner.Config{MaxBoxes: 2, Warm: 1})
	before, canary := s.calm(t, r, 1)
	n := s.traits.Soak
	if n == 0 {
		n = 200
	}
	if testing.Short() {
		n /= 10
	}
	start := time.Now()
	run(t, r, sleeper)
	whole := time.Since(start) // on this machine, at this moment

	var mu sync.Mutex
	where := map[string]int{}
	delays := make(chan time.Duration)
	var workers sync.WaitGroup
	for range 4 { // twice as many as there are boxes, so half of them queue
		workers.Go(func() {
			for delay := range delays {
				ctx, stop := context.WithCancel(t.Context())
				timer := time.AfterFunc(delay, stop)
				rec, err := try(t, ctx, r, sleeper, nil, nil)
				timer.Stop()
				stop()
				if err != nil {
					t.Errorf("cancelled after %v: %v", delay, err)
					continue
				}
				if rec.Verdict != runner.VerdictCanceled && rec.Verdict != runner.VerdictOK {
					t.Errorf("cancelled after %v: %v", delay, rec)
				}
				mu.Lock()
				where[fmt.Sprintf("%s %s", rec.Verdict, rec.Stage)]++
				mu.Unlock()
			}
		})
	}
	for range n {
		delays <- time.Duration(rng.Int64N(int64(3 * whole)))
	}
	close(delays)
	workers.Wait()
	t.Logf("%v", where)
	s.settled(t, r, before, 1)
	if again := s.sing(t, r); again != canary {
		t.Errorf("the canary sings another song\nbefore: %s\nafter:  %s", canary, again)
	}
}
