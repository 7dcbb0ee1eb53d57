package server_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/wire"
)

// keptHere is a Snapshots in memory.
type keptHere struct {
	mu   sync.Mutex
	list []server.Snapshot
}

func (k *keptHere) Put(_ context.Context, s server.Snapshot) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list = append(k.list, s)
	return string(rune('a' + len(k.list) - 1)), nil
}

func (k *keptHere) Get(_ context.Context, id string) (server.Snapshot, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(id) != 1 || int(id[0]-'a') >= len(k.list) || id[0] < 'a' {
		return server.Snapshot{}, server.ErrNoSnapshot
	}
	return k.list[id[0]-'a'], nil
}

func sharing(t *testing.T) (*fixture, *keptHere) {
	kept := &keptHere{}
	return start(t, func(c *server.Config) {
		c.Snapshots, c.EmbedAncestors = kept, "https://blog.example"
		c.Toolchain = func(_ context.Context, channel string) string {
			return map[string]string{"": "1.95.0", "nightly": "1.97.0-nightly"}[channel]
		}
	}), kept
}

// get returns an answer and its text.
func (f *fixture) get(path string) (*http.Response, string) {
	f.Helper()
	res, err := http.Get(f.url + path)
	if err != nil {
		f.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		f.Fatal(err)
	}
	return res, string(data)
}

// A permanent link keeps the files and the settings of the moment; a fork is a session of its
// own with both.
func TestSnapshotsOfSessions(t *testing.T) {
	t.Parallel()
	f, _ := sharing(t)
	s := f.create("fn main() { println!(\"<b>\"); }")
	e := f.join(s.Edit, "a")
	e.send(`{"type":"settings","settings":{"mode":"debug","edition":"2018","other":"x"}}`)
	e.expect("settings")
	var made struct{ ID, Page, Embed string }
	if status := f.do("POST", "/api/v1/sessions/"+s.Session+"/snapshots", "", &made); status != http.StatusCreated || made.Page != "/p/a" || made.Embed != "/embed/p/a" {
		t.Fatalf("status %d, %+v", status, made)
	}
	e.send(`{"type":"push","epoch":"EPOCH","version":0,"seq":1,"changes":[30,[0,"// later"]]}`)
	e.expect("ack")
	var snap server.Snapshot
	f.do("GET", "/api/v1/snapshots/a", "", &snap)
	if len(snap.Files) != 1 || snap.Files[0] != (wire.NamedFile{Name: "main.rs", Content: "fn main() { println!(\"<b>\"); }"}) || snap.Toolchain != "1.95.0" || len(snap.Settings) != 2 || snap.Settings["edition"] != "2018" {
		t.Errorf("snapshot %+v", snap)
	}
	res, page := f.get("/p/a")
	for _, want := range []string{`property="og:title" content="fn main() { println!(&#34;&lt;b&gt;&#34;); }"`, `println!(&#34;&lt;b&gt;&#34;)`, `name="edition" value="2018"`, "made with rustc 1.95.0", "readonly"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s:\n%s", want, page)
		}
	}
	if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") || res.Header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("the page's headers: %v", res.Header)
	}
	res, _ = f.get("/embed/p/a")
	if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors https://blog.example") || res.Header.Get("X-Frame-Options") != "" {
		t.Errorf("the embedded page's headers: %v", res.Header)
	}

	forked := f.fork(url.Values{"snapshot": {"a"}})
	var text string
	f.do("GET", "/api/v1/sessions/"+forked+"/text", "", &text)
	if text != snap.Files[0].Content {
		t.Errorf("the fork's text is %q", text)
	}
	again := f.dial("/s/"+forked+"/socket", nil)
	again.send(hello("b"))
	if got, _ := again.expect("welcome")["settings"].(map[string]any); got["edition"] != "2018" || got["mode"] != "debug" {
		t.Errorf("the fork's settings: %v", got)
	}
	for _, path := range []string{"/p/zz", "/p/b", "/embed/p/b"} {
		if res, _ := f.get(path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	if status := f.do("GET", "/api/v1/snapshots/zz", "", nil); status != http.StatusNotFound {
		t.Errorf("no snapshot: status %d", status)
	}
}

// fork presses the button of a page and returns the token of the session that it leads to.
func (f *fixture) fork(form url.Values) string {
	f.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.PostForm(f.url+"/fork", form)
	if err != nil {
		f.Fatal(err)
	}
	res.Body.Close()
	token, ok := strings.CutPrefix(res.Header.Get("Location"), "/s/")
	if res.StatusCode != http.StatusSeeOther || !ok {
		f.Fatalf("fork: %s to %q", res.Status, res.Header.Get("Location"))
	}
	return token
}

func TestSnapshotsOfRequests(t *testing.T) {
	t.Parallel()
	f, kept := sharing(t)
	for body, want := range map[string]int{
		`{"source":"x"}`: http.StatusCreated,
		`{"files":[{"name":"main.rs","content":"mod a;"},{"name":"a.rs","content":""}],"settings":{"mode":"debug"}}`: http.StatusCreated,
		`{}`:                          http.StatusBadRequest,
		`{"source":"x","files":[]}`:   http.StatusCreated,
		`{"source":"x","files":[{}]}`: http.StatusBadRequest,
		`{"files":[{"name":"../x"}]}`: http.StatusBadRequest,
		`{"source":"x","settings":{"mode":"\u0000"}}`:       http.StatusBadRequest,
		`{"source":"` + strings.Repeat("x", 300<<10) + `"}`: http.StatusRequestEntityTooLarge,
	} {
		if got := f.do("POST", "/api/v1/snapshots", body, nil); got != want {
			t.Errorf("%.60s: status %d, want %d", body, got, want)
		}
	}
	if f.do("POST", "/api/v1/snapshots", `{"source":"x","settings":{"channel":"nightly"}}`, nil); kept.list[len(kept.list)-1].Toolchain != "1.97.0-nightly" {
		t.Errorf("made with %+v", kept.list[len(kept.list)-1])
	}
	if !slices.ContainsFunc(kept.list, func(s server.Snapshot) bool { return len(s.Files) == 2 && s.Settings["mode"] == "debug" }) {
		t.Errorf("kept %+v", kept.list)
	}
}

// Links with code are read as those who write them mean them, and make no session before the
// button is pressed.
func TestLinksWithCode(t *testing.T) {
	t.Parallel()
	f, _ := sharing(t)
	for query, want := range map[string][]string{
		// rustdoc's own form: raw ";", "!" and "(", "+" for spaces, "%0A" for lines.
		"code=fn+main()+{%0A++++let+x+=+1;+println!(%22{x}%22);%0A}&edition=2021": {"fn main() {\n    let x = 1; println!(&#34;{x}&#34;);\n}</textarea>", `name="edition" value="2021"`},
		"version=nightly&mode=release&code=x":                                     {"\nx</textarea>", `name="channel" value="nightly"`, `name="mode" value="release"`, `name="edition" value="2015"`},
		"version=evil&mode=%22&edition=9999&code=100%":                            {"100%</textarea>", `name="edition" value="2015"`},
		"code=%3C/textarea%3E%3Cscript%3Ealert(1)%3C/script%3E":                   {"&lt;/textarea&gt;&lt;script&gt;"},
		"code=first&code=second":                                                  {"first</textarea>"},
		"code=":                                                                   {"\n</textarea>"},
		"code=%ff":                                                                {"�</textarea>"},
	} {
		for _, path := range []string{"/?", "/embed?"} {
			res, page := f.get(path + query)
			for _, want := range want {
				if res.StatusCode != http.StatusOK || !strings.Contains(page, want) {
					t.Errorf("%s%s: %s, no %s in\n%s", path, query, res.Status, want, page)
				}
			}
			if strings.Contains(page, "<script>") || strings.Contains(page, "evil") {
				t.Errorf("%s%s:\n%s", path, query, page)
			}
		}
	}
	if n := f.hub.Loaded(); n != 0 {
		t.Errorf("%d sessions are loaded", n)
	}
	token := f.fork(url.Values{"code": {"fn main() {}\r\n"}, "edition": {"2015"}})
	var text string
	f.do("GET", "/api/v1/sessions/"+token+"/text", "", &text)
	if text != "fn main() {}\n" {
		t.Errorf("the text is %q", text)
	}
}

func TestServerWithoutSnapshots(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	s := f.create("x")
	var problem struct{ Detail string }
	if status := f.do("POST", "/api/v1/sessions/"+s.Token+"/snapshots", "", &problem); status != http.StatusInsufficientStorage || !strings.Contains(problem.Detail, "permanent link") {
		t.Errorf("status %d, %+v", status, problem)
	}
	if res, _ := f.get("/p/a"); res.StatusCode != http.StatusNotFound {
		t.Errorf("%s", res.Status)
	}
}

// A form counts towards what its address may send, as every other body does.
func TestBytesOfForms(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *server.Config) { c.Limits.MessageBytes, c.Limits.AddressBytes = 1000, 4000 })
	post := func(contentType, body string) int {
		req, err := http.NewRequest("POST", f.url+"/fork", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		res, _ := f.roundTrip(http.DefaultTransport.RoundTrip, req)
		return res.StatusCode
	}
	const form = "application/x-www-form-urlencoded"
	if got := post(form, "code="+strings.Repeat("x", 1000)); got != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of more than a message: status %d", got)
	}
	if got := post("text/plain", "code=x"); got != http.StatusBadRequest {
		t.Errorf("a text: status %d", got)
	}
	for i, want := range []int{http.StatusSeeOther, http.StatusSeeOther, http.StatusSeeOther, http.StatusSeeOther, http.StatusTooManyRequests} {
		if got := post(form, "code="+strings.Repeat("x", 900)); got != want {
			t.Errorf("form %d: status %d, want %d", i, got, want)
		}
	}
}

