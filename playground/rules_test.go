package playground

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/gorilla/websocket"
)

// Bodies that every endpoint takes, with one field to replace.
const (
	goodExecute  = `{"channel":"stable","mode":"debug","edition":"2021","crateType":"bin","tests":false,"code":"print hi"}`
	goodCompile  = `{"target":"asm","channel":"stable","mode":"debug","edition":"2021","crateType":"bin","tests":false,"code":"print hi"}`
	goodEvaluate = `{"version":"stable","optimize":"0","code":"print hi"}`
)

// Errors have the original's statuses and texts.
func TestErrors(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	long := `{"code":"` + strings.Repeat("a", 3<<20) + `"}`
	for _, tt := range []struct {
		name, path, body string
		status           int
		want             string // of the error; an ellipsis at its end stands for any rest
		header           []string
	}{
		{"no type", "/execute", goodExecute, 400, "Unable to deserialize request: Expected request with `Content-Type: application/json`", []string{"Content-Type", ""}},
		{"another type", "/execute", goodExecute, 400, "Unable to deserialize request: Expected request with `Content-Type: application/json`", []string{"Content-Type", "text/plain"}},
		{"not JSON", "/execute", "lolhello", 400, "Unable to deserialize request: Failed to parse the request body as JSON: …", nil},
		{"no body", "/execute", "", 400, "Unable to deserialize request: Failed to parse the request body as JSON: EOF while parsing a value at line 1 column 0", nil},
		{"half", "/execute", `{"channel":`, 400, "Unable to deserialize request: Failed to parse the request body as JSON: EOF while parsing a value at line 1 column 11", nil},
		{"more than one value", "/execute", goodExecute + "{}", 400, "Unable to deserialize request: Failed to parse the request body as JSON: …", nil},
		{"not UTF-8", "/execute", "{\"code\":\"\xff\"}", 400, "Unable to deserialize request: Failed to parse the request body as JSON: …", nil},
		{"too long", "/execute", long, 400, "Unable to deserialize request: Failed to buffer the request body: length limit exceeded", nil},
		{"a list", "/execute", "[]", 400, "Unable to deserialize request: Failed to deserialize the JSON body into the target type: invalid type: sequence, …", nil},
		{"null", "/execute", "null", 400, "Unable to deserialize request: Failed to deserialize the JSON body into the target type: invalid type: null, …", nil},
		{"missing", "/evaluate.json", `{}`, 400, "Unable to deserialize request: Failed to deserialize the JSON body into the target type: missing field `version` at line 1 column 2", nil},
		{"missing, of several lines", "/execute", "{\n\"channel\":\"stable\"}", 400, "Unable to deserialize request: Failed to deserialize the JSON body into the target type: missing field `mode` at line 2 column 19", nil},
		{"other case", "/gist", `{"Code":""}`, 404, "", nil},
		{"name in another case", "/meta/gist", `{"Code":""}`, 400, "Unable to deserialize request: Failed to deserialize the JSON body into the target type: missing field `code` at line 1 column 11", nil},
		{"twice", "/meta/gist", `{"code":"","code":""}`, 400, "Unable to deserialize request: Failed to deserialize the JSON body into the target type: duplicate field `code` …", nil},
		{"wrong type", "/execute", strings.Replace(goodExecute, "false", `"no"`, 1), 400, "Unable to deserialize request: Failed to deserialize the JSON body into the target type: tests: invalid type: string \"no\", expected a boolean at …", nil},
		{"null for a string", "/execute", strings.Replace(goodExecute, `"2021"`, `null`, 1), 400, "Unable to deserialize request: Failed to deserialize the JSON body into the target type: edition: invalid type: null, expected a string at …", nil},
		{"a number as optimize", "/evaluate.json", strings.Replace(goodEvaluate, `"0"`, `0`, 1), 400, "Unable to deserialize request: Failed to deserialize the JSON body into the target type: optimize: invalid type: integer `0`, expected a string at …", nil},
		{"a list as code of evaluate", "/evaluate.json", strings.Replace(goodEvaluate, `"print hi"`, `[]`, 1), 400, "Unable to deserialize request: Failed to deserialize the JSON body into the target type: code: invalid type: sequence, expected a string at …", nil},
		{"a file without a name", "/execute", strings.Replace(goodExecute, `"print hi"`, `[{"content":""}]`, 1), 400, "Unable to deserialize request: Failed to deserialize the JSON body into the target type: code: data did not match any variant of untagged enum Code at …", nil},
		{"a map as code", "/execute", strings.Replace(goodExecute, `"print hi"`, `{}`, 1), 400, "Unable to deserialize request: Failed to deserialize the JSON body into the target type: code: data did not match any variant of untagged enum Code at …", nil},

		{"channel", "/execute", strings.Replace(goodExecute, "stable", "foo", 1), 500, "'foo' is not a valid channel", nil},
		{"mode", "/execute", strings.Replace(goodExecute, "debug", "fast", 1), 500, "'fast' is not a valid mode", nil},
		{"edition", "/execute", strings.Replace(goodExecute, "2021", "2022", 1), 500, "'2022' is not a valid edition", nil},
		{"empty edition", "/execute", strings.Replace(goodExecute, "2021", "", 1), 500, "'' is not a valid edition", nil},
		{"absent edition", "/format", `{"code":""}`, 500, "'' is not a valid edition", nil},
		{"absent edition of clippy", "/clippy", `{"code":""}`, 500, "'' is not a valid edition", nil},
		{"absent edition of miri", "/miri", `{"code":""}`, 500, "'' is not a valid edition", nil},
		{"crate type", "/execute", strings.Replace(goodExecute, "bin", "exe", 1), 500, "'exe' is not a valid crate type", nil},
		{"crate type of clippy", "/clippy", `{"code":"","edition":"2021","crateType":"exe"}`, 500, "'exe' is not a valid crate type", nil},
		{"channel of evaluate", "/evaluate.json", strings.Replace(goodEvaluate, "stable", "1.0", 1), 500, "'1.0' is not a valid channel", nil},
		{"channel of format", "/format", `{"code":"","edition":"2021","channel":"x"}`, 500, "'x' is not a valid channel", nil},
		{"aliasing model", "/miri", `{"code":"","edition":"2021","aliasingModel":"x"}`, 500, "'x' is not a valid aliasing model", nil},

		{"target", "/compile", strings.Replace(goodCompile, "asm", "obj", 1), 500, "'obj' is not a valid target", nil},
		{"target before channel", "/compile", strings.NewReplacer("asm", "obj", "stable", "x").Replace(goodCompile), 500, "'obj' is not a valid target", nil},
		{"flavor", "/compile", strings.Replace(goodCompile, "{", `{"assemblyFlavor":"x",`, 1), 500, "'x' is not a valid assembly flavor", nil},
		{"demangling", "/compile", strings.Replace(goodCompile, "{", `{"demangleAssembly":"x",`, 1), 500, "'x' is not a valid demangle option", nil},
		{"processing", "/compile", strings.Replace(goodCompile, "{", `{"processAssembly":"x",`, 1), 500, "'x' is not a valid assembly processing option", nil},
		{"no tests in compile", "/compile", strings.Replace(goodCompile, `"tests":false,`, "", 1), 400, "Unable to deserialize request: Failed to deserialize the JSON body into the target type: missing field `tests` at …", nil},
		{"edition of expansion", "/macro-expansion", `{"code":""}`, 500, "'' is not a valid edition", nil},
		{"no miri", "/miri", `{"code":"","edition":"2021"}`, 500, `Unable to process the Miri request: invalid action: the toolchain "nightly" has no miri`, nil},

		{"a channel that is not here", "/execute", strings.Replace(goodExecute, "stable", "beta", 1), 500, "Unable to process the execute request: beta is not installed on this server", nil},
		{"a failure of the server", "/execute", strings.Replace(goodExecute, "print hi", "break", 1), 500, "Unable to process the execute request", nil},
		{"no box", "/execute", strings.Replace(goodExecute, "print hi", "busy", 1), 429, "The server is busy. Try again in a moment", nil},
		{"hostile name", "/format", `{"edition":"2021","code":[{"name":"../../etc/passwd.rs","content":""}]}`, 500, "Unable to process the format request: invalid files: …", nil},
		{"a name that is there twice", "/format", `{"edition":"2021","code":[{"name":"a.rs","content":""},{"name":"a.rs","content":""}]}`, 500, `Unable to process the format request: invalid files: "a.rs" is there twice`, nil},
		{"a gist that is too long to run", "/meta/gist", `{"code":"` + strings.Repeat("x", runner.MaxSource+1) + `"}`, 500, "Gist creation failed: invalid files: 1048577 bytes of source, at most 1048576", nil},
		{"unknown gist", "/meta/gist/0123456789abcdef0123456789abcdef", "", 500, "Gist loading failed: Not Found", nil},
		{"hostile gist", "/meta/gist/..%2f..%2fsecret", "", 500, "Gist loading failed: Not Found", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			method := "POST"
			if strings.HasPrefix(tt.path, "/meta/gist/") {
				method = "GET"
			}
			res, body := s.ask(method, tt.path, tt.body, tt.header...)
			if res.StatusCode != tt.status {
				t.Fatalf("status %d, want %d: %s", res.StatusCode, tt.status, body)
			}
			if tt.status == 404 {
				return
			}
			var p problem
			if err := json.Unmarshal([]byte(body), &p); err != nil || res.Header.Get("Content-Type") != "application/json" {
				t.Fatalf("%v: %s %s", err, res.Header.Get("Content-Type"), body)
			}
			if want, any := strings.CutSuffix(tt.want, "…"); p.Error != tt.want && (!any || !strings.HasPrefix(p.Error, want)) {
				t.Errorf("error %q\n want %q", p.Error, tt.want)
			}
		})
	}
}

