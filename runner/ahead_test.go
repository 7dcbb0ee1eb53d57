package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/internal/test/testseed"
)

// ahead makes a request to compile ahead.
func ahead(words string) Request {
	req := program(words)
	req.Ahead = true
	return req
}

// A run of what was compiled ahead executes no compile step, and tells all that the
// compiler has printed.
func TestRunTakesWhatWasCompiledAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{}
		r := newFake(t, b, Config{Planner: building{}, Artifacts: &kept{}})
		defer finish(t, r)
		res, text := told(t, r, ahead("err:warning"))
		if want := "stage-start compile \"\"\nstderr compile \"warning\"\nstage-end compile \"\"\nstage-start compile \"\"\nstderr compile \"second\"\nstage-end compile \"\"\n"; text != want {
			t.Errorf("ahead of the run, it told\n%swant\n%s", text, want)
		}
		if !res.Kept || res.Verdict != VerdictOK || len(res.Stages) != 2 {
			t.Errorf("ahead of the run: %+v", res)
		}
		made := b.counts().made
		again, text2 := told(t, r, ahead("err:warning"))
		if text2 != text || !again.Kept || !again.Stages[1].Cached || b.counts().made != made {
			t.Errorf("ahead of the run again: %+v in %d boxes, told\n%s", again, b.counts().made-made, text2)
		}
		req := program("err:warning")
		req.Args = []string{"exit:3"}
		if res, _ := told(t, r, req); res.ExitCode != 3 || !res.Stages[0].Cached || !res.Stages[1].Cached || res.Kept {
			t.Errorf("the run: %+v", res)
		}
	})
}

// What has nothing to keep says so.
func TestCompilationAheadThatKeepsNothing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		planner Planner
		req     Request
		store   Artifacts
		want    Verdict
	}{
		"an error":             {building{}, ahead("err:error exit:1"), &kept{}, VerdictCompileError},
		"a time limit":         {building{}, ahead("sleep:1h"), &kept{}, VerdictTimeout},
		"no artifacts":         {building{}, ahead(""), nil, VerdictOK},
		"a full disk":          {building{}, ahead("err:warning"), &kept{full: true}, VerdictOK},
		"nothing left":         {words{}, ahead(""), &kept{}, VerdictOK},
		"nothing to compile":   {running{}, ahead("exit:3"), &kept{}, VerdictOK},
		"a request without it": {building{}, Request{Files: program("").Files, Ahead: true, Cache: Cache{Off: true}}, &kept{}, VerdictOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newFake(t, &fakeBackend{}, Config{Planner: tt.planner, Artifacts: tt.store})
				defer finish(t, r)
				if res, err := r.Run(t.Context(), tt.req, nil, nil); err != nil || res.Verdict != tt.want || res.Kept {
					t.Errorf("%+v, %v, want %s", res, err, tt.want)
				}
			})
		})
	}
}

// running plans only a program.
type running struct{ words }

func (p running) Plan(req Request, tc Toolchain) (Plan, error) {
	plan, err := p.words.Plan(req, tc)
	plan.Steps = plan.Steps[1:]
	return plan, err
}

// A run joins the compilation of its source that is under way, which is then as urgent as
// the run: it has the weight of one, and is not evicted.
func TestRunJoinsTheCompilationAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{}
		r := newFake(t, b, Config{Planner: building{}, Artifacts: &kept{}, MaxBoxes: 2})
		defer finish(t, r)
		start := time.Now()
		var all sync.WaitGroup
		all.Go(func() {
			if res, err := r.Run(t.Context(), ahead("sleep:2s"), nil, nil); err != nil || !res.Kept {
				t.Errorf("ahead: %+v, %v", res, err)
			}
		})
		time.Sleep(time.Second)
		all.Go(func() {
			if res, err := r.Run(t.Context(), program("sleep:2s"), nil, nil); err != nil || !res.Stages[0].Cached || time.Since(start) != 2*time.Second {
				t.Errorf("the run ended after %v: %+v, %v", time.Since(start), res, err)
			}
		})
		synctest.Wait()
		all.Go(func() { // finds no place
			if res, err := r.Run(t.Context(), program("err:another"), nil, nil); err != nil || res.Verdict != VerdictOK {
				t.Errorf("another run: %+v, %v", res, err)
			}
		})
		all.Wait()
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.hurries) != 1 || b.hurries[0].Sub(start) != time.Second || b.yields[0] != start {
			t.Errorf("boxes yielded at %v and hurried at %v", b.yields, b.hurries)
		}
	})
}

