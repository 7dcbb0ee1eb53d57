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
// A reader ignores what it does not know. An archive without the folder history has files
// only; the history of a session that is made of it starts with them.
package archive

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/wire"
)

// Format and Version are those of the archives that Write makes.
const (
	Format  = "corust-session"
	Version = 1
)

// Names in an archive.
const (
	manifestName = "corust.json"
	filesPrefix  = "files/"
	firstName    = "history/first.json"
	logName      = "history/log.ndjson"
	runsPrefix   = "runs/"
	runsSuffix   = ".json"
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
	if err := object(manifestName, Manifest{Format, Version, now, settings, s.History}); err != nil {
		return err
	}
	last, err := s.FilesAt(s.History.Version)
	if err != nil {
		return err
	}
	for _, file := range files.NamedOf(last.Files) {
		f, err := create(filesPrefix + file.Name)
		if err == nil {
			_, err = io.WriteString(f, file.Content)
		}
		if err != nil {
			return err
		}
	}
	first, err := s.FilesAt(s.History.First)
	if err == nil {
		err = object(firstName, first)
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
			err = object(runsPrefix+listed.Run+runsSuffix, run)
		}
		if err != nil {
			return err
		}
	}
	return zw.Close()
}

func writeLog(create func(string) (io.Writer, error), s Session) error {
	f, err := create(logName)
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
