package runner

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A box serves one request, and another is made behind it.
func TestOneShot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{making: time.Second}
		r := newFake(t, b, Config{MaxBoxes: 1, Warm: 2})
		defer finish(t, r)
		time.Sleep(time.Second)
		synctest.Wait()
		for i := range 5 {
			if n := r.Status().Warm; n != 2 {
				t.Fatalf("%d boxes are warm", n)
			}
			start := time.Now()
			if res, _ := output(t, r, program("out:x")); res.Verdict != VerdictOK || res.Queued != 0 {
				t.Errorf("%+v", res)
			}
			if took := time.Since(start); took != 0 {
				t.Errorf("run %d waited %v for a box, with warm ones there", i, took)
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if b.counts().made != 3+i || b.living() != 2 {
				t.Errorf("after run %d, %d boxes were made and %d live", i, b.counts().made, b.living())
			}
		}
	})
}

// The next box begins when the end of the run has been delivered, and is made while the used
// one is destroyed. The used one keeps the place of its request until it is gone, so there
// are never more boxes than configured.
func TestNextBoxIsMadeDuringDestruction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{making: time.Second, ending: 2 * time.Second}
		r := newFake(t, b, Config{MaxBoxes: 1, Warm: 1})
		defer finish(t, r)
		time.Sleep(time.Second)
		synctest.Wait()
		for i := range 5 {
			start := time.Now()
			if res, _ := output(t, r, program("out:x")); res.Verdict != VerdictOK || time.Since(start) != 0 {
				t.Errorf("run %d took %v: %+v", i, time.Since(start), res)
			}
			if n := b.counts().made; n != 1+i {
				t.Errorf("%d boxes were begun when run %d returned", n, i)
			}
			time.Sleep(nextTime + time.Second)
			synctest.Wait()
			if n := r.Status().Warm; n != 1 {
				t.Errorf("%d boxes are warm after the time that it takes to make one", n)
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if most := b.counts().most; most != r.Boxes() {
			t.Errorf("%d boxes lived at once, want %d", most, r.Boxes())
		}
	})
}

// A request that sets limits gets a box made with these limits.
func TestWarmBoxesAreOfOneKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{making: time.Second}
		r := newFake(t, b, Config{Warm: 1})
		defer finish(t, r)
		time.Sleep(2 * time.Second)
		req := program("out:x")
		req.Limits.Memory = 64 << 20
		if res, _ := output(t, r, req); res.Queued != time.Second {
			t.Errorf("queued for %v", res.Queued)
		}
	})
}

// The pool's boxes may all die in their sleep, as when an engine restarts. The
// request gets another one, and nothing of its input is lost.
func TestDeadWarmBoxes(t *testing.T) {
	for name, die := range map[string]func(*fakeAgent){
		"before the greeting": func(*fakeAgent) {},
		"after the greeting": func(a *fakeAgent) {
			a.conn.Write([]byte("R\x00\x00\x00\x0d" + `{"version":1}`))
		},
		"after the job": func(a *fakeAgent) { a.begin() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &fakeBackend{serve: func(n int, a *fakeAgent) {
					if n < 3 {
						die(a)
						return
					}
					a.obey()
				}}
				r := newFake(t, b, Config{MaxBoxes: 1, Warm: 3})
				defer finish(t, r)
				synctest.Wait()
				data := strings.Repeat("0123456789", 1000)
				res, out := feed(t, r, program("cat"), bytes.NewBufferString(data))
				if res.Verdict != VerdictOK || out != data {
					t.Errorf("%+v, %d bytes of %d", res, len(out), len(data))
				}
				synctest.Wait()
				if n := r.Status().Warm; n != 3 {
					t.Errorf("%d boxes are warm again", n)
				}
			})
		})
	}
}

// A box that does not come up is an answer in the end, and no reason to try another:
// a machine that has locked itself up would never give one. Where the stages have
// less time than a box to come up, theirs holds.
func TestSilentBoxes(t *testing.T) {
	for name, tt := range map[string]struct{ each, want time.Duration }{
		"long":  {time.Minute, greetTime},
		"short": {time.Second, 2*time.Second + grace},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &fakeBackend{serve: func(_ int, a *fakeAgent) { a.conn.Read(make([]byte, 1)) }}
				r := newFake(t, b, Config{MaxBoxes: 1, Warm: 1})
				defer finish(t, r)
				req := program("cat")
				req.Limits.CompileTime, req.Limits.RunTime = tt.each, tt.each
				start := time.Now()
				_, err := r.Run(t.Context(), req, nil, func(Event) {})
				if took := time.Since(start); !errors.Is(err, ErrBoxDied) || !errors.Is(err, errNoGreeting) || took != tt.want {
					t.Errorf("after %v: %v", took, err)
				}
			})
		})
	}
}

