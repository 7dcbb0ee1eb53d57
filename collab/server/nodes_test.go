package server_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/collab/wire"
)

const nodeSecret = "sixteen or more characters"

// node starts a server of a cluster. What it does not own, owner names the node of.
func node(t *testing.T, owner *atomic.Pointer[string], change func(*server.Config)) *fixture {
	t.Helper()
	return start(t, func(c *server.Config) {
		c.Nodes = &server.Nodes{
			Elsewhere: func(context.Context, wire.SessionID) (string, error) {
				if url := owner.Load(); url != nil {
					return *url, nil
				}
				return "", nil
			},
			Secret: nodeSecret, Alive: func() bool { return true },
		}
		change(c)
	})
}

// The node that a proxy speaks to decides on the name that a request has: the owner of the
// session sees neither the proxy nor, as the client's, another address than its own.
func TestNamesThatAProxyPassesOn(t *testing.T) {
	t.Parallel()
	behindProxy := func(c *server.Config) {
		c.Hosts = &server.Hosts{Names: []string{"inside.example"}, Proxied: true}
		c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	}
	var atOwner, atOther atomic.Pointer[string]
	owner := node(t, &atOwner, behindProxy)
	other := node(t, &atOther, behindProxy)
	atOther.Store(&owner.url)
	s := owner.create("x")
	header := http.Header{"Host": {"public.example"}, "X-Forwarded-For": {"192.0.2.7"}}
	e := other.dial("/s/"+s.Token+"/socket", header)
	e.send(hello("a"))
	e.expect("welcome")

	// An answer of the owner has each header once.
	req, err := http.NewRequest("GET", other.url+"/s/"+s.Token+"/socket", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "public.example"
	res, body := other.roundTrip(http.DefaultClient.Do, req)
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("a socket without an upgrade: %s: %s", res.Status, body)
	}
	for name, values := range res.Header {
		if len(values) > 1 && name != "Vary" {
			t.Errorf("%s is there %d times: %q", name, len(values), values)
		}
	}
}

// Members who are connected through another node than the owner's are handed new links too,
// and go on through their node.
func TestLinksThatAreRenewedThroughAnotherNode(t *testing.T) {
	t.Parallel()
	var atOwner, atOther atomic.Pointer[string]
	owner := node(t, &atOwner, func(*server.Config) {})
	other := node(t, &atOther, func(*server.Config) {})
	atOther.Store(&owner.url)
	s := owner.create("x")
	near, far := owner.join(s.Edit, "a"), other.join(s.Edit, "b")
	var fresh created
	if status := other.do("POST", "/api/v1/sessions/"+s.Token+"/links", `{"members":"edit"}`, &fresh); status != http.StatusCreated {
		t.Fatalf("status %d", status)
	}
	for _, e := range []*editor{near, far} {
		if m := e.expect("moved"); m["edit"] != fresh.Token {
			t.Errorf("sent %v, want the token %q", m, fresh.Token)
		}
		if code := e.ended(); code != string(wire.CodeGone) {
			t.Errorf("the connection ends with %q", code)
		}
	}
	other.join(fresh.Edit, "b")
}

// Two nodes that each take the other for the owner pass a request on once.
func TestARequestIsPassedOnOnce(t *testing.T) {
	t.Parallel()
	var atA, atB atomic.Pointer[string]
	a := node(t, &atA, func(*server.Config) {})
	b := node(t, &atB, func(*server.Config) {})
	atA.Store(&b.url)
	atB.Store(&a.url)
	res, body := a.get("/s/" + strings.Repeat("a", 26) + "/socket")
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%s: %s", res.Status, body)
	}
}

