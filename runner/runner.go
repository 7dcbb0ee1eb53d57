package runner

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Config configures a Runner. Zero fields mean their defaults.
type Config struct {
	// Backend makes the boxes; Planner plans the steps of each request. Both are
	// required.
	Backend Backend
	Planner Planner
	// Artifacts remembers what compile steps leave. A run whose key it knows executes no
	// compile step. Nil remembers nothing.
	Artifacts Artifacts
	// Limits are the defaults of requests, and MaxLimits their upper bounds; a zero
	// field of MaxLimits means the bound of corust itself.
	Limits    Limits
	MaxLimits Limits
	// Defaults are the options of requests that set none; zero fields mean those of
	// DefaultOptions. Warm boxes have the toolchain of Defaults.
	Defaults Options
	// MaxBoxes is how many requests run at once; 0 means DefaultBoxes.
	MaxBoxes int
	// MaxQueue is how many more may wait; 0 means DefaultQueue, and a negative number
	// that none may.
	MaxQueue int
	// Share bounds the part of both that one Owner may have; zero fields mean all.
	Share Share
	// Shares are the shares of particular owners; a zero field means that of Share.
	Shares map[string]Share
	// Warm is how many boxes are made ahead. They are in addition to MaxBoxes.
	Warm int
	// Log receives failures that belong to no request. Nil discards them.
	Log *slog.Logger
}

// DefaultQueue is how many requests may wait.
const DefaultQueue = 256

// DefaultBoxes returns the default of Config.MaxBoxes on this machine: four for each
// processor, so that some can wait for input while others compute, and at most 100.
func DefaultBoxes() int { return min(100, 4*runtime.NumCPU()) }

// Runner runs requests. Make one with New and end it with Close.
type Runner struct {
	cfg   Config
	queue *admission
	pool  *pool

	// ctx ends when Close has waited long enough; runs then end as cancelled.
	ctx    context.Context
	cancel context.CancelCauseFunc
	runs   sync.WaitGroup

	controls controls
	flights  flights
	room     room
	nextCPU  atomic.Uint32 // see firstProcessor

	mu     sync.Mutex
	closed bool
}

// New returns a Runner and starts to make its warm boxes.
func New(cfg Config) (*Runner, error) {
	if cfg.Backend == nil || cfg.Planner == nil {
		return nil, errors.New("runner: no backend or no planner")
	}
	if cfg.MaxBoxes < 0 || cfg.Warm < 0 {
		return nil, fmt.Errorf("runner: %d boxes, %d of them warm: neither can be negative", cfg.MaxBoxes, cfg.Warm)
	}
	cfg.Limits = cfg.Limits.Or(DefaultLimits)
	if err := cfg.Limits.Check(cfg.MaxLimits); err != nil {
		return nil, fmt.Errorf("default %w", err)
	}
	cfg.Defaults = cfg.Defaults.Or(DefaultOptions)
	if err := cfg.Defaults.Check(); err != nil {
		return nil, fmt.Errorf("default %w", err)
	}
	pick(&cfg.MaxBoxes, DefaultBoxes())
	pick(&cfg.MaxQueue, DefaultQueue)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	r := &Runner{
		cfg:   cfg,
		queue: newAdmission(cfg.MaxBoxes, max(0, cfg.MaxQueue), cfg.Share, cfg.Shares),
		pool:  newPool(cfg.Backend, cfg.Limits.Spec(cfg.Defaults.Channel), cfg.Warm, cfg.Log),
	}
	r.nextCPU.Store(mathrand.Uint32()) // another runner on this machine begins elsewhere
	r.ctx, r.cancel = context.WithCancelCause(context.Background())
	return r, nil
}

// Spec returns the spec of a box with a channel's toolchain and these limits.
func (l Limits) Spec(channel Channel) BoxSpec {
	return BoxSpec{
		Channel: channel, Memory: l.Memory, Processes: l.Processes, CPUs: l.CPUs,
		Work: l.Work, Tmp: l.Tmp, Inodes: l.Inodes, OpenFiles: l.OpenFiles,
	}
}

// Limits implements Executor.
func (r *Runner) Limits() Limits { return r.cfg.Limits }

// Boxes is how many boxes there may be at once, warm ones included.
func (r *Runner) Boxes() int { return r.cfg.MaxBoxes + r.cfg.Warm }

// Status implements Executor.
func (r *Runner) Status() Status {
	return Status{Waiting: r.queue.waiting(), Warm: r.pool.ready()}
}

// Run implements Executor: it runs the request in a box, which is gone when Run
// returns.
func (r *Runner) Run(ctx context.Context, req Request, stdin io.Reader, emit func(Event)) (Result, error) {
	req, err := r.prepare(req)
	if err != nil {
		return Result{}, err
	}
	tc, err := r.cfg.Backend.Toolchain(ctx, req.Channel)
	if err != nil && ctx.Err() != nil { // while a container engine was asked
		return Result{Verdict: VerdictCanceled, ExitCode: -1}, nil
	}
	if err != nil {
		return Result{}, err
	}
	if err := r.cfg.Planner.Check(req, tc); err != nil {
		return Result{}, err
	}
	if !r.begin() {
		return Result{}, ErrClosed
	}
	defer r.runs.Done()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(r.ctx, cancel)()

	out := newOutbox(emit)
	defer out.close()
	start := time.Now()
	place, err := r.admit(ctx, cancel, req, out)
	if err != nil {
		if ctx.Err() != nil && !errors.Is(err, ErrClosed) {
			return Result{Verdict: VerdictCanceled, ExitCode: -1, Queued: time.Since(start)}, nil
		}
		return Result{}, err
	}
	// Planning reads hostile source, so it happens only while the request holds a place,
	// which bounds concurrent plans; and before a box is taken.
	plan, err := r.cfg.Planner.Plan(req, tc)
	if err != nil {
		place.leave()
		return Result{}, err
	}
	for _, text := range plan.Warnings {
		out.put(Event{Kind: KindWarning, Warning: text})
	}
	run := &run{
		req: req, plan: plan, stdin: stdin, out: out, nonce: nonce(), place: place,
		control: r.controls.add(), first: r.firstProcessor(req.Limits.processors()),
	}
	defer r.controls.remove(run.control)
	defer run.loan.release()
	defer r.remember(ctx, run, tc)()
	if !req.Ahead {
		r.queue.evict() // what the run has not joined
	}
	if err := run.decode(r.cfg.Planner); err != nil {
		place.leave()
		return Result{}, err
	}
	var res Result
	if len(run.plan.Steps) == run.skip {
		place.leave()
		res = run.outOfBox(time.Since(start))
	} else {
		res, err = r.inBox(ctx, run, tc, start)
	}
	res.Hits = Hits(res, run.limits())
	out.close() // every event is delivered before Run returns
	return res, err
}

