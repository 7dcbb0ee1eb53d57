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
	Edition      string       // of [package], "" if it says none
	Dependencies []Dependency // by the name that the code uses
	// Ignored are the keys that mean something to cargo and nothing here, such as
	// profile.release.lto.
	Ignored []string
	// Source is the script with the manifest's lines empty, for a compiler that
	// knows no front matter; lines keep their numbers.
	Source []byte
}

// Dependency is one entry of [dependencies].
type Dependency struct {
	Name        string // in the manifest; the code has underscores for its dashes
	Package     string // the crate's own name, the same as Name unless renamed
	Requirement Requirement
	Features    []string
	// Elsewhere is "git" or "path" where the crate is not to come from the registry.
	Elsewhere string
}

// Ident is the dependency's name in source code.
func (d Dependency) Ident() string { return strings.ReplaceAll(d.Name, "-", "_") }

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

// ParseFrontMatter reads the front matter of src; there is none if it returns
// nil and no error.
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
	if err != nil {
		var terr *tomlError
		if errors.As(err, &terr) {
			terr.Line += bytes.Count(src[:f.text], []byte("\n"))
		}
		return nil, fmt.Errorf("front matter: %w", err)
	}
	fm := &FrontMatter{Source: slices.Clone(src)}
	if fm.Edition, err = tomlText(tree, "package", "edition"); err != nil {
		return nil, fmt.Errorf("front matter: %w", err)
	}
	dependencies, err := tomlTable(tree, "dependencies")
	if err != nil {
		return nil, fmt.Errorf("front matter: %w", err)
	}
	for key, value := range tree {
		if key != "dependencies" {
			fm.Ignored = unread(fm.Ignored, key, value)
		}
	}
	slices.Sort(fm.Ignored)
	for name, value := range dependencies {
		d, err := dependency(name, value)
		if err != nil {
			return nil, fmt.Errorf("front matter: dependency %.80q: %w", name, err)
		}
		fm.Dependencies = append(fm.Dependencies, d)
	}
	slices.SortFunc(fm.Dependencies, func(a, b Dependency) int { return strings.Compare(a.Name, b.Name) })
	for i, c := range fm.Source[f.begin:f.end] {
		if c != '\n' && c != '\r' {
			fm.Source[f.begin+i] = ' '
		}
	}
	return fm, nil
}

// tomlTable is the table of that name, nil where there is none.
func tomlTable(tree map[string]any, name string) (map[string]any, error) {
	table, ok := tree[name].(map[string]any)
	if tree[name] != nil && !ok {
		return nil, fmt.Errorf("%s is not a table", name)
	}
	return table, nil
}

// tomlText is the string of that name in a table, "" where there is none.
func tomlText(tree map[string]any, table, name string) (string, error) {
	t, err := tomlTable(tree, table)
	if err != nil || t[name] == nil {
		return "", err
	}
	text, ok := t[name].(string)
	if !ok {
		return "", fmt.Errorf("%s.%s is not a string", table, name)
	}
	return text, nil
}

// unread adds the keys below key that nothing here reads.
func unread(list []string, key string, value any) []string {
	table, ok := value.(map[string]any)
	if !ok {
		if key != "package.edition" {
			list = append(list, key)
		}
		return list
	}
	for name, v := range table {
		list = unread(list, key+"."+name, v)
	}
	return list
}

// dependency reads "1.2" or { version = "1.2", … }.
func dependency(name string, value any) (Dependency, error) {
	d := Dependency{Name: name, Package: name}
	if !isName(name) {
		return d, errors.New("not a crate's name")
	}
	table, ok := value.(map[string]any)
	if s, isString := value.(string); isString {
		table, ok = map[string]any{"version": s}, true
	}
	if !ok {
		return d, errors.New("neither a version nor a table")
	}
	for key, v := range table {
		s, isString := v.(string)
		switch key {
		case "version":
			if !isString {
				return d, errors.New("version is not a string")
			}
			r, err := ParseRequirement(s)
			if err != nil {
				return d, err
			}
			d.Requirement = r
		case "package":
			if !isString || !isName(s) {
				return d, errors.New("package is not a crate's name")
			}
			d.Package = s
		case "features":
			list, ok := v.([]any)
			if !ok {
				return d, errors.New("features is not a list")
			}
			for _, f := range list {
				s, ok := f.(string)
				if !ok {
					return d, errors.New("features has something that is not a string")
				}
				d.Features = append(d.Features, s)
			}
		case "git", "path":
			d.Elsewhere = key
		case "default-features", "optional", "public", "registry": // nothing that a set could do otherwise
		default:
			return d, fmt.Errorf("unknown key %.40q", key)
		}
	}
	slices.Sort(d.Features)
	return d, nil
}

func isName(s string) bool {
	if s == "" || len(s) > maxName || isDigit(s[0]) || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c != '_' && c != '-' && !isDigit(c) && !('a' <= c && c <= 'z') && !('A' <= c && c <= 'Z') {
			return false
		}
	}
	return true
}

// Meet finds each dependency in a set and returns which crate of the set, by
// ident, each name of the code stands for. What the set cannot give is an error
// that names every crate at fault: unknown, of another version, without a
// feature, from elsewhere.
func (f *FrontMatter) Meet(lookup func(pkg string) (Known, bool)) (map[string]string, error) {
	externs := make(map[string]string)
	var faults []error
	for _, d := range f.Dependencies {
		k, ok := lookup(d.Package)
		switch {
		case d.Elsewhere != "":
			faults = append(faults, fmt.Errorf("crate %q is asked for from %s; only the crates of the set can be used", d.Package, d.Elsewhere))
		case !ok:
			faults = append(faults, &UnknownCrateError{Name: d.Package})
		case !d.Requirement.Matches(k.Version):
			faults = append(faults, fmt.Errorf("crate %q is asked for as %q, and the set has %s", d.Package, d.Requirement, k.Version))
		default:
			for _, feature := range d.Features {
				if !slices.Contains(k.Features, feature) {
					faults = append(faults, fmt.Errorf("crate %q is in the set without the feature %.80q", d.Package, feature))
				}
			}
			// What is not renamed has the name that its library has, as in cargo.
			name := k.Ident
			if d.Package != d.Name {
				name = d.Ident()
			}
			externs[name] = k.Ident
		}
	}
	return externs, errors.Join(faults...)
}

// UnknownCrateError names a crate that the set does not have.
type UnknownCrateError struct{ Name string }

func (e *UnknownCrateError) Error() string {
	return fmt.Sprintf("crate %q is not in the set", e.Name)
}
