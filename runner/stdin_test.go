package runner

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/runner/agent"
)

// endless is an infinite source that counts the bytes read from it.
type endless struct{ n int }

func (r *endless) Read(p []byte) (int, error) { r.n += len(p); return len(p), nil }

// typing gives one line a read, as a terminal does, and counts them.
type typing struct {
	line string
	left []byte // of the line
	n    int
}

func (r *typing) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		r.left = []byte(r.line)
		r.n++
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

// serveRun has an agent run a step that reads, in which act does what a program
// may.
func serveRun(act func(*fakeAgent)) *fakeBackend {
	return &fakeBackend{serve: func(_ int, a *fakeAgent) {
		if a.begin() != nil {
			return
		}
		a.start(0)
		a.w.WriteJSON(agent.TypeStepEnd, agent.StepEnd{Nonce: a.job.Nonce})
		a.start(1)
		act(a)
		a.w.WriteJSON(agent.TypeStepEnd, agent.StepEnd{Nonce: a.job.Nonce, Step: 1})
		a.w.WriteJSON(agent.TypeEnd, agent.End{Nonce: a.job.Nonce})
		<-a.gone
	}}
}

// What is read of the caller's input: nothing before the program waits for it,
// then what it asks for, then twice as much each time, and when that is a whole
// chunk, all that the window has room for.
func TestStdinIsReadOnDemand(t *testing.T) {
	t.Parallel()
	// ask waits as a program does that reads want bytes and gives no credit.
	ask := func(want int) func(*fakeAgent) {
		return func(a *fakeAgent) { a.ask(want); time.Sleep(time.Second) }
	}
	for name, tt := range map[string]struct {
		acts []func(*fakeAgent)
		want int
	}{
		"never asked":              {nil, 0},
		"a byte":                   {[]func(*fakeAgent){ask(1)}, 1},
		"a byte after the other":   {[]func(*fakeAgent){ask(1), ask(1), ask(1), ask(1)}, 1 + 2 + 4 + 8},
		"a buffer":                 {[]func(*fakeAgent){ask(8192)}, 8192},
		"two buffers":              {[]func(*fakeAgent){ask(8192), ask(8192)}, agent.StdinWindow},
		"more than a chunk":        {[]func(*fakeAgent){ask(agent.StdinWindow)}, agent.StdinWindow},
		"no longer":                {[]func(*fakeAgent){func(a *fakeAgent) { a.ask(0) }}, 0},
		"asked at an earlier byte": {[]func(*fakeAgent){ask(10), func(a *fakeAgent) { a.w.WriteJSON(agent.TypeStdinWait, agent.StdinWait{Want: 99}) }}, 10},
		"blind":                    {[]func(*fakeAgent){func(a *fakeAgent) { a.w.WriteJSON(agent.TypeStdinWait, agent.StdinWait{Blind: true}) }}, agent.StdinWindow},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newFake(t, serveRun(func(a *fakeAgent) {
					time.Sleep(time.Second)
					for _, act := range tt.acts {
						act(a)
					}
					time.Sleep(time.Second)
				}), Config{})
				defer finish(t, r)
				source := &endless{}
				if res, _ := feed(t, r, program(""), source); res.Verdict != VerdictOK || source.n != tt.want {
					t.Errorf("%+v; %d bytes were read, want %d", res, source.n, tt.want)
				}
			})
		})
	}
}

// A person's lines are taken one by one, however many bytes at a time a program
// asks for; and what is never asked for is never taken.
func TestStdinTakesALineFromATerminal(t *testing.T) {
	t.Parallel()
	const line = "0123456789\n"
	for _, want := range []int{1, 3, len(line), 8192, agent.StdinWindow} {
		synctest.Test(t, func(t *testing.T) {
			r := newFake(t, serveRun(func(a *fakeAgent) {
				for a.received.Load() < 3*int64(len(line)) {
					a.ask(want)
					time.Sleep(time.Millisecond)
				}
				time.Sleep(time.Second)
			}), Config{})
			defer finish(t, r)
			source := &typing{line: line}
			res, _ := feed(t, r, program(""), source)
			if res.Verdict != VerdictOK || source.n != 3 || len(source.left) != 0 {
				t.Errorf("%d bytes at a time: %+v; %d lines are begun, %q is left", want, res, source.n, source.left)
			}
		})
	}
}