// A body may have 2 MiB, and any JSON type.
func TestBodies(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	padded := func(n int) string { return goodExecute + strings.Repeat(" ", n-len(goodExecute)) }
	for _, tt := range []struct {
		name, body, kind string
		status           int
	}{
		{"2 MiB", padded(2 << 20), "application/json", 200},
		{"a byte more", padded(2<<20 + 1), "application/json", 400},
		{"capitals", goodExecute, "Application/JSON", 200},
		{"parameters", goodExecute, "application/json; charset=utf-8", 200},
		{"a kind of JSON", goodExecute, "application/vnd.api+json", 200},
		{"a form", goodExecute, "application/x-www-form-urlencoded", 400},
		{"parts", goodExecute, "multipart/form-data; boundary=x", 400},
		{"two types", goodExecute, "application/json, text/plain", 400},
		{"a type that cannot be parsed", goodExecute, "application/json; charset", 400},
		{"a byte order mark", "\ufeff" + goodExecute, "application/json", 400},
		{"nested deeply", `{"x":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}", "application/json", 400},
		{"a number that no integer holds", strings.Replace(goodExecute, "{", `{"x":1e999,`, 1), "application/json", 200},
	} {
		res, body := s.ask("POST", "/execute", tt.body, "Content-Type", tt.kind)
		if res.StatusCode != tt.status || tt.status == 400 && !strings.HasPrefix(body, `{"error":"Unable to deserialize request: `) {
			t.Errorf("%s: status %d, want %d: %.200s", tt.name, res.StatusCode, tt.status, body)
		}
	}
}

// A client that closes its half of the connection before its body is complete is told so;
// one that does it afterwards is gone, and its program is stopped.
func TestHalfClosedConnections(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	for _, tt := range []struct {
		name, body string
		length     int
		hangs      bool
		want       string
	}{
		{"in the body", `{"channel":`, len(goodExecute), false, "the body did not arrive"},
		{"before the body", "", len(goodExecute), false, "the body did not arrive"},
		{"while the program runs", strings.Replace(goodExecute, "print hi", "hang", 1), len(goodExecute) - len("print hi") + len("hang"), true, ""},
	} {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(time.Minute))
		if _, err := fmt.Fprintf(c, "POST /execute HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", tt.length, tt.body); err != nil {
			t.Fatal(err)
		}
		if tt.hangs {
			<-s.machine.hangs
		}
		if err := c.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if answer, err := io.ReadAll(c); err != nil || !strings.Contains(string(answer), tt.want) {
			t.Errorf("%s: %q, %v", tt.name, answer, err)
		}
	}
}

// Each endpoint refuses other methods, and what is no endpoint is not found.
func TestMethodsAndPaths(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *Config) { c.Origins = nil })
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/execute", 405}, {"PUT", "/evaluate.json", 405}, {"DELETE", "/meta/crates", 405}, {"POST", "/meta/versions", 405},
		{"GET", "/meta/gist/", 405}, {"OPTIONS", "/execute", 405}, {"GET", "/meta/nothing", 404}, {"POST", "/execute/", 404},
	} {
		if res, body := s.ask(tt.method, tt.path, ""); res.StatusCode != tt.status {
			t.Errorf("%s %s: status %d, want %d: %s", tt.method, tt.path, res.StatusCode, tt.status, body)
		}
	}
}

