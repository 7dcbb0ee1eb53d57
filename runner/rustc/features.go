package rustc

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// features reads [features] and turns the default features on, with all that they imply,
// as cargo does. It sets the manifest's features, and in its dependencies those that
// features switch on. It takes time linear in the table.
func (r *manifestReader) features(m *Manifest) {
	g := featureGraph{lists: map[string][]string{}, optional: r.dependencyNames(m), on: map[string]bool{}, dependencies: map[string][]string{}}
	for _, name := range slices.Sorted(maps.Keys(r.table("features"))) {
		if !isFeature(name) {
			r.fail("features: invalid name %.80q (want letters, digits, and any of _-+.)", name)
		}
		if _, ok := r.table("features")[name].([]any); !ok {
			r.fail("features: %.80q is not a list of strings", name)
		}
		g.lists[name] = r.texts("features", name)
	}
	explicit := map[string]bool{} // dependencies whose feature of the same name is not implied
	for _, list := range g.lists {
		for _, entry := range list {
			if name, ok := strings.CutPrefix(entry, "dep:"); ok {
				explicit[name] = true
			}
		}
	}
	for name, optional := range g.optional {
		if _, declared := g.lists[name]; optional && !declared && !explicit[name] {
			g.lists[name] = []string{"dep:" + name}
		}
	}
	m.Features = slices.Sorted(maps.Keys(g.lists))
	for _, name := range m.Features {
		for _, entry := range g.lists[name] {
			fault := g.fault(entry)
			if entry == name {
				fault = "is the feature itself"
			}
			if fault != "" {
				r.fail("features.%.80s: %.80q %s", name, entry, fault)
			}
		}
	}
	if r.err != nil {
		return
	}
	g.enable("default")
	m.Enabled = slices.Sorted(maps.Keys(g.on))
	for _, list := range [][]Dependency{m.Dependencies, m.Development} {
		for i, d := range list {
			features, on := g.dependencies[d.Name]
			list[i].Optional = d.Optional && !on
			if !list[i].Optional {
				features = append(slices.Clip(d.Features), features...)
				slices.Sort(features)
				list[i].Features = slices.Compact(features)
			}
		}
	}
}

// dependencyNames are the names of all dependencies, those included that are not used
// here, and whether they are optional.
func (r *manifestReader) dependencyNames(m *Manifest) map[string]bool {
	names := map[string]bool{}
	for _, d := range slices.Concat(m.Dependencies, m.Development) {
		names[d.Name] = names[d.Name] || d.Optional
	}
	read := func(table any) {
		tables, _ := table.(map[string]any)
		for _, kind := range []string{"dependencies", "dev-dependencies", "build-dependencies"} {
			list, _ := tables[kind].(map[string]any)
			for name, value := range list {
				d, _ := value.(map[string]any)
				names[name] = names[name] || d["optional"] == true
			}
		}
	}
	read(r.tree)
	for _, tables := range r.table("target") {
		read(tables)
	}
	return names
}

// featureGraph is a table of features.
type featureGraph struct {
	lists    map[string][]string // what each feature implies
	optional map[string]bool     // dependencies; true for those that a feature brings in

	on map[string]bool
	// dependencies are the dependencies that features bring in or change, and the features
	// that they get. Those of a dependency that is not brought in do not count.
	dependencies map[string][]string
}

// featureEntry is an entry of a feature's list: a feature, or a dependency, which it
// brings in unless it is weak, and a feature of that.
type featureEntry struct {
	feature, dependency, theirs string
	weak                        bool
}

func parseEntry(entry string) featureEntry {
	if name, ok := strings.CutPrefix(entry, "dep:"); ok {
		return featureEntry{dependency: name}
	}
	name, theirs, ok := strings.Cut(entry, "/")
	if !ok {
		return featureEntry{feature: entry}
	}
	name, weak := strings.CutSuffix(name, "?")
	return featureEntry{dependency: name, theirs: theirs, weak: weak}
}

// fault says what is wrong with an entry, or returns "".
func (g *featureGraph) fault(entry string) string {
	e := parseEntry(entry)
	_, feature := g.lists[e.feature]
	optional, dependency := g.optional[e.dependency]
	switch {
	case e.dependency == "" && !feature && g.optional[e.feature]:
		return "is an optional dependency (want \"dep:" + e.feature + "\")"
	case e.dependency == "" && !feature:
		return "is not a feature or an optional dependency"
	case e.dependency == "":
		return ""
	case !dependency:
		return "names a dependency that does not exist"
	case strings.HasSuffix(entry, "/"):
		return "names no feature of the dependency"
	case !optional && (e.weak || e.theirs == ""):
		return "names a dependency that is not optional"
	}
	return ""
}

// enable turns a feature on, if it exists, and all that it implies.
func (g *featureGraph) enable(name string) {
	weak := map[string][]string{}
	for todo := []string{name}; len(todo) > 0; {
		name, todo = todo[len(todo)-1], todo[:len(todo)-1]
		list, ok := g.lists[name]
		if !ok || g.on[name] {
			continue
		}
		g.on[name] = true
		for _, entry := range list {
			e := parseEntry(entry)
			switch {
			case e.dependency == "":
				todo = append(todo, e.feature)
				continue
			case e.weak:
				weak[e.dependency] = append(weak[e.dependency], e.theirs)
				continue
			}
			features := g.dependencies[e.dependency]
			if e.theirs != "" {
				features = append(features, e.theirs)
				if g.optional[e.dependency] {
					todo = append(todo, e.dependency) // the feature of this name, as in cargo
				}
			}
			g.dependencies[e.dependency] = features
		}
	}
	for name, features := range weak {
		if have, ok := g.dependencies[name]; ok {
			g.dependencies[name] = append(have, features...)
		}
	}
}

// isFeature reports whether cargo takes a name for a feature.
func isFeature(s string) bool {
	for i, c := range s {
		if c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) && (i == 0 || !strings.ContainsRune("-+.", c)) {
			return false
		}
	}
	return s != "" && len(s) <= maxName
}

// featureFlags are the flags that tell the compiler of the features: those that are on,
// and with check, all there are, so that it warns about others.
func (m *Manifest) featureFlags(check bool) []string {
	var args, values []string
	for _, name := range m.Enabled {
		args = append(args, "--cfg", `feature="`+name+`"`)
	}
	for _, name := range m.Features {
		values = append(values, `"`+name+`"`)
	}
	if check && len(values) > 0 {
		args = append(args, "--check-cfg", "cfg(feature, values("+strings.Join(values, ", ")+"))")
	}
	return args
}
