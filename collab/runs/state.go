package runs

import (
	"fmt"
	"slices"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/wire"
)

// Bounds of a run. They hold beside the limits of the runner.
const (
	// maxOutput is how many bytes of each stream are passed on and kept.
	maxOutput = 1 << 20
	// keptPiece is the size in bytes from which a kept piece of output no longer
	// grows.
	keptPiece = 4 << 10
	// maxPieces bounds the kept pieces of output. Above it, pieces are merged, and
	// their order between streams is lost.
	maxPieces = 2048
)

// State is the current or last run of a session. It is pure and belongs to one
// goroutine. Methods that report an event of the run return the message for all
// members, or nil if there is nothing to tell. A nil State is no run.
type State struct {
	started  wire.RunStarted
	stage    wire.Stage
	position int  // in the queue
	waiting  bool // for input
	output   []*wire.RunOutput
	offset   map[wire.Stream]int64 // by stream, in bytes
	closed   bool                  // standard input
	stopped  wire.ClientID
	ended    bool
	verdict  wire.Verdict
	detail   *wire.RunDetail

	lengths     map[wire.FileID]int  // of the texts that run
	diagnostics *wire.RunDiagnostics // at the run's version; neither is changed once set
	moved       *wire.RunDiagnostics // the same at a later version

	products      []Product
	productsBytes int // of their content
	tests         []wire.Test
	testsBytes    int // of their JSON

	work []Work
}

// Work is something that the owner of a State is to do with the program.
type Work struct {
	Start *Request // without Session and Stdin
	Stdin []byte
	EOF   bool
	Stop  bool
}

// Start begins a run of files, on behalf of owner. The error wraps
// [wire.ErrTooLarge] if the options are too long.
func Start(started wire.RunStarted, owner string, set files.Set) (*State, error) {
	if err := started.Options.Check(); err != nil {
		return nil, err
	}
	s := &State{started: started, offset: map[wire.Stream]int64{}, lengths: lengths(set)}
	s.work = []Work{{Start: &Request{
		Owner: owner, Run: started.Run, Version: started.Version, Files: set.Wire(), Options: started.Options,
	}}}
	return s, nil
}

// Recall makes the state of a run that has ended from its record.
func Recall(st *wire.RunState) *State {
	return &State{
		started: st.RunStarted, stage: st.Stage, position: st.Position, output: st.Output, ended: true, verdict: st.Verdict, stopped: st.Stopped,
		detail: st.Detail, diagnostics: st.Diagnostics, products: recalled(st.Products), tests: st.Tests,
	}
}

// Running reports whether the run is under way.
func (s *State) Running() bool { return s != nil && !s.ended }

// ID is the id of the run.
func (s *State) ID() string { return s.started.Run }

// Is reports whether the run is under way and has this id.
func (s *State) Is(id string) bool { return s.Running() && s.started.Run == id }

// Work gives what is to be done with the program since the last call. The files that a
// start runs must be committed before.
func (s *State) Work() []Work {
	if s == nil {
		return nil
	}
	w := s.work
	s.work = nil
	return w
}

// Snapshot gives a copy of the state as wire has it, nil if there is no run.
func (s *State) Snapshot() *wire.RunState {
	if s == nil {
		return nil
	}
	// The pieces may still grow, and what has been told must not.
	out := make([]*wire.RunOutput, len(s.output))
	for i, o := range s.output {
		piece := *o
		out[i] = &piece
	}
	return &wire.RunState{
		RunStarted: s.started, Stage: s.stage, Position: s.position, Waiting: s.waiting, Output: out, Verdict: s.verdict, Stopped: s.stopped,
		Detail: s.detail, Diagnostics: s.diagnostics, Products: described(s.products), Tests: slices.Clip(s.tests),
	}
}

// Input takes what a client types into the program, at most limit bytes in one run.
// The error wraps [wire.ErrNoRun] after the end of the input, and [wire.ErrTooLarge].
func (s *State) Input(by wire.ClientID, data []byte, eof bool, limit int) (*wire.RunInput, error) {
	if s.closed {
		return nil, fmt.Errorf("standard input has ended: %w", wire.ErrNoRun)
	}
	at := s.offset[wire.StreamStdin]
	if n := at + int64(len(data)); n > int64(limit) {
		return nil, wire.Exceeds("stdin", int(n), limit, wire.UnitBytes)
	}
	s.offset[wire.StreamStdin] += int64(len(data))
	s.closed = eof
	s.work = append(s.work, Work{Stdin: data, EOF: eof})
	s.keep(wire.RunOutput{Run: s.started.Run, Stream: wire.StreamStdin, Offset: at, Data: data, By: by, EOF: eof})
	return &wire.RunInput{Run: s.started.Run, By: by, Offset: at, Data: data, EOF: eof}, nil
}

// Stop asks the program to end. The first client that asks is named in the end.
func (s *State) Stop(by wire.ClientID) {
	if s.stopped == "" {
		s.stopped = by
	}
	s.work = append(s.work, Work{Stop: true})
}

// Stage says what the run does now, and its place in the queue while it is queued.
func (s *State) Stage(stage wire.Stage, position int) wire.ServerMessage {
	s.stage, s.position = stage, position
	return &wire.RunStage{Run: s.started.Run, Stage: stage, Position: position}
}

// Waiting says whether the program waits for input.
func (s *State) Waiting(waiting bool) wire.ServerMessage {
	if s.waiting == waiting {
		return nil
	}
	s.waiting = waiting
	return &wire.RunWaiting{Run: s.started.Run, Waiting: waiting}
}

// Output takes a piece of output and keeps it for those who join later. It cuts a
// stream off at 1 MiB.
func (s *State) Output(stream wire.Stream, data []byte) wire.ServerMessage {
	if room := maxOutput - s.offset[stream]; int64(len(data)) > room {
		data = data[:max(room, 0)]
	}
	if len(data) == 0 {
		return nil
	}
	o := &wire.RunOutput{Run: s.started.Run, Stream: stream, Offset: s.offset[stream], Data: data}
	s.offset[stream] += int64(len(data))
	s.keep(*o)
	return o
}

// keep keeps a piece for those who join later. Pieces of a program that prints byte by
// byte are merged. Above maxPieces, so are those of a program that alternates between
// two streams, and the order between the streams is lost.
func (s *State) keep(o wire.RunOutput) {
	full := len(s.output) >= maxPieces
	for i := len(s.output) - 1; i >= 0; i-- {
		last := s.output[i]
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
	if full && o.Stream == wire.StreamStdin {
		return // members who type in turn, thousands of times; the output is kept
	}
	o.Data = append(make([]byte, 0, len(o.Data)), o.Data...)
	s.output = append(s.output, &o)
}

// End ends the run.
func (s *State) End(res Result) wire.ServerMessage {
	s.ended, s.waiting, s.verdict, s.detail = true, false, res.Verdict, res.Detail
	return &wire.RunEnded{Run: s.started.Run, Verdict: res.Verdict, Stopped: s.stopped, Detail: res.Detail}
}
