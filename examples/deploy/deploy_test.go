// Package deploy holds what runs corust serve for real; its tests use each file
// as its head says. What a machine lacks is skipped with the reason. The units of
// systemd are checked here and tried by vm/run.
package deploy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/testaddr"
	"github.com/gorilla/websocket"
)

// corust builds the program once, as make build does.
var corust = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "corust-deploy-")
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "corust")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-o", name, "../../cmd/corust")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build corust: %w: %s", err, out)
	}
	return name, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if name, err := corust(); err == nil {
		os.RemoveAll(filepath.Dir(name))
	}
	os.Exit(code)
}

func program(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("these are ways to run it on Linux")
	}
	name, err := corust()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// have skips without a command.
func have(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("there is no %s here", name)
	}
}

// command runs a command within a minute and gives what it printed.
func command(t *testing.T, env []string, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func must(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	out, err := command(t, env, name, args...)
	if err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, out)
	}
	return strings.TrimSpace(out)
}

// A site is a server as its users see it: the address up to the slash, and how they
// connect to it, which is nil for the usual way.
type site struct {
	*testing.T
	url string
	via *http.Transport
}

func (s site) client() *http.Client {
	if s.via == nil {
		return http.DefaultClient
	}
	return &http.Client{Transport: s.via}
}

// socket opens the socket of the session at an address, as a page of an origin does.
func (s site) socket(at, origin string) (*websocket.Conn, *http.Response, error) {
	d := *websocket.DefaultDialer
	if s.via != nil {
		d.NetDialContext, d.TLSClientConfig = s.via.DialContext, s.via.TLSClientConfig
	}
	return d.Dial("ws"+strings.TrimPrefix(at, "http")+"/socket", http.Header{"Origin": {origin}})
}

