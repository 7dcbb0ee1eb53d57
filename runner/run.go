package runner

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/corust-dev/corust/runner/agent"
)

// grace is the time that the agent gets, beyond the time limits of the stages, to report
// their end. After it the runner destroys the box.
const grace = 3 * time.Second

// greetTime is the time that a box gets to start, which takes milliseconds, or tenths of
// a second with a container engine. On a machine that needs longer, another box would not
// be faster.
const greetTime = 30 * time.Second

// compileHaste is how long a box that compiles keeps its full CPU weight. Most
// compilations end earlier. One that does not, such as an endless macro, does not delay
// compilations that start later. Programs run with the lower weight from the start. Boxes
// of the same weight share evenly.
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

	// The state of the current box, and the connection to its agent.
	state state
	box   Box
	to    *agent.Writer
	input *input // of the step that reads; nil before it
	limit *agent.Deadline
	haste *time.Timer // until a box that compiles yields; nil before it compiles
	// failed, if set, is why the request's standard input could not be read.
	failed atomic.Pointer[error]
	stage  int // the current step or the last that ended, -1 before the first
	sent   [2]int64
	cut    cutter // of the step's product
	// formats read the standard error of each step, and taps its standard output; nil
	// where that is text.
	formats []*decoded
	taps    []Decoder
	result  Result

	// artifact, if not nil, takes the place of the first skip steps of the plan. Otherwise
	// record, if not nil, makes one of them. loan is the memory of an artifact that was read
	// for this run.
	artifact *Artifact
	loan     loan
	skip     int
	record   *recorder
	keeping  *sync.WaitGroup
	flight   *flight // of a compilation ahead that others can join; else nil
	place    place

	control *control
}

// decoded decodes a step's standard error that has a Format.
type decoded struct {
	Decoder
	left int64 // bytes left of the cap on text
	over bool  // the text exceeded the cap
}

// decode prepares the decoders of streams that have a Format.
func (u *run) decode(planner Planner) error {
	u.formats = make([]*decoded, len(u.plan.Steps))
	u.taps = make([]Decoder, len(u.plan.Steps))
	for i, step := range u.plan.Steps {
		to := Sink{
			Text:       func([]byte) {},
			Diagnostic: func(d *Diagnostic) { u.out.put(Event{Kind: KindDiagnostic, Stage: step.Stage, Diagnostic: d}) },
			Test:       func(t *Test) { u.out.put(Event{Kind: KindTest, Stage: step.Stage, Test: t}) },
		}
		if !u.req.Diagnostics {
			to.Diagnostic = func(*Diagnostic) {}
		}
		if !step.Stdout.text() {
			var err error
			if u.taps[i], err = planner.Decoder(u.plan, step.Stdout, to); err != nil {
				return fmt.Errorf("step %d of the plan: %w", i, err)
			}
		}
		if step.Stderr.text() {
			continue
		}
		d := &decoded{left: u.req.Limits.Output}
		to.Text = func(text []byte) {
			send := min(d.left, int64(len(text)))
			d.left -= send
			d.over = d.over || send < int64(len(text))
			if send > 0 {
				u.out.put(Event{Kind: KindStderr, Stage: step.Stage, Data: text[:send]})
			}
		}
		var err error
		if d.Decoder, err = planner.Decoder(u.plan, step.Stderr, to); err != nil {
			return fmt.Errorf("step %d of the plan: %w", i, err)
		}
		u.formats[i] = d
	}
	return nil
}

// in runs the request in a box. An error is a failure of corust; the Result reports the
// untrusted program.
func (u *run) in(ctx context.Context, box Box) (Result, error) {
	u.state, u.box, u.to = stateGreeting, box, agent.NewWriter(box)
	u.clear()

	limit := grace
	for _, s := range u.plan.Steps {
		limit += u.wall(s.Stage)
	}
	// Both deadlines destroy the box, which ends every read below.
	u.limit = agent.NewDeadline(limit, func() { destroy(box) })
	defer u.limit.Stop()
	defer u.stopHaste()
	stop := context.AfterFunc(ctx, func() { destroy(box) })
	defer stop()

	err := u.talk()
	if u.record != nil {
		u.record.loan.release()
	}
	switch failed := u.failed.Load(); {
	case failed != nil:
		return Result{}, *failed
	case err == nil:
		return u.result, nil
	case ctx.Err() != nil:
		return u.end(VerdictCanceled), nil
	case !u.limit.Stop():
		if !u.begun() {
			return Result{}, fmt.Errorf("%w: %w in %v", ErrBoxDied, errNoGreeting, limit)
		}
		// Something prevented the agent from killing the stage in time.
		return u.end(VerdictTimeout), nil
	}
	if c, cerr := box.Counters(); cerr == nil && c.OOMKills > 0 && u.stage >= 0 && !errors.Is(err, agent.ErrProtocol) {
		// The kernel killed the agent, which is as large as the program's processes if
		// those are many and small.
		return u.end(VerdictMemory), nil
	}
	return Result{}, fmt.Errorf("%w: %w", ErrBoxDied, err)
}

// clear prepares the result.
func (u *run) clear() {
	u.stage, u.result = -1, Result{ExitCode: -1, Queued: u.queued, Stages: []Stage{}}
}

// outOfBox carries out a compilation ahead that has nothing to execute: its artifact is
// there, or the action compiles nothing.
func (u *run) outOfBox(queued time.Duration) Result {
	u.queued = queued
	u.clear()
	u.result.Verdict = VerdictOK
	if u.artifact != nil {
		u.result.Kept = true
		u.replay()
	}
	return u.result
}

