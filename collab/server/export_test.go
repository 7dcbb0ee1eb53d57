package server_test

import (
	"archive/zip"
	"net/http"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/archive"
	"github.com/corust-dev/corust/collab/wire"
)

// The archive of a session has its files, settings, log and runs, and needs the edit link.
func TestExportIsTheWholeSession(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	s, body := f.exported()
	a, err := archive.Open(strings.NewReader(body), int64(len(body)), wire.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if m, named := a.Manifest, a.Files; len(named) != 2 || named[0].Content != "print hello"+strings.Repeat("!", 30) || named[1].Name != "a/b.txt" || m.Settings["name"] != "Lesson" || m.History.Version != 30 {
		t.Errorf("%+v, %+v", m, named)
	}
	zr, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	for _, e := range zr.File {
		if strings.HasPrefix(e.Name, "runs/") {
			runs++
		}
	}
	if runs != 1 {
		t.Errorf("%d runs in %d entries", runs, len(zr.File))
	}
	for path, want := range map[string]int{s.Session: http.StatusForbidden, "00000000000000000000000000": http.StatusNotFound} {
		if status := f.do("GET", "/api/v1/sessions/"+path+"/export", "", nil); status != want {
			t.Errorf("by %s: status %d, want %d", path, status, want)
		}
	}
	if status := f.do("PATCH", "/api/v1/sessions/"+s.Token, `{"settings":{"locked":"true"}}`, nil); status != http.StatusOK {
		t.Errorf("lock: status %d", status)
	}
	if status := f.do("GET", "/api/v1/sessions/"+s.Token+"/export", "", &body); status != http.StatusOK {
		t.Errorf("a read-only session: status %d", status)
	}
}
