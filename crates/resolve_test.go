package crates

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func wants(names ...string) []Want {
	var w []Want
	for _, n := range names {
		w = append(w, Want{Name: n})
	}
	return w
}

// One registry with every kind of trouble: what can be had is had, in its newest
// form that builds, and what cannot is named with its reason.
func TestResolve(t *testing.T) {
	r, tc := newRegistry(t)
	r.crate("plain", "1.0.0", "", lib(""))
	r.crate("plain", "1.2.0", "", lib("pub fn f() -> u32 { 12 }"))
	r.crate("plain", "2.0.0-rc.1", "", lib(""))
	r.crate("hinted", "0.3.1", "[features]\ndefault = [\"a\"]\na = []\nb = []\nc = []\n[package.metadata.playground]\nfeatures = [\"c\", \"b\", \"gone\"]\ndefault-features = false", lib(""))
	r.crate("every", "0.1.0", "[features]\ndefault = []\nx = []\ny = []\n[package.metadata.playground]\nall-features = true", lib(""))
	r.crate("odd-hint", "0.1.0", "[package.metadata]\nplayground = 7", lib(""))
	r.crate("young", "1.0.0", "rust-version = \"1.60\"", lib(""))
	r.crate("young", "1.1.0", "rust-version = \"1.999\"", lib(""))
	r.crate("tomb", "2.0.1", "", lib("pub fn alive() {}"))
	r.crate("tomb", "3.0.0", "", lib(`compile_error!("unmaintained");`))
	r.crate("tomb", "3.1.0", "", lib(`compile_error!("unmaintained");`))
	r.crate("foreign", "0.2.0", "", lib(`compile_error!("another platform only");`))
	r.crate("on-foreign", "0.1.0", "[dependencies]\nforeign = \"0.2\"", lib(""))
	r.crate("through", "0.1.0", "[dependencies]\nhidden = \"1\"", lib(""))
	r.crate("hidden", "1.0.0", "", lib("fn broken() { 1 + }"))
	r.crate("scripted", "1.0.0", "", map[string]string{"src/lib.rs": "", "build.rs": `fn main() { panic!("no libfoo") }`})
	r.crate("tool", "1.0.0", "", map[string]string{"src/main.rs": "fn main() {}"})
	r.crate("eager", "1.0.0", "[features]\nbad = []\n[package.metadata.playground]\nfeatures = [\"bad\"]", lib("#[cfg(feature = \"bad\")] compile_error!(\"nightly only\");"))

	names := []string{"plain", "hinted", "every", "odd-hint", "young", "tomb", "foreign", "on-foreign", "through", "scripted", "tool", "eager", "no-such-crate"}
	res := Resolver{Toolchain: tc, Dir: t.TempDir(), Trial: true}
	got, err := res.Resolve(t.Context(), "test", wants(names...))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"plain": "1.2.0", "hinted": "0.3.1 (no default, b, c)", "every": "0.1.0 (x, y)", "odd-hint": "0.1.0",
		"young": "1.0.0", "tomb": "2.0.1", "eager": "1.0.0",
	}
	for _, c := range got.Crates {
		if want[c.Name] != c.spec() {
			t.Errorf("%s is %q, want %q", c.Name, c.spec(), want[c.Name])
		}
		delete(want, c.Name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	if c, _ := got.Get("tomb"); !strings.Contains(c.Note, "3.1.0 does not build") || !strings.Contains(c.Note, "unmaintained") {
		t.Errorf("note of tomb: %q", c.Note)
	}
	if c, _ := got.Get("eager"); !strings.Contains(c.Note, "nightly only") {
		t.Errorf("note of eager: %q", c.Note)
	}
	if c, _ := got.Get("plain"); c.Description != "The crate plain." {
		t.Errorf("description %q", c.Description)
	}
	reasons := map[string]string{
		"foreign": "another platform only", "on-foreign": "foreign", "through": "hidden 1.0.0:",
		"scripted": "build script of scripted 1.0.0 failed", "tool": "no library", "no-such-crate": "no such crate",
	}
	for _, e := range got.Excluded {
		if part, ok := reasons[e.Name]; !ok || !strings.Contains(e.Reason, part) {
			t.Errorf("excluded %s: %q, want %q", e.Name, e.Reason, part)
		}
		delete(reasons, e.Name)
	}
	if len(reasons) > 0 {
		t.Errorf("not excluded: %v", reasons)
	}

	// The same wants give the same bytes.
	res.Dir = t.TempDir()
	again, err := res.Resolve(t.Context(), "test", reversed(wants(names...)))
	if err != nil {
		t.Fatal(err)
	}
	a, _ := got.Marshal()
	b, _ := again.Marshal()
	if string(a) != string(b) {
		t.Errorf("two resolutions differ:\n%s\n%s", a, b)
	}
}

// A hint that cannot be met together with another crate is met as far as it can.
// Where all is wanted, the first that cannot be had ends it before anything is
// compiled.
func TestResolveAll(t *testing.T) {
	r, tc := newRegistry(t)
	r.crate("plain", "1.0.0", "", map[string]string{"src/lib.rs": "", "build.rs": "fn main() { panic!() }"})
	res := Resolver{Toolchain: tc, Dir: t.TempDir(), Trial: true, All: true}
	_, err := res.Resolve(t.Context(), "test", []Want{{Name: "plain"}, {Name: "gone"}})
	var gone *Exclusion
	if !errors.As(err, &gone) || gone.Name != "gone" || err.Error() != "crate gone cannot be had: the registry has no such crate" {
		t.Errorf("got %v", err)
	}
	if _, err := res.Resolve(t.Context(), "test", wants("plain")); !errors.As(err, &gone) || gone.Name != "plain" {
		t.Errorf("of the trial: %v", err)
	}
	_, err = res.Resolve(t.Context(), "test", []Want{{Name: "plain", Requirement: "1 2"}})
	if err == nil || !strings.Contains(err.Error(), "version requirement `1 2`") {
		t.Errorf("the cause is not told: %v", err)
	}
}

func TestCargoErrorReason(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"":                      "",
		"thread panicked\nmore": "thread panicked",
		"    Updating index\nerror: no matching package named `x` found\nlocation searched: crates.io\nrequired by": "error: no matching package named `x` found: location searched: crates.io",
		"error: failed to parse manifest at `/p`\n\nCaused by:\n  bad version\n\nCaused by:\n  wildcard\n":          "error: failed to parse manifest at `/p`: bad version: wildcard",
		"error: \x1b[31mred\n": "error: [31mred",
	} {
		if got := (&CargoError{Stderr: said}).reason(); got != want {
			t.Errorf("of %q: %q, want %q", said, got, want)
		}
	}
}

