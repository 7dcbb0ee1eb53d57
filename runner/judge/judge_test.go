package judge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/runner"
)

func TestDifference(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode   Mode
		output string
		answer string
		want   string // begins the difference
	}{
		{ModeExact, "a\n", "a\n", ""},
		{ModeExact, "", "", ""},
		{ModeExact, "a", "a\n", "line 1: want the end"},
		{ModeExact, "a \n", "a\n", `line 1: got "a ", want "a"`},
		{ModeExact, "a\n\n", "a\n", `line 2: got "", want the end`},
		{ModeExact, "a\r\n", "a\n", `line 1: got "a\r", want "a"`},
		{ModeLines, "a \r\nb\n\n \n", "a\nb", ""},
		{ModeLines, "", "\n\n", ""},
		{ModeLines, " a", "a", `line 1: got " a", want "a"`},
		{ModeLines, "a\n\nb", "a\nb", `line 2: got "", want "b"`},
		{ModeLines, "a", "a\nb", `line 2: got the end, want "b"`},
		{ModeLines, "a\nb", "a", `line 2: got "b", want the end`},
		{ModeTokens, "1 2\n3", "1\n\t2 3\n", ""},
		{ModeTokens, "1 2", "1 2 3", `word 3: got the end, want "3"`},
		{ModeTokens, "1 2 3", "1 2", `word 3: got "3", want the end`},
		{ModeTokens, "1.0", "1", `word 1: got "1.0", want "1"`},
		{ModeTokens, "\xff", "\xfe", `word 1: got "\xff", want "\xfe"`},
		{ModeFloat, "1.0000001 x NaN -inf 1e3", "1 x nan -Inf 1000.0001", ""},
		{ModeFloat, "1000000.5", "1000000", ""}, // relatively
		{ModeFloat, "1.1", "1", `word 1: got "1.1", want "1"`},
		{ModeFloat, "inf", "1e308", `word 1`},
		{ModeFloat, "nan", "0", `word 1`},
		{ModeFloat, "x", "y", `word 1: got "x", want "y"`},
		{ModeFloat, "1", "", `word 1: got "1", want the end`},
		{ModeLines, strings.Repeat("x", 1000), "y", `line 1: got "` + strings.Repeat("x", quoted) + `"…`},
	} {
		got := Comparison{Mode: c.mode, Tolerance: 1e-6}.Difference([]byte(c.output), []byte(c.answer))
		if !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") || strings.Contains(got, "\n") {
			t.Errorf("%s: %q for %q: %q, want %q", c.mode, c.output, c.answer, got, c.want)
		}
	}
}

