package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/agent"
	"github.com/corust-dev/corust/runner/native"
)

// refusingEngine is a container engine that has an image for boxes and refuses to
// make or remove a container.
type refusingEngine struct{}

func (refusingEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func(v any) { _ = json.NewEncoder(w).Encode(v) }
	path := r.URL.Path
	w.Header().Set("Api-Version", engine.MinAPI)
	w.Header().Set("Content-Type", "application/json")
	switch {
	case path == "/_ping":
	case strings.HasSuffix(path, "/version"):
		answer(map[string]any{"ApiVersion": engine.MinAPI})
	case strings.HasSuffix(path, "/info"):
		answer(map[string]any{
			"OSType": "linux", "CgroupVersion": "2", "SecurityOptions": []string{"name=seccomp"},
			"MemoryLimit": true, "SwapLimit": true, "PidsLimit": true, "CpuCfsQuota": true,
		})
	case strings.HasSuffix(path, "/containers/json"):
		answer([]any{})
	case strings.Contains(path, "/images/"):
		answer(map[string]any{"Id": "sha256:1", "Config": map[string]any{"Labels": map[string]string{
			engine.LabelAgent: strconv.Itoa(agent.Version), engine.LabelRustc: "1.90.0", engine.LabelToolchain: "01",
		}}})
	default:
		w.WriteHeader(http.StatusInternalServerError)
		answer(map[string]any{"message": "the disk is broken"})
	}
}

// Each record that a backend logs is a line on the command's standard error.
func TestWarningsReachTheUser(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(refusingEngine{})
	t.Cleanup(site.Close)
	dir := t.TempDir()
	program, settings := filepath.Join(dir, "a.rs"), filepath.Join(dir, "config.toml")
	text := fmt.Sprintf("backend = \"docker\"\n[docker]\nhost = %q\n", strings.Replace(site.URL, "http", "tcp", 1))
	for name, text := range map[string]string{program: "fn main() {}", settings: text} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, stderr bytes.Buffer
	code := execute(t.Context(), []string{"--config", settings, "run", program}, stdio{in: strings.NewReader(""), out: &out, err: &stderr})
	if code == exitOK {
		t.Errorf("exit code %d", code)
	}
	var warnings []string
	for line := range strings.Lines(stderr.String()) {
		if strings.HasPrefix(line, "corust: warning: box not removed yet: ") && strings.Contains(line, "the disk is broken (box corust-") {
			warnings = append(warnings, line)
		}
	}
	if len(warnings) != 1 {
		t.Errorf("%d warnings of the backend in %q", len(warnings), &stderr)
	}
}

// keeping is a native backend that cannot remove a control group.
type keeping struct{ runner.Backend }

func (keeping) Name() string { return native.Name }

func (keeping) Sweep(context.Context) (int, error) {
	return 2, errors.New("remove control group /g/1: device or resource busy")
}

func TestSweepWarns(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	newApp(stdio{err: &stderr}).sweep(t.Context(), keeping{})
	want := "corust: warning: cannot remove what an earlier process left: remove control group /g/1: device or resource busy (backend native)\n"
	if stderr.String() != want {
		t.Errorf("got %q, want %q", &stderr, want)
	}
	if c := checkLeftovers(t.Context(), keeping{}); c.State != native.StateWarn || !strings.Contains(c.Found, "/g/1") || c.Cost == "" || c.Fix == "" {
		t.Errorf("doctor finds %+v", c)
	}
}

// linking is a backend with two toolchains.
type linking struct{ runner.Backend }

func (linking) Name() string { return native.Name }

func (linking) Toolchains(context.Context) ([]runner.Toolchain, error) {
	return []runner.Toolchain{{Channel: "stable", Version: "1.95.0", LinkArgs: "crt1.o"}, {Channel: "1.63.0", Version: "1.63.0"}}, nil
}

func TestDoctorNamesTheLinkers(t *testing.T) {
	t.Parallel()
	want := "stable (rustc 1.95.0, linked by rust-lld), 1.63.0 (rustc 1.63.0, linked by cc)"
	if c := checkToolchains(t.Context(), linking{}); c.Found != want || c.State != native.StateOK {
		t.Errorf("%+v, want %q", c, want)
	}
}
