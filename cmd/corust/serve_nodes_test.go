package main

import (
	"context"
	"crypto/tls"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/client/remote"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/pgtest"
	"github.com/corust-dev/corust/internal/test/testaddr"
)

// startNode starts a server of a cluster.
func startNode(t *testing.T, database string) *served {
	t.Helper()
	addr := testaddr.Free(t)
	return startServeAt(t, addr, database, "CORUST_CLUSTER_ADDRESS=http://"+addr, "CORUST_CLUSTER_SECRET=sixteen or more characters")
}

// typist is an editor of a session that a test types into.
type typist struct {
	t      *testing.T
	editor *remote.Editor
}

func typeAt(t *testing.T, s *served, edit string) *typist {
	t.Helper()
	e := remote.NewEditor("ws"+strings.TrimPrefix(s.url, "http")+edit+"/socket", client.New(wire.NewKey(), ""), nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return &typist{t, e}
}

// insert puts text in front of what there is.
func (w *typist) insert(text string) {
	w.t.Helper()
	err := w.editor.Do(w.t.Context(), func(c *client.Client) error {
		change, err := ot.New(c.Text().Len(), ot.Edit{Insert: text})
		if err != nil {
			return err
		}
		return c.Edit(change)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// until waits for a state of the client.
func (w *typist) until(what string, is func(*client.Client) bool) {
	w.t.Helper()
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		ok := false
		if err := w.editor.Do(w.t.Context(), func(c *client.Client) error {
			ok = is(c)
			return nil
		}); err != nil {
			w.t.Fatal(err)
		}
		if ok {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("waited too long until %s", what)
		}
	}
}

func synced(c *client.Client) bool { return c.Live() && c.Synced() }

// Two nodes share a database: each serves a session that the other owns, and when the owner
// is killed, the other takes over without losing anything that was acknowledged.
func TestNodes(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	db := pgtest.Schema(t, pgtest.New(t, "").URL())
	a, b := startNode(t, db), startNode(t, db)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("a: %s\nb: %s", a.err, b.err)
		}
	})
	var s struct{ Token, Session, Edit string }
	if status := a.do("POST", "/api/v1/sessions", `{"source":"fn main() { println!(\"hello\"); }"}`, &s); status != http.StatusCreated {
		t.Fatalf("create: status %d", status)
	}
	here := typeAt(t, a, s.Edit)
	here.until("the owner has it", synced)
	there := typeAt(t, b, s.Edit)
	there.until("the other node passes the socket on", synced)
	there.insert("// typed at b\n")
	there.until("it is acknowledged", synced)
	here.until("it is at a", func(c *client.Client) bool { return strings.HasPrefix(c.Text().String(), "// typed at b\n") })
	if got := pgtest.Query(t, db, "SELECT count(DISTINCT owner)::text || ' ' || max(term)::text FROM sessions"); got != "1 1" {
		t.Errorf("owners and the highest term: %s, want 1 1", got)
	}

	var run, text string
	if status := b.do("POST", "/api/v1/sessions/"+s.Token+"/runs", `{"mode":"debug"}`, &run); status != http.StatusOK || !strings.Contains(run, `"verdict":"ok"`) {
		t.Errorf("a run asked for at b: status %d: %s", status, run)
	}
	b.do("GET", "/api/v1/sessions/"+s.Session+"/text", "", &text)
	if !strings.HasPrefix(text, "// typed at b\n") {
		t.Errorf("the text at b: %q", text)
	}
	req, err := http.NewRequest("GET", b.url+"/api/v1/sessions/"+s.Token+"/text", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Corust-Node-Secret", "a guess")
	req.Header.Set("Corust-Node-Client", "192.0.2.1")
	if res, err := http.DefaultClient.Do(req); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("a stranger with the headers of nodes: %v, %v", res, err)
	} else {
		res.Body.Close()
	}

	var kept struct{ ID string }
	if status := b.do("POST", "/api/v1/sessions/"+s.Token+"/snapshots", "", &kept); status != http.StatusCreated {
		t.Errorf("a permanent link: status %d", status)
	}
	for _, node := range []*served{a, b} {
		if status := node.do("GET", "/api/v1/snapshots/"+kept.ID, "", &text); status != http.StatusOK || !strings.Contains(text, "typed at b") {
			t.Errorf("the permanent link at another node: status %d, %s", status, text)
		}
	}

	_ = a.cmd.Process.Kill()
	killed := time.Now()
	there.insert("// typed while a is dead\n")
	there.until("b has taken the session over", synced)
	t.Logf("acknowledged %v after the owner was killed", time.Since(killed).Round(time.Millisecond))
	b.do("GET", "/api/v1/sessions/"+s.Token+"/text", "", &text)
	if want := "// typed while a is dead\n// typed at b\nfn main()"; !strings.HasPrefix(text, want) {
		t.Errorf("after the owner was killed the text is %q", text)
	}

	// A node that stops hands its sessions on at once.
	c := startNode(t, db)
	other := typeAt(t, c, s.Edit)
	other.until("c passes the socket on", synced)
	b.stop()
	stopped := time.Now()
	other.insert("// typed after b\n")
	other.until("c has taken the session over", synced)
	t.Logf("acknowledged %v after the owner was stopped", time.Since(stopped).Round(time.Millisecond))
	c.do("GET", "/api/v1/sessions/"+s.Token+"/text", "", &text)
	if !strings.HasPrefix(text, "// typed after b\n// typed while a is dead\n") {
		t.Errorf("after the owner was stopped the text is %q", text)
	}
}

