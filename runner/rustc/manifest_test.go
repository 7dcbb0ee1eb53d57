package rustc

import (
	"slices"
	"strings"
	"testing"
)

func TestParseManifest(t *testing.T) {
	t.Parallel()
	m, err := ParseManifest([]byte(`
[package]
name = "my-app"
version = "1.2.3-rc.1+build"
edition = "2021"
authors = ["A", "B"]
description = "An app"
keywords = ["a"]
default-run = "tool"
build = "make.rs"
[package.metadata.docs]
x = 1
[lib]
name = "core"
path = "lib/core.rs"
proc-macro = true
[[bin]]
name = "tool"
path = "src/tool.rs"
required-features = ["x"]
[dependencies]
log = "0.4"
serde = { version = "1", optional = true, default-features = true }
time = { verison = "1", default-features = false }
rand.workspace = true
[dev-dependencies]
rand = "0.9"
[features]
default = ["x"]
x = []
[profile.release]
lto = true
rpath = true
[unknown]
key = 1
`))
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "my-app" || m.Edition != "2021" || m.DefaultRun != "tool" || m.Lib != (Target{"core", "lib/core.rs"}) ||
		!slices.Equal(m.Bins, []Target{{"tool", "src/tool.rs"}}) || len(m.Dependencies) != 4 || len(m.Development) != 1 {
		t.Errorf("got %+v", m)
	}
	want := []string{"bin.required-features", "dependencies.rand.workspace", "dependencies.time.default-features", "dependencies.time.verison", "lib.proc-macro", "package.build", "profile.release.rpath", "unknown.key"}
	if !slices.Equal(m.Ignored, want) {
		t.Errorf("ignored %q, want %q", m.Ignored, want)
	}
	env := m.env("my_app", "my-app")
	for _, entry := range []string{
		"CARGO_PKG_NAME=my-app", "CARGO_CRATE_NAME=my_app", "CARGO_BIN_NAME=my-app", "CARGO_PKG_VERSION=1.2.3-rc.1+build",
		"CARGO_PKG_VERSION_MAJOR=1", "CARGO_PKG_VERSION_MINOR=2", "CARGO_PKG_VERSION_PATCH=3", "CARGO_PKG_VERSION_PRE=rc.1",
		"CARGO_PKG_AUTHORS=A:B", "CARGO_PKG_DESCRIPTION=An app", "CARGO_PKG_LICENSE=",
	} {
		if !slices.Contains(env, entry) {
			t.Errorf("no %s in %q", entry, env)
		}
	}
}

func TestParseManifestForms(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ doc, err string }{
		"empty":                       {"", ""},
		"a workspace":                 {"[workspace]\nmembers = [\"a\"]\n", ""},
		"inherited":                   {"[package]\nname = \"a\"\nversion.workspace = true\n[dependencies]\nlog.workspace = true\n", ""},
		"readme is switched off":      {"[package]\nreadme = false\n", ""},
		"a name of another kind":      {"[package]\nname = 1\n", "package.name is not a string"},
		"a hostile name":              {"[package]\nname = \"--version\"\n", "invalid name"},
		"a name with a path":          {"[package]\nname = \"../x\"\n", "invalid name"},
		"no version":                  {"[package]\nversion = \"one\"\n", "invalid version \"one\""},
		"a NUL in a description":      {"[package]\ndescription = \"\\u0000\"\n", "NUL"},
		"a NUL in an author":          {"[package]\nauthors = [\"\\u0000\"]\n", "not a list of strings"},
		"authors are numbers":         {"[package]\nauthors = [1]\n", "not a list of strings"},
		"a key twice":                 {"a = 1\na = 2\n", "key a is already defined"},
		"a program's name is a list":  {"[[bin]]\nname = []\n", "bin.name is not a string"},
		"programs are no list":        {"bin = 1\n", ""},
		"too many parts":              {strings.Repeat("a.", maxKeyParts) + "b = 1\n", "more than 8 parts"},
		"parts on the bound":          {strings.Repeat("a.", maxKeyParts-1) + "b = 1\n", ""},
		"dots in a string":            {"a = \"" + strings.Repeat(".", 100) + "\"\n", ""},
		"dots in a literal string":    {"a = '''" + strings.Repeat(".", 100) + "'''\n", ""},
		"dots in a comment":           {"# " + strings.Repeat(".[{", 100) + "\n", ""},
		"numbers":                     {"a = [1.5, 2.5, 1979-05-27T07:32:00.5Z]\n", ""},
		"quotes that end a string":    {"a = \"\"\"\"\"x\"\"\"\"\"\nb = '''''x'''''\n", ""},
		"an escaped quote":            {"a = \"\\\"[[[[[[[[[[[[[[[[[[[[\"\n", ""},
		"nested on the bound":         {"a = " + strings.Repeat("[", maxTOMLDepth) + strings.Repeat("]", maxTOMLDepth) + "\n", ""},
		"nested too deep":             {"a = " + strings.Repeat("[", maxTOMLDepth+1) + strings.Repeat("]", maxTOMLDepth+1) + "\n", "nested more than"},
		"too many elements":           {"a = [\n" + strings.Repeat("1,\n", maxTOMLValues) + "]\n", "more than 2048 keys and elements"},
		"the line of the first fault": {"a = \"\"\"\n\n\"\"\"\nb = [\n[[[[[[[[[[[[[[[[[[[[[\n", "line 5: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseManifest([]byte(tt.doc))
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("got %v, want %q", err, tt.err)
			}
		})
	}
}

func TestManifestWarningIsBounded(t *testing.T) {
	t.Parallel()
	m, err := ParseManifest([]byte("[x]\n" + strings.Repeat("a", 5000) + " = 1\n\"\\n\" = 2\n[patch]\na=1\nb=1\nc=1\nd=1\ne=1\nf=1\ng=1\nh=1\n"))
	if err != nil {
		t.Fatal(err)
	}
	w := m.warning("Cargo.toml")
	if len(w) > 1000 || strings.Contains(w, "\n") || !strings.Contains(w, `"patch.a"`) || !strings.HasSuffix(w, "and 2 more") {
		t.Errorf("warning of %d bytes: %q", len(w), w)
	}
}

func TestToolchainFile(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		"[toolchain]\nchannel = \"nightly\"\ncomponents = []\n": "nightly",
		"stable\n":                     "stable",
		"":                             "",
		"[toolchain]\n":                "",
		"[toolchain]\nchannel = 1\n":   "",
		"[toolchain\n":                 "",
		"a\nb\n":                       "",
		"toolchain = { channel = \"\"": "",
	} {
		if got := ToolchainFile([]byte(doc)); got != want {
			t.Errorf("%q: %q, want %q", doc, got, want)
		}
	}
}
