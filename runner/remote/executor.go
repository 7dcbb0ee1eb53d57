package remote

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/corust-dev/corust/runner"
)

// Config configures an [Executor]. Bus, Prefix and Planner are required.
type Config struct {
	Bus    Bus
	Prefix string // of the subjects of the cluster
	// Places is how many requests are with workers at once, and Queue how many more wait;
	// Share bounds the part of one owner. Zero fields are those of a Runner.
	Places, Queue int
	Share         runner.Share
	Shares        map[string]runner.Share
	// Planner reads the options that a request's source sets. It is the workers' planner.
	Planner runner.Planner
	// Defaults are the options that neither a request nor its source sets. The worker
	// chooses those that Defaults does not set either, and the limits.
	Defaults runner.Options
	// Log receives what is wrong with messages. Nil discards it.
	Log *slog.Logger
}

// Executor is a [runner.Executor] whose boxes are with workers.
type Executor struct {
	cfg    Config
	queue  *runner.Queue
	ctx    context.Context
	cancel context.CancelFunc
	runs   sync.WaitGroup
	end    func() // of the subscription

	mu      sync.Mutex
	closed  bool
	workers map[string]seen
	mine    map[string]int // our runs with each worker, by its inbox
	free    chan struct{}  // closed and replaced when a worker tells that a place is free
	news    chan struct{}  // likewise, with each announcement
}

type seen struct {
	Announcement
	at   time.Time
	mine int // of our runs were with it then
}

var _ runner.Executor = (*Executor)(nil)

// NewExecutor returns an Executor, and asks the workers to announce themselves.
func NewExecutor(cfg Config) (*Executor, error) {
	cfg.Places, cfg.Queue = cmp.Or(cfg.Places, runner.DefaultBoxes()), cmp.Or(cfg.Queue, runner.DefaultQueue)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	e := &Executor{cfg: cfg, queue: runner.NewQueue(cfg.Places, cfg.Queue, cfg.Share, cfg.Shares), workers: map[string]seen{}, mine: map[string]int{}, free: make(chan struct{}), news: make(chan struct{})}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	var err error
	e.end, err = cfg.Bus.Subscribe(cfg.Prefix+subjectWorkers, "", func(data []byte) {
		f, err := decode(data)
		if err != nil || f.Kind != kindWorker {
			cfg.Log.Warn("a message that is not one of the workers'", "err", err)
			return
		}
		e.announced(*f.Worker)
	})
	if err != nil {
		return nil, err
	}
	if err := cfg.Bus.Publish(cfg.Prefix+subjectHello, encode(frame{Kind: kindBeat})); err != nil {
		cfg.Log.Warn("publish", "err", err)
	}
	return e, nil
}

// maxWorkers bounds what announcements can make an executor remember.
const maxWorkers = 10_000

func (e *Executor) announced(a Announcement) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, known := e.workers[a.Name]; !known && len(e.workers) >= maxWorkers {
		return
	}
	e.workers[a.Name] = seen{a, time.Now(), e.mine[a.Inbox]}
	close(e.news)
	e.news = make(chan struct{})
	if a.Free > 0 && !a.Leaving {
		close(e.free)
		e.free = make(chan struct{})
	}
}

