package remote_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/internal/test/testseed"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/remote"
	"github.com/corust-dev/corust/runner/rustc"
)

// program is an Executor whose runs are a function of the test's.
type program struct {
	run   func(ctx context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error)
	runs  atomic.Int64
	boxes atomic.Int64 // that there are
}

func (p *program) Run(ctx context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
	p.runs.Add(1)
	p.boxes.Add(1)
	defer p.boxes.Add(-1)
	return p.run(ctx, req, stdin, emit)
}

// succeeds returns an Executor whose runs end at once.
func succeeds() *program {
	return &program{run: func(context.Context, runner.Request, io.Reader, func(runner.Event)) (runner.Result, error) {
		return ok, nil
	}}
}

func (p *program) Limits() runner.Limits { return runner.Limits{Output: 123} }
func (p *program) Status() runner.Status { return runner.Status{} }

var stable = remote.Announcement{Name: "w", Toolchains: []runner.Toolchain{{Channel: "stable", Version: "1.95.0"}}}

func newWorker(t *testing.T, b remote.Bus, name string, places int, p *program) *remote.Worker {
	t.Helper()
	about := stable
	about.Name = name
	w, err := remote.NewWorker(remote.WorkerConfig{Bus: b, Prefix: "c", Executor: p, Places: places, About: about})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func newExecutor(t *testing.T, b remote.Bus) *remote.Executor {
	t.Helper()
	e, err := remote.NewExecutor(remote.Config{
		Bus: b, Prefix: "c", Places: 8, Queue: 100,
		Planner: rustc.Planner{}, Defaults: runner.Options{Mode: runner.ModeRelease, Edition: "2018"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func finish(t *testing.T, closers ...interface{ Close(context.Context) error }) {
	t.Helper()
	for _, c := range closers {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		if err := c.Close(ctx); err != nil {
			t.Error(err)
		}
		cancel()
	}
	time.Sleep(time.Second) // delayed messages, on the bubble's clock
}

func request() runner.Request {
	return runner.Request{Owner: "ada", Files: []runner.File{{Name: "main.rs", Data: []byte("fn main() {}")}}}
}

func event(kind runner.Kind, data string) runner.Event {
	return runner.Event{Kind: kind, Stage: runner.StageRun, Data: []byte(data)}
}

var ok = runner.Result{Verdict: runner.VerdictOK, Stage: runner.StageRun}

// On a bus that loses, repeats and reorders, what a run prints arrives whole and in order,
// its input reaches it, and it runs once.
func TestFaultyBus(t *testing.T) {
	t.Parallel()
	seed := testseed.Of(t)
	for i := range 30 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, uint64(i)))
			synctest.Test(t, func(t *testing.T) { faultyRun(t, rng) })
		})
	}
}

func faultyRun(t *testing.T, rng *rand.Rand) {
	b := newBus(rng)
	// If more were lost, all beats of five seconds would be, now and then, as if a side were gone.
	b.faults(0.15*rng.Float64(), 0.3*rng.Float64(), 0.5*rng.Float64())
	var want bytes.Buffer
	p := &program{}
	p.run = func(_ context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
		got, err := io.ReadAll(stdin)
		if err != nil {
			return runner.Result{}, err
		}
		emit(event(runner.KindStdout, string(got)))
		for n := range 200 {
			emit(event(runner.KindStdout, fmt.Sprint(n, ",")))
			if n%20 == 0 {
				time.Sleep(50 * time.Millisecond)
			}
		}
		emit(event(runner.KindStderr, string(req.Files[0].Data)))
		return ok, nil
	}
	w, e := newWorker(t, b, "a", 2, p), newExecutor(t, b)
	req := request()
	req.Files[0].Data = bytes.Repeat([]byte("source "), 40_000) // two messages
	input := strings.Repeat("input ", 10_000)
	want.WriteString(input)
	for n := range 200 {
		fmt.Fprint(&want, n, ",")
	}
	var stdout, stderr bytes.Buffer
	res, err := e.Run(context.Background(), req, strings.NewReader(input), func(ev runner.Event) {
		switch ev.Kind {
		case runner.KindStdout:
			stdout.Write(ev.Data)
		case runner.KindStderr:
			stderr.Write(ev.Data)
		}
	})
	if err != nil || res.Verdict != runner.VerdictOK {
		t.Errorf("%+v, %v", res, err)
	}
	if !bytes.Equal(stdout.Bytes(), want.Bytes()) || !bytes.Equal(stderr.Bytes(), req.Files[0].Data) {
		t.Errorf("%d bytes of output, want %d; %d bytes of source came back, want %d", stdout.Len(), want.Len(), stderr.Len(), len(req.Files[0].Data))
	}
	if n := p.runs.Load(); n != 1 {
		t.Errorf("it ran %d times", n)
	}
	b.faults(0, 0, 0)
	finish(t, e, w)
}

