package wire

import "time"

// PastVersions tells which versions of a session's files can be read over REST: those from First
// to Version.
type PastVersions struct {
	Epoch   Epoch     `json:"epoch"`
	First   Version   `json:"first"`
	Version Version   `json:"version"` // the head
	Created time.Time `json:"created"`
	Edited  time.Time `json:"edited"` // the time of the last entry, of the creation or of the import
	// Names has the last names of authors, as far as the server knows them.
	Names map[ClientID]string `json:"names,omitempty"`
}

// PastFiles is the files of a session at a version. Entry led to the version, at Time in Unix
// milliseconds; at the first version of the history, they are nil and 0.
type PastFiles struct {
	Epoch   Epoch     `json:"epoch"`
	Version Version   `json:"version"`
	Files   []File    `json:"files"`
	Entry   *EntryMsg `json:"entry,omitempty"`
	Time    int64     `json:"time,omitempty"`
}

// PastEntries is a part of a session's log: the entries after a version, in order. Times has
// the time of each, in Unix milliseconds.
type PastEntries struct {
	Epoch   Epoch       `json:"epoch"`
	After   Version     `json:"after"`
	Entries []*EntryMsg `json:"entries"`
	Times   []int64     `json:"times"`
}
