package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
)

// served is a corust serve, or another command that runs until it is stopped, in a separate
// process.
type served struct {
	*testing.T
	cmd   *exec.Cmd
	url   string
	start string // its messages until it was ready
	err   *bytes.Buffer
}

func startServe(t *testing.T, database string, env ...string) *served {
	t.Helper()
	return startServeAt(t, "127.0.0.1:0", database, env...)
}

func startServeAt(t *testing.T, listen, database string, env ...string) *served {
	t.Helper()
	s := startCorust(t, []string{"serve", "--backend", "native", "--listen", listen, "--database", database}, env...)
	s.url = s.said(`listening on (https?://\S+)/`)
	return s
}

// startCorust starts a command that runs until it is stopped, and waits until it is ready.
func startCorust(t *testing.T, args []string, env ...string) *served {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The test binary is corust when it is called so.
	dir := t.TempDir()
	name := filepath.Join(dir, "corust")
	if err := os.Symlink(self, name); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	// These tests also hold where a limit of a box is not enforced.
	cmd.Env = append(append(os.Environ(), "CORUST_POOL_WARM=1", "CORUST_NATIVE_ALLOW_UNENFORCED=true", "XDG_CONFIG_HOME="+filepath.Join(dir, "config")), env...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &served{T: t, cmd: cmd, err: new(bytes.Buffer)}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(io.TeeReader(stderr, s.err))
	for lines.Scan() {
		s.start += lines.Text() + "\n"
		if strings.Contains(lines.Text(), "press Ctrl-C to stop") {
			go func() {
				for lines.Scan() {
				}
			}()
			return s
		}
	}
	t.Fatalf("corust %s ended: %s", args[0], s.err)
	return nil
}

// said returns the match of a group in the messages of the start.
func (s *served) said(pattern string) string {
	s.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(s.start)
	if m == nil {
		s.Fatalf("corust serve does not print %q:\n%s", pattern, s.start)
	}
	return m[1]
}

// exchange sends a request and returns the answer with its body.
func exchange(t *testing.T, client *http.Client, req *http.Request) (*http.Response, []byte) {
	t.Helper()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, data
}

func (s *served) do(method, path, body string, into any) int {
	s.Helper()
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, data := exchange(s.T, http.DefaultClient, req)
	switch into := into.(type) {
	case nil:
	case *string:
		*into = string(data)
	default:
		if err := json.Unmarshal(data, into); err != nil {
			s.Fatalf("%s %s: %v in %q", method, path, err, data)
		}
	}
	return res.StatusCode
}

// Section [run] of the configuration sets the defaults of a server's runs, for each
// interface, and the page shows them.
func TestServeHasTheConfiguredDefaults(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	s := startServe(t, config.InMemory, "CORUST_RUN_MODE=debug", "CORUST_RUN_EDITION=2018")
	var meta struct{ Run server.Choices }
	if s.do("GET", "/api/v1/meta", "", &meta); meta.Run.Defaults != (server.DefaultChoices{Action: "run", Mode: "debug", Edition: "2018"}) {
		t.Errorf("GET /api/v1/meta: %+v", meta.Run.Defaults)
	}
	// gen is a keyword of the edition 2024.
	const source = "fn main() { let gen = cfg!(debug_assertions); println!(\"debug: {gen}\"); }"
	p := s.page(source)
	var html, run string
	if s.do("GET", "/s/"+p.token, "", &html); !strings.Contains(html, `&#34;defaults&#34;:{&#34;action&#34;:&#34;run&#34;,&#34;mode&#34;:&#34;debug&#34;,&#34;edition&#34;:&#34;2018&#34;}`) {
		t.Errorf("the page has other defaults:\n%s", html)
	}
	debug := base64.StdEncoding.EncodeToString([]byte("debug: true\n"))
	if s.do("POST", "/api/v1/sessions/"+p.token+"/runs", `{}`, &run); !strings.Contains(run, debug) {
		t.Errorf("a run of the REST interface without options:\n%s", run)
	}
	if s.do("POST", "/api/v1/sessions/"+p.token+"/runs", `{"mode":"release"}`, &run); !strings.Contains(run, base64.StdEncoding.EncodeToString([]byte("debug: false\n"))) {
		t.Errorf("a run in another mode:\n%s", run)
	}
	p.send(&wire.RunMsg{})
	var printed []byte
	for {
		m := p.next()
		if o, ok := m.(*wire.RunOutput); ok && o.Stream == "stdout" {
			printed = append(printed, o.Data...)
		}
		if end, ok := m.(*wire.RunEnded); ok {
			if printed = bytes.TrimPrefix(printed, []byte("debug: true\ndebug: false\n")); end.Verdict != "ok" || len(printed) == 0 {
				continue // of those before
			}
			break
		}
	}
	if string(printed) != "debug: true\n" {
		t.Errorf("a run of the session without options prints %q", printed)
	}
}

// A tool's view of a server: it makes a session, runs it, formats; the session
// is there after a restart, and a stop is clean.
func TestServe(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	db := filepath.Join(t.TempDir(), "sessions.db")
	s := startServe(t, db)
	var c struct{ Token, Session string }
	source, _ := json.Marshal(map[string]string{"source": "use std::io::*;\nfn main() {\n    let mut s = String::new();\n    stdin().read_to_string(&mut s).unwrap();\n    print!(\"<{s}>\");\n    let mut n = 3;\n    std::process::exit(n);\n}\n"})
	if status := s.do("POST", "/api/v1/sessions", string(source), &c); status != http.StatusCreated {
		t.Fatalf("create: status %d", status)
	}
	var run string
	if status := s.do("POST", "/api/v1/sessions/"+c.Token+"/runs", `{"mode":"debug","stdin":"typed"}`, &run); status != http.StatusOK {
		t.Fatalf("run: status %d: %s", status, run)
	}
	for _, want := range []string{`"stage":"compile"`, `"code":"unused_mut"`, `"applicable":true,"edits":[{"from":133,"to":137,"insert":""}]`, `"stage":"run"`, `"stream":"stdout","offset":0,"data":"PHR5cGVkPg=="`, `"verdict":"exit"`, `"exit_code":3`, `"peak_memory_bytes":`} {
		if !strings.Contains(run, want) {
			t.Errorf("the run has no %s:\n%s", want, run)
		}
	}
	if s.do("POST", "/api/v1/sessions/"+c.Token+"/runs", `{"edition":"1999"}`, &run); !strings.Contains(run, `"verdict":"refused"`) || !strings.Contains(run, "1999") {
		t.Errorf("a run of no edition:\n%s", run)
	}
	if _, err := exec.LookPath("rustfmt"); err == nil {
		var f struct{ Source, Detail string }
		if status := s.do("POST", "/api/v1/sessions/"+c.Token+"/format", `{"source":"fn main( ){}","edition":"2021"}`, &f); status != http.StatusOK || f.Source != "fn main() {}\n" {
			t.Errorf("format: status %d, %+v", status, f)
		}
		if status := s.do("POST", "/api/v1/sessions/"+c.Token+"/format", `{"source":"fn ("}`, &f); status != http.StatusUnprocessableEntity || !strings.Contains(f.Detail, "main.rs:1:") {
			t.Errorf("format of nonsense: status %d, %+v", status, f)
		}
	}

	// One process at a time has the database.
	second := exec.Command(s.cmd.Path, "serve", "--backend", "native", "--listen", "127.0.0.1:0", "--database", db)
	second.Env = s.cmd.Env
	if out, err := second.CombinedOutput(); err == nil || !strings.Contains(string(out), "another corust serve uses this database") {
		t.Errorf("a second server: %v, %s", err, out)
	}

	// A copy can be made meanwhile, and serves as well, with the permanent links.
	var link struct{ ID, Page string }
	if status := s.do("POST", "/api/v1/snapshots", `{"source":"fn main() { /* linked */ }"}`, &link); status != http.StatusCreated {
		t.Errorf("a permanent link: status %d", status)
	}
	saved := filepath.Join(t.TempDir(), "copy.db")
	if out, err := exec.Command(s.cmd.Path, "backup", "--database", db, saved).CombinedOutput(); err != nil {
		t.Errorf("backup: %v, %s", err, out)
	}
	if out, err := exec.Command(s.cmd.Path, "backup", "--database", db, saved).CombinedOutput(); err == nil || !strings.Contains(string(out), "exist") {
		t.Errorf("backup over a file: %v, %s", err, out)
	}
	if out, err := exec.Command(s.cmd.Path, "backup", "--database", db+"x", saved+"x").CombinedOutput(); err == nil || !strings.Contains(string(out), "no such file") {
		t.Errorf("backup of nothing: %v, %s", err, out)
	}

	// A session leaves as a zip file, and comes back as a new one.
	zipped := filepath.Join(t.TempDir(), "session.zip")
	for _, want := range []string{"saved " + zipped, "exist"} {
		if out, _ := exec.Command(s.cmd.Path, "export", "-o", zipped, s.url+"/s/"+c.Token).CombinedOutput(); !strings.Contains(string(out), want) {
			t.Errorf("export: %s, want %q", out, want)
		}
	}
	out, err := exec.Command(s.cmd.Path, "import", "--server", s.url+"/", zipped).CombinedOutput()
	if _, token, ok := strings.Cut(string(out), "/s/"); err != nil || !ok {
		t.Errorf("import: %v, %s", err, out)
	} else {
		var before, after struct{ Files []any }
		token, _, _ = strings.Cut(token, "\n")
		s.do("GET", "/api/v1/sessions/"+c.Token+"/files", "", &before)
		if status := s.do("GET", "/api/v1/sessions/"+token+"/files", "", &after); status != http.StatusOK || len(before.Files) == 0 || !reflect.DeepEqual(after, before) {
			t.Errorf("imported: status %d, %v, want %v", status, after, before)
		}
		var ran, again string
		s.do("GET", "/api/v1/sessions/"+c.Token+"/runs", "", &ran)
		if s.do("GET", "/api/v1/sessions/"+token+"/runs", "", &again); again != ran || !strings.Contains(ran, `"exit_code":3`) {
			t.Errorf("the past runs are %s, want %s", again, ran)
		}
	}
	for _, link := range []string{s.url + "/v/" + c.Session, s.url + "/s/", "ftp://x/s/abc", s.url + "/s/00000000000000000000000000"} {
		if out, err := exec.Command(s.cmd.Path, "export", "-o", zipped+"2", link).CombinedOutput(); err == nil || !strings.Contains(string(out), "edit link") && !strings.Contains(string(out), "no such session") {
			t.Errorf("export of %s: %v, %s", link, err, out)
		}
	}
	if out, err := exec.Command(s.cmd.Path, "import", "--server", s.url, saved).CombinedOutput(); err == nil || !strings.Contains(string(out), "not an exported session") {
		t.Errorf("import of a database: %v, %s", err, out)
	}

	// Restoring is for a stopped one.
	if out, err := exec.Command(s.cmd.Path, "restore", "--database", db, saved).CombinedOutput(); err == nil || !strings.Contains(string(out), "another corust serve uses this database") {
		t.Errorf("restore under a server: %v, %s", err, out)
	}
	s.stop()

	// Also by generic tools, and by corust.
	plain := filepath.Join(t.TempDir(), "plain.db")
	if data, err := os.ReadFile(db); err != nil || os.WriteFile(plain, data, 0o600) != nil {
		t.Fatal(err)
	}
	restored := filepath.Join(t.TempDir(), "sessions.db")
	for _, from := range []string{saved, plain} {
		if out, err := exec.Command(s.cmd.Path, "restore", "--database", restored, from).CombinedOutput(); err != nil || !strings.Contains(string(out), "copied "+from) {
			t.Errorf("restore: %v, %s", err, out)
		}
	}
	for _, again := range []struct{ what, database, since string }{
		{"after a restart", db, ""},
		{"from a back-up", saved, "since it is a back-up"},
		{"from a plain copy", plain, "since its mark is missing"},
		{"from what was restored", restored, "since it is a back-up"},
	} {
		s = startServe(t, again.database)
		var text string
		if status := s.do("GET", "/api/v1/sessions/"+c.Session+"/text", "", &text); status != http.StatusOK || !strings.Contains(text, "read_to_string") {
			t.Errorf("%s: status %d, %q", again.what, status, text)
		}
		if again.database == db || again.database == restored {
			var page string
			if status := s.do("GET", link.Page, "", &page); status != http.StatusOK || !strings.Contains(page, "linked") {
				t.Errorf("%s: the permanent link: status %d, %q", again.what, status, page)
			}
		}
		if again.database == restored {
			for _, want := range []string{"deleted " + link.ID, "no such snapshot"} { // twice, beside the server
				if out, _ := exec.Command(s.cmd.Path, "snapshots", "delete", "--database", restored, "https://example.org"+link.Page).CombinedOutput(); !strings.Contains(string(out), want) {
					t.Errorf("snapshots delete: %s, want %q", out, want)
				}
			}
			if status := s.do("GET", "/api/v1/snapshots/"+link.ID, "", nil); status != http.StatusNotFound {
				t.Errorf("a permanent link that was deleted: status %d", status)
			}
		}
		if told := strings.Contains(s.start, "counts as restored"); told != (again.since != "") || !strings.Contains(s.start, again.since) {
			t.Errorf("%s: %s", again.what, s.start)
		}
		s.stop()
	}
}

// stop stops the server as systemd does, and it ends as one that was stopped.
func (s *served) stop() {
	s.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		s.Errorf("stop: %v: %s", err, s.err)
	}
}