// A worker that is lost before anything was shown has its run done by another; after that, and
// after input was read, the run is lost.
func TestLostWorker(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(stdin io.Reader, emit func(runner.Event))
		runs   int64
		lost   bool
	}{
		"nothing shown": {func(io.Reader, func(runner.Event)) {}, 2, false},
		"a warning":     {func(_ io.Reader, emit func(runner.Event)) { emit(event(runner.KindWarning, "")) }, 2, false},
		"a stage":       {func(_ io.Reader, emit func(runner.Event)) { emit(event(runner.KindStageStart, "")) }, 1, true},
		"input read":    {func(stdin io.Reader, _ func(runner.Event)) { stdin.Read(make([]byte, 1)) }, 1, true},
	} {
		lose := func(offered bool) func(*testing.T) {
			return func(t *testing.T) {
				b := newBus(rand.New(rand.NewPCG(1, 1)))
				b.isolate(offered, "c.workers") // without announcements, requests are offered
				var begun atomic.Bool
				p := &program{}
				p.run = func(ctx context.Context, _ runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
					if begun.Swap(true) {
						emit(event(runner.KindStageStart, ""))
						return ok, nil
					}
					c.before(stdin, emit)
					time.Sleep(100 * time.Millisecond)
					b.isolate(true, "inbox1", "inbox4") // the worker's, and of the attempt
					<-ctx.Done()
					return runner.Result{Verdict: runner.VerdictCanceled}, nil
				}
				w1 := newWorker(t, b, "a", 1, p) // inbox1
				w2 := newWorker(t, b, "b", 0, p) // inbox2, which has no place yet
				e := newExecutor(t, b)
				b.Inbox()                         // inbox3
				time.Sleep(10 * time.Millisecond) // the workers announce themselves
				began := time.Now()
				go func() {
					time.Sleep(time.Second)
					b.isolate(true, "inbox1")
				}()
				w3 := make(chan *remote.Worker, 1)
				go func() {
					time.Sleep(2 * time.Second)
					w3 <- newWorker(t, b, "c", 1, p)
				}()
				res, err := e.Run(context.Background(), request(), strings.NewReader("x"), nil)
				if lost := errors.Is(err, runner.ErrLost); lost != c.lost || !lost && (err != nil || res.Verdict != runner.VerdictOK) {
					t.Errorf("%+v, %v", res, err)
				}
				if took := time.Since(began); took < 4*time.Second || took > 12*time.Second {
					t.Errorf("it took %v", took)
				}
				if n := p.runs.Load(); n != c.runs {
					t.Errorf("%d runs, want %d", n, c.runs)
				}
				time.Sleep(6 * time.Second)
				if n := p.boxes.Load(); n != 0 {
					t.Errorf("%d boxes are left", n)
				}
				finish(t, e, w1, w2, <-w3)
				if offers := b.offers(); offered != (offers > 0) && c.runs == 1 {
					t.Errorf("%d offers", offers)
				}
			}
		}
		for way, offered := range map[string]bool{"offered": true, "without an offer": false} {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, lose(offered))
			})
		}
	}
}