// Workers returns the workers that have announced themselves lately, by name.
func (e *Executor) Workers() []Announcement {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []Announcement
	for name, w := range e.workers {
		if time.Since(w.at) > goneAfter {
			delete(e.workers, name)
			continue
		}
		list = append(list, w.Announcement)
	}
	slices.SortFunc(list, func(a, b Announcement) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Limits implements [runner.Executor]: those of a worker, or of corust while there is none.
func (e *Executor) Limits() runner.Limits {
	if all := e.Workers(); len(all) > 0 {
		return all[0].Limits
	}
	return runner.DefaultLimits
}

// Status implements [runner.Executor]. Warm counts the free places of all workers.
func (e *Executor) Status() runner.Status {
	s := runner.Status{Waiting: e.queue.Waiting()}
	for _, w := range e.Workers() {
		if !w.Leaving {
			s.Warm += w.Free
		}
	}
	return s
}

// Close refuses new requests, and waits for those under way. When ctx ends, it cancels them.
func (e *Executor) Close(ctx context.Context) error {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	err := finish(ctx, &e.runs, func() {
		e.queue.Close()
		e.cancel()
	})
	e.cancel()
	e.end()
	return err
}

func (e *Executor) begin() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.runs.Add(1)
	return true
}

// nearest returns the inbox of the worker that takes a request without an offer: of those
// that seem to have a place and have the toolchain, the one that comes first for these
// files. It may have compiled them already. It returns "" if there is none.
func (e *Executor) nearest(files uint64, channel runner.Channel) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var inbox string
	var first uint64
	for _, w := range e.workers {
		if w.Inbox == "" || w.Leaving || w.Free+w.mine <= e.mine[w.Inbox] || time.Since(w.at) > goneAfter || !w.has(channel) {
			continue
		}
		// Rendezvous hashing: a worker that comes or goes changes the place of no other's files.
		h := fnv.New64a()
		_, _ = io.WriteString(h, w.Name)
		_, _ = h.Write(binary.LittleEndian.AppendUint64(nil, files))
		if score := h.Sum64(); inbox == "" || score > first {
			inbox, first = w.Inbox, score
		}
	}
	return inbox
}

// silent forgets a worker that does not answer, until it announces itself again.
func (e *Executor) silent(inbox string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.DeleteFunc(e.workers, func(_ string, w seen) bool { return w.Inbox == inbox })
}

// with counts a run that is with a worker, until the caller calls what it returns.
func (e *Executor) with(inbox string) (ended func()) {
	add := func(n int) {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.mine[inbox] += n; e.mine[inbox] == 0 {
			delete(e.mine, inbox)
		}
	}
	add(1)
	return func() { add(-1) }
}

// hashOf returns a hash of the files of a request, which is the same in all processes.
func hashOf(files []runner.File) uint64 {
	h := fnv.New64a()
	for _, f := range files {
		for _, part := range [][]byte{[]byte(f.Name), f.Data} {
			_, _ = h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(part))))
			_, _ = h.Write(part)
		}
	}
	return h.Sum64()
}

var (
	// errGone is returned for an attempt whose worker was lost.
	errGone = errors.New("the worker is gone")
	// errNotTaken is returned for an attempt that a worker did not take without an offer.
	errNotTaken = errors.New("the worker is full")
)

