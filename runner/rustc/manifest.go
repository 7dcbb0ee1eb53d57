package rustc

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// Manifest is what is read of a Cargo.toml, or of the front matter of a cargo script.
type Manifest struct {
	Name    string // of [package]; a crate's name, or ""
	Version string // a semantic version, or ""
	Edition string // "" if there is none
	// Package says that there is a [package].
	Package bool
	// DefaultRun is the name of the program that cargo run takes.
	DefaultRun string
	// Lib is the [lib]: a name and a path, each "" where it is cargo's default.
	Lib Target
	// Bins are the [[bin]]s.
	Bins []Target
	// Tests are the [[test]]s. NoAutoTests is set if files in tests/ that are not among
	// them are not tests.
	Tests       []IntegrationTest
	NoAutoTests bool
	// NoDocTests is set if the examples in the library's documentation are not tests.
	NoDocTests bool
	// Dependencies are by the name that the code uses; Development are those that only
	// tests have.
	Dependencies []Dependency
	Development  []Dependency
	// Features are the names of all features, those of optional dependencies included, and
	// Enabled those that are on: the default ones and what they imply. Both are sorted.
	Features []string
	Enabled  []string
	// Ignored are the keys that change what cargo builds and nothing here, such as
	// profile.release.rpath, sorted.
	Ignored []string

	metadata map[string]string // of [package], by the variable that cargo sets
	profiles map[string]profile
	lints    []lint // in the order of the compiler's arguments
}

// Target is a library or a program of a package.
type Target struct {
	Name string
	Path string // relative to the manifest
}

// Ident is the name of a package or target in source code.
func (t Target) Ident() string { return strings.ReplaceAll(t.Name, "-", "_") }

// LibraryPath is where the package's library is, if it has one.
func (m *Manifest) LibraryPath() string {
	if m.Lib.Path != "" {
		return m.Lib.Path
	}
	return "src/lib.rs"
}

// Dependency is one entry of [dependencies].
type Dependency struct {
	Name        string // in the manifest; the code has underscores for its dashes
	Package     string // the crate's own name, the same as Name unless renamed
	Requirement Requirement
	Features    []string
	// Optional says that only a feature brings it in, and that none does.
	Optional bool
	// Elsewhere is "git" or "path" where the crate is not to come from the registry.
	Elsewhere string
}

// Ident is the dependency's name in source code.
func (d Dependency) Ident() string { return strings.ReplaceAll(d.Name, "-", "_") }

// ParseManifest reads a Cargo.toml. It takes time and memory linear in the document,
// which a stranger may have written.
func ParseManifest(doc []byte) (*Manifest, error) {
	tree, err := parseTOML(doc)
	if err != nil {
		return nil, err
	}
	return readManifest(tree)
}

// readManifest reads a document, of which it takes what it reads.
func readManifest(tree map[string]any) (*Manifest, error) {
	m := &Manifest{metadata: map[string]string{}}
	r := manifestReader{tree: tree}
	m.Package = r.table("package") != nil
	m.Name = r.text("package", "name")
	m.Version = r.text("package", "version")
	m.Edition = r.text("package", "edition")
	m.DefaultRun = r.text("package", "default-run")
	for key, variable := range map[string]string{
		"description": "DESCRIPTION", "homepage": "HOMEPAGE", "repository": "REPOSITORY", "license": "LICENSE",
		"license-file": "LICENSE_FILE", "readme": "README", "rust-version": "RUST_VERSION",
	} {
		m.metadata[variable] = r.text("package", key)
	}
	m.metadata["AUTHORS"] = strings.Join(r.texts("package", "authors"), ":")
	m.Lib = Target{r.text("lib", "name"), r.text("lib", "path")}
	m.Bins = r.bins()
	m.Tests = r.integrationTests()
	m.NoAutoTests = r.table("package")["autotests"] == false
	m.NoDocTests = r.table("lib")["doctest"] == false
	m.Dependencies = r.dependencies("dependencies")
	m.Development = r.dependencies("dev-dependencies")
	r.features(m)
	m.profiles = r.profiles()
	m.lints = r.lints()
	switch size := m.flagBytes(); {
	case r.err != nil:
		return nil, r.err
	case m.Name != "" && !isName(m.Name):
		return nil, fmt.Errorf("package.name: invalid name %.80q", m.Name)
	case m.Version != "" && !semver.IsValid("v"+m.Version):
		return nil, fmt.Errorf("package.version: invalid version %.80q (want something like 1.2.3)", m.Version)
	case size > maxManifestFlags:
		return nil, fmt.Errorf("features and lints make %d bytes of compiler flags, at most %d", size, maxManifestFlags)
	}
	m.Ignored = r.ignored()
	return m, nil
}

