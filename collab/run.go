package collab

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
)

// Runner is what a session needs to run its text. Run blocks until the run has
// ended; it tells what happens through out, from any goroutine, and ends soon
// after ctx is done. What the program does is a verdict; an error is the
// runner's own failure.
type Runner interface {
	Run(ctx context.Context, req RunRequest, out RunEvents) (RunResult, error)
}

// RunRequest is one run. Stdin delivers what people type, and ends when one of
// them says so; a runner that does not need it leaves it alone.
type RunRequest struct {
	Session SessionID
	// Owner is that of the [Visitor] who asked for the run.
	Owner   string
	Run     string
	Version Version
	Source  string
	Options json.RawMessage
	Stdin   io.Reader
}

// RunEvents receives a run's events. The methods may block while the session
// is busy: so a program can not outrun those who watch it.
type RunEvents interface {
	Stage(name string)
	// Waiting tells that the program has begun, or ceased, to wait for input.
	Waiting(waiting bool)
	Output(stream string, data []byte)
	// Diagnostics is called at most once.
	Diagnostics(list []Diagnostic)
}

// RunResult is how a run ended, in the runner's words.
type RunResult struct {
	Verdict string
	Detail  json.RawMessage
}

// MaxStdin is how many bytes people may type into one run.
const MaxStdin = 1 << 20

// Bounds of a run. The runner has limits of its own; these hold whatever it does.
const (
	// maxOutput is how many bytes of each stream are passed on and kept.
	maxOutput = 1 << 20
	// keptPiece is how large a piece becomes, at least, before what follows is
	// kept in another, in bytes.
	keptPiece = 4 << 10
	// maxPieces bounds what those who come later are told of the order of the
	// streams among each other.
	maxPieces = 2048
	// maxOptions is the size of a run's options in bytes, which all are told and
	// the record has.
	maxOptions = 4 << 10
)

// streamStdin is the stream that holds what people typed, in what is kept.
const streamStdin = "stdin"

// run is the session's current or last run.
type run struct {
	started RunStarted
	stage   string
	waiting bool // for input
	output  []*RunOutput
	offset  map[string]int64
	closed  bool // standard input
	stopped ClientID
	ended   bool
	verdict string
	detail  json.RawMessage

	length      int             // of the text that runs
	diagnostics *RunDiagnostics // as they were told; never changed, nor what moved is
	moved       *RunDiagnostics // the same at a later version, for those who come

	// What the owner has to do; taken by [Authority.RunWork].
	work []RunWork
}

// RunWork is something that the authority wants done with a run.
type RunWork struct {
	Start *RunRequest // without Stdin
	Stdin []byte
	EOF   bool
	Stop  bool
}

func (r *run) state() *RunState {
	// The pieces may still grow; whoever is told now must not be told twice.
	out := make([]*RunOutput, len(r.output))
	for i, o := range r.output {
		piece := *o
		out[i] = &piece
	}
	return &RunState{RunStarted: r.started, Stage: r.stage, Waiting: r.waiting, Output: out, Verdict: r.verdict, Stopped: r.stopped, Detail: r.detail, Diagnostics: r.diagnostics}
}

// Messages are those that tell a run from its start, as far as it is kept.
func (s *RunState) Messages() []ServerMessage {
	list := []ServerMessage{&s.RunStarted}
	if s.Stage != "" {
		list = append(list, &RunStage{Run: s.Run, Stage: s.Stage})
	}
	if s.Waiting {
		list = append(list, &RunWaiting{Run: s.Run, Waiting: true})
	}
	for _, o := range s.Output {
		if o.Stream == streamStdin {
			list = append(list, &RunInput{Run: s.Run, By: o.By, Offset: o.Offset, Data: o.Data, EOF: o.EOF})
			continue
		}
		list = append(list, o)
	}
	if s.Diagnostics != nil {
		list = append(list, s.Diagnostics)
	}
	if s.Verdict != "" {
		list = append(list, &RunEnded{Run: s.Run, Verdict: s.Verdict, Stopped: s.Stopped, Detail: s.Detail})
	}
	return list
}

// RunWork gives what is to be done with the run since the last call. What a
// start runs is the text at its version, which must be committed before.
func (a *Authority) RunWork() []RunWork {
	if a.run == nil {
		return nil
	}
	w := a.run.work
	a.run.work = nil
	return w
}

// Running reports whether a run is under way.
func (a *Authority) Running() bool { return a.run != nil && !a.run.ended }

