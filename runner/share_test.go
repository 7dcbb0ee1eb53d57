package runner

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/internal/test/testseed"
)

// However many programs one owner has asleep, another's runs at once, and so does the
// one of whoever comes after.
func TestShareLeavesPlacesForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{}, Config{MaxBoxes: 4, MaxQueue: 64, Share: Share{Boxes: 2, Queue: 32}})
		defer finish(t, r)
		c := &crowd{t: t, r: r}
		c.add(t.Context(), "flood", 30)
		start := time.Now()
		c.add(t.Context(), "b", 1)
		c.add(t.Context(), "c", 1)
		time.Sleep(1500 * time.Millisecond)
		if got := c.answers(); time.Since(start) < time.Second || !slices.Contains(got, "b") || !slices.Contains(got, "c") || len(got) != 4 {
			t.Errorf("after 1.5 s the answered are %q, want b, c and two of the flood", got)
		}
		c.all.Wait()
		if took := time.Since(start); took != 15*time.Second {
			t.Errorf("30 runs of a second in a share of two took %v, want 15 s", took)
		}
	})
}

func TestShareOfTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{}, Config{MaxBoxes: 2, MaxQueue: 6, Share: Share{Boxes: 1, Queue: 3}})
		defer finish(t, r)
		c := &crowd{t: t, r: r}
		c.add(t.Context(), "a", 10) // one runs, three wait
		if got := c.answers(); len(got) != 6 || got[0] != "a: "+ErrShare.Error() {
			t.Errorf("refused: %q, want six with %q", got, ErrShare)
		}
		c.add(t.Context(), "b", 4) // the same
		c.add(t.Context(), "c", 1)
		if got := c.answers(); len(got) != 7 || got[6] != "c: "+ErrBusy.Error() {
			t.Errorf("with six waiting, c gets %q, want %q", got[6:], ErrBusy)
		}
		c.all.Wait()
		if !errors.Is(ErrShare, ErrBusy) {
			t.Error("ErrShare does not wrap ErrBusy")
		}
	})
}

// A share is never more than there is, nor none of the boxes.
func TestShareIsBounded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		share        Share
		boxes, queue int
		want         Share
	}{
		{Share{}, 4, 9, Share{4, 9}},
		{Share{9, 99}, 4, 9, Share{4, 9}},
		{Share{2, 3}, 4, 9, Share{2, 3}},
		{Share{1, -1}, 4, 9, Share{1, 0}},
		{Share{1, 5}, 1, 0, Share{1, 0}},
	} {
		if got := tt.share.or(tt.boxes, tt.queue); got != tt.want {
			t.Errorf("%+v of %d boxes and a queue of %d is %+v, want %+v", tt.share, tt.boxes, tt.queue, got, tt.want)
		}
	}
}

// In any sequence of requests, no owner exceeds its share, no place is lost, and no place
// is free while an owner below its share waits.
func TestSharesAtRandom(t *testing.T) {
	t.Parallel()
	rng := testseed.Rand(t)
	for range 200 {
		places, depth := 1+rng.IntN(6), rng.IntN(20)
		share := Share{Boxes: 1 + rng.IntN(places), Queue: 1 + rng.IntN(10)}
		a := newAdmission(places, depth, share, nil)
		held, waiting := map[string]int{}, map[string][]*waiter{}
		settle := func() { // counts in who was admitted
			for owner, ws := range waiting {
				waiting[owner] = slices.DeleteFunc(ws, func(w *waiter) bool {
					select {
					case <-w.admitted:
						held[owner]++
						return true
					default:
						return false
					}
				})
			}
		}
		for range 300 {
			owner := strconv.Itoa(rng.IntN(5))
			switch n := rng.IntN(10); {
			case n < 5:
				w, err := a.enter(owner)
				switch {
				case w != nil:
					waiting[owner] = append(waiting[owner], w)
				case err == nil:
					held[owner]++
				case errors.Is(err, ErrShare) && len(waiting[owner]) < a.share.Queue:
					t.Fatalf("%v with %d waiting of %d", err, len(waiting[owner]), a.share.Queue)
				}
			case n < 9 && held[owner] > 0:
				held[owner]--
				a.leave(owner)
			case len(waiting[owner]) > 0:
				i := rng.IntN(len(waiting[owner]))
				if a.abandon(waiting[owner][i]) {
					waiting[owner] = slices.Delete(waiting[owner], i, i+1)
				}
			}
			settle()
			used := 0
			for owner, n := range held {
				if used += n; n > share.Boxes || n != a.held[owner] {
					t.Fatalf("owner %s holds %d of a share of %d; admission counts %d", owner, n, share.Boxes, a.held[owner])
				}
			}
			if used+a.free != places {
				t.Fatalf("%d places are held and %d free of %d", used, a.free, places)
			}
			for owner, ws := range waiting {
				if len(ws) > 0 && a.free > 0 && held[owner] < share.Boxes {
					t.Fatalf("owner %s waits with %d of %d held and %d places free", owner, held[owner], share.Boxes, a.free)
				}
			}
		}
	}
}

// An owner may have another share than the rest.
func TestAnOwnerMayHaveAnotherShare(t *testing.T) {
	t.Parallel()
	a := newAdmission(4, 4, Share{Boxes: 3, Queue: 2}, map[string]Share{"book": {Boxes: 1}})
	for owner, want := range map[string]struct{ boxes, queue int }{"book": {1, 2}, "user": {3, 2}} {
		for range want.boxes {
			if w, err := a.enter(owner); w != nil || err != nil {
				t.Fatalf("%s: waiter %v, error %v, want a place", owner, w, err)
			}
		}
		for range want.queue {
			if w, err := a.enter(owner); w == nil || err != nil {
				t.Fatalf("%s: waiter %v, error %v, want a waiter", owner, w, err)
			}
		}
		if _, err := a.enter(owner); !errors.Is(err, ErrBusy) {
			t.Errorf("%s: error %v, want one that is ErrBusy", owner, err)
		}
	}
}
