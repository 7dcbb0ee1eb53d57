package crates

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// ErrList is what a fault of a list's file wraps.
var ErrList = errors.New("crate list")

const maxListBytes = 4 << 20 // of a list or its lock; the default list has 20 KB, its lock 150 KB

// A List pins crates. Its order is by name, so that two updates differ in a file
// by what has changed and by nothing else.
type List struct {
	Source   string      `toml:"source" json:"source"`     // the feed that the names are from
	Compiler string      `toml:"compiler" json:"compiler"` // release of rustc that the versions were chosen for
	Host     string      `toml:"host" json:"host"`         // and the platform
	LockHash string      `toml:"lock" json:"lock"`         // SHA-256 of Lock; names the file beside the list
	Crates   []Crate     `toml:"crate" json:"crates"`      // by name
	Excluded []Exclusion `toml:"excluded" json:"excluded"` // by name
	Lock     []byte      `toml:"-" json:"-"`               // the Cargo.lock of the project, byte for byte
}

// Crate is one crate that snippets may name.
type Crate struct {
	Name            string   `toml:"name" json:"name"`
	Version         string   `toml:"version" json:"version"`
	DefaultFeatures bool     `toml:"default-features" json:"default_features"`
	Features        []string `toml:"features,omitempty" json:"features,omitempty"` // sorted
	Own             bool     `toml:"own,omitempty" json:"own,omitempty"`           // added by the user, so an update keeps it
	Description     string   `toml:"description,omitempty" json:"description,omitempty"`
	// Note explains how the crate was made to fit: by an older version, or without
	// features.
	Note string `toml:"note,omitempty" json:"note,omitempty"`
}

// Exclusion is a crate of the feed that the set does without.
type Exclusion struct {
	Name    string `toml:"name" json:"name"`
	Version string `toml:"version,omitempty" json:"version,omitempty"`
	Reason  string `toml:"reason" json:"reason"`
}

// String is the crate, and the version if there is one.
func (e Exclusion) String() string { return strings.TrimSpace(e.Name + " " + e.Version) }

// Error makes an exclusion an error where the crate was asked for by name.
func (e *Exclusion) Error() string { return fmt.Sprintf("crate %s cannot be had: %s", *e, e.Reason) }

const listHeader = `# The crates of the set, written by "corust crates update", "add" and "remove".
# Beside it lies the Cargo.lock of everything below them, named by its hash.

`

// Get returns the crate of that name; dashes and underscores are the same.
func (l List) Get(name string) (Crate, bool) {
	for _, c := range l.Crates {
		if same(c.Name, name) {
			return c, true
		}
	}
	return Crate{}, false
}

// sorted returns l in canonical order with its own copies of the slices.
func (l List) sorted() List {
	l.Crates = slices.Clone(l.Crates)
	for i, c := range l.Crates {
		c.Features = slices.Clone(c.Features)
		slices.Sort(c.Features)
		l.Crates[i].Features = slices.Compact(c.Features)
	}
	slices.SortFunc(l.Crates, func(a, b Crate) int { return cmp.Compare(a.Name, b.Name) })
	l.Excluded = slices.Clone(l.Excluded)
	slices.SortFunc(l.Excluded, func(a, b Exclusion) int { return cmp.Compare(a.Name, b.Name) })
	return l
}

// check holds for every list that is written or read: all that later reaches
// cargo's manifest and argv is in the forms that name.go allows.
func (l List) check() error {
	seen := make(map[string]bool)
	for _, c := range l.Crates {
		if err := CheckName(c.Name); err != nil {
			return err
		}
		if err := checkVersion(c.Version); err != nil {
			return fmt.Errorf("crate %s: %w", c.Name, err)
		}
		for _, f := range c.Features {
			if err := checkFeature(f); err != nil {
				return fmt.Errorf("crate %s: %w", c.Name, err)
			}
		}
		id := strings.ToLower(Ident(c.Name))
		if seen[id] {
			return fmt.Errorf("crate %s is named twice", c.Name)
		}
		seen[id] = true
	}
	for _, e := range l.Excluded {
		if err := CheckName(e.Name); err != nil {
			return err
		}
	}
	if l.LockHash != hashOf(l.Lock) {
		return errors.New("the lock does not belong to the list")
	}
	return nil
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Marshal gives the text of the list's file. It is the same for equal lists,
// whatever order their slices are in.
func (l List) Marshal() ([]byte, error) {
	l = l.sorted()
	l.LockHash = hashOf(l.Lock)
	if err := l.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrList, err)
	}
	buf := bytes.NewBufferString(listHeader)
	enc := toml.NewEncoder(buf)
	enc.Indent = ""
	if err := enc.Encode(l); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// UnmarshalList reads what Marshal wrote. An unknown key is an error: it may be
