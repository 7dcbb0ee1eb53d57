package docker

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"strings"
	"testing"
	"time"
)

// A creation that is given up here goes on in the engine, and Close waits for what
// becomes of it.
func TestCreationGivenUpIsRemoved(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	host, created := slowEngine(t, func() {
		cancel()
		<-time.After(300 * time.Millisecond) // a Close that does not wait has returned
	})
	b := backendWith(t, host, "agent", Config{})
	if _, err := b.NewBox(ctx, spec); !errors.Is(err, context.Canceled) {
		t.Errorf("NewBox: %v, want %v", err, context.Canceled)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	<-created
	if left := ours(t, b); len(left) > 0 {
		t.Errorf("containers left: %v", left)
	}
}

// slowEngine is the address of an engine that calls before when it is to create a
// container, creates it even if the client has gone, and closes created then. It serves
// one creation.
func slowEngine(t *testing.T, before func()) (host string, created <-chan struct{}) {
	t.Helper()
	socket := "/var/run/docker.sock"
	if host, ok := strings.CutPrefix(os.Getenv("DOCKER_HOST"), "unix://"); ok {
		socket = host
	}
	engineAt(t, "") // or skips
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	proxy := &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", "engine"
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}
	dir, err := os.MkdirTemp("", "ce") // short, for the socket's sake
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("unix", dir+"/s")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/containers/create") {
			body, _ := io.ReadAll(r.Body) // which the client ends when it goes
			before()
			r.Body = io.NopCloser(bytes.NewReader(body))
			defer close(done)
			ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), makeTime)
			defer cancel()
			r = r.WithContext(ctx)
		}
		proxy.ServeHTTP(w, r)
	})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return "unix://" + dir + "/s", done
}
