package server_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/wire"
)

// The edit link allows deleting a session. Its members leave, and it no longer exists.
func TestDeletingASessionNeedsTheEditLink(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	s, other := f.create("hang"), f.create("stays")
	member, watcher := f.join(s.Edit, "a"), f.join(s.View, "b")
	member.send(`{"type":"run","options":{}}`)
	member.expect("stage")
	if status := f.do("DELETE", "/api/v1/sessions/"+s.Session, "", nil); status != http.StatusForbidden {
		t.Errorf("by the link to watch: status %d", status)
	}
	if status := f.do("DELETE", "/api/v1/sessions/"+s.Token, "", nil); status != http.StatusNoContent {
		t.Errorf("by the link to edit: status %d", status)
	}
	for name, e := range map[string]*editor{"editor": member, "watcher": watcher} {
		if got := e.ended(); got != string(wire.CodeGone) {
			t.Errorf("the %s's connection ends with %q, want %q", name, got, wire.CodeGone)
		}
	}
	if status := f.do("DELETE", "/api/v1/sessions/"+s.Token, "", nil); status != http.StatusNotFound {
		t.Errorf("again: status %d", status)
	}
	if status := f.do("GET", "/api/v1/sessions/"+other.Token+"/text", "", nil); status != http.StatusOK {
		t.Errorf("another session: status %d", status)
	}
}

// New links lead to the same session, and the old ones stop working.
func TestRenewedLinksReplaceTheOldOnes(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	s := f.create("print hello")
	member := f.join(s.Edit, "a")
	member.send(`{"type":"push","epoch":"EPOCH","version":0,"seq":1,"changes":[11,[0," again"]]}`)
	member.expect("ack")
	member.send(`{"type":"run","options":{}}`)
	member.expect("end")
	if status := f.do("POST", "/api/v1/sessions/"+s.Session+"/links", "", nil); status != http.StatusForbidden {
		t.Errorf("by the link to watch: status %d", status)
	}
	var fresh created
	if status := f.do("POST", "/api/v1/sessions/"+s.Token+"/links", "", &fresh); status != http.StatusCreated {
		t.Fatalf("by the link to edit: status %d", status)
	}
	if got := member.ended(); got != string(wire.CodeGone) {
		t.Errorf("a member's connection ends with %q, want %q", got, wire.CodeGone)
	}
	for _, old := range []string{s.Token, s.Session} {
		if status := f.do("GET", "/api/v1/sessions/"+old+"/text", "", nil); status != http.StatusNotFound {
			t.Errorf("by a link of before: status %d", status)
		}
	}
	for _, path := range []string{s.Edit, s.View} {
		if got := f.dial(path+"/socket", nil).ended(); got != string(wire.CodeGone) {
			t.Errorf("a socket of before ends with %q, want %q", got, wire.CodeGone)
		}
	}
	for _, token := range []string{fresh.Token, fresh.Session} {
		var text, runs string
		f.do("GET", "/api/v1/sessions/"+token+"/text", "", &text)
		f.do("GET", "/api/v1/sessions/"+token+"/runs", "", &runs)
		if text != "print hello again" || !strings.Contains(runs, `"verdict":"ok"`) {
			t.Errorf("by a new link the text is %q, and the runs are %s", text, runs)
		}
	}
	e := f.join(fresh.Edit, "a")
	e.send(`{"type":"push","epoch":"EPOCH","version":1,"seq":2,"changes":[17,[0,"!"]]}`)
	e.expect("ack")
}

