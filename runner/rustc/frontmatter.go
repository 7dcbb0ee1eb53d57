package rustc

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// FrontMatter is the manifest that a cargo script carries between lines of
// dashes before its code:
//
//	---
//	[dependencies]
//	serde = { version = "1", features = ["derive"] }
//	---
//	fn main() {}
type FrontMatter struct {
	*Manifest
	// Source is the script with the manifest's lines empty, for a compiler that
	// knows no front matter; lines keep their numbers.
	Source []byte
}

// fence is where front matter lies in a source.
type fence struct {
	begin    int // of the opening line
	text     int // of what is between the lines
	textEnd  int
	end      int  // after the closing line
	unclosed bool // there is no closing line
	info     string
}

// findFence finds front matter as RFC 3503 has it: after a byte order mark, a
// shebang line and blank lines, a line of at least three dashes, perhaps with a
// word behind, closed by a line of as many.
func findFence(src []byte) (fence, bool) {
	pos := preamble(src)
	for {
		line, rest := cutLine(src[pos:])
		if len(bytes.TrimSpace(line)) > 0 || len(rest) == len(src[pos:]) {
			break
		}
		pos = len(src) - len(rest)
	}
	line, rest := cutLine(src[pos:])
	dashes := len(line) - len(bytes.TrimLeft(line, "-"))
	if dashes < 3 {
		return fence{}, false
	}
	f := fence{begin: pos, info: string(bytes.TrimSpace(line[dashes:])), text: len(src) - len(rest)}
	for at := f.text; at < len(src); {
		line, rest := cutLine(src[at:])
		if n := len(line) - len(bytes.TrimLeft(line, "-")); n == dashes && len(bytes.TrimSpace(line[n:])) == 0 {
			f.textEnd, f.end = at, len(src)-len(rest)
			return f, true
		}
		at = len(src) - len(rest)
	}
	f.textEnd, f.end, f.unclosed = len(src), len(src), true
	return f, true
}

// cutLine splits after the first line break; line is without it.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return b, nil
	}
	return bytes.TrimSuffix(b[:i], []byte("\r")), b[i+1:]
}

// ParseFrontMatter parses the front matter of src. It returns nil and no error if there
// is none. Keys that cargo refuses in a script are an error.
func ParseFrontMatter(src []byte) (*FrontMatter, error) {
	f, ok := findFence(src)
	if !ok {
		return nil, nil
	}
	switch {
	case f.unclosed:
		return nil, errors.New("front matter: the line of dashes that closes it is missing")
	case f.info != "" && f.info != "cargo":
		return nil, fmt.Errorf("front matter: it is said to be %.40q; only cargo's is read", f.info)
	}
	tree, err := parseTOML(src[f.text:f.textEnd])
	if err == nil {
		err = forbiddenKeys(tree)
	}
	var m *Manifest
	if err == nil {
		m, err = readManifest(tree)
	}
	if err != nil {
		var terr *tomlError
		if errors.As(err, &terr) && terr.Line > 0 {
			terr.Line += bytes.Count(src[:f.text], []byte("\n"))
		}
		return nil, fmt.Errorf("front matter: %w", err)
	}
	fm := &FrontMatter{Manifest: m, Source: slices.Clone(src)}
	for i, c := range fm.Source[f.begin:f.end] {
		if c != '\n' && c != '\r' {
			fm.Source[f.begin+i] = ' '
		}
	}
	return fm, nil
}

// Reasons for which a script cannot have a key, and what would be right.
const (
	onlyProgram = "a script is one program; put the package into a directory with a Cargo.toml"
	noWorkspace = "a script belongs to no workspace; leave it out"
	noBuild     = "no build script is run; leave it out"
)

// forbidden are the keys that cargo refuses in a script.
var forbidden = []struct{ table, key, shown, reason string }{
	{"", "workspace", "[workspace]", noWorkspace},
	{"", "lib", "[lib]", onlyProgram},
	{"", "bin", "[[bin]]", onlyProgram},
	{"", "example", "[[example]]", onlyProgram},
	{"", "test", "[[test]]", onlyProgram},
	{"", "bench", "[[bench]]", onlyProgram},
	{"", "build-dependencies", "[build-dependencies]", noBuild},
	{"", "build_dependencies", "[build_dependencies]", noBuild},
	{"package", "workspace", "package.workspace", noWorkspace},
	{"package", "build", "package.build", noBuild},
	{"package", "links", "package.links", noBuild},
	{"package", "default-run", "package.default-run", onlyProgram},
	{"package", "autolib", "package.autolib", onlyProgram},
	{"package", "autobins", "package.autobins", onlyProgram},
	{"package", "autoexamples", "package.autoexamples", onlyProgram},
	{"package", "autotests", "package.autotests", onlyProgram},
	{"package", "autobenches", "package.autobenches", onlyProgram},
}

// forbiddenKeys returns an error that names all keys that a script cannot have.
func forbiddenKeys(tree map[string]any) error {
	var faults []string
	for _, f := range forbidden {
		table := tree
		if f.table != "" {
			table, _ = tree[f.table].(map[string]any)
		}
		if _, ok := table[f.key]; ok {
			faults = append(faults, fmt.Sprintf("%s is not allowed: %s", f.shown, f.reason))
		}
	}
	targets, _ := tree["target"].(map[string]any)
	for _, target := range targets {
		if table, _ := target.(map[string]any); table["build-dependencies"] != nil {
			faults = append(faults, "[target.….build-dependencies] is not allowed: "+noBuild)
			break
		}
	}
	if faults == nil {
		return nil
	}
	return errors.New(strings.Join(faults, "; "))
}