// a misspelt feature that would be missed only in a program.
func UnmarshalList(text, lock []byte) (List, error) {
	var l List
	md, err := toml.Decode(string(text), &l)
	if err != nil {
		return List{}, fmt.Errorf("%w: %w", ErrList, err)
	}
	if keys := md.Undecoded(); len(keys) > 0 {
		return List{}, fmt.Errorf("%w: unknown key %q", ErrList, keys[0])
	}
	l.Lock = lock
	if err := l.check(); err != nil {
		return List{}, fmt.Errorf("%w: %w", ErrList, err)
	}
	return l.sorted(), nil
}

// lockPath is where the lock of the list at path lies. Its name holds its hash,
// so a new lock never replaces the one that the list on disk needs.
func lockPath(path, hash string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + "." + hash[:min(12, len(hash))] + ".lock"
}

// ReadList reads the list at path and the lock beside it. A list that does not
// exist is an error that is fs.ErrNotExist.
func ReadList(path string) (List, error) { return readList(readBounded, path) }

func readList(read func(string) ([]byte, error), path string) (List, error) {
	text, err := read(path)
	if err != nil {
		return List{}, fmt.Errorf("%w %s: %w", ErrList, path, cause(err))
	}
	var head struct{ Lock string }
	if _, err := toml.Decode(string(text), &head); err != nil {
		if syntax := (toml.ParseError{}); errors.As(err, &syntax) {
			return List{}, fmt.Errorf("%w %s:%d: %s", ErrList, path, syntax.Position.Line, syntax.Message)
		}
		return List{}, fmt.Errorf("%w %s: %w", ErrList, path, err)
	}
	if len(head.Lock) != 64 || strings.Trim(head.Lock, "0123456789abcdef") != "" {
		return List{}, fmt.Errorf("%w %s: lock %q is not a SHA-256", ErrList, path, head.Lock)
	}
	lock, err := read(lockPath(path, head.Lock))
	if err != nil {
		return List{}, fmt.Errorf("%w %s: %v", ErrList, path, err)
	}
	l, err := UnmarshalList(text, lock)
	if err != nil {
		return List{}, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// WriteList writes l to path: first its lock under a new name, then the list by
// rename. Then it removes the lock of the old list. A reader finds a list with its
// lock at any moment, and after a crash.
func WriteList(path string, l List) error {
	text, err := l.Marshal()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	lock := lockPath(path, hashOf(l.Lock))
	if err := writeFile(lock, l.Lock); err != nil {
		return err
	}
	if err := writeFile(path, text); err != nil {
		return err
	}
	old, _ := filepath.Glob(lockPath(path, strings.Repeat("?", 12)))
	for _, name := range old {
		if name != lock {
			os.Remove(name) // an old lock does no harm
		}
	}
	return nil
}

// writeFile puts data at path whole or not at all.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once renamed
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// cause is the system's reason for an error about a path.
func cause(err error) error {
	if perr := (*fs.PathError)(nil); errors.As(err, &perr) {
		return perr.Err
	}
	return err
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxListBytes+1))
	if err == nil && len(b) > maxListBytes {
		err = fmt.Errorf("%s has more than %d bytes", path, maxListBytes)
	}
	return b, err
}

// A Change is what differs between two lists for one crate.
type Change struct {
	Name     string
	Old, New string // version and features; "" where the crate is not
}

// Diff names what came, went, and moved to another version or other features, by
// name.
func Diff(old, new List) (added, removed, moved []Change) {
	for _, c := range new.sorted().Crates {
		o, ok := old.Get(c.Name)
		switch {
		case !ok:
			added = append(added, Change{Name: c.Name, New: c.spec()})
		case o.spec() != c.spec():
			moved = append(moved, Change{Name: c.Name, Old: o.spec(), New: c.spec()})
		}
	}
	for _, c := range old.sorted().Crates {
		if _, ok := new.Get(c.Name); !ok {
			removed = append(removed, Change{Name: c.Name, Old: c.spec()})
		}
	}
	return added, removed, moved
}

// spec is the crate's version and features as a person would write them.
func (c Crate) spec() string {
	s := c.Version
	features := slices.Clone(c.Features)
	slices.Sort(features)
	if !c.DefaultFeatures {
		features = append([]string{"no default"}, features...)
	}
	if len(features) > 0 {
		s += " (" + strings.Join(features, ", ") + ")"
	}
	return s
}
