package runner

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/runner/agent"
)

// output runs a request that must be answered and returns what it wrote.
func output(t *testing.T, r *Runner, req Request) (Result, string) {
	t.Helper()
	return feed(t, r, req, nil)
}

// feed is output with standard input.
func feed(t *testing.T, r *Runner, req Request, stdin io.Reader) (Result, string) {
	t.Helper()
	var out bytes.Buffer
	res, err := r.Run(context.Background(), req, stdin, func(e Event) { out.Write(e.Data) })
	if err != nil {
		t.Fatal(err)
	}
	return res, out.String()
}

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{}, Config{})
		defer finish(t, r)
		var kinds []Kind
		var out []string
		res, err := r.Run(t.Context(), program("out:a sleep:1ms err:b sleep:1ms out:c exit:7"), nil, func(e Event) {
			kinds = append(kinds, e.Kind)
			out = append(out, string(e.Data))
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []Kind{KindStageStart, KindStageEnd, KindStageStart, KindStdout, KindStderr, KindStdout, KindStageEnd}
		if !slices.Equal(kinds, want) || strings.Join(out, "") != "abc" {
			t.Errorf("events %v with %q", kinds, out)
		}
		if res.Verdict != VerdictExit || res.ExitCode != 7 || res.Stage != StageRun || len(res.Stages) != 2 {
			t.Errorf("%+v", res)
		}
	})
}

// However large the caller's input, no more of it is under way than the window;
// and all of it arrives.
func TestStdin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{}, Config{Limits: Limits{Output: 1 << 20}})
		defer finish(t, r)
		data := bytes.Repeat([]byte("0123456789"), 50_000)
		if res, out := feed(t, r, program("cat"), iotestReader{bytes.NewReader(data)}); res.Verdict != VerdictOK || out != string(data) {
			t.Errorf("%+v, %d bytes of %d", res, len(out), len(data))
		}
		if res, out := output(t, r, program("cat")); res.Verdict != VerdictOK || out != "" {
			t.Errorf("no input: %+v, %q", res, out)
		}
	})
}

// iotestReader reads in odd pieces.
type iotestReader struct{ r io.Reader }

func (r iotestReader) Read(p []byte) (int, error) { return r.r.Read(p[:min(len(p), 7777)]) }

// A read of the caller's input that never returns does not keep the run.
func TestBlockedStdin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{}, Config{})
		defer finish(t, r)
		in, w := io.Pipe()
		defer w.Close()
		if res, out := feed(t, r, program("out:x"), in); res.Verdict != VerdictOK || out != "x" {
			t.Errorf("%+v, %q", res, out)
		}
	})
}

// Every deadline is also held outside the box.
func TestStalledAgents(t *testing.T) {
	limits := Limits{CompileTime: time.Second, RunTime: 2 * time.Second}
	stall := func(a *fakeAgent) { <-a.gone }
	for name, tt := range map[string]struct {
		serve   func(*fakeAgent)
		verdict Verdict // empty: ErrBoxDied
		stage   StageName
	}{
		"never greets": {serve: func(a *fakeAgent) { a.r.Next(); a.r.Next() }},
		"never starts": {serve: func(a *fakeAgent) { a.begin(); stall(a) }},
		"never ends compiling": {func(a *fakeAgent) {
			a.begin()
			a.start(0)
			stall(a)
		}, VerdictTimeout, StageCompile},
		"never ends running": {func(a *fakeAgent) {
			a.begin()
			a.step(0, agent.Step{Wall: 1})
			a.w.WriteJSON(agent.TypeStepEnd, agent.StepEnd{Nonce: a.job.Nonce})
			a.start(1)
			a.w.Write(agent.TypeStdout, []byte("x"))
			stall(a)
		}, VerdictTimeout, StageRun},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newFake(t, &fakeBackend{serve: func(_ int, a *fakeAgent) { tt.serve(a) }}, Config{Limits: limits})
				defer finish(t, r)
				start := time.Now()
				res, err := r.Run(t.Context(), program(""), nil, nil)
				if took := time.Since(start); took > limits.CompileTime+limits.RunTime+grace {
					t.Errorf("it took %v", took)
				}
				if tt.verdict == "" {
					if !errors.Is(err, ErrBoxDied) {
						t.Errorf("%+v, %v", res, err)
					}
					return
				}
				if err != nil || res.Verdict != tt.verdict || res.Stage != tt.stage || res.ExitCode != -1 {
					t.Errorf("%+v, %v", res, err)
				}
			})
		})
	}
}

