package crates

import (
	"fmt"
	"strings"

	"golang.org/x/mod/semver"
)

// maxName is the registry's own limit on the length of a crate's name.
const maxName = 64

// CheckName reports whether s may be a crate's name: what crates.io accepts,
// less the names of the crates that come with the compiler. Names that pass are
// safe as a file name, as a TOML key and as an argument.
func CheckName(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("empty crate name")
	case len(s) > maxName:
		return fmt.Errorf("crate name %q… has %d characters, more than %d", s[:16], len(s), maxName)
	case !isLetter(s[0]):
		return fmt.Errorf("crate name %q does not begin with a letter", s)
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !isDigit(c) && c != '_' && c != '-' {
			return fmt.Errorf("crate name %q has a character that names cannot have", s)
		}
	}
	switch s {
	case "std", "core", "alloc", "proc_macro", "proc-macro", "test", "self", "super", "crate":
		return fmt.Errorf("crate name %q is the compiler's own", s)
	}
	return nil
}

// Ident is the name under which source code knows a crate: dashes are
// underscores there. It is also what the registry compares when it decides
// whether two names are the same, together with the case.
func Ident(name string) string { return strings.ReplaceAll(name, "-", "_") }

// same reports whether the registry takes a and b for one crate.
func same(a, b string) bool { return strings.EqualFold(Ident(a), Ident(b)) }

// checkVersion accepts a full semantic version such as 0.9.34+deprecated.
func checkVersion(s string) error {
	if len(s) > 128 || !semver.IsValid("v"+s) || strings.Count(strings.SplitN(strings.SplitN(s, "+", 2)[0], "-", 2)[0], ".") != 2 {
		return fmt.Errorf("%q is not a version", s)
	}
	return nil
}

// checkRequirement accepts the characters of cargo's version requirements; cargo
// decides what they mean.
func checkRequirement(s string) error {
	if s == "" || len(s) > 128 {
		return fmt.Errorf("%q is not a version requirement", s)
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !isDigit(c) && !strings.ContainsRune(".+-*=<>^~, ", rune(c)) {
			return fmt.Errorf("%q is not a version requirement", s)
		}
	}
	return nil
}

// checkFeature accepts what cargo accepts as the name of a feature, in ASCII,
// with dep/feature as well.
func checkFeature(s string) error {
	if s == "" || len(s) > 128 || s[0] == '-' || s[0] == '.' {
		return fmt.Errorf("%q is not a feature name", s)
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !isDigit(c) && !strings.ContainsRune("_-+./?", rune(c)) {
			return fmt.Errorf("%q is not a feature name", s)
		}
	}
	return nil
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
