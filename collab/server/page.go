package server

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// asset is a file of the built page.
type asset struct {
	mime string
	tag  string        // of the contents
	zip  func() []byte // the contents, compressed when they are first wanted; nil if that is not smaller
}

// assets holds the files that the page loads, by path below the prefix.
type assets struct {
	dist  fs.FS
	files map[string]asset
	index string // with __NONCE__ and __SESSION__ in it

	ancestors string // see Config.FrameAncestors
}

const indexFile = "s/index.html"

func loadAssets(dist fs.FS) (*assets, error) {
	a := &assets{dist: dist, files: map[string]asset{}}
	err := fs.WalkDir(dist, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(dist, name)
		if err != nil {
			return err
		}
		if name == indexFile {
			a.index = string(data)
			return nil
		}
		zip := sync.OnceValue(func() []byte { return a.compress(name) })
		a.files[name] = asset{mimeOf(name), tagOf(data), zip}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	for _, mark := range []string{"__NONCE__", "__SESSION__"} {
		if strings.Count(a.index, mark) != 1 {
			return nil, fmt.Errorf("page: %s has not one %s", indexFile, mark)
		}
	}
	return a, nil
}

// mimeOf returns the MIME type of a file. It does not use the machine's tables, since
// they differ between machines.
func mimeOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// compress returns a file compressed, or nil if that is not smaller. The result has no spare
// capacity, since it is kept.
func (a *assets) compress(name string) []byte {
	data, err := fs.ReadFile(a.dist, name)
	if err != nil {
		return nil // who serves the file reports it
	}
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil || buf.Len() >= len(data) {
		return nil
	}
	return bytes.Clone(buf.Bytes())
}

// serve answers with a file of the page. Names below assets/ hold a hash of
// the contents, so they never change. It reports false, and writes nothing, if
// the file does not exist.
func (a *assets) serve(w http.ResponseWriter, r *http.Request, name string) bool {
	file, ok := a.files[name]
	if !ok {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", file.mime)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "public, max-age=86400")
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	// A range is of the uncompressed file, so that later ranges fit it.
	if acceptsGzip(r) && r.Header.Get("Range") == "" {
		if zip := file.zip(); zip != nil {
			h.Set("Content-Encoding", "gzip")
			send(w, r, file.tag+"-gzip", zip)
			return true
		}
	}
	h.Set("ETag", `"`+file.tag+`"`)
	http.ServeFileFS(w, r, a.dist, name)
	return true
}

// tagOf names contents.
func tagOf(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// send answers with contents that have a tag, or with "not modified" if the client has
// them.
func send(w http.ResponseWriter, r *http.Request, tag string, data []byte) {
	h := w.Header()
	h.Set("ETag", `"`+tag+`"`)
	if hasTag(r.Header.Get("If-None-Match"), tag) {
		h.Del("Content-Type")
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(data)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(data)
	}
}

// hasTag reports whether an If-None-Match names a tag.
func hasTag(header, tag string) bool {
	for _, item := range strings.Split(header, ",") {
		if item = strings.TrimPrefix(strings.TrimSpace(item), "W/"); item == "*" || item == `"`+tag+`"` {
			return true
		}
	}
	return false
}

// static answers with contents that are the same for all clients.
func (s *Server) static(w http.ResponseWriter, r *http.Request, mime, cache string, data []byte) {
	w.Header().Set("Content-Type", mime)
	w.Header().Set("Cache-Control", cache)
	send(w, r, tagOf(data), data)
}

func acceptsGzip(r *http.Request) bool {
	for _, item := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(item), ";")
		if name == "gzip" && strings.ReplaceAll(params, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

// bootstrap is the data that the page has before it connects.
type bootstrap struct {
	// Start is set for the page that shows no session, but what one can open.
	Start    bool   `json:"start,omitempty"`
	ReadOnly bool   `json:"readOnly"`
	View     string `json:"view"`
	MaxText  int    `json:"maxText"`
	// Choices is null where nothing can be run.
	Choices *Choices `json:"choices"`
}

// page answers with the page of a session.
func (a *assets) page(w http.ResponseWriter, b bootstrap) {
	data, err := json.Marshal(b)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	var raw [16]byte
	rand.Read(raw[:]) // never fails
	nonce := base64.RawStdEncoding.EncodeToString(raw[:])
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy(nonce, a.ancestors))
	if a.ancestors != "" {
		h.Del("X-Frame-Options") // it knows no origins
	}
	h.Set("Cache-Control", "no-store")
	text := strings.Replace(a.index, "__NONCE__", nonce, 1)
	text = strings.Replace(text, "__SESSION__", html.EscapeString(string(data)), 1)
	h.Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write([]byte(text))
}
