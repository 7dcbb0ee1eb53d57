package runner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// MaxToolchains is the most toolchains that a Backend lists.
const MaxToolchains = 32

// Matches reports whether the channel, read as a version, is the version of a rustc:
// "1.95.0" is that release, "1.95" is each of its patch releases, and
// "1.97.0-nightly" is a prerelease.
func (c Channel) Matches(version string) bool {
	name := string(c)
	if name == "" || name[0] < '0' || name[0] > '9' {
		return false
	}
	return name == version || strings.Count(name, ".") == 1 && !strings.Contains(version, "-") && strings.HasPrefix(version, name+".")
}

// Named reports whether a request for the channel can have the toolchain.
func (t Toolchain) Named(c Channel) bool { return t.Channel == c || c.Matches(t.Version) }

// SortChannels sorts the channels of a backend as menus and messages list them: the
// default, stable, beta, nightly, versions from the newest to the oldest, and then the
// other names alphabetically.
func SortChannels(list []Channel, byDefault Channel) {
	releases := []Channel{byDefault, "stable", "beta", "nightly"}
	type place struct {
		group               int
		major, minor, patch int
	}
	of := func(c Channel) (p place) {
		if i := slices.Index(releases, c); i >= 0 {
			return place{group: i}
		}
		p.group = len(releases)
		if n, _ := fmt.Sscanf(string(c), "%d.%d.%d", &p.major, &p.minor, &p.patch); n < 2 {
			return place{group: len(releases) + 1}
		}
		return p
	}
	slices.SortStableFunc(list, func(a, b Channel) int {
		x, y := of(a), of(b)
		return cmp.Or(cmp.Compare(x.group, y.group),
			cmp.Compare(y.major, x.major), cmp.Compare(y.minor, x.minor), cmp.Compare(y.patch, x.patch),
			cmp.Compare(a, b))
	})
}

// NoToolchain returns the refusal of a channel that names none of the toolchains that a
// backend has. It names those. cause, which may be nil, is wrapped.
func NoToolchain(c Channel, have []Channel, cause error) *InvalidError {
	reason := fmt.Sprintf("no toolchain %.80q here", string(c))
	if len(have) > 0 {
		names := make([]string, 0, MaxToolchains)
		for _, h := range have[:min(len(have), MaxToolchains)] {
			names = append(names, string(h))
		}
		reason += fmt.Sprintf(" (want one of %s)", strings.Join(names, ", "))
	}
	return &InvalidError{Field: "channel", Reason: reason, Err: cause}
}
