package remote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/internal/test/testseed"
	"github.com/corust-dev/corust/runner"
)

// offers counts the offers that were made.
func (b *bus) offers() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.sent {
		if m.subject == "c.offers" {
			n++
		}
	}
	return n
}

func of(source string) runner.Request {
	req := request()
	req.Files[0].Data = []byte(source)
	return req
}

// Requests go to workers without an offer: those of the same files to the same one while it
// has a place, and those of others to all workers. One that leaves takes only its own away.
func TestSameFilesGoToTheSameWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(rand.New(rand.NewPCG(1, 1)))
		var workers []interface{ Close(context.Context) error }
		var at string
		for _, name := range []string{"a", "b", "c", "d"} {
			workers = append(workers, newWorker(t, b, name, 2, &program{run: func(context.Context, runner.Request, io.Reader, func(runner.Event)) (runner.Result, error) {
				at = name
				return ok, nil
			}}))
		}
		e := newExecutor(t, b)
		time.Sleep(time.Second)
		where := func(source string) string {
			if res, err := e.Run(context.Background(), of(source), nil, nil); err != nil || res.Verdict != runner.VerdictOK {
				t.Errorf("%q: %+v, %v", source, res, err)
			}
			return at
		}
		count, first := map[string]int{}, map[string]string{}
		for i := range 400 {
			source := fmt.Sprint("// ", i)
			first[source] = where(source)
			count[first[source]]++
		}
		for name, n := range count {
			if len(count) != 4 || n < 60 || n > 140 {
				t.Errorf("of 400 sources %d went to %s", n, name)
			}
		}
		finish(t, workers[3])
		for source, name := range first {
			if again := where(source); name == "d" && again == "d" || name != "d" && again != name {
				t.Errorf("%q went to %s, and to %s when d had left", source, name, again)
			}
		}
		if n := b.offers(); n != 0 {
			t.Errorf("%d offers were made", n)
		}
		finish(t, append(workers[:3:3], e)...)
	})
}

// A worker that has become full loses the run to another.
func TestFullInBetween(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(rand.New(rand.NewPCG(1, 1)))
		end := make(chan struct{})
		p := &program{run: func(_ context.Context, req runner.Request, _ io.Reader, _ func(runner.Event)) (runner.Result, error) {
			if string(req.Files[0].Data) == "long" {
				<-end
			}
			return ok, nil
		}}
		w1, e, other := newWorker(t, b, "a", 1, p), newExecutor(t, b), newExecutor(t, b)
		time.Sleep(100 * time.Millisecond)
		b.isolate(true, "c.workers") // e does not hear of what follows
		done := make(chan struct{})
		go func() {
			defer close(done)
			if _, err := other.Run(context.Background(), of("long"), nil, nil); err != nil {
				t.Error(err)
			}
		}()
		w2 := newWorker(t, b, "b", 1, p)
		time.Sleep(100 * time.Millisecond)
		began := time.Now()
		if res, err := e.Run(context.Background(), request(), nil, nil); err != nil || res.Verdict != runner.VerdictOK {
			t.Errorf("%+v, %v", res, err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %v", took)
		}
		if n := p.runs.Load(); n != 2 {
			t.Errorf("%d runs, want 2", n)
		}
		b.isolate(false, "c.workers")
		close(end)
		<-done
		finish(t, e, other, w1, w2)
	})
}

// A worker that does not answer delays a run by half a second, and gets no more of them
// before it announces itself again.
func TestSilentWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(rand.New(rand.NewPCG(1, 1)))
		w, e := newWorker(t, b, "a", 0, succeeds()), newExecutor(t, b)
		announce := func() {
			const dead = `{"version":1,"kind":"worker","worker":{"name":"dead","inbox":"nobody","places":4,"free":4}}`
			b.mu.Lock()
			b.deliver("c.workers", []byte(dead))
			b.mu.Unlock()
			synctest.Wait()
		}
		w2 := newWorker(t, b, "b", 1, succeeds())
		b.isolate(true, "c.workers")
		time.Sleep(11 * time.Second) // both are forgotten, and still take offers
		for _, late := range []bool{true, false, true} {
			if late {
				announce()
			}
			began := time.Now()
			if res, err := e.Run(context.Background(), request(), nil, nil); err != nil || res.Verdict != runner.VerdictOK {
				t.Errorf("%+v, %v", res, err)
			}
			if took := time.Since(began); late != (took >= 500*time.Millisecond) || took > 1500*time.Millisecond {
				t.Errorf("a worker that does not answer: %v; the run took %v", late, took)
			}
		}
		finish(t, e, w, w2)
	})
}