// runMessage takes what somebody asks of the run. Who pressed what is told to
// all, the sender included: there is one order of events for everyone.
func (a *Authority) runMessage(m *member, msg ClientMessage) error {
	switch msg := msg.(type) {
	case *RunMsg:
		if a.Running() {
			return fmt.Errorf("run %s is not over: %w", a.run.started.Run, ErrBusy)
		}
		if n := len(msg.Options); n > maxOptions {
			return fmt.Errorf("options of %d bytes, limit %d: %w", n, maxOptions, ErrTooLarge)
		}
		r := &run{offset: map[string]int64{}, length: a.doc.text.Len()}
		r.started = RunStarted{
			Run: fmt.Sprintf("%s-%d-%d", a.doc.epoch, a.doc.version, a.nextRun()),
			By:  m.id, Name: m.name, Version: a.doc.version, Options: msg.Options,
		}
		r.work = []RunWork{{Start: &RunRequest{
			Owner: m.Owner, Run: r.started.Run, Version: a.doc.version, Source: a.doc.text.String(), Options: msg.Options,
		}}}
		a.run = r
		a.broadcast(0, &r.started)
	case *StdinMsg:
		if !a.Running() || a.run.started.Run != msg.Run {
			return fmt.Errorf("input for %.40q: %w", msg.Run, ErrNoRun)
		}
		r := a.run
		if r.closed {
			return fmt.Errorf("standard input has ended: %w", ErrNoRun)
		}
		at := r.offset[streamStdin]
		if n := at + int64(len(msg.Data)); n > int64(a.lim.Stdin) {
			return fmt.Errorf("input of %d bytes, limit %d: %w", n, a.lim.Stdin, ErrTooLarge)
		}
		r.offset[streamStdin] += int64(len(msg.Data))
		r.closed = msg.EOF
		r.work = append(r.work, RunWork{Stdin: msg.Data, EOF: msg.EOF})
		a.broadcast(0, &RunInput{Run: msg.Run, By: m.id, Offset: at, Data: msg.Data, EOF: msg.EOF})
		r.keep(RunOutput{Run: msg.Run, Stream: streamStdin, Offset: at, Data: msg.Data, By: m.id, EOF: msg.EOF})
	case *StopMsg:
		if !a.Running() || a.run.started.Run != msg.Run {
			return fmt.Errorf("stop of %.40q: %w", msg.Run, ErrNoRun)
		}
		if a.run.stopped == "" {
			a.run.stopped = m.id
		}
		a.run.work = append(a.run.work, RunWork{Stop: true})
	}
	return nil
}

// nextRun tells runs of one version apart.
func (a *Authority) nextRun() int64 {
	a.runs++
	return a.runs
}

// RunStage tells everybody what the run does now.
func (a *Authority) RunStage(id, stage string) {
	if a.Running() && a.run.started.Run == id {
		a.run.stage = stage
		a.broadcast(0, &RunStage{Run: id, Stage: stage})
	}
}

// RunWaiting tells everybody whether the program waits for input.
func (a *Authority) RunWaiting(id string, waiting bool) {
	if a.Running() && a.run.started.Run == id && a.run.waiting != waiting {
		a.run.waiting = waiting
		a.broadcast(0, &RunWaiting{Run: id, Waiting: waiting})
	}
}

// RunOutput passes on a piece of output, and keeps it for those who come
// later.
func (a *Authority) RunOutput(id, stream string, data []byte) {
	if !a.Running() || a.run.started.Run != id {
		return
	}
	r := a.run
	if room := maxOutput - r.offset[stream]; int64(len(data)) > room {
		data = data[:max(room, 0)]
	}
	if len(data) == 0 {
		return
	}
	o := &RunOutput{Run: id, Stream: stream, Offset: r.offset[stream], Data: data}
	r.offset[stream] += int64(len(data))
	a.broadcast(0, o)
	r.keep(*o)
}

// keep keeps a piece for those who come later. A program that prints byte by
// byte is kept in larger pieces; one that does so on two streams in turn, from
// some point on, without the order between them.
func (r *run) keep(o RunOutput) {
	full := len(r.output) >= maxPieces
	for i := len(r.output) - 1; i >= 0; i-- {
		last := r.output[i]
		if last.Stream == o.Stream {
			if last.By == o.By && (full || len(last.Data) < keptPiece) {
				last.Data, last.EOF = append(last.Data, o.Data...), o.EOF
				return
			}
			break
		}
		if !full {
			break
		}
	}
	if full && o.Stream == streamStdin {
		return // people who type in turn, thousands of times; the output is kept
	}
	o.Data = append(make([]byte, 0, len(o.Data)), o.Data...)
	r.output = append(r.output, &o)
}

// RunEnded tells everybody how the run ended.
func (a *Authority) RunEnded(id string, res RunResult) {
	if !a.Running() || a.run.started.Run != id {
		return
	}
	r := a.run
	r.ended, r.waiting, r.verdict, r.detail = true, false, res.Verdict, res.Detail
	a.broadcast(0, &RunEnded{Run: id, Verdict: res.Verdict, Stopped: r.stopped, Detail: res.Detail})
}

// LastRun is the record of the current or last run, nil if there is none.
func (a *Authority) LastRun() *RunState {
	if a.run == nil {
		return nil
	}
	return a.run.state()
}
