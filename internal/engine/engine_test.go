package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeEngine answers like an engine of some version.
type fakeEngine struct {
	api     string // highest version that it speaks
	minimum string // lowest
	routes  map[string]http.HandlerFunc
}

func (f fakeEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Api-Version", f.api)
	w.Header().Set("Ostype", "linux")
	if r.URL.Path == "/_ping" {
		return
	}
	version, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v"), "/")
	w.Header().Set("Content-Type", "application/json")
	if version < f.minimum { // all have one digit, a dot and two digits
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"message":"client version %s is too old. Minimum supported API version is %s, please upgrade your client to a newer version"}`, version, f.minimum)
		return
	}
	if version > f.api {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"message":"client version %s is too new. Maximum supported API version is %s"}`, version, f.api)
		return
	}
	if h := f.routes[r.Method+" /"+path]; h != nil {
		h(w, r)
		return
	}
	fmt.Fprintf(w, `{"ApiVersion":%q,"Version":"0"}`, f.api)
}

// serve serves an engine at a Unix socket and returns its address.
func serve(t *testing.T, f http.Handler) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "e") // short, for the socket's sake
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(f)
	srv.Listener.Close()
	srv.Listener = l
	srv.Start()
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
		os.RemoveAll(dir)
	})
	return "unix://" + socket
}

func TestNegotiation(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		engine fakeEngine
		speaks string
		want   error
	}{
		{"Debian 12's", fakeEngine{api: "1.41", minimum: "1.12"}, "1.41", nil},
		{"Docker 25", fakeEngine{api: "1.44", minimum: "1.24"}, "1.44", nil},
		{"minimum 1.44", fakeEngine{api: "1.58", minimum: "1.44"}, "1.57", nil},
		{"too old", fakeEngine{api: "1.40", minimum: "1.12"}, "", ErrAPIVersion},
		{"no version", fakeEngine{api: "", minimum: "1.12"}, "", ErrAPIVersion},
		{"too new", fakeEngine{api: "1.99", minimum: "1.90"}, "", ErrAPIVersion},
	}
	for _, tt := range tests {
		e, err := Open(t.Context(), serve(t, tt.engine))
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if err != nil {
			continue
		}
		if got := e.api.ClientVersion(); got != tt.speaks {
			t.Errorf("%s: speaks %s, want %s", tt.name, got, tt.speaks)
		}
		e.Close()
	}
}

// An engine's refusals, in the words of Docker 20.10, 24 and 28, become
// sentinels.
func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status  int
		message string
		want    error
	}{
		{404, "No such image: corust/box:stable", ErrImageMissing},
		{404, `pull access denied, repository does not exist or may require 'docker login': image not found`, ErrImageMissing},
		{404, "No such container: 0123", ErrContainerMissing},
		{400, "Unknown runtime specified runsc", ErrRuntime},
		{400, "unknown or invalid runtime name: runsc", ErrRuntime},
		{500, `failed to create task for container: exec: "runsc": executable file not found in $PATH: unknown runtime`, ErrRuntime},
		{500, "mkdir /var/lib/docker/overlay2/0a: no space left on device", ErrDiskFull},
		{500, "write /var/lib/docker/tmp/0: disk quota exceeded", ErrDiskFull},
		{503, "the engine is starting", ErrDown},
	}
	for _, tt := range tests {
		refuse := func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(tt.status)
			fmt.Fprintf(w, `{"message":%q}`, tt.message)
		}
		e, err := Open(t.Context(), serve(t, fakeEngine{api: "1.44", routes: map[string]http.HandlerFunc{"POST /containers/create": refuse}}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.Create(t.Context(), "name", &Config{Image: "image"}, &HostConfig{})
		if !errors.Is(err, tt.want) {
			t.Errorf("%d %s: %v", tt.status, tt.message, err)
		}
		for _, other := range []error{ErrDown, ErrAPIVersion, ErrImageMissing, ErrContainerMissing, ErrDiskFull, ErrRuntime, ErrPermission} {
			if other != tt.want && errors.Is(err, other) {
				t.Errorf("%d %s: is %v, too", tt.status, tt.message, other)
			}
		}
		e.Close()
	}
}