// remember looks for the artifact of a run, or has the run record it. It cuts the plan of a
// compilation ahead off after its compile steps. The caller calls what it returns when the
// run has ended.
func (r *Runner) remember(ctx context.Context, run *run, tc Toolchain) (ended func()) {
	run.keeping = &r.runs
	ended = func() {}
	key, ok := run.plan.ArtifactKey(tc, run.req.Cache.Scope)
	if run.req.Ahead {
		run.plan.Steps = run.plan.Steps[:run.plan.compileSteps()]
	}
	if !ok || r.cfg.Artifacts == nil || run.req.Cache.Off {
		return ended
	}
	run.loan.from = &r.room
	find := func() bool {
		if a := r.cfg.Artifacts.Artifact(key, run.loan.take); a != nil && a.fits(run.plan, run.req.Limits) {
			run.artifact, run.skip = a, len(a.Steps)
			return true
		}
		run.loan.release()
		return false
	}
	for {
		if find() {
			return ended
		}
		if run.req.Ahead {
			if run.flight = r.flights.begin(key, run.place.keep); run.flight != nil {
				ended = func() { r.flights.end(key) }
				break
			}
		}
		if !r.flights.wait(ctx, key, !run.req.Ahead) {
			break
		}
		if !run.req.Ahead {
			if find() {
				return ended
			}
			break
		}
	}
	run.record = &recorder{key: key, owner: run.req.Owner, store: r.cfg.Artifacts, loan: loan{from: &r.room}}
	return ended
}

// begin registers a run. It reports false if the runner is closed.
func (r *Runner) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.runs.Add(1)
	return true
}

// place is a place in the queue that a run holds.
type place struct {
	leave func() // gives it back
	keep  func() // protects it from eviction
}

// admit waits for a place. If the place is evicted, admit calls cancel.
func (r *Runner) admit(ctx context.Context, cancel func(), req Request, out *outbox) (place, error) {
	if req.Ahead {
		if err := ctx.Err(); err != nil {
			return place{}, err
		}
		w, err := r.queue.enterBackground(req.Owner, cancel)
		if err == nil {
			err = r.queue.wait(ctx, w, func(int) {})
		}
		return place{func() { r.queue.leaveBackground(w) }, func() { r.queue.keep(w) }}, err
	}
	err := r.queue.acquire(ctx, req.Owner, func(n int) { out.put(Event{Kind: KindQueued, Position: n}) })
	return place{func() { r.queue.leave(req.Owner) }, func() {}}, err
}

// inBox runs an admitted request. It releases the place when the box is gone.
func (r *Runner) inBox(ctx context.Context, run *run, tc Toolchain, start time.Time) (Result, error) {
	spec := run.req.Limits.Spec(run.req.Channel)
	spare := 0
	if run.req.Ahead {
		spare = 1 // a request that comes meanwhile is not to wait for a box
	}
	for {
		box, warm, stale, err := r.pool.take(ctx, spec, tc, spare)
		if err != nil {
			run.place.leave()
			if ctx.Err() != nil {
				return Result{Verdict: VerdictCanceled, ExitCode: -1, Queued: time.Since(start)}, nil
			}
			return Result{}, err
		}
		if stale {
			// The key of the artifact names a toolchain that the box does not have.
			run.artifact, run.skip, run.record = nil, 0, nil
		}
		run.queued = time.Since(start)
		res, err := run.in(ctx, box)
		if warm && err != nil && !run.begun() && !errors.Is(err, errNoGreeting) {
			// The warm box died before it was used. No code has run, so another box can
			// take the request.
			r.pool.destroy(box, func() {})
			r.pool.drop()
			continue
		}
		r.pool.replace(box, run.place.leave)
		return res, err
	}
}

// Close refuses new requests, finishes accepted ones, and returns when every box is gone.
// When ctx ends, Close cancels the rest: waiting requests fail with ErrClosed, running
// ones end with VerdictCanceled. The backend stays open.
func (r *Runner) Close(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.queue.close(false)

	idle := make(chan struct{})
	go func() {
		r.runs.Wait()
		close(idle)
	}()
	var err error
	select {
	case <-idle:
	case <-ctx.Done():
		err = ctx.Err()
		r.queue.close(true)
		r.cancel(ErrClosed)
		<-idle
	}
	r.pool.close()
	r.cancel(ErrClosed)
	return err
}

// firstProcessor returns the index of the first of a run's n processors. Consecutive runs
// get consecutive processors, to use those of the machine evenly.
func (r *Runner) firstProcessor(n int) uint32 {
	return r.nextCPU.Add(uint32(n)) - uint32(n)
}

// nonce returns a random name of a job for its agent.
func nonce() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand
	return hex.EncodeToString(b[:])
}
