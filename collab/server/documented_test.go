package server_test

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/corust-dev/corust/collab/wire"
	"go.yaml.in/yaml/v3"
)

// answers holds the documented answers of openapi.yaml for each path and method: the
// type of the body, by status.
var answers = sync.OnceValues(func() (map[string]map[string]map[string]string, error) {
	type response struct {
		Ref     string `yaml:"$ref"`
		Content map[string]any
	}
	var doc struct {
		Paths      map[string]map[string]yaml.Node
		Components struct{ Responses map[string]response }
	}
	data, err := os.ReadFile("openapi.yaml")
	if err == nil {
		err = yaml.Unmarshal(data, &doc)
	}
	all := map[string]map[string]map[string]string{}
	for path, methods := range doc.Paths {
		all[path] = map[string]map[string]string{}
		for method, node := range methods {
			var operation struct{ Responses map[string]response }
			if method == "parameters" || node.Decode(&operation) != nil {
				continue
			}
			types := map[string]string{}
			for status, r := range operation.Responses {
				if r.Ref != "" {
					r = doc.Components.Responses[strings.TrimPrefix(r.Ref, "#/components/responses/")]
				}
				types[status] = "" // no body
				for t := range r.Content {
					types[status] = t
				}
			}
			all[path][strings.ToUpper(method)] = types
		}
	}
	return all, err
})

// documented holds an answer to openapi.yaml.
func (f *fixture) documented(method, path string, res *http.Response, body []byte) {
	f.Helper()
	all, err := answers()
	if err != nil {
		f.Fatal(err)
	}
	var types map[string]string
	for template, methods := range all {
		pattern := regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(template, "[^/]+")
		// A path without a parameter is the one that is meant.
		if regexp.MustCompile("^"+pattern+"$").MatchString(path) && (types == nil || !strings.HasSuffix(template, "}")) {
			types = methods[method]
		}
	}
	if types == nil || res.Request.Header.Get("Origin") != "" || res.StatusCode == http.StatusMisdirectedRequest {
		return // not of the interface, or refused before it
	}
	got, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	if want, ok := types[strconv.Itoa(res.StatusCode)]; !ok || got != want {
		f.Errorf("%s %s: openapi.yaml does not know status %d with %s (but %q)", method, path, res.StatusCode, got, want)
	}
	var problem wire.Problem
	if res.StatusCode >= 400 && (json.Unmarshal(body, &problem) != nil || problem.Detail == "" || problem.Status != res.StatusCode || problem.Code == "") {
		f.Errorf("%s %s: status %d with %s", method, path, res.StatusCode, body)
	}
	if res.StatusCode == http.StatusTooManyRequests && res.Header.Get("Retry-After") == "" {
		f.Errorf("%s %s: no Retry-After", method, path)
	}
}