// A run whose compilation ahead fails to be kept, or is stopped, compiles.
func TestRunCompilesWhereTheCompilationAheadDoesNotEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{}, Config{Planner: building{}, Artifacts: &kept{}})
		defer finish(t, r)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if res, err := r.Run(ctx, ahead("sleep:20s"), nil, nil); err != nil || res.Verdict != VerdictCanceled {
				t.Errorf("ahead: %+v, %v", res, err)
			}
		})
		time.Sleep(time.Second)
		all.Go(func() {
			if res, err := r.Run(t.Context(), program("sleep:20s"), nil, nil); err != nil || res.Verdict != VerdictOK || res.Stages[0].Cached {
				t.Errorf("the run: %+v, %v", res, err)
			}
		})
		all.Go(func() { // one that is stopped while it waits
			ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
			defer cancel()
			if res, err := r.Run(ctx, program("sleep:20s"), nil, nil); err != nil || res.Verdict != VerdictCanceled {
				t.Errorf("the stopped run: %+v, %v", res, err)
			}
		})
		time.Sleep(time.Second)
		cancel()
		all.Wait()
	})
}

// Background work leaves one place free, is one at a time, and makes way for a request.
func TestBackgroundWorkMakesWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{}
		r := newFake(t, b, Config{Planner: building{}, Artifacts: &kept{}, MaxBoxes: 2, Share: Share{Boxes: 1}})
		defer finish(t, r)
		start := time.Now()
		var all sync.WaitGroup
		begin := func(req Request, want Verdict, after time.Duration) {
			all.Go(func() {
				var position int
				res, err := r.Run(t.Context(), req, nil, func(e Event) {
					if e.Kind == KindQueued {
						position = e.Position
					}
				})
				if err != nil || res.Verdict != want || time.Since(start) != after || req.Ahead && position != 0 {
					t.Errorf("%q: %+v, %v after %v, want %s after %v", req.Files[0].Data, res, err, time.Since(start), want, after)
				}
			})
			synctest.Wait()
		}
		of := func(owner string, req Request) Request {
			req.Owner = owner
			return req
		}
		begin(ahead("sleep:1m"), VerdictCanceled, 0)
		begin(ahead("sleep:3s err:ahead"), VerdictOK, 6*time.Second) // waits, until two places are free again
		begin(of("a", program("sleep:1s")), VerdictOK, time.Second)
		if n := r.Status().Waiting; n != 0 {
			t.Errorf("%d requests wait", n)
		}
		begin(of("b", program("sleep:3s")), VerdictOK, 3*time.Second)
		all.Wait()
		if n := b.counts().most; n != 2 {
			t.Errorf("there were %d boxes at once", n)
		}
	})
}

// A run evicts the compilation of another text, also where places are free.
func TestRunEvictsTheCompilationOfAnotherText(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{}, Config{Planner: building{}, Artifacts: &kept{}, MaxBoxes: 8})
		defer finish(t, r)
		start := time.Now()
		var all sync.WaitGroup
		all.Go(func() {
			if res, err := r.Run(t.Context(), ahead("sleep:1m"), nil, nil); err != nil || res.Verdict != VerdictCanceled || time.Since(start) != time.Second {
				t.Errorf("ahead, after %v: %+v, %v", time.Since(start), res, err)
			}
		})
		time.Sleep(time.Second)
		if res, err := r.Run(t.Context(), program("err:another"), nil, nil); err != nil || res.Verdict != VerdictOK {
			t.Errorf("the run: %+v, %v", res, err)
		}
		all.Wait()
	})
}

