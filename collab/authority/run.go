package authority

import (
	"fmt"

	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/wire"
)

// RunWork returns the pending work for the run since the last call. The text of a start
// must be committed before.
func (a *Authority) RunWork() []runs.Work { return a.run.Work() }

// Running reports whether a run is under way.
func (a *Authority) Running() bool { return a.run.Running() }

// LastRun gives the current or last run, nil if there is none.
func (a *Authority) LastRun() *wire.RunState { return a.run.Snapshot() }

// RunProducts returns the products of the current or last run with their content, nil if
// it has another id.
func (a *Authority) RunProducts(id string) []runs.Product { return a.run.Products(id) }

// RunSize returns the bytes that the products of the current or last run take.
func (a *Authority) RunSize() int { return a.run.Size() }

// RecallRun takes over the last run that is on record, nil if there is none. Later runs
// get numbers above number, so that no id is used again.
func (a *Authority) RecallRun(st *wire.RunState, number int64) {
	a.runs = number
	if st != nil {
		a.run = runs.Recall(st)
	}
}

// runMessage handles a member's message about the run. It notifies all members including
// the sender, so all see the same order of events.
func (a *Authority) runMessage(m *member, msg wire.ClientMessage) error {
	switch msg := msg.(type) {
	case *wire.RunMsg:
		stdin := msg.Stdin
		if len(stdin) == 0 {
			stdin = nil // members type it
		}
		return a.startRun(m.id, m.name, m.Owner, msg.Options, stdin)
	case *wire.StdinMsg:
		if !a.run.Is(msg.Run) {
			return fmt.Errorf("input for %.40q: %w", msg.Run, wire.ErrNoRun)
		}
		return a.input(m.id, msg.Data, msg.EOF)
	case *wire.StopMsg:
		if !a.run.Is(msg.Run) {
			return fmt.Errorf("stop of %.40q: %w", msg.Run, wire.ErrNoRun)
		}
		a.run.Stop(m.id)
	}
	return nil
}

// startRun starts a run of the files at the head. If stdin is not nil, it is all that the
// program reads. The error wraps [wire.ErrRunning] while another run is under way, and
// [wire.ErrTooLarge].
func (a *Authority) startRun(by wire.ClientID, name, owner string, options wire.RunOptions, stdin []byte) error {
	if n := len(stdin); n > a.lim.Stdin {
		return wire.Exceeds("stdin", n, a.lim.Stdin, wire.UnitBytes)
	}
	if a.run.Running() {
		return fmt.Errorf("run %s is not over: %w", a.run.ID(), wire.ErrRunning)
	}
	started := wire.RunStarted{
		Run: fmt.Sprintf("%s-%d-%d", a.doc.epoch, a.doc.version, a.runs+1),
		By:  by, Name: name, Version: a.doc.version, Options: options,
	}
	run, err := runs.Start(started, owner, a.doc.files)
	if err != nil {
		return err
	}
	a.run, a.ahead = run, nil
	a.runs++
	a.broadcast(0, &started)
	if stdin != nil {
		return a.input(by, stdin, true)
	}
	return nil
}

// input types into the program.
func (a *Authority) input(by wire.ClientID, data []byte, eof bool) error {
	in, err := a.run.Input(by, data, eof, a.lim.Stdin)
	if err != nil {
		return err
	}
	a.broadcast(0, in)
	return nil
}

// runEvent sends an event to all members, if the run with that id is under way.
func (a *Authority) runEvent(id string, event func() wire.ServerMessage) {
	if !a.run.Is(id) {
		return
	}
	if m := event(); m != nil {
		a.broadcast(0, m)
	}
}

// RunStage sends all members the stage of the run.
func (a *Authority) RunStage(id string, stage wire.Stage, position int) {
	a.runEvent(id, func() wire.ServerMessage { return a.run.Stage(stage, position) })
}

// RunWaiting notifies all members whether the program waits for input.
func (a *Authority) RunWaiting(id string, waiting bool) {
	a.runEvent(id, func() wire.ServerMessage { return a.run.Waiting(waiting) })
}

// RunOutput passes a piece of output on to all members.
func (a *Authority) RunOutput(id string, stream wire.Stream, data []byte) {
	a.runEvent(id, func() wire.ServerMessage { return a.run.Output(stream, data) })
}

// RunProduct keeps a product and announces it to all members.
func (a *Authority) RunProduct(id string, p runs.Product) {
	a.runEvent(id, func() wire.ServerMessage { return a.run.Product(p) })
}

// RunTest sends all members the result of a test.
func (a *Authority) RunTest(id string, t wire.Test) {
	a.runEvent(id, func() wire.ServerMessage { return a.run.Test(t) })
}

// RunEnded sends all members the result of the run.
func (a *Authority) RunEnded(id string, res runs.Result) {
	a.runEvent(id, func() wire.ServerMessage { return a.run.End(res) })
}

// RunDiagnostics sends all members the compiler's diagnostics: at the version of the
// text that runs; or at the head to members who joined after the run began, since they
// do not know how the text has changed.
func (a *Authority) RunDiagnostics(id string, list []wire.Diagnostic) {
	if !a.run.Is(id) {
		return
	}
	m := a.run.Diagnose(a.doc.epoch, list)
	if m == nil {
		return
	}
	then, now := &Frame{Message: m}, &Frame{Message: m}
	if late := a.run.DiagnosticsAt(a.doc); late != nil {
		now.Message = late
	}
	for _, c := range a.order {
		switch o := a.conns[c]; {
		case !o.listens():
		case o.since > m.Version:
			a.out = append(a.out, Delivery{To: c, Frame: now})
		default:
			a.out = append(a.out, Delivery{To: c, Frame: then})
		}
	}
}