// destroy destroys a box during its run; the pool's call then waits for it.
func destroy(box Box) {
	ctx, cancel := context.WithTimeout(context.Background(), destroyTime)
	defer cancel()
	_ = box.Destroy(ctx)
}

// limits returns the limits that explain the result: Output may be that of a product.
func (u *run) limits() Limits {
	l := u.req.Limits
	if u.stage >= 0 {
		if limit := u.plan.Steps[u.stage].stdoutLimit(l.Output); u.sent[0] >= limit {
			l.Output = limit
		}
	}
	return l
}

// end completes the result with a verdict without a report of the agent.
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

// begun reports whether the agent has started the job. Until then, another box can take
// the request.
func (u *run) begun() bool { return u.state > stateAccepted }

// talk sends the job and handles frames until it ends.
func (u *run) talk() error {
	in := agent.NewReader(bufio.NewReaderSize(u.box, 32<<10))
	late := time.AfterFunc(greetTime, func() { destroy(u.box) })
	err := u.read(in)
	if !late.Stop() && err != nil {
		return fmt.Errorf("%w in %v", errNoGreeting, greetTime)
	}
	if err != nil {
		return err
	}
	if err := u.send(); err != nil {
		return fmt.Errorf("send the job: %w", err)
	}
	u.control.begin(u.to, u.limit)
	defer u.control.end()
	defer func() {
		if u.input != nil {
			u.input.close()
		}
	}()
	for u.state != stateOver {
		if err := u.read(in); err != nil {
			return err
		}
	}
	return nil
}

// read reads and handles one frame.
func (u *run) read(in *agent.Reader) error {
	typ, payload, err := in.Next()
	if err != nil {
		return err
	}
	return u.frame(typ, payload)
}

// send sends the job and its files.
func (u *run) send() error {
	job := agent.Job{Nonce: u.nonce, Processors: u.req.Limits.processors(), First: u.first}
	var data []byte
	for _, f := range u.plan.Files {
		job.Files = append(job.Files, agent.File{Name: f.Name, Size: int64(len(f.Data))})
		data = append(data, f.Data...)
	}
	files := [][]byte{data}
	if u.artifact != nil {
		for _, f := range u.artifact.Files {
			job.Programs = append(job.Programs, agent.File{Name: f.Name, Size: int64(len(f.Data))})
			files = append(files, f.Data)
		}
	}
	for _, s := range u.plan.Steps[u.skip:] {
		limit := u.req.Limits.Output
		job.Steps = append(job.Steps, agent.Step{
			Argv: s.Argv, Env: s.Env, Stdin: s.Stdin != StdinNone, Wall: u.wall(s.Stage), Input: u.req.Limits.InputTime,
			Stdout: s.stdoutLimit(limit), Stderr: s.stderrLimit(limit),
		})
		if u.record != nil {
			job.Steps[len(job.Steps)-1].Leaves = s.Leaves
		}
	}
	if err := u.to.WriteJSON(agent.TypeJob, job); err != nil {
		return err
	}
	for _, data := range files {
		for part := range slices.Chunk(data, agent.MaxPayload) {
			if err := u.to.Write(agent.TypeFile, part); err != nil {
				return err
			}
		}
	}
	return u.to.Write(agent.TypeStart, nil)
}

// keep hands a whole artifact over: in the background if a program runs, which need not
// wait for it.
func (u *run) keep() {
	r := u.record
	u.record = nil
	if !r.whole(u.plan) {
		r.loan.release()
		return
	}
	keep := func() bool {
		defer r.loan.release()
		return r.store.Keep(r.key, r.owner, &r.Artifact)
	}
	if u.req.Ahead {
		u.result.Kept = keep()
		return
	}
	u.keeping.Go(func() { keep() })
}

// weigh schedules when the box yields to others in a stage that starts.
func (u *run) weigh(stage StageName) {
	switch {
	case u.flight != nil:
		u.flight.compile(u.box)
		return
	case u.req.Ahead:
		u.box.Yield()
		return
	case stage == StageCompile:
		if u.haste == nil {
			u.haste = time.AfterFunc(compileHaste, u.box.Yield)
		}
		return
	}
	u.stopHaste()
	u.box.Yield()
}

func (u *run) stopHaste() {
	if u.haste != nil {
		u.haste.Stop()
	}
}

// closeStreams emits the rest of what the step has written. Over is as with closeStderr.
func (u *run) closeStreams(m *agent.StepEnd) (over bool) {
	u.closeProduct(&u.plan.Steps[m.Step])
	if tap := u.taps[m.Step]; tap != nil {
		tap.Close()
	}
	return u.closeStderr(m)
}

// closeStderr emits the rest of a decoded standard error. If the text exceeds the cap, the
// stage and the run end with VerdictOutput, as with plain text, even if the agent
// continues.
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

// openStdin starts to send the step's standard input.
func (u *run) openStdin(step Step) {
	if step.Stdin == StdinPlan || u.stdin == nil {
		// Input of the plan need not wait until the program asks for it.
		var data []byte
		if step.Stdin == StdinPlan {
			data = u.plan.Input
		}
		u.input = newInput(true, 0, u.limit, func(bool) {})
		go u.input.pump(bytes.NewReader(data), u.to) // a bytes.Reader does not fail
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
	box, to := u.box, u.to
	go func() { // may outlive the run
		if err := in.pump(u.stdin, to); err != nil {
			u.failed.Store(&err)
			destroy(box)
		}
	}()
}
