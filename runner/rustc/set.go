package rustc

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/corust-dev/corust/runner"
)

// A Set is what a planner needs to know of the crates in a box.
type Set struct {
	Crates   []Known
	Profiles map[runner.Mode]Externs
}

// Externs are the files of one mode, relative to the set's directory.
type Externs struct {
	Files  map[string]string // by ident
	Search []string          // directories of what those depend on
	Native []string          // absolute directories of C libraries
}

// Known is what a set has of a crate.
type Known struct {
	Name     string // in the registry
	Ident    string // in source code
	Version  string
	Features []string // those that are on
}

// find finds a crate by its name, for which the registry takes dashes and
// underscores as the same.
func (s *Set) find(name string) (Known, bool) {
	ident := strings.ReplaceAll(name, "-", "_")
	for _, k := range s.Crates {
		if strings.ReplaceAll(k.Name, "-", "_") == ident {
			return k, true
		}
	}
	return Known{}, false
}

// used is what a request needs of the set.
type used struct {
	args []string
	// manifest is a Cargo.toml that lists the crates, for macros that look there
	// for the name under which they are known; "" if none is used.
	manifest string
}

// crates finds the crates that a request uses: those that its front matter names
// and those that its sources mention. It puts the front matter's edition and a
// source without it into the request.
func (p Planner) crates(req *runner.Request, tc runner.Toolchain) (used, error) {
	externs := make(map[string]string) // name in the code to ident in the set
	set, err := p.set(tc)
	if err != nil {
		return used{}, err
	}
	fm, at, err := scriptOf(req)
	if err != nil {
		return used{}, &runner.InvalidError{Field: "files", Reason: err.Error(), Err: err}
	}
	if fm != nil {
		externs, err = fm.Meet(set.find)
		if err != nil {
			return used{}, &runner.InvalidError{Field: "files", Reason: strings.ReplaceAll(err.Error(), "\n", "; "), Err: err}
		}
		if fm.Edition != "" {
			if !slices.Contains(runner.Editions, runner.Edition(fm.Edition)) {
				return used{}, &runner.InvalidError{Field: "edition", Reason: fmt.Sprintf("%.20q is not known", fm.Edition)}
			}
			req.Edition = runner.Edition(fm.Edition)
		}
		req.Files = slices.Clone(req.Files)
		req.Files[at].Data = fm.Source
	}
	have := set.Profiles[req.Mode]
	if len(have.Files) > 0 {
		for _, f := range req.Files {
			if !strings.HasSuffix(f.Name, ".rs") {
				continue
			}
			for _, name := range Mentions(f.Data) {
				if _, renamed := externs[name]; !renamed && have.Files[name] != "" {
					externs[name] = name
				}
			}
		}
	}
	return set.use(have, externs, tc.Set), nil
}

func (p Planner) set(tc runner.Toolchain) (*Set, error) {
	if p.Sets == nil || tc.Set == "" {
		return &Set{}, nil
	}
	set, err := p.Sets(tc.SetKey)
	if err != nil {
		return nil, fmt.Errorf("the crates of the box: %w", err)
	}
	return set, nil
}

// scriptOf reads the front matter of the file that is compiled.
func scriptOf(req *runner.Request) (*FrontMatter, int, error) {
	for i, f := range req.Files {
		if f.Name == req.Main {
			fm, err := ParseFrontMatter(f.Data)
			return fm, i, err
		}
	}
	return nil, 0, nil
}

// use makes the compiler's arguments. Nothing is passed for what is not used:
// then a set costs nothing.
func (s *Set) use(have Externs, externs map[string]string, root string) used {
	if len(externs) == 0 {
		return used{}
	}
	var u used
	for _, dir := range have.Search {
		u.args = append(u.args, "-L", "dependency="+root+"/"+dir)
	}
	for _, dir := range have.Native {
		u.args = append(u.args, "-L", "native="+dir)
	}
	var b strings.Builder
	b.WriteString("[package]\nname = \"main\"\nversion = \"0.0.0\"\n\n[dependencies]\n")
	for _, name := range slices.Sorted(maps.Keys(externs)) {
		ident := externs[name]
		u.args = append(u.args, "--extern", name+"="+root+"/"+have.Files[ident])
		for _, k := range s.Crates {
			switch {
			case k.Ident != ident:
			case name == ident:
				fmt.Fprintf(&b, "%s = %s\n", k.Name, strconv.Quote(k.Version))
			default:
				fmt.Fprintf(&b, "%s = { package = %s, version = %s }\n", name, strconv.Quote(k.Name), strconv.Quote(k.Version))
			}
		}
	}
	u.manifest = b.String()
	return u
}

// packageEnv is what cargo tells the compiler, and so env!() and macros, of the
// package: a snippet is called main and has no version yet.
func packageEnv() []string {
	return []string{
		"CARGO_PKG_NAME=main", "CARGO_CRATE_NAME=main", "CARGO_BIN_NAME=main", "CARGO_PRIMARY_PACKAGE=1",
		"CARGO_PKG_VERSION=0.0.0", "CARGO_PKG_VERSION_MAJOR=0", "CARGO_PKG_VERSION_MINOR=0",
		"CARGO_PKG_VERSION_PATCH=0", "CARGO_PKG_VERSION_PRE=",
		"CARGO_PKG_AUTHORS=", "CARGO_PKG_DESCRIPTION=", "CARGO_PKG_HOMEPAGE=", "CARGO_PKG_REPOSITORY=",
		"CARGO_PKG_LICENSE=", "CARGO_PKG_LICENSE_FILE=", "CARGO_PKG_README=", "CARGO_PKG_RUST_VERSION=",
		"CARGO_MANIFEST_DIR=/work", "CARGO_MANIFEST_PATH=/work/Cargo.toml",
	}
}
