package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Backup copies the file of a store, which may be in use, to a file that must not exist.
// It does not change the original. The copy is a consistent state of all sessions and is
// marked as a copy: when it is opened as a store, every session gets a new epoch, since
// clients may have received versions that it lacks. Clients keep their unsent edits; see
// client.Client.
func Backup(ctx context.Context, from, to string) error {
	if err := writeCopy(ctx, from, to); err != nil {
		return fmt.Errorf("copy %s to %s: %w", from, to, err)
	}
	return nil
}

func writeCopy(ctx context.Context, from, to string) error {
	info, err := os.Stat(from) // SQLite does not say why
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w", from, errForeign)
	}
	return makeCopy(to, func(part string) error { return copyTo(ctx, from, part) })
}

// makeCopy has write fill a private file, which gets its name once it is whole.
func makeCopy(to string, write func(part string) error) (err error) {
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("%s: %w", to, os.ErrExist)
	}
	part := to + ".part"
	// Texts are private. SQLite takes a file that is empty.
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(part)
		}
	}()
	if err := f.Close(); err != nil {
		return err
	}
	if err := write(part); err != nil {
		return classify(err)
	}
	return os.Rename(part, to)
}

// copyTo copies the file of a store to one that is empty.
func copyTo(ctx context.Context, from, to string) error {
	// Read-only where there is a log: to close a file that nobody else has open
	// would bring the log into it otherwise. Where there is none, to close it
	// takes away what SQLite put beside it, which read-only does not.
	closed := !exists(from + "-wal")
	mode := "&mode=ro"
	if closed {
		mode = "&mode=rw"
	}
	vacuum := func(db *sql.DB) error {
		if err := isStore(ctx, db); err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		_, err := db.ExecContext(ctx, "VACUUM INTO ?", to)
		return err
	}
	err := with(dsn(from)+mode, vacuum)
	var e *driver.Error
	if closed && errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CANTOPEN {
		// Nothing can be put beside it: it is in a snapshot of a file system, or
		// somebody else's. Then nobody may open it meanwhile.
		err = with(dsn(from)+"&mode=ro&immutable=1", vacuum)
		if err == nil && exists(from+"-wal") {
			err = fmt.Errorf("%s: %w", from, store.ErrInUse)
		}
	}
	if err != nil {
		return err
	}
	return with(dsn(to, "synchronous(FULL)"), func(db *sql.DB) error {
		_, err := db.ExecContext(ctx, setRestored, isCopy)
		return err
	})
}

// Values of the key "restored" in meta.
const (
	isCopy    = "1"
	isRetired = "2"

	setRestored = "INSERT INTO meta (key, value) VALUES ('restored', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1"
)

// Retire marks the file as one whose sessions go on in another database: if it is opened
// again after all, every session gets a new epoch, as in a copy.
func (s *Store) Retire(ctx context.Context) error {
	return s.submit(ctx, onRows, func(ctx context.Context) error {
		_, err := s.conn.ExecContext(ctx, setRestored, isRetired)
		return classify(err)
	})
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// with runs do with a database.
func with(name string, do func(*sql.DB) error) error {
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}

// Restore replaces the file of a store, which no process may have open, by a copy. The
// copy may be from [Backup] or made otherwise, as long as its log (-wal), if any, is
// beside it; Restore only reads it. Restore keeps the previous file beside the new one
// under the name replaced, which is "" if there was none. It returns [store.ErrInUse] if a
// process has the file open. If run by root, it gives the new file the owner of the
// previous one, or of the directory.
func Restore(ctx context.Context, from, path string) (replaced string, err error) {
	lock, err := lockFile(path)
	if err != nil {
		return "", fmt.Errorf("restore: %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	path = resolve(path)
	fresh := path + ".restoring"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("restore: %w", err)
	}
	if err := writeCopy(ctx, from, fresh); err != nil {
		return "", fmt.Errorf("restore: %w", err)
	}
	for _, like := range []string{path, filepath.Dir(path)} {
		if info, err := os.Stat(like); err == nil {
			if err := GiveTo(fresh, info); err != nil {
				return "", fmt.Errorf("restore: %w", err)
			}
			break
		}
	}
	// First what is there gets a second name, as a whole, so that nothing is
	// lost at whichever point we end. What is beside a file belongs to it alone:
	// with another it would be damage.
	if _, err := os.Lstat(path); err == nil {
		replaced = path + ".replaced-" + time.Now().UTC().Format("20060102T150405.000")
		for _, end := range []string{"-wal", ""} {
			if err := os.Link(path+end, replaced+end); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", fmt.Errorf("restore: %w", err)
			}
		}
	}
	for _, end := range []string{"-wal", "-shm", "-mark"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return replaced, fmt.Errorf("restore: %w", err)
		}
	}
	if err := os.Rename(fresh, path); err != nil {
		return replaced, fmt.Errorf("restore: %w", err)
	}
	return replaced, nil
}

