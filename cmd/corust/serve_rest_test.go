package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/web"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/rest"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/events"
)

// orders is an executor that does what the main file says, a word or two a line.
type orders struct {
	runner.Executor
	hanging chan struct{} // gets a value when a run hangs
	ended   chan error    // gets the context's error when it ceases to
}

// Run implements runner.Executor.
func (o orders) Run(ctx context.Context, req runner.Request, stdin io.Reader, emit func(runner.Event)) (runner.Result, error) {
	for line := range strings.Lines(string(req.Files[0].Data)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "start":
			emit(runner.Event{Kind: runner.KindStageStart, Stage: runner.StageRun})
		case "print":
			emit(runner.Event{Kind: runner.KindStdout, Stage: runner.StageRun, Data: []byte(rest)})
		case "owner":
			emit(runner.Event{Kind: runner.KindStdout, Stage: runner.StageRun, Data: []byte(req.Owner)})
		case "cat":
			data, err := io.ReadAll(stdin)
			if err != nil {
				return runner.Result{}, err
			}
			emit(runner.Event{Kind: runner.KindStdout, Stage: runner.StageRun, Data: data})
		case "flood":
			for range 1 << 10 {
				if ctx.Err() != nil {
					break
				}
				emit(runner.Event{Kind: runner.KindStdout, Stage: runner.StageRun, Data: bytes.Repeat([]byte("x"), 64<<10)})
			}
			o.ended <- ctx.Err()
		case "hang":
			o.hanging <- struct{}{}
			<-ctx.Done()
			o.ended <- ctx.Err()
			return runner.Result{Verdict: runner.VerdictCanceled, ExitCode: -1}, nil
		case "busy":
			return runner.Result{}, runner.ErrBusy
		case "share":
			return runner.Result{}, runner.ErrShare
		case "closed":
			return runner.Result{}, runner.ErrClosed
		case "invalid":
			return runner.Result{}, &runner.InvalidError{Field: "files", Reason: "nothing there"}
		case "fail":
			return runner.Result{}, errors.New("secret path /srv")
		}
	}
	return runner.Result{Verdict: runner.VerdictOK, Stage: runner.StageRun}, nil
}

// restSite is a server with the routes of package rest.
type restSite struct {
	*testing.T
	orders
	url string
	srv *server.Server
}

