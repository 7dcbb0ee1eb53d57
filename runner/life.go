package runner

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/corust-dev/corust/runner/agent"
)

// state is where a box is in its life, as far as its agent has told.
type state uint8

// The states, in order. A box that is lost stays in the state it was lost in.
const (
	stateGreeting state = iota // the box was made, and its agent has yet to greet
	stateAccepted              // the agent has greeted and gets the job
	stateRunning               // a step runs
	stateBetween               // a step has ended well, and there is another
	stateEnding                // no further step will begin
	stateOver                  // nothing more is read
)

var stateNames = [...]string{"greeting", "accepted", "running", "between steps", "ending", "over"}

// String returns the state's name.
func (s state) String() string { return stateNames[s] }

// life is what each frame means in each state. A frame that is not here is not the
// protocol: the agent is ours, so the box is not well, and its run fails with ErrBoxDied.
// A failure of the agent is said in any state, and ends the run in the same way.
var life = [...]map[agent.Type]transition{
	stateGreeting: {
		agent.TypeReady:   (*run).ready,
		agent.TypeFailure: (*run).failure,
	},
	stateAccepted: {
		agent.TypeStepStart: (*run).stepStart,
		agent.TypeStepEnd:   (*run).toolMissing,
		agent.TypeFailure:   (*run).failure,
	},
	stateRunning: {
		agent.TypeStdout:      (*run).stdout,
		agent.TypeStderr:      (*run).stderr,
		agent.TypeStdinCredit: (*run).stdinCredit,
		agent.TypeStdinWait:   (*run).stdinWait,
		agent.TypeStepEnd:     (*run).stepEnd,
		agent.TypeFailure:     (*run).failure,
	},
	stateBetween: {
		agent.TypeStdinCredit: (*run).stdinCredit, // of the step that has ended
		agent.TypeStepStart:   (*run).stepStart,
		agent.TypeStepEnd:     (*run).notExecutable,
		agent.TypeFailure:     (*run).failure,
	},
	stateEnding: {
		agent.TypeStdinCredit: (*run).stdinCredit,
		agent.TypeEnd:         (*run).jobEnd,
		agent.TypeFailure:     (*run).failure,
	},
	stateOver: {},
}

// transition takes a frame that is in turn and returns the next state. The error is
// errOutOfTurn if what the frame says is not in turn after all, as another step's number.
type transition func(u *run, payload []byte) (state, error)

var errOutOfTurn = errors.New("out of turn")

// frame takes one frame of the agent's.
func (u *run) frame(typ agent.Type, payload []byte) error {
	take, ok := life[u.state][typ]
	err := errOutOfTurn
	if ok {
		var next state
		if next, err = take(u, payload); err == nil {
			u.state = next
			return nil
		}
	}
	if errors.Is(err, errOutOfTurn) {
		err = fmt.Errorf("%w: frame %q %w in state %q", agent.ErrProtocol, byte(typ), err, u.state)
	}
	return err
}

// ready takes the agent's greeting.
func (u *run) ready(payload []byte) (state, error) {
	var m agent.Ready
	if err := agent.Decode(agent.TypeReady, payload, &m); err != nil {
		return 0, err
	}
	if m.Version != agent.Version {
		return 0, fmt.Errorf("%w: the box's agent speaks version %d, this corust %d", agent.ErrProtocol, m.Version, agent.Version)
	}
	return stateAccepted, nil
}

// stepStart begins the next step.
func (u *run) stepStart(payload []byte) (state, error) {
	var m agent.StepStart
	if err := agent.Decode(agent.TypeStepStart, payload, &m); err != nil {
		return 0, err
	}
	if m.Nonce != u.nonce || m.Step != u.stage+1 || m.Step >= len(u.plan.Steps) {
		return 0, errOutOfTurn
	}
	u.stage, u.sent = m.Step, [2]int64{}
	step := u.plan.Steps[m.Step]
	u.weigh(step.Stage)
	u.out.put(Event{Kind: KindStageStart, Stage: step.Stage})
	if step.Stdin != StdinNone {
		// Not before: what is read from the caller cannot be given back, should
		// the box turn out to be dead.
		u.openStdin(step)
	}
	return stateRunning, nil
}

// stdout and stderr pass on what the step has written. The agent was told to stop it
// before more than the caps allow.
func (u *run) stdout(data []byte) (state, error) {
	step := u.plan.Steps[u.stage]
	if u.sent[0] += int64(len(data)); u.sent[0] > step.stdoutLimit(u.req.Limits.Output) {
		return 0, errOutOfTurn
	}
	e := Event{Kind: KindStdout, Stage: step.Stage, Data: data}
	if step.Product.Name != "" {
		e.Kind, e.Product = KindProduct, &step.Product
	}
	u.out.put(e)
	return stateRunning, nil
}

