package rustc

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/corust-dev/corust/runner"
)

// Set describes the crates in a box to a planner.
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

// Args returns the arguments that make crates known to rustc where the set is at root:
// names maps the name of each in source code to its ident.
func (e Externs) Args(root string, names map[string]string) []string {
	var args []string
	for _, dir := range e.Search {
		args = append(args, "-L", "dependency="+root+"/"+dir)
	}
	for _, dir := range e.Native {
		args = append(args, "-L", "native="+dir)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		args = append(args, "--extern", name+"="+root+"/"+e.Files[names[name]])
	}
	return args
}

// Known describes a crate of a set.
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
	// dependencies is the section of a Cargo.toml that lists the crates, for macros that
	// look there for the name under which they are known; "" if none is used.
	dependencies string
	names        []string // of the crates in source code, sorted
}

// declare returns files whose Cargo.toml lists the crates. One that has dependencies of
// its own stays as it is.
func (u used) declare(files []runner.File) []runner.File {
	if u.dependencies == "" {
		return files
	}
	i := slices.IndexFunc(files, func(f runner.File) bool { return f.Name == manifestFile })
	if i < 0 {
		const head = "[package]\nname = \"main\"\nversion = \"0.0.0\"\n\n"
		return append(slices.Clip(files), runner.File{Name: manifestFile, Data: []byte(head + u.dependencies)})
	}
	if bytes.Contains(files[i].Data, []byte("dependencies")) {
		return files
	}
	files = slices.Clone(files)
	files[i].Data = slices.Concat(files[i].Data, []byte("\n"), []byte(u.dependencies))
	return files
}

// crates finds the crates that a request uses: those that its manifest names and those
// that its sources mention.
func (p Planner) crates(req runner.Request, src *crateSource, tc runner.Toolchain) (used, error) {
	externs := make(map[string]string) // name in the code to ident in the set
	set, err := p.set(tc)
	if err != nil {
		return used{}, err
	}
	if src.manifest != nil {
		externs, err = src.manifest.Meet(set.find, runsTests(req))
		if err != nil {
			return used{}, &runner.InvalidError{Field: "files", Reason: strings.ReplaceAll(err.Error(), "\n", "; "), Err: err}
		}
	}
	have := set.Profiles[req.Mode]
	if len(have.Files) > 0 {
		own := src.own()
		texts := src.modules()
		if src.docs != "" {
			for _, text := range src.modules() {
				texts = append(texts, documentation(text)) // examples use crates, too
			}
		}
		for _, text := range texts {
			for _, name := range Mentions(text) {
				if _, renamed := externs[name]; !renamed && have.Files[name] != "" && name != own {
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

// use makes the compiler's arguments. Nothing is passed for what is not used:
// then a set costs nothing.
func (s *Set) use(have Externs, externs map[string]string, root string) used {
	if len(externs) == 0 {
		return used{}
	}
	u := used{args: have.Args(root, externs), names: slices.Sorted(maps.Keys(externs))}
	var b strings.Builder
	b.WriteString("[dependencies]\n")
	for _, name := range u.names {
		ident := externs[name]
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
	u.dependencies = b.String()
	return u
}