// A box that dies once the job has begun is not tried again: the program may
// have acted on what it read.
func TestNoSecondTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{serve: func(_ int, a *fakeAgent) {
			a.begin()
			a.start(0)
		}}
		r := newFake(t, b, Config{MaxBoxes: 1, Warm: 1})
		defer finish(t, r)
		synctest.Wait()
		if res, err := r.Run(t.Context(), program(""), nil, nil); !errors.Is(err, ErrBoxDied) {
			t.Errorf("%+v, %v", res, err)
		}
		synctest.Wait()
		if b.counts().made != 2 { // and the one behind it
			t.Errorf("%d boxes were made", b.counts().made)
		}
	})
}

var errEngine = errors.New("the engine is away")

// No box can be made: that is said, the place is free again, and the pool goes
// on trying.
func TestBackendFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		away.Store(true)
		b := &fakeBackend{refuse: func(int) error {
			if away.Load() {
				return errEngine
			}
			return nil
		}}
		r := newFake(t, b, Config{MaxBoxes: 1, MaxQueue: -1, Warm: 1})
		defer finish(t, r)
		synctest.Wait()
		for range 3 {
			_, err := r.Run(t.Context(), program(""), nil, nil)
			if !errors.Is(err, ErrBackend) || !errors.Is(err, errEngine) {
				t.Errorf("%v", err)
			}
		}
		away.Store(false)
		time.Sleep(retryTime)
		synctest.Wait()
		if n := r.Status().Warm; n != 1 {
			t.Errorf("%d boxes are warm, now that the engine is back", n)
		}
		if res, _ := output(t, r, program("")); res.Verdict != VerdictOK {
			t.Errorf("%+v", res)
		}
	})
}

// A context that ends while the box is being made ends the wait for it.
func TestCancelWhileABoxIsMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{making: time.Hour}
		r := newFake(t, b, Config{MaxBoxes: 1, Warm: 1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		res, err := r.Run(ctx, program(""), nil, nil)
		if err != nil || res.Verdict != VerdictCanceled || time.Since(start) != time.Second {
			t.Errorf("%+v, %v after %v", res, err, time.Since(start))
		}
		finish(t, r) // nor does Close wait for one
		if took := time.Since(start); took != time.Second {
			t.Errorf("close took until %v", took)
		}
	})
}

// A box that cannot be removed does not keep its place.
func TestDestroyFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{stuck: errors.New("device busy")}
		r := newFake(t, b, Config{MaxBoxes: 1})
		defer finish(t, r)
		for range 3 {
			if res, _ := output(t, r, program("")); res.Verdict != VerdictOK {
				t.Errorf("%+v", res)
			}
		}
	})
}

func TestNew(t *testing.T) {
	good := Config{Backend: &fakeBackend{}, Planner: words{}}
	for name, change := range map[string]func(*Config){
		"no backend":      func(c *Config) { c.Backend = nil },
		"no planner":      func(c *Config) { c.Planner = nil },
		"negative boxes":  func(c *Config) { c.MaxBoxes = -1 },
		"negative warm":   func(c *Config) { c.Warm = -1 },
		"too little":      func(c *Config) { c.Limits.Memory = 1 },
		"beyond the most": func(c *Config) { c.Limits.RunTime, c.MaxLimits.RunTime = time.Hour, time.Minute },
	} {
		cfg := good
		change(&cfg)
		if r, err := New(cfg); err == nil {
			t.Errorf("%s: no error", name)
			r.Close(t.Context())
		}
	}
}

// What a request may ask for is bounded by the configuration.
func TestMaxLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{}, Config{MaxLimits: Limits{RunTime: 20 * time.Second}})
		defer finish(t, r)
		for d, ok := range map[time.Duration]bool{20 * time.Second: true, 20*time.Second + 1: false} {
			req := program("")
			req.Limits.RunTime = d
			_, err := r.Run(t.Context(), req, nil, nil)
			var invalid *InvalidError
			if ok != (err == nil) || !ok && (!errors.As(err, &invalid) || invalid.Field != "limits.run_time") {
				t.Errorf("%v: %v", d, err)
			}
		}
	})
}
