package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
)

// until reads up to the message that a member with the id has come, and returns the
// messages before it.
func (e *editor) until(id string) []string {
	e.f.Helper()
	var heard []string
	for {
		_, data, err := e.ws.ReadMessage()
		if err != nil {
			e.f.Fatal(err)
		}
		var m struct{ Type, Client string }
		if err := json.Unmarshal(data, &m); err != nil {
			e.f.Fatal(err)
		}
		if m.Type == "member" && m.Client == id {
			return heard
		}
		heard = append(heard, string(data))
	}
}

// A tool that reads a session, streams its run or starts one does not appear as a member,
// to members or to other tools. Members see its run, with the tool's id for the start and
// for the input.
func TestToolsAreNotMembers(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := f.create("read\n")
	path := "/api/v1/sessions/" + c.Token
	e := f.join(c.Edit, "ada")
	var lines string
	if status := f.do("POST", path+"/runs", `{"stdin":"typed\n"}`, &lines); status != http.StatusOK || !strings.Contains(lines, `"verdict":"ok"`) {
		t.Fatalf("run: status %d: %s", status, lines)
	}
	for _, get := range []string{path, path + "/text", path + "/runs/last", path + "/runs", "/api/v1/sessions/" + c.Session + "/runs/last"} {
		if status := f.do("GET", get, "", nil); status != http.StatusOK {
			t.Errorf("GET %s: status %d", get, status)
		}
	}
	f.join(c.Edit, "late")
	by := map[string]bool{}
	for _, m := range e.until(id("late")) {
		var run wire.RunStarted
		if err := json.Unmarshal([]byte(m), &run); err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasPrefix(m, `{"type":"member"`), strings.HasPrefix(m, `{"type":"leave"`):
			t.Errorf("the member is told of a tool: %s", m)
		case strings.HasPrefix(m, `{"type":"run"`) && run.Name != "API":
			t.Errorf("the run has the name %q", run.Name)
		case strings.HasPrefix(m, `{"type":"error"`):
			t.Errorf("the member is told %s", m)
		}
		if run.By != "" {
			by[string(run.By)] = true
		}
	}
	if len(by) != 1 {
		t.Errorf("the run and its input are by %v, want one tool", by)
	}
	for id := range by {
		if !strings.HasPrefix(id, "api.") {
			t.Errorf("the run is by %q, want api.…", id)
		}
	}
}

// A tool that follows a run does not appear as a member meanwhile, and it is sent the
// session's members.
func TestAStreamIsInvisibleWhileItLasts(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := f.create("hang\n")
	path := "/api/v1/sessions/" + c.Token
	e := f.join(c.Edit, "ada")
	e.send(`{"type":"run","options":{}}`)
	run := e.expect("run")["run"].(string)
	res, err := http.Get(f.url + path + "/runs/last")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.ReadFull(res.Body, make([]byte, 1)); err != nil { // it is there
		t.Fatal(err)
	}
	var session struct{ Members []struct{ Name string } }
	if f.do("GET", path, "", &session); len(session.Members) != 1 {
		t.Errorf("members %+v, want the one who is there", session.Members)
	}
	f.join(c.Edit, "late")
	for _, m := range e.until(id("late")) {
		if strings.HasPrefix(m, `{"type":"member"`) || strings.HasPrefix(m, `{"type":"leave"`) {
			t.Errorf("the member is told of a tool: %s", m)
		}
	}
	e.send(`{"type":"stop","run":"` + run + `"}`)
	rest, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(rest), `"type":"end"`) {
		t.Errorf("the stream ends with %q, %v", rest, err)
	}
}
