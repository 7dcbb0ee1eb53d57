// Package files is the state that a session's log leads to: its files, with their ids,
// paths and texts. It is pure. Positions and lengths count UTF-16 units.
package files

import (
	"fmt"
	"slices"
	"strings"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/wire"
)

// File is a file of a session.
type File struct {
	ID   wire.FileID
	Path string
	Text ot.Text
}

// Set holds the files of a session at one version. It does not change: methods return
// another set, which shares the texts. The zero value has no file.
type Set struct {
	list  []File // by id
	units int
}

// Of returns the set of a list of files. It fails if an id or a path is taken twice, if a
// path or a text is not valid, or if there is no main file. The error wraps
// [wire.ErrMalformed], [wire.ErrExists] or [wire.ErrTooLarge].
func Of(list []wire.File) (Set, error) {
	var s Set
	for _, f := range list {
		text, err := ot.NewText(f.Text)
		if err != nil {
			return Set{}, fmt.Errorf("file %q: %w", f.Path, wire.ChangeError(err))
		}
		if f.ID < 0 || f.ID > wire.MaxFileID {
			return Set{}, fmt.Errorf("file %d, want 0 to %d: %w", f.ID, wire.MaxFileID, wire.ErrMalformed)
		}
		if err := wire.CheckPath(f.Path); err != nil {
			return Set{}, err
		}
		if err := s.free(f.ID, f.Path); err != nil {
			return Set{}, err
		}
		s = s.With(File{f.ID, f.Path, text})
	}
	if _, ok := s.Get(wire.MainFile); !ok {
		return Set{}, fmt.Errorf("%d files without a main file: %w", len(list), wire.ErrMalformed)
	}
	return s, nil
}

// Main returns the set of one main file with the default path.
func Main(text ot.Text) Set {
	return Set{[]File{{wire.MainFile, wire.DefaultPath, text}}, text.Len()}
}

// Named returns the set of files that have names and no ids, with line breaks of any
// platform. The first of them that [Root] prefers is the main file, and the others have
// ids from 1. The error is that of Of.
func Named(named []wire.NamedFile) (Set, error) {
	names := make([]string, len(named))
	for i, f := range named {
		names[i] = f.Name
	}
	main := Root(names)
	list := make([]wire.File, 0, len(named))
	for i, f := range named {
		id := wire.FileID(i)
		switch {
		case i == main:
			id = wire.MainFile
		case i < main:
			id++
		}
		list = append(list, wire.File{ID: id, Path: f.Name, Text: ot.Normalize(f.Content)})
	}
	return Of(list)
}

// NamedOf returns the files as tools get them, that which [Root] prefers first.
func NamedOf(list []wire.File) []wire.NamedFile {
	paths := make([]string, len(list))
	for i, f := range list {
		paths[i] = f.Path
	}
	named, root := make([]wire.NamedFile, 0, len(list)), Root(paths)
	for _, f := range slices.Concat(list[root:root+1], list[:root], list[root+1:]) {
		named = append(named, wire.NamedFile{Name: f.Path, Content: f.Text})
	}
	return named
}

// Root returns the index of the file that is compiled, of files of which the first is the
// main one: "main.rs", or else "src/main.rs", or else the first. If the first is not a
// .rs file, or is in tests/, a library comes before it: "src/lib.rs", or else "lib.rs".
func Root(paths []string) int {
	preferred := []string{wire.DefaultPath, "src/" + wire.DefaultPath}
	if len(paths) > 0 && (!strings.HasSuffix(paths[0], ".rs") || strings.HasPrefix(paths[0], "tests/")) {
		preferred = append(preferred, "src/lib.rs", "lib.rs")
	}
	for _, path := range preferred {
		if i := slices.Index(paths, path); i >= 0 {
			return i
		}
	}
	return 0
}

// All returns the files by id. The caller must not change the slice.
func (s Set) All() []File { return s.list }

// Units is the length of all texts together.
func (s Set) Units() int { return s.units }

// Size is the memory of all texts and paths in bytes, approximately.
func (s Set) Size() int {
	n := 0
	for _, f := range s.list {
		n += f.Text.Size() + len(f.Path)
	}
	return n
}

func (s Set) find(id wire.FileID) (int, bool) {
	if id == wire.MainFile { // always the first
		return 0, len(s.list) > 0 && s.list[0].ID == id
	}
	return slices.BinarySearchFunc(s.list, id, func(f File, id wire.FileID) int { return int(f.ID - id) })
}

