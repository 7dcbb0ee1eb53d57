package crates

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/test/testbudget"
)

func atomFeed(titles ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Standard crates</title>`)
	for _, t := range titles {
		fmt.Fprintf(&b, `<entry><title>%s</title><id>https://lib.rs/crates/x</id><updated>2026-01-02T03:04:05Z</updated></entry>`, t)
	}
	b.WriteString(`</feed>`)
	return b.String()
}

func numbered(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("crate-%d", i))
	}
	return names
}

func TestParseFeed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		doc  string
		want []string
		err  string // part of the error
	}{
		{"order is kept", atomFeed("serde", "rand", "aes"), []string{"serde", "rand", "aes"}, ""},
		{"space around a title", atomFeed("\n  serde\t"), []string{"serde"}, ""},
		{"title of type text", strings.ReplaceAll(atomFeed("serde"), "<title>serde", `<title type="text">serde`), []string{"serde"}, ""},
		{"duplicates keep the first place", atomFeed("serde", "rand", "serde"), []string{"serde", "rand"}, ""},
		{"the registry takes these for one", atomFeed("serde_json", "Serde-JSON"), []string{"serde_json"}, ""},
		{"250 entries", atomFeed(numbered(250)...), numbered(250), ""},
		{"251 entries", atomFeed(numbered(251)...), nil, "more than 250 entries"},
		{"zero entries", atomFeed(), nil, "no entries"},
		{"empty", "", nil, "not an Atom feed"},
		{"truncated in an entry", atomFeed("serde", "rand")[:230], nil, "not an Atom feed"},
		{"truncated between entries", strings.TrimSuffix(atomFeed("serde", "rand"), "</feed>"), nil, "not an Atom feed"},
		{"path", atomFeed("serde", "../x"), nil, `entry 2: crate name "../x"`},
		{"option", atomFeed("-x"), nil, `"-x"`},
		{"10,000 characters", atomFeed(strings.Repeat("a", 10_000)), nil, "10000 characters"},
		{"no title", atomFeed(""), nil, "entry 1: empty crate name"},
		{"line break inside", atomFeed("se&#10;rde"), nil, "character that names cannot have"},
		{"TOML inside", atomFeed(`a = "1" #`), nil, "character that names cannot have"},
		{"letter of another script", atomFeed("sеrde"), nil, "character that names cannot have"},
		{"NUL", atomFeed("serde\x00"), nil, ""},
		{"the compiler's own", atomFeed("core"), nil, "compiler's own"},
		{"HTML", `<!DOCTYPE html><html><head><title>serde</title></head><body><p>Hello</p></body></html>`, nil, "not an Atom feed"},
		{"RSS", `<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><item><title>serde</title></item></channel></rss>`, nil, "not an Atom feed"},
		{"JSON", `{"title":"serde"}`, nil, "not an Atom feed"},
		{"entities that grow", `<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>` +
			`<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>&b;</title></entry></feed>`, nil, ""},
		{"too long", atomFeed("serde") + strings.Repeat(" ", maxFeedBytes), nil, "more than"},
		{"another namespace", `<feed xmlns="http://example.invalid"><entry><title>serde</title></entry></feed>`, nil, "not an Atom feed"},
		{"a prefix", `<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>serde</a:title></a:entry></a:feed>`, []string{"serde"}, ""},
		{"another title in an entry", `<feed xmlns="http://www.w3.org/2005/Atom"><title>x y</title><entry><source><title>x y</title></source><title>serde</title><title xmlns="http://example.invalid">x y</title></entry></feed>`, []string{"serde"}, ""},
		{"two titles", `<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>serde</title><title>rand</title></entry></feed>`, nil, "two titles"},
		{"markup in a title", `<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="xhtml"><div>serde</div></title></entry></feed>`, nil, "element \"div\""},
		{"CDATA", atomFeed("<![CDATA[serde]]>"), []string{"serde"}, ""},
		{"a comment in a title", atomFeed("ser<!-- x -->de"), []string{"serde"}, ""},
		{"two feeds", atomFeed("serde") + atomFeed("rand"), nil, "not an Atom feed"},
		{"text behind the feed", atomFeed("serde") + "<x>", nil, "not an Atom feed"},
		{"an encoding", `<?xml version="1.0" encoding="ISO-8859-1"?>` + atomFeed("serde")[38:], nil, "not an Atom feed"},
		{"deep", `<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>` + strings.Repeat("<a>", 100_000), nil, "not an Atom feed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseFeed(strings.NewReader(tt.doc))
			switch {
			case tt.want == nil && err == nil:
				t.Fatalf("got %q, want an error", got)
			case tt.want != nil && err != nil:
				t.Fatal(err)
			case err != nil && !strings.Contains(err.Error(), tt.err):
				t.Errorf("error %q does not say %q", err, tt.err)
			case err != nil && len(err.Error()) > 400:
				t.Errorf("an error of %d characters", len(err.Error()))
			case !slices.Equal(got, tt.want):
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Every prefix of a feed is refused: a download that broke off anywhere must not
// become a shorter list.
func TestParseFeedEveryTruncation(t *testing.T) {
	t.Parallel()
	doc := atomFeed("serde", "rand", "aes")
	for n := range len(doc) {
		if names, err := ParseFeed(strings.NewReader(doc[:n])); err == nil {
			t.Fatalf("the first %d of %d bytes gave %q", n, len(doc), names)
		}
	}
}

func TestReadConditional(t *testing.T) {
	t.Parallel()
	body, etag, requests := atomFeed("serde", "rand"), `"one"`, 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		w.Header().Set("ETag", etag)
		w.Header().Set("Last-Modified", "Mon, 02 Jan 2026 03:04:05 GMT")
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		io.WriteString(w, body)
	}))
	defer srv.Close()
	var r FeedReader
	first, err := r.Read(t.Context(), srv.URL, Feed{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(first.Names, []string{"serde", "rand"}) || first.ETag != etag || first.LastModified == "" || first.Source != srv.URL {
		t.Fatalf("got %+v", first)
	}
	again, err := r.Read(t.Context(), srv.URL, first)
	if err != nil || !slices.Equal(again.Names, first.Names) || again.ETag != etag {
		t.Fatalf("unchanged: %+v, %v", again, err)
	}
	// Validators of another source must not be sent: a 304 would give its names.
	other := first
	other.Source = "https://example.invalid/"
	if f, err := r.Read(t.Context(), srv.URL, other); err != nil || f.Source != srv.URL || len(f.Names) != 2 {
		t.Fatalf("another source's validators: %+v, %v", f, err)
	}
	body, etag = atomFeed("aes"), `"two"`
	if f, err := r.Read(t.Context(), srv.URL, again); err != nil || !slices.Equal(f.Names, []string{"aes"}) || f.ETag != `"two"` {
		t.Fatalf("changed: %+v, %v", f, err)
	}
	if requests != 4 {
		t.Errorf("%d requests, want 4", requests)
	}
}

func TestReadFaults(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/error", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusInternalServerError) })
	mux.HandleFunc("/empty304", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotModified) })
	mux.HandleFunc("/silent", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) { // a byte now and then, for ever
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		io.WriteString(w, atomFeed()[:60])
		for {
			select {
			case <-stop:
				return
			case <-r.Context().Done():
				return
			case <-tick.C:
				io.WriteString(w, " ")
				w.(http.Flusher).Flush()
			}
		}
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, strings.TrimSuffix(atomFeed(), "</feed>"))
		line := []byte(strings.Repeat("<entry><title>serde</title></entry>", 100))
		for {
			if _, err := w.Write(line); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/cut", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5000")
		io.WriteString(w, atomFeed("serde"))
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(stop) })
	closed := httptest.NewServer(mux)
	closed.Close()

	tests := []struct{ url, want string }{
		{srv.URL + "/error", "500"},
		{srv.URL + "/missing", "404"},
		{srv.URL + "/empty304", "304"},
		{srv.URL + "/silent", "no complete answer within"},
		{srv.URL + "/slow", "no complete answer within"},
		{srv.URL + "/endless", fmt.Sprintf("more than %d bytes", maxFeedBytes)},
		{srv.URL + "/loop", "more than 5 redirects"},
		{srv.URL + "/cut", "unexpected EOF"},
		{closed.URL, "refused"},
	}
	for _, tt := range tests {
		t.Run(tt.url[strings.LastIndexByte(tt.url, '/')+1:], func(t *testing.T) {
			t.Parallel()
			r := FeedReader{}
			if strings.Contains(tt.want, "within") {
				r.Timeout = 100 * time.Millisecond
			}
			f, err := r.Read(t.Context(), tt.url, Feed{})
			if !errors.Is(err, ErrFeed) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.url) {
				t.Errorf("error %v does not name %s and say %q", err, tt.url, tt.want)
			}
			if len(f.Names) != 0 {
				t.Errorf("and yet names: %q", f.Names)
			}
		})
	}
}

