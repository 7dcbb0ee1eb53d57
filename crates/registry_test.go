package crates

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// registry is a cargo home whose crates.io is a folder: cargo resolves, builds
// and fails for real, with crates made for the purpose and without a network.
type registry struct {
	t   *testing.T
	dir string
}

// newRegistry points cargo at an empty registry for the rest of the test, which
// therefore cannot be parallel: cargo takes its home from the environment.
func newRegistry(t *testing.T) (*registry, Toolchain) {
	t.Helper()
	if _, err := exec.LookPath("rustc"); err != nil {
		t.Skip("needs a Rust toolchain: ", err)
	}
	home := t.TempDir()
	r := &registry{t, filepath.Join(home, "crates")}
	r.write(home, "config.toml", fmt.Sprintf("[source.crates-io]\nreplace-with = 'here'\n[source.here]\ndirectory = %q\n", r.dir))
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CARGO_HOME", home)
	tc, err := FindToolchain(t.Context(), "rustc")
	if err != nil {
		t.Fatal(err)
	}
	return r, tc
}

// crate publishes a version; files go by name, rest is the end of its manifest.
func (r *registry) crate(name, version, rest string, files map[string]string) {
	r.t.Helper()
	dir := filepath.Join(r.dir, name+"-"+version)
	r.write(dir, "Cargo.toml", fmt.Sprintf("[package]\nname = %q\nversion = %q\nedition = \"2021\"\ndescription = \"The crate\\n%s.\"\n%s\n", name, version, name, rest))
	r.write(dir, ".cargo-checksum.json", `{"files":{},"package":null}`)
	for file, text := range files {
		r.write(dir, file, text)
	}
}

func (r *registry) write(dir, name, text string) {
	r.t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func lib(text string) map[string]string { return map[string]string{"src/lib.rs": text} }