// Two outputs differ in each mode only if they are not the same bytes, and a more lenient
// mode finds no difference that a stricter one does not.
func FuzzDifference(f *testing.F) {
	f.Add([]byte("1 2\n"), []byte("1\n2"))
	f.Add([]byte("1.0 \n\n"), []byte("1"))
	f.Fuzz(func(t *testing.T, output, answer []byte) {
		right := func(m Mode) bool { return Comparison{m, 1e-6}.Difference(output, answer) == "" }
		if right(ModeExact) != bytes.Equal(output, answer) {
			t.Error("exact")
		}
		for i, m := range []Mode{ModeExact, ModeLines, ModeTokens} {
			if next := []Mode{ModeLines, ModeTokens, ModeFloat}[i]; right(m) && !right(next) {
				t.Errorf("right by %s and not by %s", m, next)
			}
		}
	})
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestLoad(t *testing.T) {
	t.Parallel()
	cases, err := Load(fstest.MapFS{
		"10.in": file("ten"), "10.out": file("10"), "9.in": file("nine"), "9.ans": file(""), "009.in": file("x"),
		"sub/a.in": file("a"), "sub/a.out": file("A"), "sub/a.toml": file("args=[]"), ".git/x.in": file("x"), "README": file("x"), "b.toml": file("x"),
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range cases {
		got = append(got, fmt.Sprintf("%s %q %q %t %q", c.Name, c.Input, c.Answer, c.HasAnswer, c.Settings))
	}
	want := []string{`009 "x" "" false ""`, `9 "nine" "" true ""`, `10 "ten" "10" true ""`, `sub/a "a" "A" true "args=[]"`}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	large := fstest.MapFS{}
	for i := range MaxCases + 1 {
		large[fmt.Sprintf("%d.in", i)] = file("")
	}
	for want, fsys := range map[string]fstest.MapFS{
		"no cases (want files such as 1.in and 1.out)":        {"1.out.txt": file("")},
		`"1.out" has no input (want "1.in")`:                  {"1.out": file(""), "2.in": file("")},
		`case "1" has two answers: ["1.out" "1.ans"]`:         {"1.in": file(""), "1.out": file(""), "1.ans": file("")},
		fmt.Sprintf("%d cases, at most 10000", len(large)):    large,
		fmt.Sprintf(`"1.in" has more than %d bytes`, MaxFile): {"1.in": file(strings.Repeat("x", MaxFile+1))},
	} {
		if _, err := Load(fsys); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestNaturalOrder(t *testing.T) {
	t.Parallel()
	want := []string{"", "01", "1", "2", "10", "100000000000000000000000", "a", "a1", "a2b", "a10", "b"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, natural)
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// echo is an executor whose programs do what the words of their input say. A checker
// prints "said" and exits with the number of its source.
type echo struct {
	mu        sync.Mutex
	now, most int
	begun     []string
	after     map[string]int // runs that had ended when an input began
	ended     int
}

func (x *echo) Limits() runner.Limits { return runner.DefaultLimits }
func (x *echo) Status() runner.Status { return runner.Status{} }

func (x *echo) Run(ctx context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
	input, _ := io.ReadAll(stdin)
	x.mu.Lock()
	x.now++
	x.most = max(x.most, x.now)
	x.begun = append(x.begun, string(input))
	if x.after == nil {
		x.after = map[string]int{}
	}
	x.after[string(input)] = x.ended
	x.mu.Unlock()
	defer func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.now--
		x.ended++
	}()
	run := runner.Stage{Name: runner.StageRun, Usage: runner.Usage{Wall: time.Second, Waited: time.Millisecond}}
	res := runner.Result{Verdict: runner.VerdictOK, Stage: runner.StageRun, Stages: []runner.Stage{run}}
	emit(runner.Event{Kind: runner.KindStderr, Stage: runner.StageCompile, Data: []byte("warning")})
	out := func(text string) {
		emit(runner.Event{Kind: runner.KindStdout, Stage: runner.StageRun, Data: []byte(text)})
	}
	if source := string(req.Files[0].Data); source == "broken" {
		return runner.Result{Verdict: runner.VerdictCompileError, Stage: runner.StageCompile, ExitCode: 1}, nil
	} else if source != "" { // a checker
		out("said " + strings.Join(req.Args, " ") + " " + string(input) + "\nmore")
		if res.ExitCode = int(source[0] - '0'); res.ExitCode > 0 {
			res.Verdict = runner.VerdictExit
		}
		return res, nil
	}
	for _, word := range strings.Fields(string(input)) {
		what, arg, _ := strings.Cut(word, ":")
		switch what {
		case "sleep":
			d, _ := time.ParseDuration(arg)
			select {
			case <-time.After(d):
			case <-ctx.Done():
				return runner.Result{Verdict: runner.VerdictCanceled}, nil
			}
		case "out":
			out(arg)
		case "err":
			emit(runner.Event{Kind: runner.KindStderr, Stage: runner.StageRun, Data: []byte(strings.Repeat(arg, 5000))})
		case "timeout":
			res.Verdict = runner.VerdictTimeout
		case "compile":
			return runner.Result{Verdict: runner.VerdictCompileError, Stage: runner.StageCompile, ExitCode: 1}, nil
		case "fail":
			return runner.Result{}, errors.New("no boxes")
		case "limit":
			out(fmt.Sprint(req.Limits.Output))
		}
	}
	return res, nil
}

// request is that of a program or checker.
func request(source string) runner.Request {
	return runner.Request{Files: []runner.File{{Name: "main.rs", Data: []byte(source)}}}
}

// listed makes cases of inputs and answers.
func listed(texts ...string) []Case {
	var list []Case
	for i := 0; i < len(texts); i += 2 {
		list = append(list, Case{Name: fmt.Sprint(i / 2), Input: []byte(texts[i]), Answer: []byte(texts[i+1]), HasAnswer: true})
	}
	return list
}

// told judges and returns a line for each outcome.
func told(t *testing.T, x runner.Executor, task Task) (lines []string, s Summary, err error) {
	t.Helper()
	task.Program = request("")
	if task.Jobs == 0 {
		task.Jobs = 4
	}
	s, err = Run(t.Context(), x, task, func(o Outcome) {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", o.Case, o.Verdict, o.Message)))
	})
	return lines, s, err
}

// Outcomes come in order, the first case runs alone, and the others as many at a time as
// there are jobs.
func TestOutcomesComeInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := &echo{}
		lines, s, err := told(t, x, Task{Jobs: 3, Cases: listed(
			"sleep:5s out:a", "a", "sleep:9s out:b", "b", "out:c", "x", "timeout", "", "sleep:1s out:d", "d", "sleep:1s out:e", "e")})
		want := []string{"0 passed", "1 passed", `2 wrong line 1: got "c", want "x"`, "3 timeout", "4 passed", "5 passed"}
		if err != nil || !slices.Equal(lines, want) {
			t.Errorf("%v: %q", err, lines)
		}
		if x.most != 3 || x.after["sleep:9s out:b"] != 1 {
			t.Errorf("%d at once; the second case began after %d", x.most, x.after["sleep:9s out:b"])
		}
		if want := (Summary{Cases: 6, Passed: 4, Failed: 2, Slowest: 999 * time.Millisecond, Wall: 14 * time.Second}); s != want {
			t.Errorf("%+v, want %+v", s, want)
		}
	})
}

func TestFailFastSkipsTheRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := &echo{}
		lines, s, err := told(t, x, Task{Jobs: 2, FailFast: true, Cases: listed("out:a", "a", "sleep:1s", "b", "sleep:1h", "", "", "", "", "")})
		want := []string{"0 passed", `1 wrong line 1: got the end, want "b"`, "2 skipped", "3 skipped", "4 skipped"}
		if err != nil || !slices.Equal(lines, want) || s.Skipped != 3 {
			t.Errorf("%v: %q, %+v", err, lines, s)
		}
	})
}

