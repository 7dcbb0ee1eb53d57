package wire

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/corust-dev/corust/collab/ot"
)

// File is a file of a session: a text with a path.
type File struct {
	ID   FileID `json:"id,omitempty"`
	Path string `json:"path"`
	Text string `json:"text"`
}

// NamedFile is a file as tools give and get it, without an id.
type NamedFile struct {
	Name    string `json:"name"` // a path; see CheckPath
	Content string `json:"content"`
}

// Operation is what a [FileOp] does.
type Operation string

// The operations.
const (
	CreateFile Operation = "create"
	RenameFile Operation = "rename" // give another path, perhaps in another directory
	DeleteFile Operation = "delete"
)

// FileOp is an operation on the list of files. The message or entry that carries it names
// the file. The author of "create" chooses the id, with [NewFileID] or, to take back a
// deletion, that of the deleted file. The main file can be renamed, not deleted.
type FileOp struct {
	Do   Operation `json:"do"`
	Path string    `json:"path,omitempty"` // of "create" and "rename"
	Text string    `json:"text,omitempty"` // of "create"
}

// MaxFileID is the highest id of a file. Every JSON parser reads it exactly.
const MaxFileID FileID = 1<<48 - 1

// NewFileID returns an id at random, which no other file has.
func NewFileID() FileID {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return FileID(binary.BigEndian.Uint64(b[:])%uint64(MaxFileID)) + 1
}

// append writes the operation as encoding/json does.
func (o *FileOp) append(b []byte) []byte {
	b = append(b, `{"do":`...)
	b = ot.AppendString(b, string(o.Do))
	if o.Path != "" {
		b = append(b, `,"path":`...)
		b = ot.AppendString(b, o.Path)
	}
	if o.Text != "" {
		b = append(b, `,"text":`...)
		b = ot.AppendString(b, o.Text)
	}
	return append(b, '}')
}

// MarshalJSON writes the members in the order of the fields, without escapes for HTML.
func (o *FileOp) MarshalJSON() ([]byte, error) { return o.append(nil), nil }

// Check returns an error that wraps [ErrMalformed] or [ErrTooLarge] if no session could
// have the entry, whatever its files.
func (e Entry) Check() error {
	switch {
	case e.File < 0 || e.File > MaxFileID:
		return fmt.Errorf("file %d, want 0 to %d: %w", e.File, MaxFileID, ErrMalformed)
	case e.Op == nil:
		return nil
	case e.Changes.Parts() > 0:
		return fmt.Errorf("both changes and an operation: %w", ErrMalformed)
	case e.File == MainFile && e.Op.Do != RenameFile:
		return fmt.Errorf("operation %.20q on the main file, want %q: %w", e.Op.Do, RenameFile, ErrMalformed)
	case e.Op.Text != "" && e.Op.Do != CreateFile:
		return fmt.Errorf("operation %.20q with a text: %w", e.Op.Do, ErrMalformed)
	}
	switch e.Op.Do {
	case CreateFile:
		if _, err := ot.NewText(e.Op.Text); err != nil {
			return ChangeError(err)
		}
		return CheckPath(e.Op.Path)
	case RenameFile:
		return CheckPath(e.Op.Path)
	case DeleteFile:
		if e.Op.Path != "" {
			return fmt.Errorf("operation %q with a path: %w", e.Op.Do, ErrMalformed)
		}
		return nil
	}
	return fmt.Errorf("operation %.20q, want %q, %q or %q: %w", e.Op.Do, CreateFile, RenameFile, DeleteFile, ErrMalformed)
}

// SameChange reports whether two entries do the same to their files.
func (e Entry) SameChange(o Entry) bool {
	if e.Op == nil || o.Op == nil {
		return e.Op == o.Op && e.Changes.Equal(o.Changes)
	}
	return *e.Op == *o.Op
}

// AppendChange appends the form in which logs keep what the entry does: the JSON of its
// Changes, an array, or of its Op, an object.
func (e Entry) AppendChange(b []byte) []byte {
	if e.Op != nil {
		return e.Op.append(b)
	}
	return e.Changes.AppendJSON(b)
}

// DecodeChange reads what AppendChange wrote.
func (e *Entry) DecodeChange(data []byte) (err error) {
	e.Changes, e.Op = ot.ChangeSet{}, nil
	if !bytes.HasPrefix(data, []byte{'{'}) {
		e.Changes, err = ot.Decode(data, ot.Limits{})
		return err
	}
	e.Op = new(FileOp)
	return json.Unmarshal(data, e.Op)
}

// Bounds of a path, in UTF-16 units. The longest part takes fewer bytes than file systems
// allow.
const (
	maxPath     = 128
	maxPathPart = 64
)

// DefaultPath is the path of the main file of a session that was created without one.
const DefaultPath = "main.rs"

// CheckPath returns an error if a file of a session cannot have the path. A path is
// relative, clean and separated by slashes, such as "util/mod.rs". No part of it is empty,
// begins with a dot or a space, or ends with one; it has no backslash, no control or
// invisible characters and no U+FFFD. It has at most 128 UTF-16 units, each part at most
// 64. The error wraps [ErrMalformed] or [ErrTooLarge]. testdata/paths.json has examples,
// which the page's tests read, too.
func CheckPath(path string) error {
	if n := ot.Len(path); n > maxPath {
		return Exceeds("path", n, maxPath, UnitUTF16)
	}
	for _, c := range path {
		if c == '\\' || c == '\uFFFD' || unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return fmt.Errorf("path %q with the character %U (want letters, digits, punctuation, symbols and spaces): %w", path, c, ErrMalformed)
		}
	}
	for part := range strings.SplitSeq(path, "/") {
		switch n := ot.Len(part); {
		case part == "":
			return fmt.Errorf("path %q with an empty part (want one like %q): %w", path, "util/mod.rs", ErrMalformed)
		case n > maxPathPart:
			return Exceeds("path_part", n, maxPathPart, UnitUTF16)
		case strings.Trim(part, ". ") != part:
			return fmt.Errorf("path %q with a dot or a space at an end of %q: %w", path, part, ErrMalformed)
		}
	}
	return nil
}

// PathsCollide reports whether two files of a session cannot have these paths: where upper
// and lower case are not told apart, they are the same, or one is a directory of the other.
func PathsCollide(a, b string) bool {
	a, b = foldPath(a), foldPath(b)
	if len(a) > len(b) {
		a, b = b, a
	}
	return strings.HasPrefix(b, a) && (len(a) == len(b) || b[len(a)] == '/')
}

// foldPath maps each character alone, so that other languages can do the same.
func foldPath(path string) string {
	return strings.Map(func(c rune) rune { return unicode.ToLower(unicode.ToUpper(c)) }, path)
}
