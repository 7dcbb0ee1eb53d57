package server_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/wire"
)

// send imports an archive and decodes the answer.
func (f *fixture) send(body io.Reader, into any) (*http.Response, string) {
	f.Helper()
	req, err := http.NewRequest("POST", f.url+"/api/v1/sessions", body)
	if err != nil {
		f.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/zip")
	res, data := f.roundTrip(http.DefaultClient.Do, req)
	f.documented("POST", "/api/v1/sessions", res, data)
	if into != nil {
		if err := json.Unmarshal(data, into); err != nil {
			f.Fatalf("%v in %q", err, data)
		}
	}
	return res, string(data)
}

// exported makes a session with 30 entries and a run, and exports it.
func (f *fixture) exported() (created, string) {
	f.Helper()
	var s created
	f.do("POST", "/api/v1/sessions", `{"files":[{"name":"main.rs","content":"print hello"},{"name":"a/b.txt","content":"é"}],"settings":{"name":"Lesson"}}`, &s)
	member := f.join(s.Edit, "a")
	for i := range 30 {
		member.send(fmt.Sprintf(`{"type":"push","epoch":"EPOCH","version":%d,"seq":%d,"changes":[%d,[0,"!"]]}`, i, i+1, 11+i))
		member.expect("ack")
	}
	member.send(`{"type":"run","options":{}}`)
	member.expect("end")
	var archive string
	if status := f.do("GET", "/api/v1/sessions/"+s.Token+"/export", "", &archive); status != http.StatusOK {
		f.Fatalf("export: status %d", status)
	}
	return s, archive
}

// TestImportHasLogAndRuns: another session shows the same history and the same past runs.
func TestImportHasLogAndRuns(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	from, archive := f.exported()
	var to created
	if res, body := f.send(strings.NewReader(archive), &to); res.StatusCode != http.StatusCreated || to.Token == from.Token || !strings.HasSuffix(to.Edit, "/s/"+to.Token) {
		t.Fatalf("status %d, %s", res.StatusCode, body)
	}
	for _, path := range []string{"/files", "/log?after=0", "/history/7", "/history/0", "/runs"} {
		var parts [2]map[string]any
		for i, token := range []string{from.Token, to.Token} {
			if status := f.do("GET", "/api/v1/sessions/"+token+path, "", &parts[i]); status != http.StatusOK {
				t.Fatalf("%s: status %d", path, status)
			}
			delete(parts[i], "epoch")
		}
		if want, got := parts[0], parts[1]; len(want) == 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is\n%v\nwant\n%v", path, got, want)
		}
	}
	var whole struct{ Settings map[string]string }
	if f.do("GET", "/api/v1/sessions/"+to.Token, "", &whole); whole.Settings["name"] != "Lesson" {
		t.Errorf("settings %v", whole.Settings)
	}
	member := f.join(to.Edit, "b")
	member.send(`{"type":"push","epoch":"EPOCH","version":30,"seq":1,"changes":[41,[0,"?"]]}`)
	member.expect("ack")
}

