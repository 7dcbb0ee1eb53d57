package server_test

import (
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
)

func TestPastRunsOverHTTP(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := f.create("print one\n")
	path := "/api/v1/sessions/" + c.Session + "/runs" // to watch is enough
	var list struct{ Runs []wire.PastRun }
	if status := f.do("GET", path, "", &list); status != 200 || list.Runs == nil || len(list.Runs) != 0 {
		t.Errorf("no runs: status %d, %+v", status, list)
	}
	for _, mode := range []string{"debug", "release"} {
		var lines string
		if status := f.do("POST", "/api/v1/sessions/"+c.Token+"/runs", `{"mode":"`+mode+`"}`, &lines); status != 200 || !strings.Contains(lines, `"type":"end"`) {
			t.Fatalf("status %d: %s", status, lines)
		}
	}
	f.do("GET", path, "", &list)
	if len(list.Runs) != 2 || list.Runs[0].Verdict != "ok" {
		t.Fatalf("who has seen the end finds %+v", list)
	}
	if r := list.Runs[1]; r.Options != (wire.RunOptions{Mode: wire.ModeDebug}) || r.Verdict != "ok" || r.Name != "API" || r.Started.IsZero() || r.Ended.IsZero() || r.Source != nil {
		t.Errorf("the first run is %+v", r)
	}
	var r wire.PastRun
	if status := f.do("GET", path+"/"+list.Runs[1].Run, "", &r); status != 200 || r.Source == nil || *r.Source != "print one\n" || printed(r) != "one\n" {
		t.Errorf("status %d, %+v", status, r)
	}
	for _, path := range []string{path + "/none", "/api/v1/sessions/" + strings.Repeat("0", 26) + "/runs"} {
		var why string
		if status := f.do("GET", path, "", &why); status != 404 || !strings.Contains(why, "no such") {
			t.Errorf("%s: status %d, %s", path, status, why)
		}
	}
}

// printed returns the kept part of a run's standard output.
func printed(r wire.PastRun) string {
	var out []byte
	for _, o := range r.Output {
		if o.Stream == "stdout" {
			out = append(out, o.Data...)
		}
	}
	return string(out)
}