func TestResolveHintInConflict(t *testing.T) {
	r, tc := newRegistry(t)
	r.crate("bits", "1.0.1", "", lib(""))
	r.crate("bits", "1.1.0", "", lib(""))
	r.crate("array", "1.0.0", "[dependencies]\nbits = { version = \"=1.0.1\", optional = true }\n[features]\nsmall = []\n[package.metadata.playground]\nall-features = true", lib(""))
	res := Resolver{Toolchain: tc, Dir: t.TempDir()}
	l, err := res.Resolve(t.Context(), "test", wants("array", "bits"))
	if err != nil {
		t.Fatal(err)
	}
	array, _ := l.Get("array")
	bits, _ := l.Get("bits")
	if array.spec() != "1.0.0 (small)" || bits.Version != "1.1.0" || !strings.Contains(array.Note, "without bits") {
		t.Errorf("got %+v and %+v", array, bits)
	}
}

// Adding a crate to a list leaves the others where they are, though newer ones
// have come out.
func TestResolvePinned(t *testing.T) {
	r, tc := newRegistry(t)
	r.crate("one", "1.0.0", "[dependencies]\nbelow = \"1\"", lib(""))
	r.crate("below", "1.0.0", "", lib(""))
	res := Resolver{Toolchain: tc, Dir: t.TempDir()}
	l, err := res.Resolve(t.Context(), "test", wants("one"))
	if err != nil {
		t.Fatal(err)
	}
	r.crate("one", "1.1.0", "[dependencies]\nbelow = \"1\"", lib(""))
	r.crate("below", "1.1.0", "", lib(""))
	r.crate("two", "0.1.0", "[features]\nf = []", lib(""))
	res = Resolver{Toolchain: tc, Dir: t.TempDir(), Lock: l.Lock}
	one, _ := l.Get("one")
	with, err := res.Resolve(t.Context(), "test", []Want{one.Pinned(), {Name: "two", Features: []string{"f"}, Own: true}})
	if err != nil {
		t.Fatal(err)
	}
	added, removed, moved := Diff(l, with)
	if len(added) != 1 || added[0].New != "0.1.0 (f)" || len(removed)+len(moved) != 0 {
		t.Errorf("added %v, removed %v, moved %v", added, removed, moved)
	}
	if !strings.Contains(string(with.Lock), "name = \"below\"\nversion = \"1.0.0\"") {
		t.Errorf("what lies below moved:\n%s", with.Lock)
	}
	if _, err := res.Resolve(t.Context(), "test", []Want{{Name: "../x"}}); err == nil {
		t.Error("a hostile name passed")
	}
	if _, err := res.Resolve(t.Context(), "test", []Want{{Name: "one", Requirement: "1\"\nx = \"2"}}); err == nil {
		t.Error("a hostile requirement passed")
	}
}

