package server_test

import (
	"compress/gzip"
	"io"
	"net/http"
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
	if r := list.Runs[1]; !r.Options.Equal(wire.RunOptions{Mode: wire.ModeDebug}) || r.Verdict != "ok" || r.Name != "API" || r.Started.IsZero() || r.Ended.IsZero() || r.Source != nil {
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

func TestProductsOverHTTP(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := f.create("make asm\ntest a::b\nenv\n")
	path := "/api/v1/sessions/" + c.Session + "/runs"
	var lines string
	f.do("POST", "/api/v1/sessions/"+c.Token+"/runs", `{"env":["A=1"],"args":["x"],"flags":["-C","lto"],"views":["asm"],"crate_type":"lib","asm_syntax":"att","cache":"off"}`, &lines)
	for _, want := range []string{`"name":"asm","media_type":"text/plain; charset=utf-8","size":14}`, `"type":"test","run":"`, `"name":"a::b","outcome":"ok"}`} {
		if !strings.Contains(lines, want) {
			t.Errorf("the stream has no %s:\n%s", want, lines)
		}
	}
	var list struct{ Runs []wire.PastRun }
	f.do("GET", path, "", &list)
	var r wire.PastRun
	f.do("GET", path+"/"+list.Runs[0].Run, "", &r)
	if printed(r) != "A=1\n" || len(r.Products) != 1 || len(r.Tests) != 1 || r.Options.AsmSyntax != "att" || r.Options.Cache != wire.CacheOff || len(list.Runs[0].Products) != 0 {
		t.Errorf("on record is %+v, in the list %+v", r, list.Runs[0])
	}
	for _, encoding := range []string{"", "gzip"} {
		req, err := http.NewRequest("GET", f.url+path+"/"+r.Run+"/products/asm", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", encoding)
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		var body io.Reader = res.Body
		if encoding != "" {
			if body, err = gzip.NewReader(res.Body); err != nil {
				t.Fatal(err)
			}
		}
		data, err := io.ReadAll(body)
		if err != nil || string(data) != "content of asm" || res.Header.Get("Content-Encoding") != encoding || res.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("encoding %q: %q, %v, %v", encoding, data, err, res.Header)
		}
		_ = res.Body.Close()
	}
	for _, path := range []string{path + "/" + r.Run + "/products/mir", path + "/none/products/asm", "/api/v1/sessions/" + strings.Repeat("0", 26) + "/runs/" + r.Run + "/products/asm"} {
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
