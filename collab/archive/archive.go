// Package archive is the form in which a session leaves a server: a zip file.
//
// It holds, in this order:
//
//   - corust.json: a [Manifest];
//   - files/PATH: each file of the session, the one that is compiled first;
//   - history/first.json: the files at the start of the history, a [wire.PastFiles];
//   - history/log.ndjson: the [Entry] values after it, one a line;
//   - runs/ID.json: the last runs, each a [wire.PastRun].
//
// A reader ignores what it does not know.
package archive

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/wire"
)

// Format and Version are those of the archives that Write makes.
const (
	Format  = "corust-session"
	Version = 1
)

// Manifest describes an archive.
type Manifest struct {
	Format   string            `json:"format"`
	Version  int               `json:"version"`
	Exported time.Time         `json:"exported"`
	Settings wire.Settings     `json:"settings"`
	History  wire.PastVersions `json:"history"`
}

// Entry is an entry of the log, and when the session accepted it.
type Entry struct {
	At    time.Time      `json:"at"`
	Entry *wire.EntryMsg `json:"entry"`
}

// Session is what Write reads of a session, piece by piece.
type Session struct {
	Settings wire.Settings
	History  wire.PastVersions
	// FilesAt returns the files at a version, and Entries some of the entries after one.
	FilesAt func(wire.Version) (wire.PastFiles, error)
	Entries func(after wire.Version) (wire.PastEntries, error)
	Runs    []wire.PastRun // without what Run returns
	Run     func(id string) (wire.PastRun, error)
}

// Write writes the archive of a session, up to the last version of its history. It holds
// one piece of the session in memory at a time. An error leaves an archive that cannot be
// read.
func Write(w io.Writer, s Session, now time.Time) error {
	zw := zip.NewWriter(w)
	create := func(name string) (io.Writer, error) {
		return zw.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: now})
	}
	object := func(name string, v any) error {
		f, err := create(name)
		if err != nil {
			return err
		}
		return json.NewEncoder(f).Encode(v)
	}
	settings := s.Settings
	if settings == nil {
		settings = wire.Settings{}
	}
	if err := object("corust.json", Manifest{Format, Version, now, settings, s.History}); err != nil {
		return err
	}
	last, err := s.FilesAt(s.History.Version)
	if err != nil {
		return err
	}
	for _, file := range files.NamedOf(last.Files) {
		f, err := create("files/" + file.Name)
		if err == nil {
			_, err = io.WriteString(f, file.Content)
		}
		if err != nil {
			return err
		}
	}
	first, err := s.FilesAt(s.History.First)
	if err == nil {
		err = object("history/first.json", first)
	}
	if err == nil {
		err = writeLog(create, s)
	}
	if err != nil {
		return err
	}
	for _, listed := range s.Runs {
		run, err := s.Run(listed.Run)
		if err == nil {
			err = object("runs/"+listed.Run+".json", run)
		}
		if err != nil {
			return err
		}
	}
	return zw.Close()
}

func writeLog(create func(string) (io.Writer, error), s Session) error {
	f, err := create("history/log.ndjson")
	if err != nil {
		return err
	}
	enc := json.NewEncoder(f)
	for v := s.History.First; v < s.History.Version; {
		part, err := s.Entries(v)
		if err == nil && len(part.Entries) == 0 {
			err = fmt.Errorf("the log ends at version %d, want %d", v, s.History.Version)
		}
		if err != nil {
			return err
		}
		for i, e := range part.Entries {
			if e.Version > s.History.Version {
				break // written since
			}
			if err := enc.Encode(Entry{time.UnixMilli(part.Times[i]).UTC(), e}); err != nil {
				return err
			}
			v = e.Version
		}
	}
	return nil
}

// ErrFormat is returned for what is not an archive of a session that this package reads.
var ErrFormat = errors.New("not an exported session")

// Bounds of what Read takes into memory.
const (
	maxEntries  = 4096
	maxManifest = 64 << 10
	maxText     = 6 // bytes of a UTF-16 unit at most, with those that end a line
)