func (s site) ready() {
	s.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		res, err := s.client().Get(s.url + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			s.Fatalf("%s is not ready: %v", s.url, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (s site) post(path string, body any) (*http.Response, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return s.client().Post(s.url+path, "application/json", bytes.NewReader(data))
}

func (s site) session(source string) (token string) {
	s.Helper()
	res, err := s.post("/api/v1/sessions", map[string]string{"source": source})
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	var c struct{ Token string }
	if err := json.NewDecoder(res.Body).Decode(&c); err != nil || c.Token == "" {
		s.Fatalf("no session: %s, %v", res.Status, err)
	}
	return c.Token
}

// run runs a session's text and gives the lines of its stream; first is called
// behind the first line of output.
func (s site) run(token string, first func()) string {
	s.Helper()
	res, err := s.post("/api/v1/sessions/"+token+"/runs", map[string]string{"mode": "debug"})
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	var all strings.Builder
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		all.WriteString(lines.Text() + "\n")
		if first != nil && strings.Contains(lines.Text(), `"type":"output"`) {
			first()
			first = nil
		}
	}
	return all.String()
}

// ok checks that a run of a session ends well.
func (s site) ok(token, when string) {
	s.Helper()
	if got := s.run(token, nil); !strings.Contains(got, `"verdict":"ok"`) {
		s.Errorf("a run %s:\n%s", when, got)
	}
}

// page opens the address as a browser does, and then the session's socket.
func (s site) page() {
	s.Helper()
	res, err := s.client().Get(s.url + "/")
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || !bytes.Contains(page, []byte("<script")) {
		s.Fatalf("the page: %s, %v: %.300s", res.Status, err, page)
	}
	at := res.Request.URL
	if !strings.HasPrefix(at.String(), s.url+"/s/") {
		s.Errorf("the page of a session is at %s", at)
	}
	conn, _, err := s.socket(at.String(), at.Scheme+"://"+at.Host)
	if err != nil {
		s.Fatalf("the socket: %v", err)
	}
	defer conn.Close()
	if err := conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"type":"hello","protocol":%d,"key":"000102030405060708090a0b0c0d0e0f"}`, wire.ProtocolVersion)); err != nil {
		s.Error(err)
	}
	if _, m, err := conn.ReadMessage(); err != nil || !bytes.Contains(m, []byte(`"welcome"`)) {
		s.Errorf("the session says %.300s, %v", m, err)
	}
}

const (
	hello = `fn main() { println!("hello") }`
	slow  = `fn main() { println!("begun"); std::thread::sleep(std::time::Duration::from_secs(2)); println!("ended") }`
)

// TestContainer starts the server in a container of each kind, restarts it and
// stops it in the middle of a run.
func TestContainer(t *testing.T) {
	corust := program(t)
	have(t, "docker")
	if out, err := command(t, nil, "docker", "version", "--format", "{{.Server.Version}}"); err != nil {
		t.Skipf("no engine answers (.ci/engine up): %s", strings.TrimSpace(out))
	}
	for kind, image := range map[string]string{"docker": "corust/box:stable", "native": "corust/base"} {
		t.Run(kind, func(t *testing.T) {
			ids := strings.Fields(must(t, nil, "docker", "images", "--quiet", image))
			if len(ids) == 0 {
				t.Skipf("the engine has no %s (corust image build --bootstrap=host)", image)
			}
			if kind == "native" && os.Geteuid() != 0 {
				t.Skip("an engine of one's own cannot give the rights that this takes")
			}
			var random [4]byte
			rand.Read(random[:])
			name := fmt.Sprintf("corust-deploy-%x", random)
			t.Cleanup(func() {
				_, _ = command(t, nil, "docker", "rm", "--force", name)
				_, _ = command(t, nil, "docker", "volume", "rm", name)
				_, _ = command(t, nil, "docker", "rmi", "--no-prune", name+":"+kind)
			})
			addr := testaddr.Free(t)
			out := must(t, []string{"CORUST=" + corust, "NAME=" + name, "BASE=" + ids[0], "PUBLISH=--network host", "DOCKER_BUILDKIT=0"},
				"./container", kind, "--listen", addr)
			s := site{T: t, url: "http://" + addr}
			logs := func() string { return must(t, nil, "docker", "logs", name) }
			defer func() {
				if t.Failed() {
					t.Logf("%s\n%s", out, logs())
				}
			}()
			s.ready()
			s.page()
			token := s.session(hello)
			s.ok(token, "at first")
			must(t, nil, "docker", "restart", "--time", "60", name)
			s.ready()
			s.ok(token, "after a restart")
			if strings.Contains(logs(), "counts as restored") {
				t.Error("a restart was taken for a restored copy")
			}
			got := s.run(s.session(slow), func() {
				go func() { _, _ = command(t, nil, "docker", "stop", "--time", "60", name) }()
			})
			if !strings.Contains(got, `"verdict":"ok"`) {
				t.Errorf("a run over a stop:\n%s", got)
			}
			must(t, nil, "docker", "wait", name)
			if code := must(t, nil, "docker", "inspect", "--format", "{{.State.ExitCode}}", name); code != "0" {
				t.Errorf("exit code %s after a stop", code)
			}
		})
	}
}

// part is a process that a test starts, and can kill.
type part struct {
	cmd  *exec.Cmd
	said *bytes.Buffer
}

// start starts a program that runs until the test ends.
func start(t *testing.T, env []string, name string, args ...string) *part {
	t.Helper()
	p := &part{exec.Command(name, args...), new(bytes.Buffer)}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		_ = p.cmd.Wait()
		if t.Failed() {
			t.Logf("%s %s:\n%s", filepath.Base(name), strings.Join(args, " "), p.said)
		}
	})
	return p
}

// kill ends a process as a crash does.
func (p *part) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// replaced returns a file with each of some texts, which must stand in it once, replaced by
// the one behind it.
func replaced(t *testing.T, name string, changes ...string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for i := 0; i < len(changes); i += 2 {
		if strings.Count(text, changes[i]) != 1 {
			t.Fatalf("%s has no single %q", name, changes[i])
		}
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	return text
}

// startNginx starts nginx with what an http block includes.
func startNginx(t *testing.T, dir, block string) {
	t.Helper()
	conf := fmt.Sprintf(`daemon off; error_log stderr; pid %[1]s/pid;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
%[2]s
}
`, dir, block)
	if err := os.WriteFile(dir+"/nginx.conf", []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, nil, "nginx", "-t", "-p", dir, "-c", dir+"/nginx.conf")
	start(t, nil, "nginx", "-p", dir, "-c", dir+"/nginx.conf")
}

// TestNginx puts nginx.conf before a server: the page, a socket, and a run whose
// lines come as they are made.
func TestNginx(t *testing.T) {
	corust := program(t)
	have(t, "nginx")
	if out, err := command(t, nil, corust, "doctor"); err != nil {
		t.Skipf("no boxes here that hold every limit: %s", out)
	}
	dir := t.TempDir()
	front, back := testaddr.Free(t), testaddr.Free(t)
	block := replaced(t, "nginx.conf", "listen 80;", "listen "+front+";", "http://127.0.0.1:8080;", "http://"+back+";")
	startNginx(t, dir, block)
	start(t, []string{"CORUST_SERVE_TRUSTED_PROXIES=127.0.0.1", "CORUST_SERVE_ADDRESS_SESSIONS=4"},
		corust, "serve", "--listen", back, "--prefix", "/corust", "--database", dir+"/sessions.db")
	s := site{T: t, url: "http://" + front + "/corust"}
	s.ready()
	s.page()
	first := false
	got := s.run(s.session(slow), func() { first = true })
	if !first || !strings.Contains(got, `"verdict":"ok"`) {
		t.Errorf("a run:\n%s", got)
	}
	// What a client says of its address is not believed, what nginx says is: all
	// of these are from one, which is not nginx's own.
	client := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext}}
	defer client.CloseIdleConnections()
	limited := false
	for i := range 8 {
		req, err := http.NewRequest(http.MethodPost, s.url+"/api/v1/sessions", strings.NewReader(`{"source":""}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i))
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		limited = limited || res.StatusCode == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("a client chose the address that limits count")
	}
}