// TestStopLetsRunsEnd: who follows a run over a stop hears of its end.
func TestStopLetsRunsEnd(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	s := startServe(t, filepath.Join(t.TempDir(), "sessions.db"))
	var c struct{ Token string }
	source, _ := json.Marshal(map[string]string{"source": `fn main() { println!("begun"); std::thread::sleep(std::time::Duration::from_millis(800)); println!("ended"); }`})
	s.do("POST", "/api/v1/sessions", string(source), &c)
	res, err := http.Post(s.url+"/api/v1/sessions/"+c.Token+"/runs", "application/json", strings.NewReader(`{"mode":"debug"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var run strings.Builder
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		run.WriteString(lines.Text() + "\n")
		if strings.Count(run.String(), `"type":"output"`) == 1 && strings.Contains(lines.Text(), `"type":"output"`) {
			if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("stop: %v: %s", err, s.err)
	}
	if got := run.String(); !strings.Contains(got, `"type":"end"`) || !strings.Contains(got, `"verdict":"ok"`) {
		t.Errorf("the run over a stop:\n%s", got)
	}
}

// listed collects the messages to a session.
type listed struct{ lines []string }

func (l *listed) Stage(stage wire.Stage, position int) {
	l.lines = append(l.lines, fmt.Sprint(stage, position))
}
func (l *listed) Waiting(on bool) { l.lines = append(l.lines, fmt.Sprint("waiting ", on)) }
func (l *listed) Output(stream wire.Stream, data []byte) {
	l.lines = append(l.lines, fmt.Sprintf("%s %s", stream, data))
}

func (l *listed) Diagnostics(list []wire.Diagnostic) {
	for _, d := range list {
		l.lines = append(l.lines, fmt.Sprintf("%s %d-%d", d.Message, d.Spans[0].From, d.Spans[0].To))
	}
}

func (l *listed) Product(p wire.Product, data []byte) {
	l.lines = append(l.lines, fmt.Sprintf("%s %s %v %s", p.Name, p.MediaType, p.Cut, data))
}

func (l *listed) Test(t wire.Test) {
	l.lines = append(l.lines, fmt.Sprintf("%s %s", t.Name, t.Outcome))
}

func TestWhatASessionIsTold(t *testing.T) {
	t.Parallel()
	var l listed
	told := &teller{out: &l}
	for _, e := range []runner.Event{
		{Kind: runner.KindQueued, Position: 3},
		{Kind: runner.KindQueued, Position: 3},
		{Kind: runner.KindQueued, Position: 1},
		{Kind: runner.KindStageStart, Stage: runner.StageCompile},
		{Kind: runner.KindStderr, Stage: runner.StageCompile, Data: []byte("warning")},
		{Kind: runner.KindDiagnostic, Stage: runner.StageCompile, Diagnostic: &runner.Diagnostic{Message: "unused", Spans: []runner.Span{{Start: runner.Position{Byte: 9, UTF16: 3}, End: runner.Position{Byte: 10, UTF16: 4}}}}},
		{Kind: runner.KindDiagnostic, Stage: runner.StageCompile, Diagnostic: &runner.Diagnostic{Message: "1 warning"}},
		{Kind: runner.KindProduct, Stage: runner.StageCompile, Product: &runner.Product{Name: "x", MediaType: "text/plain"}, Data: []byte("fn ")},
		{Kind: runner.KindProduct, Stage: runner.StageCompile, Product: &runner.Product{Name: "x", MediaType: "text/plain"}, Data: []byte("main")},
		{Kind: runner.KindProduct, Stage: runner.StageCompile, Product: &runner.Product{Name: "hir", MediaType: "text/plain"}, Data: []byte("h")},
		{Kind: runner.KindStageEnd, Stage: runner.StageCompile},
		{Kind: runner.KindStageStart, Stage: runner.StageRun},
		{Kind: runner.KindStderr, Stage: runner.StageRun, Data: []byte("panic")},
		{Kind: runner.KindStdinWait, Stage: runner.StageRun},
		{Kind: runner.KindStdinResume, Stage: runner.StageRun},
		{Kind: runner.KindStdout, Stage: runner.StageRun, Data: []byte("out")},
		{Kind: runner.KindStageEnd, Stage: runner.StageRun},
	} {
		told.event(e)
	}
	if got, want := strings.Join(l.lines, "|"), "queued3|queued1|compile0|compiler warning|x text/plain false fn main|unused 3-4|hir text/plain false h|run0|stderr panic|waiting true|waiting false|stdout out"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The key serve.synchronous reaches the store, which refuses the values that the
// configuration refuses.
func TestSynchronousReachesTheStore(t *testing.T) {
	t.Parallel()
	for synchronous, want := range map[string]string{"full": "", "normal": "", "off": `synchronous="OFF"`} {
		a := &app{}
		a.config.Serve.Database, a.config.Serve.Synchronous = filepath.Join(t.TempDir(), "db"), synchronous
		s, err := a.openSessions(context.Background(), wire.Limits{}, nil, nil, false, nil)
		if err == nil {
			err = s.Close()
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", synchronous, err)
		}
	}
}

func TestAStopLetsNoRunBegin(t *testing.T) {
	t.Parallel()
	b := &boxes{}
	if !b.begin() {
		t.Fatal("a run is refused before the stop")
	}
	awaited := make(chan struct{})
	go func() {
		b.await(time.Hour)
		close(awaited)
	}()
	for b.begin() { // until the stop is noticed
		b.running.Done()
	}
	res, err := b.Run(t.Context(), runs.Request{}, &listed{})
	if err != nil || res.Verdict != wire.VerdictRefused || res.Detail.Reason != wire.ReasonRestarting {
		t.Errorf("a run after the stop: %+v, %v", res, err)
	}
	select {
	case <-awaited:
		t.Error("the run under way was not awaited")
	default:
	}
	b.running.Done()
	<-awaited
}

func TestFirstMessage(t *testing.T) {
	t.Parallel()
	got := firstMessage([]byte("error: expected identifier\x1b]0;title\x07\n --> main.rs:1:4\n  |\n1 | fn (\n"))
	if want := "error: expected identifier --> main.rs:1:4"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