// Whatever comes from a box that is not the protocol, spoken in turn and within
// the caps, means that the box is not well: ErrBoxDied, and never a verdict.
func TestBadAgents(t *testing.T) {
	frame := func(typ byte, length uint32, payload string) []byte {
		return append(binary.BigEndian.AppendUint32([]byte{typ}, length), payload...)
	}
	// After what is wrong, the agent goes on as if it had been right, with the step
	// next, which may have begun: a host that took it would see a run end well.
	lines := func(next int, begun bool, l ...any) func(*fakeAgent) {
		return func(a *fakeAgent) {
			a.begin()
			for i := 0; i < len(l); i += 2 {
				typ := l[i].(agent.Type)
				if data, ok := l[i+1].([]byte); ok {
					a.w.Write(typ, data)
					continue
				}
				text := strings.ReplaceAll(l[i+1].(string), "NONCE", a.job.Nonce)
				a.w.Write(typ, []byte(text))
			}
			for step := next; step < len(a.job.Steps); step++ {
				if step > next || !begun {
					a.w.WriteJSON(agent.TypeStepStart, agent.StepStart{Nonce: a.job.Nonce, Step: step})
				}
				a.w.WriteJSON(agent.TypeStepEnd, agent.StepEnd{Nonce: a.job.Nonce, Step: step})
			}
			a.w.WriteJSON(agent.TypeEnd, agent.End{Nonce: a.job.Nonce})
			<-a.gone
		}
	}
	const start, end = `{"nonce":"NONCE","step":0}`, `{"nonce":"NONCE","step":0,"exit":0}`
	for name, serve := range map[string]func(*fakeAgent){
		"garbage":                   func(a *fakeAgent) { a.conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) },
		"huge frame":                func(a *fakeAgent) { a.conn.Write(frame('R', 0xffffffff, "")) },
		"frame over 64 KiB":         func(a *fakeAgent) { a.conn.Write(frame('R', agent.MaxPayload+1, "")) },
		"half a header":             func(a *fakeAgent) { a.conn.Write([]byte("R\x00")) },
		"half a frame":              func(a *fakeAgent) { a.conn.Write(frame('R', 100, "{")) },
		"silence and gone":          func(*fakeAgent) {},
		"bad greeting":              func(a *fakeAgent) { a.conn.Write(frame('R', 4, "null")) },
		"JSON of no kind":           func(a *fakeAgent) { a.conn.Write(frame('R', 2, "[]")) },
		"another version":           func(a *fakeAgent) { a.w.WriteJSON(agent.TypeReady, agent.Ready{Version: agent.Version + 1}) },
		"output first":              func(a *fakeAgent) { a.w.Write(agent.TypeStdout, []byte("x")) },
		"second greeting":           lines(0, false, agent.TypeReady, `{"version":1}`),
		"output before its step":    lines(0, false, agent.TypeStdout, "x"),
		"end before its step":       lines(0, false, agent.TypeStepEnd, end),
		"end at once":               lines(2, false),
		"another nonce":             lines(0, true, agent.TypeStepStart, `{"nonce":"","step":0}`),
		"another nonce at the end":  lines(1, false, agent.TypeStepStart, start, agent.TypeStepEnd, `{"nonce":"forged","step":0}`),
		"step out of turn":          lines(1, true, agent.TypeStepStart, `{"nonce":"NONCE","step":1}`),
		"negative step":             lines(0, false, agent.TypeStepStart, `{"nonce":"NONCE","step":-1}`),
		"step twice":                lines(0, true, agent.TypeStepStart, start, agent.TypeStepStart, start),
		"a third step":              lines(2, false, agent.TypeStepStart, start, agent.TypeStepEnd, end, agent.TypeStepStart, `{"nonce":"NONCE","step":1}`, agent.TypeStepEnd, `{"nonce":"NONCE","step":1}`, agent.TypeStepStart, `{"nonce":"NONCE","step":2}`),
		"over before the last step": lines(1, false, agent.TypeStepStart, start, agent.TypeStepEnd, end, agent.TypeEnd, `{"nonce":"NONCE"}`),
		"a step after a failed one": lines(1, true, agent.TypeStepStart, start, agent.TypeStepEnd, `{"nonce":"NONCE","step":0,"exit":1}`, agent.TypeStepStart, `{"nonce":"NONCE","step":1}`),
		"ended twice":               lines(1, false, agent.TypeStepStart, start, agent.TypeStepEnd, end, agent.TypeStepEnd, end),
		"job over inside a step":    lines(0, true, agent.TypeStepStart, start, agent.TypeEnd, `{"nonce":"NONCE"}`),
		"output after a step":       lines(1, false, agent.TypeStepStart, start, agent.TypeStepEnd, end, agent.TypeStdout, "x"),
		"output beyond the cap":     lines(0, true, agent.TypeStepStart, start, agent.TypeStdout, bytes.Repeat([]byte("x"), 101)),
		"stderr beyond the cap":     lines(0, true, agent.TypeStepStart, start, agent.TypeStderr, bytes.Repeat([]byte("x"), 60), agent.TypeStderr, bytes.Repeat([]byte("x"), 60)),
		"credit for nothing":        lines(0, true, agent.TypeStepStart, start, agent.TypeStdinCredit, []byte{0, 0, 0, 1}),
		"negative credit":           lines(0, true, agent.TypeStepStart, start, agent.TypeStdinCredit, []byte{0xff, 0xff, 0xff, 0xff}),
		"short credit":              lines(0, true, agent.TypeStepStart, start, agent.TypeStdinCredit, []byte{1}),
		"a host's frame":            lines(0, false, agent.TypeStdin, "x"),
		"a frame of no type":        lines(0, false, agent.Type(0), ""),
		"a failure of its own":      lines(0, false, agent.TypeFailure, `{"nonce":"NONCE","error":"no disk"}`),
		"compiler not there":        lines(0, false, agent.TypeStepEnd, `{"nonce":"NONCE","step":0,"exit":-1,"not_started":"no rustc"}`),
		"dies in the middle":        func(a *fakeAgent) { a.begin(); a.start(0) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// A kill for memory excuses only an agent that fell silent.
				for _, oom := range []int64{0, 1} {
					if oom > 0 && slices.Contains([]string{"dies in the middle", "a failure of its own"}, name) {
						continue
					}
					b := &fakeBackend{oomKills: oom, serve: func(_ int, a *fakeAgent) { serve(a) }}
					r := newFake(t, b, Config{Limits: Limits{Output: 100}})
					res, err := r.Run(t.Context(), program(""), nil, nil)
					if !errors.Is(err, ErrBoxDied) {
						t.Errorf("with %d kills: %+v, %v", oom, res, err)
					}
					finish(t, r)
				}
			})
		})
	}
}

