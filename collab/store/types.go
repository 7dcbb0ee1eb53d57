package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/corust-dev/corust/collab/ot"
)

type (
	// SessionID names a session.
	SessionID string
	// Epoch names one history of a session. Versions of different epochs have
	// nothing to do with each other.
	Epoch string
	// ClientID names one editor instance: two tabs of a person are two.
	ClientID string
	// Version counts the entries that lead to a text.
	Version int64
	// Seq numbers the pushes of one client, from 1.
	Seq int64
	// FileID names a file of a session; it survives renaming the file.
	FileID int64
)

// MainFile is the file that every session has. It is zero, so a message, a row or a
// value that names no file means this one.
const MainFile FileID = 0

// Entry is one accepted change of a file. The n-th entry of an epoch leads from
// version n-1 to version n, whichever file it changes.
type Entry struct {
	File    FileID
	Client  ClientID
	Seq     Seq
	Changes ot.ChangeSet
	At      time.Time // to the millisecond
}

// Ack is the last push of a client that was accepted, and the version it led
// to.
type Ack struct {
	Seq     Seq     `json:"seq"`
	Version Version `json:"version"`
}

// Snapshot is a whole session at one version.
type Snapshot struct {
	Epoch   Epoch
	Version Version
	Text    string
	Acked   map[ClientID]Ack
}

// Info is what one knows of a session without loading it.
type Info struct {
	ID      SessionID
	Epoch   Epoch
	Head    Version
	Edited  time.Time // of the last entry, or of the creation
	Created time.Time
}

// Run is the record of one program run in a session.
type Run struct {
	ID      string
	Version Version // of the text that ran
	By      ClientID
	Started time.Time
	Ended   time.Time
	Verdict string // "" while it runs
	// About is what else the session says of it, and Output the tail of what
	// it printed, both in the form that the session gave them.
	About, Output []byte
	// Source is the text that ran; nil where it was not kept.
	Source *string
}

var (
	// ErrNotFound: no such session.
	ErrNotFound = errors.New("no such session")
	// ErrNoRun: no record of such a run.
	ErrNoRun = errors.New("no such run")
	// ErrExists: the session to be created exists.
	ErrExists = errors.New("session exists")
	// ErrDuplicate: an entry with this client and seq is in the log.
	ErrDuplicate = errors.New("duplicate entry")
	// ErrFull: the disk leaves no room.
	ErrFull = errors.New("store is full")
	// ErrNoRoom: the store, or its disk, has room for the sessions that there are, but
	// for no others.
	ErrNoRoom = errors.New("no room for another session")
	// ErrMoved: a file is not where it was opened, so what is written would be lost.
	ErrMoved = errors.New("the store's file was moved, removed or replaced")
	// ErrCorrupt: what was read cannot be what was written.
	ErrCorrupt = errors.New("store is corrupt")
	// ErrInUse: the file is open already, here or in another process.
	ErrInUse = errors.New("store is in use")
	// ErrClosed: the store has been closed.
	ErrClosed = errors.New("store is closed")
)

// ConflictError says that an Append was made for a version or an epoch that
// is not the head.
type ConflictError struct {
	Epoch Epoch
	Head  Version
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("log is at version %d of epoch %s", e.Head, e.Epoch)
}

// MaxRuns is how many run records a session keeps. With each goes its source, as far
// as the sources of it and the runs after it take MaxSources bytes together.
const (
	MaxRuns    = 20
	MaxSources = 4 << 20
)