// Nodes with certificates pass requests on over TLS, and answer only each other there.
func TestNodesWithCertificates(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	db := pgtest.Schema(t, pgtest.New(t, "").URL())
	dir := t.TempDir()
	writePair(t, dir, 1) // which is its own authority
	strange, strangeKey, _ := newPair(t, 2)
	var nodes [2]*served
	inner := ""
	for i := range nodes {
		inner = testaddr.Free(t)
		nodes[i] = startServeAt(t, testaddr.Free(t), db, "CORUST_CLUSTER_SECRET=sixteen or more characters",
			"CORUST_CLUSTER_ADDRESS=https://"+inner, "CORUST_CLUSTER_LISTEN="+inner,
			"CORUST_CLUSTER_TLS_CA="+filepath.Join(dir, "cert.pem"), "CORUST_CLUSTER_TLS_CERT="+filepath.Join(dir, "cert.pem"), "CORUST_CLUSTER_TLS_KEY="+filepath.Join(dir, "key.pem"))
	}
	var s struct{ Token, Edit string }
	nodes[1].do("POST", "/api/v1/sessions", `{"source":"fn main() {}"}`, &s)
	page := typeAt(t, nodes[1], s.Edit)
	page.until("its node owns the session", synced)
	other := typeAt(t, nodes[0], s.Edit)
	other.until("the other node passes the socket on", synced)
	other.insert("// typed there\n")
	other.until("it is acknowledged", synced)
	var text string
	if status := nodes[0].do("GET", "/api/v1/sessions/"+s.Token+"/text", "", &text); status != http.StatusOK || !strings.HasPrefix(text, "// typed there") {
		t.Errorf("the text at the other node: status %d, %q", status, text)
	}
	if res, err := http.Get("http://" + inner + "/healthz"); err == nil {
		res.Body.Close()
		if res.StatusCode != http.StatusBadRequest { // "client sent an HTTP request to an HTTPS server"
			t.Errorf("without TLS: %s", res.Status)
		}
	}
	pair, err := tls.X509KeyPair(strange, strangeKey)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		certs []tls.Certificate
		good  bool
	}{"no certificate": {nil, false}, "a stranger's": {[]tls.Certificate{pair}, false}, "a node's": {[]tls.Certificate{ours}, true}} {
		client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: c.certs}}}
		res, err := client.Get("https://" + inner + "/healthz")
		if (err == nil) != c.good {
			t.Errorf("%s: %v", what, err)
		}
		if err == nil {
			res.Body.Close()
		}
		client.CloseIdleConnections()
	}
}

