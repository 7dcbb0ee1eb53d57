package sqlite

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A mark is a small file beside the database that tells the database from a
// copy of it. A copy does not know what was acknowledged after it was made; if
// it kept its epochs, clients that do know would go on in a history that is no
// longer theirs. So a file that is not certainly the one that was closed, or
// killed, last gets new epochs. That costs clients little: what they have not
// sent comes over, though it may land a few places off. To err the other way
// would cost them agreement, so every doubt is a copy.
//
// The mark says what a copy cannot bring along:
//
//   - the name of the database's present history. The database holds it, too,
//     and gets another whenever its epochs are renewed. A copy that came
//     without the mark, or met the mark of another history, differs in it.
//   - how many changes were acknowledged. It is written behind each commit and
//     before its acknowledgement, so a database that holds fewer was put back.
//   - its own inode, and the time at which it was written. Whoever copies it
//     makes another inode, or gives the same one a later time of change, which
//     no tool can set back.
//
// A moved directory keeps all of this. What cannot be noticed is the state of a
// whole file system or machine put back: that is what Config.Restored is for.
// After a loss of power the mark may be older than the database, which is no
// doubt, or not be whole, which is one. It counts the changes of one process,
// which is the only one that has the file open: see lockFile.
type mark struct {
	file *os.File
	last markText
}

// markText is what a mark says.
type markText struct {
	history string // 32 hexadecimal digits
	changes int64
	written int64 // Unix nanoseconds
	inode   uint64
}

// The form of a mark is of fixed width, so that one overwrites another in place.
const (
	markFormat = "corust-mark 1 %32s %020d %020d %020d\n"
	markScan   = "corust-mark 1 %s %d %d %d\n"
)

// markSlack is how far the clock that stamps files may be from ours.
const markSlack = 2 * time.Second

func markPath(database string) string { return resolve(database) + "-mark" }

// resolve follows the links to a file, if there are any and it is there.
func resolve(path string) string {
	if at, err := filepath.EvalSymlinks(path); err == nil {
		return at
	}
	return path
}

// openMark opens a database's mark, makes it if it is not there, and says why
// it cannot be trusted; "" if it can. fresh says that it was not there.
func openMark(database string) (m *mark, doubt string, fresh bool, err error) {
	f, err := os.OpenFile(markPath(database), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, "", false, err
	}
	m = &mark{file: f}
	info, err := f.Stat()
	if err != nil {
		return nil, "", false, errors.Join(err, f.Close())
	}
	if info.Size() == 0 {
		return m, "its mark is missing", true, nil
	}
	if m.last, err = readMark(f); err != nil {
		return m, "its mark cannot be read", false, nil
	}
	return m, m.last.doubt(info), false, nil
}

func readMark(r io.Reader) (t markText, err error) {
	_, err = fmt.Fscanf(r, markScan, &t.history, &t.changes, &t.written, &t.inode)
	return t, err
}

// doubt says why a mark is not in the place where it was written.
func (t markText) doubt(info fs.FileInfo) string {
	inode, changed, ok := identity(info)
	switch {
	case !ok:
		return ""
	case inode != t.inode:
		return "its mark is a copy"
	case time.Unix(0, t.written).Sub(changed).Abs() > markSlack:
		return "its mark was written by something else"
	}
	return ""
}

// note says that so many changes were acknowledged.
func (m *mark) note(changes int64) error {
	if changes == m.last.changes {
		return nil
	}
	return m.write(m.last.history, changes)
}

func (m *mark) write(history string, changes int64) error {
	next := markText{history, changes, time.Now().UnixNano(), m.last.inode}
	if next.inode == 0 || m.last.history != history {
		info, err := m.file.Stat()
		if err != nil {
			return err
		}
		next.inode, _, _ = identity(info)
	}
	if _, err := m.file.WriteAt(fmt.Appendf(nil, markFormat, next.history, next.changes, next.written, next.inode), 0); err != nil {
		return err // and the next note tries again
	}
	m.last = next
	return nil
}

func (m *mark) Close() error { return m.file.Close() }

// newHistory makes a name for what a database holds from now on.
func newHistory() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
