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

// Entry is one accepted change of a session's files: either Changes of the text of File,
// or Op on File. The n-th entry of an epoch leads from version n-1 to version n, whichever
// file it is about.
type Entry struct {
	File    FileID
	Client  ClientID
	Seq     Seq
	Changes ot.ChangeSet
	Op      *FileOp   // not changed once it is in an entry
	At      time.Time // to the millisecond
}

// Ack is the last push of a client that was accepted, the version it led to, and the name
// that the client had, if that is known.
type Ack struct {
	Seq     Seq     `json:"seq"`
	Version Version `json:"version"`
	Name    string  `json:"name,omitempty"`
}

// Snapshot is a whole session at one version. Its files are in the order of their ids.
type Snapshot struct {
	Epoch   Epoch
	Version Version
	Files   []File
	Acked   map[ClientID]Ack
}

// MainText returns the files of a session that has only a main file, with the default path.
func MainText(text string) []File { return []File{{Path: DefaultPath, Text: text}} }

// Main returns the text of the main file.
func (s Snapshot) Main() string {
	for _, f := range s.Files {
		if f.ID == MainFile {
			return f.Text
		}
	}
	return ""
}

// Names returns the names of the clients that have one.
func (s Snapshot) Names() map[ClientID]string {
	var names map[ClientID]string
	for id, a := range s.Acked {
		if a.Name != "" {
			if names == nil {
				names = map[ClientID]string{}
			}
			names[id] = a.Name
		}
	}
	return names
}

// NewEpoch makes a name for a new history.
func NewEpoch() Epoch {
	var b [9]byte
	rand.Read(b[:]) // never fails
	return Epoch(hex.EncodeToString(b[:]))
}