// Get returns a file, and whether the set has it.
func (s Set) Get(id wire.FileID) (File, bool) {
	if i, ok := s.find(id); ok {
		return s.list[i], true
	}
	return File{}, false
}

// At returns the file with a path, and whether the set has one.
func (s Set) At(path string) (File, bool) {
	i := slices.IndexFunc(s.list, func(f File) bool { return f.Path == path })
	if i < 0 {
		return File{}, false
	}
	return s.list[i], true
}

// With returns a set with a file added, or in place of the one with its id. It checks
// nothing.
func (s Set) With(f File) Set {
	i, ok := s.find(f.ID)
	if ok {
		list := slices.Clone(s.list)
		list[i] = f
		return Set{list, s.units + f.Text.Len() - s.list[i].Text.Len()}
	}
	return Set{slices.Insert(slices.Clone(s.list), i, f), s.units + f.Text.Len()}
}

// Without returns a set that does not have the file.
func (s Set) Without(id wire.FileID) Set {
	i, ok := s.find(id)
	if !ok {
		return s
	}
	return Set{slices.Delete(slices.Clone(s.list), i, i+1), s.units - s.list[i].Text.Len()}
}

// Wire returns the files as messages have them.
func (s Set) Wire() []wire.File {
	list := make([]wire.File, len(s.list))
	for i, f := range s.list {
		list[i] = wire.File{ID: f.ID, Path: f.Path, Text: f.Text.String()}
	}
	return list
}

// Free returns an error if a file, which the set may have, cannot have the path. The error
// wraps [wire.ErrMalformed], [wire.ErrTooLarge] or [wire.ErrExists].
func (s Set) Free(id wire.FileID, path string) error {
	if err := wire.CheckPath(path); err != nil {
		return err
	}
	for _, f := range s.list {
		if f.ID != id && wire.PathsCollide(f.Path, path) {
			return fmt.Errorf("path %q beside %q: %w", path, f.Path, wire.ErrExists)
		}
	}
	return nil
}

// free is Free for a file that the set must not have.
func (s Set) free(id wire.FileID, path string) error {
	if _, ok := s.find(id); ok {
		return fmt.Errorf("file %d: %w", id, wire.ErrExists)
	}
	return s.Free(id, path)
}

// Apply returns the set after an entry. The error wraps [wire.ErrNoFile],
// [wire.ErrExists], [wire.ErrMalformed] or [wire.ErrTooLarge].
func (s Set) Apply(e wire.Entry) (Set, error) {
	f, ok := s.Get(e.File)
	if !ok && (e.Op == nil || e.Op.Do != wire.CreateFile) {
		return s, fmt.Errorf("file %d: %w", e.File, wire.ErrNoFile)
	}
	if e.Op == nil {
		text, err := e.Changes.Apply(f.Text)
		if err != nil {
			return s, wire.ChangeError(err)
		}
		f.Text = text
		return s.With(f), nil
	}
	if err := e.Check(); err != nil {
		return s, err
	}
	switch e.Op.Do {
	case wire.CreateFile:
		if err := s.free(e.File, e.Op.Path); err != nil {
			return s, err
		}
		text, err := ot.NewText(e.Op.Text)
		if err != nil {
			return s, wire.ChangeError(err)
		}
		return s.With(File{e.File, e.Op.Path, text}), nil
	case wire.RenameFile:
		if err := s.Free(e.File, e.Op.Path); err != nil {
			return s, err
		}
		f.Path = e.Op.Path
		return s.With(f), nil
	default:
		return s.Without(e.File), nil
	}
}

// Fits returns an error that wraps [wire.ErrTooLarge] if an entry would exceed the limits
// of a session. An entry that does not lengthen the texts is always within them.
func (s Set) Fits(e wire.Entry, lim wire.Limits) error {
	units := s.units
	switch {
	case e.Op == nil:
		units += e.Changes.NewLength() - e.Changes.Length()
	case e.Op.Do == wire.CreateFile:
		units += ot.Len(e.Op.Text)
		if n := len(s.list) + 1; n > lim.Files {
			return wire.Exceeds("files", n, lim.Files, wire.UnitCount)
		}
	}
	if units > lim.Text && units > s.units {
		return wire.Exceeds("text", units, lim.Text, wire.UnitUTF16)
	}
	return nil
}
