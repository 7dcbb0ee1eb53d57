package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/wire"
)

// Snapshot is a copy of a session's files that does not change, with what a run of them
// needs. It is what a permanent link leads to.
type Snapshot struct {
	Files []wire.NamedFile `json:"files"`
	// Settings are the session's "mode", "edition" and "channel", where they were set.
	Settings wire.Settings `json:"settings,omitempty"`
	// Toolchain is the version of rustc that the server had for it, as "1.95.0".
	Toolchain string `json:"toolchain,omitempty"`
}

// Snapshots keeps snapshots by names that their content gives them.
type Snapshots interface {
	// Put keeps a snapshot and returns its name. The error may wrap [ErrSnapshotsFull].
	Put(ctx context.Context, s Snapshot) (id string, err error)
	// Get returns a snapshot, or an error that wraps [ErrNoSnapshot].
	Get(ctx context.Context, id string) (Snapshot, error)
}

// noSnapshots is what a server without Config.Snapshots has.
type noSnapshots struct{}

func (noSnapshots) Put(context.Context, Snapshot) (string, error) {
	return "", fmt.Errorf("this server keeps none: %w", ErrSnapshotsFull)
}

func (noSnapshots) Get(context.Context, string) (Snapshot, error) { return Snapshot{}, ErrNoSnapshot }

var (
	// ErrNoSnapshot is returned for an address that no snapshot has.
	ErrNoSnapshot = errors.New("no such snapshot")
	// ErrSnapshotsFull is returned if there is no room for another snapshot.
	ErrSnapshotsFull = errors.New("no room for another snapshot")
)

// snapshotSettings are the settings that a run of a snapshot needs.
var snapshotSettings = []string{"mode", "edition", "channel"}

// snapshotResponse names a snapshot.
type snapshotResponse struct {
	ID    string `json:"id"`
	Page  string `json:"page"`  // path of the page, also the permanent link
	Embed string `json:"embed"` // path of the page for frames
}

// sharing lists the routes of snapshots, links with code, and embedding.
func (s *Server) sharing() []route {
	return []route{
		{http.MethodGet, "/embed", s.embedCode},
		{http.MethodPost, "/fork", s.fork},
		{http.MethodGet, "/snippet.js", func(w http.ResponseWriter, r *http.Request) { s.asset(w, r, "snippet.js") }},
		{http.MethodGet, "/snippet.css", func(w http.ResponseWriter, r *http.Request) { s.asset(w, r, "snippet.css") }},
		// Pages of other origins load it.
		{http.MethodGet, "/embed.js", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
			s.asset(w, r, "embed.js")
		}},
		{http.MethodGet, "/p/{id}", s.snapshotPage},
		{http.MethodGet, "/p/{id}/card.png", s.card},
		{http.MethodGet, "/embed/p/{id}", s.embedSnapshot},
	}
}

// createSnapshot keeps files that a request brings.
func (s *Server) createSnapshot(w http.ResponseWriter, r *http.Request) {
	var req struct {
		Source   *string          `json:"source"`
		Files    []wire.NamedFile `json:"files"`
		Settings wire.Settings    `json:"settings"`
	}
	if err := s.decodeBody(w, r, &req); err != nil {
		s.failure(w, err)
		return
	}
	switch {
	case (req.Source == nil) == (len(req.Files) == 0):
		s.failure(w, fmt.Errorf("%w: want source or files", errBadRequest))
		return
	case req.Source != nil:
		req.Files = []wire.NamedFile{{Name: wire.DefaultPath, Content: *req.Source}}
	}
	s.keep(w, r, req.Files, req.Settings)
}

// snapshotSession keeps the files of a session as they are now.
func (s *Server) snapshotSession(w http.ResponseWriter, r *http.Request) {
	s.read(w, r, func(_ wire.SessionID, _ bool, v *authority.View) {
		s.keep(w, r, files.NamedOf(v.Files.Wire()), v.Settings)
	})
}

// keep answers with the name of a snapshot that it has made.
func (s *Server) keep(w http.ResponseWriter, r *http.Request, named []wire.NamedFile, settings wire.Settings) {
	ctx, cancel := s.bounded(r)
	defer cancel()
	snap := Snapshot{Settings: wire.Settings{}}
	if s.cfg.Toolchain != nil {
		snap.Toolchain = s.cfg.Toolchain(ctx, settings["channel"])
	}
	set, err := s.files(named)
	if err == nil {
		err = s.quotas.session(s.addr(r))
	}
	for _, name := range snapshotSettings {
		if value := settings[name]; value != "" && err == nil {
			snap.Settings, err = snap.Settings.With(wire.Settings{name: value})
		}
	}
	if err != nil {
		s.failure(w, err)
		return
	}
	snap.Files = files.NamedOf(set.Wire())
	id, err := s.cfg.Snapshots.Put(ctx, snap)
	if err != nil {
		s.failure(w, err)
		return
	}
	w.Header().Set("Location", s.cfg.Prefix+"/api/v1/snapshots/"+id)
	s.reply(w, http.StatusCreated, snapshotResponse{ID: id, Page: s.cfg.Prefix + "/p/" + id, Embed: s.cfg.Prefix + "/embed/p/" + id})
}

