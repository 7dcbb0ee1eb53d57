package runner

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/corust-dev/corust/runner/agent"
)

// state is the state of a box, as reported by its agent.
type state uint8

// The states, in order. A lost box stays in its last state.
const (
	stateGreeting state = iota // the box was made, and its agent has yet to greet
	stateAccepted              // the agent has greeted and gets the job
	stateRunning               // a step runs
	stateBetween               // a step has ended well, and there is another
	stateLeaving               // the last step of a compilation ahead has ended well
	stateEnding                // no further step will begin
	stateOver                  // nothing more is read
)

var stateNames = [...]string{"greeting", "accepted", "running", "between steps", "leaving", "ending", "over"}

// String returns the state's name.
func (s state) String() string { return stateNames[s] }

// life maps each state and frame to a transition. Any other frame violates the protocol:
// since the agent is trusted, the box is broken, and its run fails with ErrBoxDied. The
// agent can report a failure in any state, which ends the run in the same way.
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
		agent.TypeLeft:        (*run).left,
		agent.TypeLeftData:    (*run).leftData,
		agent.TypeStepStart:   (*run).stepStart,
		agent.TypeStepEnd:     (*run).notExecutable,
		agent.TypeFailure:     (*run).failure,
	},
	stateLeaving: {
		agent.TypeStdinCredit: (*run).stdinCredit,
		agent.TypeLeft:        (*run).left,
		agent.TypeLeftData:    (*run).leftData,
		agent.TypeEnd:         (*run).jobEnd,
		agent.TypeFailure:     (*run).failure,
	},
	stateEnding: {
		agent.TypeStdinCredit: (*run).stdinCredit,
		agent.TypeEnd:         (*run).jobEnd,
		agent.TypeFailure:     (*run).failure,
	},
	stateOver: {},
}

// transition handles a frame that life allows and returns the next state. It returns
// errOutOfTurn if the payload does not fit the state, such as another step's number.
type transition func(u *run, payload []byte) (state, error)

var errOutOfTurn = errors.New("out of turn")

// frame handles one frame of the agent.
func (u *run) frame(typ agent.Type, payload []byte) error {
	if u.state == stateAccepted && u.skip > 0 && (typ == agent.TypeStepStart || typ == agent.TypeStepEnd) {
		if u.state = u.replay(); u.state != stateBetween {
			return nil
		}
	}
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

// ready handles the agent's greeting.
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
	m.Step += u.skip
	if m.Nonce != u.nonce || m.Step != u.stage+1 || m.Step >= len(u.plan.Steps) || u.record != nil && u.record.pending > 0 {
		return 0, errOutOfTurn
	}
	step := u.plan.Steps[m.Step]
	u.enter(m.Step)
	u.weigh(step.Stage)
	if step.Stdin != StdinNone {
		// Not earlier: input that was read from the caller would be lost if the box
		// turned out to be dead.
		u.openStdin(step)
	}
	return stateRunning, nil
}

// enter begins a step.
func (u *run) enter(step int) {
	u.stage, u.sent, u.cut = step, [2]int64{}, cutter{left: u.plan.Steps[step].Product.Cap}
	stage := u.plan.Steps[step].Stage
	if u.record != nil {
		if stage == StageCompile {
			u.record.Steps = append(u.record.Steps, Compiled{})
		} else {
			u.keep()
		}
	}
	u.out.put(Event{Kind: KindStageStart, Stage: stage})
}

// replay reports the compile steps of an artifact as if they were executed.
func (u *run) replay() state {
	next := stateBetween
	for i, s := range u.artifact.Steps {
		u.enter(i)
		if len(s.Stdout) > 0 {
			_, _ = u.stdout(s.Stdout) // the artifact fits the caps
		}
		if len(s.Stderr) > 0 {
			_, _ = u.stderr(s.Stderr)
		}
		m := agent.StepEnd{Step: i}
		over := u.closeStreams(&m)
		if next = u.stageEnded(m); over {
			return stateOver
		}
	}
	u.artifact = nil // the box has it
	u.loan.release()
	return next
}

// left begins a file that a compile step leaves.
func (u *run) left(payload []byte) (state, error) {
	var m agent.Left
	if err := agent.Decode(agent.TypeLeft, payload, &m); err != nil {
		return 0, err
	}
	if u.record == nil || m.Nonce != u.nonce || m.Step != u.stage || u.record.pending > 0 ||
		m.Size < -1 || m.Size > agent.MaxLeft || !slices.Contains(u.plan.Steps[u.stage].Leaves, m.Name) ||
		len(u.record.Files) == len(u.plan.leaves()) {
		return 0, errOutOfTurn
	}
	u.record.begin(m.Name, m.Size)
	return u.state, nil
}