// A client that names the token can ask again when the answer was lost.
func TestLinksCanBeRenewedAgainWithTheSameToken(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	s, other := f.create("print hello"), f.create("stays")
	const token = "0123456789abcdefghjkmnpqrs"
	ask := func(path, body string, got any) int {
		return f.do("POST", "/api/v1/sessions/"+path+"/links", body, got)
	}
	for _, bad := range []string{`{"token":""}`, `{"token":"short"}`, `{"token":"0123456789ABCDEFGHJKMNPQRS"}`, `{"token":"` + s.Token + `"}`, `{"other":1}`} {
		if status := ask(s.Token, bad, nil); status != http.StatusBadRequest {
			t.Errorf("%s: status %d", bad, status)
		}
	}
	if status := ask(s.Token, `{"token":"`+other.Token+`"}`, nil); status != http.StatusBadRequest {
		t.Errorf("the token of another session: status %d", status)
	}
	for i := range 2 {
		var fresh created
		if status := ask(s.Token, `{"token":"`+token+`"}`, &fresh); status != http.StatusCreated || fresh.Token != token {
			t.Fatalf("request %d: status %d, token %q", i+1, status, fresh.Token)
		}
	}
	var text string
	if f.do("GET", "/api/v1/sessions/"+token+"/text", "", &text); text != "print hello" {
		t.Errorf("the text is %q", text)
	}
	if status := ask(s.Token, `{"token":"`+strings.Repeat("0", 26)+`"}`, nil); status != http.StatusNotFound {
		t.Errorf("by a dead link, with a token of no session: status %d", status)
	}
	if f.do("GET", "/api/v1/sessions/"+other.Token+"/text", "", &text); text != "stays" {
		t.Errorf("the other session's text is %q", text)
	}
}

// Whoever has a watching link can give another session an edit token of the same letters.
// The link still leads to the session that it was made for.
func TestATokenThatIsAWatchingLink(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	watched, other := f.create("the watched"), f.create("the other")
	f.do("POST", "/api/v1/sessions/"+other.Token+"/links", `{"token":"`+watched.Session+`"}`, nil)
	var text string
	if status := f.do("GET", "/api/v1/sessions/"+watched.Session+"/text", "", &text); status != http.StatusOK || text != "the watched" {
		t.Errorf("status %d, text %q", status, text)
	}
	if status := f.do("DELETE", "/api/v1/sessions/"+watched.Session, "", nil); status != http.StatusForbidden {
		t.Errorf("deletion by the watching link: status %d", status)
	}
}

// Members who are connected are sent what the request says. A watcher is never sent the
// link that lets edit.
func TestRenewedLinksAreSentToMembers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		members string
		sent    bool // a message
		edits   bool // the editor is sent the link that lets edit
	}{
		{"none", false, false},
		{"watch", true, false},
		{"edit", true, true},
	} {
		t.Run(c.members, func(t *testing.T) {
			t.Parallel()
			f := start(t, nil)
			s := f.create("print hello")
			member, watcher := f.join(s.Edit, "a"), f.join(s.View, "b")
			var fresh created
			if status := f.do("POST", "/api/v1/sessions/"+s.Token+"/links", `{"members":"`+c.members+`"}`, &fresh); status != http.StatusCreated {
				t.Fatalf("status %d", status)
			}
			for _, e := range []*editor{member, watcher} {
				if c.sent {
					want := map[string]any{"type": "moved", "view": fresh.Session}
					if c.edits && e == member {
						want["edit"] = fresh.Token
					}
					if got := e.expect("moved"); !maps.Equal(got, want) {
						t.Errorf("it was sent %v, want %v", got, want)
					}
				}
				if got := e.ended(); got != string(wire.CodeGone) {
					t.Errorf("the connection ends with %q, want %q", got, wire.CodeGone)
				}
			}
		})
	}
}

// A request that fails moves nobody: the connections come back to the session as it was.
func TestMembersComeBackAfterLinksWereNotRenewed(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	s, other := f.create("print hello"), f.create("stays")
	member := f.join(s.Edit, "a")
	if status := f.do("POST", "/api/v1/sessions/"+s.Token+"/links", `{"members":"all"}`, nil); status != http.StatusBadRequest {
		t.Errorf("other members: status %d", status)
	}
	if status := f.do("POST", "/api/v1/sessions/"+s.Token+"/links", `{"members":"edit","token":"`+other.Token+`"}`, nil); status != http.StatusBadRequest {
		t.Errorf("the token of another session: status %d", status)
	}
	if got := member.ended(); got != string(wire.CodeResume) {
		t.Errorf("the connection ends with %q, want %q", got, wire.CodeResume)
	}
	f.join(s.Edit, "a")
}