// Renewed returns why every session got a new epoch when the file was opened, or "" if
// none did.
func (s *Store) Renewed() string { return s.renewed }

// claim makes the file this place's own. What is, or may be, a copy or an
// earlier state gets new epochs.
func (s *Store) claim(ctx context.Context, restored bool) error {
	var mark, history sql.NullString
	var err error
	var doubt string
	var fresh bool
	s.mark, doubt, fresh, err = openMark(s.path)
	if err != nil {
		return fmt.Errorf("mark: %w", err)
	}
	err = s.conn.QueryRowContext(ctx, `SELECT (SELECT value FROM meta WHERE key = 'restored'), (SELECT value FROM meta WHERE key = 'history'),
		max((SELECT coalesce(max(change), 0) FROM sessions), (SELECT coalesce(max(n), 0) FROM journal))`).Scan(&mark, &history, &s.changes)
	if err != nil {
		return classify(err)
	}
	if err := s.loadJournal(ctx); err != nil {
		return err
	}
	last := s.mark.last
	switch {
	case restored:
		s.renewed = "it was said to be restored"
	case mark.String == isCopy:
		s.renewed = "it is a back-up"
	case mark.String == isRetired:
		s.renewed = "its sessions were copied to another database"
	case fresh && !history.Valid: // a new file, or the first opening since there are marks
	case doubt != "":
		s.renewed = doubt
	case last.history != history.String:
		s.renewed = "its mark is another database's"
	case last.changes > s.changes:
		s.renewed = fmt.Sprintf("it lacks %d acknowledged changes", last.changes-s.changes)
	default:
		return s.mark.note(s.changes)
	}
	if s.renewed != "" {
		if err := s.foldAll(ctx, func() bool { return true }); err != nil {
			return err
		}
	}
	name := newHistory()
	err = transact(ctx, s.conn, func() error {
		if s.renewed != "" {
			if err := s.renewAll(ctx); err != nil {
				return err
			}
		}
		_, err := s.conn.ExecContext(ctx, `DELETE FROM meta WHERE key = 'restored';
			INSERT INTO meta (key, value) VALUES ('history', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1`, name)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.mark.write(name, s.changes); err != nil {
		return fmt.Errorf("mark: %w", err)
	}
	return nil
}

// renewAll gives every session a new epoch.
func (s *Store) renewAll(ctx context.Context) error {
	for _, t := range s.journal.broken {
		return t.err
	}
	rows, err := s.conn.QueryContext(ctx, "SELECT sid, epoch, head, oldest FROM sessions")
	if err != nil {
		return err
	}
	var all []row
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.sid, &r.epoch, &r.head, &r.oldest); err != nil {
			rows.Close()
			return err
		}
		all = append(all, r)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, r := range all {
		if err := s.renew(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// renew folds a session's log into a snapshot of a new epoch.
func (s *Store) renew(ctx context.Context, r row) error {
	snap, err := readSnapshot(ctx, s.conn, r)
	if err != nil {
		return err
	}
	snap, err = store.Fold(snap, func(do func(wire.Version, wire.Entry) error) error {
		return replay(ctx, s.conn, r, snap.Version, r.head, do)
	})
	if err != nil {
		return err
	}
	snap.Epoch = wire.NewEpoch()
	if err := putSnapshot(ctx, s.conn, r.sid, snap); err != nil {
		return err
	}
	for _, table := range []string{"entries", "checkpoints"} {
		if _, err := s.conn.ExecContext(ctx, "DELETE FROM "+table+" WHERE sid = ?", r.sid); err != nil {
			return err
		}
	}
	_, err = s.conn.ExecContext(ctx, "UPDATE sessions SET epoch = ?, oldest = head WHERE sid = ?", string(snap.Epoch), r.sid)
	return err
}
