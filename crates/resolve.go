package crates

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"
)

// A Want is a crate asked for. With Features nil, the crate's own hint
// ([package.metadata.playground]) decides them.
type Want struct {
	Name            string
	Requirement     string // cargo's form; "" is the newest
	Features        []string
	NoDefault       bool
	Own             bool
	Note            string
	fixed           bool   // features are as given
	steps           int    // trials that went to an older range of versions
	withoutFeatures bool   // a trial failed with the hint's features
	reason, failed  string // why the newest version does not build, and which that was
}

// Pinned asks for just the crate that a list has.
func (c Crate) Pinned() Want {
	return Want{Name: c.Name, Requirement: "=" + c.Version, Features: c.Features,
		NoDefault: !c.DefaultFeatures, Own: c.Own, Note: c.Note, fixed: true}
}

// A Resolver lets cargo choose versions.
type Resolver struct {
	Toolchain Toolchain
	Dir       string // the project's; made if missing, and worth keeping: cargo resumes in it
	Lock      []byte // to start from, as far as it fits; nil for the newest of everything
	// Trial builds the project and leaves out or sets back what does not compile.
	Trial bool
	// All makes an exclusion an *Exclusion error, as soon as it is known.
	All      bool
	Log      io.Writer        // receives cargo's standard error
	Progress func(p Progress) // of the trial
}

// maxSteps is how many ranges of compatible versions a trial goes back.
const maxSteps = 3

// Resolve makes a list of the newest released versions that the toolchain can
// build. A crate that cannot be had is not an error but an exclusion.
func (r *Resolver) Resolve(ctx context.Context, source string, wants []Want) (List, error) {
	wants, err := checkWants(wants)
	if err != nil {
		return List{}, err
	}
	list := List{Source: source, Compiler: r.Toolchain.Release, Host: r.Toolchain.Host}
	lockFile := filepath.Join(r.Dir, "Cargo.lock")
	lock := r.Lock
	for {
		if err := os.Remove(lockFile); err != nil && !errors.Is(err, os.ErrNotExist) {
			return List{}, err
		}
		var excluded []Exclusion
		wants, excluded, err = r.versions(ctx, wants, lock)
		if err != nil {
			return List{}, err
		}
		if r.All && len(excluded) > 0 {
			return List{}, &excluded[0]
		}
		list.Excluded = append(list.Excluded, excluded...)
		var crates []Crate
		if crates, err = r.features(ctx, wants); err != nil {
			return List{}, err
		}
		if lock, err = os.ReadFile(lockFile); err != nil {
			return List{}, err
		}
		list.Crates, list.Lock = crates, lock
		if !r.Trial {
			break
		}
		var again bool
		wants, excluded, again, err = r.trial(ctx, wants, crates)
		if err != nil {
			return List{}, err
		}
		if r.All && len(excluded) > 0 {
			return List{}, &excluded[0]
		}
		list.Excluded = append(list.Excluded, excluded...)
		if !again {
			break
		}
	}
	list = list.sorted()
	list.LockHash = hashOf(list.Lock)
	return list, list.check()
}

func checkWants(wants []Want) ([]Want, error) {
	seen := make(map[string]bool)
	var checked []Want
	for _, w := range wants {
		if err := CheckName(w.Name); err != nil {
			return nil, err
		}
		if w.Requirement != "" {
			if err := checkRequirement(w.Requirement); err != nil {
				return nil, fmt.Errorf("crate %s: %w", w.Name, err)
			}
		}
		for _, f := range w.Features {
			if err := checkFeature(f); err != nil {
				return nil, fmt.Errorf("crate %s: %w", w.Name, err)
			}
		}
		id := strings.ToLower(Ident(w.Name))
		if seen[id] {
			continue
		}
		seen[id] = true
		w.fixed = w.fixed || w.Features != nil || w.NoDefault
		checked = append(checked, w)
	}
	return checked, nil
}

// Cargo's messages about a crate that no registry has, and about a requirement that no
// version meets. If cargo changes them, the fault of one crate becomes an error of the
// whole resolution.
var (
	noPackage = regexp.MustCompile("(?m)no matching package named `([^`]+)` found")
	noVersion = regexp.MustCompile("(?m)failed to select a version for the requirement `([^ `]+) = [^`]*`")
)