// The box of a sender that is gone is destroyed, also while it waits for input.
func TestLostExecutor(t *testing.T) {
	t.Parallel()
	t.Run("runs", func(t *testing.T) {
		lostExecutor(t, func(ctx context.Context, _ io.Reader) { <-ctx.Done() })
	})
	t.Run("reads", func(t *testing.T) {
		lostExecutor(t, func(_ context.Context, stdin io.Reader) { _, _ = io.ReadAll(stdin) })
	})
}

func lostExecutor(t *testing.T, wait func(ctx context.Context, stdin io.Reader)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(rand.New(rand.NewPCG(1, 1)))
		p := &program{run: func(ctx context.Context, _ runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
			emit(event(runner.KindStageStart, ""))
			wait(ctx, stdin)
			return runner.Result{Verdict: runner.VerdictCanceled}, nil
		}}
		w, e := newWorker(t, b, "a", 1, p), newExecutor(t, b)
		never, end := io.Pipe()
		done := make(chan error, 1)
		go func() {
			_, err := e.Run(context.Background(), request(), never, nil)
			done <- err
		}()
		time.Sleep(time.Second)
		b.isolate(true, "inbox1", "inbox2") // neither hears the other
		if p.boxes.Load() != 1 {
			t.Fatal("no box")
		}
		time.Sleep(7 * time.Second)
		if n := p.boxes.Load(); n != 0 {
			t.Errorf("%d boxes are left 7 s after their sender was lost", n)
		}
		if err := <-done; !errors.Is(err, runner.ErrLost) {
			t.Errorf("the sender is told %v", err)
		}
		_ = end.Close()
		finish(t, e, w)
	})
}

// A stop reaches the box at once, also on a bus that loses it at first.
func TestStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(rand.New(rand.NewPCG(1, 1)))
		p := &program{run: func(ctx context.Context, _ runner.Request, _ io.Reader, emit func(runner.Event)) (runner.Result, error) {
			emit(event(runner.KindStageStart, ""))
			<-ctx.Done()
			return runner.Result{Verdict: runner.VerdictCanceled, ExitCode: -1}, nil
		}}
		w, e := newWorker(t, b, "a", 1, p), newExecutor(t, b)
		ctx, cancel := context.WithCancel(context.Background())
		var stopped time.Time
		time.AfterFunc(time.Second, func() {
			stopped = time.Now()
			b.isolate(true, "inbox1")
			time.AfterFunc(150*time.Millisecond, func() { b.isolate(false, "inbox1") })
			cancel()
		})
		res, err := e.Run(ctx, request(), nil, nil)
		if err != nil || res.Verdict != runner.VerdictCanceled || time.Since(stopped) > 400*time.Millisecond {
			t.Errorf("%v after the stop: %+v, %v", time.Since(stopped), res, err)
		}
		finish(t, e, w)
	})
}

// Runs beyond the places of all workers wait for one, and start as soon as one is free.
func TestFullWorkers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(rand.New(rand.NewPCG(1, 1)))
		p := &program{run: func(context.Context, runner.Request, io.Reader, func(runner.Event)) (runner.Result, error) {
			time.Sleep(time.Second)
			return ok, nil
		}}
		w1, w2, e := newWorker(t, b, "a", 1, p), newWorker(t, b, "b", 1, p), newExecutor(t, b)
		var wg sync.WaitGroup
		began := time.Now()
		var most atomic.Int64
		for range 6 {
			wg.Go(func() {
				res, err := e.Run(context.Background(), request(), nil, nil)
				if err != nil || res.Verdict != runner.VerdictOK {
					t.Errorf("%+v, %v", res, err)
				}
				most.Store(max(most.Load(), p.boxes.Load()))
			})
		}
		wg.Wait()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("6 runs of 1 s on 2 places took %v", took)
		}
		if most.Load() > 2 {
			t.Errorf("%d boxes at once on 2 places", most.Load())
		}
		finish(t, e, w1, w2)
	})
}

