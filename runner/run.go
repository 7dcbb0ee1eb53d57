package runner

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/corust-dev/corust/runner/agent"
)

// grace is what the agent gets, beyond the stages' own time, to report their
// end. After it the box is destroyed from outside.
const grace = 3 * time.Second

// greetTime is what a box gets to come up, which takes milliseconds, or tenths of a
// second where an engine makes it. A machine that needs longer will not do better
// with another box.
const greetTime = 30 * time.Second

// compileHaste is how long a box has its full weight for processor time: while it
// compiles, for so long at most. Most compilations are over by then, and one that is
// not, such as a macro that spins, does not hold up those that begin. A program has
// the lower weight from its start. Boxes of the same weight share evenly.
const compileHaste = 3 * time.Second

var errNoGreeting = errors.New("its agent did not greet")

// run is one request in one box.
type run struct {
	req    Request
	plan   Plan
	stdin  io.Reader // the caller's; nil is empty
	out    *outbox
	nonce  string
	first  uint32 // index of the first processor
	queued time.Duration

	// begun says that the agent has taken the job; only before that may the
	// request be given to another box.
	begun bool
	input *input // of the step that reads; nil before it
	limit *agent.Deadline
	haste *time.Timer // until a box that compiles yields; nil before it compiles
	// failed, if set, is why the request's standard input could not be read.
	failed atomic.Pointer[error]
	stage  int  // the current step or the last that ended, -1 before the first
	open   bool // the current step has not ended
	sent   [2]int64
	// formats read the standard error of each step; nil where that is text.
	formats []*decoded
	result  Result

	control *control
}

// rawLimit is the most bytes that a step may write to a standard error which has a
// Format. It is far above what the cap on its text leads to, but for
// messages about lines of many kilobytes, which are quoted in full for machines
// and in part for people. What it costs is this process's time to decode them.
func rawLimit(output int64) int64 { return max(64<<20, 32*output) }

// decoded is a step's standard error as its Format is read.
type decoded struct {
	Decoder
	left int64 // of the cap on text
	over bool  // there was more
}

// decode prepares the reading of standard errors that have a Format.
func (u *run) decode(planner Planner) error {
	u.formats = make([]*decoded, len(u.plan.Steps))
	for i, step := range u.plan.Steps {
		if step.Stderr.text() {
			continue
		}
		d := &decoded{left: u.req.Limits.Output}
		var err error
		d.Decoder, err = planner.Decoder(u.plan, step.Stderr, func(text []byte) {
			send := min(d.left, int64(len(text)))
			d.left -= send
			d.over = d.over || send < int64(len(text))
			if send > 0 {
				u.out.put(Event{Kind: KindStderr, Stage: step.Stage, Data: text[:send]})
			}
		}, func(found *Diagnostic) {
			u.out.put(Event{Kind: KindDiagnostic, Stage: step.Stage, Diagnostic: found})
		})
		if err != nil {
			return fmt.Errorf("step %d of the plan: %w", i, err)
		}
		u.formats[i] = d
	}
	return nil
}

// in runs the request in a box. The error is ours, the Result the stranger's.
func (u *run) in(ctx context.Context, box Box) (Result, error) {
	u.stage = -1
	u.result = Result{ExitCode: -1, Queued: u.queued, Stages: []Stage{}}

	limit := grace
	for _, s := range u.plan.Steps {
		limit += u.wall(s.Stage)
	}
	// Both kinds of deadline end the box itself, which ends every read below.
	u.limit = agent.NewDeadline(limit, func() { destroy(box) })
	defer u.limit.Stop()
	defer u.stopHaste()
	stop := context.AfterFunc(ctx, func() { destroy(box) })
	defer stop()

	err := u.talk(box)
	switch failed := u.failed.Load(); {
	case failed != nil:
		return Result{}, *failed
	case err == nil:
		return u.result, nil
	case ctx.Err() != nil:
		return u.end(VerdictCanceled), nil
	case !u.limit.Stop():
		if !u.begun {
			return Result{}, fmt.Errorf("%w: %w in %v", ErrBoxDied, errNoGreeting, limit)
		}
		// The agent was kept from killing the stage in time.
		return u.end(VerdictTimeout), nil
	}
	if c, cerr := box.Counters(); cerr == nil && c.OOMKills > 0 && u.stage >= 0 && !errors.Is(err, agent.ErrProtocol) {
		// The kernel chose the agent, which is as big as the program's processes
		// when there are many small ones.
		return u.end(VerdictMemory), nil
	}
	return Result{}, fmt.Errorf("%w: %w", ErrBoxDied, err)
}

