package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
	"github.com/gorilla/websocket"
)

// Each client of the Playground's API reads certain parts of certain answers, by its own
// rules. These tests send what the client sends and hold what it reads, with real boxes.
func TestPlaygroundClients(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	s := startServe(t, config.InMemory, "CORUST_SERVE_PLAYGROUND_ENABLED=true", "CORUST_SERVE_PLAYGROUND_BUDGET=2m")
	installed := s.versions()
	for name, client := range map[string]func(*replay){
		"mdBook":             (*replay).mdBook,
		"comprehensive-rust": (*replay).comprehensiveRust,
		"ferrisbot":          (*replay).ferrisbot,
		"rustlings-web":      (*replay).rustlingsWeb,
		"python bots":        (*replay).pythonBots,
		"playrs":             (*replay).playrs,
		"rustycli":           (*replay).rustycli,
		"crates.io":          (*replay).cratesIO,
		"playbot_ng":         (*replay).playbot,
		"several files":      (*replay).packages,
	} {
		t.Run(name, func(t *testing.T) {
			r := &replay{served: &served{T: t, url: s.url}, installed: installed}
			client(r)
		})
	}
}

// Requests that cannot be done have the original's status and form, on a real server, and
// the next one is answered as if there had been none.
func TestPlaygroundBadRequests(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	s := startServe(t, config.InMemory, "CORUST_SERVE_PLAYGROUND_ENABLED=true", "CORUST_SERVE_PLAYGROUND_BUDGET=2m")
	const invalid = "Unable to process the execute request: invalid "
	files := func(names ...string) []object {
		list := []object{}
		for _, name := range names {
			list = append(list, object{"name": name, "content": "fn main() {}"})
		}
		return list
	}
	many := files("src/main.rs")
	for i := range runner.MaxFiles {
		many = append(many, object{"name": fmt.Sprintf("src/m%d.rs", i), "content": ""})
	}
	for _, tt := range []struct {
		name   string
		code   any
		status int
		want   string // of the error, or of stderr
	}{
		{"a name twice", files("src/main.rs", "src/a.rs", "src/a.rs"), 500, invalid},
		{"a main file twice", files("src/main.rs", "src/main.rs"), 500, invalid},
		{"a way out", files("src/main.rs", "../../etc/passwd"), 500, invalid},
		{"a way out in the middle", files("src/main.rs", "src/../../x.rs"), 500, invalid},
		{"an absolute name", files("src/main.rs", "/etc/passwd"), 500, invalid},
		{"no name", files("src/main.rs", ""), 500, invalid},
		{"a directory", files("src/main.rs", "src/"), 500, invalid},
		{"a file as a directory", files("src/main.rs", "src/main.rs/a.rs"), 500, invalid},
		{"a hidden file", files("src/main.rs", ".main"), 500, invalid},
		{"a zero byte", files("src/main.rs", "a\x00.rs"), 500, invalid},
		{"a line feed", files("src/main.rs", "a\n.rs"), 500, invalid},
		{"a long name", files("src/main.rs", strings.Repeat("a", 5000)), 500, invalid},
		{"too many files", many, 500, invalid},
		{"more than a run can have", "//" + strings.Repeat("x", runner.MaxSource), 500, invalid},
		{"more than a body can have", strings.Repeat("x", 2<<20), 400, "Unable to deserialize request: "},
		{"no main file", files("src/a.rs"), 200, "no targets specified in the manifest"},
		{"a main file elsewhere", files("main.rs"), 200, "no targets specified in the manifest"},
		{"no file", []object{}, 200, "no targets specified in the manifest"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &replay{served: &served{T: t, url: s.url}}
			body := program("")
			body["code"] = tt.code
			data, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			var out object
			status := r.do("POST", "/execute", string(data), &out)
			if status != tt.status || !strings.Contains(out.text("error")+out.text("stderr"), tt.want) || status == 200 && out.text("exitDetail") != "Exited with status 101" {
				t.Errorf("status %d, want %d with %q: %.300v", status, tt.status, tt.want, out)
			}
		})
	}
	r := &replay{served: &served{T: t, url: s.url}}
	out := r.post("/execute", program("fn main() { println!(\"hi\"); }"))
	r.want("the next request", out["success"] == true && out["stdout"] == "hi\n", out)
}