// A place is free as soon as the run that had it has ended: the next run waits for no timer of
// the run before.
func TestPlaceIsFreeWhenTheRunHasEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(rand.New(rand.NewPCG(1, 1)))
		w, e := newWorker(t, b, "a", 1, succeeds()), newExecutor(t, b)
		time.Sleep(time.Second)
		began := time.Now()
		for range 50 {
			if res, err := e.Run(context.Background(), request(), nil, nil); err != nil || res.Verdict != runner.VerdictOK {
				t.Fatalf("%+v, %v", res, err)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("50 runs that take no time, one after another on one place, took %v", took)
		}
		finish(t, e, w)
	})
}

// A worker announces a free place only if it was full: every announcement goes to every node.
func TestOnlyAFullWorkerAnnouncesAFreePlace(t *testing.T) {
	t.Parallel()
	for places, want := range map[int]int{1: 1, 2: 0} {
		synctest.Test(t, func(t *testing.T) {
			b := newBus(rand.New(rand.NewPCG(1, 1)))
			w, e := newWorker(t, b, "a", places, succeeds()), newExecutor(t, b)
			time.Sleep(time.Second) // between two regular announcements
			announcements := func() (n int) {
				b.mu.Lock()
				defer b.mu.Unlock()
				for _, m := range b.sent {
					if m.subject == "c.workers" {
						n++
					}
				}
				return n
			}
			before := announcements()
			if _, err := e.Run(context.Background(), request(), nil, nil); err != nil {
				t.Fatal(err)
			}
			time.Sleep(500 * time.Millisecond) // the worker hears that the run is over
			if n := announcements() - before; n != want {
				t.Errorf("a run on one of %d places: %d announcements, want %d", places, n, want)
			}
			finish(t, e, w)
		})
	}
}

// Without a worker, or without one that has the toolchain, a run fails soon with the reason.
func TestNoWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(rand.New(rand.NewPCG(1, 1)))
		e := newExecutor(t, b)
		began := time.Now()
		_, err := e.Run(context.Background(), request(), nil, nil)
		if took := time.Since(began); !errors.Is(err, runner.ErrBackend) || took > 5*time.Second {
			t.Errorf("no worker: %v after %v", err, took)
		}
		w := newWorker(t, b, "a", 1, succeeds())
		time.Sleep(time.Second)
		req := request()
		req.Channel = "nightly"
		_, err = e.Run(context.Background(), req, nil, nil)
		var invalid *runner.InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), `no toolchain "nightly" here (want one of stable)`) {
			t.Errorf("no toolchain: %v", err)
		}
		req.Channel = "1.95" // the version of stable
		if res, err := e.Run(context.Background(), req, nil, nil); err != nil || res.Verdict != runner.VerdictOK {
			t.Errorf("a toolchain by its version: %+v, %v", res, err)
		}
		if got := e.Limits(); got.Output != 123 {
			t.Errorf("limits %+v are not the worker's", got)
		}
		finish(t, e, w)
	})
}

// What the worker's executor fails with, callers can tell apart as if it were here.
func TestErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(rand.New(rand.NewPCG(1, 1)))
		p := &program{}
		w, e := newWorker(t, b, "a", 1, p), newExecutor(t, b)
		for _, want := range []error{runner.ErrBusy, runner.ErrShare, runner.ErrBackend, runner.ErrBoxDied, runner.ErrClosed} {
			p.run = func(context.Context, runner.Request, io.Reader, func(runner.Event)) (runner.Result, error) {
				return runner.Result{}, fmt.Errorf("why: %w", want)
			}
			if _, err := e.Run(context.Background(), request(), nil, nil); !errors.Is(err, want) {
				t.Errorf("%v arrives as %v", want, err)
			}
		}
		p.run = func(context.Context, runner.Request, io.Reader, func(runner.Event)) (runner.Result, error) {
			return runner.Result{}, &runner.InvalidError{Field: "edition", Reason: "too new"}
		}
		_, err := e.Run(context.Background(), request(), nil, nil)
		var invalid *runner.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != "edition" {
			t.Errorf("an invalid request arrives as %v", err)
		}
		p.run = func(_ context.Context, _ runner.Request, stdin io.Reader, _ func(runner.Event)) (runner.Result, error) {
			_, err := io.ReadAll(stdin)
			return runner.Result{}, fmt.Errorf("%w: %w", runner.ErrStdin, err)
		}
		broken := io.MultiReader(strings.NewReader("x"), brokenReader{})
		if _, err := e.Run(context.Background(), request(), broken, nil); !errors.Is(err, runner.ErrStdin) || !strings.Contains(err.Error(), "torn cable") {
			t.Errorf("input that breaks arrives as %v", err)
		}
		finish(t, e, w)
	})
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("torn cable") }