// Unknown fields are ignored, and fields stand in any order.
func TestUnknownFieldsAreIgnored(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	for _, body := range []string{
		`{"version":"x","nested":{"channel":[1]},"code":"print hi","tests":false,"crateType":"bin","edition":"2021","mode":"debug","channel":"stable"}`,
		" \n" + goodExecute + "\t",
	} {
		if res, out := s.ask("POST", "/execute", body, "Content-Type", "application/json; charset=utf-8"); res.StatusCode != 200 || !strings.Contains(out, `"stdout":"hi\n"`) {
			t.Errorf("status %d: %s", res.StatusCode, out)
		}
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		origins []string
		origin  string
		status  int
		allowed string
		vary    string
	}{
		{[]string{"*"}, "https://book.example", 200, "*", ""},
		{[]string{"*"}, "", 200, "*", ""},
		{[]string{"https://book.example"}, "https://Book.example", 200, "https://Book.example", "Origin"},
		{[]string{"https://book.example"}, "https://evil.example", 403, "", "Origin"},
		{nil, "https://evil.example", 403, "", ""},
		{nil, "null", 403, "", ""},
		{nil, "", 200, "", ""},
	} {
		s := serve(t, func(c *Config) { c.Origins = tt.origins })
		header := []string{}
		if tt.origin != "" {
			header = []string{"Origin", tt.origin}
		}
		res, body := s.ask("POST", "/execute", goodExecute, header...)
		if h := res.Header; res.StatusCode != tt.status || h.Get("Access-Control-Allow-Origin") != tt.allowed || h.Get("Vary") != tt.vary {
			t.Errorf("%+v: status %d, %v, %s", tt, res.StatusCode, h, body)
		}
	}
	s := serve(t, nil)
	for _, path := range []string{"/evaluate.json", "/meta/crates", "/websocket"} {
		res, _ := s.ask("OPTIONS", path, "", "Origin", "https://book.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "content-type", "Access-Control-Allow-Methods": "GET,POST",
			"Access-Control-Max-Age": "3600", "Access-Control-Allow-Credentials": "", "Vary": "",
		} {
			if got := res.Header.Get(name); res.StatusCode != 200 || got != want {
				t.Errorf("preflight of %s: status %d, %s: %q, want %q", path, res.StatusCode, name, got, want)
			}
		}
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	if res, _ := s.ask("GET", "/meta/crates", "", "X-Request-Id", "mine"); res.Header.Get("X-Request-Id") != "mine" {
		t.Errorf("a request's ID is not returned: %v", res.Header)
	}
	res, _ := s.ask("GET", "/meta/crates", "")
	if id := res.Header.Get("X-Request-Id"); !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("ID %q is not a UUID", id)
	}
}

