// Package setplan joins packages crates and runner/rustc, which know nothing of
// each other: it makes of a set what a planner needs to know of it.
package setplan

import (
	"github.com/corust-dev/corust/crates"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// Of is the set as a planner wants it.
func Of(set *crates.Set) *rustc.Set {
	s := &rustc.Set{Profiles: map[runner.Mode]rustc.Externs{}}
	for _, c := range set.Crates {
		s.Crates = append(s.Crates, rustc.Known{Name: c.Name, Ident: c.Ident, Version: c.Version, Features: c.Features})
	}
	for p, mode := range map[crates.Profile]runner.Mode{crates.Debug: runner.ModeDebug, crates.Release: runner.ModeRelease} {
		c := set.Profiles[p]
		s.Profiles[mode] = rustc.Externs{Files: c.Externs, Search: c.Search, Native: c.Native}
	}
	return s
}