// A worker that closes finishes what it has and takes nothing more.
func TestDrain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(rand.New(rand.NewPCG(1, 1)))
		p := &program{run: func(context.Context, runner.Request, io.Reader, func(runner.Event)) (runner.Result, error) {
			time.Sleep(3 * time.Second)
			return ok, nil
		}}
		w1, e := newWorker(t, b, "a", 4, p), newExecutor(t, b)
		var wg sync.WaitGroup
		run := func() {
			res, err := e.Run(context.Background(), request(), nil, nil)
			if err != nil || res.Verdict != runner.VerdictOK {
				t.Errorf("%+v, %v", res, err)
			}
		}
		wg.Go(run)
		time.Sleep(time.Second)
		w2 := newWorker(t, b, "b", 4, p)
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			finish(t, w1)
		}()
		time.Sleep(100 * time.Millisecond)
		for range 4 {
			wg.Go(run)
		}
		wg.Wait()
		<-closed
		finish(t, e, w2)
	})
}

// Messages of a run that come again when it is over start nothing.
func TestReplay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(rand.New(rand.NewPCG(1, 1)))
		p := succeeds()
		w, e := newWorker(t, b, "a", 1, p), newExecutor(t, b)
		if _, err := e.Run(context.Background(), request(), nil, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		b.mu.Lock()
		sent := slices.Clone(b.sent)
		b.mu.Unlock()
		for _, m := range sent {
			if err := b.Publish(m.subject, m.data); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		time.Sleep(10 * time.Second)
		if n := p.runs.Load(); n != 1 {
			t.Errorf("it ran %d times", n)
		}
		finish(t, e, w)
	})
}

// Nothing that strangers could send makes either side panic, hang or start anything.
func TestGarbage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(rand.New(rand.NewPCG(1, 1)))
		p := succeeds()
		w, e := newWorker(t, b, "a", 1, p), newExecutor(t, b)
		for _, subject := range []string{"c.offers", "c.workers", "c.hello", "inbox1"} {
			for _, data := range []string{
				"", "{", "null", "[]", `{"version":1}`, `{"version":2,"kind":"offer","attempt":"x","inbox":"y"}`, `{"version":1,"kind":"offer"}`,
				`{"version":1,"kind":"event","attempt":"x"}`, `{"version":1,"kind":"end","attempt":"x"}`, `{"version":1,"kind":"worker"}`,
				`{"version":1,"kind":"start","attempt":"x","n":-1,"of":1}`, `{"version":1,"kind":"offer","attempt":"x","inbox":"nobody"}`,
				`{"version":1,"kind":"start","attempt":"x","n":9,"of":3}`, `{"version":1,"kind":"start","attempt":"x","n":0,"of":1000000000}`,
				`{"version":1,"kind":"beat","attempt":"x","n":9223372036854775807}`, `{"version":1,"kind":"stdin","attempt":"x","n":5,"data":"eA=="}`,
			} {
				if err := b.Publish(subject, []byte(data)); err != nil {
					t.Fatal(err)
				}
			}
		}
		time.Sleep(3 * time.Second) // what was reserved is given back
		if res, err := e.Run(context.Background(), request(), nil, nil); err != nil || res.Verdict != runner.VerdictOK || p.runs.Load() != 1 {
			t.Errorf("%+v, %v, %d runs", res, err, p.runs.Load())
		}
		finish(t, e, w)
	})
}