func TestCheckerDecides(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"0": "0 passed said 7 2 3 out:ab abxyz", // input, output, answer
		"1": "0 wrong said 7 2 3 out:ab abxyz",
		"2": "0 checker the checker ended with exit (exit code 2) said 7 2 3 out:ab abxyz",
	} {
		lines, _, err := told(t, &echo{}, Task{Checker: request(source), Cases: listed("out:ab ", "xyz")})
		if err != nil || len(lines) != 1 || lines[0] != want {
			t.Errorf("%s: %v: %q, want %q", source, err, lines, want)
		}
	}
}

func TestFailuresOfRun(t *testing.T) {
	t.Parallel()
	var compile *CompileError
	if _, _, err := told(t, &echo{}, Task{Cases: listed("compile", "", "out:a", "a")}); !errors.As(err, &compile) || compile.Checker {
		t.Errorf("got %v", err)
	}
	if _, _, err := told(t, &echo{}, Task{Checker: request("broken"), Cases: listed("out:a", "")}); !errors.As(err, &compile) || !compile.Checker || len(compile.Events) != 1 || string(compile.Events[0].Data) != "warning" {
		t.Errorf("got %v, %+v", err, compile)
	}
	lines, _, err := told(t, &echo{}, Task{Cases: listed("out:a", "a", "fail", "")})
	if err == nil || err.Error() != "no boxes" || len(lines) != 1 {
		t.Errorf("got %v after %q", err, lines)
	}
	if _, _, err := told(t, &echo{}, Task{Cases: []Case{{Name: "x"}}}); err == nil || err.Error() != `case "x" has no answer (want x.out or x.ans)` {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, &echo{}, Task{Program: request(""), Cases: listed("sleep:1h", ""), Jobs: 1}, func(Outcome) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A long answer raises the cap on output, and what a program writes to standard error is
// kept in part.
func TestOutputOfACase(t *testing.T) {
	t.Parallel()
	task := Task{Program: request(""), Jobs: 1, Cases: listed("limit", fmt.Sprint(5+outputRoom), "limit err:xyz", strings.Repeat("1", 200_000))}
	var got []Outcome
	if _, err := Run(t.Context(), &echo{}, task, func(o Outcome) { got = append(got, o) }); err != nil {
		t.Fatal(err)
	}
	if got[0].Verdict != Passed || !strings.Contains(got[1].Message, fmt.Sprint(200_000+outputRoom)) || len(got[1].Stderr) != maxStderr {
		t.Errorf("%+v", got)
	}
}

// The compiler's output is that of the first case.
func TestCompilerIsHeardOnce(t *testing.T) {
	t.Parallel()
	var heard []string
	task := Task{Cases: listed("", "", "", "", "", ""), Emit: func(e runner.Event) { heard = append(heard, string(e.Data)) }}
	if _, _, err := told(t, &echo{}, task); err != nil || !slices.Equal(heard, []string{"warning"}) {
		t.Errorf("%v: %q", err, heard)
	}
}