// The headers of nodes give a stranger neither another address nor another name.
func TestStrangersWithTheHeadersOfNodes(t *testing.T) {
	t.Parallel()
	var nowhere atomic.Pointer[string]
	f := node(t, &nowhere, func(c *server.Config) {
		c.Hosts = &server.Hosts{Names: []string{"inside.example"}}
		c.Limits.AddressSessions = 2 // one at once
	})
	for _, secret := range []string{"", "a guess", nodeSecret + "x", nodeSecret[1:]} {
		req, err := http.NewRequest("GET", f.url+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "public.example"
		req.Header.Set("Corust-Node-Secret", secret)
		req.Header.Set("Corust-Node-Client", "192.0.2.1")
		if res, body := f.roundTrip(http.DefaultClient.Do, req); res.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("secret %q: %s: %s", secret, res.Status, body)
		}
	}
	for i, want := range []int{http.StatusCreated, http.StatusTooManyRequests} {
		req, err := http.NewRequest("POST", f.url+"/api/v1/sessions", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Corust-Node-Secret", "a guess")
		req.Header.Set("Corust-Node-Client", "192.0.2."+string(rune('1'+i)))
		if res, body := f.roundTrip(http.DefaultClient.Do, req); res.StatusCode != want {
			t.Errorf("session %d: %s: %s", i, res.Status, body)
		}
	}
}

// Where nodes show certificates, the secret alone is not enough.
func TestTheSecretWithoutACertificate(t *testing.T) {
	t.Parallel()
	var nowhere atomic.Pointer[string]
	f := node(t, &nowhere, func(c *server.Config) {
		c.Hosts = &server.Hosts{Names: []string{"inside.example"}}
		c.Nodes.TLS = &tls.Config{}
	})
	req, err := http.NewRequest("GET", f.url+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "public.example"
	req.Header.Set("Corust-Node-Secret", nodeSecret)
	req.Header.Set("Corust-Node-Client", "192.0.2.1")
	if res, body := f.roundTrip(http.DefaultClient.Do, req); res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("%s: %s", res.Status, body)
	}
}

// A run that is followed by way of another node lasts longer than a request may take there.
func TestLongStreamThatIsPassedOn(t *testing.T) {
	t.Parallel()
	var atOwner, atOther atomic.Pointer[string]
	unchanged := func(*server.Config) {}
	owner, other := node(t, &atOwner, unchanged), node(t, &atOther, unchanged)
	atOther.Store(&owner.url)
	const most = 200 * time.Millisecond
	impatient := httptest.NewUnstartedServer(other.srv)
	impatient.Config.ReadTimeout, impatient.Config.WriteTimeout = most, most
	impatient.Start()
	t.Cleanup(impatient.Close)

	s := owner.create("hang\nprint done\n")
	member := owner.join(s.Edit, "a")
	follow := func(method, path, body string) *bufio.Reader {
		req, err := http.NewRequestWithContext(t.Context(), method, impatient.URL+"/api/v1/sessions/"+s.Token+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return bufio.NewReader(res.Body)
	}
	begun := follow(http.MethodPost, "/runs", "{}")
	line, err := begun.ReadBytes('\n')
	var run struct{ Run string }
	if err := errors.Join(err, json.Unmarshal(line, &run)); err != nil {
		t.Fatalf("the run: %v in %q", err, line)
	}
	watched := follow(http.MethodGet, "/runs/last", "")
	time.Sleep(2 * most) // on the clock of the connections' deadlines
	member.send(`{"type":"stop","run":"` + run.Run + `"}`)
	for name, stream := range map[string]*bufio.Reader{"begun": begun, "watched": watched} {
		rest, err := io.ReadAll(stream)
		if err != nil || !strings.Contains(string(rest), "canceled") {
			t.Errorf("the run that was %s: %v after %q", name, err, rest)
		}
	}
}

// An answer without a body may come later than a request may take.
func TestLateEmptyAnswerThatIsPassedOn(t *testing.T) {
	t.Parallel()
	const most = 200 * time.Millisecond
	owner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(2 * most) // on the clock of the connection's deadlines
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(owner.Close)
	var at atomic.Pointer[string]
	other := node(t, &at, func(*server.Config) {})
	at.Store(&owner.URL)
	impatient := httptest.NewUnstartedServer(other.srv)
	impatient.Config.ReadTimeout, impatient.Config.WriteTimeout = most, most
	impatient.Start()
	t.Cleanup(impatient.Close)
	res, err := http.Get(impatient.URL + "/api/v1/sessions/" + strings.Repeat("0", 26) + "/text")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		t.Errorf("%s", res.Status)
	}
}

// The owner may answer before it has the whole body, or before this node knows that it has.
func TestAnswerBeforeTheBodyEnds(t *testing.T) {
	t.Parallel()
	owner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctl := http.NewResponseController(w)
		_, err := io.ReadFull(r.Body, make([]byte, 1))
		if err := errors.Join(err, ctl.EnableFullDuplex()); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, "early ")
		_ = ctl.Flush()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(owner.Close)
	var at atomic.Pointer[string]
	other := node(t, &at, func(*server.Config) {})
	at.Store(&owner.URL)
	body, send := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, other.url+"/api/v1/sessions/"+strings.Repeat("0", 26)+"/runs", body)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = 5
	go func() { _, _ = io.WriteString(send, "a") }()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	early := make([]byte, 6)
	if _, err := io.ReadFull(res.Body, early); err != nil || string(early) != "early " {
		t.Fatalf("before the body ends: %q, %v", early, err)
	}
	go func() {
		_, _ = io.WriteString(send, "late")
		send.Close()
	}()
	if rest, err := io.ReadAll(res.Body); err != nil || string(rest) != "late" {
		t.Errorf("at the end: %q, %v", rest, err)
	}
}