// Events and errors that no message can hold arrive whole, also on a bus that loses parts.
func TestLargeFrames(t *testing.T) {
	t.Parallel()
	seed := testseed.Of(t)
	synctest.Test(t, func(t *testing.T) {
		b := newBus(rand.New(rand.NewPCG(seed, 0)))
		b.faults(0.2, 0.2, 0.3)
		// JSON has six bytes for each of these, and such a diagnostic is within the bounds.
		text := strings.Repeat("<", runner.MaxDiagnosticText)
		large := &runner.Diagnostic{Level: runner.LevelError, Message: text}
		for range runner.MaxDiagnosticParts - 2 {
			large.Notes = append(large.Notes, runner.Note{Level: runner.LevelNote, Message: text})
		}
		why := strings.Repeat("&", 300_000)
		p := &program{run: func(_ context.Context, _ runner.Request, _ io.Reader, emit func(runner.Event)) (runner.Result, error) {
			emit(event(runner.KindStdout, "before"))
			emit(runner.Event{Kind: runner.KindDiagnostic, Stage: runner.StageCompile, Diagnostic: large})
			emit(event(runner.KindStdout, "after"))
			return runner.Result{}, errors.New(why)
		}}
		w, e := newWorker(t, b, "a", 1, p), newExecutor(t, b)
		var kinds []runner.Kind
		_, err := e.Run(context.Background(), request(), nil, func(ev runner.Event) {
			kinds = append(kinds, ev.Kind)
			if ev.Kind == runner.KindDiagnostic && !reflect.DeepEqual(ev.Diagnostic, large) {
				t.Error("the diagnostic has changed")
			}
		})
		if err == nil || err.Error() != "worker: "+why {
			t.Errorf("the error is %.100v", err)
		}
		if want := []runner.Kind{runner.KindStdout, runner.KindDiagnostic, runner.KindStdout}; !slices.Equal(kinds, want) {
			t.Errorf("events %v, want %v", kinds, want)
		}
		b.faults(0, 0, 0)
		finish(t, e, w)
	})
}

// The options that a source sets come before the executor's defaults, as on one machine, those
// before the worker's, and the offer names the channel. A default stays one, so that the edition
// of a manifest comes before it.
func TestSourceComesBeforeDefaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(rand.New(rand.NewPCG(1, 1)))
		p := &program{}
		w, e := newWorker(t, b, "a", 1, p), newExecutor(t, b)
		for _, c := range []struct {
			source  string
			asked   runner.Mode
			mode    runner.Mode
			channel runner.Channel
		}{
			{"", "", runner.ModeRelease, ""},
			{"// corust: --mode debug --channel 1.95\n", "", runner.ModeDebug, "1.95"},
			{"// corust: --mode debug\n", runner.ModeRelease, runner.ModeRelease, ""},
		} {
			p.run = func(_ context.Context, req runner.Request, _ io.Reader, _ func(runner.Event)) (runner.Result, error) {
				opts, err := req.OptionsWith(rustc.Planner{}, runner.Options{Mode: "the worker's", Edition: "2015"})
				if err != nil || opts.Mode != c.mode || opts.Channel != c.channel || opts.Edition != "2018" {
					t.Errorf("%q with mode %q runs with %+v, %v", c.source, c.asked, opts, err)
				}
				if req.Mode != c.asked || req.Edition != "" {
					t.Errorf("%q: the request asks for mode %q, edition %q", c.source, req.Mode, req.Edition)
				}
				return ok, nil
			}
			req := request()
			req.Mode, req.Files[0].Data = c.asked, []byte(c.source+"fn main() {}")
			if _, err := e.Run(context.Background(), req, nil, nil); err != nil {
				t.Error(err)
			}
		}
		req := request()
		req.Files[0].Data = []byte("// corust: --channel nightly\nfn main() {}")
		if _, err := e.Run(context.Background(), req, nil, nil); err == nil || !strings.Contains(err.Error(), `no toolchain "nightly" here (want one of stable)`) {
			t.Errorf("a channel that no worker has: %v", err)
		}
		finish(t, e, w)
	})
}

