package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/wire"
)

// ask makes a request, follows no redirect, and gives the answer with its body.
func (f *fixture) ask(method, path string, header map[string]string) (*http.Response, string) {
	f.Helper()
	req, err := http.NewRequest(method, f.web.URL+path, nil)
	if err != nil {
		f.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	res, body := f.roundTrip(http.DefaultTransport.RoundTrip, req)
	return res, string(body)
}

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// Opening the address creates a session. A fetch of a browser, a preview or a crawler
// does not, and a browser never shows a prefetched answer.
func TestOnlyAVisitMakesASession(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	for name, c := range map[string]struct {
		method string
		header map[string]string
		want   int
	}{
		"a tool":                   {"GET", nil, 303},
		"an old browser":           {"GET", map[string]string{"User-Agent": firefox}, 303},
		"a typed address":          {"GET", map[string]string{"User-Agent": firefox, "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}, 303},
		"a link of another site":   {"GET", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 303},
		"the button":               {"POST", map[string]string{"Origin": "http://x", "Host": "x"}, 403},
		"a prefetch":               {"GET", map[string]string{"Sec-Purpose": "prefetch", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 503},
		"a prerender":              {"GET", map[string]string{"Sec-Purpose": "prefetch;prerender"}, 503},
		"an old prefetch":          {"GET", map[string]string{"Purpose": "prefetch"}, 503},
		"Safari's preview":         {"GET", map[string]string{"X-Purpose": "preview"}, 503},
		"Firefox's prefetch":       {"GET", map[string]string{"X-Moz": "prefetch"}, 503},
		"an image of another site": {"GET", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, 200},
		"a fetch":                  {"GET", map[string]string{"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}, 200},
		"a frame":                  {"GET", map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 200},
		"a look":                   {"HEAD", nil, 200},
		"Slack":                    {"GET", map[string]string{"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}, 200},
		"Discord":                  {"GET", map[string]string{"User-Agent": "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"}, 200},
		"WhatsApp":                 {"GET", map[string]string{"User-Agent": "WhatsApp/2.23.20.0 A"}, 200},
		"Teams":                    {"GET", map[string]string{"User-Agent": "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5"}, 200},
		"a search engine":          {"GET", map[string]string{"User-Agent": "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/120 Safari/537.36"}, 200},
	} {
		res, body := f.ask(c.method, "/", c.header)
		if res.StatusCode != c.want || (res.Header.Get("Location") != "") != (c.want == 303) {
			t.Errorf("%s: status %d to %q, want %d", name, res.StatusCode, res.Header.Get("Location"), c.want)
		}
		if c.want == 200 && (res.Header.Get("Content-Type") != "text/html; charset=utf-8" || c.method == "GET" && !strings.Contains(body, "<button>")) {
			t.Errorf("%s is shown %s", name, body)
		}
		if got := res.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
	}
	if res, _ := f.ask("POST", "/", map[string]string{"Origin": f.web.URL}); res.StatusCode != 303 {
		t.Errorf("the button of the server's page: %d", res.StatusCode)
	}
	if res, body := f.ask("GET", "/robots.txt", nil); res.StatusCode != 200 || !strings.Contains(body, "Disallow: /\n") {
		t.Errorf("robots.txt: %d %q", res.StatusCode, body)
	}
}

// The start page is that of a session without one: opening it creates none.
func TestStartPageMakesNoSession(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "/rust"} {
		f := start(t, func(c *server.Config) { c.Prefix = prefix })
		res, body := f.ask("GET", prefix+"/start/", map[string]string{"User-Agent": firefox})
		if res.StatusCode != 200 || !strings.Contains(body, `&#34;start&#34;:true`) || !strings.Contains(body, `src="../assets/`) {
			t.Errorf("%d %s", res.StatusCode, body)
		}
	}
}

// A link that was copied with what stood around it, or typed, leads to its session.
func TestLinksWithFaultsAreFound(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "/rust"} {
		f := start(t, func(c *server.Config) { c.Prefix = prefix })
		c := f.create("x")
		id := strings.TrimPrefix(c.View, prefix+"/v/")
		for link, want := range map[string]string{
			"/s/" + c.Token + ".": c.Edit, "/s/" + c.Token + ")": c.Edit, "/s/" + c.Token + "%3E": c.Edit, "/s/" + c.Token + "%20": c.Edit,
			"/s/%20" + c.Token: c.Edit, "/s/" + c.Token + "%22,": c.Edit, "/s/" + c.Token + "%E2%80%9D": c.Edit, "/s/" + c.Token + "%E2%80%8B": c.Edit,
			"/s/" + c.Token + "/": c.Edit, "/s/" + c.Token + "%0A": c.Edit, "/s/" + c.Token + "%20is%20ours": c.Edit, "/s/" + c.Token[:9] + "%0A" + c.Token[9:]: c.Edit,
			"/s/" + strings.ToUpper(c.Token): c.Edit, "/S/" + strings.ToUpper(c.Token): c.Edit, "/" + c.Token: c.Edit, "/s" + c.Token: c.Edit,
			"/v/" + strings.ToUpper(id) + ".": c.View, "/" + id: c.View, "/v/" + id + "/": c.View, "/v" + id: c.View,
			"/s/" + c.Token[1:]: "", "/s/" + c.Token + "0": "", "/s/" + id: "", "/v/" + c.Token: "", "/S/": "", "/s/": "", "/nothing.": "", "/s/" + strings.Repeat("0", 26): "",
		} {
			if link == "/s/"+c.Token+"%20is%20ours" {
				want = "" // it may as well be a longer one
			}
			res, body := f.ask("GET", prefix+link, map[string]string{"Accept": "text/html,*/*"})
			got := res.Header.Get("Location")
			if got != want || want != "" && res.StatusCode != 302 || want == "" && res.StatusCode != 404 {
				t.Errorf("%s: %d to %q, want %q", link, res.StatusCode, got, want)
			}
			if want == "" && (!strings.Contains(body, "<button>") || res.Header.Get("Content-Type") != "text/html; charset=utf-8") {
				t.Errorf("%s: %s", link, body)
			}
		}
		if res, body := f.ask("GET", prefix+"/s/nothing", nil); res.StatusCode != 404 || !strings.HasPrefix(body, `{"title":`) {
			t.Errorf("a tool: %d %s", res.StatusCode, body)
		}
	}
}

// The conventions of HTTP that caches, proxies and tools rely on.
func TestConventions(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := f.create(strings.Repeat("fn main() {}\n", 100))
	_, page := f.ask("GET", c.Edit, nil)
	_, rest, _ := strings.Cut(page, `src="../assets/`)
	script, _, _ := strings.Cut(rest, `"`)
	for _, path := range []string{"/assets/" + script, "/icon.svg", "/robots.txt", "/api/v1/openapi.yaml", "/api/v1/sessions/" + c.Token + "/text"} {
		for _, encoding := range []string{"gzip", "identity"} {
			get, body := f.ask("GET", path, map[string]string{"Accept-Encoding": encoding})
			head, none := f.ask("HEAD", path, map[string]string{"Accept-Encoding": encoding})
			tag := get.Header.Get("ETag")
			if get.StatusCode != 200 || tag == "" || int(get.ContentLength) != len(body) || get.Header.Get("Cache-Control") == "" {
				t.Errorf("%s (%s): %d, %d of %d bytes, %v", path, encoding, get.StatusCode, get.ContentLength, len(body), get.Header)
			}
			if head.StatusCode != 200 || none != "" || head.ContentLength != get.ContentLength || head.Header.Get("ETag") != tag || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
				t.Errorf("HEAD %s (%s): %d, %v", path, encoding, head.StatusCode, head.Header)
			}
			for _, match := range []string{tag, `"other", W/` + tag, "*"} {
				if res, body := f.ask("GET", path, map[string]string{"Accept-Encoding": encoding, "If-None-Match": match}); res.StatusCode != 304 || body != "" || res.Header.Get("ETag") != tag {
					t.Errorf("%s with If-None-Match %s: %d, %v", path, match, res.StatusCode, res.Header)
				}
			}
			if res, _ := f.ask("GET", path, map[string]string{"Accept-Encoding": encoding, "If-None-Match": `"other"`}); res.StatusCode != 200 {
				t.Errorf("%s with another tag: %d", path, res.StatusCode)
			}
		}
	}
	_, whole := f.ask("GET", "/assets/"+script, map[string]string{"Accept-Encoding": "identity"})
	if res, part := f.ask("GET", "/assets/"+script, map[string]string{"Accept-Encoding": "gzip", "Range": "bytes=10-19"}); res.StatusCode != 206 || part != whole[10:20] {
		t.Errorf("a range: %d %q", res.StatusCode, part)
	}
	for _, path := range []string{"/", c.Edit, c.View, "/healthz", "/assets/" + script, "/icon.svg"} {
		want := "GET, HEAD"
		if path == "/" {
			want = "GET, HEAD, POST"
		}
		if res, body := f.ask("PUT", path, nil); res.StatusCode != 405 || res.Header.Get("Allow") != want || !strings.HasPrefix(body, `{"title":`) {
			t.Errorf("PUT %s: %d, Allow %q, %s", path, res.StatusCode, res.Header.Get("Allow"), body)
		}
		if res, body := f.ask("OPTIONS", path, nil); res.StatusCode != 204 || res.Header.Get("Allow") != want+", OPTIONS" || body != "" {
			t.Errorf("OPTIONS %s: %d, Allow %q, %s", path, res.StatusCode, res.Header.Get("Allow"), body)
		}
	}
	for body, want := range map[string]string{`{"source":1}`: `"source" may not be a JSON number`, `[]`: "may not be a JSON array", `{`: "the JSON has no end", `{"source":}`: "invalid JSON at byte 11", `{"sauce":""}`: `unknown field "sauce"`} {
		var answer wire.Problem
		f.do("POST", "/api/v1/sessions", body, &answer)
		if !strings.Contains(answer.Detail, want) || strings.Contains(answer.Detail, "Go ") || strings.Contains(answer.Detail, "json:") {
			t.Errorf("%s: %q, want %q", body, answer.Detail, want)
		}
	}
}