func serveRest(t *testing.T, limits server.Limits) *restSite {
	t.Helper()
	s := &restSite{T: t, orders: orders{hanging: make(chan struct{}, 1), ended: make(chan error, 1)}}
	routes, err := restRoutes(rest.Config{
		Executor: s.orders, MaxLimits: runner.DefaultLimits, Backend: "native", Why: "configured",
		Exit: func(res runner.Result) int { return exitCode(context.Background(), res) },
		Toolchains: func(context.Context) ([]runner.Toolchain, error) {
			return []runner.Toolchain{{Channel: "stable", Version: "1.95.0", Rustc: "/r"}}, nil
		},
		WriteTime: 200 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	store := memory.New()
	hub := collab.NewHub(collab.Config{Store: store})
	s.srv, err = server.New(server.Config{Hub: hub, Assets: web.Dist(), Prefix: "/corust", Hosts: &server.Hosts{}, Limits: limits, Routes: routes, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(s.srv)
	s.url = site.URL + "/corust/api/v1"
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.srv.Close(ctx); err != nil {
			t.Error(err)
		}
		site.Close()
		hub.Close()
		store.Close()
	})
	return s
}

// post runs a script and returns the answer with its body.
func (s *restSite) post(script, accept string) (*http.Response, string) {
	s.Helper()
	body, err := json.Marshal(map[string]string{"source": script, "stdin": "input"})
	if err != nil {
		s.Fatal(err)
	}
	return s.send(http.MethodPost, "/run", string(body), http.Header{"Content-Type": {"application/json"}, "Accept": {accept}})
}

func (s *restSite) send(method, path, body string, header http.Header) (*http.Response, string) {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	req.Header = header
	if host := header.Get("Host"); host != "" {
		req.Host = host
	}
	res, data := exchange(s.T, http.DefaultClient, req)
	return res, string(data)
}

// The three types of an answer have the same events.
func TestRunOverREST(t *testing.T) {
	t.Parallel()
	s := serveRest(t, server.Limits{})
	res, body := s.post("start\nprint <&>\ncat\nowner", "")
	var answer rest.Answer
	if err := json.Unmarshal([]byte(body), &answer); err != nil || res.StatusCode != 200 || res.Header.Get("Content-Type") != "application/json" || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%v, %v, %s", res, err, body)
	}
	if answer.Run.Stdout.Text != "<&>input127.0.0.1/32" || answer.Result.Verdict != "ok" || answer.Exit != 0 || answer.Backend != "native" {
		t.Errorf("got %s", body)
	}
	lines := strings.Join([]string{
		`{"event":"stage-start","stage":"run"}`, `{"event":"stdout","stage":"run","text":"<&>"}`, `{"event":"stdout","stage":"run","text":"input"}`,
		`{"event":"result","result":{"verdict":"ok","stage":"run","exit_code":0,"stages":null,"queued_ns":0},"backend":"native","backend_why":"configured","exit":0}`,
	}, "\n") + "\n"
	res, body = s.post("start\nprint <&>\ncat", "application/x-ndjson")
	if body != lines || res.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("NDJSON: %v, %s", res.Header, body)
	}
	res, body = s.post("start\nprint <&>\ncat", "text/event-stream")
	if res.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("server-sent events: %v", res.Header)
	}
	var data []string
	for event := range strings.SplitSeq(strings.TrimSuffix(body, "\n\n"), "\n\n") {
		name, line, _ := strings.Cut(event, "\n")
		var e events.Event
		if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &e); err != nil || name != "event: "+e.Event {
			t.Errorf("event %q: %v", event, err)
		}
		data = append(data, strings.TrimPrefix(line, "data: "))
	}
	if got := strings.Join(data, "\n") + "\n"; got != lines {
		t.Errorf("server-sent events: %s", body)
	}
}

// What is wrong with a request, or with the server before a run has begun, is a problem
// document, and tells nothing of the server.
func TestRunOverRESTIsRefused(t *testing.T) {
	t.Parallel()
	s := serveRest(t, server.Limits{MessageBytes: 4 << 10, AddressRuns: 1000})
	good := http.Header{"Content-Type": {"application/json"}}
	with := func(key, value string) http.Header {
		h := good.Clone()
		h.Set(key, value)
		return h
	}
	const source = `{"source":""}`
	for name, tt := range map[string]struct {
		body   string
		header http.Header
		status int
		code   wire.Code
		detail string
	}{
		"accept":         {source, with("Accept", "text/html, application/json;q=0"), 406, wire.CodeMalformed, "want application/json, application/x-ndjson, text/event-stream"},
		"unknown member": {`{"source":"","sorce":""}`, good, 400, wire.CodeMalformed, `unknown field "sorce"`},
		"unknown limit":  {`{"source":"","limits":{"x":1}}`, good, 400, wire.CodeMalformed, `unknown limit "x"`},
		"type":           {`{"source":7}`, good, 400, wire.CodeMalformed, `"source" may not be a JSON number`},
		"two values":     {source + source, good, 400, wire.CodeMalformed, "more than one value"},
		"not JSON":       {`fn main() {}`, good, 400, wire.CodeMalformed, "invalid JSON"},
		"form":           {source, with("Content-Type", "text/plain"), 400, wire.CodeMalformed, "Content-Type is not application/json"},
		"surrogate":      {`{"source":"\ud800"}`, good, 400, wire.CodeMalformed, "surrogate"},
		"nothing":        {``, good, 400, wire.CodeMalformed, "nothing to compile"},
		"limit":          {`{"source":"","limits":{"memory":"1TiB"}}`, good, 400, wire.CodeMalformed, "1TiB is not between 16MiB and 512MiB"},
		"too large":      {`{"source":"` + strings.Repeat("x", 5<<10) + `"}`, good, 413, wire.CodeTooLarge, "larger than 4096 bytes"},
		"origin":         {source, with("Origin", "https://evil.example"), 403, wire.CodeForbidden, "another origin"},
		"host":           {source, with("Host", "evil.example"), 421, wire.CodeHost, "evil.example"},
		"invalid":        {`{"source":"invalid"}`, good, 400, wire.CodeMalformed, "nothing there"},
		"busy":           {`{"source":"busy"}`, good, 429, wire.CodeBusy, "all places are taken"},
		"share":          {`{"source":"share"}`, with("Accept", "application/x-ndjson"), 429, wire.CodeBusy, "from this address"},
		"closed":         {`{"source":"closed"}`, with("Accept", "text/event-stream"), 503, wire.CodeResume, "restarting"},
		"fail":           {`{"source":"fail"}`, with("Accept", "application/x-ndjson"), 500, wire.CodeInternal, "something on the server failed"},
	} {
		res, body := s.send(http.MethodPost, "/run", tt.body, tt.header)
		var problem wire.Problem
		if err := json.Unmarshal([]byte(body), &problem); err != nil || res.StatusCode != tt.status || problem.Status != tt.status || problem.Code != tt.code || !strings.Contains(problem.Detail, tt.detail) {
			t.Errorf("%s: status %d, %s, want %d, code %s, %q", name, res.StatusCode, body, tt.status, tt.code, tt.detail)
		}
		if res.Header.Get("Content-Type") != "application/problem+json" || strings.Contains(body, "/srv") || (tt.status == 429) != (res.Header.Get("Retry-After") == "30") {
			t.Errorf("%s: %v, %s", name, res.Header, body)
		}
	}
	if res, _ := s.send(http.MethodGet, "/run", "", nil); res.StatusCode != 405 || res.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %v", res)
	}
	res, body := s.post("start\nfail", "application/x-ndjson")
	if want := `{"event":"error","exit":125,"error":"something on the server failed; the request may be sent again"}`; res.StatusCode != 200 || !strings.HasSuffix(body, want+"\n") {
		t.Errorf("a failure after the beginning: %s", body)
	}
}