// A request that workers would not take is refused before it is offered.
func TestLargeRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newExecutor(t, newBus(rand.New(rand.NewPCG(1, 1))))
		req := request()
		req.Files[0].Data = make([]byte, 4<<20)
		_, err := e.Run(context.Background(), req, nil, nil)
		var invalid *runner.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != "files" {
			t.Errorf("4 MiB of source: %v", err)
		}
		finish(t, e)
	})
}

// A worker that beats and does nothing else, or sends what no worker sends, neither keeps a
// caller that has gone, nor a run of which it says that there is more.
func TestMisbehavingWorker(t *testing.T) {
	t.Parallel()
	part := fmt.Sprintf(`"kind":"part","data":"%s"`, strings.Repeat("QUFB", 64<<10))
	for name, c := range map[string]struct {
		frames []string // every second, with %d for their numbers
		stop   bool
		within time.Duration
	}{
		"never ends":           {[]string{`"kind":"beat"`}, true, 11 * time.Second},
		"withholds frames":     {[]string{`"kind":"beat","n":5`}, false, 40 * time.Second},
		"joins nothing":        {[]string{`"kind":"joined","n":%d`}, false, 2 * time.Second},
		"never joins":          {[]string{part + `,"n":%d`}, false, time.Minute},
		"joins parts of parts": {[]string{`"kind":"part","n":%d,"data":"eyJ2ZXJzaW9uIjoxLCJraW5kIjoicGFydCJ9"`, `"kind":"joined","n":%d`}, false, 3 * time.Second},
		"joins an empty event": {[]string{`"kind":"part","n":%d,"data":"eyJ2ZXJzaW9uIjoxLCJraW5kIjoiZXZlbnQifQ=="`, `"kind":"joined","n":%d`}, false, 3 * time.Second},
		"joins an empty end":   {[]string{`"kind":"part","n":%d,"data":"eyJ2ZXJzaW9uIjoxLCJraW5kIjoiZW5kIn0="`, `"kind":"joined","n":%d`}, false, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBus(rand.New(rand.NewPCG(1, 1)))
				e := newExecutor(t, b)
				say := func(to, attempt, rest string) {
					if err := b.Publish(to, fmt.Appendf(nil, `{"version":1,"attempt":%q,%s}`, attempt, rest)); err != nil {
						t.Error(err)
					}
				}
				stop := make(chan struct{})
				var wg sync.WaitGroup
				end, err := b.Subscribe("c.offers", "workers", func(data []byte) {
					var offer struct{ Inbox, Attempt string }
					if err := json.Unmarshal(data, &offer); err != nil {
						t.Error(err)
					}
					say(offer.Inbox, offer.Attempt, `"kind":"accept","inbox":"liar"`)
					wg.Go(func() {
						for n := 0; ; n++ {
							frame := c.frames[n%len(c.frames)]
							if strings.Contains(frame, "%d") {
								frame = fmt.Sprintf(frame, n)
							}
							say(offer.Inbox, offer.Attempt, frame)
							select {
							case <-stop:
								return
							case <-time.After(time.Second):
							}
						}
					})
				})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				if c.stop {
					cancel := time.AfterFunc(500*time.Millisecond, cancel)
					defer cancel.Stop()
				}
				began := time.Now()
				res, err := e.Run(ctx, request(), nil, nil)
				if took := time.Since(began); took > c.within {
					t.Errorf("it took %v, want at most %v", took, c.within)
				}
				if c.stop && (err != nil || res.Verdict != runner.VerdictCanceled) || !c.stop && !errors.Is(err, runner.ErrLost) {
					t.Errorf("%+v, %v", res, err)
				}
				close(stop)
				wg.Wait()
				end()
				finish(t, e)
			})
		})
	}
}
