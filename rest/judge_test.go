package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/corust-dev/corust/runner"
)

// A body becomes a task, or says what is wrong with it.
func TestBodyBecomesATask(t *testing.T) {
	t.Parallel()
	const program = `"source":"x"`
	const cases = `"cases":[{"expected":""}]`
	for body, want := range map[string]string{
		program + `,"cases":[{"stdin":"1","expected":"2"},{"name":"b","stdin_base64":"/w==","expected_base64":"/w==","args":[],"limits":{"run_time":"1s"}}]`: "",
		program + `,` + cases + `,"compare":"float","tolerance":0`: "",
		program + `,` + cases + `,"action":"run"`:                  "",
		program + `,"cases":[{}],"checker":{"source":""}`:          "",
		program:                   `invalid cases: none`,
		program + `,"cases":[{}]`: `invalid cases[0]: it has no expected output`,
		cases:                     `invalid files: nothing to compile`,
		program + `,` + cases + `,"compare":"nearly"`:                                                                  `invalid compare: "nearly" (want one of lines, exact, tokens and float)`,
		program + `,` + cases + `,"tolerance":-1`:                                                                      `invalid tolerance: -1`,
		program + `,` + cases + `,"action":"test"`:                                                                     `invalid action: "test" (want run)`,
		program + `,` + cases + `,"views":["asm"]`:                                                                     `invalid views`,
		program + `,` + cases + `,"stdin":"1"`:                                                                         `invalid stdin: the cases have the input`,
		program + `,` + cases + `,"checker":{}`:                                                                        `invalid checker.files: nothing to compile`,
		program + `,` + cases + `,"checker":{"source":"","args":["1"]}`:                                                `invalid checker.args`,
		program + `,` + cases + `,"checker":{"source":"","action":"x"}`:                                                `invalid checker.action: "x"`,
		program + `,"cases":[{"expected":""},{"expected":"","stdin":"","stdin_base64":"","limits":{"memory":"1TiB"}}]`: `invalid cases[1].limits.memory: `,
		program + `,"cases":[{"expected":"","expected_base64":"/w=="}]`:                                                `invalid cases[0]: give expected`,
		program + `,"cases":[{"expected":"","stdin":"a","stdin_base64":"/w=="}]`:                                       `invalid cases[0]: give stdin`,
		program + `,"cases":[{"expected":"","name":"` + strings.Repeat("x", 300) + `"}]`:                               `invalid cases[0]: a name of 300 bytes, at most 200`,
		program + `,"cases":[` + strings.Repeat(`{"expected":""},`, MaxCases) + `{"expected":""}]`:                     `invalid cases: 1001 cases, at most 1000`,
	} {
		var r JudgeRequest
		if err := json.Unmarshal([]byte("{"+body+"}"), &r); err != nil {
			t.Fatalf("%.200s: %v", body, err)
		}
		_, err := r.task(runner.DefaultLimits)
		var invalid *runner.InvalidError
		if want == "" && err != nil || want != "" && (!errors.As(err, &invalid) || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%.200s: %v, want %q", body, err, want)
		}
	}
	var r JudgeRequest
	body := `{"source":"x","args":["p"],"limits":{"memory":"64MiB"},"cases":[{"expected":"a"},{"name":"b","stdin_base64":"/w==","expected_base64":"/g==","args":[],"limits":{"run_time":"1s"}}]}`
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		t.Fatal(err)
	}
	task, err := r.task(runner.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%+v", task.Cases); got != `[{Name:1 Input:[] Answer:[97] HasAnswer:true Args:[] Limits:`+fmt.Sprintf("%+v", runner.Limits{})+` Settings:[]} {Name:b Input:[255] Answer:[254] HasAnswer:true Args:[] Limits:`+fmt.Sprintf("%+v", task.Cases[1].Limits)+` Settings:[]}]` || task.Cases[0].Args != nil || task.Cases[1].Args == nil {
		t.Errorf("cases %s", got)
	}
}

// client is a Call of a client that may start everything.
type client struct {
	t       *testing.T
	body    string
	charged int
	failed  error
}

func (c *client) Body(v any) error { return json.Unmarshal([]byte(c.body), v) }
func (c *client) Begin(runs int) (context.Context, string, func(), bool) {
	c.charged = runs
	return c.t.Context(), "owner", func() {}, true
}
func (c *client) Fail(err error)        { c.failed = err }
func (c *client) NotAcceptable(string)  {}
func (c *client) Cached(string, []byte) {}

// echoing is an executor whose programs print their input. "compile" is not compiled, and of
// each program's runs, those from busyAt on are refused busy times.
type echoing struct {
	runner.Executor
	mu           sync.Mutex
	runs         int
	busyAt, busy int
	seen         []runner.Request
}

func (x *echoing) Limits() runner.Limits { return runner.DefaultLimits }