// The kernel may choose the agent as its victim.
func TestAgentKilledForMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{oomKills: 1, serve: func(_ int, a *fakeAgent) { a.begin(); a.start(0) }}, Config{})
		defer finish(t, r)
		res, err := r.Run(t.Context(), program(""), nil, nil)
		if err != nil || res.Verdict != VerdictMemory || res.Stage != StageCompile || res.ExitCode != -1 {
			t.Errorf("%+v, %v", res, err)
		}
	})
}

// A program that was built but cannot be executed is not an error of the runner.
func TestNotExecutable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeBackend{serve: func(_ int, a *fakeAgent) {
			a.begin()
			a.w.WriteJSON(agent.TypeStepEnd, a.step(0, agent.Step{Wall: 1}))
			a.w.WriteJSON(agent.TypeStepEnd, agent.StepEnd{Nonce: a.job.Nonce, Step: 1, Exit: -1, NotStarted: "cannot execute x"})
			a.w.WriteJSON(agent.TypeEnd, agent.End{Nonce: a.job.Nonce})
		}}, Config{})
		defer finish(t, r)
		res, out := output(t, r, program(""))
		if res.Verdict != VerdictNoProgram || res.ExitCode != -1 || res.Stage != StageRun || out != "corust: cannot execute x\n" {
			t.Errorf("%+v, %q", res, out)
		}
	})
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{}
		r := newFake(t, b, Config{MaxBoxes: 1})
		defer finish(t, r)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		var got string
		res, err := r.Run(ctx, program("out:x sleep:5s"), nil, func(e Event) { got += string(e.Data) })
		if err != nil || res.Verdict != VerdictCanceled || res.Stage != StageRun || res.ExitCode != -1 || got != "x" {
			t.Errorf("%+v, %v, %q", res, err, got)
		}
		synctest.Wait()
		if n := b.living(); n != 0 {
			t.Errorf("%d boxes are alive after the cancellation", n)
		}
		if res, _ := output(t, r, program("out:y")); res.Verdict != VerdictOK {
			t.Errorf("the place was not given back: %+v", res)
		}
	})
}

