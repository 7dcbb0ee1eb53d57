package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/corust-dev/corust/runner"
)

// The times of both sides.
const (
	beatEvery    = time.Second
	lostAfter    = 5 * time.Second        // without a frame of the other side
	stopTime     = 2 * lostAfter          // of a worker to end a run that was stopped
	missingTime  = 3 * lostAfter          // of a frame that a worker says it sent
	reserveTime  = 2 * time.Second        // of a place whose request does not come
	remember     = 10 * time.Minute       // attempts that were started
	stopEvery    = 200 * time.Millisecond // and other frames that are repeated until they are answered
	offerEvery   = 250 * time.Millisecond // to workers that were full
	answerTime   = 500 * time.Millisecond // of a worker to an offer
	announceTime = 2 * time.Second
	goneAfter    = 3 * announceTime
)

// WorkerConfig configures a [Worker]. All fields but Log are required.
type WorkerConfig struct {
	Bus    Bus
	Prefix string // of the subjects of the cluster
	// Executor runs what the worker accepts.
	Executor runner.Executor
	// Places is how many runs the worker has at once. It is not more than the Executor
	// runs at once, so that nothing waits in two queues.
	Places int
	// About describes the worker. The worker fills in its inbox, places and limits.
	About Announcement
	// Log receives what is wrong with messages and runs. Nil discards it.
	Log *slog.Logger
}

// Worker executes the runs of other machines.
type Worker struct {
	cfg     WorkerConfig
	inbox   string
	ctx     context.Context
	cancel  context.CancelFunc
	cancels []func() // of subscriptions
	offers  func()
	loops   sync.WaitGroup
	runs    sync.WaitGroup

	mu       sync.Mutex
	taken    int                  // places, by what is reserved or running
	ahead    int                  // compilations ahead, which take no places
	attempts map[string]*attempt  // those, and those whose executor may lack the end
	known    map[string]time.Time // that were started
	leaving  bool
}

// NewWorker returns a worker that takes offers.
func NewWorker(cfg WorkerConfig) (*Worker, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	w := &Worker{cfg: cfg, inbox: cfg.Bus.Inbox(), attempts: map[string]*attempt{}, known: map[string]time.Time{}}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	for _, s := range []struct {
		subject, group string
		handle         func(frame)
	}{{w.inbox, "", w.direct}, {cfg.Prefix + subjectHello, "", func(frame) { w.announce() }}, {cfg.Prefix + subjectOffers, "workers", w.offered}} {
		cancel, err := cfg.Bus.Subscribe(s.subject, s.group, func(data []byte) {
			f, err := decode(data)
			if err != nil {
				cfg.Log.Warn("a message that is not one of the workers'", "subject", s.subject, "err", err)
				return
			}
			s.handle(f)
		})
		if err != nil {
			w.unsubscribe()
			return nil, err
		}
		if s.group != "" {
			w.offers = cancel
		} else {
			w.cancels = append(w.cancels, cancel)
		}
	}
	w.loops.Go(w.tick)
	return w, nil
}

func (w *Worker) unsubscribe() {
	for _, cancel := range w.cancels {
		cancel()
	}
}

// tick announces the worker and forgets what is old.
func (w *Worker) tick() {
	t := time.NewTicker(announceTime)
	defer t.Stop()
	for {
		w.announce()
		select {
		case <-w.ctx.Done():
			return
		case <-t.C:
		}
		w.mu.Lock()
		for id, at := range w.known {
			if time.Since(at) > remember {
				delete(w.known, id)
			}
		}
		w.mu.Unlock()
	}
}

func (w *Worker) announce() {
	a := w.cfg.About
	a.Inbox = w.inbox
	w.mu.Lock()
	a.Places, a.Free, a.Leaving = w.cfg.Places, w.cfg.Places-w.taken, w.leaving
	w.mu.Unlock()
	a.Limits = w.cfg.Executor.Limits()
	w.publish(w.cfg.Prefix+subjectWorkers, frame{Kind: kindWorker, Worker: &a})
}

func (w *Worker) publish(subject string, f frame) { w.send(subject, encode(f)) }

func (w *Worker) send(subject string, data []byte) {
	if err := w.cfg.Bus.Publish(subject, data); err != nil {
		w.cfg.Log.Warn("publish", "subject", subject, "bytes", len(data), "err", err)
	}
}

// offered reserves a place for a run.
func (w *Worker) offered(f frame) {
	if f.Kind != kindOffer {
		return
	}
	w.mu.Lock()
	a := w.attempts[f.Attempt] // set if the offer came twice
	if a == nil {
		a = w.reserve(f)
	}
	w.mu.Unlock()
	if a != nil {
		w.publish(f.Inbox, frame{Kind: kindAccept, Attempt: f.Attempt, Inbox: w.inbox})
	}
}

