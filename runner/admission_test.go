package runner

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/internal/test/testseed"
)

// crowd runs requests at once and notes the order in which they are answered.
type crowd struct {
	t     *testing.T
	r     *Runner
	all   sync.WaitGroup
	mu    sync.Mutex
	order []string
}

func (c *crowd) add(ctx context.Context, owner string, n int) {
	for range n {
		c.all.Go(func() {
			req := program("sleep:1s")
			req.Owner = owner
			res, err := c.r.Run(ctx, req, nil, nil)
			what := owner
			switch {
			case err != nil:
				what += ": " + err.Error()
			case res.Verdict != VerdictOK:
				what += ": " + string(res.Verdict)
			}
			c.mu.Lock()
			c.order = append(c.order, what)
			c.mu.Unlock()
		})
		synctest.Wait() // so that they arrive in this order
	}
}

// answers are those that have been given so far.
func (c *crowd) answers() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.order)
}

// An owner's hundred requests delay another owner's requests by one each, and requests
// of one owner run in order of arrival.
func TestFairness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{}, Config{MaxBoxes: 1})
		defer finish(t, r)
		c := &crowd{t: t, r: r}
		c.add(t.Context(), "a", 100)
		c.add(t.Context(), "b", 3)
		c.add(t.Context(), "c", 1)
		c.all.Wait()
		want := []string{"a", "a", "b", "c", "a", "b", "a", "b"}
		if !slices.Equal(c.answers()[:len(want)], want) || len(c.answers()) != 104 {
			t.Errorf("%d were answered, first %v, want %v", len(c.answers()), c.answers()[:len(want)], want)
		}
	})
}

// Two owners that always have requests waiting alternate.
func TestTurnsAlternate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{}, Config{MaxBoxes: 2})
		defer finish(t, r)
		c := &crowd{t: t, r: r}
		for range 20 {
			c.add(t.Context(), "a", 3)
			c.add(t.Context(), "b", 1)
			time.Sleep(2 * time.Second)
		}
		c.all.Wait()
		// b asks for a quarter of what four places in two seconds give, so it is
		// never behind a's backlog.
		seen := 0
		for i, who := range c.answers() {
			if who == "b" {
				seen++
			}
			if i >= 6 && i < 76 && seen < i/4-1 {
				t.Fatalf("after %d answers b had %d: %v", i+1, seen, c.answers())
			}
		}
	})
}

func TestBusy(t *testing.T) {
	for _, tt := range []struct{ boxes, queue, sent, busy int }{
		{1, 2, 10, 7},
		{3, 5, 10, 2},
		{2, -1, 5, 3}, // no queue at all
		{1, 1, 2, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := &fakeBackend{}
			r := newFake(t, b, Config{MaxBoxes: tt.boxes, MaxQueue: tt.queue})
			defer finish(t, r)
			c := &crowd{t: t, r: r}
			start := time.Now()
			c.add(t.Context(), "a", tt.sent)
			if len(c.answers()) != tt.busy || time.Since(start) > 0 {
				t.Errorf("%+v: %d were refused after %v", tt, len(c.answers()), time.Since(start))
			}
			for _, what := range c.answers() {
				if what != "a: "+ErrBusy.Error() {
					t.Errorf("%+v: %s", tt, what)
				}
			}
			if n := r.Status().Waiting; n != max(0, tt.queue) && tt.busy > 0 {
				t.Errorf("%+v: %d wait", tt, n)
			}
			c.all.Wait()
			if b.counts().most > tt.boxes {
				t.Errorf("%+v: %d boxes at once", tt, b.counts().most)
			}
		})
	}
}

// A waiting request is told its place, which never gets worse by more than the
// turns of others, and is 1 before it runs.
func TestPositions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{}, Config{MaxBoxes: 1})
		defer finish(t, r)
		c := &crowd{t: t, r: r}
		c.add(t.Context(), "a", 5) // one runs, four wait
		var positions []int
		done := make(chan struct{})
		go func() {
			defer close(done)
			req := program("")
			req.Owner = "a"
			r.Run(t.Context(), req, nil, func(e Event) {
				if e.Kind == KindQueued {
					positions = append(positions, e.Position)
				}
			})
		}()
		synctest.Wait()
		c.add(t.Context(), "b", 1) // takes its turn before
		<-done
		if want := []int{5, 6, 5, 4, 3, 2, 1}; !slices.Equal(positions, want) {
			t.Errorf("positions %v, want %v", positions, want)
		}
		c.all.Wait()
	})
}

func TestCancelInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{}, Config{MaxBoxes: 1})
		defer finish(t, r)
		c := &crowd{t: t, r: r}
		c.add(t.Context(), "a", 1)
		ctx, cancel := context.WithCancel(t.Context())
		c.add(ctx, "b", 50)
		c.add(t.Context(), "c", 1)
		cancel()
		synctest.Wait()
		if len(c.answers()) != 50 || c.answers()[0] != "b: canceled" || r.Status().Waiting != 1 {
			t.Errorf("%d answered, %d wait: %v", len(c.answers()), r.Status().Waiting, c.answers())
		}
		start := time.Now()
		c.all.Wait()
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("the others took %v", took)
		}
		res, err := r.Run(ctx, program(""), nil, nil)
		if err != nil || res.Verdict != VerdictCanceled || res.Stage != "" || res.ExitCode != -1 {
			t.Errorf("a context that was over before: %+v, %v", res, err)
		}
	})
}

// Requests that are cancelled at any moment neither lose a place nor gain one:
// afterwards exactly as many run at once as before.
func TestNoPlaceIsLost(t *testing.T) {
	rng := testseed.Rand(t)
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			b := &fakeBackend{making: time.Millisecond}
			r := newFake(t, b, Config{MaxBoxes: 3, Warm: rng.IntN(3)})
			defer finish(t, r)
			var all sync.WaitGroup
			for range 60 {
				// Whole multiples of what a run takes, so that they collide.
				delay := time.Duration(rng.IntN(12)) * time.Second
				ctx, cancel := context.WithTimeout(t.Context(), delay)
				req := program("sleep:1s")
				req.Owner = strconv.Itoa(rng.IntN(4))
				all.Go(func() {
					defer cancel()
					if _, err := r.Run(ctx, req, nil, nil); err != nil {
						t.Errorf("%v", err)
					}
				})
			}
			all.Wait()
			c := &crowd{t: t, r: r}
			start := time.Now()
			c.add(t.Context(), "z", 6)
			c.all.Wait()
			if took := time.Since(start).Round(100 * time.Millisecond); took != 2*time.Second {
				t.Errorf("six runs of a second in three places took %v", took)
			}
		})
	}
}

// Close answers what it has accepted.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{}, Config{MaxBoxes: 1, Warm: 2})
		c := &crowd{t: t, r: r}
		c.add(t.Context(), "a", 5)
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			finish(t, r)
		}()
		synctest.Wait()
		c.add(t.Context(), "b", 1)
		<-closed
		c.all.Wait()
		if want := []string{"b: " + ErrClosed.Error(), "a", "a", "a", "a", "a"}; !slices.Equal(c.answers(), want) {
			t.Errorf("%v, want %v", c.answers(), want)
		}
	})
}

// When it may not wait, it answers all the same: those that run are cancelled,
// those that wait fail with ErrClosed.
func TestCloseInAHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{}
		r := newFake(t, b, Config{MaxBoxes: 2, Warm: 2})
		c := &crowd{t: t, r: r}
		c.add(t.Context(), "a", 5)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		start := time.Now()
		if err := r.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("close: %v", err)
		}
		if took := time.Since(start); took != 500*time.Millisecond {
			t.Errorf("close took %v", took)
		}
		c.all.Wait()
		answers := c.answers()
		slices.Sort(answers)
		closed := "a: " + ErrClosed.Error()
		if want := []string{"a: canceled", "a: canceled", closed, closed, closed}; !slices.Equal(answers, want) {
			t.Errorf("%v, want %v", answers, want)
		}
		if b.living() != 0 {
			t.Errorf("%d boxes are alive", b.living())
		}
		if err := r.Close(t.Context()); err != nil {
			t.Errorf("close again: %v", err)
		}
	})
}
