package wire

import (
	"crypto/rand"
	"encoding/hex"
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

// NewEpoch makes a name for a new history.
func NewEpoch() Epoch {
	var b [9]byte
	rand.Read(b[:]) // never fails
	return Epoch(hex.EncodeToString(b[:]))
}