func TestPermission(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		// Root may open every socket; the path of the error is the same for a
		// listener that may not be reached.
		err := classify(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", os.ErrPermission)}, "reach the engine")
		if !errors.Is(err, ErrPermission) || errors.Is(err, ErrDown) {
			t.Errorf("permission denied is %v", err)
		}
		return
	}
	host := serve(t, fakeEngine{api: "1.44"})
	if err := os.Chmod(strings.TrimPrefix(host, "unix://"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), host); !errors.Is(err, ErrPermission) || errors.Is(err, ErrDown) {
		t.Errorf("a closed socket: %v", err)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"unix:///no/such/socket", "tcp://127.0.0.1:1"} {
		if _, err := Open(t.Context(), host); !errors.Is(err, ErrDown) {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, host := range []string{"no address", "ssh://somewhere", "unix:/x"} {
		if _, err := Open(t.Context(), host); !errors.Is(err, ErrHost) {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// A request to an engine that never answers ends with its context, even where the
// client ignores the context.
func TestSilentEngine(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 1)
	silent := func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}
	e, err := Open(t.Context(), serve(t, fakeEngine{api: "1.44", routes: map[string]http.HandlerFunc{
		"POST /containers/x/attach": silent, "POST /containers/x/start": silent, "DELETE /containers/x": silent,
	}}))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for name, call := range map[string]func(context.Context) error{
		"attach": func(ctx context.Context) error { _, err := e.Attach(ctx, "x"); return err },
		"start":  func(ctx context.Context) error { return e.Start(ctx, "x") },
		"remove": func(ctx context.Context) error { return e.Remove(ctx, "x") },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-asked
			cancel()
		}()
		if err := call(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Remove asks again while the engine refuses for a state that ends by itself, as engines
// do when another request removes the container or when its process ends in between.
func TestRemoveAsksAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code    int
		message string
		want    int // requests
	}{
		{http.StatusConflict, "removal of container x is already in progress", 2},
		{http.StatusInternalServerError, "Could not kill running container x, cannot remove - Container x is not running", 2},
		{http.StatusInternalServerError, "Could not kill running container x, cannot remove - tried to kill container, but did not receive an exit event", 1},
		{http.StatusInternalServerError, "container x: driver \"overlay2\" failed to remove root filesystem", 1},
	} {
		t.Run(c.message, func(t *testing.T) {
			t.Parallel()
			asked := 0
			e, err := Open(t.Context(), serve(t, fakeEngine{api: "1.44", routes: map[string]http.HandlerFunc{
				"DELETE /containers/x": func(w http.ResponseWriter, r *http.Request) {
					if asked++; asked > 1 {
						c.code, c.message = http.StatusNotFound, "No such container: x"
					}
					w.WriteHeader(c.code)
					_ = json.NewEncoder(w).Encode(map[string]string{"message": c.message})
				},
			}}))
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			if err := e.Remove(t.Context(), "x"); (err != nil) != (c.want == 1) || asked != c.want {
				t.Errorf("asked %d times, want %d: %v", asked, c.want, err)
			}
		})
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, messages string
		lines          string
		want           error
	}{
		{"well", `{"stream":"Step 1/2\n"}{"stream":"\n"}{"aux":{"ID":"sha256:0"}}{"status":"Downloading","id":"ab","progressDetail":{"current":1,"total":2}}`, "Step 1/2|Downloading", nil},
		{"failed", `{"stream":"Step 1/2\n"}{"errorDetail":{"message":"it broke"},"error":"it broke"}`, "Step 1/2", ErrBuild},
		{"full", `{"error":"write /x: no space left on device"}`, "", ErrDiskFull},
		{"cut", `{"stream":"Step`, "", ErrDown},
	}
	for _, tt := range tests {
		var lines []string
		err := follow(strings.NewReader(tt.messages), "build", ErrBuild, func(p Progress) { lines = append(lines, p.Text) })
		if !errors.Is(err, tt.want) || strings.Join(lines, "|") != tt.lines {
			t.Errorf("%s: %q, %v", tt.name, lines, err)
		}
	}
}