// Run implements [runner.Executor].
func (e *Executor) Run(ctx context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
	if !e.begin() {
		return runner.Result{}, runner.ErrClosed
	}
	defer e.runs.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.ctx, cancel)()
	out := runner.NewOutbox(emit)
	defer out.Close()                                           // every event is delivered before Run returns
	opts, err := req.OptionsWith(e.cfg.Planner, e.cfg.Defaults) // the offer names the channel
	if err != nil {
		return runner.Result{}, err
	}
	req.Defaults = req.Defaults.Or(e.cfg.Defaults)
	request, err := json.Marshal(req)
	if err != nil {
		return runner.Result{}, fmt.Errorf("request: %w", err)
	}
	if len(request) > maxPieces*piece { // a worker could not tell that it is too large
		return runner.Result{}, &runner.InvalidError{Field: "files", Reason: fmt.Sprintf("the request has %d bytes as JSON, at most %d", len(request), maxPieces*piece)}
	}
	began := time.Now()
	canceled := func() (runner.Result, error) {
		return runner.Result{Verdict: runner.VerdictCanceled, ExitCode: -1, Queued: time.Since(began)}, nil
	}
	if !req.Ahead { // which has no part of the places
		leave, err := e.queue.Enter(ctx, req.Owner, func(n int) { out.Put(runner.Event{Kind: runner.KindQueued, Position: n}) })
		if err != nil {
			if ctx.Err() != nil && !errors.Is(err, runner.ErrClosed) {
				return canceled()
			}
			return runner.Result{}, err
		}
		defer leave()
	}
	in := &source{from: stdin, ready: make(chan frame, 1)}
	files, again := hashOf(req.Files), false
	offer := len(request) > piece // a full worker is not to get a large request
	for {
		r := &run{e: e, id: rand.Text(), channel: opts.Channel, ahead: req.Ahead, request: request, in: in, out: out, frames: make(chan frame, 64)}
		if !offer {
			r.worker = e.nearest(files, opts.Channel)
		}
		if req.Ahead && r.worker == "" {
			return runner.Result{}, runner.ErrBusy
		}
		res, err := r.do(ctx)
		switch {
		case errors.Is(err, errNotTaken):
			offer = true
			continue
		case err == nil && res.Verdict == "":
			return canceled()
		case err == nil:
			res.Queued += r.offered.Sub(began)
			return res, nil
		case !errors.Is(err, errGone):
			return res, err
		case r.shown || in.read() || again:
			return runner.Result{}, fmt.Errorf("%w (attempt %s)", runner.ErrLost, r.id)
		}
		e.cfg.Log.Warn("a worker was lost before a run began; the run is offered again", "attempt", r.id)
		e.silent(r.worker)
		again = true
	}
}

// run is one attempt of a request, as its executor sees it.
type run struct {
	e       *Executor
	id      string
	channel runner.Channel
	ahead   bool
	request []byte
	in      *source
	out     *runner.Outbox
	frames  chan frame // from the worker
	inbox   string     // ours
	worker  string     // its inbox, "" before it has accepted an offer
	direct  bool       // the request goes to it without an offer
	offered time.Time  // when a worker accepted
	got     sequence   // of the worker's frames
	shown   bool       // an event of a stage was emitted
}

// do carries one attempt out. A result without a verdict means that ctx ended before a worker
// accepted it.
func (r *run) do(ctx context.Context) (runner.Result, error) {
	r.inbox = r.e.cfg.Bus.Inbox()
	over := make(chan struct{})
	cancel, err := r.e.cfg.Bus.Subscribe(r.inbox, "", func(data []byte) {
		f, err := decode(data)
		if err != nil {
			r.e.cfg.Log.Warn("a message that is not one of a worker", "err", err)
			return
		}
		if f.Attempt != r.id {
			return
		}
		select {
		case r.frames <- f:
		case <-over:
		}
	})
	if err != nil {
		return runner.Result{}, err
	}
	defer cancel()
	defer close(over)
	if r.direct = r.worker != ""; !r.direct {
		if ok, err := r.accepted(ctx); !ok {
			return runner.Result{}, err
		}
	}
	if !r.ahead {
		defer r.e.with(r.worker)()
	}
	return r.follow(ctx)
}

func (r *run) publish(subject string, f frame) {
	f.Attempt = r.id
	if err := r.e.cfg.Bus.Publish(subject, encode(f)); err != nil {
		r.e.cfg.Log.Warn("publish", "kind", f.Kind, "err", err)
	}
}

// noWorker is how long a run is offered while no worker answers or announces itself.
const noWorker = 2 * time.Second

// accepted offers the run until a worker accepts it. It reports false when ctx ends, and
// returns an error if no worker can take it.
func (r *run) accepted(ctx context.Context) (bool, error) {
	began := time.Now()
	for refused := 1; ; refused++ {
		r.e.mu.Lock()
		free := r.e.free
		r.e.mu.Unlock()
		r.publish(r.e.cfg.Prefix+subjectOffers, frame{Kind: kindOffer, Inbox: r.inbox, Channel: r.channel})
		switch f := r.answer(ctx); {
		case ctx.Err() != nil:
			return false, nil
		case f.Kind == kindAccept:
			r.worker, r.offered = f.Inbox, time.Now()
			return true, nil
		}
		if err := r.e.able(r.channel); err != nil && time.Since(began) > noWorker {
			return false, err
		}
		if refused%3 != 0 {
			continue // another may have a place
		}
		wait := time.NewTimer(offerEvery)
		select {
		case <-ctx.Done():
		case <-free:
		case <-wait.C:
		}
		wait.Stop()
	}
}