func TestReadNoDowngrade(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, atomFeed("serde")) }))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	defer secure.Close()
	r := FeedReader{Client: secure.Client()}
	if _, err := r.Read(t.Context(), secure.URL, Feed{}); err == nil || !strings.Contains(err.Error(), "redirect from https to http") {
		t.Errorf("got %v", err)
	}
}

func TestReadCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer srv.Close()
	if _, err := new(FeedReader).Read(ctx, srv.URL, Feed{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "std.atom")
	if err := os.WriteFile(path, []byte(atomFeed("serde")), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := new(FeedReader).Read(t.Context(), path, Feed{})
	if err != nil || !slices.Equal(f.Names, []string{"serde"}) {
		t.Errorf("got %+v, %v", f, err)
	}
	if _, err := new(FeedReader).Read(t.Context(), path+".none", Feed{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// FuzzFeedBudget fills a feed with what is repeated.
func FuzzFeedBudget(f *testing.F) {
	const head = `<feed xmlns="http://www.w3.org/2005/Atom">`
	for _, unit := range []string{
		"<a>", "<a/>", "<entry>", "<entry/>", "<entry><title>a</title></entry>", "&#97;", "&a;", "<!--", "<!-- -->", "a<!---->", "<![CDATA[", "<![CDATA[]]>",
		"<?a?>", "<!DOCTYPE a [", "<!ENTITY a \"b\">", "<a b=\"c\"/>", " xmlns:a=\"b\"", "\xef\xbb\xbf", "\n",
	} {
		f.Add(head, unit, "</feed>")
		f.Add(head+"<entry><title>", unit, "</title></entry></feed>")
		f.Add(head+"<a ", unit, "/></feed>")
	}
	f.Fuzz(func(t *testing.T, head, unit, tail string) {
		doc := testbudget.Fill(head, unit, tail)
		testbudget.Check(t, len(doc), func() { _, _ = ParseFeed(strings.NewReader(doc)) })
	})
}

func FuzzParseFeed(f *testing.F) {
	f.Add(atomFeed("serde", "rand"))
	f.Add(`<feed><entry><title type="xhtml"><div>serde</div></title></entry></feed>`)
	f.Add(`<html>`)
	f.Fuzz(func(t *testing.T, doc string) {
		testbudget.Check(t, len(doc), func() { _, _ = ParseFeed(strings.NewReader(doc)) })
		names, err := ParseFeed(strings.NewReader(doc))
		if (err == nil) == (len(names) == 0) {
			t.Fatalf("%d names and error %v", len(names), err)
		}
		for _, n := range names {
			if err := CheckName(n); err != nil {
				t.Fatal(err)
			}
		}
	})
}
