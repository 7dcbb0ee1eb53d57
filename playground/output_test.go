package playground

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/snapshot"
	"github.com/corust-dev/corust/runner"
	"github.com/google/go-cmp/cmp"
)

// quoted is a JSON string.
func quoted(text string) string {
	data, _ := json.Marshal(text)
	return string(data)
}

// seconds are the only part of the output that differs between runs.
var seconds = regexp.MustCompile(`in \d+\.\d\ds`)

// execute runs a source as its changes of goodExecute say.
func (s *site) execute(source string, changes ...string) executeResponse {
	s.Helper()
	body := strings.Replace(strings.NewReplacer(changes...).Replace(goodExecute), `"print hi"`, source, 1)
	res, text := s.ask("POST", "/execute", body)
	var out executeResponse
	if err := json.Unmarshal([]byte(text), &out); err != nil || res.StatusCode != 200 {
		s.Fatalf("status %d: %s", res.StatusCode, text)
	}
	out.Stderr = seconds.ReplaceAllString(out.Stderr, "in 0.00s")
	return out
}

// The output has cargo's lines, which clients parse, and ends have the original's words.
func TestOutput(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	const (
		compiling = "   Compiling playground v0.0.1 (/playground)\n"
		finished  = "    Finished `dev` profile [unoptimized + debuginfo] target(s) in 0.00s\n"
		running   = "     Running `target/debug/playground`\n"
		ok        = "Exited with status 0"
	)
	for _, tt := range []struct {
		name, source string
		changes      []string
		want         executeResponse
	}{
		{"a program", "print hi\neprint ho", nil, executeResponse{true, ok, "hi\n", compiling + finished + running + "ho\n"}},
		{"release", "", []string{"debug", "release"}, executeResponse{true, ok, "", compiling + "    Finished `release` profile [optimized] target(s) in 0.00s\n     Running `target/release/playground`\n"}},
		{"warnings", "warn 2", nil, executeResponse{true, ok, "", compiling + "warning: unused\n\nwarning: `playground` (bin \"playground\") generated 2 warnings\n" + finished + running}},
		{"a warning", "warn 1", nil, executeResponse{true, ok, "", compiling + "warning: unused\n\nwarning: `playground` (bin \"playground\") generated 1 warning\n" + finished + running}},
		{"an error", "error", nil, executeResponse{false, "Exited with status 101", "", compiling + "error: bad\n\nwarning: `playground` (bin \"playground\") generated 2 warnings\nerror: could not compile `playground` (bin \"playground\") due to 1 previous error; 2 warnings emitted\n"}},
		{"an exit code", "exit 7", nil, executeResponse{false, "Exited with status 7", "", compiling + finished + running}},
		{"a signal", "signal SIGSEGV", nil, executeResponse{false, "Exited with signal 11 (SIGSEGV): segmentation violation", "", compiling + finished + running}},
		{"an abort", "signal SIGABRT", nil, executeResponse{false, "Exited with signal 6 (SIGABRT): abort program", "", compiling + finished + running}},
		{"a limit", "flood", nil, executeResponse{false, "Exited with signal 9 (SIGKILL): kill program", "", compiling + finished + running + "error: the program was stopped at the output limit of 64000 bytes\n"}},
		{"characters in pieces", "bytes é≤🦀", nil, executeResponse{true, ok, "é≤🦀", compiling + finished + running}},
		{"not UTF-8", "invalid", nil, executeResponse{true, ok, "\uFFFD\uFFFD", compiling + finished + running}},
		{"tests", "exit 101", []string{"false", "true"}, executeResponse{
			false, "Exited with status 101", "", compiling + "    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.00s\n" +
				"     Running unittests src/main.rs (target/debug/deps/playground-0123456789abcdef)\nerror: test failed, to rerun pass `--bin playground`\n",
		}},
		{"tests of a library", "", []string{"false", "true", "bin", "lib"}, executeResponse{
			true, ok, "", compiling + "    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.00s\n" +
				"     Running unittests src/lib.rs (target/debug/deps/playground-0123456789abcdef)\n",
		}},
		{"a library", "warn 3", []string{"bin", "lib"}, executeResponse{true, ok, "", compiling + "warning: unused\n\nwarning: `playground` (lib) generated 3 warnings\n" + finished}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, s.execute(quoted(tt.source), tt.changes...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Several files are a package as cargo sees it.
func TestSeveralFiles(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	for _, tt := range []struct {
		name, code string
		changes    []string
		want       string // in stderr
		main       string
	}{
		{"a module", `[{"name":"src/a.rs","content":""},{"name":"src/main.rs","content":"print hi"}]`, nil, "Running `target/debug/playground`", "src/main.rs"},
		{"no main file", `[{"name":"src/a.rs","content":""}]`, nil, "error: failed to parse manifest at `/playground/Cargo.toml`\n\nCaused by:\n  no targets specified", ""},
		{"no file", `[]`, nil, "no targets specified in the manifest", ""},
		{"a library alone, to be run", `[{"name":"src/lib.rs","content":""}]`, nil, "error: a bin target must be available for `cargo run`", ""},
		{"a program alone, as a library", `[{"name":"src/main.rs","content":""}]`, []string{"bin", "lib"}, "can't find library `playground`", ""},
		{"both", `[{"name":"src/lib.rs","content":""},{"name":"src/main.rs","content":""}]`, nil, "Running `target/debug/playground`", "src/main.rs"},
		{"a library", `[{"name":"src/lib.rs","content":""},{"name":"src/a.rs","content":""}]`, []string{"bin", "rlib"}, "Finished", "src/lib.rs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := s.execute(tt.code, tt.changes...)
			if !strings.Contains(out.Stderr, tt.want) || (tt.main == "") != (out.ExitDetail == "Exited with status 101") {
				t.Errorf("%+v", out)
			}
			if req := s.machine.request(); tt.main != "" && req.Main != tt.main {
				t.Errorf("main file %q", req.Main)
			}
		})
	}
}

// The tests of a package run in cargo's order, each with cargo's line. The first that fails
// is named.
func TestTestsOfAPackage(t *testing.T) {
	t.Parallel()
	const compiling, finished = "   Compiling playground v0.0.1 (/playground)\n", "    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.00s\n"
	running := func(file, program string) string {
		return fmt.Sprintf("     Running %s (target/debug/deps/%s-0123456789abcdef)\n", file, program)
	}
	for _, tt := range []struct {
		name  string
		files []string
		fails int // of the steps of the compiler, then of the tests; -1: none
		want  string
	}{
		{"all", []string{"tests/b.rs", "src/main.rs", "tests/common/mod.rs", "tests/a-1/main.rs", "tests/a-1/more.rs", "src/lib.rs", "tests/data.txt"}, -1, compiling + finished +
			running("unittests src/lib.rs", "playground") + running("unittests src/main.rs", "playground") + running("tests/a-1/main.rs", "a_1") + running("tests/b.rs", "b")},
		{"a library", []string{"src/lib.rs", "tests/b.rs"}, -1, compiling + finished + running("unittests src/lib.rs", "playground") + running("tests/b.rs", "b")},
		{"a program", []string{"src/main.rs", "tests/b.rs"}, -1, compiling + finished + running("unittests src/main.rs", "playground") + running("tests/b.rs", "b")},
		{"an error in one", []string{"src/lib.rs", "tests/a-1.rs", "tests/b.rs"}, 2, compiling + "error: could not compile `playground` (test \"a-1\")\n"},
		{"an error in the library", []string{"src/lib.rs", "tests/b.rs"}, 0, compiling + "error: could not compile `playground` (lib)\n"},
		{"a failure", []string{"src/lib.rs", "tests/a-1.rs", "tests/b.rs"}, 5, compiling + finished +
			running("unittests src/lib.rs", "playground") + running("tests/a-1.rs", "a_1") + "error: test failed, to rerun pass `--test a-1`\n"},
		{"a failure of the program", []string{"src/lib.rs", "src/main.rs"}, 4, compiling + finished +
			running("unittests src/lib.rs", "playground") + running("unittests src/main.rs", "playground") + "error: test failed, to rerun pass `--bin playground`\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := job{verb: verbTest}
			for _, name := range tt.files {
				j.code.Files = append(j.code.Files, CodeFile{Name: name})
			}
			p := j.plan()
			var stderr strings.Builder
			c := &cargo{verb: verbTest, targets: p.targets, started: time.Now(), stderr: func(text string) { stderr.WriteString(text) }}
			var steps []runner.StageName
			for range p.targets {
				steps = append(steps, runner.StageCompile)
			}
			for range c.tested() {
				steps = append(steps, runner.StageRun)
			}
			res := runner.Result{}
			for i, stage := range steps {
				c.event(runner.Event{Kind: runner.KindStageStart, Stage: stage})
				res = runner.Result{Verdict: runner.VerdictOK, Stage: stage}
				if i == tt.fails {
					res.Verdict, res.ExitCode = runner.VerdictExit, 101
				}
				c.event(runner.Event{Kind: runner.KindStageEnd, Stage: stage, Ended: &runner.Stage{ExitCode: res.ExitCode}})
				if i == tt.fails {
					break
				}
			}
			c.end(res)
			if diff := cmp.Diff(tt.want, seconds.ReplaceAllString(stderr.String(), "in 0.00s")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A request becomes one of the runner's with the same meaning.
func TestRequests(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	ask := func(path, body string) runner.Request {
		t.Helper()
		if res, text := s.ask("POST", path, body); res.StatusCode != 200 {
			t.Fatalf("status %d %s", res.StatusCode, text)
		}
		return s.machine.request()
	}
	for _, tt := range []struct {
		name string
		got  runner.Request
		want runner.Request
	}{
		{"stable is the default, of which boxes are warm", ask("/execute", goodExecute), runner.Request{Action: "run", Mode: "debug", Edition: "2021"}},
		{"nightly", ask("/execute", strings.Replace(goodExecute, "stable", "nightly", 1)), runner.Request{Action: "run", Mode: "debug", Edition: "2021", Channel: "nightly"}},
		{"backtrace", ask("/execute", strings.Replace(goodExecute, `"code"`, `"backtrace":true,"code"`, 1)), runner.Request{Action: "run", Mode: "debug", Edition: "2021", Env: runner.Strings{"RUST_BACKTRACE=1"}}},
		{"evaluate", ask("/evaluate.json", goodEvaluate), runner.Request{Action: "run", Mode: "debug", Edition: "2015"}},
		{"evaluate with a blank edition", ask("/evaluate.json", strings.Replace(goodEvaluate, "{", `{"edition":" ",`, 1)), runner.Request{Action: "run", Mode: "debug", Edition: "2015"}},
		{"evaluate optimized", ask("/evaluate.json", strings.Replace(goodEvaluate, `"0"`, `"2"`, 1)), runner.Request{Action: "run", Mode: "release", Edition: "2015"}},
		{"evaluate tests", ask("/evaluate.json", strings.Replace(goodEvaluate, "{", `{"tests":true,"edition":"2024",`, 1)), runner.Request{Action: "test", Mode: "debug", Edition: "2024"}},
		{"format is nightly", ask("/format", `{"code":"","edition":"2018"}`), runner.Request{Action: "fmt", Edition: "2018", Channel: "nightly"}},
		{"format by stable", ask("/format", `{"code":"","edition":"2018","channel":"stable"}`), runner.Request{Action: "fmt", Edition: "2018"}},
		{"clippy is nightly", ask("/clippy", `{"code":"","edition":"2018"}`), runner.Request{Action: "clippy", Mode: "debug", Edition: "2018", Channel: "nightly"}},
	} {
		got := runner.Request{Action: tt.got.Action, Mode: tt.got.Mode, Edition: tt.got.Edition, Channel: tt.got.Channel, Env: tt.got.Env}
		if diff := cmp.Diff(tt.want, got); diff != "" || tt.got.Owner != Owner {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	req := ask("/execute", goodExecute)
	i := slices.IndexFunc(req.Files, func(f runner.File) bool { return f.Name == "Cargo.toml" })
	if i < 0 || !strings.Contains(string(req.Files[i].Data), `name = "playground"`) || req.Main != "src/main.rs" {
		t.Errorf("%+v", req)
	}
}

// A request over HTTP may be answered with an earlier result, unless it says otherwise; a
// run on a socket may not.
func TestRequestsAllowEarlierResults(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	for _, tt := range []struct {
		header string
		want   bool
	}{
		{"", true}, {"max-age=60", true}, {"no-transform, only-if-cached", true},
		{"no-cache", false}, {"No-Cache", false}, {"no-transform, no-store", false}, {"max-age=0", false},
	} {
		for path, body := range map[string]string{
			"/execute": goodExecute, "/compile": goodCompile, "/evaluate.json": goodEvaluate,
			"/format": `{"code":"","edition":"2021"}`, "/clippy": `{"code":"","edition":"2021"}`, "/macro-expansion": `{"code":"","edition":"2021"}`,
		} {
			if res, text := s.ask("POST", path, body, "Cache-Control", tt.header); res.StatusCode != 200 || s.machine.request().Cache != (runner.Cache{Results: tt.want}) {
				t.Errorf("%s with %q: %+v, status %d %s", path, tt.header, s.machine.request().Cache, res.StatusCode, text)
			}
		}
	}
	c := s.connect()
	c.execute(1, "")
	c.expect(started(1)...)
	c.expect(message("End", wsOK, 1))
	if got := s.machine.request().Cache; got.Results {
		t.Errorf("a run on a socket: %+v", got)
	}
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	for source, want := range map[string]string{
		"print a<b>&\neprint e": `{"result":"a<b>&\n","error":null}`,
		"print a\neprint e\nexit 1": `{"result":"   Compiling playground v0.0.1 (/playground)\n    Finished ` + "`dev`" + ` profile [unoptimized + debuginfo] target(s) in 0.00s\n     Running ` +
			"`target/debug/playground`" + `\ne\na\n","error":"`,
	} {
		res, body := s.ask("POST", "/evaluate.json", strings.Replace(goodEvaluate, `"print hi"`, quoted(source), 1))
		if body = seconds.ReplaceAllString(body, "in 0.00s"); res.StatusCode != 200 || !strings.HasPrefix(body, want) {
			t.Errorf("%q: %s\nwant %s", source, body, want)
		}
	}
}

// Formatting returns code in the shape in which it was sent, and unchanged where it
// cannot be formatted.
func TestFormat(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	for _, tt := range []struct{ code, want string }{
		{`"  a "`, `{"success":true,"exitDetail":"Exited with status 0","code":"a\n","stdout":"","stderr":""}`},
		{`" error "`, `{"success":false,"exitDetail":"Exited with status 1","code":" error ","stdout":"","stderr":"error: cannot format src/main.rs\n"}`},
		{`[]`, `{"success":true,"exitDetail":"Exited with status 0","code":[],"stdout":"","stderr":""}`},
		{
			`[{"name":"src/main.rs","content":" a "},{"name":"b.txt","content":" b "},{"name":"src/c.rs","content":" error "},{"content":" d ","name":"src/d.rs"}]`,
			`{"success":false,"exitDetail":"Exited with status 1","code":[{"name":"src/main.rs","content":"a\n"},{"name":"b.txt","content":" b "},` +
				`{"name":"src/c.rs","content":" error "},{"name":"src/d.rs","content":"d\n"}],"stdout":"","stderr":"error: cannot format src/c.rs\n"}`,
		},
	} {
		if res, body := s.ask("POST", "/format", fmt.Sprintf(`{"edition":"2021","code":%s}`, tt.code)); res.StatusCode != 200 || body != tt.want {
			t.Errorf("status %d %s\nwant %s", res.StatusCode, body, tt.want)
		}
	}
}

// Assembly is demangled, then filtered, unless the request says otherwise; the flavor is
// AT&T unless it says so. Other views come as the compiler writes them.
func TestCompile(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	const asm = "\t.section .text._ZN1a1b17h0123456789abcdefE\n\t.type\t_ZN1a1b17h0123456789abcdefE,@function\n_ZN1a1b17h0123456789abcdefE:\n\t.cfi_startproc\n\tretq\n.Lunused:\n"
	const filtered, demangled = "_ZN1a1b17h0123456789abcdefE:\n\tretq\n", "a::b:\n\tretq\n"
	for _, tt := range []struct{ name, fields, target, want, syntax string }{
		{"by default", ``, "asm", demangled, "att"},
		{"intel", `"assemblyFlavor":"intel",`, "asm", demangled, "intel"},
		{"mangled", `"demangleAssembly":"mangle",`, "asm", filtered, "att"},
		{"raw", `"processAssembly":"raw","demangleAssembly":"mangle",`, "asm", asm, "att"},
		{"raw, demangled", `"processAssembly":"raw","demangleAssembly":null,`, "asm", strings.ReplaceAll(asm, "_ZN1a1b17h0123456789abcdefE", "a::b"), "att"},
		{"mir", `"assemblyFlavor":"ignored",`, "mir", asm, ""},
		{"llvm-ir", ``, "llvm-ir", asm, ""}, {"hir", ``, "hir", asm, ""}, {"wasm", ``, "wasm", asm, ""},
	} {
		body := strings.NewReplacer("asm", tt.target, "{", "{"+tt.fields, `"print hi"`, quoted(asm)).Replace(goodCompile)
		res, text := s.ask("POST", "/compile", body)
		var out compileResponse
		if err := json.Unmarshal([]byte(text), &out); err != nil || res.StatusCode != 200 || !out.Success || out.ExitDetail != "Exited with status 0" || !strings.Contains(out.Stderr, "    Finished `dev` profile") {
			t.Fatalf("%s: status %d %s", tt.name, res.StatusCode, text)
		}
		if out.Code != tt.want {
			t.Errorf("%s: code %q\n want %q", tt.name, out.Code, tt.want)
		}
		if req := s.machine.request(); string(req.Action) != tt.target || tt.syntax != "" && string(req.AsmSyntax) != tt.syntax || req.CrateType != "bin" {
			t.Errorf("%s: %+v", tt.name, req)
		}
	}
	// The original's filter drops exported data that nothing uses, and has a blank line before
	// each label and nowhere else.
	const more = asm + "\t.globl\tunused\nunused:\n\t.long\t1\n\n\t.type\tg,@function\ng:\n\t# here\n\n\tretq\n"
	var out compileResponse
	if _, text := s.ask("POST", "/compile", strings.Replace(goodCompile, `"print hi"`, quoted(more), 1)); json.Unmarshal([]byte(text), &out) != nil || out.Code != demangled+"\ng:\n\t# here\n\tretq\n" {
		t.Errorf("several labels: %s", text)
	}
	if _, text := s.ask("POST", "/compile", strings.Replace(goodCompile, "print hi", "error", 1)); !strings.Contains(text, `{"success":false,"exitDetail":"Exited with status 101","code":"","stdout":"","stderr":"`) {
		t.Error(text)
	}
}

// The filter is the original's: a blank line before each label and nowhere else, and no
// exported data that nothing needs.
func TestFilterOfAssembly(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	const asm = "\t.text\n\n\t.type\ta,@function\na:\n\tpushq\t%rax\n\n\tcallq\tb\n\tretq\n\t.type\tb,@function\nb:\n\tretq\n\t.globl\tdata\ndata:\n\t.long\t1\n"
	_, text := s.ask("POST", "/compile", strings.Replace(goodCompile, `"print hi"`, quoted(asm), 1))
	var out compileResponse
	if err := json.Unmarshal([]byte(text), &out); err != nil || out.Code != "a:\n\tpushq\t%rax\n\tcallq\tb\n\tretq\n\nb:\n\tretq\n" {
		t.Errorf("%v: code %q of %s", err, out.Code, text)
	}
}

// The expansion is standard output, made by nightly.
func TestMacroExpansion(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	if res, text := s.ask("POST", "/macro-expansion", `{"edition":"2021","code":"fn main() {}"}`); res.StatusCode != 200 || !strings.HasPrefix(text, `{"success":true,"exit_detail":"Exited with status 0","stdout":"fn main() {}","stderr":"   Compiling `) {
		t.Errorf("status %d %s", res.StatusCode, text)
	}
	if req := s.machine.request(); req.Action != runner.ActionExpanded || req.Channel != "nightly" {
		t.Errorf("%+v", req)
	}
	if _, text := s.ask("POST", "/macro-expansion", `{"edition":"2021","code":"error"}`); !strings.Contains(text, `"success":false,"exit_detail":"Exited with status 101","stdout":"",`) {
		t.Error(text)
	}
}

// Miri interprets the program or the tests, by the model that the request names.
func TestMiri(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	const checked = "   Compiling playground v0.0.1 (/playground)\n    Finished `%s` profile [unoptimized + debuginfo] target(s) in 0.00s\n"
	program := fmt.Sprintf(checked, "dev") + "     Running `/playground/.rustup/toolchains/nightly-x86_64-unknown-linux-gnu/bin/cargo-miri runner target/miri/x86_64-unknown-linux-gnu/debug/playground`\n"
	tests := fmt.Sprintf(checked, "test") + "     Running unittests src/main.rs (target/miri/x86_64-unknown-linux-gnu/debug/deps/playground-0123456789abcdef)\n"
	for _, tt := range []struct {
		fields string
		miri   runner.Miri
		stderr string
	}{
		{``, runner.Miri{}, program},
		{`"aliasingModel":null,"tests":false,`, runner.Miri{}, program},
		{`"aliasingModel":"stacked",`, runner.Miri{}, program},
		{`"aliasingModel":"tree",`, runner.Miri{TreeBorrows: true}, program},
		{`"tests":true,`, runner.Miri{Tests: true}, tests},
		{`"tests":true,"aliasingModel":"tree",`, runner.Miri{Tests: true, TreeBorrows: true}, tests},
	} {
		res, body := s.ask("POST", "/miri", `{`+tt.fields+`"edition":"2021","code":"print hi"}`)
		want := fmt.Sprintf(`{"success":true,"exit_detail":"Exited with status 0","stdout":"hi\n","stderr":%s}`, quoted(tt.stderr))
		if body = seconds.ReplaceAllString(body, "in 0.00s"); res.StatusCode != 200 || body != want {
			t.Errorf("%s: status %d %s\nwant %s", tt.fields, res.StatusCode, body, want)
		}
		if req := s.machine.request(); req.Action != runner.ActionMiri || req.Miri != tt.miri || req.Channel != "nightly" {
			t.Errorf("%s: %+v", tt.fields, req)
		}
	}
	if _, body := s.ask("POST", "/miri", `{"tests":true,"edition":"2021","code":"exit 101"}`); !strings.Contains(body, `"exit_detail":"Exited with status 101"`) || !strings.Contains(body, "error: test failed, to rerun pass `--bin playground`") {
		t.Error(body)
	}
	if _, body := s.ask("POST", "/miri", `{"edition":"2021","code":[{"name":"src/lib.rs","content":"print hi"}]}`); !strings.Contains(body, "a bin target must be available for `cargo run`") {
		t.Error(body)
	}
	if _, body := s.ask("POST", "/miri", `{"tests":true,"edition":"2021","code":[{"name":"src/lib.rs","content":"print hi"}]}`); !strings.Contains(body, "Running unittests src/lib.rs") {
		t.Error(body)
	}
}

// Clippy's exit detail is called otherwise than elsewhere.
func TestClippy(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	res, body := s.ask("POST", "/clippy", `{"edition":"2021","code":"warn 1"}`)
	want := `{"success":true,"exit_detail":"Exited with status 0","stdout":"","stderr":"    Checking playground v0.0.1 (/playground)\nwarning: unused\n\nwarning: ` + "`playground`" + ` (bin \"playground\") generated 1 warning\n    Finished ` + "`dev`" + ` profile [unoptimized + debuginfo] target(s) in 0.00s\n"}`
	if body = seconds.ReplaceAllString(body, "in 0.00s"); res.StatusCode != 200 || body != want {
		t.Errorf("status %d %s\nwant %s", res.StatusCode, body, want)
	}
}

// Shared code comes back as it was sent; the same code has the same ID.
func TestGists(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *Config) { c.Prefix = "/p" })
	for _, tt := range []struct{ code, want string }{
		{`"fn main() {}"`, `"fn main() {}"`},
		{`""`, `""`},
		{`[]`, `""`},
		{`[{"name":"a.rs","content":"one"}]`, `"one"`},
		{`[{"name":"src/main.rs","content":"1"},{"name":"src/é.rs","content":"2"}]`, `[{"name":"src/main.rs","content":"1"},{"name":"src/é.rs","content":"2"}]`},
	} {
		var first string
		for _, path := range []string{"/p/meta/gist", "/p/meta/gist/"} {
			res, body := s.ask("POST", path, `{"code":`+tt.code+`}`, "Referer", "https://discord.com")
			var g struct {
				ID, URL string
				Code    json.RawMessage
			}
			if err := json.Unmarshal([]byte(body), &g); err != nil || res.StatusCode != 200 || string(g.Code) != tt.want || !strings.HasPrefix(g.URL, s.url+"/p/") {
				t.Fatalf("status %d %v %s", res.StatusCode, err, body)
			}
			if first == "" {
				first = g.ID
			}
			got, same := s.ask("GET", "/p/meta/gist/"+g.ID, "")
			if first != g.ID || got.StatusCode != 200 || same != body {
				t.Errorf("status %d %s, want %s", got.StatusCode, same, body)
			}
		}
	}
}

// Shared code that was deleted, or that nobody has read for too long, is not found.
func TestGistsEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, err := snapshot.Open(dir, snapshot.Limits{Expire: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, func(c *Config) { c.Store = store })
	for name, end := range map[string]func(path string) error{
		"deleted": os.Remove,
		"expired": func(path string) error {
			long := time.Now().Add(-2 * time.Hour)
			return os.Chtimes(path, long, long)
		},
	} {
		var g struct{ ID string }
		if _, body := s.ask("POST", "/meta/gist", `{"code":"`+name+`"}`); json.Unmarshal([]byte(body), &g) != nil || g.ID == "" {
			t.Fatal(body)
		}
		if err := end(filepath.Join(dir, g.ID[:2], g.ID+".json")); err != nil {
			t.Fatal(err)
		}
		if res, body := s.ask("GET", "/meta/gist/"+g.ID, ""); res.StatusCode != 500 || body != `{"error":"Gist loading failed: Not Found"}` {
			t.Errorf("%s: status %d %s", name, res.StatusCode, body)
		}
		if res, body := s.ask("POST", "/meta/gist/", `{"code":"`+name+`"}`); res.StatusCode != 200 || !strings.Contains(body, g.ID) {
			t.Errorf("%s, shared again: status %d %s", name, res.StatusCode, body)
		}
	}
}

// Whatever is sent, every accepted request has an answer, and nothing panics.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(goodExecute))
	f.Add([]byte(`{"code":[{"name":"a","content":"b"}]}`))
	f.Add([]byte(`{"payload":{},"meta":{"sequenceNumber":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, v := range []any{new(executeRequest), new(evaluateRequest), new(formatRequest), new(wsExecute), new(wsConnected), new(wsStdin)} {
			if err := decode(data, v); err == nil && !json.Valid(data) {
				t.Errorf("%q is decoded", data)
			}
		}
	})
}

// However the compiler's text is cut, the same of it is shown.
func TestCompilerTextInPieces(t *testing.T) {
	t.Parallel()
	const text = "warning: a\n --> b\n\nwarning: 12 warnings emitted\n\nerror: aborting due to 3 previous errors; 1 warning emitted\n\nFor more\nx error: aborting due to 1 previous error\nwarning: "
	const want = "warning: a\n --> b\n\nFor more\nx error: aborting due to 1 previous error\nwarning: "
	for size := 1; size <= len(text); size++ {
		var c compilerText
		got := ""
		for piece := range slices.Chunk([]byte(text), size) {
			got += c.add(string(piece))
		}
		if got += c.end(); got != want || c.errors != 3 || c.warnings != 1 {
			t.Fatalf("in pieces of %d: %q, %d errors, %d warnings", size, got, c.errors, c.warnings)
		}
	}
}

// The examples in a library's documentation are named as cargo names them.
func TestDocumentationTests(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	c := &cargo{verb: verbTest, targets: []target{theLibrary, theLibrary.tested(), theProgram.tested()}, stdout: func(string) {}, stderr: func(s string) { text.WriteString(s) }}
	for _, want := range []struct{ running, failed string }{
		{"     Running unittests src/lib.rs (target/debug/deps/playground-0123456789abcdef)\n", "error: test failed, to rerun pass `--lib`\n"},
		{"     Running unittests src/main.rs (target/debug/deps/playground-0123456789abcdef)\n", "error: test failed, to rerun pass `--bin playground`\n"},
		{"   Doc-tests playground\n", "error: doctest failed, to rerun pass `--doc`\n"},
	} {
		c.event(runner.Event{Kind: runner.KindStageStart, Stage: runner.StageRun})
		c.event(runner.Event{Kind: runner.KindStageEnd, Stage: runner.StageRun, Ended: &runner.Stage{Name: runner.StageRun}})
		got := text.String()
		text.Reset()
		if !strings.HasSuffix(got, want.running) {
			t.Errorf("%q, want %q", got, want.running)
		}
		if e := c.end(runner.Result{Verdict: runner.VerdictExit, Stage: runner.StageRun, ExitCode: 101}); e.code != 101 || text.String() != want.failed {
			t.Errorf("%q, %+v", text.String(), e)
		}
		text.Reset()
	}
}