func (s *Server) getSnapshot(w http.ResponseWriter, r *http.Request) {
	snap, err := s.cfg.Snapshots.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		s.failure(w, err)
		return
	}
	s.reply(w, http.StatusOK, snap)
}

// linked reads the snapshot that the query of an address holds, as links of rustdoc, books
// and the Rust Playground do: code, edition, mode, version. It reports false if there is no
// code. net/url drops a pair with a raw ";", which rustdoc writes.
func linked(rawQuery string) (Snapshot, bool) {
	values := map[string]string{}
	for pair := range strings.SplitSeq(rawQuery, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if _, twice := values[key]; twice {
			continue
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			text = strings.ReplaceAll(value, "+", " ") // a lone %, which people type
		}
		values[key] = text
	}
	code, ok := values["code"]
	if !ok {
		return Snapshot{}, false
	}
	snap := Snapshot{Files: []wire.NamedFile{{Name: wire.DefaultPath, Content: strings.ToValidUTF8(code, "�")}}, Settings: wire.Settings{}}
	// As the Rust Playground: code without a valid edition is of 2015, and other values that
	// it does not know are left out.
	for name, of := range map[string]struct {
		key     string
		allowed []string
		or      string
	}{
		"edition": {"edition", []string{"2015", "2018", "2021", "2024"}, "2015"},
		"mode":    {"mode", []string{"debug", "release"}, ""},
		"channel": {"version", []string{"stable", "beta", "nightly"}, ""},
	} {
		value := values[of.key]
		if !slices.Contains(of.allowed, value) {
			value = of.or
		}
		if value != "" && value != "stable" {
			snap.Settings[name] = value
		}
	}
	return snap, true
}

func (s *Server) embedCode(w http.ResponseWriter, r *http.Request) {
	snap, ok := linked(r.URL.RawQuery)
	if !ok {
		snap = Snapshot{Files: []wire.NamedFile{{Name: wire.DefaultPath, Content: s.cfg.Welcome}}}
	}
	s.snippet(w, r, snap, "", true)
}

func (s *Server) embedSnapshot(w http.ResponseWriter, r *http.Request) { s.showSnapshot(w, r, true) }
func (s *Server) snapshotPage(w http.ResponseWriter, r *http.Request)  { s.showSnapshot(w, r, false) }

func (s *Server) showSnapshot(w http.ResponseWriter, r *http.Request, embedded bool) {
	id := r.PathValue("id")
	snap, err := s.cfg.Snapshots.Get(r.Context(), id)
	switch {
	case errors.Is(err, ErrNoSnapshot):
		s.htmlPage(w, http.StatusNotFound, "No such snapshot", "Nothing is at this address. The link may not be complete, or the snapshot has expired.")
	case err != nil:
		s.failurePage(w, err)
	default:
		s.snippet(w, r, snap, id, embedded)
	}
}

// fork makes a session of a snapshot or of code, for the button of a page.
func (s *Server) fork(w http.ResponseWriter, r *http.Request) {
	form, err := s.readForm(w, r)
	if err != nil {
		s.failurePage(w, err)
		return
	}
	snap := Snapshot{Settings: wire.Settings{}}
	if id := form.Get("snapshot"); id != "" {
		if snap, err = s.cfg.Snapshots.Get(r.Context(), id); err != nil {
			s.failurePage(w, err)
			return
		}
	} else {
		snap.Files = []wire.NamedFile{{Name: wire.DefaultPath, Content: form.Get("code")}}
		for _, name := range snapshotSettings {
			if value := form.Get(name); value != "" {
				snap.Settings[name] = value
			}
		}
	}
	token, err := s.createWith(r, snap.Files, snap.Settings)
	if err != nil {
		s.failurePage(w, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, s.cfg.Prefix+"/s/"+string(token), http.StatusSeeOther)
}

// readForm reads the form that a page sends, within the limits of the client's address.
func (s *Server) readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	data, release, err := s.readBody(w, r)
	defer release()
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(data))
	if err != nil || len(data) > 0 && !hasType(r, "application/x-www-form-urlencoded") {
		return nil, fmt.Errorf("%w: the form cannot be read", errBadRequest)
	}
	return form, nil
}