// zeros is a body without an end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// TestImportRefusesHostileBodies, and leaves no file of them.
func TestImportRefusesHostileBodies(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	f := start(t, func(c *server.Config) { c.Limits.AddressBytes = 1 << 30 })
	_, archive := f.exported()
	bomb := func(name string) string {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, e := range [][2]string{
			{"corust.json", `{"format":"corust-session","version":1,"history":{"version":9}}`}, {"files/main.rs", "x"}, {"history/first.json", `{"files":[{"path":"main.rs","text":"x"}]}`},
			{"history/log.ndjson", ""}, {"runs/r.json", "{}"},
		} {
			h, err := w.Create(e[0])
			if err != nil {
				t.Fatal(err)
			}
			if e[0] == name {
				_, err = io.CopyN(h, zeros{}, 16<<20)
			} else {
				_, err = io.WriteString(h, e[1])
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		body   io.Reader
		status int
		say    string
	}{
		"nothing":                    {strings.NewReader(""), 400, "not an exported session"},
		"no zip":                     {strings.NewReader("fn main() {}"), 400, "not an exported session"},
		"an archive that ends early": {strings.NewReader(archive[:len(archive)-100]), 400, "not an exported session"},
		"too long":                   {io.LimitReader(zeros{}, 33<<20), 413, "larger than 33554432 bytes"},
		"too long, as it says":       {bytes.NewReader(make([]byte, 33<<20)), 413, "larger than 33554432 bytes"},
		"a bomb as the manifest":     {strings.NewReader(bomb("corust.json")), 413, "corust.json"},
		"a bomb as a file":           {strings.NewReader(bomb("files/main.rs")), 413, "files/main.rs"},
		"a bomb as the start":        {strings.NewReader(bomb("history/first.json")), 413, "history/first.json"},
		"a bomb as the log":          {strings.NewReader(bomb("history/log.ndjson")), 413, "history/log.ndjson"},
		"a log that does not fit":    {strings.NewReader(bomb("")), 400, "ends at version 0"},
	} {
		var p struct{ Code, Detail string }
		if res, _ := f.send(c.body, &p); res.StatusCode != c.status || !strings.Contains(p.Detail, c.say) {
			t.Errorf("%s: status %d, %+v, want %d and %q", name, res.StatusCode, p, c.status, c.say)
		}
	}
	// A client that goes before the end of its body.
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.web.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/zip\r\nContent-Length: %d\r\n\r\n%s", len(archive), archive[:len(archive)/2])
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if conn.Close(); err != nil || bytes.Contains(answer, []byte("201")) {
		t.Errorf("a truncated body: %v, %s", err, answer)
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("files are left: %v, %v", left, err)
	}
}

// TestImportsAtOnce: an address may have two, whose bodies may be slow.
func TestImportsAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	_, archive := f.exported()
	var held []*io.PipeWriter
	done := make(chan int, 2)
	// The body is read once the server asks for it, which then has given the import its place.
	asked := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute, DisableKeepAlives: true}}
	for range 2 {
		r, w := io.Pipe()
		defer w.CloseWithError(io.ErrClosedPipe)
		held = append(held, w)
		go func() {
			req, err := http.NewRequest("POST", f.url+"/api/v1/sessions", r)
			if err != nil {
				done <- 0
				return
			}
			req.Header.Set("Content-Type", "application/zip")
			req.Header.Set("Expect", "100-continue")
			res, err := asked.Do(req)
			if err != nil {
				done <- 0
				return
			}
			res.Body.Close()
			done <- res.StatusCode
		}()
		if _, err := io.WriteString(w, archive[:10]); err != nil {
			t.Fatal(err)
		}
	}
	var p struct{ Code, Detail string }
	if res, _ := f.send(strings.NewReader(archive), &p); res.StatusCode != http.StatusTooManyRequests || !strings.Contains(p.Detail, "2 imports open") {
		t.Fatalf("a third at once: status %d, %+v", res.StatusCode, p)
	}
	for _, w := range held {
		if _, err := io.WriteString(w, archive[10:]); err != nil {
			t.Fatal(err)
		}
		w.Close()
	}
	for range held {
		if status := <-done; status != http.StatusCreated {
			t.Errorf("those that were held: status %d", status)
		}
	}
}

// TestImportCountsForItsAddress: as a new session, and as the bytes of its body and of the
// log that is stored, for which it waits.
func TestImportCountsForItsAddress(t *testing.T) {
	t.Parallel()
	_, archive := start(t, nil).exported()
	f := start(t, func(c *server.Config) { c.Limits.AddressSessions = 4 })
	for n, want := range []int{http.StatusCreated, http.StatusCreated, http.StatusTooManyRequests} {
		if res, body := f.send(strings.NewReader(archive), nil); res.StatusCode != want || n == 2 && !strings.Contains(body, "too many new sessions") {
			t.Errorf("import %d: status %d, %s", n, res.StatusCode, body)
		}
	}
	f = start(t, func(c *server.Config) { c.Limits.MessageBytes, c.Limits.AddressBytes = 1000, 4000 })
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "POST", f.url+"/api/v1/sessions", strings.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/zip")
	if res, err := http.DefaultClient.Do(req); !errors.Is(err, context.DeadlineExceeded) {
		if err == nil {
			res.Body.Close()
		}
		t.Errorf("an import of more bytes than its address may send at once: %v, want one that waits", err)
	}
}

// TestImportEndsWithTheServer: one whose body does not end does not hold up a stop, and its
// client may come back.
func TestImportEndsWithTheServer(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	_, archive := f.exported()
	r, w := io.Pipe()
	defer w.Close()
	done := make(chan string, 1)
	go func() {
		req, err := http.NewRequest("POST", f.url+"/api/v1/sessions", r)
		if err != nil {
			done <- err.Error()
			return
		}
		req.Header.Set("Content-Type", "application/zip")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			done <- err.Error()
			return
		}
		defer res.Body.Close()
		done <- res.Status
	}()
	if _, err := io.WriteString(w, archive[:10]); err != nil {
		t.Fatal(err)
	}
	if err := f.srv.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.CloseWithError(io.ErrClosedPipe)
	if got := <-done; strings.HasPrefix(got, "201") {
		t.Errorf("it answers %s", got)
	}
}

// TestImportHoldsToTheLimitsOfSessions: the server's limits hold, not those of the server
// that made the archive.
func TestImportHoldsToTheLimitsOfSessions(t *testing.T) {
	t.Parallel()
	_, archive := start(t, nil).exported()
	f := startLimited(t, wire.Limits{Text: 20}, nil)
	var p struct{ Code, Detail string }
	if res, _ := f.send(strings.NewReader(archive), &p); res.StatusCode != http.StatusRequestEntityTooLarge || p.Code != "too-large" {
		t.Errorf("status %d, %+v", res.StatusCode, p)
	}
}
