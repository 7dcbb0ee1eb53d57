package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/corust-dev/corust/crates"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// nativeSet finds the set of the user's list for the toolchain at sysroot.
func (a *app) nativeSet(sysroot string) (dir, key string) {
	cache, err := cacheDir()
	if err != nil {
		return "", ""
	}
	path, err := new(cratesFlags).path()
	if err != nil {
		return "", ""
	}
	id, err := crates.ListID(path)
	if err != nil {
		return "", ""
	}
	return crates.Recall(cache, filepath.Join(sysroot, "bin", "rustc"), id)
}

// planner joins the planner and the sets, each of which is read once.
func (a *app) planner() rustc.Planner {
	var mu sync.Mutex
	sets := make(map[string]*rustc.Set)
	return rustc.Planner{Sets: func(key string) (*rustc.Set, error) {
		mu.Lock()
		defer mu.Unlock()
		if s := sets[key]; s != nil {
			return s, nil
		}
		s, err := plannerSet(key)
		if err == nil {
			sets[key] = s
		}
		return s, err
	}}
}

func plannerSet(key string) (*rustc.Set, error) {
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	set, err := crates.Describe(cache, key)
	if err != nil {
		return nil, err
	}
	s := &rustc.Set{Profiles: map[runner.Mode]rustc.Externs{}}
	for _, c := range set.Crates {
		s.Crates = append(s.Crates, rustc.Known{Name: c.Name, Ident: c.Ident, Version: c.Version, Features: c.Features})
	}
	for p, mode := range map[crates.Profile]runner.Mode{crates.Debug: runner.ModeDebug, crates.Release: runner.ModeRelease} {
		c := set.Profiles[p]
		s.Profiles[mode] = rustc.Externs{Files: c.Externs, Search: c.Search, Native: c.Native}
	}
	return s, nil
}

// unknownCrates says in a line what is to be known of crates that the compiler
// did not find; "" if it found all. tc is what compiled the files.
func (a *app) unknownCrates(files []runner.File, messages []byte, tc runner.Toolchain) string {
	var mentioned []string
	for _, f := range files {
		if strings.HasSuffix(f.Name, ".rs") {
			mentioned = append(mentioned, rustc.Mentions(f.Data)...)
		}
	}
	unlinked := rustc.Unlinked(messages, mentioned)
	if len(unlinked) == 0 {
		return ""
	}
	list := "crate " + strings.Join(unlinked, ", ")
	if len(unlinked) > 1 {
		list = "crates " + strings.Join(unlinked, ", ")
	}
	if tc.Set == "" {
		return list + ": " + errNoSet.Error() + " (corust crates build)"
	}
	set, err := plannerSet(tc.SetKey)
	if err != nil {
		return ""
	}
	return list + ": not in the set of crates" + nearest(unlinked, set) + " (corust crates list, add)"
}

// nearest names the nearest crate of the set for each name.
func nearest(names []string, set *rustc.Set) string {
	var have, near []string
	for _, k := range set.Crates {
		have = append(have, k.Name)
	}
	for _, name := range names {
		for _, n := range crates.Nearest(name, have, 1) {
			if !slices.Contains(near, n) {
				near = append(near, n)
			}
		}
	}
	if len(near) == 0 {
		return ""
	}
	return fmt.Sprintf("; the nearest there is %s", strings.Join(near, ", "))
}