// replay is a client of a server.
type replay struct {
	*served
	installed map[string]string // compilers by channel
}

// object is a JSON object as a client without types reads it.
type object map[string]any

func (o object) text(name string) string {
	text, _ := o[name].(string)
	return text
}

// post sends a body and returns the answer, whatever its status: clients look at the body.
func (r *replay) post(path string, body object) object {
	r.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		r.Fatal(err)
	}
	var out object
	r.do("POST", path, string(data), &out)
	return out
}

func (r *replay) want(what string, ok bool, got any) {
	r.Helper()
	if !ok {
		r.Errorf("%s: %v", what, got)
	}
}

// book.js of mdBook: it shows Run buttons once /meta/crates has answered, and the result
// of a run, which must be a string also for an error.
func (r *replay) mdBook() {
	var crates struct{ Crates []struct{ ID *string } }
	status := r.do("POST", "/meta/crates", "", &crates)
	r.want("the crates", status == http.StatusOK && crates.Crates != nil, crates)
	for _, c := range crates.Crates {
		r.want("a crate's ID", c.ID != nil, c)
	}
	for code, want := range map[string]string{
		"fn main() { println!(\"hi\"); }":         "hi",
		"fn main() { let async = 1; async; }":     "",
		"fn main() { panic!(\"oh no\"); }":        "oh no",
		"fn main() { no_such_function(); }":       "error[E0425]: cannot find function `no_such_function`",
		"#![feature(x)] fn main( { }":             "error",
		"fn main() { std::process::abort(); }":    "Running `target/debug/playground`",
		"fn main() { print!(\"\\x00\\u{1b}\"); }": "\x00\x1b",
	} {
		out := r.post("/evaluate.json", object{"version": "stable", "optimize": "0", "code": code, "edition": "2015"})
		result, isText := out["result"].(string)
		r.want(code, isText && strings.Contains(result, want), out)
	}
	for _, version := range []string{"beta", "nonsense"} {
		out := r.post("/evaluate.json", object{"version": version, "optimize": "0", "code": "", "edition": ""})
		_, isText := out["result"].(string)
		r.want("the result of an error", isText, out)
	}
}

// theme/book.js of comprehensive-rust: it takes cargo's three lines off stderr.
func (r *replay) comprehensiveRust() {
	cargo := regexp.MustCompile(`(?s)^\s+Compiling[^\n]*\n\s+Finished[^\n]*\n\s+Running[^\n]*\n`)
	out := r.post("/execute", object{
		"version": "stable", "backtrace": true, "channel": "stable", "edition": "2021", "mode": "debug", "tests": false, "crateType": "bin",
		"code": "fn main() { eprintln!(\"to stderr\"); println!(\"to stdout\"); }",
	})
	r.want("no error", out["error"] == nil, out)
	r.want("stdout", out.text("stdout") == "to stdout\n", out)
	r.want("stderr without cargo's lines", cargo.ReplaceAllString(out.text("stderr"), "") == "to stderr\n", out)
	out = r.post("/execute", object{
		"version": "stable", "backtrace": true, "channel": "stable", "edition": "2021", "mode": "debug", "tests": true, "crateType": "bin",
		"code": "fn double(n: u32) -> u32 { 2 * n }\n#[test]\nfn doubles() { assert_eq!(double(2), 4); }\n",
	})
	r.want("a test's result", strings.Contains(out.text("stdout"), "test doubles ... ok"), out)
	r.want("stderr of a test without cargo's lines", strings.Contains(out.text("stderr"), "warning: `playground` (bin \"playground\" test) generated 1 warning") || cargo.ReplaceAllString(out.text("stderr"), "") == "", out)
}

