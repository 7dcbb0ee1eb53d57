package crates

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrNotInSet is what looking up a crate that a set lacks wraps.
var ErrNotInSet = errors.New("not in the set")

const (
	setFormat   = 1 // of the directory and of externs.json; part of the key
	externsFile = "externs.json"
)

// A Set is a directory of compiled crates:
//
//	externs.json   what is in it: this struct
//	debug/         libraries (.rlib), whole: they serve check and clippy as well
//	release/       the same, optimised
//	host/          procedural macros (.so), the same for both
//
// All paths are slash-separated and relative to Dir, but for Compiled.Native.
type Set struct {
	Dir string `json:"-"`

	Format   int                  `json:"format"`
	Key      string               `json:"key"`
	Rustc    string               `json:"rustc"` // the output of rustc -vV
	Host     string               `json:"host"`
	Base     string               `json:"base"` // the system that it was built on
	Crates   []Built              `json:"crates"`
	Profiles map[Profile]Compiled `json:"profiles"`
	// SystemLibraries are what the linker wants from the system, by the names of
	// its -l, once a program uses the crates that need them.
	SystemLibraries []string `json:"system_libraries,omitempty"`
}

// Built is a crate of the list as it came out.
type Built struct {
	Name        string   `json:"name"`
	Ident       string   `json:"ident"` // its name in source code: that of its library
	Version     string   `json:"version"`
	Features    []string `json:"features,omitempty"` // all that are enabled, in the list or by another crate
	Description string   `json:"description,omitempty"`
	Macros      bool     `json:"macros,omitempty"` // a compiler plug-in, loaded and not linked
}

// Compiled is what a profile's compile commands name.
type Compiled struct {
	Externs map[string]string `json:"externs"`          // by ident: the file for --extern
	Search  []string          `json:"search"`           // for -L dependency=
	Native  []string          `json:"native,omitempty"` // for -L native=: absolute, outside of the set
	Bytes   int64             `json:"bytes"`
}

// Crate finds a crate of the set by its name or ident.
func (s *Set) Crate(name string) (Built, error) {
	for _, c := range s.Crates {
		if same(c.Name, name) || c.Ident == name {
			return c, nil
		}
	}
	return Built{}, fmt.Errorf("crate %q is %w", name, ErrNotInSet)
}

// Bytes is the size of all files of the set, each counted once.
func (s *Set) Bytes() int64 {
	var n int64
	for _, c := range s.Profiles {
		n += c.Bytes
	}
	return n
}

// Key names the set that list becomes for the toolchain on a base: an image's
// identity, or HostBase. It hashes the manifest with its profiles, the lock, the
// compiler's description of itself, the platform, the base, and what of the machine
// the build scripts see (environment.go).
func Key(list List, t Toolchain, base string) string {
	h := sha256.New()
	for _, part := range []string{fmt.Sprint(setFormat), string(manifest(list.dependencies())), string(list.Lock), t.Verbose, t.Host, base, t.Machine} {
		fmt.Fprintf(h, "%d:%s,", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// HostBase is the base of sets that the host's own system builds and uses: its
// distribution and release, for macros and C libraries are bound to its libc.
func HostBase() string {
	text, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return "unknown"
	}
	values := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		k, v, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[k] = strings.Trim(v, `"'`)
	}
	return strings.TrimSpace(values["ID"] + " " + values["VERSION_ID"])
}

// SetDir is where under cache the set of that key lies.
func SetDir(cache, key string) string { return filepath.Join(cache, "sets", key) }

// OpenSet reads the set in dir and checks that it is whole: that each file that
// it names is there. A set that does not exist is an error that is
// fs.ErrNotExist.
func OpenSet(dir string) (*Set, error) {
	s, err := readSet(dir)
	if err != nil {
		return nil, err
	}
	for p, c := range s.Profiles {
		for _, file := range c.Externs {
			if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(file))); err != nil {
				return nil, fmt.Errorf("set %s lacks a %s file: %v", dir, p, err)
			}
		}
	}
	return s, nil
}

// readSet reads externs.json alone.
func readSet(dir string) (*Set, error) {
	text, err := os.ReadFile(filepath.Join(dir, externsFile))
	if err != nil {
		return nil, fmt.Errorf("no set of crates in %s: %s: %w", dir, externsFile, cause(err))
	}
	s, err := ParseSet(text)
	if err != nil {
		return nil, fmt.Errorf("set %s: %w", dir, err)
	}
	s.Dir = dir
	return s, nil
}

// ParseSet reads the text of an externs.json. The set has no directory: it is
// for callers that know where its files are, such as in an image.
func ParseSet(text []byte) (*Set, error) {
	s := &Set{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, err
	}
	if s.Format != setFormat {
		return nil, fmt.Errorf("format %d, not %d: build it again", s.Format, setFormat)
	}
	for _, c := range s.Profiles {
		for ident, file := range c.Externs {
			if !filepath.IsLocal(filepath.FromSlash(file)) {
				return nil, fmt.Errorf("crate %s has its file outside: %q", ident, file)
			}
		}
	}
	return s, nil
}

// write puts externs.json into dir.
func (s *Set) write(dir string) error {
	text, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, externsFile), append(text, '\n'))
}

// Prune removes the sets under cache whose keys are not kept, and remains of
// builds, and returns the bytes that this freed. A set that a program is
// using is not seen as such: on Unix its files stay until they are closed.
func Prune(ctx context.Context, cache string, keep ...string) (int64, error) {
	entries, err := os.ReadDir(filepath.Join(cache, "sets"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var freed int64
	for _, e := range entries {
		if slices.Contains(keep, e.Name()) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return freed, err
		}
		dir := filepath.Join(cache, "sets", e.Name())
		n := treeBytes(dir)
		if err := os.RemoveAll(dir); err != nil {
			return freed, err
		}
		freed += n
	}
	return freed, nil
}

func treeBytes(dir string) int64 {
	var n int64
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}
