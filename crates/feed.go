package crates

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// DefaultFeed lists the crates that are to Rust what a larger standard library
// would be: at most MaxEntries of them, best first.
const DefaultFeed = "https://lib.rs/std.atom"

// Limits of a feed and of fetching it. The real one has 250 entries in some
// 100 KB.
const (
	MaxEntries      = 250
	maxFeedBytes    = 4 << 20
	maxRedirects    = 5
	feedTimeout     = 30 * time.Second
	maxValidatorLen = 1024 // of an ETag or Last-Modified that we store and send back
)

// ErrFeed is what a feed's fault wraps: unreachable, too long, too slow, not
// Atom, or with a name in it that no crate has.
var ErrFeed = errors.New("crate feed")

// Feed is the content of a feed, with the validators that let the next request be
// conditional. It is kept beside the list as JSON.
type Feed struct {
	Source       string   `json:"source"`
	ETag         string   `json:"etag,omitempty"`
	LastModified string   `json:"last_modified,omitempty"`
	Names        []string `json:"names"` // best first, each passes CheckName, none twice
}

// A FeedReader fetches feeds. The zero value is ready; its fields are for tests
// and for callers that need another proxy.
type FeedReader struct {
	Client  *http.Client  // http.DefaultClient's transport if nil; redirects are always limited here
	Timeout time.Duration // for the whole request and body; feedTimeout if 0
}

// Read returns the feed at source, an http(s) URL or the path of a file. If last
// is of the same source, the request is conditional and a server that answers
// "not modified" gives last itself. On error nothing of what was read is used.
func (r *FeedReader) Read(ctx context.Context, source string, last Feed) (Feed, error) {
	var f Feed
	var err error
	if u, perr := url.Parse(source); perr == nil && (u.Scheme == "http" || u.Scheme == "https") {
		f, err = r.get(ctx, source, last)
	} else {
		f, err = readFeedFile(source)
	}
	if err != nil {
		return Feed{}, fmt.Errorf("%w %s: %w", ErrFeed, source, err)
	}
	f.Source = source
	return f, nil
}

func readFeedFile(path string) (Feed, error) {
	file, err := os.Open(path)
	if err != nil {
		return Feed{}, err
	}
	defer file.Close()
	names, err := ParseFeed(file)
	return Feed{Names: names}, err
}

func (r *FeedReader) get(ctx context.Context, source string, last Feed) (Feed, error) {
	timeout := r.Timeout
	if timeout == 0 {
		timeout = feedTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no complete answer within %v", timeout))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, source, nil)
	if err != nil {
		return Feed{}, err
	}
	req.Header.Set("Accept", "application/atom+xml, application/xml;q=0.9")
	req.Header.Set("User-Agent", "corust (+https://github.com/corust-dev/corust)")
	conditional := last.Source == source && len(last.Names) > 0
	if conditional && last.ETag != "" {
		req.Header.Set("If-None-Match", last.ETag)
	}
	if conditional && last.LastModified != "" {
		req.Header.Set("If-Modified-Since", last.LastModified)
	}
	resp, err := r.client().Do(req)
	if err != nil {
		return Feed{}, because(ctx, err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotModified && conditional:
		return last, nil
	case resp.StatusCode != http.StatusOK:
		return Feed{}, fmt.Errorf("the server answered %s", resp.Status)
	}
	names, err := ParseFeed(resp.Body)
	if err != nil {
		return Feed{}, because(ctx, err)
	}
	return Feed{
		ETag:         validator(resp.Header.Get("ETag")),
		LastModified: validator(resp.Header.Get("Last-Modified")),
		Names:        names,
	}, nil
}

// client follows few redirects and none from https to http: a feed decides what
// is built and run on this machine.
func (r *FeedReader) client() *http.Client {
	c := http.Client{}
	if r.Client != nil {
		c = *r.Client
	}
	c.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("more than %d redirects", maxRedirects)
		}
		if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
			return fmt.Errorf("redirect from https to %s", req.URL.Scheme)
		}
		return nil
	}
	return &c
}

// because prefers the reason of the context to the symptom it caused.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func validator(s string) string {
	if len(s) > maxValidatorLen {
		return ""
	}
	return s
}

// ParseFeed reads an Atom feed whose entries' titles are names of crates. A name
// that appears again keeps its first place. Anything that is not a name fails
// the feed: a feed that holds one is not the feed we take it for.
func ParseFeed(r io.Reader) ([]string, error) {
	doc, err := io.ReadAll(io.LimitReader(r, maxFeedBytes+1))
	if err != nil {
		return nil, err
	}
	if len(doc) > maxFeedBytes {
		return nil, fmt.Errorf("more than %d bytes", maxFeedBytes)
	}
	titles, err := entryTitles(bytes.NewReader(doc))
	if err != nil {
		return nil, fmt.Errorf("not an Atom feed: %w", err)
	}
	var names []string
	seen := make(map[string]bool)
	for i, title := range titles {
		name := strings.TrimSpace(title)
		if err := CheckName(name); err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		id := strings.ToLower(Ident(name))
		if !seen[id] {
			seen[id] = true
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("no entries")
	}
	return names, nil
}

// atomSpace is the namespace of Atom's elements (RFC 4287).
const atomSpace = "http://www.w3.org/2005/Atom"

// maxFeedDepth bounds how deep elements are nested, for which a decoder keeps a stack.
const maxFeedDepth = 32

// entryTitles are the titles of a feed's entries, in order: the text of the element
// title of each entry of the feed, and nothing of what may be inside of that. It reads
// to the end of the document, which a download that broke off does not have.
func entryTitles(r io.Reader) ([]string, error) {
	dec := xml.NewDecoder(r)
	var open []string // the elements that are not closed, of Atom's namespace; "" for others
	var titles []string
	var title []byte            // of the entry, as far as it is read
	fed, titled := false, false // there was a feed; the entry has a title
	in := func(path ...string) bool { return slices.Equal(open, path) }
	for {
		t, err := dec.Token()
		switch {
		case err == io.EOF && fed:
			return titles, nil
		case err == io.EOF:
			return nil, errors.New("no element feed")
		case err != nil:
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			name := ""
			if t.Name.Space == atomSpace {
				name = t.Name.Local
			}
			if len(open) == 0 && (name != "feed" || fed) {
				return nil, fmt.Errorf("element %.40q where one feed of Atom's is due", t.Name.Local)
			}
			if open = append(open, name); len(open) > maxFeedDepth {
				return nil, fmt.Errorf("elements are nested more than %d deep", maxFeedDepth)
			}
			switch {
			case in("feed"):
				fed = true
			case in("feed", "entry"):
				if len(titles) == MaxEntries {
					return nil, fmt.Errorf("more than %d entries", MaxEntries)
				}
				titles, titled = append(titles, ""), false
			case in("feed", "entry", "title"):
				if titled {
					return nil, fmt.Errorf("entry %d has two titles", len(titles))
				}
				titled, title = true, nil
			case len(open) > 3 && slices.Equal(open[:3], []string{"feed", "entry", "title"}):
				return nil, fmt.Errorf("the title of entry %d has the element %.40q", len(titles), t.Name.Local)
			}
		case xml.EndElement:
			if in("feed", "entry", "title") {
				titles[len(titles)-1] = string(title)
			}
			open = open[:len(open)-1]
		case xml.CharData:
			if in("feed", "entry", "title") {
				title = append(title, t...)
			}
		}
	}
}
