package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/wire"
)

// full is a store with no room for another session.
type full struct{ store.Store }

func (full) Create(context.Context, wire.SessionID, wire.Snapshot, time.Time) error {
	return fmt.Errorf("%w: no space left on device", store.ErrFull)
}

// A server with a full disk answers that it cannot save, and when to retry.
func TestAFullDiskIsReported(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *server.Config) {
		c.Hub = collab.NewHub(collab.Config{Store: full{memory.New()}})
		t.Cleanup(c.Hub.Close)
	})
	for method, path := range map[string]string{"GET": "/", "POST": "/api/v1/sessions"} {
		req, err := http.NewRequest(method, f.url+path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		res, said := f.roundTrip(http.DefaultClient.Do, req)
		if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || !strings.Contains(string(said), "can save nothing") || strings.Contains(string(said), "device") {
			t.Errorf("%s %s: %s: %s", method, path, res.Status, said)
		}
	}
}

// A person who gets no page gets words, a tool gets JSON.
func TestAPersonIsToldInWords(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *server.Config) { c.Limits.AddressSessions = 2 }) // one at once
	f.create("")
	for _, tt := range []struct{ method, path, want string }{
		{"GET", "/", "No session could be opened: too many new sessions from this address"},
		{"POST", "/api/v1/sessions", `{"title":"Too Many Requests","status":429,"detail":"too many new sessions from this address`},
	} {
		var said string
		if status := f.do(tt.method, tt.path, "", &said); status != http.StatusTooManyRequests || !strings.HasPrefix(said, tt.want) {
			t.Errorf("%s %s: %d %s", tt.method, tt.path, status, said)
		}
	}
}

func TestTheFirstVisitMakesASession(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "/corust"} {
		f := start(t, func(c *server.Config) { c.Prefix = prefix })
		res, err := http.Get(f.url + "/")
		if err != nil {
			t.Fatal(err)
		}
		page, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if !regexp.MustCompile(`^` + prefix + `/s/[0-9a-z]{26}$`).MatchString(res.Request.URL.Path) {
			t.Errorf("the page is at %s", res.Request.URL.Path)
		}
		policy := res.Header.Get("Content-Security-Policy")
		nonce := regexp.MustCompile(`'nonce-([^']+)'`).FindStringSubmatch(policy)
		if nonce == nil || !strings.Contains(string(page), `content="`+nonce[1]+`"`) {
			t.Errorf("no nonce in page and policy %q", policy)
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("loose policy %q", policy)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Cache-Control": "no-store"} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		// All files that the page loads exist, and are on this server.
		for _, m := range regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(string(page), -1) {
			if !strings.HasPrefix(m[1], "../") {
				t.Errorf("the page names %q", m[1])
			}
			var body string
			if status := f.do("GET", "/"+strings.TrimPrefix(m[1], "../"), "", &body); status != 200 || body == "" {
				t.Errorf("%s: status %d", m[1], status)
			}
		}
	}
}

// The page may be framed by the pages that the configuration names, and other answers by
// none.
func TestFrameAncestors(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *server.Config) { c.FrameAncestors = "https://book.example https://*.example" })
	for path, want := range map[string]string{f.create("").Edit: "frame-ancestors https://book.example https://*.example", "/healthz": "frame-ancestors 'none'"} {
		res, err := http.Get(f.url + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if policy := res.Header.Get("Content-Security-Policy"); !strings.Contains(policy, want) || (res.Header.Get("X-Frame-Options") == "") != strings.Contains(want, "https") {
			t.Errorf("%s: %v, want %q", path, res.Header, want)
		}
	}
}