// On a bus that loses, repeats and reorders, small requests have their whole output, in order,
// once, whatever worker takes them.
func TestFaultyBusWithoutOffers(t *testing.T) {
	t.Parallel()
	seed := testseed.Of(t)
	for i := range 30 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, uint64(i)))
			lose, repeat, delay := 0.15*rng.Float64(), 0.3*rng.Float64(), 0.5*rng.Float64()
			synctest.Test(t, func(t *testing.T) {
				b := newBus(rng)
				p := &program{run: func(_ context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
					emit(event(runner.KindStdout, string(req.Files[0].Data)))
					for n := range 50 {
						emit(event(runner.KindStdout, fmt.Sprint(" ", n)))
					}
					input, err := io.ReadAll(stdin)
					emit(event(runner.KindStdout, string(input)))
					return ok, err
				}}
				w1, w2, e := newWorker(t, b, "a", 1, p), newWorker(t, b, "b", 1, p), newExecutor(t, b)
				time.Sleep(time.Second)
				b.faults(lose, repeat, delay)
				var tail strings.Builder
				for n := range 50 {
					fmt.Fprint(&tail, " ", n)
				}
				for n := range 10 {
					source := fmt.Sprint("source ", n)
					var out strings.Builder
					res, err := e.Run(context.Background(), of(source), strings.NewReader("input"), func(ev runner.Event) {
						if ev.Kind == runner.KindStdout {
							out.Write(ev.Data)
						}
					})
					if err != nil || res.Verdict != runner.VerdictOK {
						t.Errorf("%+v, %v", res, err)
					}
					if want := source + tail.String() + "input"; out.String() != want {
						t.Errorf("output %q, want %q", out.String(), want)
					}
				}
				b.faults(0, 0, 0)
				time.Sleep(20 * time.Second) // attempts that nobody heard of end
				if n := p.boxes.Load(); n != 0 {
					t.Errorf("%d boxes are left", n)
				}
				finish(t, e, w1, w2)
			})
		})
	}
}

// A compilation ahead goes where its run will go, takes no place of it, ends with its caller,
// and is refused when no worker has a place.
func TestAheadGoesWhereItsRunGoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(rand.New(rand.NewPCG(1, 1)))
		var compiled, ran string
		begun := make(chan struct{}, 1)
		work := func(name string) *program {
			return &program{run: func(ctx context.Context, req runner.Request, _ io.Reader, _ func(runner.Event)) (runner.Result, error) {
				if !req.Ahead {
					ran = name
					return ok, nil
				}
				compiled = name
				begun <- struct{}{}
				<-ctx.Done()
				return runner.Result{Verdict: runner.VerdictCanceled, ExitCode: -1}, nil
			}}
		}
		a, c, e := newWorker(t, b, "a", 1, work("a")), newWorker(t, b, "c", 1, work("c")), newExecutor(t, b)
		ahead := func(ctx context.Context, source string) (runner.Result, error) {
			req := of(source)
			req.Ahead = true
			return e.Run(ctx, req, nil, nil)
		}
		if _, err := ahead(context.Background(), ""); !errors.Is(err, runner.ErrBusy) {
			t.Errorf("before a worker was heard of: %v", err)
		}
		time.Sleep(time.Second)
		for n := range 20 {
			source := fmt.Sprint("// ", n)
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() {
				defer close(done)
				if res, err := ahead(ctx, source); err != nil || res.Verdict != runner.VerdictCanceled {
					t.Errorf("ahead: %+v, %v", res, err)
				}
			}()
			<-begun
			if res, err := e.Run(context.Background(), of(source), nil, nil); err != nil || res.Verdict != runner.VerdictOK {
				t.Errorf("%+v, %v", res, err)
			}
			if ran != compiled {
				t.Errorf("%q was compiled by %s and run by %s", source, compiled, ran)
			}
			cancel()
			<-done
		}
		finish(t, e, a, c)
	})
}