// With one place there is no background work.
func TestBackgroundWorkNeedsTwoPlaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{}
		r := newFake(t, b, Config{Planner: building{}, Artifacts: &kept{}, MaxBoxes: 1, MaxQueue: 1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			if res, err := r.Run(ctx, ahead(""), nil, nil); err != nil || res.Verdict != VerdictCanceled || b.counts().made > 0 {
				t.Errorf("%+v, %v", res, err)
			}
		})
		synctest.Wait()
		if _, err := r.Run(ctx, ahead(""), nil, nil); !errors.Is(err, ErrBusy) {
			t.Errorf("one more than may wait: %v", err)
		}
		all.Wait()
		all.Go(func() {
			if _, err := r.Run(t.Context(), ahead(""), nil, nil); !errors.Is(err, ErrClosed) {
				t.Errorf("at the end of the runner: %v", err)
			}
		})
		synctest.Wait()
		finish(t, r)
		all.Wait()
	})
}

// Requests and background work come, wait, are evicted and give up at random. Nobody waits
// for a place that is free, background work holds no more than it may and never the last
// place, and in the end all places are free.
func TestBackgroundWorkAtRandom(t *testing.T) {
	t.Parallel()
	rnd := testseed.Rand(t)
	const places = 4
	a := newAdmission(places, 100, Share{}, nil)
	type holder struct {
		w       *waiter // nil of a request that had a place at once
		evicted bool
	}
	var waiting, holding []*holder
	settle := func() {
		waiting = slices.DeleteFunc(waiting, func(h *holder) bool {
			select {
			case <-h.w.admitted:
				holding = append(holding, h)
				return true
			default:
				return false
			}
		})
	}
	leave := func(h *holder) {
		if h.w != nil && h.w.evict != nil {
			a.leaveBackground(h.w)
		} else {
			a.leave("x")
		}
	}
	take := func(list *[]*holder) *holder {
		i := rnd.IntN(len(*list))
		h := (*list)[i]
		*list = slices.Delete(*list, i, i+1)
		return h
	}
	for step := range 20_000 {
		h := &holder{}
		switch n := rnd.IntN(6); {
		case n == 0:
			var err error
			if h.w, err = a.enter("x"); err == nil && h.w == nil {
				holding = append(holding, h)
			} else if err == nil {
				waiting = append(waiting, h)
			}
		case n == 1:
			var err error
			if h.w, err = a.enterBackground(fmt.Sprint(rnd.IntN(5)), func() { h.evicted = true }); err == nil {
				waiting = append(waiting, h)
			}
		case n < 5 && len(holding) > 0:
			leave(take(&holding))
		case n == 5 && len(waiting) > 0:
			if h := take(&waiting); !a.abandon(h.w) {
				leave(h)
			}
		}
		settle()
		requests, background, evictable := 0, 0, 0
		for _, h := range holding {
			if h.w != nil && h.w.evict != nil {
				background++
				if !h.evicted {
					evictable++
				}
			} else {
				requests++
			}
		}
		wait, waitBack := 0, 0
		for _, h := range waiting {
			if h.w.evict != nil {
				waitBack++
			} else {
				wait++
			}
		}
		free := places - requests - background
		switch {
		case free < 0, background > maxBackground, a.free != free:
			t.Fatalf("step %d: %d requests and %d in the background have places, and %d of %d are free", step, requests, background, a.free, places)
		case wait > 0 && (free > 0 || evictable > 0):
			t.Fatalf("step %d: %d requests wait, with %d free places and %d in the background", step, wait, free, evictable)
		case waitBack > 0 && wait == 0 && free > 1 && background < maxBackground:
			t.Fatalf("step %d: background work waits with %d free places", step, free)
		}
	}
	for len(holding)+len(waiting) > 0 {
		for len(holding) > 0 {
			leave(take(&holding))
		}
		settle()
	}
	if a.free != places || a.inBack != 0 || len(a.held) != 0 || len(a.evictable) != 0 {
		t.Errorf("in the end: %d free places, %d in the background, owners %v", a.free, a.inBack, a.held)
	}
}