func TestUnknownHostNames(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *Config) { c.Answers = func(r *http.Request) bool { return r.Host == "play.rust-lang.org" } })
	if res, body := s.ask("POST", "/execute", goodExecute); res.StatusCode != 421 || !strings.Contains(body, "serve.playground.hosts") {
		t.Errorf("status %d: %s", res.StatusCode, body)
	}
}

// A client that asks too often is refused before its request is read.
func TestAdmission(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *Config) { c.Quotas = &counting{admit: errors.New("too many requests")} })
	for path, body := range map[string]string{"/execute": "nonsense", "/meta/gist": ""} {
		if res, text := s.ask("POST", path, body); res.StatusCode != 429 || text != `{"error":"too many requests"}` || res.Header.Get("Retry-After") == "" {
			t.Errorf("%s: status %d %s", path, res.StatusCode, text)
		}
	}
}

// counting is Quotas that counts what comes, and lets bytes of it pass.
type counting struct {
	admit    error
	bytes    int
	messages chan int // the size of each, which waits until it is taken; nil: no limit

	mu     sync.Mutex
	bodies int
}

func (c *counting) Admit(*http.Request) error { return c.admit }

func (c *counting) Body(*http.Request) (func(), error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bodies++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.bodies--
	}, nil
}

func (c *counting) Sent(_ *http.Request, n int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bodies != 1 {
		return fmt.Errorf("%d bodies are counted", c.bodies)
	}
	if c.bytes -= n; c.bytes < 0 {
		return errors.New("too many bytes")
	}
	return nil
}