// snippetPage is a page that shows a snapshot, runs it, and opens it as a session: the button
// Run is the script's, the other one the browser's. The files stand between "top" and
// "bottom"; they are no part of the template, which would make a copy of each.
var snippetPage = template.Must(template.New("").Parse(`{{define "top"}}<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
{{- if or .Embedded (not .ID)}}
<meta name="robots" content="noindex">
{{- else}}
<meta property="og:type" content="website">
<meta property="og:title" content="{{.Title}}">
<meta property="og:description" content="{{.Preview}}">
<meta property="og:url" content="{{.Origin}}{{.Prefix}}/p/{{.ID}}">
<meta property="og:image" content="{{.Origin}}{{.Prefix}}/p/{{.ID}}/card.png">
<meta property="og:image:width" content="1200">
<meta property="og:image:height" content="630">
<meta name="twitter:card" content="summary_large_image">
{{- end}}
<title>{{.Title}}</title>
<link rel="icon" href="{{.Prefix}}/icon.svg">
<link rel="stylesheet" href="{{.Prefix}}/snippet.css">
<script type="module" src="{{.Prefix}}/snippet.js"></script>
</head>
<body class="{{if .Embedded}}embed{{else}}page{{end}}" data-api="{{.Prefix}}/api/v1/run">
<main>
{{if not .Embedded}}<h1>{{.Title}}</h1>{{end}}
<form method="post" action="{{.Prefix}}/fork"{{if .Embedded}} target="_blank" rel="noopener"{{end}}>
{{with .ID}}<input type="hidden" name="snapshot" value="{{.}}">{{end}}
{{range $name, $value := .Settings}}<input type="hidden" name="{{$name}}" value="{{$value}}">
{{end}}{{end}}

{{define "bottom"}}<p><button type="button" id="run" hidden>Run</button> <button type="submit">{{if and .ID (not .Embedded)}}Fork: open a copy{{else}}Open in corust{{end}}</button> <span id="status" role="status"></span></p>
</form>
<pre id="output" aria-label="Output" tabindex="0" hidden></pre>
{{if not .Embedded}}{{with .About}}<p class="about">{{.}}</p>{{end}}{{end}}
</main>
</body>
</html>
{{end}}`))

// snippet answers with the page of a snapshot. Id is that of the snapshot, "" for code of a
// link.
func (s *Server) snippet(w http.ResponseWriter, r *http.Request, snap Snapshot, id string, embedded bool) {
	ancestors := "'none'"
	h := w.Header()
	if embedded && s.cfg.EmbedAncestors != "" {
		ancestors = s.cfg.EmbedAncestors
		h.Del("X-Frame-Options")
	}
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "+ancestors)
	withForm(h)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	page := struct {
		ID, Origin, Prefix, Title, Preview, About string
		Embedded                                  bool
		Settings                                  wire.Settings
	}{id, s.origin(r), s.cfg.Prefix, titleOf(snap), firstLines(snap), about(snap), embedded, snap.Settings}
	// Texts are written as they are escaped: clients that do not read hold no page in memory.
	b := bufio.NewWriter(w)
	_ = snippetPage.ExecuteTemplate(b, "top", page) // errors are of a client that is gone
	for _, f := range snap.Files {
		name := template.HTMLEscapeString(f.Name)
		if len(snap.Files) > 1 {
			fmt.Fprintf(b, "<h2>%s</h2>\n", name)
		}
		edit := "readonly"
		if id == "" {
			edit = `name="code"`
		}
		// The parser drops the line feed behind the tag.
		fmt.Fprintf(b, "<textarea %s data-file=\"%[2]s\" aria-label=\"%[2]s\" rows=\"%[3]d\" spellcheck=\"false\" autocapitalize=\"off\" autocomplete=\"off\">\n", edit, name, min(24, 1+strings.Count(f.Content, "\n")))
		template.HTMLEscape(b, []byte(f.Content))
		b.WriteString("</textarea>\n")
	}
	_ = snippetPage.ExecuteTemplate(b, "bottom", page)
	_ = b.Flush()
}

// maxTitle and maxPreview bound what a link preview shows of a snapshot, in characters.
const (
	maxTitle   = 60
	maxPreview = 200
)

// titleOf names a snapshot by its first line of text that tells something.
func titleOf(snap Snapshot) string {
	for line := range strings.Lines(snap.Files[0].Content) {
		line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "/!* "))
		if line == "" || strings.HasPrefix(line, "#!") || strings.HasPrefix(line, "---") {
			continue
		}
		return cut(line, maxTitle)
	}
	return "Rust program"
}

// firstLines is the beginning of a snapshot's first file.
func firstLines(snap Snapshot) string {
	return cut(strings.TrimSpace(snap.Files[0].Content), maxPreview)
}

// cut returns the first n characters of a text, without those that would reorder or hide
// what stands around it in a preview.
func cut(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) || unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}

// about says what a snapshot was made with.
func about(snap Snapshot) string {
	var parts []string
	if snap.Toolchain != "" {
		parts = append(parts, "made with rustc "+snap.Toolchain)
	}
	for _, name := range snapshotSettings {
		if value := snap.Settings[name]; value != "" {
			parts = append(parts, name+" "+value)
		}
	}
	return strings.Join(parts, " · ")
}

// createWith makes a session with files and settings.
func (s *Server) createWith(r *http.Request, named []wire.NamedFile, settings wire.Settings) (editToken, error) {
	settings, err := wire.Settings{}.With(settings)
	if err != nil {
		return "", err
	}
	token, err := s.create(r, named)
	if err != nil {
		return "", err
	}
	if len(settings) > 0 {
		if err := s.cfg.Hub.SetUp(r.Context(), token.session(), settings); err != nil {
			return "", err
		}
	}
	return token, nil
}