// What a caller has not taken yet is held in few pieces: its place in the queue as
// it is now, and the output of a stream as one.
func TestOutboxJoins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []Event
		slow := make(chan struct{})
		o := newOutbox(func(e Event) {
			<-slow
			got = append(got, e)
		})
		o.put(Event{Kind: KindStageEnd})
		synctest.Wait() // that one is being taken
		for n := range 1000 {
			o.put(Event{Kind: KindQueued, Position: 1000 - n})
		}
		for range 1000 {
			o.put(Event{Kind: KindStdout, Stage: StageRun, Data: []byte("x")})
		}
		close(slow)
		o.close()
		if len(got) != 3 || got[1].Position != 1 || len(got[2].Data) != 1000 {
			t.Errorf("%d events: %.200v", len(got), got)
		}
	})
}

// A caller that takes its time with the events holds up neither the box nor the
// place, and gets everything.
func TestSlowEmit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{}
		r := newFake(t, b, Config{MaxBoxes: 1, MaxQueue: 1})
		defer finish(t, r)
		text := strings.TrimSpace(strings.Repeat("out:0123456789 err:x ", 100))
		done := make(chan string)
		go func() {
			var out, errs strings.Builder
			_, err := r.Run(t.Context(), program(text), nil, func(e Event) {
				time.Sleep(time.Minute)
				switch e.Kind {
				case KindStdout:
					out.Write(e.Data)
				case KindStderr:
					errs.Write(e.Data)
				}
			})
			done <- fmt.Sprint(err, len(out.String()), len(errs.String()))
		}()
		synctest.Wait()
		start := time.Now()
		if res, _ := output(t, r, program("sleep:1s")); res.Verdict != VerdictOK {
			t.Errorf("%+v", res)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("another request waited %v for an unrelated reader", took)
		}
		if got := <-done; got != "<nil> 1000 100" {
			t.Errorf("the slow reader got %s", got)
		}
	})
}

func TestJudge(t *testing.T) {
	wall, out := agent.KilledWall, agent.KilledOutput
	for _, tt := range []struct {
		stage StageName
		end   agent.StepEnd
		want  Verdict
	}{
		{StageRun, agent.StepEnd{}, VerdictOK},
		{StageRun, agent.StepEnd{Exit: 1}, VerdictExit},
		{StageCompile, agent.StepEnd{Exit: 1}, VerdictCompileError},
		{StageRun, agent.StepEnd{Exit: 137}, VerdictExit},
		{StageRun, agent.StepEnd{Exit: 124, OOMKills: 3}, VerdictExit},
		{StageRun, agent.StepEnd{OOMKills: 3, ProcessesDenied: 5, DiskFull: true}, VerdictOK},
		{StageRun, agent.StepEnd{Exit: -1, Signal: 9}, VerdictSignal},
		{StageRun, agent.StepEnd{Exit: -1, Signal: 9, OOMKills: 1}, VerdictMemory},
		{StageRun, agent.StepEnd{Exit: -1, Signal: 6, OOMKills: 1}, VerdictSignal},
		{StageRun, agent.StepEnd{Exit: -1, Signal: 9, Killed: wall}, VerdictTimeout},
		{StageRun, agent.StepEnd{Exit: -1, Signal: 9, Killed: wall, OOMKills: 1}, VerdictTimeout},
		{StageRun, agent.StepEnd{Exit: -1, Signal: 9, Killed: out}, VerdictOutput},
		{StageRun, agent.StepEnd{Killed: out}, VerdictOutput},
		{StageRun, agent.StepEnd{Exit: -1, Signal: 25}, VerdictDisk},
		{StageRun, agent.StepEnd{Exit: 101, DiskFull: true}, VerdictDisk},
		{StageRun, agent.StepEnd{Exit: 101, ProcessesDenied: 1}, VerdictProcesses},
		{StageRun, agent.StepEnd{Exit: -1, Signal: 6, ProcessesDenied: 1}, VerdictProcesses},
		{StageCompile, agent.StepEnd{Exit: 1, OOMKills: 1}, VerdictMemory},
		{StageCompile, agent.StepEnd{Exit: -1, Signal: 9, OOMKills: 1}, VerdictMemory},
		{StageCompile, agent.StepEnd{Exit: -1, Signal: 11}, VerdictSignal},
		{StageCompile, agent.StepEnd{Exit: 1, DiskFull: true}, VerdictDisk},
		{StageCompile, agent.StepEnd{Exit: -1, Signal: 9, Killed: wall}, VerdictTimeout},
	} {
		if got := judge(tt.stage, tt.end); got != tt.want {
			t.Errorf("%s %+v: %s, want %s", tt.stage, tt.end, got, tt.want)
		}
	}
}

