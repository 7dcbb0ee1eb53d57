package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/events"
)

func TestAcceptIsNegotiated(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		accept []string
		want   string
	}{
		{nil, typeJSON},
		{[]string{""}, typeJSON},
		{[]string{"*/*"}, typeJSON},
		{[]string{"application/json"}, typeJSON},
		{[]string{"Application/X-NDJSON"}, typeNDJSON},
		{[]string{"text/event-stream"}, typeSSE},
		{[]string{"text/*"}, typeSSE},
		{[]string{"text/html, application/x-ndjson;q=0.5"}, typeNDJSON},
		{[]string{"application/json;q=0.1", "application/x-ndjson;q=0.2"}, typeNDJSON},
		{[]string{"application/x-ndjson;q=0.1,application/json;q=0.9"}, typeJSON},
		{[]string{"application/x-ndjson, application/json"}, typeJSON}, // no preference
		{[]string{"*/*;q=0.1, text/event-stream"}, typeSSE},
		{[]string{"*/*, application/json;q=0"}, typeNDJSON},
		{[]string{"application/*;q=0, */*"}, typeSSE},
		{[]string{"application/json;q=0"}, ""},
		{[]string{"text/html"}, ""},
		{[]string{"application/json;q=2"}, ""},
		{[]string{"application/json;q=NaN"}, ""},
		{[]string{"application/json;q=x"}, ""},
		{[]string{"/;;;"}, ""},
		{[]string{strings.Repeat("a/b,", maxRanges) + "application/json"}, ""},
	} {
		if got := negotiate(tt.accept); got != tt.want {
			t.Errorf("Accept %q: %q, want %q", tt.accept, got, tt.want)
		}
	}
}

