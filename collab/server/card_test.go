package server_test

import (
	"bytes"
	"image/png"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/wire"
)

// A permanent link has a card for previews: a picture of a fixed size, whatever the text.
func TestCardsOfPermanentLinks(t *testing.T) {
	t.Parallel()
	f, kept := sharing(t)
	texts := []string{
		"// A title\nfn main() {\n\tprintln!(\"hi\");\n}\n", "", strings.Repeat("x", 256<<10), strings.Repeat("\n", 100_000), strings.Repeat("\t", 5000),
		"\u202e\u0000\x1b[31m<svg onload=alert(1)>", "日本🦀\u0301\u0301", "\r\n\r\n",
	}
	var ids []string
	for _, text := range texts {
		id, err := kept.Put(t.Context(), server.Snapshot{Files: []wire.NamedFile{{Name: "main.rs", Content: text}}, Toolchain: "1.95.0"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	var first []byte
	for i, id := range ids {
		res, body := f.get("/p/" + id + "/card.png")
		img, err := png.Decode(strings.NewReader(body))
		if err != nil || res.StatusCode != http.StatusOK || img.Bounds().Dx() != 1200 || img.Bounds().Dy() != 630 {
			t.Fatalf("text %d: status %d, %v", i, res.StatusCode, err)
		}
		if h := res.Header; h.Get("Content-Type") != "image/png" || h.Get("Cross-Origin-Resource-Policy") != "cross-origin" || h.Get("ETag") == "" || len(body) > 200<<10 {
			t.Errorf("text %d: %d bytes, headers %v", i, len(body), h)
		}
		if i == 0 {
			first = []byte(body)
		} else if bytes.Equal(first, []byte(body)) {
			t.Errorf("text %d has the card of another one", i)
		}
	}
	// At once, and again.
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, body := f.get("/p/" + ids[0] + "/card.png"); body != string(first) {
				t.Error("another card for the same snapshot")
			}
		})
	}
	wg.Wait()
	if res, _ := f.get("/p/nothing/card.png"); res.StatusCode != http.StatusNotFound {
		t.Errorf("the card of no snapshot: status %d", res.StatusCode)
	}
}

// The page of a permanent link names its card by an address that others can load; a proxy
// that is trusted says whether that is https.
func TestPreviewsHaveWholeAddresses(t *testing.T) {
	t.Parallel()
	kept := &keptHere{}
	proxies, err := server.ParseProxies("127.0.0.0/8, ::1/128")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		trusted bool
		proto   string
		scheme  string
	}{"direct": {false, "", "http"}, "a stranger's claim": {false, "https", "http"}, "a proxy": {true, "https", "https"}, "a proxy without TLS": {true, "http", "http"}} {
		f := start(t, func(cfg *server.Config) {
			cfg.Snapshots, cfg.Prefix = kept, "/corust"
			if c.trusted {
				cfg.Proxies = proxies
			}
		})
		id, err := kept.Put(t.Context(), server.Snapshot{Files: []wire.NamedFile{{Name: "main.rs", Content: "// \"><script>alert(1)</script>\n"}}})
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest("GET", f.url+"/p/"+id, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = `localhost"><b>`
		if strings.Contains(name, "proxy") || name == "direct" {
			req.Host = "localhost:1234"
		}
		req.Header.Set("X-Forwarded-Proto", c.proto)
		res, body := f.roundTrip(http.DefaultClient.Do, req)
		page := string(body)
		if name == "a stranger's claim" {
			if strings.Contains(page, "<b>") {
				t.Errorf("%s: status %d, a host in the page: %s", name, res.StatusCode, page)
			}
			continue
		}
		want := `property="og:image" content="` + c.scheme + `://localhost:1234/corust/p/` + id + `/card.png"`
		if !strings.Contains(page, want) || strings.Contains(page, "<script>alert") {
			t.Errorf("%s: the page has no %s:\n%s", name, want, page)
		}
		if _, body := f.roundTrip(http.DefaultClient.Do, must(http.NewRequest("GET", f.url+"/embed/p/"+id, nil))); strings.Contains(string(body), "og:image") {
			t.Errorf("%s: the page for frames has a card", name)
		}
	}
}

func must(req *http.Request, err error) *http.Request {
	if err != nil {
		panic(err)
	}
	return req
}