func TestALinkGivesWhatItSays(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := f.create("print a\n")
	if c.Session == c.Token || strings.Contains(c.View, c.Token) {
		t.Fatal("the read-only link shows the token")
	}
	var page string
	if f.do("GET", c.View, "", &page) != 200 || strings.Contains(page, c.Token) || !strings.Contains(page, `&#34;readOnly&#34;:true`) {
		t.Error("the read-only page is not one")
	}
	if f.do("GET", "/s/"+c.Session, "", &page) != 404 {
		t.Error("the id of a session opens it for editing")
	}
	for _, path := range []string{"/s/x", "/v/x", "/s/" + strings.Repeat("0", 26), "/s/..%2f", "/api/v1/sessions/" + strings.Repeat("0", 26)} {
		if status := f.do("GET", path, "", nil); status != 404 {
			t.Errorf("%s: status %d", path, status)
		}
	}
	if got := f.dial("/s/"+strings.Repeat("0", 26)+"/socket", nil).ended(); got != "gone" {
		t.Errorf("socket of no session: %q", got)
	}
	ed, reader := f.join(c.Edit, "ed"), f.join(c.View, "reader")
	reader.send(`{"type":"push","epoch":"EPOCH","version":0,"seq":1,"changes":[8,[0,"x"]]}`)
	if m := reader.expect("error"); m["code"] != "read-only" || m["seq"] != 1.0 {
		t.Errorf("a reader's push: %v", m)
	}
	for _, m := range []string{`{"type":"run"}`, `{"type":"settings","settings":{"mode":"release"}}`, `{"type":"stop","run":"r"}`, `{"type":"stdin","run":"r"}`} {
		reader.send(m)
		if m := reader.expect("error"); m["code"] != "read-only" {
			t.Errorf("a reader's %s: %v", m, m)
		}
	}
	ed.send(`{"type":"push","epoch":"EPOCH","version":0,"seq":1,"changes":[8,[0,"x"]]}`)
	if m := reader.expect("entry"); m["version"] != 1.0 {
		t.Errorf("the reader sees %v", m)
	}
	if status := f.do("POST", "/api/v1/sessions/"+c.Session+"/runs", `{}`, nil); status != 403 {
		t.Errorf("a reader's run: status %d", status)
	}
}

func TestEveryoneSeesTheSameRun(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := f.create("print one\nread\nhang\n")
	a, b := f.join(c.Edit, "a"), f.join(c.Edit, "b")
	a.send(`{"type":"run","options":{"mode":"debug"}}`)
	run := b.expect("run")
	if run["by"] != id("a") || run["version"] != 0.0 {
		t.Errorf("the run is %v", run)
	}
	output := func(e *editor) string {
		m := e.expect("output")
		data, _ := base64.StdEncoding.DecodeString(m["data"].(string))
		return string(data)
	}
	for _, e := range []*editor{a, b} {
		if got := output(e); got != "one\n" {
			t.Errorf("output %q", got)
		}
	}
	b.send(`{"type":"stdin","run":"` + run["run"].(string) + `","data":"` + base64.StdEncoding.EncodeToString([]byte("42\n")) + `"}`)
	if m := a.expect("input"); m["by"] != id("b") {
		t.Errorf("input %v", m)
	}
	if got := output(a); got != "read 42\n" {
		t.Errorf("output %q", got)
	}
	late := f.dial(c.View+"/socket", nil)
	late.send(hello("late"))
	var missed []byte
	for _, o := range late.expect("welcome")["run"].(map[string]any)["output"].([]any) {
		data, _ := base64.StdEncoding.DecodeString(o.(map[string]any)["data"].(string))
		missed = append(missed, data...)
	}
	if string(missed) != "one\n42\nread 42\n" {
		t.Errorf("who comes late sees %q", missed)
	}
	b.send(`{"type":"stop","run":"` + run["run"].(string) + `"}`)
	for _, e := range []*editor{a, b, late} {
		if m := e.expect("end"); m["verdict"] != "canceled" || m["stopped"] != id("b") {
			t.Errorf("the end is %v", m)
		}
	}
}

func TestToolsUseWhatThePageUses(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := f.create("print tool\r\nread")
	var text string
	if f.do("GET", "/api/v1/sessions/"+c.Session+"/text", "", &text); text != "print tool\nread" {
		t.Errorf("text %q", text)
	}
	if status := f.do("GET", "/api/v1/sessions/"+c.Token+"/runs/last", "", nil); status != 404 {
		t.Errorf("no run: status %d", status)
	}
	watch := f.join(c.View, "watcher")
	var lines string
	if status := f.do("POST", "/api/v1/sessions/"+c.Token+"/runs", `{"mode":"release","stdin":"7\n"}`, &lines); status != 200 {
		t.Fatalf("status %d: %s", status, lines)
	}
	watch.expect("end")
	kinds, out := decodeLines(t, lines)
	if kinds[0] != "run" || kinds[len(kinds)-1] != "end" || out != "tool\nread 7\n" {
		t.Errorf("%v, output %q", kinds, out)
	}
	var again string
	f.do("GET", "/api/v1/sessions/"+c.Session+"/runs/last", "", &again)
	if _, same := decodeLines(t, again); same != out {
		t.Errorf("again: %q", same)
	}
}