func TestLimitsOfRequests(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{}`: "{}",
		`{"memory":"256MiB","run_time":"2s","processes":64,"cpus":1.5}`: `{"memory_bytes":268435456,"processes":64,"cpus":1.5,"run_time_ns":2000000000}`,
		`{"memory":268435456,"output":null}`:                            `{"memory_bytes":268435456}`,
		`{"memory":1e9}`:                                                `{"memory_bytes":1000000000}`,
		`{"run_time":2}`:                                                `limits.run_time: invalid duration "2" (want something like 10s or 1m30s)`,
		`{"memory":"1"}`:                                                "invalid limits.memory: 1 byte is not between 16MiB and 1TiB",
		`{"run_time":"-1s"}`:                                            "invalid limits.run_time",
		`{"cpus":"NaN"}`:                                                "invalid limits.cpus",
		`{"memory":true}`:                                               "limits.memory: invalid size",
		`{"memory":["1"]}`:                                              "limits.memory: invalid size",
		`{"memory":"` + strings.Repeat("1", 1000) + `"}`:                "limits.memory: invalid amount",
		`{"memori":1}`:                                                  `limits: unknown limit "memori" (want one of memory, processes,`,
		`[]`:                                                            "limits: want an object",
		`7`:                                                             "limits: want an object",
	} {
		var l Limits
		err := json.Unmarshal([]byte(text), &l)
		got, merr := json.Marshal(runner.Limits(l))
		if merr != nil {
			t.Fatal(merr)
		}
		if err != nil {
			got = []byte(err.Error())
		}
		if !strings.HasPrefix(string(got), want) || len(got) > 500 {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// A body becomes a request of the runner, whose checks it does not repeat.
func TestBodyBecomesARequest(t *testing.T) {
	t.Parallel()
	limit := runner.DefaultLimits
	for text, want := range map[string]string{
		`{"source":"fn main() {}"}`:      `{"files":[{"name":"main.rs","data":"Zm4gbWFpbigpIHt9"}],"diagnostics":true}`,
		`{"source":""}`:                  `{"files":[{"name":"main.rs","data":""}],"diagnostics":true}`,
		`{"source":"x","main":"lib.rs"}`: `{"files":[{"name":"lib.rs","data":"eA=="}],"main":"lib.rs","diagnostics":true}`,
		`{"files":[{"name":"main.rs","content":"x"},{"name":"a","base64":"/w=="}],"main":"main.rs"}`: `{"files":[{"name":"main.rs","data":"eA=="},{"name":"a","data":"/w=="}],"main":"main.rs","diagnostics":true}`,
		`{"source":"","backtrace":true,"env":["A=1"]}`:                                               `"env":["QT0x","UlVTVF9CQUNLVFJBQ0U9MQ=="]`,
		`{"source":"","backtrace":true,"env":["RUST_BACKTRACE=full"]}`:                               `"env":["UlVTVF9CQUNLVFJBQ0U9ZnVsbA=="]`,
		`{"source":"","limits":{"run_time":"1s"}}`:                                                   `"limits":{"run_time_ns":1000000000}`,
		`{"source":"","limits":{"run_time":"1h"}}`:                                                   "invalid limits.run_time: 1h is not between 1ms and 10s",
		`{"source":"","cache":"off"}`:                                                                `"cache":{"off":true}`,
		`{"source":"","cache":"results"}`:                                                            `"cache":{"results":true}`,
		`{"source":"","cache":"all"}`:                                                                `invalid cache: "all" (want off or results)`,
		`{"source":"","files":[]}`:                                                                   "invalid source: give source, or files",
		`{}`:                                                                                         `invalid files: nothing to compile`,
		`{"files":[]}`:                                                                               `invalid files: nothing to compile`,
		`{"files":[{"name":"main.rs","content":"x","base64":"eA=="}]}`:                               `invalid files: "main.rs" has content and base64`,
		`{"source":"","stdin":"a","stdin_base64":"YQ=="}`:                                            "invalid stdin: give stdin, or stdin_base64",
	} {
		var body Request
		if err := json.Unmarshal([]byte(text), &body); err != nil {
			t.Fatal(err)
		}
		req, stdin, err := body.request(limit)
		got, merr := json.Marshal(req)
		if merr != nil {
			t.Fatal(merr)
		}
		if err != nil {
			got = []byte(err.Error())
		}
		var invalid *runner.InvalidError
		if !strings.Contains(string(got), want) || err != nil && !errors.As(err, &invalid) || len(stdin) > 0 {
			t.Errorf("%s: %s, input %q, want %s", text, got, stdin, want)
		}
	}
	var body Request
	if err := json.Unmarshal([]byte(`{"source":"","stdin_base64":"/w=="}`), &body); err != nil {
		t.Fatal(err)
	}
	if _, stdin, err := body.request(limit); err != nil || string(stdin) != "\xff" {
		t.Errorf("input %q, %v", stdin, err)
	}
}

// One answer has the bytes of every stream, however they are cut, and says which are not
// text.
func TestAnswerCollectsEvents(t *testing.T) {
	t.Parallel()
	c := newCollector()
	asm := &runner.Product{Name: "asm", MediaType: "text/x-asm"}
	for _, e := range []runner.Event{
		{Kind: runner.KindWarning, Warning: "no features"},
		{Kind: runner.KindStageStart, Stage: runner.StageCompile},
		{Kind: runner.KindStderr, Stage: runner.StageCompile, Data: []byte("warning: \xc3")},
		{Kind: runner.KindProduct, Stage: runner.StageCompile, Product: asm, Data: []byte("re")},
		{Kind: runner.KindStderr, Stage: runner.StageCompile, Data: []byte("\xbc")},
		{Kind: runner.KindDiagnostic, Stage: runner.StageCompile, Diagnostic: &runner.Diagnostic{Message: "ü"}},
		{Kind: runner.KindProduct, Stage: runner.StageCompile, Product: asm, Data: []byte("t")},
		{Kind: runner.KindStageEnd, Stage: runner.StageCompile},
		{Kind: runner.KindStageStart, Stage: runner.StageCompile},
		{Kind: runner.KindStageEnd, Stage: runner.StageCompile},
		{Kind: runner.KindStageStart, Stage: runner.StageRun},
		{Kind: runner.KindStdout, Stage: runner.StageRun, Data: []byte("\xff")},
		{Kind: runner.KindTest, Stage: runner.StageRun, Test: &runner.Test{Name: "a::b", Outcome: "ok"}},
	} {
		c.event(e)
	}
	code := 7
	a := c.end(events.Event{Result: &runner.Result{}, Exit: &code, Backend: "native"})
	a.Result = nil
	got, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"result":null,"exit":7,"backend":"native","compile":{"stdout":{},"stderr":{"text":"warning: ü"}},"run":{"stdout":{"base64":"/w=="},"stderr":{}},` +
		`"products":[{"name":"asm","media_type":"text/x-asm","text":"ret"}],"diagnostics":[{"level":"","message":"ü"}],"tests":[{"name":"a::b","outcome":"ok"}],"warnings":["no features"]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A list of toolchains is made once for all requests of a moment, and after an error by
// the next.
func TestToolchainListIsMadeOnce(t *testing.T) {
	t.Parallel()
	made := 0
	var fails error
	var list toolchainCache
	get := func() (string, error) {
		data, err := list.get(func(context.Context) (Toolchains, error) {
			made++
			return Toolchains{Toolchains: []Toolchain{{ID: fmt.Sprint(made)}}}, fails
		})
		return string(data), err
	}
	fails = errors.New("no engine")
	if _, err := get(); !errors.Is(err, fails) {
		t.Errorf("got %v", err)
	}
	fails = nil
	first, err := get()
	again, err2 := get()
	if err != nil || err2 != nil || first != again || made != 2 {
		t.Errorf("%q, %v, then %q, %v: made %d times", first, err, again, err2, made)
	}
	list.at = time.Now().Add(-2 * listTime)
	if third, err := get(); err != nil || third == first {
		t.Errorf("after a while: %q, %v", third, err)
	}
}

// A toolchain says what it can do and why not the rest; one that cannot be described is
// left out, and the default comes first.
func TestToolchainsAreDescribed(t *testing.T) {
	t.Parallel()
	h, err := New(Config{
		Executor: noExecutor{}, Exit: func(runner.Result) int { return 0 }, Default: "1.80",
		Toolchains: func(context.Context) ([]runner.Toolchain, error) {
			return []runner.Toolchain{
				{Channel: "stable", Version: "1.95.0", ID: "s", Rustc: "/r", Rustfmt: "/f", ClippyDriver: "/c", Set: "/s", SetKey: "lost"},
				{Channel: "nightly", Version: "1.97.0-nightly", ID: "n", Rustc: "/r"},
				{Channel: "odd", Version: "unknown", ID: "o", Rustc: "/r"},
				{Channel: "old", Version: "1.80.1", ID: "1", Rustc: "/r", Rustdoc: "/d", Rustfmt: "/f", Set: "/s", SetKey: "key"},
			}, nil
		},
		Crates: func(key string) ([]Crate, error) {
			if key != "key" {
				return nil, errors.New("no such set")
			}
			return []Crate{{Name: "serde", Version: "1.0.0", Features: []string{"derive"}}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := h.describeAll(t.Context())
	if err != nil || len(all.Toolchains) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	old, nightly := all.Toolchains[0], all.Toolchains[1]
	if old.Channel != "old" || !old.Default || old.Edition != "2021" || len(old.Crates) != 1 || fmt.Sprint(old.Components) != "[rustc rustfmt rustdoc]" {
		t.Errorf("the default toolchain is %+v", old)
	}
	if nightly.Channel != "nightly" || nightly.Default || nightly.Edition != "2024" || nightly.Crates != nil || fmt.Sprint(nightly.Components) != "[rustc]" {
		t.Errorf("nightly is %+v", nightly)
	}
	for _, a := range old.Actions {
		if lacks := a.Name == runner.ActionClippy; lacks && (a.Available || !strings.Contains(a.Reason, "no clippy")) || a.Name == runner.ActionRun && !a.Available || a.About == "" {
			t.Errorf("%+v", a)
		}
	}
}

type noExecutor struct{ runner.Executor }
