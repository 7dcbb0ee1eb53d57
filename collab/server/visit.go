package server

import (
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"github.com/corust-dev/corust/collab/wire"
)

// deliberate reports whether a person opened a page. A browser's fetch for another page,
// a crawler's or a link preview's request is not deliberate. A request without headers
// that tell is deliberate.
func deliberate(r *http.Request) bool {
	h := r.Header
	for name, want := range map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"} {
		if got := h.Get(name); got != "" && got != want {
			return false
		}
	}
	return !crawler(h.Get("User-Agent"))
}

// lookingAhead reports whether the request's headers mark it as a prefetch.
func lookingAhead(r *http.Request) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		purpose := strings.ToLower(r.Header.Get(name))
		if strings.Contains(purpose, "prefetch") || strings.Contains(purpose, "prerender") || strings.Contains(purpose, "preview") {
			return true
		}
	}
	return false
}

// crawler reports whether a user agent names a crawler or a link preview. Nearly all of
// them use one of these words; the list names the rest.
func crawler(agent string) bool {
	agent = strings.ToLower(agent)
	for _, word := range []string{"bot/", "bot ", "bot;", "bot)", "bot-", "bot.", "crawler", "spider", "preview", "facebookexternalhit", "facebookcatalog", "whatsapp", "embedly", "slurp", "skypeuripreview", "vkshare", "mastodon", "iframely", "pinterest", "linkexpanding"} {
		if strings.Contains(agent, word) {
			return true
		}
	}
	return strings.HasSuffix(agent, "bot")
}

// newSession answers a first visit with a new session, and a link with code with a page
// that shows the code. Other requests for the address do not create a session.
func (s *Server) newSession(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Sec-Purpose, Purpose, Sec-Fetch-Mode, Sec-Fetch-Dest, User-Agent")
	switch {
	case lookingAhead(r):
		// A browser shows a prefetched answer later, unless it is an error.
		s.fail(w, http.StatusServiceUnavailable, wire.CodeNotFound, "nothing here can be fetched ahead")
		return
	case r.Method == http.MethodHead || !deliberate(r):
		s.startPage(w)
		return
	}
	if snap, ok := linked(r.URL.RawQuery); ok {
		s.snippet(w, r, snap, "", false)
		return
	}
	s.makeSession(w, r)
}

// makeSession creates a session and redirects to it, also for the button on the start
// page.
func (s *Server) makeSession(w http.ResponseWriter, r *http.Request) {
	token, err := s.create(r, mainFile(s.cfg.Welcome))
	if err != nil {
		s.failurePage(w, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, s.cfg.Prefix+"/s/"+string(token), http.StatusSeeOther)
}

// start answers with the page of examples and of the sessions that the browser has
// visited, which the browser alone knows.
func (s *Server) start(w http.ResponseWriter, _ *http.Request) {
	s.assets.page(w, bootstrap{Start: true})
}

// robots asks crawlers to stay away: an address is the secret of a session.
func (s *Server) robots(w http.ResponseWriter, r *http.Request) {
	s.static(w, r, "text/plain; charset=utf-8", "public, max-age=86400", []byte("User-agent: *\nDisallow: /\n"))
}

// startPage answers with a page that has a button to create a session.
func (s *Server) startPage(w http.ResponseWriter) {
	s.htmlPage(w, http.StatusOK, "corust", "Write and run Rust together in the browser.")
}

// notFound answers a request for an unknown address. A link to a session that was
// copied with the characters around it, or retyped, redirects to the session. Otherwise
// a browser gets a page, a tool a Problem.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		if to, ok := s.repair(r); ok {
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
	}
	if wantsPage(r) {
		s.htmlPage(w, http.StatusNotFound, "Page not found", "Nothing is at this address. If you have a link to a session, copy all of it: it ends in 26 letters and digits.")
		return
	}
	s.fail(w, http.StatusNotFound, wire.CodeNotFound, fmt.Sprintf("no resource %.100q (see %s/api/v1/openapi.yaml)", r.URL.Path, s.cfg.Prefix))
}

// noSession answers a link to a session that does not exist.
func (s *Server) noSession(w http.ResponseWriter, r *http.Request) {
	if to, ok := s.repair(r); ok && to != r.URL.Path {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, to, http.StatusFound)
		return
	}
	if wantsPage(r) {
		s.htmlPage(w, http.StatusNotFound, "No such session", "There is no such session. It may have been deleted, its links may have been renewed, or the link is not complete: it ends in 26 letters and digits.")
		return
	}
	s.fail(w, http.StatusNotFound, wire.CodeGone, "no such session")
}

// repair returns the address of the session that a damaged link means, if the link can
// be repaired. It removes white space and invisible characters, removes characters other
// than letters and digits at either end, and lowers capitals.
func (s *Server) repair(r *http.Request) (string, bool) {
	path, ok := strings.CutPrefix(r.URL.Path, s.cfg.Prefix)
	if !ok {
		return "", false
	}
	path = strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || !unicode.IsPrint(c) {
			return -1
		}
		return unicode.ToLower(c)
	}, path)
	path = strings.TrimFunc(path, func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') })
	kind, token := "", path
	for _, k := range []string{"s", "v"} {
		if rest, ok := strings.CutPrefix(path, k); ok && len(strings.TrimLeft(rest, "/")) >= tokenLen {
			kind, token = k, strings.TrimLeft(rest, "/")
		}
	}
	if len(token) > tokenLen && !alphanumeric(token[tokenLen]) {
		token = token[:tokenLen] // the rest belongs to the sentence around the link
	}
	if !validToken(token) {
		return "", false
	}
	if kind == "" {
		_, readOnly, err := s.find(r.Context(), token)
		if err != nil {
			return "", false
		}
		if kind = "s"; readOnly {
			kind = "v"
		}
	} else {
		id := editToken(token).session()
		if kind == "v" {
			id = wire.SessionID(token)
		}
		if ok, err := s.cfg.Hub.Exists(r.Context(), id); !ok || err != nil {
			return "", false
		}
	}
	return s.cfg.Prefix + "/" + kind + "/" + token, true
}

func alphanumeric(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// wantsPage reports whether a browser asks for something to show.
func wantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

// htmlPage answers with a short page, from which a session can be started.
func (s *Server) htmlPage(w http.ResponseWriter, status int, title, text string) {
	page := `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>` + html.EscapeString(title) + `</title>
</head>
<body>
<h1>` + html.EscapeString(title) + `</h1>
<p>` + html.EscapeString(text) + `</p>
<form method="post" action="` + html.EscapeString(s.cfg.Prefix) + `/"><button>Start a new session</button></form>
<p><a href="` + html.EscapeString(s.cfg.Prefix) + `/start/">Examples and recent sessions</a></p>
</body>
</html>
`
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(page)))
	withForm(h)
	h.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(page))
}

// withForm lets a page send a form to this server. Without a referrer browsers send the
// origin "null" with it, which is refused.
func withForm(h http.Header) { h.Set("Referrer-Policy", "same-origin") }