func (x *echoing) Run(_ context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.runs >= x.busyAt && x.busy > 0 {
		x.busy--
		return runner.Result{}, runner.ErrShare
	}
	x.runs++
	x.seen = append(x.seen, req)
	emit(runner.Event{Kind: runner.KindStageStart, Stage: runner.StageCompile})
	emit(runner.Event{Kind: runner.KindStderr, Stage: runner.StageCompile, Data: []byte("warning")})
	if string(req.Files[0].Data) == "compile" {
		return runner.Result{Verdict: runner.VerdictCompileError, Stage: runner.StageCompile}, nil
	}
	data, err := io.ReadAll(stdin)
	emit(runner.Event{Kind: runner.KindStdout, Stage: runner.StageRun, Data: data})
	return runner.Result{Verdict: runner.VerdictOK, Stage: runner.StageRun}, err
}

// judged posts a body and returns the answer.
func judged(t *testing.T, x runner.Executor, accept, body string) (string, *client) {
	t.Helper()
	h, err := New(Config{Executor: x, Backend: "native", MaxLimits: runner.DefaultLimits, Exit: func(runner.Result) int { return 0 }, Toolchains: func(context.Context) ([]runner.Toolchain, error) { return nil, nil }})
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, body: body}
	r := httptest.NewRequest(http.MethodPost, "/api/v1/judge", nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.Judge(w, r, c)
	return w.Body.String(), c
}

// The answer has the outcomes in the order of the cases, or why nothing was judged.
func TestJudgeAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const three = `{"source":"x","fail_fast":true,"cases":[{"stdin":"a","expected":"a"},{"name":"b","stdin":"b","expected":"c"},{"stdin":"c","expected":"c"}]}`
		result := `"result":{"verdict":"ok","stage":"run","exit_code":0,"stages":null,"queued_ns":0}`
		outcomes := []string{`"case":"1","verdict":"passed",` + result, `"case":"b","verdict":"wrong","message":"line 1: got \"b\", want \"c\"",` + result, `"case":"3","verdict":"skipped"`}
		const summary = `"cases":3,"passed":1,"failed":1,"skipped":1,"slowest_ns":0,"peak_memory_bytes":0,"wall_ns":0}`
		stream := `{"event":"stage-start","stage":"compile"}
{"event":"stderr","stage":"compile","text":"warning"}
{"event":"case",` + outcomes[0] + `}
{"event":"case",` + outcomes[1] + `}
{"event":"case",` + outcomes[2] + `}
{"event":"summary",` + summary + "\n"
		if got, c := judged(t, &echoing{}, typeNDJSON, three); got != stream || c.charged != 1 {
			t.Errorf("%d runs were charged, and the answer is %s\nwant %s", c.charged, got, stream)
		}
		events := ""
		for line := range strings.Lines(stream) {
			kind, _, _ := strings.Cut(strings.TrimPrefix(line, `{"event":"`), `"`)
			events += "event: " + kind + "\ndata: " + line + "\n"
		}
		if got, _ := judged(t, &echoing{}, typeSSE, three); got != events {
			t.Errorf("got %s\nwant %s", got, events)
		}
		one := `{"cases":[{` + strings.Join(outcomes, "},{") + `}],"summary":{` + summary + `,"backend":"native","compile":{"stdout":{},"stderr":{"text":"warning"}}}` + "\n"
		if got, _ := judged(t, &echoing{}, typeJSON, three); got != one {
			t.Errorf("got %s\nwant %s", got, one)
		}

		const failure = `"result":{"verdict":"compile-error","stage":"compile","exit_code":0,"stages":null,"queued_ns":0}`
		for body, who := range map[string]string{
			`{"source":"compile","cases":[{"expected":""}]}`:                          "program",
			`{"source":"x","cases":[{"expected":""}],"checker":{"source":"compile"}}`: "checker",
		} {
			want := `{"error":"the ` + who + ` was not compiled: compile-error",` + failure + `,"backend":"native","compile":{"stdout":{},"stderr":{"text":"warning"}}}` + "\n"
			if got, c := judged(t, &echoing{}, typeJSON, body); got != want || c.failed != nil {
				t.Errorf("got %s, %v\nwant %s", got, c.failed, want)
			}
			want = `{"event":"error",` + failure + `,"error":"the ` + who + ` was not compiled: compile-error"}` + "\n"
			if got, _ := judged(t, &echoing{}, typeNDJSON, body); !strings.HasSuffix(got, want) || !strings.Contains(got, "warning") {
				t.Errorf("got %s\nwant %s", got, want)
			}
		}
	})
}

// A task is refused before its first run only. A later case waits for a place.
func TestJudgeWaitsForPlaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		body := `{"source":"x","cache":"off","cases":[` + strings.TrimSuffix(strings.Repeat(`{"expected":""},`, 25), ",") + `]}`
		if _, c := judged(t, &echoing{busy: 1}, typeNDJSON, body); !errors.Is(c.failed, runner.ErrBusy) || c.charged != 3 {
			t.Errorf("%v, and %d runs were charged", c.failed, c.charged)
		}
		x := &echoing{busyAt: 4, busy: 30}
		got, c := judged(t, x, typeJSON, body)
		if !strings.Contains(got, `"passed":25,`) || c.failed != nil || x.busy != 0 {
			t.Errorf("%s, %v", got, c.failed)
		}
		for _, req := range x.seen {
			if req.Owner != "owner" || req.Cache.Off || req.Cache.Scope == "" || req.Cache != x.seen[0].Cache {
				t.Errorf("the cache of a run is %+v", req.Cache)
			}
		}
	})
}
