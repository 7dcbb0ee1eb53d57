package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
)

// A tool that mistypes a path or a method is answered as by every other fault.
func TestUnknownResourcesAreProblems(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := f.create("fn main() {}\n")
	for _, tt := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/api/v1/nothing", 404, ""},
		{"GET", "/api/v2/sessions", 404, ""},
		{"GET", "/api/", 404, ""},
		{"GET", "/api/v1/sessions/", 404, ""},
		{"DELETE", "/api/v1/sessions", 405, "POST"},
		{"PATCH", "/api/v1/sessions/" + c.Token + "/text", 405, "GET"},
		{"PUT", "/api/v1/sessions/" + c.Token + "/runs", 405, "POST"},
		{strings.Repeat("X", 50), "/api/v1/openapi.yaml", 405, "GET"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, f.url+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		var problem wire.Problem
		if status := f.do(tt.method, tt.path, "", &problem); status != tt.status || res.StatusCode != tt.status || problem.Detail == "" || problem.Status != status || problem.Code == "" || len(problem.Detail) > 300 {
			t.Errorf("%s %s: status %d, %q", tt.method, tt.path, status, problem.Detail)
		}
		if !strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") || !strings.Contains(res.Header.Get("Allow"), tt.allow) || (tt.allow == "") != (res.Header.Get("Allow") == "") {
			t.Errorf("%s %s: %v", tt.method, tt.path, res.Header)
		}
	}
	if res, err := http.Get(f.url + "/nothing"); err != nil || res.StatusCode != 404 {
		t.Errorf("beside the interface: %v, %v", res, err)
	} else {
		res.Body.Close()
	}
}
