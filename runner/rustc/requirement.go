package rustc

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"
)

// Requirement is a version requirement of cargo: a list of comparators, all of which a
// version must meet. Every release meets the zero value.
type Requirement struct {
	text        string
	comparators []comparator
}

// comparator is an operator and a version of which parts may be missing.
type comparator struct {
	op    string // ^ ~ = > >= < <=, or * for a version with a wildcard
	parts []uint64
	pre   string // with its dash
}

// ParseRequirement parses the forms that cargo supports: "1", "^1.2", "~1.2.3", "=1.2.3",
// ">=1, <1.5", "1.*", "*".
func ParseRequirement(s string) (Requirement, error) {
	r := Requirement{text: s}
	if len(s) > 128 {
		return r, fmt.Errorf("%.20q… is not a version requirement", s)
	}
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		c := comparator{op: "^"}
		for _, op := range []string{">=", "<=", ">", "<", "=", "~", "^"} {
			if rest, ok := strings.CutPrefix(part, op); ok {
				c.op, part = op, strings.TrimSpace(rest)
				break
			}
		}
		version, _, _ := strings.Cut(part, "+")
		version, pre, hasPre := strings.Cut(version, "-")
		wild := false
		for _, p := range strings.Split(version, ".") {
			if p == "*" || p == "x" || p == "X" {
				wild = true
				continue
			}
			n, err := strconv.ParseUint(p, 10, 64)
			if err != nil || wild || len(c.parts) == 3 || strconv.FormatUint(n, 10) != p {
				return r, fmt.Errorf("%q is not a version requirement", s)
			}
			c.parts = append(c.parts, n)
		}
		if hasPre {
			c.pre = "-" + pre
			if len(c.parts) != 3 || !semver.IsValid("v0.0.0"+c.pre) {
				return r, fmt.Errorf("%q is not a version requirement", s)
			}
		}
		if wild && c.op == "^" {
			c.op = "*"
		}
		r.comparators = append(r.comparators, c)
	}
	return r, nil
}

func (r Requirement) String() string { return r.text }

// Matches reports whether version meets r. A pre-release does only where r names
// one of the same version. An invalid version meets no requirement.
func (r Requirement) Matches(version string) bool {
	v := "v" + version
	if !semver.IsValid(v) {
		return false
	}
	pre := semver.Prerelease(v)
	core := strings.TrimPrefix(strings.TrimSuffix(semver.Canonical(v), pre), "v")
	var have [3]uint64
	for i, p := range strings.Split(core, ".") {
		have[i], _ = strconv.ParseUint(p, 10, 64) // valid by IsValid; a huge one saturates
	}
	named := pre == ""
	for _, c := range r.comparators {
		if !c.matches(have, pre) {
			return false
		}
		if c.pre != "" && [3]uint64(c.parts) == have {
			named = true
		}
	}
	return named
}

func (c comparator) matches(have [3]uint64, pre string) bool {
	order := 0 // of have against the parts that c has
	same := 0  // how many parts agree
	for i, p := range c.parts {
		if order = cmp.Compare(have[i], p); order != 0 {
			break
		}
		same++
	}
	if order == 0 && len(c.parts) == 3 {
		order = semver.Compare("v0.0.0"+pre, "v0.0.0"+c.pre)
	}
	switch c.op {
	case "=", "*":
		return order == 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case "~": // the last part may grow, but not beyond the second
		return order >= 0 && same >= min(len(c.parts), 2)
	}
	// ^: nothing up to and with the first part that is not zero may change.
	fixed := len(c.parts)
	for i, p := range c.parts {
		if p != 0 {
			fixed = i + 1
			break
		}
	}
	return order >= 0 && same >= min(fixed, len(c.parts))
}