// destroy ends a box in the middle of its run; the pool's own call then waits
// for it.
func destroy(box Box) {
	ctx, cancel := context.WithTimeout(context.Background(), destroyTime)
	defer cancel()
	_ = box.Destroy(ctx)
}

// limits are those that explain the result: what overflowed may be a product.
func (u *run) limits() Limits {
	l := u.req.Limits
	if u.stage >= 0 {
		if limit := u.plan.Steps[u.stage].stdoutLimit(l.Output); u.sent[0] >= limit {
			l.Output = limit
		}
	}
	return l
}

// end closes the result with a verdict that no report of the agent's supports.
func (u *run) end(v Verdict) Result {
	u.result.Verdict, u.result.ExitCode, u.result.Signal = v, -1, 0
	if u.stage >= 0 {
		u.result.Stage = u.plan.Steps[u.stage].Stage
	}
	return u.result
}

func (u *run) wall(stage StageName) time.Duration {
	if stage == StageCompile {
		return u.req.Limits.CompileTime
	}
	return u.req.Limits.RunTime
}

// talk hands the job over and follows it to its end.
func (u *run) talk(box Box) error {
	in := agent.NewReader(bufio.NewReaderSize(box, 32<<10))
	out := agent.NewWriter(box)
	late := time.AfterFunc(greetTime, func() { destroy(box) })
	err := u.handshake(in)
	if !late.Stop() && err != nil {
		return fmt.Errorf("%w in %v", errNoGreeting, greetTime)
	}
	if err != nil {
		return err
	}
	if err := u.send(out); err != nil {
		return fmt.Errorf("send the job: %w", err)
	}
	u.control.begin(out, u.limit)
	defer u.control.end()
	defer func() {
		if u.input != nil {
			u.input.close()
		}
	}()
	for {
		typ, payload, err := in.Next()
		if err != nil {
			return err
		}
		if done, err := u.frame(typ, payload, box, out); done || err != nil {
			return err
		}
	}
}

func (u *run) handshake(in *agent.Reader) error {
	typ, payload, err := in.Next()
	if err != nil {
		return err
	}
	var ready agent.Ready
	if typ != agent.TypeReady {
		return fmt.Errorf("%w: frame %q where the agent's greeting was due", agent.ErrProtocol, byte(typ))
	}
	if err := agent.Decode(typ, payload, &ready); err != nil {
		return err
	}
	if ready.Version != agent.Version {
		return fmt.Errorf("%w: the box's agent speaks version %d, this corust %d", agent.ErrProtocol, ready.Version, agent.Version)
	}
	return nil
}

