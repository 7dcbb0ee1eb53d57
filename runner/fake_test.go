package runner

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corust-dev/corust/runner/agent"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeBackend makes boxes whose agent is a goroutine at the other end of a pipe.
// It speaks the real protocol and understands a few words; see fakeAgent.step.
// What is not well with it is told by its fields, which are set before use.
type fakeBackend struct {
	id string // of the toolchain, "fake" if empty
	// serve is what the agent of the nth box does, counted from 0; nil obeys.
	serve func(n int, a *fakeAgent)
	// refuse fails the making of the nth box.
	refuse func(n int) error
	// making is how long it takes to make a box, and ending how long to destroy one.
	making, ending time.Duration
	// oomKills is what Counters tells, stuck what Destroy returns.
	oomKills int64
	stuck    error

	mu     sync.Mutex
	n      counts
	yields []time.Time // of all boxes

	hurries []time.Time // likewise
}

// counts of boxes: ever made, alive, and the most that were alive at once.
type counts struct{ made, alive, most int }

func (b *fakeBackend) Name() string { return "fake" }
func (b *fakeBackend) Close() error { return nil }

func (b *fakeBackend) Sweep(context.Context) (int, error) { return 0, nil }

func (b *fakeBackend) Toolchain(_ context.Context, c Channel) (Toolchain, error) {
	if c != "" {
		return Toolchain{}, &InvalidError{Field: "channel", Reason: "there is one toolchain"}
	}
	return Toolchain{Rustc: "/rustc", ID: cmp.Or(b.id, "fake")}, nil
}

func (b *fakeBackend) Toolchains(ctx context.Context) ([]Toolchain, error) {
	tc, err := b.Toolchain(ctx, "")
	return []Toolchain{tc}, err
}

