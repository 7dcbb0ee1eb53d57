package collab

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/stdin"
)

// keepEach is how often what a run has told is put on record while it goes on: so much of it
// is missing at most when the server is killed.
const keepEach = 5 * time.Second

// program is a run under way, as the session sees it.
type program struct {
	cancel context.CancelFunc
	stdin  *stdin.Buffer
}

// work does what the authority wants done with the run; what it starts is
// committed.
func (s *Session) work() {
	for _, w := range s.auth.RunWork() {
		switch {
		case w.Start != nil:
			s.start(w.Start)
		case s.program == nil:
		case w.Stop:
			s.program.cancel()
		default:
			s.program.stdin.Add(w.Stdin, w.EOF)
		}
	}
}

func (s *Session) start(req *runs.Request) {
	ctx, cancel := context.WithCancel(context.Background())
	p := &program{cancel: cancel, stdin: stdin.New(0)} // runs.State bounds it
	s.program = p
	req.Session, req.Stdin = s.id, p.stdin
	req.Ahead = s.background != nil && s.background.Covers(runs.Text{Version: req.Version, Settings: s.auth.Text().Settings})
	state, started := s.auth.LastRun(), time.Now()
	s.wg.Go(func() {
		defer cancel()
		var res runs.Result
		var err error
		recorded, ended := make(chan struct{}), make(chan struct{})
		s.wg.Go(func() {
			defer close(ended)
			res, err = s.hub.cfg.Runner.Run(ctx, *req, &events{ctx, s, req.Run, recorded})
		})
		// That it started is on record before anything of it is told, so that a crash
		// leaves a trace. The run need not wait for the disk.
		s.record(state, nil, started, time.Time{}, keepFiles(req.Files))
		close(recorded)
		told := func() (last *wire.RunState, products []runs.Product) {
			s.do(func() { last, products = s.auth.LastRun(), s.auth.RunProducts(req.Run) })
			return last, products
		}
		s.keep(ended, state, told, started)
		if err != nil {
			if ctx.Err() == nil {
				s.hub.cfg.Report(s.id, fmt.Errorf("run: %w", err))
			}
			res = runs.Result{Verdict: wire.VerdictFailed, Detail: &wire.RunDetail{Message: err.Error()}}
		}
		p.stdin.Close()
		// On record before it is told: who hears of the end finds it there.
		last, products := told()
		last.Verdict, last.Detail = res.Verdict, res.Detail
		s.record(last, products, started, time.Now(), nil)
		s.do(func() {
			s.auth.RunEnded(req.Run, res)
			s.program = nil
		})
	})
}

// keep puts on record what a run has told since kept, until it has ended.
func (s *Session) keep(ended <-chan struct{}, kept *wire.RunState, told func() (*wire.RunState, []runs.Product), started time.Time) {
	tick := time.NewTicker(keepEach)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
		}
		if last, products := told(); !reflect.DeepEqual(last, kept) {
			s.record(last, products, started, time.Time{}, nil)
			kept = last
		}
	}
}

// do does something in the session's goroutine and waits for it. Once the
// session is over, what it owned is the caller's.
func (s *Session) do(f func()) {
	done := make(chan struct{})
	_ = s.post(context.Background(), mail{do: func() {
		f()
		close(done)
	}})
	select {
	case <-done:
	case <-s.ended:
		select {
		case <-done:
		default:
			f()
		}
	}
}

// record puts a run on record, with its source the first time. A session that
// has been deleted meanwhile needs none.
func (s *Session) record(st *wire.RunState, products []runs.Product, started, ended time.Time, source *string) {
	rec, err := toRecord(st, products, started, ended)
	if err == nil {
		rec.Source = source
		err = s.putRun(rec)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.hub.cfg.Report(s.id, fmt.Errorf("record of a run: %w", err))
	}
}

// putRun writes a record beside the session's goroutine, or in it if that fails since
// the log was opened again or must be.
func (s *Session) putRun(rec store.Run) error {
	put := func(l store.Log) error { return l.PutRun(context.Background(), rec) }
	l := s.current()
	err := put(l)
	if errors.Is(err, store.ErrFenced) || errors.Is(err, store.ErrUnknown) {
		s.do(func() {
			if errors.Is(err, store.ErrFenced) && s.current() != l {
				err = put(s.current())
			}
			v, _ := s.auth.Uncommitted()
			err = s.know(err, v, nil, put)
		})
	}
	return err
}

// events brings what a runner tells into the session.
type events struct {
	ctx      context.Context
	s        *Session
	run      string
	recorded <-chan struct{} // closed when the run's start is on record
}

// post does something in the session's goroutine, once the run's start is on record.
func (e *events) post(do func()) {
	<-e.recorded
	_ = e.s.post(e.ctx, mail{do: do})
}

// Stage implements [runs.Events].
func (e *events) Stage(stage wire.Stage, position int) {
	e.post(func() { e.s.auth.RunStage(e.run, stage, position) })
}

// Waiting implements [runs.Events].
func (e *events) Waiting(waiting bool) {
	e.post(func() { e.s.auth.RunWaiting(e.run, waiting) })
}

// Output implements [runs.Events].
func (e *events) Output(stream wire.Stream, data []byte) {
	data = append([]byte(nil), data...)
	e.post(func() { e.s.auth.RunOutput(e.run, stream, data) })
}

// Diagnostics implements [runs.Events].
func (e *events) Diagnostics(list []wire.Diagnostic) {
	e.post(func() { e.s.auth.RunDiagnostics(e.run, list) })
}

// Product implements [runs.Events]. It compresses the content in the run's goroutine, not
// in the session's.
func (e *events) Product(p wire.Product, data []byte) {
	packed, err := runs.Pack(p, data)
	if err != nil {
		e.s.hub.cfg.Report(e.s.id, err)
		return
	}
	e.post(func() { e.s.auth.RunProduct(e.run, packed) })
}

// Test implements [runs.Events].
func (e *events) Test(t wire.Test) {
	e.post(func() { e.s.auth.RunTest(e.run, t) })
}