func (c *counting) Message(ctx context.Context, _ *http.Request, n int) error {
	select {
	case c.messages <- n:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Bodies count towards what their client may send.
func TestBytesOfBodies(t *testing.T) {
	t.Parallel()
	counts := &counting{bytes: len(goodExecute)}
	s := serve(t, func(c *Config) { c.Quotas = counts })
	if res, text := s.ask("POST", "/execute", goodExecute); res.StatusCode != 200 {
		t.Errorf("status %d %s", res.StatusCode, text)
	}
	for _, path := range []string{"/execute", "/evaluate.json", "/format", "/meta/gist"} {
		if res, text := s.ask("POST", path, `{"code":""}`); res.StatusCode != 429 && path != "/evaluate.json" || !strings.Contains(text, "too many bytes") {
			t.Errorf("%s: status %d %s", path, res.StatusCode, text)
		}
	}
	if counts.bodies != 0 {
		t.Errorf("%d bodies are counted", counts.bodies)
	}
}

// A socket is read no faster than its client may send, whatever it sends.
func TestMessagesAreReadAtARate(t *testing.T) {
	t.Parallel()
	counts := &counting{messages: make(chan int)}
	s := serve(t, func(c *Config) { c.Quotas = counts })
	c := s.connect()
	for _, kind := range []int{websocket.TextMessage, websocket.BinaryMessage, websocket.PingMessage, websocket.PongMessage} {
		if err := c.ws.WriteMessage(kind, []byte("seven b")); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		if n := <-counts.messages; n != 7 {
			t.Errorf("a message of %d bytes", n)
		}
	}
}

// Clients may keep what they know about crates and versions.
func TestMetaIsCached(t *testing.T) {
	t.Parallel()
	calls := 0
	s := serve(t, func(c *Config) {
		crates := c.Crates
		c.Crates = func(ctx context.Context) ([]Crate, error) { calls++; return crates(ctx) }
	})
	var tag string
	for _, method := range []string{"GET", "POST"} {
		res, body := s.ask(method, "/meta/crates", "", "Content-Type", "text/plain")
		tag = res.Header.Get("ETag")
		if !regexp.MustCompile(`^"pg-ts-\d+"$`).MatchString(tag) || res.Header.Get("Cache-Control") != "public, max-age=600" ||
			body != `{"crates":[{"name":"serde-json","version":"1.0.1","id":"serde_json"}]}` {
			t.Errorf("%s: %v %s", method, res.Header, body)
		}
	}
	for _, match := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
		res, body := s.ask("GET", "/meta/crates", "", "If-None-Match", match)
		if res.StatusCode != 304 || body != "" || res.Header.Get("ETag") != tag || res.Header.Get("Cache-Control") == "" {
			t.Errorf("If-None-Match: %s: status %d %v %q", match, res.StatusCode, res.Header, body)
		}
	}
	if res, _ := s.ask("GET", "/meta/crates", "", "If-None-Match", `"pg-ts-1"`); res.StatusCode != 200 {
		t.Errorf("another tag: status %d", res.StatusCode)
	}
	if calls != 1 {
		t.Errorf("the crates were listed %d times", calls)
	}
}

// When an answer is old, requests get it while the next one is made, once. A failure keeps it,
// and a closed handler makes none.
func TestMetaIsRenewedInTheBackground(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var made atomic.Int32
		var fail atomic.Bool
		h, err := New(Config{
			Executor: &machine{}, Toolchain: toolchain,
			Crates: func(ctx context.Context) ([]Crate, error) {
				n := made.Add(1)
				select {
				case <-time.After(time.Second):
				case <-ctx.Done():
					return nil, ctx.Err()
				}
				if fail.Load() {
					return nil, errors.New("no set")
				}
				return []Crate{{Version: fmt.Sprint(n)}}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		get := func(want string, after time.Duration) {
			t.Helper()
			start := time.Now()
			all, body, changed, err := h.crates.get(t.Context())
			if err != nil || all.Crates[0].Version != want || !strings.Contains(string(body), `"version":"`+want+`"`) || changed.IsZero() || time.Since(start) != after {
				t.Errorf("%s from %v after %v, %v, want version %s after %v", body, changed, time.Since(start), err, want, after)
			}
		}
		get("1", time.Second)
		time.Sleep(metaAge)
		get("1", 0)
		get("1", 0)
		time.Sleep(2 * time.Second)
		get("2", 0)
		time.Sleep(metaAge)
		fail.Store(true)
		get("2", 0)
		time.Sleep(2 * time.Second)
		fail.Store(false)
		get("2", 0)
		time.Sleep(2 * time.Second)
		get("4", 0)
		time.Sleep(metaAge)
		get("4", 0)
		if err := h.Close(t.Context()); err != nil { // ends the making of the fifth
			t.Error(err)
		}
		get("4", 0)
		if n := made.Load(); n != 5 {
			t.Errorf("it was made %d times", n)
		}
	})
}

// A failure to list crates is not kept.
func TestMetaRecovers(t *testing.T) {
	t.Parallel()
	fail := true
	s := serve(t, func(c *Config) {
		c.Crates = func(context.Context) ([]Crate, error) {
			if fail {
				return nil, errors.New("a secret")
			}
			return nil, nil
		}
	})
	if res, body := s.ask("GET", "/meta/crates", ""); res.StatusCode != 500 || body != `{"error":"Unable to find the available crates"}` {
		t.Errorf("status %d %s", res.StatusCode, body)
	}
	fail = false
	if res, body := s.ask("GET", "/meta/crates", ""); res.StatusCode != 200 || body != `{"crates":[]}` {
		t.Errorf("status %d %s", res.StatusCode, body)
	}
}

// A request that takes longer than the budget ends with the original's error.
func TestBudget(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *Config) { c.Budget = 20 * time.Millisecond })
	for source, want := range map[string]string{
		"hang":  `{"error":"The operation timed out"}`,
		"queue": `{"error":"The server is busy. Try again in a moment"}`,
	} {
		res, body := s.ask("POST", "/execute", strings.Replace(goodExecute, "print hi", source, 1))
		if body != want || (source == "queue") != (res.StatusCode == 429) {
			t.Errorf("%s: status %d %s", source, res.StatusCode, body)
		}
	}
	// mdBook shows the result and reads nothing else.
	if res, body := s.ask("POST", "/evaluate.json", strings.Replace(goodEvaluate, "print hi", "hang", 1)); res.StatusCode != 500 || body != `{"result":"The operation timed out","error":"The operation timed out"}` {
		t.Errorf("status %d %s", res.StatusCode, body)
	}
}