// leftData adds to the file that left began.
func (u *run) leftData(data []byte) (state, error) {
	if u.record == nil || !u.record.add(data) {
		return 0, errOutOfTurn
	}
	return u.state, nil
}

// stdout and stderr emit what the step has written. The agent stops the step at the
// caps, so more than the caps is out of turn.
func (u *run) stdout(data []byte) (state, error) {
	step := &u.plan.Steps[u.stage]
	if u.sent[0] += int64(len(data)); u.sent[0] > step.stdoutLimit(u.req.Limits.Output) {
		return 0, errOutOfTurn
	}
	u.record.print(func(c *Compiled) *[]byte { return &c.Stdout }, data)
	if step.Product.Name != "" {
		u.product(step, data)
	} else {
		u.out.put(Event{Kind: KindStdout, Stage: step.Stage, Data: data})
	}
	if tap := u.taps[u.stage]; tap != nil {
		tap.Write(data)
	}
	return stateRunning, nil
}

func (u *run) stderr(data []byte) (state, error) {
	step := u.plan.Steps[u.stage]
	if u.sent[1] += int64(len(data)); u.sent[1] > step.stderrLimit(u.req.Limits.Output) {
		return 0, errOutOfTurn
	}
	u.record.print(func(c *Compiled) *[]byte { return &c.Stderr }, data)
	switch d := u.formats[u.stage]; {
	case d == nil:
		u.out.put(Event{Kind: KindStderr, Stage: step.Stage, Data: data})
	case !d.over: // otherwise the cap on text is reached
		d.Write(data)
	}
	return stateRunning, nil
}

// stdinCredit returns credit to the window of standard input.
func (u *run) stdinCredit(payload []byte) (state, error) {
	if len(payload) != 4 || u.input == nil || !u.input.credit(int(binary.BigEndian.Uint32(payload))) {
		return 0, errOutOfTurn
	}
	return u.state, nil
}

// stdinWait handles that the program starts or stops waiting for input.
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
	m.Step += u.skip
	if m.Nonce != u.nonce || m.Step != u.stage {
		return 0, errOutOfTurn
	}
	if u.input != nil {
		u.input.close() // the end of the stage also ends a wait
	}
	over := u.closeStreams(&m)
	next := u.stageEnded(m)
	if over {
		return stateOver, nil // ignores further steps of the agent
	}
	return next, nil
}

// toolMissing fails a job whose first command, a tool of the toolchain, cannot be
// executed.
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

// notExecutable ends a step whose program was built but cannot be executed. Sources can
// cause that, so it is not an error of the runner.
func (u *run) notExecutable(payload []byte) (state, error) {
	var m agent.StepEnd
	if err := agent.Decode(agent.TypeStepEnd, payload, &m); err != nil {
		return 0, err
	}
	m.Step += u.skip
	if m.NotStarted == "" || m.Nonce != u.nonce || m.Step != u.stage+1 || u.record != nil && u.record.pending > 0 {
		return 0, errOutOfTurn
	}
	m.Exit = -1
	stage := u.plan.Steps[m.Step].Stage
	u.enter(m.Step)
	text := "corust: " + m.NotStarted + "\n"
	u.out.put(Event{Kind: KindStderr, Stage: stage, Data: []byte(text[:min(len(text), int(u.req.Limits.Output))])})
	m.Wall = max(m.Wall, 1) // the agent did not measure it
	return u.stageEnded(m), nil
}

// jobEnd ends the run.
func (u *run) jobEnd(payload []byte) (state, error) {
	var m agent.End
	if err := agent.Decode(agent.TypeEnd, payload, &m); err != nil {
		return 0, err
	}
	if m.Nonce != u.nonce || u.state == stateLeaving && u.record.pending > 0 {
		return 0, errOutOfTurn
	}
	if u.state == stateLeaving {
		u.keep()
	}
	return stateOver, nil
}

// failure handles the agent's report that it has failed.
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
		Cached: m.Step < u.skip,
	}
	u.result.Stages = append(u.result.Stages, stage)
	u.result.Stage, u.result.ExitCode, u.result.Signal = name, stage.ExitCode, stage.Signal
	u.result.Verdict = judge(name, m)
	last := u.stage+1 == len(u.plan.Steps)
	next := stateEnding
	switch {
	case u.result.Verdict == VerdictOK && !last:
		next = stateBetween
	case u.result.Verdict == VerdictOK && u.req.Ahead && u.record != nil:
		next = stateLeaving
	case u.result.Verdict == VerdictOK && u.plan.NoProgram:
		u.result.Verdict = VerdictNoProgram
	}
	u.out.put(Event{Kind: KindStageEnd, Stage: name, Ended: &stage})
	return next
}
