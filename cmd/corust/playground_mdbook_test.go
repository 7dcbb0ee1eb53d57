package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
	"golang.org/x/net/html"
)

// A book by an unmodified mdBook, read in an unmodified browser, shows what each of its
// programs prints. The browser takes this server for play.rust-lang.org.
func TestMDBook(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	tool := map[string]string{}
	for _, name := range []string{"mdbook", "chromium"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("there is no %s (scripts/setup mdbook browser)", name)
		}
		tool[name] = path
	}
	dir := t.TempDir()
	book := filepath.Join(dir, "book")
	if out, err := exec.Command(tool["mdbook"], "build", "--dest-dir", book, filepath.Join("testdata", "book")).CombinedOutput(); err != nil {
		t.Fatalf("mdbook: %v\n%s", err, out)
	}
	s, at := startAsPlayground(t, dir, "60s")
	// The browser's clock stands while an answer is due, so mdBook's timeout of 6 s does
	// not depend on how busy this machine is.
	versions := s.versions()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool["chromium"], "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--ignore-certificate-errors",
		"--host-resolver-rules=MAP play.rust-lang.org "+at, "--virtual-time-budget=20000", "--dump-dom",
		"file://"+filepath.Join(book, "programs.html"))
	cmd.WaitDelay = time.Second
	cmd.Env = append(os.Environ(), "HOME="+dir)
	var messages strings.Builder
	cmd.Stderr = &messages
	dom, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium: %v\n%s", err, messages.String())
	}
	page, err := html.Parse(strings.NewReader(string(dom)))
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for pre := range page.Descendants() {
		if pre.Data != "pre" {
			continue
		}
		var source, result string
		button := false
		for n := range pre.Descendants() {
			class := " " + attribute(n, "class") + " "
			switch {
			case n.Data == "code" && strings.Contains(class, " result "):
				result = content(n)
			case n.Data == "code":
				source = content(n)
			case n.Data == "button" && strings.Contains(class, " play-button ") && !strings.Contains(class, " hidden "):
				button = true
			}
		}
		_, want, ok := strings.Cut(source, "// want: ")
		if !ok {
			continue
		}
		blocks++
		want, _, _ = strings.Cut(strings.TrimSpace(want), "\n")
		switch {
		case strings.Contains(source, "#![feature") && versions["nightly"] == "":
			want = "nightly is not installed on this server"
		case strings.Contains(source, "gen = 1") && !knows2024(versions["stable"]):
			want = "edition"
		}
		if (want == "no button") == button || button && !strings.Contains(result, want) {
			t.Errorf("button: %v, result: %q, want %q, of\n%s", button, result, want, source)
		}
	}
	if blocks != 12 {
		t.Errorf("%d blocks, want 12", blocks)
	}
}

// startAsPlayground starts a server that answers as play.rust-lang.org, by the certificate
// cert.pem of a directory, and returns its address, too.
func startAsPlayground(t *testing.T, dir, budget string) (s *served, host string) {
	t.Helper()
	writePair(t, dir, 1, "play.rust-lang.org")
	s = startServe(t, config.InMemory, "CORUST_SERVE_PLAYGROUND_ENABLED=true", "CORUST_SERVE_PLAYGROUND_BUDGET="+budget,
		"CORUST_SERVE_TLS_CERT="+filepath.Join(dir, "cert.pem"), "CORUST_SERVE_TLS_KEY="+filepath.Join(dir, "key.pem"),
		"CORUST_SERVE_PLAYGROUND_HOSTS=play.rust-lang.org")
	return s, strings.TrimPrefix(s.url, "https://")
}

// versions are those of the compiler, by channel; empty for one that is not installed.
func (s *served) versions() map[string]string {
	s.Helper()
	var all map[string]struct{ Rustc struct{ Version string } }
	req, err := http.NewRequest("GET", s.url+"/meta/versions", nil)
	if err != nil {
		s.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} // a certificate of this test
	defer client.CloseIdleConnections()
	if _, data := exchange(s.T, client, req); json.Unmarshal(data, &all) != nil {
		s.Fatalf("versions: %s", data)
	}
	versions := map[string]string{}
	for channel, v := range all {
		versions[channel] = v.Rustc.Version
	}
	return versions
}

// knows2024 reports whether a compiler has the edition 2024.
func knows2024(version string) bool {
	newest, err := runner.Toolchain{Version: version}.DefaultEdition()
	return err == nil && newest == "2024"
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// content is the text of an element.
func content(n *html.Node) string {
	var text strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			text.WriteString(c.Data)
		}
	}
	return text.String()
}