// Previews show a title without the characters that reorder what stands around it.
func TestTitlesOfHostileTexts(t *testing.T) {
	t.Parallel()
	f, kept := sharing(t)
	id, err := kept.Put(t.Context(), server.Snapshot{Files: []wire.NamedFile{{Name: "main.rs", Content: "// \u202egpj.exe\u2069\x00\x1b[2J\u200f !\"><script>\nfn main() {}"}}})
	if err != nil {
		t.Fatal(err)
	}
	_, page := f.get("/p/" + id)
	head, _, _ := strings.Cut(page, "<textarea")
	if strings.ContainsAny(head, "\u202e\u2069\u200f\x00\x1b") || !strings.Contains(head, "<h1>gpj.exe[2J !&#34;&gt;&lt;script&gt;</h1>") {
		t.Errorf("the page begins with %q", head)
	}
}

// A page of another origin can neither make a session nor fork code.
func TestFormsOfOtherPages(t *testing.T) {
	t.Parallel()
	f, _ := sharing(t)
	for _, path := range []string{"/", "/fork", "/api/v1/snapshots", "/api/v1/sessions"} {
		for _, origin := range []string{"https://blog.example", "null", "file://", strings.Replace(f.url, "http", "https", 1) + ".evil.example"} {
			req, err := http.NewRequest("POST", f.url+path, strings.NewReader("code=x"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Origin", origin)
			if res, _ := f.roundTrip(http.DefaultTransport.RoundTrip, req); res.StatusCode != http.StatusForbidden || res.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s of %s: %s", path, origin, res.Status)
			}
		}
	}
}