// A program that waits is told of once it has waited for a moment, and again when
// it has got something, nothing more is to come, or it waits no longer.
func TestStdinWaitEvents(t *testing.T) {
	t.Parallel()
	wait := func(d time.Duration) func(*fakeAgent) {
		return func(a *fakeAgent) { a.ask(10); time.Sleep(d) }
	}
	for name, tt := range map[string]struct {
		slow time.Duration // how long the caller's input takes
		end  bool          // and then it has ended
		act  func(*fakeAgent)
		want []Kind
	}{
		"never waits":         {0, false, func(*fakeAgent) {}, nil},
		"input that is there": {time.Millisecond, false, wait(time.Second), nil},
		"input that comes":    {time.Minute, false, wait(time.Hour), []Kind{KindStdinWait, KindStdinResume}},
		"an end that comes":   {time.Minute, true, wait(time.Hour), []Kind{KindStdinWait, KindStdinResume}},
		"waits until the end": {time.Hour, false, wait(time.Minute), []Kind{KindStdinWait}},
		"waits no longer":     {time.Hour, false, func(a *fakeAgent) { wait(time.Minute)(a); a.ask(0); time.Sleep(time.Minute) }, []Kind{KindStdinWait, KindStdinResume}},
		"waits twice":         {time.Minute, false, func(a *fakeAgent) { wait(90 * time.Second)(a); wait(90 * time.Second)(a) }, []Kind{KindStdinWait, KindStdinResume, KindStdinWait, KindStdinResume}},
		"told twice of one":   {time.Hour, false, func(a *fakeAgent) { wait(time.Minute)(a); wait(time.Minute)(a) }, []Kind{KindStdinWait}},
		"waits for a moment":  {time.Hour, false, func(a *fakeAgent) { wait(eventDelay / 2)(a); a.ask(0); time.Sleep(time.Minute) }, nil},
		"becomes unwatchable": {time.Hour, false, func(a *fakeAgent) {
			wait(time.Minute)(a)
			a.w.WriteJSON(agent.TypeStdinWait, agent.StdinWait{Blind: true})
			time.Sleep(time.Minute)
		}, []Kind{KindStdinWait, KindStdinResume}},
		"waits after input end": {0, true, func(a *fakeAgent) { wait(time.Minute)(a); wait(time.Minute)(a) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newFake(t, serveRun(tt.act), Config{Limits: Limits{RunTime: 3 * time.Hour}})
				defer finish(t, r)
				in, typed := io.Pipe()
				defer in.Close()
				over := make(chan struct{})
				defer close(over)
				go func() {
					for {
						select {
						case <-time.After(tt.slow):
						case <-over:
							return
						}
						if tt.end {
							typed.Close()
						}
						if _, err := typed.Write([]byte("x")); err != nil {
							return
						}
					}
				}()
				var got []Kind
				res, err := r.Run(t.Context(), program(""), in, func(e Event) {
					if e.Kind == KindStdinWait || e.Kind == KindStdinResume {
						got = append(got, e.Kind)
					}
				})
				if err != nil || res.Verdict != VerdictOK || !slices.Equal(got, tt.want) {
					t.Errorf("%+v, %v; told %v, want %v", res, err, got, tt.want)
				}
			})
		})
	}
}

// An input that cannot be read is an error and not an empty input. An input that the
// program does not ask for is not read.
func TestStdinThatFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	for name, tt := range map[string]struct {
		input io.Reader
		ask   bool
		want  error
	}{
		"at once":      {iotestErrReader{broken}, true, broken},
		"after a part": {io.MultiReader(strings.NewReader("ab"), iotestErrReader{broken}), true, broken},
		"not asked":    {iotestErrReader{broken}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newFake(t, serveRun(func(a *fakeAgent) {
					for range 3 {
						if tt.ask {
							a.ask(100)
						}
						select {
						case <-a.gone:
							return
						case <-time.After(time.Second):
						}
					}
				}), Config{})
				defer finish(t, r)
				res, err := r.Run(t.Context(), program(""), tt.input, nil)
				if !errors.Is(err, tt.want) || tt.want != nil && !errors.Is(err, ErrStdin) {
					t.Errorf("%+v, %v; want %v", res, err, tt.want)
				}
			})
		})
	}
}

