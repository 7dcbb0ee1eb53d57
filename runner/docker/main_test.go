package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/agent"
)

// These tests use the engine that answers, and are skipped when none does. They make
// the image that they need, of a few megabytes: an agent and the programs in
// testdata/box.

func TestMain(m *testing.M) {
	code := m.Run()
	for _, clean := range cleanups {
		clean()
	}
	os.Exit(code)
}

var cleanups []func()

// spec is what tests make boxes to.
var spec = runner.BoxSpec{
	Memory: 128 << 20, Processes: 32, Work: 16 << 20, Tmp: 8 << 20, Inodes: 256, OpenFiles: 64,
}

// binary builds testdata/box once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "corust-box-")
	if err != nil {
		return "", err
	}
	cleanups = append(cleanups, func() { os.RemoveAll(dir) })
	file := filepath.Join(dir, "box")
	build := exec.Command("go", "build", "-o", file, "./testdata/box")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build testdata/box: %v\n%s", err, out)
	}
	return file, nil
})

// rootFS is the test image's file system.
func rootFS(t testing.TB) io.Reader {
	t.Helper()
	file, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, dir := range []string{"etc/", "opt/", "run/", "work/", "tmp/"} {
		w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o777})
	}
	w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "box", Mode: 0o755, Size: int64(len(data))})
	w.Write(data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &buf
}

// engineAt opens the engine at host, or skips the test.
func engineAt(t testing.TB, host string) *engine.Engine {
	t.Helper()
	e, err := engine.Open(context.Background(), host) // also called in cleanups
	if errors.Is(err, engine.ErrDown) || errors.Is(err, engine.ErrPermission) {
		t.Skipf("needs a Docker engine (.ci/engine up): %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// imageIn makes the test image with an entry point, and removes it in the end.
func imageIn(t testing.TB, e *engine.Engine, entrypoint string) string {
	t.Helper()
	ref := "corust/test:" + randomHex(8)
	err := e.Import(t.Context(), rootFS(t), ref, []string{
		fmt.Sprintf(`ENTRYPOINT ["/box", %q]`, entrypoint),
		"ENV SECRET=of-the-image",
		"LABEL " + engine.LabelAgent + "=" + strconv.Itoa(agent.Version),
		"LABEL " + engine.LabelRustc + "=1.2.3",
		"LABEL " + engine.LabelToolchain + "=0123",
		"LABEL " + engine.LabelComponents + "=rustfmt",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.RemoveImage(context.Background(), ref); err != nil && !errors.Is(err, engine.ErrDown) {
			t.Error(err)
		}
	})
	return ref
}

// backend opens a Backend on the test image, and shows in the end that the
// engine has not one thing more than before.
func backend(t testing.TB) *Backend {
	t.Helper()
	return backendWith(t, "", "agent", Config{})
}

func backendWith(t testing.TB, host, entrypoint string, cfg Config) *Backend {
	t.Helper()
	e := engineAt(t, host)
	cfg.Host = host
	cfg.Images = map[runner.Channel]string{DefaultChannel: imageIn(t, e, entrypoint)}
	b, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if left := ours(t, b); len(left) > 0 {
			t.Errorf("containers left: %v", left)
		}
	})
	return b
}

// ours lists the names of a backend's containers.
func ours(t testing.TB, b *Backend) []string {
	t.Helper()
	list, err := engineAt(t, b.cfg.Host).Containers(context.Background(), b.reaper.label)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range list {
		names = append(names, c.Name+" "+c.State)
	}
	return names
}

// box makes a box that is destroyed in the end.
func box(t testing.TB, b *Backend, spec runner.BoxSpec) *Box {
	t.Helper()
	made, err := b.NewBox(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := made.Destroy(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return made.(*Box)
}

// outcome is what an agent reported of a one-step job.
type outcome struct {
	stdout, stderr string
	end            agent.StepEnd
}

// run has a box run a program of testdata/box.
func run(box runner.Box, stdin string, argv ...string) (outcome, error) {
	var out outcome
	w, r := agent.NewWriter(box), agent.NewReader(box)
	job := agent.Job{Nonce: "n", Steps: []agent.Step{{
		Argv: append([]string{"/box"}, argv...), Env: []string{"KEY=value"}, Wall: time.Minute,
		Stdout: 64_000, Stderr: 64_000, Stdin: true,
	}}}
	if err := errors.Join(w.WriteJSON(agent.TypeJob, job), w.Write(agent.TypeStart, nil)); err != nil {
		return out, err
	}
	if stdin != "" {
		if err := w.Write(agent.TypeStdin, []byte(stdin)); err != nil {
			return out, err
		}
	}
	if err := w.Write(agent.TypeStdin, nil); err != nil {
		return out, err
	}
	for {
		typ, payload, err := r.Next()
		if err != nil {
			return out, err
		}
		switch typ {
		case agent.TypeStdout:
			out.stdout += string(payload)
		case agent.TypeStderr:
			out.stderr += string(payload)
		case agent.TypeStepEnd:
			if err := agent.Decode(typ, payload, &out.end); err != nil {
				return out, err
			}
		case agent.TypeFailure:
			return out, fmt.Errorf("agent failed: %s", payload)
		case agent.TypeEnd:
			return out, nil
		}
	}
}

// asker returns a function that gets a path from an engine at a Unix socket.
func asker(t testing.TB, host string) func(path string, v any) {
	t.Helper()
	socket, ok := strings.CutPrefix(host, "unix://")
	if !ok {
		t.Skipf("needs an engine at a Unix socket to ask what it has; this one is at %s", host)
	}
	return func(path string, v any) {
		t.Helper()
		tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}}
		defer tr.CloseIdleConnections()
		resp, err := (&http.Client{Transport: tr}).Get("http://engine/v" + engine.MinAPI + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
			t.Fatal(err)
		}
	}
}

// holdings counts what an engine at a Unix socket has: networks, volumes, and
// containers, those with a label or, if that is empty, all.
func holdings(t testing.TB, host, label string) map[string]int {
	t.Helper()
	get := asker(t, host)
	var containers, networks []struct{}
	var volumes struct{ Volumes []struct{} }
	query := url.Values{"all": {"1"}}
	if label != "" {
		filter, err := json.Marshal(map[string][]string{"label": {label}})
		if err != nil {
			t.Fatal(err)
		}
		query.Set("filters", string(filter))
	}
	get("/containers/json?"+query.Encode(), &containers)
	get("/networks", &networks)
	get("/volumes", &volumes)
	return map[string]int{"containers": len(containers), "networks": len(networks), "volumes": len(volumes.Volumes)}
}