// versions makes cargo choose, with the features that are fixed but none of the
// hints, and returns the wants that it found crates for.
func (r *Resolver) versions(ctx context.Context, wants []Want, lock []byte) ([]Want, []Exclusion, error) {
	var excluded []Exclusion
	for len(wants) > 0 {
		var deps []dependency
		for _, w := range wants {
			deps = append(deps, w.dependency())
		}
		if err := writeProject(r.Dir, deps, lock); err != nil {
			return nil, nil, err
		}
		m, err := r.Toolchain.metadata(ctx, r.Dir, r.Log, false)
		var cargo *CargoError
		if errors.As(err, &cargo) {
			found := noPackage.FindStringSubmatch(cargo.Stderr)
			if found == nil {
				found = noVersion.FindStringSubmatch(cargo.Stderr)
			}
			i := -1
			if found != nil {
				i = slices.IndexFunc(wants, func(w Want) bool { return w.Name == found[1] })
			}
			if i < 0 {
				return nil, nil, err
			}
			w := wants[i]
			if w.reason == "" {
				w.reason = "the registry has no such crate"
				if w.Requirement != "" {
					w.reason = "the registry has no version that meets " + w.Requirement
				}
			}
			excluded = append(excluded, Exclusion{Name: w.Name, Version: w.failed, Reason: w.reason})
			wants = slices.Delete(wants, i, i+1)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		direct := m.direct()
		var kept []Want
		for _, w := range wants {
			p := direct[w.Name]
			if p == nil {
				excluded = append(excluded, Exclusion{Name: w.Name, Reason: "has no library"})
				continue
			}
			if lib, _ := p.library(); lib == "" {
				excluded = append(excluded, Exclusion{Name: w.Name, Version: p.Version, Reason: "has no library"})
				continue
			}
			kept = append(kept, w)
		}
		return kept, excluded, nil
	}
	return nil, excluded, nil
}

func (w Want) dependency() dependency {
	d := dependency{name: w.Name, requirement: w.Requirement, defaultFeatures: true}
	if d.requirement == "" {
		d.requirement = "*"
	}
	if w.fixed {
		d.defaultFeatures, d.features = !w.NoDefault, w.Features
	}
	return d
}

// features pins what versions found and adds the features of the hints: all at
// once, or, where cargo cannot satisfy them together, as many as it can, crate by
// crate and feature by feature. The project in r.Dir is then the list's.
func (r *Resolver) features(ctx context.Context, wants []Want) ([]Crate, error) {
	m, err := r.Toolchain.metadata(ctx, r.Dir, r.Log, false)
	if err != nil {
		return nil, err
	}
	direct := m.direct()
	var plain, hinted []Crate
	for _, w := range wants {
		p := direct[w.Name]
		c := Crate{Name: w.Name, Version: p.Version, DefaultFeatures: !w.NoDefault || !w.fixed,
			Features: w.Features, Own: w.Own, Note: w.Note, Description: clean(p.Description)}
		plain = append(plain, c)
		if !w.fixed && !w.withoutFeatures {
			c.DefaultFeatures, c.Features = p.playground()
		}
		hinted = append(hinted, c)
	}
	lock, err := os.ReadFile(filepath.Join(r.Dir, "Cargo.lock"))
	if err != nil {
		return nil, err
	}
	try := func(crates []Crate) error {
		if err := writeProject(r.Dir, List{Crates: crates}.dependencies(), lock); err != nil {
			return err
		}
		_, err := r.Toolchain.metadata(ctx, r.Dir, r.Log, false)
		return err
	}
	var refused *CargoError
	if err := try(hinted); err == nil || !errors.As(err, &refused) {
		return hinted, err
	}
	crates := plain
	for i, want := range hinted {
		if want.spec() == plain[i].spec() {
			continue
		}
		next := slices.Clone(crates)
		next[i] = want
		err := try(next)
		if errors.As(err, &refused) {
			next[i], err = someFeatures(next, i, try)
		}
		if err != nil {
			return nil, err
		}
		crates = next
	}
	return crates, try(crates)
}

// someFeatures returns crate i with as many of its features as cargo accepts beside
// the other crates.
func someFeatures(crates []Crate, i int, try func([]Crate) error) (Crate, error) {
	crates = slices.Clone(crates)
	have, wanted := crates[i], crates[i].Features
	have.Features = nil
	var left []string
	for _, f := range wanted {
		crates[i] = have
		crates[i].Features = append(slices.Clone(have.Features), f)
		var refused *CargoError
		switch err := try(crates); {
		case err == nil:
			have = crates[i]
		case errors.As(err, &refused):
			left = append(left, f)
		default:
			return Crate{}, err
		}
	}
	if len(left) > 0 {
		have.Note = "without " + strings.Join(left, ", ") + ": not to be had together with the other crates"
	}
	return have, nil
}

// trial builds the project for debugging and deals with the crates that fail by
// themselves, not through another of the list: first without the hint's features,
// then with older versions, then not at all. What fails in a build script is the
// machine's fault rather than the version's, and excluded at once.
func (r *Resolver) trial(ctx context.Context, wants []Want, crates []Crate) (kept []Want, excluded []Exclusion, again bool, err error) {
	m, err := r.Toolchain.metadata(ctx, r.Dir, r.Log, true)
	if err != nil {
		return nil, nil, false, err
	}
	b := builder{toolchain: r.Toolchain, dir: r.Dir, meta: m, log: r.Log, progress: r.Progress}
	out, err := b.profile(ctx, Debug)
	if err != nil {
		return nil, nil, false, err
	}
	if out.err == nil {
		return wants, nil, false, nil
	}
	failed := out.failures(m)
	if len(failed) == 0 { // nothing that leaving a crate out would cure
		return nil, nil, false, out.err
	}
	for i, w := range wants {
		f, ok := failed[w.Name]
		if !ok {
			kept = append(kept, w)
			continue
		}
		if w.reason == "" {
			w.reason, w.failed = f.reason, crates[i].Version
		}
		older := olderThan(crates[i].Version)
		switch {
		case !w.fixed && !w.withoutFeatures && crates[i].spec() != crates[i].Version:
			w.withoutFeatures = true
			w.Note = "without the features its author suggests: " + f.reason
		case !w.fixed && !f.script && w.steps < maxSteps && older != "":
			w.Requirement = older
			w.Note = crates[i].Version + " does not build: " + w.reason
			w.steps++
		default:
			excluded = append(excluded, Exclusion{Name: w.Name, Version: w.failed, Reason: w.reason})
			continue
		}
		kept = append(kept, w)
	}
	return kept, excluded, true, nil
}

// olderThan requires a version before the range that cargo takes for compatible
// with v: below 3 for 3.1.4, below 0.62 for 0.62.2; "" where there is none.
func olderThan(v string) string {
	parts := strings.Split(strings.TrimPrefix(strings.TrimSuffix(semver.Canonical("v"+v), semver.Prerelease("v"+v)), "v"), ".")
	for i, p := range parts {
		if n, err := strconv.Atoi(p); err == nil && n > 0 {
			return "<" + strings.Join(parts[:i+1], ".")
		}
	}
	return ""
}

// failure is why a crate of the list has no library.
type failure struct {
	reason string
	script bool
}

// scriptFailed is how cargo reports a build script; there is no JSON for it.
var scriptFailed = regexp.MustCompile("(?m)^error: failed to run custom build command for `([^ `]+) v([^ `]+)")

// failures attributes what failed in a build to crates of the list: to those
// that depend on a failed package with no other failing crate of the list in
// between.
func (o *outcome) failures(m *metadata) map[string]failure {
	packages, edges := m.byID(), m.edges()
	faults := make(map[string]failure) // by package id
	for id, text := range o.errors {
		if p := packages[id]; p != nil {
			faults[id] = failure{reason: fmt.Sprintf("%s %s: %s", p.Name, p.Version, text)}
		}
	}
	for _, found := range scriptFailed.FindAllStringSubmatch(o.stderr, -1) {
		for id, p := range packages {
			if p.Name == found[1] && p.Version == found[2] {
				faults[id] = failure{reason: fmt.Sprintf("the build script of %s %s failed", p.Name, p.Version), script: true}
			}
		}
	}
	directID := make(map[string]string)
	for name, p := range m.direct() {
		directID[p.ID] = name
	}
	failed := make(map[string]failure)
	for id, name := range directID {
		seen := map[string]bool{}
		var walk func(string, bool) *failure
		walk = func(at string, top bool) *failure {
			if seen[at] || !top && directID[at] != "" {
				return nil
			}
			seen[at] = true
			if f, ok := faults[at]; ok {
				return &f
			}
			for _, next := range slices.Sorted(slices.Values(edges[at])) {
				if f := walk(next, false); f != nil {
					return f
				}
			}
			return nil
		}
		if f := walk(id, true); f != nil {
			failed[name] = *f
		}
	}
	return failed
}