// TestNginxWithTLS puts nginx.conf before a server as docs/operations.md does: nginx has the
// certificate, the location is /, and the server knows the name of the host.
func TestNginxWithTLS(t *testing.T) {
	corust := program(t)
	have(t, "nginx")
	if out, err := command(t, nil, corust, "doctor"); err != nil {
		t.Skipf("no boxes here that hold every limit: %s", out)
	}
	const host = "corust.example.org"
	dir := t.TempDir()
	roots := selfSigned(t, dir, host)
	front, back := testaddr.Free(t), testaddr.Free(t)
	startNginx(t, dir, replaced(t, "nginx.conf",
		"listen 80;", fmt.Sprintf("listen %s ssl; ssl_certificate %[2]s/cert.pem; ssl_certificate_key %[2]s/key.pem;", front, dir),
		"location /corust/ {", "location / {", "http://127.0.0.1:8080;", "http://"+back+";"))
	config := "[serve]\ntrusted_proxies = \"127.0.0.1\"\nhosts = \"" + host + "\"\n"
	if err := os.WriteFile(dir+"/config.toml", []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, nil, corust, "serve", "--config", dir+"/config.toml", "--listen", back, "--database", dir+"/sessions.db")
	via := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, front)
		},
	}
	t.Cleanup(via.CloseIdleConnections)
	s := site{t, "https://" + host, via}
	s.ready()
	s.page()
	token := s.session(hello)
	s.ok(token, "through TLS")
	at := s.url + "/s/" + token
	if conn, res, err := s.socket(at, "https://evil.example"); err == nil {
		conn.Close()
		t.Error("a page of another site has the socket")
	} else if res == nil || res.StatusCode != http.StatusForbidden {
		t.Errorf("the socket for a page of another site: %v, %+v", err, res)
	}
	// A name that somebody else gave to this address.
	req, err := http.NewRequest(http.MethodGet, s.url+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	res, err := s.client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusMisdirectedRequest && res.StatusCode != http.StatusForbidden {
		t.Errorf("another name is answered with %s", res.Status)
	}
}

// selfSigned writes cert.pem and key.pem for a host to a directory, and returns the pool
// that trusts them.
func selfSigned(t *testing.T, dir, host string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(cert)
	return roots
}

// TestUnits lets systemd read the units; vm/run tries them.
func TestUnits(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("systemd is of Linux")
	}
	have(t, "systemd-analyze")
	units, err := filepath.Glob("*.service")
	if err != nil || len(units) == 0 {
		t.Fatalf("no units: %v", err)
	}
	more, err := filepath.Glob("cluster/*.service")
	if err != nil || len(more) == 0 {
		t.Fatalf("no units of a cluster: %v", err)
	}
	units = append(units, more...)
	timers, err := filepath.Glob("*.timer")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var args []string
	for _, unit := range append(units, timers...) {
		text, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		// It wants the programs to be there.
		text = bytes.ReplaceAll(text, []byte("ExecStart=corust "), []byte("ExecStart=true "))
		name := filepath.Join(dir, filepath.Base(unit))
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	out, err := command(t, nil, "systemd-analyze", append([]string{"verify", "--man=no"}, args...)...)
	for _, unit := range append(units, timers...) {
		if err != nil || strings.Contains(out, filepath.Base(unit)) {
			t.Fatalf("%v: %s", err, out)
		}
	}
}