// maxManifestFlags is the most bytes of the compiler's arguments that features and lints
// make.
const maxManifestFlags = 32 << 10

func (m *Manifest) flagBytes() (n int) {
	for _, arg := range m.flags(true, true) {
		n += len(arg) + 1
	}
	return n
}

// flags are the compiler's arguments for features and lints. Clippy says that the compiler
// is clippy, and check that it knows --check-cfg.
func (m *Manifest) flags(clippy, check bool) []string {
	if m == nil {
		return nil
	}
	return append(m.featureFlags(check), m.lintFlags(clippy, check)...)
}

// manifestReader takes keys out of a document; what is left was not read. It remembers
// the first key with a value of the wrong kind.
type manifestReader struct {
	tree map[string]any
	err  error
}

func (r *manifestReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// table is the table of that name, nil where there is none.
func (r *manifestReader) table(name string) map[string]any {
	t, ok := r.tree[name].(map[string]any)
	if !ok && r.tree[name] != nil {
		r.fail("%s is not a table", name)
	}
	return t
}

// text takes a string. A table is left, for the key is then inherited from a workspace.
func (r *manifestReader) text(table, key string) string {
	t := r.table(table)
	switch v := t[key].(type) {
	case nil, map[string]any:
		return ""
	case bool:
		if key == "readme" {
			delete(t, key)
			return ""
		}
	case string:
		delete(t, key)
		if strings.IndexByte(v, 0) < 0 {
			return v
		}
		r.fail("%s.%s has a NUL byte", table, key)
	}
	r.fail("%s.%s is not a string", table, key)
	return ""
}

// texts takes a list of strings.
func (r *manifestReader) texts(table, key string) []string {
	t := r.table(table)
	list, ok := t[key].([]any)
	if !ok {
		return nil
	}
	delete(t, key)
	var texts []string
	for _, v := range list {
		s, ok := v.(string)
		if !ok || strings.IndexByte(s, 0) >= 0 {
			r.fail("%s.%s is not a list of strings", table, key)
		}
		texts = append(texts, s)
	}
	return texts
}

// bins takes the programs' names and paths out of [[bin]].
func (r *manifestReader) bins() []Target {
	list, _ := r.tree["bin"].([]any)
	var bins []Target
	for i, v := range list {
		t, _ := v.(map[string]any)
		one := manifestReader{tree: map[string]any{"bin": t}}
		bins = append(bins, Target{one.text("bin", "name"), one.text("bin", "path")})
		if one.err != nil {
			r.fail("program %d: %w", i+1, one.err)
		}
	}
	return bins
}

// integrationTests takes what is used of [[test]].
func (r *manifestReader) integrationTests() []IntegrationTest {
	list, _ := r.tree["test"].([]any)
	var tests []IntegrationTest
	for i, v := range list {
		t, _ := v.(map[string]any)
		one := manifestReader{tree: map[string]any{"test": t}}
		test := IntegrationTest{
			Target:    Target{one.text("test", "name"), one.text("test", "path")},
			NoHarness: t["harness"] == false,
			Features:  one.texts("test", "required-features"),
		}
		if one.err != nil {
			r.fail("test %d: %w", i+1, one.err)
		}
		tests = append(tests, test)
	}
	return tests
}

// dependencies takes a table of dependencies, sorted by name.
func (r *manifestReader) dependencies(table string) []Dependency {
	var list []Dependency
	for name, value := range r.table(table) {
		d, err := dependency(name, value)
		if err != nil {
			r.fail("dependency %.80q: %w", name, err)
			continue
		}
		list = append(list, d)
		if rest := unreadOf(value); len(rest) > 0 {
			r.table(table)[name] = rest
		} else {
			delete(r.table(table), name)
		}
	}
	slices.SortFunc(list, func(a, b Dependency) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// dependencyKeys are the keys of a dependency that are read, or that change nothing
// beside one that is.
var dependencyKeys = map[string]bool{
	"version": true, "package": true, "features": true, "optional": true, "git": true, "path": true,
	"branch": true, "tag": true, "rev": true, "public": true,
}

// unreadOf are the entries of a dependency that are not read. A set has each crate with
// its default features, so asking for them changes nothing.
func unreadOf(dependency any) map[string]any {
	rest := map[string]any{}
	table, _ := dependency.(map[string]any)
	for key, value := range table {
		on := value == true && (key == "default-features" || key == "default_features")
		if !dependencyKeys[key] && !on {
			rest[key] = value
		}
	}
	return rest
}

// idle are keys that do not change how a program is built or run. A name stands for
// everything below it.
var idle = map[string]bool{
	"badges": true, "bench": true, "example": true, "test": true, "workspace": true,
	"lints.cargo": true, "lints.rustdoc": true,
	"package.authors": true, "package.autobenches": true, "package.autobins": true, "package.autoexamples": true,
	"package.autotests": true, "package.categories": true, "package.documentation": true, "package.exclude": true,
	"package.include": true, "package.keywords": true, "package.metadata": true, "package.publish": true,
	"package.resolver": true, "package.workspace": true,
	"lib.bench": true, "lib.crate-type": true, "lib.doc": true, "lib.doctest": true, "lib.test": true,
	"bin.bench": true, "bin.doc": true, "bin.test": true,
}

// ignored are the keys that were not taken and are not idle.
func (r *manifestReader) ignored() []string {
	found := map[string]bool{}
	var walk func(key string, value any)
	walk = func(key string, value any) {
		if idle[key] {
			return
		}
		switch v := value.(type) {
		case map[string]any:
			for name, below := range v {
				walk(join(key, name), below)
			}
		case []any:
			tables := len(v) > 0
			for _, element := range v {
				if t, ok := element.(map[string]any); ok {
					walk(key, t)
				} else {
					tables = false
				}
			}
			if !tables {
				found[key] = true
			}
		default:
			found[key] = true
		}
	}
	walk("", r.tree)
	return slices.Sorted(maps.Keys(found))
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// shown is how many names a warning lists.
const shown = 8

// warning names the keys that are ignored, "" for none.
func (m *Manifest) warning(file string) string {
	if len(m.Ignored) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: not used: %s", file, listed(m.Ignored, 80))
}

// listed lists names in a warning: of many the first ones, and of each at most so many
// characters.
func listed(names []string, characters int) string {
	var list []string
	for _, name := range names[:min(len(names), shown)] {
		list = append(list, fmt.Sprintf("%.*q", characters, name))
	}
	more := ""
	if n := len(names) - shown; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(list, ", ") + more
}

// env is what cargo tells the compiler, and so env!() and macros, of a package. A
// snippet is called main and has no version yet. Crate is the name of what is compiled
// in source code, program its file's where it is one.
func (m *Manifest) env(crate, program string) []string {
	name, version := "main", "0.0.0"
	if m != nil && m.Name != "" {
		name = m.Name
	}
	if m != nil && m.Version != "" {
		version = m.Version
	}
	core, _, _ := strings.Cut(version, "+")
	core, pre, _ := strings.Cut(core, "-")
	parts := strings.Split(core+".0.0", ".")
	env := []string{
		"CARGO_PKG_NAME=" + name, "CARGO_CRATE_NAME=" + crate,
	}
	if program != "" {
		env = append(env, "CARGO_BIN_NAME="+program)
	}
	env = append(env, "CARGO_PRIMARY_PACKAGE=1",
		"CARGO_PKG_VERSION="+version, "CARGO_PKG_VERSION_MAJOR="+parts[0], "CARGO_PKG_VERSION_MINOR="+parts[1],
		"CARGO_PKG_VERSION_PATCH="+parts[2], "CARGO_PKG_VERSION_PRE="+pre)
	for _, key := range []string{"AUTHORS", "DESCRIPTION", "HOMEPAGE", "REPOSITORY", "LICENSE", "LICENSE_FILE", "README", "RUST_VERSION"} {
		value := ""
		if m != nil {
			value = m.metadata[key]
		}
		env = append(env, "CARGO_PKG_"+key+"="+value)
	}
	return append(env, "CARGO_MANIFEST_DIR=/work", "CARGO_MANIFEST_PATH=/work/Cargo.toml")
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
		case "optional":
			d.Optional, _ = v.(bool)
		case "git", "path":
			d.Elsewhere = key
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

// Meet finds each dependency in a set and returns which crate of the set, by ident,
// each name of the code stands for; those of tests are asked for if tests is set. What
// the set cannot give is an error that names every crate at fault: unknown, of another
// version, without a feature, from elsewhere. An optional one is left out.
func (m *Manifest) Meet(lookup func(pkg string) (Known, bool), tests bool) (map[string]string, error) {
	externs := make(map[string]string)
	var faults []error
	list := m.Dependencies
	if tests {
		list = slices.Concat(list, m.Development)
	}
	for _, d := range list {
		k, ok := lookup(d.Package)
		switch {
		case d.Optional:
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

// ToolchainFile is the channel that a rust-toolchain.toml names, or a rust-toolchain
// which has only a line with its name; "" if it names none.
func ToolchainFile(doc []byte) string {
	tree, err := parseTOML(doc)
	if err != nil {
		if line := strings.TrimSpace(string(doc)); !strings.ContainsAny(line, "\n=[") {
			return line
		}
		return ""
	}
	table, _ := tree["toolchain"].(map[string]any)
	channel, _ := table["channel"].(string)
	return channel
}