// reserve makes an attempt and reserves a place for it. It returns nil if the worker had the
// attempt before, or cannot take it, which the executor is told. A compilation ahead takes
// no place: the worker's executor begins it only while places are free, and ends it when a
// run needs one. The caller holds mu.
func (w *Worker) reserve(f frame) *attempt {
	if _, had := w.known[f.Attempt]; had || f.Attempt == "" || f.Inbox == "" {
		return nil
	}
	count := &w.taken
	if f.Ahead {
		count = &w.ahead
	}
	if w.leaving || *count >= w.cfg.Places || !w.cfg.About.has(f.Channel) {
		w.publish(f.Inbox, frame{Kind: kindFull, Attempt: f.Attempt})
		return nil
	}
	*count++
	a := &attempt{w: w, id: f.Attempt, to: f.Inbox, ahead: f.Ahead, heard: time.Now(), done: make(chan struct{})}
	a.change.L = &a.mu
	a.forget = time.AfterFunc(reserveTime, a.drop)
	w.attempts[a.id] = a
	return a
}

// direct handles a frame to an attempt, or one that begins an attempt without an offer.
func (w *Worker) direct(f frame) {
	w.mu.Lock()
	a := w.attempts[f.Attempt]
	if a == nil && f.Kind == kindStart {
		a = w.reserve(f)
	}
	w.mu.Unlock()
	if a != nil {
		a.receive(f)
	}
}

// leave frees the place of an attempt, and reports whether the worker was full. Only then
// runs may wait for the place, so only then the caller announces it.
func (w *Worker) leave(a *attempt) (full bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a.ahead {
		w.ahead--
		return false
	}
	w.taken--
	return w.taken+1 >= w.cfg.Places
}

// remove forgets an attempt.
func (w *Worker) remove(a *attempt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.attempts, a.id)
}

// Close takes no more offers, finishes the runs that were accepted, and returns when all
// are gone. When ctx ends, it cancels them: their executors see them as lost or cancelled.
func (w *Worker) Close(ctx context.Context) error {
	w.mu.Lock()
	w.leaving = true
	w.mu.Unlock()
	w.offers()
	w.announce()
	err := finish(ctx, &w.runs, w.cancel)
	w.cancel()
	w.loops.Wait()
	w.unsubscribe()
	return err
}

// finish waits for runs. If ctx ends first, it cancels them, waits on, and returns the error
// of ctx.
func finish(ctx context.Context, runs *sync.WaitGroup, cancel func()) error {
	done := make(chan struct{})
	go func() {
		runs.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		cancel()
		<-done
		return ctx.Err()
	}
}

// attempt is one execution of a request.
type attempt struct {
	w      *Worker
	id, to string
	ahead  bool
	forget *time.Timer // drops a reservation

	mu      sync.Mutex
	change  sync.Cond // of stdin
	heard   time.Time // the last frame of the executor
	pieces  [][]byte
	started bool
	cancel  context.CancelFunc
	frames  [][]byte      // messages, numbered: events, then the end
	stopped bool          // the executor wants no more
	ended   bool          // the executor has the end
	done    chan struct{} // closed with that

	stdin  []byte // that arrived and was not read
	at     int64  // bytes of the input that arrived
	eof    bool
	failed error // of the caller's reader
	broken bool  // no more input comes
}

// drop gives a reservation back.
func (a *attempt) drop() {
	a.mu.Lock()
	started := a.started
	a.started = true // too late now
	a.mu.Unlock()
	if started {
		return
	}
	full := a.w.leave(a)
	a.w.remove(a)
	if full {
		a.w.announce()
	}
}

func (a *attempt) receive(f frame) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.heard = time.Now()
	switch f.Kind {
	case kindStart:
		a.start(f)
	case kindBeat:
		// What the executor does not have yet was lost, or is under way and comes twice.
		for n := f.N; n < int64(len(a.frames)); n++ {
			a.send(n)
		}
	case kindStdin:
		if f.N != a.at || a.eof || len(a.stdin) > 0 {
			return // it came before, or was not asked for
		}
		a.stdin, a.at, a.eof = append(a.stdin, f.Data...), a.at+int64(len(f.Data)), f.EOF
		a.failed = f.Error.err()
		a.change.Broadcast()
	case kindStop:
		a.stopped = true
		if a.cancel != nil {
			a.cancel()
		}
	case kindDone:
		if !a.ended {
			a.ended = true
			close(a.done)
		}
	}
}

// maxPieces is how many messages the largest request takes.
const maxPieces = 4 * runner.MaxSource / piece

