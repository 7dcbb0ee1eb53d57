package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner/native"
)

// fakeRustup makes a home of rustup whose toolchains print their versions, the first one
// the default.
func fakeRustup(t *testing.T, versions map[string]string, byDefault string) {
	t.Helper()
	target := map[string]string{"amd64": "x86_64-unknown-linux-gnu", "arm64": "aarch64-unknown-linux-gnu"}[runtime.GOARCH]
	home := t.TempDir()
	for name, version := range versions {
		dir := filepath.Join(home, "toolchains", name+"-"+target)
		for file, text := range map[string]string{"bin/rustc": "#!/bin/sh\necho 'rustc " + version + "'\n", "lib/rustlib/" + target + "/lib/libstd.rlib": "", "lib/librustc_driver-1.so": version} {
			file = filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(home, "settings.toml"), []byte("default_toolchain = \""+byDefault+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("RUSTUP_HOME", home)
	t.Setenv("RUSTUP_TOOLCHAIN", "")
	b, err := native.New(native.Config{})
	if errors.Is(err, native.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
}

// Shells complete --channel with the toolchains of this machine, the default first, with
// no file names, and also where the configuration cannot be read.
func TestChannelIsCompleted(t *testing.T) {
	fakeRustup(t, map[string]string{"stable": "1.95.0", "nightly": "1.97.0-nightly", "1.80.1": "1.80.1"}, "nightly")
	const want = "nightly\nstable\n1.80.1\n:4\n"
	if got := said(t, "__complete", "run", "--backend", "native", "--channel", ""); got != want {
		t.Errorf("by --backend: %q, want %q", got, want)
	}
	t.Setenv("CORUST_BACKEND", "native")
	if got := said(t, "__complete", "run", "--channel", ""); got != want {
		t.Errorf("by the configuration: %q, want %q", got, want)
	}
	t.Setenv("CORUST_BACKEND", "none")
	if got := said(t, "__complete", "run", "--channel", ""); !strings.HasPrefix(got, "nightly") {
		t.Errorf("with a wrong configuration: %q", got)
	}
}

// The refusal of a channel lists those there are, and corust adds how to get another.
func TestUnknownChannelListsThoseThereAre(t *testing.T) {
	fakeRustup(t, map[string]string{"stable": "1.95.0", "nightly": "1.97.0-nightly"}, "stable")
	t.Setenv("CORUST_BACKEND", "native")
	var out, stderr bytes.Buffer
	code := execute(t.Context(), []string{"run", "--channel", "1.80.0", "-"}, stdio{in: strings.NewReader("fn main() {}"), out: &out, err: &stderr})
	if code != exitOurs || !strings.Contains(stderr.String(), `no toolchain "1.80.0" here (want one of stable, nightly)`) || !strings.Contains(stderr.String(), "hint: rustup toolchain install") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
}
