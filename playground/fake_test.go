package playground

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/snapshot"
	"github.com/corust-dev/corust/runner"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// machine is an Executor of a small language: each line of the main file is a word and
// its argument. A line that begins with a compiler's word is for the compile stage.
type machine struct {
	mu   sync.Mutex
	last runner.Request

	hangs chan struct{} // receives a value as each program begins to hang
}

func (*machine) Limits() runner.Limits { return runner.DefaultLimits }
func (*machine) Status() runner.Status { return runner.Status{} }

func (m *machine) request() runner.Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last
}

func (m *machine) Run(ctx context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
	m.mu.Lock()
	m.last = req
	m.mu.Unlock()
	var source string
	for _, f := range req.Files {
		if f.Name == req.Main || req.Main == "" && f.Name == runner.MainFile {
			source = string(f.Data)
		}
	}
	res := runner.Result{Verdict: runner.VerdictOK, Stage: runner.StageCompile}
	text := func(kind runner.Kind, s string) {
		emit(runner.Event{Kind: kind, Stage: res.Stage, Data: []byte(s)})
	}
	stage := func(name runner.StageName) {
		res.Stage = name
		emit(runner.Event{Kind: runner.KindStageStart, Stage: name})
	}
	end := func(code int, signal runner.Signal) {
		s := runner.Stage{Name: res.Stage, ExitCode: code, Signal: signal, Usage: runner.Usage{PeakMemory: 1 << 20}}
		res.Stages, res.ExitCode, res.Signal = append(res.Stages, s), code, signal
		emit(runner.Event{Kind: runner.KindStageEnd, Stage: res.Stage, Ended: &s})
	}
	if strings.HasPrefix(source, "busy") {
		return runner.Result{}, runner.ErrBusy
	}
	if strings.HasPrefix(source, "break") {
		return runner.Result{}, fmt.Errorf("%w: a secret", runner.ErrBoxDied)
	}
	if strings.HasPrefix(source, "queue") {
		<-ctx.Done()
		return runner.Result{Verdict: runner.VerdictCanceled, ExitCode: -1}, nil
	}
	stage(runner.StageCompile)
	if req.Action == runner.ActionFormat {
		if strings.Contains(source, "error") {
			text(runner.KindStderr, "error: cannot format "+req.Main+"\n")
			end(1, 0)
			res.Verdict = runner.VerdictCompileError
			return res, nil
		}
		emit(runner.Event{Kind: runner.KindProduct, Stage: res.Stage, Data: []byte(strings.TrimSpace(source) + "\n")})
		end(0, 0)
		return res, nil
	}
	for line := range strings.Lines(source) {
		word, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "warn":
			text(runner.KindStderr, "warning: unused\n\nwarning: "+arg+" warnings emitted\n\n")
		case "error":
			text(runner.KindStderr, "error: bad\n\nerror: aborting due to 1 previous error; 2 warnings emitted\n\n")
			end(1, 0)
			res.Verdict = runner.VerdictCompileError
			return res, nil
		}
	}
	end(0, 0)
	switch req.Action {
	case runner.ActionClippy, runner.ActionCheck:
		return res, nil
	case runner.ActionMiri:
		if source == "" {
			return runner.Result{}, &runner.InvalidError{Field: "action", Reason: "the toolchain \"nightly\" has no miri"}
		}
	case runner.ActionAsm, runner.ActionLLVMIR, runner.ActionMIR, runner.ActionHIR, runner.ActionExpanded, runner.ActionWasm:
		stage(runner.StageCompile)
		emit(runner.Event{Kind: runner.KindProduct, Stage: res.Stage, Data: []byte(source)})
		end(0, 0)
		return res, nil
	}
	stage(runner.StageRun)
	for line := range strings.Lines(source) {
		word, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "print":
			text(runner.KindStdout, arg+"\n")
		case "bytes":
			for i := range len(arg) { // a byte at a time
				text(runner.KindStdout, arg[i:i+1])
			}
		case "invalid":
			text(runner.KindStdout, "\xff\xe2\x82")
		case "eprint":
			text(runner.KindStderr, arg+"\n")
		case "echo":
			_, _ = io.Copy(writer(func(p []byte) { text(runner.KindStdout, string(p)) }), stdin)
		case "exit":
			var code int
			_, _ = fmt.Sscan(arg, &code)
			end(code, 0)
			res.Verdict = runner.VerdictExit
			return res, nil
		case "signal":
			var n runner.Signal
			_ = n.UnmarshalText([]byte(arg))
			end(-1, n)
			res.Verdict = runner.VerdictSignal
			return res, nil
		case "hang":
			m.hangs <- struct{}{}
			<-ctx.Done()
			end(-1, 0)
			res.Verdict = runner.VerdictCanceled
			return res, nil
		case "flood":
			end(-1, 0)
			res.Verdict, res.Hits = runner.VerdictOutput, []runner.Hit{{Limit: "output", Amount: 64000, Unit: runner.UnitBytes}}
			return res, nil
		}
	}
	end(0, 0)
	return res, nil
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

// toolchain has stable, which is the default, and nightly.
func toolchain(_ context.Context, channel runner.Channel) (runner.Toolchain, error) {
	switch channel {
	case "", "stable":
		return runner.Toolchain{Channel: channel, Version: "1.95.0", ID: "s", Rustc: "/rustc"}, nil
	case "nightly":
		return runner.Toolchain{Channel: channel, Version: "1.97.0-nightly", ID: "n", Rustc: "/rustc"}, nil
	}
	return runner.Toolchain{}, &runner.InvalidError{Field: "channel", Reason: "not here"}
}

// site is a handler that serves on this machine.
type site struct {
	*testing.T
	*Handler
	machine *machine
	url     string
}

func serve(t *testing.T, change func(*Config)) *site {
	t.Helper()
	store, err := snapshot.Open(t.TempDir(), snapshot.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{hangs: make(chan struct{}, 100)}
	cfg := Config{
		Executor: m, Toolchain: toolchain, Store: store, Origins: []string{"*"}, Budget: time.Minute,
		Crates: func(context.Context) ([]Crate, error) { return []Crate{{"serde-json", "1.0.1", "serde_json"}}, nil },
	}
	if change != nil {
		change(&cfg)
	}
	h, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(func() {
		if err := h.Close(context.Background()); err != nil {
			t.Error(err)
		}
		srv.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return &site{T: t, Handler: h, machine: m, url: srv.URL}
}

// ask sends a request and returns the answer and its body.
func (s *site) ask(method, path, body string, header ...string) (*http.Response, string) {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		s.Fatal(err)
	}
	return res, string(data)
}