// answer waits for the answer to an offer. It returns the zero frame if none comes.
func (r *run) answer(ctx context.Context) frame {
	timer := time.NewTimer(answerTime)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return frame{}
		case <-timer.C:
			return frame{}
		case f := <-r.frames:
			if f.Kind == kindAccept || f.Kind == kindFull {
				return f
			}
		}
	}
}

// able returns an error if no announced worker has a toolchain for the channel.
func (e *Executor) able(channel runner.Channel) error {
	all := e.Workers()
	if len(all) == 0 {
		return fmt.Errorf("no worker is there: %w", runner.ErrBackend)
	}
	var have []runner.Channel
	for _, w := range all {
		if w.has(channel) {
			return nil
		}
		for _, tc := range w.Toolchains {
			if !slices.Contains(have, tc.Channel) {
				have = append(have, tc.Channel)
			}
		}
	}
	runner.SortChannels(have, "")
	return runner.NoToolchain(channel, have, nil)
}

// start sends the request.
func (r *run) start() {
	pieces := slices.Collect(slices.Chunk(r.request, piece))
	for i, p := range pieces {
		f := frame{Kind: kindStart, N: int64(i), Of: len(pieces), Data: p}
		if r.direct {
			f.Inbox, f.Channel, f.Ahead = r.inbox, r.channel, r.ahead
		}
		r.publish(r.worker, f)
	}
}

// follow sends the request to the worker, and passes on what happens there. An attempt that
// was not offered ends with errNotTaken if the worker does not take it. It may have begun
// all the same, unheard: then it is stopped, and another attempt has another id.
func (r *run) follow(ctx context.Context) (runner.Result, error) {
	r.start()
	began := time.Now()
	heard, started := began, false
	if r.direct {
		r.offered = began
	}
	tick := time.NewTicker(stopEvery)
	defer tick.Stop()
	beat := time.Now()
	ctxDone := ctx.Done()
	var stopped time.Time // the first stop was sent
	whole := time.Now()   // nothing was missing, or something of that came
	var last int64        // frame that was due at the last tick
	for {
		select {
		case <-ctxDone:
			ctxDone, stopped = nil, time.Now()
			r.publish(r.worker, frame{Kind: kindStop})
		case <-tick.C:
			stopping := !stopped.IsZero()
			if r.direct && !started && time.Since(began) > answerTime {
				r.e.silent(r.worker)
				r.publish(r.worker, frame{Kind: kindStop})
				return runner.Result{}, errNotTaken
			}
			switch gone := time.Since(heard) > lostAfter || time.Since(whole) > missingTime; {
			case stopping && (gone || time.Since(stopped) > stopTime):
				return runner.Result{Verdict: runner.VerdictCanceled, ExitCode: -1}, nil
			case gone:
				return runner.Result{}, errGone
			case !started:
				r.start()
			case stopping:
				r.publish(r.worker, frame{Kind: kindStop})
			}
			stuck := len(r.got.later.frames) > 0 && r.got.next == last // a frame was lost
			last = r.got.next
			if stuck || time.Since(beat) >= beatEvery {
				beat = time.Now()
				r.publish(r.worker, frame{Kind: kindBeat, N: r.got.next})
			}
		case got := <-r.in.ready:
			r.publish(r.worker, got)
		case f := <-r.frames:
			if r.direct && !started && f.Kind == kindFull {
				r.publish(r.worker, frame{Kind: kindStop}) // a request that came twice may have begun
				return runner.Result{}, errNotTaken
			}
			if f.Kind == kindAccept || f.Kind == kindFull {
				continue // of an offer that came twice
			}
			heard, started = time.Now(), true
			switch f.Kind {
			case kindWant:
				if again, ok := r.in.want(f.N, f.Max); ok {
					r.publish(r.worker, again)
				}
			case kindBeat:
				if f.N <= r.got.next {
					whole = heard
				} else if len(r.got.later.frames) == 0 {
					r.publish(r.worker, frame{Kind: kindBeat, N: r.got.next}) // the last ones were lost
				}
			case kindEvent, kindEnd, kindPart, kindJoined:
				from := r.got.next
				due, err := r.got.add(f)
				if r.got.next > from {
					whole = heard
				}
				for _, f := range due {
					if f.Kind == kindEnd {
						r.publish(r.worker, frame{Kind: kindDone})
						return r.ended(f)
					}
					r.deliver(*f.Event)
				}
				if err != nil {
					return runner.Result{}, fmt.Errorf("%w (attempt %s: %w)", runner.ErrLost, r.id, err)
				}
			}
		}
	}
}

