package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
)

// Tools with the edit link name a session, and make it read-only and back; members see it at
// once, and those who type get their text back.
func TestToolsNameAndLockASession(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	var s created
	if status := f.do("POST", "/api/v1/sessions", `{"source":"print hello","settings":{"name":"Lesson 1"}}`, &s); status != http.StatusCreated {
		t.Fatalf("create: status %d", status)
	}
	api, watching := "/api/v1/sessions/"+s.Token, "/api/v1/sessions/"+s.Session
	settings := func(path string) wire.Settings {
		var got struct{ Settings wire.Settings }
		f.do("GET", path, "", &got)
		return got.Settings
	}
	if got := settings(watching); got[wire.SettingName] != "Lesson 1" {
		t.Errorf("the settings of a new session are %v", got)
	}
	member := f.join(s.Edit, "a")
	var changed struct{ Settings wire.Settings }
	if status := f.do("PATCH", api, `{"settings":{"name":"Lesson <2>","locked":"true"}}`, &changed); status != http.StatusOK || changed.Settings["name"] != "Lesson <2>" || changed.Settings["locked"] != "true" {
		t.Errorf("change: status %d, %v", status, changed)
	}
	told := member.expect("settings")["settings"].(map[string]any)
	if told["name"] != "Lesson <2>" || told["locked"] != "true" {
		t.Errorf("the member is told %v", told)
	}
	member.send(`{"type":"push","epoch":"EPOCH","version":0,"seq":1,"changes":[[0,"x"],11]}`)
	if e := member.expect("error"); e["code"] != string(wire.CodeReadOnly) || e["seq"] != 1.0 {
		t.Errorf("a push is answered %v", e)
	}
	member.send(`{"type":"run","options":{}}`)
	member.expect("end")
	changed.Settings = nil
	if status := f.do("PATCH", api, `{"settings":{"locked":""}}`, &changed); status != http.StatusOK || changed.Settings["name"] != "Lesson <2>" || changed.Settings["locked"] != "" {
		t.Errorf("unlock: status %d, %v", status, changed)
	}
	member.send(`{"type":"push","epoch":"EPOCH","version":0,"seq":2,"changes":[[0,"x"],11]}`)
	member.expect("ack")

	for _, c := range []struct {
		path, body string
		status     int
	}{
		{watching, `{"settings":{"name":"mine"}}`, 403},
		{"/api/v1/sessions/00000000000000000000000000", `{"settings":{"name":"x"}}`, 404},
		{api, `{"settings":{"name":"a\u202eb"}}`, 400},
		{api, `{"settings":{"name":"a\nb"}}`, 400},
		{api, `{"settings":{"name":"` + strings.Repeat("x", 101) + `"}}`, 413},
		{api, `{"settings":{"locked":"yes"}}`, 400},
		{api, `{"settings":{}}`, 400},
		{api, ``, 400},
		{api, `{"name":"x"}`, 400},
		{api, `{"settings":{"name":7}}`, 400},
	} {
		if status := f.do("PATCH", c.path, c.body, nil); status != c.status {
			t.Errorf("%s: status %d, want %d", c.body, status, c.status)
		}
	}
	if got := settings(api); got[wire.SettingName] != "Lesson <2>" {
		t.Errorf("refused changes left %v", got)
	}
	if status := f.do("POST", "/api/v1/sessions", `{"settings":{"name":" x"}}`, nil); status != http.StatusBadRequest {
		t.Errorf("a session with an invalid name: status %d", status)
	}
}
