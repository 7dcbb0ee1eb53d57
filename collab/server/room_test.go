package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/web"
)

// A server with a full database answers tools and pages with that reason.
func TestAFullDatabaseRefusesNewSessions(t *testing.T) {
	t.Parallel()
	log, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"), sqlite.Config{MaxSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	hub := collab.NewHub(collab.Config{Store: log})
	defer hub.Close()
	srv, err := server.New(server.Config{Hub: hub, Assets: web.Dist()})
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(srv)
	defer site.Close()
	for path, method := range map[string]string{"/": "GET", "/api/v1/sessions": "POST"} {
		req, err := http.NewRequest(method, site.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusInsufficientStorage || !strings.Contains(string(body), "no room for another session") || res.Header.Get("Retry-After") == "" {
			t.Errorf("%s %s: status %d, %q", method, path, res.StatusCode, body)
		}
	}
}