// Runs count towards the limits of an address, together with those of sessions, and the
// refusal names the limit.
func TestRunOverRESTIsLimited(t *testing.T) {
	t.Parallel()
	s := serveRest(t, server.Limits{AddressRuns: 2})
	var problem wire.Problem
	for i := range 2 {
		res, body := s.post("", "")
		if i == 0 {
			if res.StatusCode != 200 {
				t.Fatalf("the first run: %s", body)
			}
			continue
		}
		if err := json.Unmarshal([]byte(body), &problem); err != nil || res.StatusCode != 429 || problem.Code != wire.CodeQuota || problem.Hit == nil || problem.Hit.Limit != "address_runs" {
			t.Errorf("the second run: %d, %s", res.StatusCode, body)
		}
	}
}

// A run ends with the connection of its client, whatever the type of the answer, and with
// the server.
func TestRunOverRESTEndsWithItsClient(t *testing.T) {
	t.Parallel()
	for _, accept := range []string{"application/json", "application/x-ndjson", "text/event-stream", "stopping"} {
		t.Run(accept, func(t *testing.T) {
			t.Parallel()
			s := serveRest(t, server.Limits{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/run", strings.NewReader(`{"source":"start\nhang"}`))
			if err != nil {
				t.Fatal(err)
			}
			req.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {accept}}
			if accept == "stopping" {
				req.Header.Del("Accept")
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				if res, err := http.DefaultClient.Do(req); err == nil {
					_, _ = io.Copy(io.Discard, res.Body)
					res.Body.Close()
				}
			}()
			<-s.hanging
			if accept == "stopping" {
				go s.srv.Close(t.Context())
			} else {
				cancel()
			}
			if err := <-s.ended; !errors.Is(err, context.Canceled) {
				t.Errorf("the run ended with %v", err)
			}
			<-done
		})
	}
}

// A client that does not read its stream is cut off, and its run ends.
func TestRunOverRESTOfASlowReader(t *testing.T) {
	t.Parallel()
	s := serveRest(t, server.Limits{})
	conn, err := net.Dial("tcp", strings.Split(strings.TrimPrefix(s.url, "http://"), "/")[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const body = `{"source":"start\nflood"}`
	fmt.Fprintf(conn, "POST /corust/api/v1/run HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	if err := <-s.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("64 MiB went to a client that does not read: %v", err)
	}
}

// A program is compiled once and judged on every case, each in a new box: nothing of a case is
// there for the next.
func TestJudgeOverREST(t *testing.T) {
	t.Parallel()
	if missing := boxesMissing(); missing != "" {
		t.Skip(missing)
	}
	s := startServe(t, "memory")
	const source = `use std::io::Read;

fn main() {
    assert!(!std::path::Path::new("/work/seen").exists());
    std::fs::write("/work/seen", "x").unwrap();
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    if std::env::args().nth(1).as_deref() == Some("spin") {
        loop {}
    }
    let unused = 1;
    println!("{}", text.split_whitespace().map(|n| n.parse::<i64>().unwrap()).sum::<i64>());
}
`
	const checker = `use std::io::Read;

fn main() {
    let mut all = String::new();
    std::io::stdin().read_to_string(&mut all).unwrap();
    println!("read {} bytes", all.len());
    std::process::exit((all != "1 23\n4") as i32);
}
`
	post := func(accept string, task map[string]any) string {
		t.Helper()
		task["source"], task["mode"] = source, "debug"
		body, err := json.Marshal(task)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/v1/judge", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {accept}}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		data, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%d, %v: %s", res.StatusCode, err, data)
		}
		return string(data)
	}
	cases := []map[string]any{
		{"stdin": "1 2", "expected": "3"},
		{"name": "wrong", "stdin": "1 2", "expected": "4"},
		{"stdin": "x", "expected": ""},
		{"stdin": "0", "expected": "0", "args": []string{"spin"}, "limits": map[string]any{"run_time": "300ms"}},
		{"stdin": "-1", "expected": "-1"},
	}
	var j rest.Judgement
	if err := json.Unmarshal([]byte(post("application/json", map[string]any{"cases": cases, "cache": "off"})), &j); err != nil {
		t.Fatal(err)
	}
	var got []string
	compiled := 0
	for _, o := range j.Cases {
		got = append(got, o.Case+" "+string(o.Verdict))
		if !o.Result.Stages[0].Cached {
			compiled++
		}
	}
	if want := []string{"1 passed", "wrong wrong", "3 exit", "4 timeout", "5 passed"}; !slices.Equal(got, want) || j.Cases[1].Message != `line 1: got "3", want "4"` || !strings.Contains(j.Cases[2].Stderr, "panicked") {
		t.Errorf("%q, want %q; %+v", got, want, j.Cases)
	}
	if compiled != 1 || j.Summary == nil || j.Summary.Passed != 2 || j.Summary.Wall == 0 || len(j.Diagnostics) == 0 || j.Backend != "native" {
		t.Errorf("it was compiled %d times; %+v", compiled, j)
	}

	stream := post("application/x-ndjson", map[string]any{"cases": cases, "fail_fast": true, "checker": map[string]any{"source": checker, "mode": "debug"}})
	for _, want := range []string{`{"event":"case","case":"1","verdict":"wrong","message":"read 6 bytes",`, `{"event":"case","case":"wrong","verdict":"skipped"}`, `{"event":"summary","cases":5,"passed":0,"failed":1,"skipped":4,`} {
		if !strings.Contains(stream, want) {
			t.Errorf("no %s in %s", want, stream)
		}
	}
	stream = post("text/event-stream", map[string]any{"cases": cases[1:2], "checker": map[string]any{"source": checker, "mode": "debug"}})
	if !strings.Contains(stream, "event: case\ndata: {\"event\":\"case\",\"case\":\"wrong\",\"verdict\":\"passed\"") {
		t.Errorf("the checker is not heard: %s", stream)
	}
}

// A client that has the list of toolchains is told so.
func TestToolchainsAreCached(t *testing.T) {
	t.Parallel()
	s := serveRest(t, server.Limits{})
	res, body := s.send(http.MethodGet, "/toolchains", "", nil)
	tag := res.Header.Get("ETag")
	var all rest.Toolchains
	if err := json.Unmarshal([]byte(body), &all); err != nil || res.StatusCode != 200 || tag == "" || len(all.Toolchains) != 1 || !all.Toolchains[0].Default || res.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("%v, %s, %v", res, body, err)
	}
	if res, body := s.send(http.MethodGet, "/toolchains", "", http.Header{"If-None-Match": {tag}}); res.StatusCode != 304 || body != "" {
		t.Errorf("the same list: %v, %s", res, body)
	}
	if res, _ := s.send(http.MethodGet, "/toolchains", "", http.Header{"If-None-Match": {`"other"`}}); res.StatusCode != 200 {
		t.Errorf("another list: %v", res)
	}
}