func TestNodesNeedOneDatabase(t *testing.T) {
	t.Parallel()
	self := startServe(t, "memory").cmd.Path
	for env, want := range map[string]string{
		"CORUST_CLUSTER_ADDRESS=10.0.0.1:8080":        "is not of the form http://host:port",
		"CORUST_CLUSTER_ADDRESS=http://10.0.0.1:8080": "serve.database is not there",
		"CORUST_CLUSTER_LISTEN=127.0.0.1:0":           "some are set and others are not",
		"CORUST_CLUSTER_SECRET=sixteen or more words": "cluster.secret is set, and cluster.address is not",
	} {
		cmd := exec.Command(self, "serve", "--backend", "native", "--listen", "127.0.0.1:0", "--database", "memory")
		cmd.Env = append(cmd.Environ(), "CORUST_NATIVE_ALLOW_UNENFORCED=true", "CORUST_CLUSTER_SECRET=sixteen or more characters", env)
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v, %s, want %q", env, err, out, want)
		}
	}
}

// The sessions and permanent links of one server go on in PostgreSQL, and the file is a copy
// from then on.
func TestMigrateAndBackupOfPostgres(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	srv := pgtest.New(t, "")
	file, to := filepath.Join(t.TempDir(), "sessions.db"), pgtest.Schema(t, srv.URL())
	s := startServe(t, file)
	self := s.cmd.Path
	corust := func(want, command string, args ...string) {
		t.Helper()
		out, err := exec.Command(self, append([]string{command}, args...)...).CombinedOutput()
		if good := strings.HasPrefix(want, "copied"); (err == nil) != good || !strings.Contains(string(out), want) {
			t.Errorf("%s %q: %v: %s, want %q", command, args, err, out, want)
		}
	}
	var c struct{ Token, Session, Edit string }
	s.do("POST", "/api/v1/sessions", `{"source":"fn main() {}"}`, &c)
	page := typeAt(t, s, c.Edit)
	page.until("it has the text", synced)
	page.insert("// typed before\n")
	page.until("it is acknowledged", synced)
	var link struct{ ID string }
	if status := s.do("POST", "/api/v1/sessions/"+c.Token+"/snapshots", "", &link); status != http.StatusCreated {
		t.Errorf("a permanent link: status %d", status)
	}
	corust("another corust serve uses this database", "migrate", "--database", to, file)
	s.stop()
	corust(`invalid --database "`+file+`" (want the new database`, "migrate", "--database", file, file)
	corust("no such file", "migrate", "--database", to, file+"x")
	corust("copied 1 sessions and 1 permanent links from "+file, "migrate", "--database", to, file)
	has := func(s *served, what string) {
		t.Helper()
		var text string
		if status := s.do("GET", "/api/v1/sessions/"+c.Token+"/text", "", &text); status != http.StatusOK || text != "// typed before\nfn main() {}" {
			t.Errorf("the text at %s: status %d, %q", what, status, text)
		}
		if status := s.do("GET", "/api/v1/snapshots/"+link.ID, "", &text); status != http.StatusOK || !strings.Contains(text, "typed before") {
			t.Errorf("the permanent link at %s: status %d, %q", what, status, text)
		}
	}
	has(startNode(t, to), "a node")
	if again := startServe(t, file); !strings.Contains(again.start, "since its sessions were copied to another database") {
		t.Errorf("a server with the file: %s", again.start)
	} else {
		again.stop()
	}
	corust("has sessions or permanent links already", "migrate", "--database", to, file)

	// A back-up while the node runs, for another database of either kind.
	saved, back := filepath.Join(t.TempDir(), "saved.db"), pgtest.Schema(t, srv.URL())
	corust("copied 1 sessions from PostgreSQL at 127.0.0.1:", "backup", "--database", to, saved)
	corust("exists", "backup", "--database", to, saved)
	corust("there are no tables of corust", "backup", "--database", back, saved+"x")
	corust("has sessions or permanent links already", "restore", "--database", to, saved)
	corust("copied 1 sessions and 1 permanent links from "+saved+" to PostgreSQL at 127.0.0.1:", "restore", "--database", back, saved)
	has(startNode(t, back), "a node of the restored database")
	restored := filepath.Join(t.TempDir(), "sessions.db")
	corust("copied "+saved, "restore", "--database", restored, saved)
	single := startServe(t, restored)
	has(single, "a server of the restored file")
	if !strings.Contains(single.start, "since it is a back-up") {
		t.Errorf("the server of the restored file: %s", single.start)
	}
}