func (b *fakeBackend) NewBox(ctx context.Context, _ BoxSpec) (Box, error) {
	b.mu.Lock()
	n := b.n.made
	b.n.made++
	b.mu.Unlock()
	select {
	case <-time.After(b.making):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if b.refuse != nil {
		if err := b.refuse(n); err != nil {
			return nil, err
		}
	}
	host, box := net.Pipe()
	a := &fakeAgent{conn: box, r: agent.NewReader(bufio.NewReader(box)), w: agent.NewWriter(box)}
	x := &fakeBox{Conn: host, agent: box, id: fmt.Sprint(n), b: b, gone: make(chan struct{})}
	b.count(1)
	go func() {
		defer close(x.gone)
		defer b.count(-1)
		defer time.Sleep(b.ending)
		defer box.Close()
		if b.serve != nil {
			b.serve(n, a)
		} else {
			a.obey()
		}
	}()
	return x, nil
}

func (b *fakeBackend) count(d int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n.alive += d
	b.n.most = max(b.n.most, b.n.alive)
}

func (b *fakeBackend) counts() counts {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.n
}

func (b *fakeBackend) living() int { return b.counts().alive }

type fakeBox struct {
	net.Conn
	agent net.Conn
	id    string
	b     *fakeBackend
	gone  chan struct{}
}

func (x *fakeBox) ID() string { return x.id }

func (x *fakeBox) Counters() (Counters, error) { return Counters{OOMKills: x.b.oomKills}, nil }

func (x *fakeBox) Yield() {
	x.b.mu.Lock()
	defer x.b.mu.Unlock()
	x.b.yields = append(x.b.yields, time.Now())
}

func (x *fakeBox) Hurry() {
	x.b.mu.Lock()
	defer x.b.mu.Unlock()
	x.b.hurries = append(x.b.hurries, time.Now())
}

func (x *fakeBox) Destroy(ctx context.Context) error {
	x.Conn.Close()
	x.agent.Close()
	select {
	case <-x.gone:
		return x.b.stuck
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fakeAgent is the box's end of the pipe.
type fakeAgent struct {
	conn net.Conn
	r    *agent.Reader
	w    *agent.Writer
	job  agent.Job

	input    chan []byte   // stdin as it comes; closed at its end
	received atomic.Int64  // bytes of it
	gone     chan struct{} // the host has closed

	paused, resumed time.Time // when the host last said so; after gone
}

// obey does what an agent does.
func (a *fakeAgent) obey() {
	if a.begin() != nil {
		return
	}
	for i, step := range a.job.Steps {
		end := a.step(i, step)
		if a.w.WriteJSON(agent.TypeStepEnd, end) != nil || end.Exit != 0 {
			break
		}
		for _, name := range step.Leaves {
			a.leave(i, name)
		}
	}
	a.w.WriteJSON(agent.TypeEnd, agent.End{Nonce: a.job.Nonce})
}

// begin greets, takes a job and begins to listen.
func (a *fakeAgent) begin() error {
	if err := a.w.WriteJSON(agent.TypeReady, agent.Ready{Version: agent.Version}); err != nil {
		return err
	}
	return a.take()
}

// take takes a job and begins to listen.
func (a *fakeAgent) take() error {
	for {
		typ, payload, err := a.r.Next()
		if err != nil {
			return err
		}
		switch typ {
		case agent.TypeJob:
			if err := agent.Decode(typ, payload, &a.job); err != nil {
				return err
			}
		case agent.TypeStart:
			a.listen()
			return nil
		}
	}
}

// start says that a step has begun.
func (a *fakeAgent) start(i int) {
	a.w.WriteJSON(agent.TypeStepStart, agent.StepStart{Nonce: a.job.Nonce, Step: i})
}

func (a *fakeAgent) listen() {
	a.input, a.gone = make(chan []byte, 64), make(chan struct{})
	go func() {
		defer close(a.gone)
		open := true
		for {
			typ, payload, err := a.r.Next()
			switch {
			case err != nil:
				return
			case typ == agent.TypePause:
				a.paused = time.Now()
			case typ == agent.TypeResume:
				a.resumed = time.Now()
			case typ != agent.TypeStdin || !open:
				return
			case len(payload) == 0:
				open = false
				close(a.input)
			default:
				a.received.Add(int64(len(payload)))
				a.input <- append([]byte(nil), payload...)
			}
		}
	}()
}

// leave sends a file that a step leaves: the name of the file.
func (a *fakeAgent) leave(step int, name string) {
	a.w.WriteJSON(agent.TypeLeft, agent.Left{Nonce: a.job.Nonce, Step: step, Name: name, Size: int64(len(name))})
	a.w.Write(agent.TypeLeftData, []byte(name))
}

// step does what the words of its command say, one after the other:
//
//	out:TEXT  err:TEXT  write TEXT
//	sleep:D             let D pass
//	cat                 write what is read to the end
//	exit:N  kill:N      end
func (a *fakeAgent) step(i int, s agent.Step) agent.StepEnd {
	a.start(i)
	end := agent.StepEnd{Nonce: a.job.Nonce, Step: i, Wall: 1}
	deadline := time.NewTimer(s.Wall)
	defer deadline.Stop()
	killed := func() agent.StepEnd {
		end.Exit, end.Signal, end.Killed = -1, int(SIGKILL), agent.KilledWall
		return end
	}
	for _, word := range s.Argv {
		what, arg, _ := strings.Cut(word, ":")
		switch what {
		case "out":
			a.w.Write(agent.TypeStdout, []byte(arg))
		case "err":
			a.w.Write(agent.TypeStderr, []byte(arg))
		case "sleep":
			d, _ := time.ParseDuration(arg)
			select {
			case <-time.After(d):
			case <-deadline.C:
				return killed()
			case <-a.gone:
				return end
			}
		case "cat":
			for open := true; open; {
				var data []byte
				if len(a.input) == 0 {
					a.ask(1000)
				}
				select {
				case data, open = <-a.input:
					a.credit(len(data))
					if open {
						a.w.Write(agent.TypeStdout, data)
					}
				case <-deadline.C:
					return killed()
				case <-a.gone:
					return end
				}
			}
		case "exit":
			end.Exit, _ = strconv.Atoi(arg)
			return end
		case "kill":
			end.Exit = -1
			end.Signal, _ = strconv.Atoi(arg)
			return end
		}
	}
	return end
}

// ask says that the program waits for so many bytes.
func (a *fakeAgent) ask(want int) {
	a.w.WriteJSON(agent.TypeStdinWait, agent.StdinWait{At: a.received.Load(), Want: want})
}

func (a *fakeAgent) credit(n int) {
	if n > 0 {
		a.w.Write(agent.TypeStdinCredit, []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	}
}

// words plans the words of main.rs as the command of a run, after a compilation
// that says nothing.
type words struct{}

func (words) Check(req Request, _ Toolchain) error {
	if req.Action != ActionRun {
		return &InvalidError{Field: "action", Reason: "only run"}
	}
	return nil
}

func (words) Plan(req Request, tc Toolchain) (Plan, error) {
	return Plan{Files: req.Files, Steps: []Step{
		{Stage: StageCompile, Argv: []string{tc.Rustc}},
		{Stage: StageRun, Argv: strings.Fields(string(req.Files[0].Data)), Stdin: StdinCaller},
	}}, nil
}

func (words) SourceOptions(Request) (Choices, error) { return Choices{}, nil }

func (words) Decoder(_ Plan, f Format, _ Sink) (Decoder, error) {
	return nil, fmt.Errorf("unknown format %q", f.Name)
}

// program makes a request to do these words.
func program(words string) Request {
	return Request{Files: []File{{Name: MainFile, Data: []byte(words)}}}
}

// newFake makes a runner on a fake backend.
func newFake(t *testing.T, b *fakeBackend, cfg Config) *Runner {
	t.Helper()
	if cfg.Planner == nil {
		cfg.Planner = words{}
	}
	cfg.Backend, cfg.Log = b, slog.New(slog.NewTextHandler(t.Output(), nil))
	r, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// finish closes a runner and sees that no box is left.
func finish(t *testing.T, r *Runner) {
	t.Helper()
	if err := r.Close(context.Background()); err != nil {
		t.Errorf("close: %v", err)
	}
	if n := r.cfg.Backend.(*fakeBackend).living(); n != 0 {
		t.Errorf("%d boxes are alive after Close", n)
	}
	if _, err := r.Run(context.Background(), program(""), nil, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed runner answers with %v", err)
	}
}