func (u *run) stderr(data []byte) (state, error) {
	step := u.plan.Steps[u.stage]
	if u.sent[1] += int64(len(data)); u.sent[1] > stderrLimit(step, u.req.Limits.Output) {
		return 0, errOutOfTurn
	}
	switch d := u.formats[u.stage]; {
	case d == nil:
		u.out.put(Event{Kind: KindStderr, Stage: step.Stage, Data: data})
	case !d.over: // otherwise nothing more is shown, and nothing need be read
		d.Write(data)
	}
	return stateRunning, nil
}

// stdinCredit takes room for standard input back.
func (u *run) stdinCredit(payload []byte) (state, error) {
	if len(payload) != 4 || u.input == nil || !u.input.credit(int(binary.BigEndian.Uint32(payload))) {
		return 0, errOutOfTurn
	}
	return u.state, nil
}

// stdinWait hears that the program waits for input, or does not any more.
func (u *run) stdinWait(payload []byte) (state, error) {
	var m agent.StdinWait
	if err := agent.Decode(agent.TypeStdinWait, payload, &m); err != nil {
		return 0, err
	}
	if u.input == nil || !u.input.asked(m) {
		return 0, errOutOfTurn
	}
	return stateRunning, nil
}

// stepEnd ends the step that runs.
func (u *run) stepEnd(payload []byte) (state, error) {
	var m agent.StepEnd
	if err := agent.Decode(agent.TypeStepEnd, payload, &m); err != nil {
		return 0, err
	}
	if m.Nonce != u.nonce || m.Step != u.stage {
		return 0, errOutOfTurn
	}
	if u.input != nil {
		u.input.close() // the end of the stage is the end of any wait
	}
	over := u.closeStderr(&m)
	next := u.stageEnded(m)
	if over {
		return stateOver, nil // whatever the agent goes on to
	}
	return next, nil
}

// toolMissing ends a job whose first command cannot be executed: a tool of ours.
func (u *run) toolMissing(payload []byte) (state, error) {
	var m agent.StepEnd
	if err := agent.Decode(agent.TypeStepEnd, payload, &m); err != nil {
		return 0, err
	}
	if m.NotStarted == "" {
		return 0, errOutOfTurn
	}
	return 0, errors.New(m.NotStarted)
}

// notExecutable ends a step whose program was built and cannot be executed. Sources can
// bring that about, so it is no failure of ours.
func (u *run) notExecutable(payload []byte) (state, error) {
	var m agent.StepEnd
	if err := agent.Decode(agent.TypeStepEnd, payload, &m); err != nil {
		return 0, err
	}
	if m.NotStarted == "" || m.Nonce != u.nonce || m.Step != u.stage+1 {
		return 0, errOutOfTurn
	}
	u.stage, m.Exit = m.Step, -1
	stage := u.plan.Steps[m.Step].Stage
	u.out.put(Event{Kind: KindStageStart, Stage: stage})
	text := "corust: " + m.NotStarted + "\n"
	u.out.put(Event{Kind: KindStderr, Stage: stage, Data: []byte(text[:min(len(text), int(u.req.Limits.Output))])})
	m.Wall = max(m.Wall, 1) // it took no time that anybody measured
	return u.stageEnded(m), nil
}

// jobEnd ends the run.
func (u *run) jobEnd(payload []byte) (state, error) {
	var m agent.End
	if err := agent.Decode(agent.TypeEnd, payload, &m); err != nil {
		return 0, err
	}
	if m.Nonce != u.nonce {
		return 0, errOutOfTurn
	}
	return stateOver, nil
}

// failure takes the agent's word that it cannot do its part.
func (u *run) failure(payload []byte) (state, error) {
	var m agent.Failure
	if err := agent.Decode(agent.TypeFailure, payload, &m); err != nil {
		return 0, err
	}
	return 0, fmt.Errorf("the agent failed: %s", m.Error)
}

// stageEnded reports a step that has ended and returns the next state.
func (u *run) stageEnded(m agent.StepEnd) state {
	name := u.plan.Steps[m.Step].Stage
	stage := Stage{
		Name: name, ExitCode: m.Exit, Signal: Signal(m.Signal),
		Usage: Usage{
			Wall: m.Wall, Waited: m.Waited, CPU: m.CPU, PeakMemory: m.PeakMemory,
			OOMKills: m.OOMKills, ProcessesDenied: m.ProcessesDenied,
		},
	}
	u.result.Stages = append(u.result.Stages, stage)
	u.result.Stage, u.result.ExitCode, u.result.Signal = name, stage.ExitCode, stage.Signal
	u.result.Verdict = judge(name, m)
	last := u.stage+1 == len(u.plan.Steps)
	next := stateEnding
	switch {
	case u.result.Verdict == VerdictOK && !last:
		next = stateBetween
	case u.result.Verdict == VerdictOK && u.plan.NoProgram:
		u.result.Verdict = VerdictNoProgram
	}
	u.out.put(Event{Kind: KindStageEnd, Stage: name, Ended: &stage})
	return next
}
