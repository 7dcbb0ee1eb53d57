package store

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/corust-dev/corust/collab/wire"
)

// Node names one life of a process that serves sessions: a process that is started
// again is another node.
type Node string

// NewNode makes a name for a node.
func NewNode() Node {
	var b [9]byte
	rand.Read(b[:]) // never fails
	return Node(hex.EncodeToString(b[:]))
}

// draftPrefix begins the ids of drafts. It is not part of any id that a link has.
const draftPrefix = "draft-"

// NewDraft makes an id for a draft: a session that is written in steps and gets the id by
// which others find it last, by [Log.Rename]. A draft that no node owns is one whose node
// ended before that; it is never finished, and [Store.Expired] lists it.
func NewDraft() wire.SessionID { return wire.SessionID(draftPrefix + string(NewNode())) }

// IsDraft reports whether [NewDraft] made the id.
func IsDraft(id wire.SessionID) bool { return strings.HasPrefix(string(id), draftPrefix) }

// Term names one ownership of a session by a node. Each [Store.Open] of a session has
// a term above all before. Clients never see terms; what they see is the epoch.
type Term int64

// Grant is what [Store.Open] found and granted.
type Grant struct {
	Epoch wire.Epoch
	Head  wire.Version
	Term  Term
	// Since is the first of the node's terms without that of another node, or a
	// release, in between. A node that opens a session again and finds Since at or
	// below the term that it had has missed nothing.
	Since Term
}

// Info describes a session that was not loaded.
type Info struct {
	ID      wire.SessionID
	Epoch   wire.Epoch
	Head    wire.Version
	Edited  time.Time // of the last entry, of the creation, or as Log.Rename said
	Created time.Time
	Owner   Node // "" if no node owns it
	Term    Term // of the last Open, 0 if there was none
}

// Run is the record of one program run in a session.
type Run struct {
	ID      string
	Version wire.Version // of the text that ran
	By      wire.ClientID
	Started time.Time
	Ended   time.Time
	Verdict string // "" while it runs
	// Node and Term are those of the handle that put the record last; PutRun does
	// not read them.
	Node Node
	Term Term
	// About is what else the session says of it, and Output the tail of what
	// it printed, both in the form that the session gave them.
	About, Output []byte
	// Source is the text that ran; nil where it was not kept.
	Source *string
}

// Lost reports whether the run was under way in a node that has lost the session, so
// that nobody will end the record. i must have been read before the record was: then a
// run that has begun since has a later term.
func (r Run) Lost(i Info) bool {
	kept := r.Node != "" && r.Node == i.Owner // records older than nodes name none
	return r.Verdict == "" && !kept && r.Term <= i.Term
}

var (
	// ErrNotFound is returned if there is no such session.
	ErrNotFound = errors.New("no such session")
	// ErrNoRun is returned if there is no record of such a run.
	ErrNoRun = errors.New("no such run")
	// ErrExists is returned if the session to be created exists.
	ErrExists = errors.New("session exists")
	// ErrFenced is returned to a handle that no longer owns its session.
	ErrFenced = errors.New("another owner has taken the session over")
	// ErrElsewhere is returned, in an [*ElsewhereError], if a node owns the session
	// and keeps it.
	ErrElsewhere = errors.New("another node owns the session")
	// ErrUnknown is returned if a write may have happened, and may still happen
	// until the session is opened again.
	ErrUnknown = errors.New("the outcome of the write is unknown")
	// ErrDuplicate is returned if an entry with this client and seq is in the log.
	ErrDuplicate = errors.New("duplicate entry")
	// ErrFull is returned if the disk leaves no room.
	ErrFull = errors.New("store is full")
	// ErrNoRoom is returned if the store, or its disk, has room for the sessions that
	// there are, but for no others.
	ErrNoRoom = errors.New("no room for another session")
	// ErrMoved is returned if a file is not where it was opened, so that what is
	// written would be lost.
	ErrMoved = errors.New("the store's file was moved, removed or replaced")
	// ErrCorrupt is returned if what was read cannot be what was written.
	ErrCorrupt = errors.New("store is corrupt")
	// ErrInUse is returned if the file is open already, here or in another process.
	ErrInUse = errors.New("store is in use")
	// ErrClosed is returned if the store has been closed.
	ErrClosed = errors.New("store is closed")
)

// ConflictError is returned for a version or an epoch that is not the head.
type ConflictError struct {
	Epoch wire.Epoch
	Head  wire.Version
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("log is at version %d of epoch %s", e.Head, e.Epoch)
}

// ElsewhereError is returned for a session that a node owns and keeps. It wraps
// [ErrElsewhere].
type ElsewhereError struct {
	Node Node
	Addr string // at which that node serves others, "" if the store has none
}

func (e *ElsewhereError) Error() string {
	return fmt.Sprintf("node %q owns the session", e.Node)
}

func (e *ElsewhereError) Unwrap() error { return ErrElsewhere }

// MaxRuns is how many run records a session keeps. With each goes its source, as far
// as the sources of it and the runs after it take MaxSources bytes together.
const (
	MaxRuns    = 20
	MaxSources = 4 << 20
)

// Millis returns a time as stores keep it: Unix milliseconds, 0 for the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// FromMillis returns the time of which [Millis] made ms.
func FromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