func TestAToolsInputIsBounded(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := f.create("read\n")
	run := func(n int, into any) int {
		return f.do("POST", "/api/v1/sessions/"+c.Token+"/runs", `{"stdin":"`+strings.Repeat("x", n)+`"}`, into)
	}
	var problem wire.Problem
	if status := run(1<<20+1, &problem); status != 413 || problem.Detail != "stdin of 1048577 bytes, limit 1048576: too large" {
		t.Errorf("too much: status %d, %s", status, problem.Detail)
	}
	var lines string
	if status := run(1<<20, &lines); status != 200 || !strings.Contains(lines, `"type":"end"`) {
		t.Errorf("as much as may be: status %d", status)
	}
}

func decodeLines(t *testing.T, text string) (kinds []string, out string) {
	t.Helper()
	sc := bufio.NewScanner(strings.NewReader(text))
	for sc.Scan() {
		var m struct {
			Type string
			Data []byte
		}
		if err := json.Unmarshal(sc.Bytes(), &m); err != nil {
			t.Fatalf("%v in %q", err, sc.Text())
		}
		kinds = append(kinds, m.Type)
		if m.Type == "output" {
			out += string(m.Data)
		}
	}
	return kinds, out
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *server.Config) {
		c.Hosts = &server.Hosts{}
		c.Session.Text = 100
		c.Limits = server.Limits{AddressRuns: 4 /* two at once, and formatting counts */, AddressConnections: 3, MessageBytes: 4096}
	})
	c := f.create("print")
	for _, tt := range []struct {
		name, method, path, body string
		header                   map[string]string
		host                     string
		want                     int
	}{
		{name: "another origin", method: "POST", path: "/api/v1/sessions", header: map[string]string{"Origin": "http://evil.example"}, want: 403},
		{name: "a null origin", method: "POST", path: "/api/v1/sessions", header: map[string]string{"Origin": "null"}, want: 403},
		{name: "a foreign socket", method: "GET", path: c.Edit + "/socket", header: map[string]string{"Origin": "http://evil.example"}, want: 403},
		{name: "a name that resolves here", method: "GET", path: "/", host: "evil.example", want: 421},
		{name: "unknown keys", method: "POST", path: "/api/v1/sessions", body: `{"sauce":"x"}`, want: 400},
		{name: "two values", method: "POST", path: "/api/v1/sessions", body: `{}{}`, want: 400},
		{name: "a bracket behind", method: "POST", path: "/api/v1/sessions", body: `{}]`, want: 400},
		{name: "half of a character", method: "POST", path: "/api/v1/sessions", body: `{"source":"\ud800"}`, want: 400},
		{name: "half of a character to format", method: "POST", path: "/api/v1/sessions/" + c.Token + "/format", body: `{"source":"\udc00"}`, want: 400},
		{name: "what is not UTF-8", method: "POST", path: "/api/v1/sessions", body: "{\"source\":\"\xff\"}", want: 400},
		{name: "a long text", method: "POST", path: "/api/v1/sessions", body: `{"source":"` + strings.Repeat("x", 101) + `"}`, want: 413},
		{name: "a long body", method: "POST", path: "/api/v1/sessions", body: `{"source":"` + strings.Repeat("x", 5000) + `"}`, want: 413},
		{name: "no formatter", method: "POST", path: "/api/v1/sessions/" + c.Token + "/format", body: `{"source":""}`, want: 422},
		{name: "wrong method", method: "PUT", path: "/api/v1/sessions/" + c.Token, want: 405},
	} {
		req, err := http.NewRequest(tt.method, f.url+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range tt.header {
			req.Header.Set(k, v)
		}
		if tt.body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		if tt.host != "" {
			req.Host = tt.host
		}
		res, body := f.roundTrip(http.DefaultClient.Do, req)
		f.documented(tt.method, tt.path, res, body)
		if res.StatusCode != tt.want {
			t.Errorf("%s: status %d, want %d: %s", tt.name, res.StatusCode, tt.want, body)
		}
	}
	a := f.join(c.Edit, "a")
	a.send(`{"type":"push","epoch":"EPOCH","version":0,"seq":9,"changes":[5,[0,"\ud800"]]}`)
	if m := a.expect("error"); m["code"] != "malformed" || m["seq"] != 9.0 {
		t.Errorf("half a character: %v", m)
	}
	a.send(`{"type":"run"}`)
	a.expect("end")
	a.send(`{"type":"run"}`)
	if m := a.expect("error"); m["code"] != "quota" || m["hit"].(map[string]any)["limit"] != "address_runs" {
		t.Errorf("a run too many: %v", m)
	}
	f.join(c.Edit, "b")
	f.join(c.Edit, "c")
	_, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(f.url, "http")+c.Edit+"/socket", nil)
	if err == nil || res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("a connection too many: %v %v", err, res)
	}
	if got := f.dial(c.Edit+"/socket", http.Header{"Origin": {f.web.URL}}).ended(); got != "busy" {
		t.Errorf("a page too many ended with %q", got)
	}
}

