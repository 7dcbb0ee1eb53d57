package server_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
)

// The edit link lets read every version of the files, and the entries between; the watching
// link does not.
func TestHistoryNeedsTheEditLink(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	s := f.create("fn main() {}")
	member := f.join(s.Edit, "a")
	for i, text := range []string{"a", "b", "c"} {
		member.send(fmt.Sprintf(`{"type":"push","epoch":"EPOCH","version":%d,"seq":%d,"changes":[[0,%q],%d]}`, i, i+1, text, 12+i))
		member.expect("ack")
	}
	api := "/api/v1/sessions/" + s.Token
	var past wire.PastVersions
	if status := f.do("GET", api+"/history", "", &past); status != http.StatusOK || past.First != 0 || past.Version != 3 || past.Created.IsZero() || past.Edited.Before(past.Created) {
		t.Fatalf("history: status %d, %+v", status, past)
	}
	for v, want := range []string{"fn main() {}", "afn main() {}", "bafn main() {}", "cbafn main() {}"} {
		var at wire.PastFiles
		path := fmt.Sprintf("%s/history/%d?epoch=%s", api, v, past.Epoch)
		if status := f.do("GET", path, "", &at); status != http.StatusOK || len(at.Files) != 1 || at.Files[0].Text != want {
			t.Errorf("version %d: status %d, %+v, want %q", v, status, at, want)
		}
	}
	var part struct {
		Entries []struct {
			Version int
			Client  string
			Changes []any
		}
		Times []int64
	}
	if status := f.do("GET", api+"/log?after=1&limit=1", "", &part); status != http.StatusOK || len(part.Entries) != 1 || part.Entries[0].Version != 2 || part.Entries[0].Client != id("a") || len(part.Times) != 1 || part.Times[0] == 0 {
		t.Errorf("log: status %d, %+v", status, part)
	}
	for path, want := range map[string]struct {
		status int
		code   wire.Code
	}{
		api + "/history/4":                                             {404, wire.CodeFuture},
		api + "/history/99999999999999999999":                          {400, wire.CodeMalformed},
		api + "/history/-1":                                            {400, wire.CodeMalformed},
		api + "/history/x":                                             {400, wire.CodeMalformed},
		api + "/history/1?epoch=other":                                 {404, wire.CodeEpoch},
		api + "/log":                                                   {400, wire.CodeMalformed},
		api + "/log?after=1&limit=-2":                                  {400, wire.CodeMalformed},
		api + "/log?after=9":                                           {404, wire.CodeFuture},
		"/api/v1/sessions/" + s.Session + "/history":                   {403, wire.CodeReadOnly},
		"/api/v1/sessions/" + s.Session + "/history/1":                 {403, wire.CodeReadOnly},
		"/api/v1/sessions/" + s.Session + "/log?after=0":               {403, wire.CodeReadOnly},
		"/api/v1/sessions/00000000000000000000000000/log?after=0":      {404, wire.CodeGone},
		"/api/v1/sessions/00000000000000000000000000/history/0":        {404, wire.CodeGone},
		api + "/log?after=0&limit=1&epoch=" + string(past.Epoch) + "x": {404, wire.CodeEpoch},
	} {
		var problem wire.Problem
		if status := f.do("GET", path, "", &problem); status != want.status || problem.Code != want.code {
			t.Errorf("%s: status %d, code %q (%s), want %d, %q", path, status, problem.Code, problem.Detail, want.status, want.code)
		}
	}
}