func TestOlderThan(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]string{"3.1.4": "<3", "0.62.2": "<0.62", "0.0.7": "<0.0.7", "1.2.1+spec-1": "<1", "0.0.0": ""} {
		if got := olderThan(v); got != want {
			t.Errorf("olderThan(%s) = %q, want %q", v, got, want)
		}
	}
}

// The set is used as a runner uses it: a plain rustc, moved elsewhere, with the
// externs that a program names and the search path for the rest.
func TestBuildAndUse(t *testing.T) {
	r, tc := newRegistry(t)
	r.crate("derive-it", "1.0.0", "[lib]\nproc-macro = true", lib(`extern crate proc_macro;
		#[proc_macro] pub fn six(_: proc_macro::TokenStream) -> proc_macro::TokenStream { "6".parse().unwrap() }`))
	r.crate("deep", "0.2.0", "", lib(`pub fn seven() -> u32 { 7 } pub fn checked() -> bool { cfg!(debug_assertions) }`))
	r.crate("dashed-name", "1.0.0", "[dependencies]\ndeep = \"0.2\"\nderive-it = \"1\"", lib(`pub use derive_it::six; pub fn seven() -> u32 { deep::seven() } pub fn checked() -> bool { deep::checked() }`))
	r.crate("package", "1.0.0", "[lib]\nname = \"other\"\n[build-dependencies]\nonly-host = \"1\"", map[string]string{
		"src/lib.rs": `pub const X: &str = env!("X");`, "build.rs": `fn main() { println!("cargo::rustc-env=X={}", only_host::x()) }`})
	r.crate("only-host", "1.0.0", "", lib(`pub fn x() -> &'static str { "made" }`))

	res := Resolver{Toolchain: tc, Dir: t.TempDir()}
	l, err := res.Resolve(t.Context(), "test", wants("dashed-name", "package", "derive-it"))
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	var last Progress
	set, err := Build(t.Context(), l, tc, BuildOptions{Cache: cache, Progress: func(p Progress) { last = p }})
	if err != nil {
		t.Fatal(err)
	}
	if last.Profile != Release || last.Done != last.Total || last.Done == 0 {
		t.Errorf("progress ended at %+v", last)
	}
	if files, _ := filepath.Glob(filepath.Join(set.Dir, "*", "*only_host*")); len(files) > 0 {
		t.Errorf("the set holds what only build scripts use: %v", files)
	}
	if c, err := set.Crate("package"); err != nil || c.Ident != "other" {
		t.Errorf("package: %+v, %v", c, err)
	}
	if _, err := set.Crate("deep"); !errors.Is(err, ErrNotInSet) {
		t.Errorf("deep: %v", err)
	}
	// As a mount would have it: another path.
	moved := filepath.Join(t.TempDir(), "set")
	if err := os.Rename(set.Dir, moved); err != nil {
		t.Fatal(err)
	}
	main := filepath.Join(t.TempDir(), "main.rs")
	os.WriteFile(main, []byte(`fn main() { println!("{} {} {} {}", dashed_name::six!() * dashed_name::seven(), dashed_name::checked(), other::X, derive_it::six!()) }`), 0o600)
	for p, want := range map[Profile]string{Debug: "42 true made 6\n", Release: "42 false made 6\n"} {
		bin := filepath.Join(t.TempDir(), "main")
		c, externs := set.Profiles[p], []string(nil)
		for _, dir := range c.Search {
			externs = append(externs, "-L", filepath.Join(moved, dir))
		}
		for _, ident := range []string{"other", "dashed_name", "derive_it"} {
			externs = append(externs, "--extern", ident+"="+filepath.Join(moved, c.Externs[ident]))
		}
		if out, err := exec.Command(tc.Rustc, append(externs, "--edition=2024", main, "-o", bin)...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", p, err, out)
		}
		if out, err := exec.Command(bin).Output(); err != nil || string(out) != want {
			t.Errorf("%s printed %q, %v", p, out, err)
		}
		// What check needs is in the same libraries.
		if out, err := exec.Command(tc.Rustc, append(externs, "--edition=2024", main, "--emit=metadata", "-o", bin+".rmeta")...).CombinedOutput(); err != nil {
			t.Errorf("check %s: %v\n%s", p, err, out)
		}
	}
	if err := os.Rename(moved, set.Dir); err != nil {
		t.Fatal(err)
	}

	// Content-addressed: the same again is found, and cargo is not even asked.
	lame := tc
	lame.Cargo = filepath.Join(t.TempDir(), "no-cargo")
	if s, err := Build(t.Context(), l, lame, BuildOptions{Cache: cache}); err != nil || s.Key != set.Key {
		t.Errorf("second build: %v", err)
	}
	// A set with a file missing is built again.
	os.Remove(filepath.Join(set.Dir, set.Profiles[Debug].Externs["other"]))
	if _, err := OpenSet(set.Dir); err == nil {
		t.Error("a broken set opened")
	}
	if s, err := Build(t.Context(), l, tc, BuildOptions{Cache: cache}); err != nil || s.Key != set.Key {
		t.Errorf("repair: %v", err)
	}
	// Elsewhere, for an image: built, or copied where it is in the cache, which
	// takes no cargo, and only to where nothing is.
	out := filepath.Join(t.TempDir(), "out")
	if s, err := Build(t.Context(), l, tc, BuildOptions{Output: out, Base: "image"}); err != nil || s.Key == set.Key {
		t.Errorf("to a directory: %v", err)
	}
	if _, err := Build(t.Context(), l, tc, BuildOptions{Cache: cache, Output: out}); err == nil || !strings.Contains(err.Error(), "another set") {
		t.Errorf("over another set: %v", err)
	}
	for range 2 {
		copied := BuildOptions{Cache: cache, Output: filepath.Join(filepath.Dir(out), "copy")}
		if s, err := Build(t.Context(), l, lame, copied); err != nil || s.Key != set.Key || s.Dir != copied.Output {
			t.Errorf("from the cache: %v", err)
		}
	}
	theirs := t.TempDir()
	if _, err := Build(t.Context(), l, tc, BuildOptions{Cache: cache, Output: theirs}); err == nil || !strings.Contains(err.Error(), "not a set") {
		t.Errorf("over a directory: %v", err)
	}
}

