package main

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/archive"
	"github.com/corust-dev/corust/collab/wire"
)

// A server may allow longer texts than the default.
func TestImportLeavesTheLimitOfTextToTheServer(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("// long\n", 100_000)
	var got *archive.Archive
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			got, err = archive.Open(bytes.NewReader(body), int64(len(body)), wire.Limits{Text: len(text)})
		}
		if err != nil || r.URL.Path != "/corust/api/v1/sessions" || r.Header.Get("Content-Type") != "application/zip" || r.ContentLength != int64(len(body)) {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"edit":"/corust/s/T","view":"/corust/v/V"}`))
	}))
	defer srv.Close()
	var said bytes.Buffer
	if err := newApp(stdio{err: &said}).importFile(t.Context(), sessionZip(t, text), srv.URL+"/corust/"); err != nil {
		t.Fatal(err)
	}
	if got == nil || len(got.Files) != 1 || got.Files[0].Content != text {
		t.Errorf("the server received %+v", got)
	}
	if !strings.Contains(said.String(), srv.URL+"/corust/s/T\n") || !strings.Contains(said.String(), srv.URL+"/corust/v/V\n") {
		t.Errorf("it says %q", said.String())
	}
}

func TestImportNeedsACorustServer(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }))
	defer srv.Close()
	name := sessionZip(t, "fn main() {}")
	for server, want := range map[string]string{srv.URL: "does not answer as corust serve", "localhost:8080": "--server", "": "--server", "http://": "--server"} {
		var said bytes.Buffer
		if err := newApp(stdio{err: &said}).importFile(t.Context(), name, server); err == nil || !strings.Contains(err.Error(), want) || said.Len() > 0 {
			t.Errorf("%q: %v, want %q; it says %q", server, err, want, said.String())
		}
	}
}

// An export whose connection breaks, or whose answer is no archive, leaves no file, and one
// that succeeds writes to no other file.
func TestExportWritesAllOrNothing(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, "/page/") {
			w.Header().Set("Content-Type", "application/zip")
		}
		_, _ = w.Write([]byte("PK of a session"))
		if strings.Contains(r.URL.Path, "/broken/") {
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
	}))
	defer srv.Close()
	dir := t.TempDir()
	other, output := filepath.Join(t.TempDir(), "other"), filepath.Join(dir, "session.zip")
	if err := os.WriteFile(other, []byte("stays"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, output+".part"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		link  string
		ok    bool
		files int // with the link
	}{{"/s/page", false, 1}, {"/s/broken", false, 1}, {"/s/whole", true, 2}} {
		err := newApp(stdio{err: new(bytes.Buffer)}).export(t.Context(), srv.URL+c.link, output)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.link, err)
		}
		if names, err := os.ReadDir(dir); err != nil || len(names) != c.files {
			t.Errorf("%s: the directory has %v, %v", c.link, names, err)
		}
	}
	if data, err := os.ReadFile(output); err != nil || string(data) != "PK of a session" {
		t.Errorf("it saved %q, %v", data, err)
	}
	if data, err := os.ReadFile(other); err != nil || string(data) != "stays" {
		t.Errorf("another file has %q, %v", data, err)
	}
}

// sessionZip writes an archive with one file and returns its name.
func sessionZip(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "session.zip")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	zw := zip.NewWriter(f)
	for _, file := range [][2]string{
		{"corust.json", `{"format":"corust-session","version":1,"settings":{"name":"Lesson"}}`},
		{"files/main.rs", text},
	} {
		w, err := zw.Create(file[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(file[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}