type iotestErrReader struct{ err error }

func (r iotestErrReader) Read([]byte) (int, error) { return 0, r.err }

// The deadline outside the box gives a program that waits for input more time,
// up to a limit, and no program more than that.
func TestDeadlineFollowsTheWait(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		act    func(*fakeAgent)
		within [2]time.Duration // the run ends between these
	}{
		"never waits": {func(a *fakeAgent) {}, [2]time.Duration{2 * time.Second, 10 * time.Second}},
		"waits on":    {func(a *fakeAgent) { a.ask(1) }, [2]time.Duration{time.Minute, time.Minute + 10*time.Second}},
		"waits for 20 s": {func(a *fakeAgent) {
			a.ask(1)
			time.Sleep(20 * time.Second)
			a.ask(0)
		}, [2]time.Duration{20 * time.Second, 30 * time.Second}},
		"waits again and again": {func(a *fakeAgent) {
			for {
				a.ask(1)
				select {
				case <-time.After(time.Second):
				case <-a.gone:
					return
				}
				a.ask(0)
			}
		}, [2]time.Duration{time.Minute, time.Minute + 10*time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newFake(t, serveRun(func(a *fakeAgent) { tt.act(a); <-a.gone }), Config{
					Limits: Limits{CompileTime: time.Second, RunTime: time.Second, InputTime: time.Minute},
				})
				defer finish(t, r)
				in, typed := io.Pipe()
				defer typed.Close()
				begun := time.Now()
				res, _ := feed(t, r, program(""), in)
				if took := time.Since(begun); res.Verdict != VerdictTimeout || took < tt.within[0] || took > tt.within[1] {
					t.Errorf("%+v after %v", res, took)
				}
			})
		})
	}
}

// A paused run takes no time, and its agent gets the pause.
func TestPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var paused, resumed time.Time
		b := &fakeBackend{}
		b.serve = func(_ int, a *fakeAgent) {
			if a.begin() != nil {
				return
			}
			a.start(0)
			<-a.gone
			paused, resumed = a.paused, a.resumed
		}
		r := newFake(t, b, Config{Limits: Limits{CompileTime: time.Second, RunTime: time.Second}})
		begun := time.Now()
		go func() {
			time.Sleep(time.Second)
			r.Pause()
			time.Sleep(time.Hour)
			r.Resume()
		}()
		res, _ := output(t, r, program(""))
		if took := time.Since(begun); res.Verdict != VerdictTimeout || took < time.Hour+2*time.Second || took > time.Hour+10*time.Second {
			t.Errorf("%+v after %v", res, took)
		}
		finish(t, r)
		if paused.Sub(begun) != time.Second || resumed.Sub(begun) != time.Hour+time.Second {
			t.Errorf("the agent was paused after %v and resumed after %v", paused.Sub(begun), resumed.Sub(begun))
		}
		r.Pause() // nothing runs
		r.Resume()
	})
}

// Arguments and environment reach the agent as they are, in any encoding or none.
func TestArgumentsAreBytes(t *testing.T) {
	t.Parallel()
	all := make([]byte, 255)
	for i := range all {
		all[i] = byte(i + 1)
	}
	step := agent.Step{Argv: agent.Strings{"/x", string(all), "", "\xff"}, Env: agent.Strings{"E=" + string(all)}}
	var buf bytes.Buffer
	if err := agent.NewWriter(&buf).WriteJSON(agent.TypeJob, agent.Job{Steps: []agent.Step{step}}); err != nil {
		t.Fatal(err)
	}
	typ, payload, err := agent.NewReader(&buf).Next()
	var got agent.Job
	if err == nil {
		err = agent.Decode(typ, payload, &got)
	}
	if err != nil || !slices.Equal(got.Steps[0].Argv, step.Argv) || !slices.Equal(got.Steps[0].Env, step.Env) {
		t.Errorf("%+v, %v", got, err)
	}
}