// start takes a piece of the request, and with the last one begins to run it.
func (a *attempt) start(f frame) {
	if a.started || f.Of < 1 || f.Of > maxPieces || f.N >= int64(f.Of) || a.pieces != nil && f.Of != len(a.pieces) {
		return
	}
	if a.pieces == nil {
		a.pieces = make([][]byte, f.Of)
	}
	a.pieces[f.N] = f.Data
	var all []byte
	for _, p := range a.pieces {
		if p == nil {
			return
		}
		all = append(all, p...)
	}
	if !a.forget.Stop() {
		return // the place was given back
	}
	a.started, a.pieces = true, nil
	a.w.mu.Lock()
	a.w.known[a.id] = time.Now()
	a.w.mu.Unlock()
	var ctx context.Context
	ctx, a.cancel = context.WithCancel(a.w.ctx)
	a.w.runs.Go(func() { a.run(ctx, all) })
}

// run executes the request and stays until the executor has the end or is gone.
func (a *attempt) run(ctx context.Context, request []byte) {
	defer a.w.remove(a)
	defer a.cancel()
	defer context.AfterFunc(ctx, a.noInput)() // who reads may wait for an executor that is gone
	var req runner.Request
	end := frame{Kind: kindEnd}
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		a.watch(ctx)
	}()
	if err := json.Unmarshal(request, &req); err != nil {
		end.Error = &failure{Code: "failed", Reason: fmt.Sprintf("cannot read the request: %v", err)}
	} else {
		res, err := a.w.cfg.Executor.Run(ctx, req, a, a.emit)
		if end.Error = failureOf(err); err == nil {
			end.Result = &res
		}
	}
	full := a.w.leave(a) // first: with the end, the executor may offer the next run
	a.mu.Lock()
	if a.w.ctx.Err() != nil && !a.stopped && end.Result != nil && end.Result.Verdict == runner.VerdictCanceled {
		end.Result, end.Error = nil, &failure{Code: "closed", Reason: "the worker is stopping"}
	}
	a.add(end)
	a.mu.Unlock()
	a.noInput()
	if full {
		a.w.announce()
	}
	a.repeatEnd()
	a.cancel()
	<-watched
}

// noInput ends the reading of standard input.
func (a *attempt) noInput() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.broken = true
	a.change.Broadcast()
}

// repeatEnd sends the end again until the executor has it or is gone.
func (a *attempt) repeatEnd() {
	t := time.NewTicker(stopEvery)
	defer t.Stop()
	for {
		select {
		case <-a.done:
			return
		case <-t.C:
		}
		a.mu.Lock()
		gone := time.Since(a.heard) > lostAfter
		if !gone {
			a.send(int64(len(a.frames) - 1))
		}
		a.mu.Unlock()
		if gone {
			return
		}
	}
}

// watch beats, and cancels the run when the executor is gone.
func (a *attempt) watch(ctx context.Context) {
	t := time.NewTicker(beatEvery)
	defer t.Stop()
	for {
		a.mu.Lock()
		a.w.publish(a.to, frame{Kind: kindBeat, Attempt: a.id, N: int64(len(a.frames))})
		gone := time.Since(a.heard) > lostAfter
		a.mu.Unlock()
		if gone {
			a.w.cfg.Log.Warn("the sender of a run is gone; its box is destroyed", "attempt", a.id)
			a.cancel()
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// add numbers a frame and sends it, in parts if one message cannot hold it. The caller
// holds mu.
func (a *attempt) add(f frame) {
	f.Attempt, f.N = a.id, int64(len(a.frames))
	data := encode(f)
	if len(data) > MaxMessage {
		for part := range slices.Chunk(data, piece) {
			a.add(frame{Kind: kindPart, Data: part})
		}
		a.add(frame{Kind: kindJoined})
		return
	}
	a.frames = append(a.frames, data)
	a.send(f.N)
}

func (a *attempt) send(n int64) { a.w.send(a.to, a.frames[n]) }

// emit takes an event of the run.
func (a *attempt) emit(e runner.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	data := e.Data
	for {
		n := min(len(data), piece)
		part := e
		part.Data, data = data[:n:n], data[n:]
		a.add(frame{Kind: kindEvent, Event: &part})
		if len(data) == 0 {
			return
		}
	}
}

// Read implements io.Reader: it is the standard input of the run, and asks the executor for
// it until some comes.
func (a *attempt) Read(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	again := time.AfterFunc(0, func() { a.change.Broadcast() })
	defer again.Stop()
	for len(a.stdin) == 0 {
		switch {
		case a.broken:
			return 0, errors.New("the run has ended")
		case a.failed != nil:
			return 0, a.failed
		case a.eof:
			return 0, io.EOF
		}
		a.w.publish(a.to, frame{Kind: kindWant, Attempt: a.id, N: a.at, Max: min(len(p), piece)})
		again.Reset(stopEvery)
		a.change.Wait()
	}
	n := copy(p, a.stdin)
	a.stdin = a.stdin[n:]
	return n, nil
}