// A client that closes its connection before the answer does not appear in the log.
func TestAClientThatLeavesIsNotLogged(t *testing.T) {
	t.Parallel()
	begun, ended := make(chan bool), make(chan bool)
	var said bytes.Buffer
	f := start(t, func(c *server.Config) {
		c.Log = slog.New(slog.NewTextHandler(&said, nil))
		c.Format = func(ctx context.Context, _, _, _ string) (string, error) {
			close(begun)
			<-ctx.Done()
			defer close(ended)
			return "", fmt.Errorf("format: %w", ctx.Err())
		}
	})
	c := f.create("")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	req, err := http.NewRequestWithContext(ctx, "POST", f.url+"/api/v1/sessions/"+c.Token+"/format", strings.NewReader(`{"source":""}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if _, err := http.DefaultClient.Do(req); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-ended
	f.web.Close() // waits for the handler
	if said.Len() > 0 {
		t.Errorf("the log has %s", &said)
	}
}

func TestAnOldPageIsTold(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := f.create("")
	if got := f.dial(c.Edit+"/socket?protocol=1", nil).ended(); got != "too-old" {
		t.Errorf("ended with %q", got)
	}
	e := f.dial(c.Edit+"/socket", nil)
	e.send(`{"type":"hello","protocol":1,"client":"k"}`)
	if got := e.ended(); got != "too-old" {
		t.Errorf("a hello of an old protocol: ended with %q", got)
	}
}

// The server answers invalid messages with errors, and ends the connection after many.
// Other members only see that the member leaves.
func TestTooManyInvalidMessagesEndTheConnection(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *server.Config) { c.Limits.Faults = 3 })
	c := f.create("fn main() {}\n")
	good := f.join(c.Edit, "good")
	bad := f.join(c.Edit, "bad")
	for range 3 {
		bad.send(`{"type":"nonsense"}`)
		if e := bad.expect("error"); e["code"] != "malformed" {
			t.Errorf("got error %v", e)
		}
	}
	bad.send(`{"type":"nonsense"}`)
	if why := bad.ended(); why != "malformed" {
		t.Errorf("ended with %q", why)
	}
	if m := good.expect("leave"); m["client"] != id("bad") {
		t.Errorf("%v has left", m["client"])
	}
}

func TestADrainTellsEveryoneToComeBack(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := f.create("")
	a := f.join(c.Edit, "a")
	f.srv.Drain()
	if status := f.do("GET", "/readyz", "", nil); status != 503 {
		t.Errorf("ready: %d", status)
	}
	if status := f.do("GET", "/healthz", "", nil); status != 200 {
		t.Errorf("health: %d", status)
	}
	if status := f.do("POST", "/api/v1/sessions", `{}`, nil); status != 503 {
		t.Errorf("create: %d", status)
	}
	a.send(`{"type":"push","epoch":"EPOCH","version":0,"seq":1,"changes":[[0,"kept"]]}`)
	a.expect("ack")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- f.srv.Close(ctx) }()
	if got := a.ended(); got != "resume" {
		t.Errorf("ended with %q", got)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

func TestAPageWithoutItsMarksIsNotServed(t *testing.T) {
	t.Parallel()
	_, err := server.New(server.Config{Hub: new(collab.Hub), Assets: fstest.MapFS{"s/index.html": {Data: []byte("__NONCE__")}}})
	if err == nil {
		t.Error("no error")
	}
}

func TestProxiesAreBelievedOnlyIfTrusted(t *testing.T) {
	t.Parallel()
	if _, err := server.ParseProxies("10.0.0.0/8, nonsense"); err == nil {
		t.Error("nonsense is a network")
	}
	list, err := server.ParseProxies("10.0.0.0/8 127.0.0.1,::1")
	if err != nil || len(list) != 3 || list[1] != netip.MustParsePrefix("127.0.0.1/32") {
		t.Errorf("%v, %v", list, err)
	}
}