// relevant is ferrisbot's rule: of stderr, what follows the last of the lines that begin
// with one of start, up to the first that begins with one of end.
func relevant(stderr string, start, end []string) string {
	lines := strings.Split(stderr, "\n")
	begins := func(line string, list []string) bool {
		return slices.ContainsFunc(list, func(p string) bool { return strings.HasPrefix(strings.TrimSpace(line), p) })
	}
	for i := len(lines) - 1; i >= 0; i-- {
		if begins(lines[i], start) {
			lines = lines[i+1:]
			break
		}
	}
	if i := slices.IndexFunc(lines, func(line string) bool { return begins(line, end) }); i >= 0 {
		lines = lines[:i]
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

func (r *replay) ferrisbot() {
	type answer struct{ ran, compiler, program string }
	read := func(code string) answer {
		out := r.post("/execute", object{"channel": "stable", "edition": "2021", "code": code, "crateType": "bin", "mode": "debug", "tests": false})
		r.want("no error", out["error"] == nil, out)
		stderr := out.text("stderr")
		return answer{
			fmt.Sprint(strings.Contains(stderr, "Finished ")),
			relevant(stderr, []string{"Compiling playground"}, []string{"warnings emitted", "warning: `playground` (bin \"playground\") generated", "warning: 1 warning emitted", "error: could not compile", "error: aborting", "Finished "}),
			relevant(stderr, []string{"Running `target", "Finished "}, []string{"error: aborting"}),
		}
	}
	a := read("fn main() { let x = 1; eprintln!(\"from the program\"); }")
	r.want("a program with a warning ran", a.ran == "true" && a.program == "from the program", a)
	r.want("its warning", strings.HasPrefix(a.compiler, "warning: unused variable: `x`") && !strings.Contains(a.compiler, "playground"), a)
	a = read("fn main() { x }")
	r.want("a program with an error did not run", a.ran == "false" && strings.HasPrefix(a.compiler, "error[E0425]") && !strings.Contains(a.compiler, "playground"), a)

	out := r.post("/clippy", object{"edition": "2021", "crateType": "bin", "code": "fn main() { let x = 1; if x == 1 { return () } }"})
	if message := out.text("stderr"); strings.Contains(out.text("error"), "clippy") {
		r.Logf("not looked at: this toolchain has no Clippy: %s", out)
	} else {
		text := relevant(message, []string{"Checking playground"}, []string{"warning: `playground`", "error: could not compile", "Finished "})
		r.want("Clippy's lint", strings.Contains(text, "clippy::needless_return") && !strings.Contains(text, "playground"), out)
	}
	out = r.post("/format", object{"code": "fn  main( ) { }", "edition": "2021"})
	if strings.Contains(out.text("error"), "rustfmt") {
		r.Logf("not looked at: this toolchain has no rustfmt: %s", out)
	} else {
		r.want("formatted code", out["success"] == true && out["code"] == "fn main() {}\n" && out["stderr"] == "", out)
	}
	out = r.post("/macro-expansion", object{"code": "fn main() { println!(); }", "edition": "2021"})
	r.want("an expansion", out["success"] == true && strings.Contains(out.text("stdout"), "_print("), out)
	out = r.post("/miri", object{"code": "fn main() {}", "edition": "2021", "aliasingModel": "tree"})
	r.want("Miri's answer, or an error alone", out["success"] == true || out.text("error") != "" && len(out) == 1, out)
	gist := r.post("/meta/gist/", object{"code": "fn main() {}"})
	for name, v := range gist { // it reads a map of strings
		_, ok := v.(string)
		r.want("gist: "+name, ok, v)
	}
	var back object
	r.do("GET", "/meta/gist/"+gist.text("id"), "", &back)
	r.want("the gist's code", back["code"] == "fn main() {}", back)
}

// playrs and rustycli decode an answer strictly into three and four fields.
func (r *replay) playrs() {
	out := r.post("/execute", object{
		"channel": "stable", "mode": "debug", "edition": "2021", "crateType": "bin", "tests": false, "backtrace": false,
		"code": "fn main() { println!(\"hi\"); std::process::exit(2); }",
	})
	r.want("the answer", out["success"] == false && out["stdout"] == "hi\n" && strings.Contains(out.text("stderr"), "Running"), out)
}

func (r *replay) rustycli() {
	for code, want := range map[string]string{"fn main() { print!(\"hi\"); }": "hi", "fn main() { x }": "error[E0425]"} {
		out := r.post("/execute", object{"channel": "stable", "mode": "release", "edition": "2018", "crateType": "bin", "tests": false, "backtrace": true, "code": code})
		shown := out.text("stdout")
		if shown == "" {
			shown = out.text("stderr")
		}
		r.want(code, strings.Contains(shown, want), out)
	}
}

// crates.io looks for a crate's version and ID to offer a link.
func (r *replay) cratesIO() {
	var all struct{ Crates []map[string]string }
	status := r.do("GET", "/meta/crates", "", &all)
	r.want("the crates", status == http.StatusOK && all.Crates != nil, all)
	for _, c := range all.Crates {
		r.want("a crate", c["name"] != "" && c["version"] != "" && c["id"] != "", c)
	}
}

func (r *replay) playbot() {
	var version map[string]string
	r.do("GET", "/meta/version/stable", "", &version)
	r.want("version, hash and date", version["version"] == r.installed["stable"] && version["date"] != "" && version["hash"] != "", version)
	out := r.post("/execute", object{"channel": "stable", "mode": "debug", "crateType": "bin", "tests": false, "backtrace": false, "code": "fn main() {}"})
	r.want("a request without an edition", out["error"] == "'' is not a valid edition" && len(out) == 1, out)
	out = r.post("/execute", object{"channel": "stable", "mode": "debug", "edition": "2018", "crateType": "bin", "tests": false, "code": "fn main() { println!(\"{:?}\", {1 + 1}); }"})
	r.want("an expression", out["success"] == true && out["stdout"] == "2\n", out)
	gist := r.post("/meta/gist/", object{"code": "//"})
	r.want("a gist's address", strings.HasPrefix(gist.text("url"), "http"), gist)
}

// A client that sends a package reads what cargo test prints of it.
func (r *replay) packages() {
	file := func(name, content string) object { return object{"name": name, "content": content} }
	out := r.post("/execute", object{"channel": "stable", "mode": "debug", "edition": "2021", "crateType": "bin", "tests": true, "backtrace": false, "code": []object{
		file("src/lib.rs", "pub fn two() -> u32 { 2 }\n#[test]\nfn in_lib() { assert_eq!(two(), 2); }\n"),
		file("src/main.rs", "fn main() { println!(\"{}\", playground::two()); }\n#[test]\nfn in_main() {}\n"),
		file("tests/more-tests.rs", "#[test]\nfn in_tests() { assert_eq!(playground::two(), 3); }\n"),
	}})
	var lines []string
	for line := range strings.Lines(out.text("stderr")) {
		line = strings.TrimSpace(regexp.MustCompile(`in \d+\.\d\ds|-[0-9a-f]{16}`).ReplaceAllString(line, ""))
		if line != "" {
			lines = append(lines, line)
		}
	}
	r.want("cargo's lines", slices.Equal(lines, []string{
		"Compiling playground v0.0.1 (/playground)",
		"Finished `test` profile [unoptimized + debuginfo] target(s)",
		"Running unittests src/lib.rs (target/debug/deps/playground)",
		"Running unittests src/main.rs (target/debug/deps/playground)",
		"Running tests/more-tests.rs (target/debug/deps/more_tests)",
		"error: test failed, to rerun pass `--test more-tests`",
	}), out)
	r.want("the end", out["success"] == false && out["exitDetail"] == "Exited with status 101", out)
	for _, test := range []string{"test in_lib ... ok", "test in_main ... ok", "test in_tests ... FAILED"} {
		r.want(test, strings.Contains(out.text("stdout"), test), out)
	}
}

// wsMessages is a client of the WebSocket.
type wsMessages struct {
	*replay
	ws *websocket.Conn
}

func (r *replay) dial() *wsMessages {
	r.Helper()
	ws, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(r.url, "http")+"/websocket", nil)
	if err != nil {
		r.Fatal(err)
	}
	res.Body.Close()
	r.Cleanup(func() { ws.Close() })
	return &wsMessages{r, ws}
}

func (m *wsMessages) send(kind string, payload any, sequence int) {
	m.Helper()
	if err := m.ws.WriteJSON(object{"type": kind, "payload": payload, "meta": object{"sequenceNumber": sequence, "websocket": true}}); err != nil {
		m.Fatal(err)
	}
}

func (m *wsMessages) next() object {
	m.Helper()
	_ = m.ws.SetReadDeadline(time.Now().Add(2 * time.Minute))
	var o object
	if err := m.ws.ReadJSON(&o); err != nil {
		m.Fatal(err)
	}
	return o
}

const interactive = "use std::io::*;\nfn main() {\n    let mut line = String::new();\n    print!(\"name? \");\n    stdout().flush().unwrap();\n    stdin().read_line(&mut line).unwrap();\n    println!(\"hello {}\", line.trim());\n    let mut rest = String::new();\n    stdin().read_to_string(&mut rest).unwrap();\n    eprintln!(\"{} more\", rest.len());\n}\n"

func program(code string) object {
	return object{"channel": "stable", "mode": "debug", "edition": "2021", "crateType": "bin", "tests": false, "backtrace": false, "code": code}
}

// run-rust.ts of rustlings-web: it counts sequence numbers from 0, sends input, and looks
// at Stdout, Stderr and End of its number.
func (r *replay) rustlingsWeb() {
	m := r.dial()
	m.send("websocket/connected", object{"iAcceptThisIsAnUnsupportedApi": true}, 0)
	m.send("output/execute/wsExecuteRequest", program(interactive), 1)
	var stdout, stderr string
	answered, closed := false, false
	for end := false; !end; {
		o := m.next()
		if meta, _ := o["meta"].(map[string]any); meta["sequenceNumber"] != 1.0 {
			continue
		}
		_, echoed := o["meta"].(map[string]any)["websocket"]
		m.want("the client's mark in the server's message", !echoed, o)
		text, _ := o["payload"].(string)
		switch o.text("type") {
		case "output/execute/wsExecuteStdout":
			stdout += text
			if !answered && strings.Contains(stdout, "name? ") {
				answered = true
				m.send("output/execute/wsExecuteStdin", "Ferris\n", 1)
			}
			if !closed && strings.Contains(stdout, "hello Ferris") {
				closed = true
				m.send("output/execute/wsExecuteStdin", "12345", 1)
				m.send("output/execute/wsExecuteStdinClose", nil, 1)
			}
		case "output/execute/wsExecuteStderr":
			stderr += text
		case "output/execute/wsExecuteEnd":
			end = true
			payload, _ := o["payload"].(map[string]any)
			m.want("the end", payload["success"] == true && payload["exitDetail"] == "Exited with status 0", o)
		}
	}
	m.want("the output before the end", stdout == "name? hello Ferris\n" && strings.HasSuffix(stderr, "5 more\n"), stdout+stderr)
}

// Python bots read exactly two messages, and then send their request with the number of
// the handshake.
func (r *replay) pythonBots() {
	m := r.dial()
	m.send("websocket/connected", object{"iAcceptThisIsAnUnsupportedApi": true}, 1)
	first, second := m.next(), m.next()
	m.want("the echo", first["type"] == "websocket/connected", first)
	m.want("the flags", second["type"] == "featureFlags", second)
	m.send("output/execute/wsExecuteRequest", program("fn main() { println!(\"1\"); eprintln!(\"2\"); std::process::exit(3) }"), 1)
	var order []string
	for {
		o := m.next()
		kind := strings.TrimPrefix(o.text("type"), "output/execute/wsExecute")
		if kind == "Status" {
			continue
		}
		if len(order) == 0 || order[len(order)-1] != kind {
			order = append(order, kind)
		}
		if kind == "End" {
			payload, _ := o["payload"].(map[string]any)
			m.want("the end", payload["success"] == false && payload["exitDetail"] == "Exited with status 3", o)
			break
		}
	}
	m.want("the order", order[0] == "Begin" && order[1] == "Stderr" && slices.Contains(order, "Stdout"), order)
}
