package crates

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Profile is a way to compile the crates of a set.
type Profile string

// The profiles of a set.
const (
	Debug   Profile = "debug"
	Release Profile = "release"
)

// Profiles are all profiles, in the order in which they are built.
var Profiles = []Profile{Debug, Release}

// cargoProfile is the profile's name in the project. Names of our own keep a
// [profile.dev] of the user's cargo configuration from changing what comes out.
func (p Profile) cargoProfile() string { return "corust-" + string(p) }

// profiles is the part of the manifest that decides what comes out of the
// compiler; it is part of a set's key. debug and release stand for plain "rustc"
// and "rustc -C opt-level=3": what differs from cargo's own profiles is debug
// information, which would double the set, and the strip of procedural macros.
// Those and the build scripts are for the host and the same in both.
func profiles() string {
	var b strings.Builder
	for _, p := range Profiles {
		inherits, level, checks := "release", 3, false
		if p == Debug {
			inherits, level, checks = "dev", 0, true
		}
		name := "profile." + p.cargoProfile()
		fmt.Fprintf(&b, "\n[%s]\ninherits = %q\npanic = \"unwind\"\nlto = \"off\"\n%s", name, inherits, codegen(level, checks))
		fmt.Fprintf(&b, "\n[%s.build-override]\n%s", name, codegen(0, false))
	}
	return b.String()
}

// codegen are the settings that a profile has for crates and again for what runs
// on the host.
func codegen(level int, checks bool) string {
	return fmt.Sprintf(`opt-level = %d
debug = false
debug-assertions = %[2]t
overflow-checks = %[2]t
incremental = false
codegen-units = 2
strip = "symbols"
`, level, checks)
}

// packageName is the project's own. It cannot be a crate's: it is not published,
// and a list that named it would depend on itself and fail at once.
const packageName = "corust-set"

// dependency is one line of the project's manifest.
type dependency struct {
	name            string
	requirement     string
	defaultFeatures bool
	features        []string
}

func (l List) dependencies() []dependency {
	var deps []dependency
	for _, c := range l.sorted().Crates {
		deps = append(deps, dependency{c.Name, "=" + c.Version, c.DefaultFeatures, c.Features})
	}
	return deps
}

// manifest is the project's Cargo.toml: the same text for the same dependencies.
func manifest(deps []dependency) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "[package]\nname = %q\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n", packageName)
	// A separate workspace: cargo must not read a Cargo.toml further up.
	b.WriteString("[workspace]\n\n[lib]\npath = \"lib.rs\"\n\n[dependencies]\n")
	for _, d := range deps {
		fmt.Fprintf(&b, "%s = { version = %s", d.name, strconv.Quote(d.requirement))
		if !d.defaultFeatures {
			b.WriteString(", default-features = false")
		}
		if len(d.features) > 0 {
			features := slices.Clone(d.features)
			for i, f := range features {
				features[i] = strconv.Quote(f)
			}
			fmt.Fprintf(&b, ", features = [%s]", strings.Join(features, ", "))
		}
		b.WriteString(" }\n")
	}
	b.WriteString(profiles())
	return b.Bytes()
}

// WriteProject writes the cargo project of l into dir, which it makes: a library
// without code that depends on every crate, and the lock. It is what [Build]
// builds.
func WriteProject(dir string, l List) error {
	l = l.sorted()
	l.LockHash = hashOf(l.Lock)
	if err := l.check(); err != nil {
		return fmt.Errorf("%w: %w", ErrList, err)
	}
	return writeProject(dir, l.dependencies(), l.Lock)
}

func writeProject(dir string, deps []dependency, lock []byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files := map[string][]byte{"Cargo.toml": manifest(deps), "lib.rs": nil}
	if lock != nil {
		files["Cargo.lock"] = lock
	}
	for name, data := range files {
		path := filepath.Join(dir, name)
		// An unchanged file keeps its time: cargo takes a newer one for a change.
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
			continue
		}
		if err := writeFile(path, data); err != nil {
			return err
		}
	}
	return nil
}

// buildArgs are the arguments with which cargo builds a profile of the project.
// The explicit target keeps what a program links apart from what only build
// scripts and macros use.
func buildArgs(p Profile, host string) []string {
	return []string{"build", "--lib", "--profile", p.cargoProfile(), "--target", host,
		"--locked", "--keep-going", "--message-format", "json"}
}
