package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/wire"
	"github.com/gorilla/websocket"
)

// writePair makes a certificate for localhost and other names, and writes it to cert.pem
// and key.pem of a directory.
func writePair(t *testing.T, dir string, serial int64, names ...string) *x509.Certificate {
	t.Helper()
	cert, key, parsed := newPair(t, serial, names...)
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "cert.pem"), cert, 0o600), os.WriteFile(filepath.Join(dir, "key.pem"), key, 0o600)); err != nil {
		t.Fatal(err)
	}
	return parsed
}

func newPair(t *testing.T, serial int64, names ...string) (cert, key []byte, parsed *x509.Certificate) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "corust test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: append([]string{"localhost"}, names...), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	if parsed, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), parsed
}

func serialOf(t *testing.T, c *certificate) int64 {
	t.Helper()
	pair, err := c.get(nil)
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf.SerialNumber.Int64()
}

// The server takes a renewed certificate without a restart, even if it reads the files
// during the renewal. It logs an invalid pair once and keeps the last valid one.
func TestCertificateIsRenewed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writePair(t, dir, 1)
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	var said bytes.Buffer
	c, err := openCertificate(cert, key, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	c.now = func() time.Time { return now }
	later := func() { now = now.Add(reloadTime) }
	later()
	if n := serialOf(t, c); n != 1 || said.Len() > 0 {
		t.Errorf("serial %d, said %s", n, &said)
	}
	// Half of a renewal: the new certificate with the old key.
	next, nextKey, _ := newPair(t, 2)
	replace(t, cert, next)
	for range 3 {
		later()
		if n := serialOf(t, c); n != 1 {
			t.Errorf("serial %d in the middle of a renewal", n)
		}
	}
	if n := strings.Count(said.String(), "not renewed"); n != 1 {
		t.Errorf("said %d times: %s", n, &said)
	}
	// The other half; but files are looked at once a second.
	replace(t, key, nextKey)
	if n := serialOf(t, c); n != 1 {
		t.Errorf("serial %d within the second", n)
	}
	later()
	if n := serialOf(t, c); n != 2 || !strings.Contains(said.String(), "certificate renewed") {
		t.Errorf("serial %d, said %s", n, &said)
	}
	// Gone, and back.
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	later()
	if n := serialOf(t, c); n != 2 {
		t.Errorf("serial %d without a key", n)
	}
	writePair(t, dir, 3)
	later()
	if n := serialOf(t, c); n != 3 {
		t.Errorf("serial %d at the end", n)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { serialOf(t, c) })
	}
	wg.Wait()
}

// replace puts another file in the place of one, as renewing does.
func replace(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := errors.Join(os.WriteFile(name+".new", data, 0o600), os.Rename(name+".new", name)); err != nil {
		t.Fatal(err)
	}
}

func TestNoCertificateNoServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := openCertificate(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), slog.New(slog.DiscardHandler)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no files: %v", err)
	}
}

// A server with a certificate and metrics, in a separate process: it serves the page by
// https and a session by wss, also after a renewal. Metrics and the reason for the boxes
// are on the metrics address only.
func TestServeTLSAndMetrics(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	dir := t.TempDir()
	first := writePair(t, dir, 1)
	s := startServe(t, filepath.Join(dir, "sessions.db"),
		"CORUST_SERVE_TLS_CERT="+filepath.Join(dir, "cert.pem"), "CORUST_SERVE_TLS_KEY="+filepath.Join(dir, "key.pem"),
		"CORUST_SERVE_METRICS_LISTEN=127.0.0.1:0")
	if !strings.HasPrefix(s.url, "https://") {
		t.Fatalf("the address is %s", s.url)
	}
	trust := func(c *x509.Certificate) *tls.Config {
		pool := x509.NewCertPool()
		pool.AddCert(c)
		return &tls.Config{RootCAs: pool}
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trust(first)}}
	res, err := client.Get(s.url + "/") // makes a session and goes to its page
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || res.StatusCode != http.StatusOK || !bytes.Contains(page, []byte("<script")) {
		t.Fatalf("the page: %s, %v, %.200s", res.Status, err, page)
	}
	socket := "wss" + strings.TrimPrefix(res.Request.URL.String(), "https") + "/socket"
	hello := func(trusted *x509.Certificate) error {
		d := websocket.Dialer{TLSClientConfig: trust(trusted)}
		conn, _, err := d.Dial(socket, http.Header{"Origin": {s.url}})
		if err != nil {
			return err
		}
		defer conn.Close()
		greeting, err := wire.Encode(&wire.Hello{Protocol: wire.ProtocolVersion, Key: wire.NewKey(), Name: "tls"})
		if err != nil {
			return err
		}
		if err := conn.WriteMessage(websocket.TextMessage, greeting); err != nil {
			return err
		}
		_, data, err := conn.ReadMessage()
		if err == nil && !bytes.Contains(data, []byte(`"welcome"`)) {
			t.Errorf("the session sent %s", data)
		}
		return err
	}
	if err := hello(first); err != nil {
		t.Errorf("wss: %v", err)
	}
	// The files are looked at once a second.
	second := writePair(t, dir, 2)
	deadline := time.Now().Add(30 * time.Second)
	for err = hello(second); err != nil && time.Now().Before(deadline); err = hello(second) {
		time.Sleep(100 * time.Millisecond)
	}
	if err != nil {
		t.Errorf("after a renewal: %v", err)
	}

	get := func(url string) (int, string) {
		c := &http.Client{Transport: &http.Transport{TLSClientConfig: trust(second)}}
		res, err := c.Get(url)
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Error(err)
		}
		return res.StatusCode, string(body)
	}
	operator := s.said(`metrics and health on (http://\S+)`)
	if status, body := get(operator + "/metrics"); status != http.StatusOK || !strings.Contains(body, "corust_connections 0") && !strings.Contains(body, "corust_connections 1") || !strings.Contains(body, "corust_boxes_warm") || !strings.Contains(body, "go_goroutines") {
		t.Errorf("metrics: %d, %.300s", status, body)
	}
	for _, url := range []string{s.url, operator} {
		var health struct {
			Status string
			Boxes  struct{ Backend, Why string }
		}
		status, body := get(url + "/healthz")
		if err := json.Unmarshal([]byte(body), &health); err != nil || status != http.StatusOK || health.Boxes.Backend != "native" || health.Boxes.Why != "configured" {
			t.Errorf("health: %d, %s", status, body)
		}
		if status, body := get(url + "/readyz"); status != http.StatusOK {
			t.Errorf("readiness: %d, %s", status, body)
		}
	}
	if status, _ := get(s.url + "/metrics"); status != http.StatusNotFound {
		t.Errorf("metrics among the pages: %d", status)
	}
	if status, _ := get(operator + "/"); status != http.StatusNotFound {
		t.Errorf("pages among the metrics: %d", status)
	}
}