// A client has a bounded number of requests at once, and so have all together.
func TestLimitsOfAClient(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *Config) {
		c.Limits = Limits{Requests: 3, ClientRequests: 2}
		c.Client = func(r *http.Request) string { return r.Header.Get("Client") }
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error)
	hang := func(client string) {
		req, err := http.NewRequestWithContext(ctx, "POST", s.url+"/execute", strings.NewReader(strings.Replace(goodExecute, "print hi", "hang", 1)))
		if err != nil {
			t.Error(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Client", client)
		go func() {
			res, err := http.DefaultClient.Do(req)
			if err == nil {
				res.Body.Close()
			}
			done <- err
		}()
	}
	hang("a")
	hang("a")
	<-s.machine.hangs
	<-s.machine.hangs
	if res, body := s.ask("POST", "/execute", goodExecute, "Client", "a"); res.StatusCode != 429 || !strings.Contains(body, "2 may run or wait") || res.Header.Get("Retry-After") == "" {
		t.Errorf("a third request at once: status %d %s", res.StatusCode, body)
	}
	if res, body := s.ask("POST", "/execute", goodExecute, "Client", "b"); res.StatusCode != 200 {
		t.Errorf("another client: status %d %s", res.StatusCode, body)
	}
	hang("b")
	<-s.machine.hangs
	if res, body := s.ask("POST", "/evaluate.json", goodEvaluate, "Client", "c"); res.StatusCode != 429 || !strings.Contains(body, `"result":"The server is busy`) {
		t.Errorf("a fourth request of all: status %d %s", res.StatusCode, body)
	}
	cancel()
	for range 3 {
		<-done
	}
}

// A client starts a bounded number of runs a minute, and shares a bounded number of codes
// an hour.
func TestRatesOfAClient(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *Config) {
		c.Limits = Limits{ClientRuns: 20, ClientShares: 2}
		c.Client = func(r *http.Request) string { return r.Header.Get("Client") }
	})
	refused := 0
	for range 12 {
		if res, _ := s.ask("POST", "/execute", goodExecute, "Client", "d"); res.StatusCode == 429 {
			refused++
		}
	}
	if refused == 0 {
		t.Error("a client starts more runs than a minute allows")
	}
	for i, want := range []int{200, 429} {
		if res, body := s.ask("POST", "/meta/gist", fmt.Sprintf(`{"code":"%d"}`, i), "Client", "a"); res.StatusCode != want {
			t.Errorf("share %d: status %d %s", i, res.StatusCode, body)
		}
	}
	if r := s.machine.request(); r.Owner != Owner {
		t.Errorf("owner %q", r.Owner)
	}
}

var _ runner.Executor = (*machine)(nil)