// sequence puts the frames that a worker numbers in order, and joins those that came in
// parts.
type sequence struct {
	next  int64 // number of the next frame
	later ahead
	parts []byte // of a frame that no message can hold
}

// add takes a frame and returns the events and ends that are due, in order. The error is
// about a frame after them.
func (s *sequence) add(f frame) (due []frame, err error) {
	s.later.put(f, s.next)
	for {
		f, ok := s.later.take(s.next)
		if !ok {
			return due, nil
		}
		s.next++
		if f.Kind == kindPart && len(s.parts) < maxJoined {
			s.parts = append(s.parts, f.Data...)
			continue
		}
		if f.Kind == kindJoined {
			if f, err = parse(s.parts); err != nil {
				return due, err
			}
			s.parts = nil
		}
		if f.Kind != kindEvent && f.Kind != kindEnd {
			return due, fmt.Errorf("a %q frame where an event or the end is due", f.Kind)
		}
		due = append(due, f)
	}
}

func (r *run) deliver(ev runner.Event) {
	switch ev.Kind {
	case runner.KindQueued:
		return // the places of a worker are not the caller's queue
	case runner.KindWarning:
	default:
		r.shown = true
	}
	r.out.Put(ev)
}

func (r *run) ended(f frame) (runner.Result, error) {
	if f.Error != nil {
		return runner.Result{}, f.Error.err()
	}
	return *f.Result, nil
}

// source reads the caller's standard input as the worker asks for it, and keeps the last
// piece until the worker asks for the next.
type source struct {
	from io.Reader

	mu      sync.Mutex
	begun   bool
	reading bool
	last    frame
	have    bool
	ready   chan frame // the last piece, when it has been read
}

// read reports whether anything was read.
func (s *source) read() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun
}

// want asks for input from a position on. It returns the last piece if that is it, because
// it was lost.
func (s *source) want(at int64, n int) (frame, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.have && at == s.last.N {
		return s.last, true
	}
	if next := s.last.N + int64(len(s.last.Data)); s.reading || at != next || s.last.EOF {
		return frame{}, false
	}
	s.begun, s.reading = true, true
	go s.fetch(at, min(max(n, 1), piece))
	return frame{}, false
}

func (s *source) fetch(at int64, n int) {
	f := frame{Kind: kindStdin, N: at}
	if s.from == nil {
		f.EOF = true
	} else {
		buf := make([]byte, n)
		got, err := s.from.Read(buf)
		if f.Data, f.EOF = buf[:got], err != nil; err != nil && err != io.EOF {
			f.Error = &failure{Code: "stdin", Reason: err.Error()}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reading, s.have, s.last = false, true, f
	select {
	case <-s.ready:
	default:
	}
	s.ready <- f
}