// send hands over the job and its files.
func (u *run) send(out *agent.Writer) error {
	job := agent.Job{Nonce: u.nonce, Processors: u.req.Limits.processors(), First: u.first}
	var data []byte
	for _, f := range u.plan.Files {
		job.Files = append(job.Files, agent.File{Name: f.Name, Size: int64(len(f.Data))})
		data = append(data, f.Data...)
	}
	for _, s := range u.plan.Steps {
		limit := u.req.Limits.Output
		job.Steps = append(job.Steps, agent.Step{
			Argv: s.Argv, Env: s.Env, Stdin: s.Stdin != StdinNone, Wall: u.wall(s.Stage), Input: u.req.Limits.InputTime,
			Stdout: s.stdoutLimit(limit), Stderr: stderrLimit(s, limit),
		})
	}
	if err := out.WriteJSON(agent.TypeJob, job); err != nil {
		return err
	}
	for len(data) > 0 {
		n := min(len(data), agent.MaxPayload)
		if err := out.Write(agent.TypeFile, data[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return out.Write(agent.TypeStart, nil)
}

func stderrLimit(s Step, output int64) int64 {
	if s.Stderr.text() {
		return output
	}
	return rawLimit(output)
}

// frame handles one frame of the agent's; done after the last. Frames that are
// out of turn, of another job or beyond the caps end the run: the agent is ours,
// so they mean that it is not well.
func (u *run) frame(typ agent.Type, payload []byte, box Box, out *agent.Writer) (done bool, err error) {
	outOfTurn := func() (bool, error) {
		return false, fmt.Errorf("%w: frame %q out of turn", agent.ErrProtocol, byte(typ))
	}
	switch typ {
	case agent.TypeStepStart:
		var m agent.StepStart
		if err := agent.Decode(typ, payload, &m); err != nil {
			return false, err
		}
		if u.open || !u.next(m.Nonce, m.Step) {
			return outOfTurn()
		}
		u.begun, u.open, u.stage, u.sent = true, true, m.Step, [2]int64{}
		step := u.plan.Steps[m.Step]
		u.weigh(step.Stage, box)
		u.out.put(Event{Kind: KindStageStart, Stage: step.Stage})
		if step.Stdin != StdinNone {
			// Not before: what is read from the caller cannot be given back, should
			// the box turn out to be dead.
			u.openStdin(step, box, out)
		}
	case agent.TypeStdout, agent.TypeStderr:
		if !u.open || !u.output(typ, payload) {
			return outOfTurn()
		}
	case agent.TypeStdinCredit:
		if len(payload) != 4 || u.input == nil || !u.input.credit(int(binary.BigEndian.Uint32(payload))) {
			return outOfTurn()
		}
	case agent.TypeStdinWait:
		var m agent.StdinWait
		if err := agent.Decode(typ, payload, &m); err != nil {
			return false, err
		}
		if u.input == nil || !u.open || !u.input.asked(m) {
			return outOfTurn()
		}
	case agent.TypeStepEnd:
		var m agent.StepEnd
		if err := agent.Decode(typ, payload, &m); err != nil {
			return false, err
		}
		if m.NotStarted != "" && u.stage < 0 {
			return false, errors.New(m.NotStarted) // a tool of ours
		}
		if m.NotStarted != "" && !u.open && u.next(m.Nonce, m.Step) {
			u.notExecutable(m)
			return false, nil
		}
		if !u.open || m.Nonce != u.nonce || m.Step != u.stage {
			return outOfTurn()
		}
		u.open = false
		if u.input != nil {
			u.input.close() // the end of the stage is the end of any wait
		}
		over := u.closeStderr(&m)
		u.stageEnded(m)
		return over, nil
	case agent.TypeEnd:
		var m agent.End
		if err := agent.Decode(typ, payload, &m); err != nil {
			return false, err
		}
		if u.open || m.Nonce != u.nonce || u.stage < 0 || u.result.Verdict == VerdictOK && u.stage+1 < len(u.plan.Steps) {
			return outOfTurn()
		}
		return true, nil
	case agent.TypeFailure:
		var m agent.Failure
		if err := agent.Decode(typ, payload, &m); err != nil {
			return false, err
		}
		return false, fmt.Errorf("the agent failed: %s", m.Error)
	default:
		return outOfTurn()
	}
	return false, nil
}

// weigh has the box yield to others at the right time of a stage that begins.
func (u *run) weigh(stage StageName, box Box) {
	if stage == StageCompile {
		if u.haste == nil {
			u.haste = time.AfterFunc(compileHaste, box.Yield)
		}
		return
	}
	u.stopHaste()
	box.Yield()
}

func (u *run) stopHaste() {
	if u.haste != nil {
		u.haste.Stop()
	}
}

// output passes on what the step has written; false if it is beyond the cap that
// the agent was given.
func (u *run) output(typ agent.Type, data []byte) bool {
	step, output := u.plan.Steps[u.stage], u.req.Limits.Output
	e := Event{Kind: KindStdout, Stage: step.Stage, Data: data}
	i, limit := 0, step.stdoutLimit(output)
	switch {
	case typ == agent.TypeStderr:
		e.Kind, i, limit = KindStderr, 1, stderrLimit(step, output)
	case step.Product.Name != "":
		e.Kind, e.Product = KindProduct, &step.Product
	}
	u.sent[i] += int64(len(data))
	switch {
	case u.sent[i] > limit:
		return false
	case e.Kind == KindStderr && u.formats[u.stage] != nil:
		if d := u.formats[u.stage]; !d.over { // otherwise nothing more is shown, and nothing need be read
			d.Write(data)
		}
	default:
		u.out.put(e)
	}
	return true
}

// closeStderr hands over the rest of a decoded standard error. If its text was
// more than the cap, the stage ends as one whose plain text was, and with it the
// run, whatever the agent goes on to.
func (u *run) closeStderr(m *agent.StepEnd) (over bool) {
	d := u.formats[m.Step]
	if d == nil {
		return false
	}
	d.Close()
	if d.over && m.Killed != agent.KilledWall {
		m.Killed, m.Exit, m.Signal = agent.KilledOutput, -1, int(SIGKILL)
	}
	return d.over
}

// next reports whether a step may begin now: the one after the last, and that
// has ended well.
func (u *run) next(nonce string, step int) bool {
	return nonce == u.nonce && step == u.stage+1 && step < len(u.plan.Steps) &&
		(u.stage < 0 || u.result.Verdict == VerdictOK)
}

// notExecutable ends a stage whose program was built and cannot be executed. Sources
// can bring that about, so it is no failure of ours.
func (u *run) notExecutable(m agent.StepEnd) {
	u.stage, m.Exit = m.Step, -1
	stage := u.plan.Steps[m.Step].Stage
	u.out.put(Event{Kind: KindStageStart, Stage: stage})
	text := "corust: " + m.NotStarted + "\n"
	u.out.put(Event{Kind: KindStderr, Stage: stage, Data: []byte(text[:min(len(text), int(u.req.Limits.Output))])})
	m.Wall = max(m.Wall, 1) // it took no time that anybody measured
	u.stageEnded(m)
}

// openStdin begins to send what the step reads.
func (u *run) openStdin(step Step, box Box, out *agent.Writer) {
	if step.Stdin == StdinPlan || u.stdin == nil {
		// It is ours, and need not wait until the program asks for it.
		var data []byte
		if step.Stdin == StdinPlan {
			data = u.plan.Input
		}
		u.input = newInput(true, 0, u.limit, func(bool) {})
		go u.input.pump(bytes.NewReader(data), out) // which does not fail
		return
	}
	in := newInput(false, u.req.Limits.InputTime, u.limit, func(waiting bool) {
		kind := KindStdinResume
		if waiting {
			kind = KindStdinWait
		}
		u.out.put(Event{Kind: kind, Stage: step.Stage})
	})
	u.input = in
	go func() {
		if err := in.pump(u.stdin, out); err != nil {
			u.failed.Store(&err)
			destroy(box)
		}
	}()
}

func (u *run) stageEnded(m agent.StepEnd) {
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
	if u.result.Verdict == VerdictOK && u.plan.NoProgram && u.stage+1 == len(u.plan.Steps) {
		u.result.Verdict = VerdictNoProgram
	}
	u.out.put(Event{Kind: KindStageEnd, Stage: name, Ended: &stage})
}
