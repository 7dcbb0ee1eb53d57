package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// playrs, a command line from the crates registry, unmodified, prints what programs print.
// It has the address of play.rust-lang.org in it; a proxy connects it to this server.
// rustycli cannot be tested so: it has its certificate authorities built in.
func TestPlayrs(t *testing.T) {
	t.Parallel()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	dir := t.TempDir()
	_, at := startAsPlayground(t, dir, "2m")
	proxy := relay(t, at)
	good, bad := filepath.Join(dir, "good.rs"), filepath.Join(dir, "bad.rs")
	if err := errors.Join(
		os.WriteFile(good, []byte("fn main() {\n    println!(\"out of {}\", module_path!());\n    eprintln!(\"err\");\n}\n"), 0o600),
		os.WriteFile(bad, []byte("fn main() { no_such_function(); }\n"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	tool, err := exec.LookPath("playrs")
	if err != nil {
		t.Skip("there is no playrs (scripts/setup playrs)")
	}
	for _, tt := range []struct {
		args []string
		want []string
	}{
		{[]string{good}, []string{"Compiling playground v0.0.1 (/playground)", "Running `target/debug/playground`", "err", "Standard Output", "out of playground"}},
		{[]string{"-m", "release", "-b", bad}, []string{"cannot find function `no_such_function`", "could not compile `playground` (bin \"playground\") due to 1 previous error"}},
	} {
		t.Run(filepath.Base(tt.args[len(tt.args)-1]), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, tool, tt.args...)
			cmd.Env = append(os.Environ(), "HTTPS_PROXY="+proxy, "NO_PROXY=", "no_proxy=", "SSL_CERT_DIR=", "SSL_CERT_FILE="+filepath.Join(dir, "cert.pem"))
			out, err := cmd.CombinedOutput()
			for _, want := range tt.want {
				if err != nil || !strings.Contains(string(out), want) {
					t.Fatalf("%v: no %q in\n%s", err, want, out)
				}
			}
		})
	}
}

// relay is an HTTP proxy that connects every name to one address. It returns its URL.
func relay(t *testing.T, to string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() {
		cancel()
		ln.Close()
		open.Wait()
	})
	connect := func(c net.Conn) {
		defer c.Close()
		defer context.AfterFunc(ctx, func() { c.Close() })()
		r := bufio.NewReader(c)
		if req, err := http.ReadRequest(r); err != nil || req.Method != http.MethodConnect {
			return
		}
		server, err := net.Dial("tcp", to)
		if err != nil {
			t.Error(err)
			return
		}
		defer server.Close()
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		open.Go(func() {
			_, _ = io.Copy(server, r)
			_ = server.(*net.TCPConn).CloseWrite()
		})
		_, _ = io.Copy(c, server)
	}
	open.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			open.Go(func() { connect(c) })
		}
	})
	return "http://" + ln.Addr().String()
}
