package rustc

import (
	"strings"
	"testing"
)

func TestLints(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		doc, rust, clippy string
	}{
		"none":          {"", "", ""},
		"levels":        {"[lints.rust]\nd = \"allow\"\nc = \"warn\"\nb = \"deny\"\na = \"forbid\"\n", "-A d -W c -D b -F a", "-A d -W c -D b -F a"},
		"clippy's":      {"[lints.clippy]\nall = \"warn\"\n", "", "-W clippy::all"},
		"priorities":    {"[lints.rust]\nz = { level = \"warn\", priority = 1 }\na = { level = \"allow\", priority = -1 }\nm = \"deny\"\n", "-A a -D m -W z", "-A a -D m -W z"},
		"both, ordered": {"[lints.rust]\nm = \"deny\"\n[lints.clippy]\nall = { level = \"warn\", priority = -1 }\nx = { level = \"allow\", priority = 1 }\n", "-D m", "-W clippy::all -D m -A clippy::x"},
		"conditions":    {"[lints.rust]\nunexpected_cfgs = { level = \"warn\", check-cfg = [\"cfg(a)\", \"cfg(b)\"] }\n", "-W unexpected_cfgs --check-cfg cfg(a) --check-cfg cfg(b)", "-W unexpected_cfgs --check-cfg cfg(a) --check-cfg cfg(b)"},
		"rustdoc's":     {"[lints.rustdoc]\nall = \"warn\"\n", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := ParseManifest([]byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(m.flags(false, true), " "); got != tt.rust {
				t.Errorf("rustc gets %q, want %q", got, tt.rust)
			}
			if got := strings.Join(m.flags(true, true), " "); got != tt.clippy {
				t.Errorf("clippy gets %q, want %q", got, tt.clippy)
			}
			if len(m.Ignored) > 0 {
				t.Errorf("ignored %q", m.Ignored)
			}
		})
	}
}

func TestLintFaults(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		"lints = 1":                                             "lints is not a table",
		"lints.rust = 1":                                        "lints.rust is not a table",
		"lints.rust.a = \"error\"":                              `lints.rust.a: invalid level "error" (want one of allow, warn, deny, forbid)`,
		"lints.rust.a = 1":                                      "invalid level",
		"lints.rust.a = {}":                                     "invalid level",
		"lints.rust.a = { level = [] }":                         "invalid level",
		"lints.rust.\"clippy::all\" = \"warn\"":                 "below [lints.clippy]",
		"lints.rust.help = \"warn\"":                            "invalid name",
		"lints.rust.\"\" = \"warn\"":                            "invalid name",
		"lints.clippy.\"a,b\" = \"warn\"":                       "invalid name",
		"lints.rust.a = { level = \"warn\", priority = 128 }":   "want a number from -128 to 127",
		"lints.rust.a = { level = \"warn\", priority = \"1\" }": "want a number from -128 to 127",
		"lints.rust.unexpected_cfgs = { level = \"warn\", check-cfg = [\"@file\"] }": "want a list of declarations",
		"lints.rust.unexpected_cfgs = { level = \"warn\", check-cfg = 1 }":           "want a list of declarations",
	} {
		if _, err := ParseManifest([]byte(doc + "\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", doc, err, want)
		}
	}
	m, err := ParseManifest([]byte("lints.workspace = true\nlints.rust.a = { level = \"warn\", check-cfg = [], odd = 1 }\nlints.other.a = \"warn\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(m.Ignored, " "), "lints.other.a lints.rust.a.check-cfg lints.rust.a.odd lints.workspace"; got != want {
		t.Errorf("ignored %q, want %q", got, want)
	}
}

func TestForbiddenKeysOfFrontMatter(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		"[workspace]":                      "[workspace] is not allowed: a script belongs to no workspace",
		"[lib]\nname = \"a\"":              "[lib] is not allowed: a script is one program; put the package into a directory",
		"lib = 1":                          "[lib]",
		"[[bin]]\nname = \"a\"":            "[[bin]] is not allowed",
		"[[example]]":                      "[[example]] is not allowed",
		"[[test]]":                         "[[test]] is not allowed",
		"[[bench]]":                        "[[bench]] is not allowed",
		"[build-dependencies]\ncc = \"1\"": "[build-dependencies] is not allowed: no build script is run",
		"[target.'cfg(unix)'.build-dependencies]":   "[target.….build-dependencies] is not allowed",
		"package.workspace = \"..\"":                "package.workspace is not allowed",
		"package.build = \"b.rs\"":                  "package.build is not allowed",
		"package.build = false":                     "package.build is not allowed",
		"package.links = \"z\"":                     "package.links is not allowed",
		"package.default-run = \"a\"":               "package.default-run is not allowed",
		"package.autobins = true":                   "package.autobins is not allowed",
		"package.autolib = false":                   "package.autolib is not allowed",
		"package.autoexamples = false":              "package.autoexamples is not allowed",
		"package.autotests = false":                 "package.autotests is not allowed",
		"package.autobenches = false":               "package.autobenches is not allowed",
		"package.links = \"z\"\n[workspace]\n[lib]": "front matter: [workspace] is not allowed: a script belongs to no workspace; leave it out; [lib] is not allowed: " + onlyProgram + "; package.links is not allowed",
	} {
		if _, err := ParseFrontMatter([]byte("---\n" + doc + "\n---\nfn main() {}\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", doc, err, want)
		}
		if strings.Contains(doc, "= 1") || strings.Contains(doc, "default-run") {
			continue
		}
		if _, err := ParseManifest([]byte(doc + "\n")); err != nil {
			t.Errorf("Cargo.toml with %q: %v", doc, err)
		}
	}
}