// Read reads the manifest and the files of an archive, which may come from anybody. It
// checks the files as a session would within the limits, and reads no more of the archive
// than they allow. The error wraps [ErrFormat], [wire.ErrTooLarge], [wire.ErrMalformed] or
// [wire.ErrExists].
func Read(r io.ReaderAt, size int64, lim wire.Limits) (Manifest, []wire.NamedFile, error) {
	lim = lim.WithDefaults()
	var m Manifest
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return m, nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if n := len(zr.File); n > maxEntries {
		return m, nil, fmt.Errorf("%w: the archive has %d entries, limit %d", ErrFormat, n, maxEntries)
	}
	var named []wire.NamedFile
	seen := map[string]bool{}
	left := int64(maxText * lim.Text)
	for _, f := range zr.File {
		name, isFile := strings.CutPrefix(f.Name, "files/")
		if f.Name != "corust.json" && !isFile || strings.HasSuffix(f.Name, "/") {
			continue
		}
		switch {
		case seen[f.Name]:
			return m, nil, fmt.Errorf("%w: it has %q twice", ErrFormat, f.Name)
		case f.Mode().Type() != 0:
			return m, nil, fmt.Errorf("%w: %q is a %s, want a file", ErrFormat, f.Name, typeOf(f.Mode()))
		case !isFile:
			data, err := content(f, maxManifest)
			if err != nil {
				return m, nil, err
			}
			if err := wire.CheckText(data); err != nil {
				return m, nil, fmt.Errorf("%q: %w", f.Name, err)
			}
			if err := json.Unmarshal(data, &m); err != nil {
				return m, nil, fmt.Errorf("%w: %q: %w", ErrFormat, f.Name, wire.JSONError(err))
			}
		case len(named) == lim.Files:
			return m, nil, wire.Exceeds("files", len(named)+1, lim.Files, wire.UnitCount)
		default:
			data, err := content(f, left)
			if err != nil {
				return m, nil, err
			}
			if left -= int64(len(data)); !utf8.Valid(data) {
				return m, nil, fmt.Errorf("%q is not UTF-8 text: %w", f.Name, wire.ErrMalformed)
			}
			named = append(named, wire.NamedFile{Name: name, Content: string(data)})
		}
		seen[f.Name] = true
	}
	switch {
	case !seen["corust.json"]:
		return m, nil, fmt.Errorf("%w: it has no corust.json", ErrFormat)
	case m.Format != Format:
		return m, nil, fmt.Errorf("%w: corust.json has the format %.40q, want %q", ErrFormat, m.Format, Format)
	case m.Version < 1 || m.Version > Version:
		return m, nil, fmt.Errorf("%w: its version is %d, and this corust reads up to %d", ErrFormat, m.Version, Version)
	case len(named) == 0:
		return m, nil, fmt.Errorf("%w: it has no files", ErrFormat)
	}
	set, err := files.Named(named)
	if err != nil {
		return m, nil, err
	}
	if n := set.Units(); n > lim.Text {
		return m, nil, wire.Exceeds("text", n, lim.Text, wire.UnitUTF16)
	}
	if m.Settings, err = (wire.Settings{}).With(m.Settings); err != nil {
		return m, nil, err
	}
	return m, files.NamedOf(set.Wire()), nil
}

// content reads a file of an archive whole, if it has at most so many bytes, whatever the
// archive says of its size.
func content(f *zip.File, limit int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrFormat, f.Name, err)
	}
	defer r.Close()
	var b bytes.Buffer
	switch n, err := io.Copy(&b, io.LimitReader(r, limit+1)); {
	case err != nil:
		return nil, fmt.Errorf("%w: %q: %w", ErrFormat, f.Name, err)
	case n > limit:
		return nil, fmt.Errorf("%q has more than %d bytes: %w", f.Name, limit, wire.ErrTooLarge)
	}
	return b.Bytes(), nil
}

func typeOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "symbolic link"
	case mode.IsDir():
		return "directory"
	}
	return "special file"
}