// counting plans as words does, and counts how many plans are in the making.
type counting struct {
	words
	now, most atomic.Int32
}

func (c *counting) Plan(req Request, tc Toolchain) (Plan, error) {
	n := c.now.Add(1)
	defer c.now.Add(-1)
	for {
		most := c.most.Load()
		if n <= most || c.most.CompareAndSwap(most, n) {
			break
		}
	}
	time.Sleep(time.Second)
	return c.words.Plan(req, tc)
}

// A planner reads what strangers have written: it is busy for as many requests as
// there are places, and the others wait in the queue, where they can be cancelled.
func TestPlansAreMadeInPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		planner := &counting{}
		r, err := New(Config{Backend: &fakeBackend{}, Planner: planner, MaxBoxes: 2})
		if err != nil {
			t.Fatal(err)
		}
		defer finish(t, r)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if res, err := r.Run(t.Context(), program("out:x"), nil, nil); err != nil || res.Verdict != VerdictOK {
					t.Errorf("%+v, %v", res, err)
				}
			})
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.Sleep(time.Millisecond)
		wg.Go(func() {
			if res, err := r.Run(ctx, program("out:x"), nil, nil); err != nil || res.Verdict != VerdictCanceled {
				t.Errorf("%+v, %v", res, err)
			}
		})
		time.Sleep(time.Millisecond)
		cancel()
		wg.Wait()
		if most := planner.most.Load(); most != 2 {
			t.Errorf("%d plans were made at once with 2 places", most)
		}
	})
}

// What the planner refuses takes no box, warm or new, and gives its place back.
func TestRefusedPlansTakeNoBox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &fakeBackend{}
		r := newFake(t, b, Config{MaxBoxes: 1, Warm: 1})
		defer finish(t, r)
		synctest.Wait()
		made := b.counts().made
		req := program("out:x")
		req.Action = ActionTest
		for range 5 {
			var invalid *InvalidError
			if _, err := r.Run(t.Context(), req, nil, nil); !errors.As(err, &invalid) || invalid.Field != "action" {
				t.Errorf("got %v", err)
			}
		}
		if n := b.counts().made; n != made || r.Status().Warm != 1 {
			t.Errorf("%d boxes were made, %d are warm", n-made, r.Status().Warm)
		}
		if res, out := output(t, r, program("out:x")); res.Verdict != VerdictOK || out != "x" {
			t.Errorf("%+v, %q", res, out)
		}
	})
}

// A box has its full weight while it compiles, for a time; a program never has.
func TestBoxYieldsToCompilations(t *testing.T) {
	for name, tt := range map[string]struct {
		compile time.Duration
		after   []time.Duration
	}{
		"a short compilation": {time.Second, []time.Duration{time.Second}},
		"a long one":          {compileHaste + time.Second, []time.Duration{compileHaste, compileHaste + time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var start time.Time
				b := &fakeBackend{serve: func(_ int, a *fakeAgent) {
					a.begin()
					start = time.Now()
					a.step(0, agent.Step{Wall: time.Minute, Argv: []string{"sleep:" + tt.compile.String()}})
					a.w.WriteJSON(agent.TypeStepEnd, agent.StepEnd{Nonce: a.job.Nonce, Wall: 1})
					a.step(1, agent.Step{Wall: time.Minute, Argv: []string{"sleep:10s"}})
					a.w.WriteJSON(agent.TypeStepEnd, agent.StepEnd{Nonce: a.job.Nonce, Step: 1, Wall: 1})
					a.w.WriteJSON(agent.TypeEnd, agent.End{Nonce: a.job.Nonce})
				}}
				r := newFake(t, b, Config{})
				if res, err := r.Run(t.Context(), program(""), nil, nil); err != nil || res.Verdict != VerdictOK {
					t.Fatalf("%+v, %v", res, err)
				}
				finish(t, r)
				var after []time.Duration
				for _, at := range b.yields {
					after = append(after, at.Sub(start))
				}
				if !slices.Equal(after, tt.after) {
					t.Errorf("it yielded after %v, want %v", after, tt.after)
				}
			})
		})
	}
}