func TestBuildFails(t *testing.T) {
	r, tc := newRegistry(t)
	r.crate("bad", "1.0.0", "", lib(`compile_error!("not today");`))
	res := Resolver{Toolchain: tc, Dir: t.TempDir()}
	l, err := res.Resolve(t.Context(), "test", wants("bad"))
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	_, err = Build(t.Context(), l, tc, BuildOptions{Cache: cache})
	if err == nil || !strings.Contains(err.Error(), "not today") {
		t.Errorf("got %v", err)
	}
	if sets, _ := os.ReadDir(filepath.Join(cache, "sets")); len(sets) > 0 {
		t.Errorf("and yet there is %v", sets)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Build(ctx, l, tc, BuildOptions{Cache: cache}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	l := List{Crates: []Crate{{Name: "a", Version: "1.0.0", DefaultFeatures: true}, {Name: "b", Version: "1.0.0", Features: []string{"x", "y"}}}, Lock: []byte("lock")}
	tc := Toolchain{Verbose: "rustc 1", Host: "h"}
	key := Key(l, tc, "debian 12")
	same := l
	same.Crates = []Crate{{Name: "b", Version: "1.0.0", Features: []string{"y", "x"}, Note: "n", Description: "d"}, l.Crates[0]}
	if Key(same, tc, "debian 12") != key {
		t.Error("order, notes and descriptions are in the key")
	}
	for name, other := range map[string]string{
		"version":  Key(List{Crates: []Crate{{Name: "a", Version: "1.0.1", DefaultFeatures: true}, l.Crates[1]}, Lock: l.Lock}, tc, "debian 12"),
		"lock":     Key(List{Crates: l.Crates, Lock: []byte("other")}, tc, "debian 12"),
		"compiler": Key(l, Toolchain{Verbose: "rustc 2", Host: "h"}, "debian 12"),
		"base":     Key(l, tc, "debian 13"),
		"machine":  Key(l, Toolchain{Verbose: "rustc 1", Host: "h", Machine: "CC=clang"}, "debian 12"),
	} {
		if other == key {
			t.Errorf("the %s is not in the key", name)
		}
	}
}

func reversed(w []Want) []Want {
	slices.Reverse(w)
	return w
}

// A set says nothing of the directories that it was built in.
func TestSetNamesNoPaths(t *testing.T) {
	r, tc := newRegistry(t)
	r.crate("loud", "1.0.0", "", map[string]string{
		"src/lib.rs": "include!(concat!(env!(\"OUT_DIR\"), \"/more.rs\")); pub fn fail(x: Option<u8>) -> u8 { x.expect(file!()) }",
		"build.rs":   `fn main() { std::fs::write(format!("{}/more.rs", std::env::var("OUT_DIR").unwrap()), "pub fn here() -> &'static str { file!() }").unwrap() }`,
	})
	res := Resolver{Toolchain: tc, Dir: t.TempDir()}
	l, err := res.Resolve(t.Context(), "test", wants("loud"))
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	set, err := Build(t.Context(), l, tc, BuildOptions{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	for p, c := range set.Profiles {
		data, err := os.ReadFile(filepath.Join(set.Dir, c.Externs["loud"]))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{r.dir, cache, os.Getenv("CARGO_HOME")} {
			if at := strings.Index(string(data), path); at >= 0 {
				t.Errorf("%s: %q", p, data[at:min(len(data), at+200)])
			}
		}
	}
}