// The commands of docs/rest.md work, one after the other, against a server.
func TestCommandsOfRESTPage(t *testing.T) {
	t.Parallel()
	if missing := boxesMissing(); missing != "" {
		t.Skip(missing)
	}
	for _, tool := range []string{"curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s: %v", tool, err)
		}
	}
	s := startServe(t, "memory")
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".curlrc"), []byte("fail-with-body\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "hello.rs"), []byte("fn main() { println!(\"hello\") }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var token, run string
	count := 0
	for _, p := range pages(t) {
		if p.name != "docs/rest.md" {
			continue
		}
		for _, b := range p.blocks() {
			if b.language != "sh" {
				continue
			}
			script := strings.ReplaceAll(b.text, "\\\n", " ")
			for line := range strings.Lines(script) {
				line = strings.TrimSpace(line)
				if !strings.Contains(line, "curl ") {
					continue
				}
				count++
				line = strings.ReplaceAll(line, "localhost:8080", strings.TrimSuffix(strings.TrimPrefix(s.url, "http://"), "/"))
				line = strings.NewReplacer("TOKEN", token, "/RUN", "/"+run).Replace(line)
				cmd := exec.Command("bash", "-o", "pipefail", "-c", line)
				cmd.Dir, cmd.Env = home, append(os.Environ(), "CURL_HOME="+home)
				out, err := cmd.CombinedOutput()
				saved := strings.Contains(line, " -o ") // and not printed
				if err != nil || !saved && len(bytes.TrimSpace(out)) == 0 {
					t.Errorf("%s\n%v: %s", line, err, out)
				}
				if m := regexp.MustCompile(`"token":"([^"]+)"`).FindSubmatch(out); m != nil {
					token = string(m[1])
				}
				if m := regexp.MustCompile(`"run":"([^"]+)"`).FindSubmatch(out); m != nil {
					run = string(m[1])
				}
			}
		}
	}
	if count < 5 {
		t.Errorf("docs/rest.md has %d commands, want more", count)
	}
}

// The metrics count runs by verdict.
func TestRunsAreCounted(t *testing.T) {
	t.Parallel()
	if missing := boxesMissing(); missing != "" {
		t.Skip(missing)
	}
	s := startServe(t, "memory", "CORUST_SERVE_METRICS_LISTEN=127.0.0.1:0")
	metrics := s.said(`metrics and health on (http://\S+)`)
	for _, body := range []string{`{"source":"fn main() { std::process::exit(3) }"}`, `{"source":"fn main() {}","channel":"1.2.3"}`} {
		var answer string
		if status := s.do("POST", "/api/v1/run", body, &answer); !slices.Contains([]int{200, 400}, status) {
			t.Errorf("%d, %s", status, answer)
		}
	}
	res, err := http.Get(metrics + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	counts := map[string]string{}
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		counts[name] = value
	}
	for name, want := range map[string]string{
		`corust_runs_total{verdict="exit"}`: "1", `corust_runs_total{verdict="refused"}`: "1",
		`corust_http_requests_total{route="/api/v1/run",status="2xx"}`: "1", `corust_http_requests_total{route="/api/v1/run",status="4xx"}`: "1",
	} {
		if counts[name] != want {
			t.Errorf("%s is %q, want %s", name, counts[name], want)
		}
	}
}
