package cache

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/corust-dev/corust/internal/lru"
	"github.com/corust-dev/corust/runner"
)

// Results is an Executor that remembers how runs ended, for requests whose
// [runner.Cache].Results allows it. The same request then has the same events and result
// again, without a box: [runner.Result].Cached is set, and so is Cached of each stage.
//
// It keeps only runs that ended by themselves, without reading standard input and without
// meeting a limit, in memory and for a limited time. The key is the hash of the request,
// which covers its limits, and the content of the toolchain. The caller decides whether a
// program may be answered so: one that reads a clock or random numbers would print
// something else.
//
// Of the same requests of one owner at once, the first runs and the others wait for its
// result. If that is not kept, they run.
type Results struct {
	runner.Executor
	cfg ResultsConfig

	mu      sync.Mutex
	kept    lru.Cache[runner.Hash, *ended]
	running map[running]chan struct{} // closed at the end of the run
	stats   Stats
}

// ResultsConfig configures Results. All fields are required.
type ResultsConfig struct {
	// Toolchain describes the toolchain that a run of the request has: its channel may be
	// that of the executor's defaults, or of the source.
	Toolchain func(ctx context.Context, req runner.Request) (runner.Toolchain, error)
	// Bytes is the most bytes of all results, and Age how long each is kept.
	Bytes int64
	Age   time.Duration
}

// running names a run whose result is awaited. Requests of another owner, which may have
// to queue for longer, are not waited for.
type running struct {
	owner string
	key   runner.Hash
}

// NewResults returns an executor that remembers the results of another.
func NewResults(x runner.Executor, cfg ResultsConfig) *Results {
	return &Results{Executor: x, cfg: cfg, kept: lru.New[runner.Hash, *ended](cfg.Bytes), running: map[running]chan struct{}{}}
}

// maxResult is the most bytes of a run that is kept.
const maxResult = 1 << 20

// ended is a run that was kept.
type ended struct {
	at     time.Time
	events []runner.Event
	result runner.Result
}

// Run implements runner.Executor.
func (r *Results) Run(ctx context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
	if !req.Cache.Results || req.Cache.Off || ctx.Err() != nil {
		return r.Executor.Run(ctx, req, stdin, emit)
	}
	tc, err := r.cfg.Toolchain(ctx, req)
	if err != nil || tc.ID == "" {
		return r.Executor.Run(ctx, req, stdin, emit) // which says what is wrong
	}
	me := running{req.Owner, resultKey(req, tc)}
	run, wait, leave := r.find(me)
	if wait != nil {
		select {
		case <-wait:
			run, wait, leave = r.find(me)
		case <-ctx.Done():
		}
	}
	switch {
	case run != nil:
		if emit != nil {
			for _, e := range run.events {
				emit(e)
			}
		}
		return run.result, nil
	case wait != nil: // once is enough: the result of the first was not kept
		r.mu.Lock()
		r.stats.Misses++
		r.mu.Unlock()
		return r.Executor.Run(ctx, req, stdin, emit)
	}
	defer leave()
	return r.record(ctx, me.key, req, stdin, emit)
}

// find returns the kept result of a run, or what to wait for if the same run has begun.
// Otherwise the caller is to run it, and to call leave at its end.
func (r *Results) find(me running) (run *ended, wait <-chan struct{}, leave func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	run = r.kept.Get(me.key)
	if run != nil && time.Since(run.at) < r.cfg.Age {
		r.stats.Hits++
		return run, nil, nil
	}
	r.kept.Remove(me.key)
	if wait, ok := r.running[me]; ok {
		return nil, wait, nil
	}
	r.stats.Misses++
	done := make(chan struct{})
	r.running[me] = done
	return nil, nil, func() {
		r.mu.Lock()
		delete(r.running, me)
		r.mu.Unlock()
		close(done)
	}
}

// Stats returns the current counts.
func (r *Results) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Bytes = r.kept.Size()
	return r.stats
}

// resultKey names the result of a request.
func resultKey(req runner.Request, tc runner.Toolchain) runner.Hash {
	h := sha256.New()
	request := req.Hash()
	h.Write(request[:])
	for _, s := range []string{tc.ID, tc.SetKey, tc.System, req.Cache.Scope} {
		sum := sha256.Sum256([]byte(s))
		h.Write(sum[:])
	}
	return runner.Hash(h.Sum(nil))
}

// record runs a request and keeps the result if it may.
func (r *Results) record(ctx context.Context, key runner.Hash, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
	input := &watched{Reader: stdin}
	if stdin != nil {
		stdin = input
	}
	run, size := &ended{}, int64(0)
	res, err := r.Executor.Run(ctx, req, stdin, func(e runner.Event) {
		if e.Kind != runner.KindQueued && size <= maxResult {
			run.events, size = append(run.events, again(e)), size+costOf(e)
		}
		if emit != nil {
			emit(e)
		}
	})
	if err != nil || size > maxResult || input.read.Load() || !byItself(res) {
		return res, err
	}
	run.at, run.result = time.Now(), res
	run.result.Cached, run.result.Queued, run.result.Stages = true, 0, nil
	for _, s := range res.Stages {
		run.result.Stages = append(run.result.Stages, cached(s))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept.Put(key, req.Owner, run, size)
	r.stats.Kept++
	return res, nil
}

// again returns an event as it is emitted for later runs.
func again(e runner.Event) runner.Event {
	if e.Ended != nil {
		s := cached(*e.Ended)
		e.Ended = &s
	}
	return e
}

// cached returns the report of a stage that is not executed again.
func cached(s runner.Stage) runner.Stage {
	s.Cached, s.Usage = true, runner.Usage{}
	return s
}

// costOf estimates the memory of an event. A diagnostic or a test takes about as much as
// its JSON.
func costOf(e runner.Event) int64 {
	size := 256 + len(e.Data) + len(e.Warning)
	if e.Diagnostic != nil || e.Test != nil {
		text, _ := json.Marshal([]any{e.Diagnostic, e.Test}) // plain values: it does not fail
		size += len(text)
	}
	return int64(size)
}

// byItself reports whether a run ended by itself and no limit had a part in it.
func byItself(res runner.Result) bool {
	switch res.Verdict {
	case runner.VerdictOK, runner.VerdictExit, runner.VerdictSignal, runner.VerdictCompileError, runner.VerdictNoProgram:
	default:
		return false
	}
	for _, s := range res.Stages {
		if s.Usage.OOMKills > 0 || s.Usage.ProcessesDenied > 0 {
			return false
		}
	}
	return len(res.Hits) == 0
}

// watched remembers whether it was read.
type watched struct {
	io.Reader
	read atomic.Bool
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	w.read.Store(true)
	return w.Reader.Read(p)
}
