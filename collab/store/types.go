package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/corust-dev/corust/collab/wire"
)

// Info is what one knows of a session without loading it.
type Info struct {
	ID      wire.SessionID
	Epoch   wire.Epoch
	Head    wire.Version
	Edited  time.Time // of the last entry, or of the creation
	Created time.Time
}

// Run is the record of one program run in a session.
type Run struct {
	ID      string
	Version wire.Version // of the text that ran
	By      wire.ClientID
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
	Epoch wire.Epoch
	Head  wire.Version
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
