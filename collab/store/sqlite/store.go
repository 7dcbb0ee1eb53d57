// Package sqlite is a [store.Store] in one file. It is safe against kill -9 and, with
// its default of synchronous=FULL, against a loss of power; see [Config]. One process
// at most has a file open, which makes it the owner of all sessions: [Store.Open]
// always grants.
//
// # Files
//
// Of a store db, db alone holds everything once it was closed. Beside it are
//
//   - db-wal and db-shm, of SQLite, while it is open and after a kill: the first
//     has what was committed last;
//   - db-mark, which tells db from a copy of it, see [Open];
//   - db.lock, which is empty, and locked while a process has db open.
//
// # Schema
//
// The migrations in schema.go say what each column is. By table:
//
//   - sessions: a row each, with the term of its last owner, and the head and age of
//     what has left the journal;
//   - journal: a row a transaction, with the appends of all sessions in it, until
//     they are moved to
//   - entries: a row an accepted change, which a later snapshot may let go;
//   - snapshots: a row a file of a session, its text at a version and who had pushed what;
//   - checkpoints: a row for each earlier version whose files are kept;
//   - runs: the last [store.MaxRuns] of a session;
//   - meta: the name of the file's history, and whether it is a back-up.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/corust-dev/corust/collab/store"
)

// Synchronous selects when SQLite waits for the disk.
type Synchronous string

const (
	// Full waits at every commit: what was acknowledged survives a loss of
	// power. The default.
	Full Synchronous = "FULL"
	// Normal waits at checkpoints only: what was acknowledged survives
	// kill -9, but a loss of power may take the last moments back. Sessions
	// then continue from what is there, and clients resynchronise: in new
	// epochs where the mark tells of the loss; where it was lost, too, they are
	// told a lower version of the same epoch. So Full is the default.
	Normal Synchronous = "NORMAL"
)

// Config configures a [Store]. The zero value is the recommended configuration.
type Config struct {
	Synchronous Synchronous
	// Restored gives every session a new epoch. Set it after a whole file system or
	// machine was restored to an earlier state, which the mark beside the file cannot
	// show. Open detects copied files without it.
	Restored bool

	// MaxSize is the size of the file in bytes above which no session is created.
	// Existing sessions may grow it by another quarter. 0 leaves only the disk as a
	// bound.
	MaxSize int64

	foldAbove int // replaces the constant in tests
	space     func(dir string) (free, total uint64, ok bool)
}

// Store is a [store.Store] in one file, in WAL mode. All writes go through one
// goroutine, which commits all pending requests in one transaction, so that one wait
// for the disk serves many sessions.
type Store struct {
	path   string
	db     *sql.DB // for reading
	writer *sql.DB
	conn   *sql.Conn // the writer's
	stmt   statements
	lock   *flock.Flock
	mark   *mark
	files  []openFile
	// changes counts all appends since the file was made. The last row of the journal
	// has the number of its last append. The writer owns changes and journal.
	changes int64
	journal journal
	owners  owners
	room    room
	renewed string
	// foldAbove is how much the tails may take before commits fold some.
	foldAbove int
	queue     chan *request

	mu     sync.RWMutex // guards closed against sends to queue
	closed bool
	done   chan struct{}
}

type request struct {
	kind kind
	do   func(context.Context) error
	err  error
	done chan struct{}
}

// kind orders the requests of a transaction. The requests are concurrent, so any order
// is right. Appends run last, so that requests that read a session's rows need not
// consider entries staged in the same transaction.
type kind int

const (
	onRows kind = iota
	appending
)

// maxBatch bounds the requests of one transaction.
const maxBatch = 512

// linger is how long a commit waits for more requests while commits are shared. A
// transaction costs more than an append, so one transaction for each of thousands of
// sessions would use up the processors. A single session does not wait.
const linger = 2 * time.Millisecond

// Open opens a file, creates it if it does not exist, and migrates its schema to the
// current version. If the file is not a store, is damaged, or has become empty, Open
// leaves it unchanged and returns an error that wraps [store.ErrCorrupt]. A file that
// may be a copy gets new epochs (see [Store.Renewed]); Open detects copies by a small
// file beside it whose name ends in -mark. Only one process can have a file open;
// others get [store.ErrInUse].
func Open(ctx context.Context, path string, cfg Config) (*Store, error) {
	if cfg.Synchronous == "" {
		cfg.Synchronous = Full
	}
	if cfg.Synchronous != Full && cfg.Synchronous != Normal {
		return nil, fmt.Errorf("synchronous=%q: want %s or %s", cfg.Synchronous, Full, Normal)
	}
	if cfg.foldAbove == 0 {
		cfg.foldAbove = foldAbove
	}
	if cfg.space == nil {
		cfg.space = diskSpace
	}
	s := &Store{path: path, room: room{max: cfg.MaxSize, space: cfg.space}, foldAbove: cfg.foldAbove, owners: owners{held: map[int64]owner{}}, queue: make(chan *request, 4*maxBatch), done: make(chan struct{})}
	if err := s.open(ctx, path, cfg); err != nil {
		s.closeDBs()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	go s.write()
	return s, nil
}

func dsn(path string, pragmas ...string) string {
	q := url.Values{"_pragma": append(pragmas, "busy_timeout(10000)")}
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + q.Encode()
}

func (s *Store) open(ctx context.Context, path string, cfg Config) (err error) {
	if s.lock, err = lockFile(path); err != nil {
		return err
	}
	if err := makeFile(path); err != nil {
		return err
	}
	s.writer, err = sql.Open("sqlite", dsn(path, "synchronous("+string(cfg.Synchronous)+")"))
	if err != nil {
		return err
	}
	s.writer.SetMaxOpenConns(1)
	if s.conn, err = s.writer.Conn(ctx); err != nil {
		return classify(err)
	}
	if err := migrate(ctx, s.conn, migrations); err != nil {
		return err
	}
	// Only now, because this changes the file, which might not have been a store.
	if _, err := s.conn.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return classify(err)
	}
	if err := s.stmt.prepare(ctx, s.conn); err != nil {
		return classify(err)
	}
	if err := s.claim(ctx, cfg.Restored); err != nil {
		return err
	}
	if s.files, err = openFiles(path); err != nil {
		return err
	}
	if s.db, err = sql.Open("sqlite", dsn(path, "query_only(1)")); err != nil {
		return err
	}
	s.db.SetMaxOpenConns(4)
	s.db.SetMaxIdleConns(4)
	return nil
}

// makeFile makes a store's file if it is not there. Texts are private, and SQLite
// would make a file that others may read; it takes one that is empty, and gives its
// mode to those beside it. But one that is empty though it once was a store has
// lost everything.
func makeFile(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.Size() == 0 {
		if was, err := os.Stat(markPath(path)); err == nil && was.Size() > 0 {
			return fmt.Errorf("the file is empty, and as %s says, it was not: %w", markPath(path), store.ErrCorrupt)
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// Close commits what was accepted before and closes the file.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		<-s.done
		return store.ErrClosed
	}
	s.closed = true
	close(s.queue)
	s.mu.Unlock()
	<-s.done
	return s.closeDBs()
}

func (s *Store) closeDBs() error {
	var errs []error
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.conn != nil {
		errs = append(errs, s.stmt.Close(), s.conn.Close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	if s.mark != nil {
		errs = append(errs, s.mark.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// submit hands a write to the writer and waits until it is committed.
func (s *Store) submit(ctx context.Context, kind kind, do func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{kind: kind, do: do, done: make(chan struct{})}
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		return store.ErrClosed
	}
	s.queue <- r
	s.mu.RUnlock()
	// From here on the outcome is waited for: who leaves would not know it.
	<-r.done
	return r.err
}

// idle is how long the writer waits for a request before it folds the tails.
const idle = time.Second

// next waits for a request. Meanwhile it empties the journal.
func (s *Store) next(ctx context.Context) (r *request, open bool) {
	if len(s.journal.order) > 0 {
		wait := time.NewTimer(idle)
		defer wait.Stop()
		select {
		case r, open = <-s.queue:
			return r, open
		case <-wait.C:
			// Nobody waits for it. If it fails, the entries stay where they are,
			// and it is tried again after the next commit.
			s.foldAll(ctx, func() bool { return len(s.queue) == 0 })
		}
	}
	r, open = <-s.queue
	return r, open
}

// write is the writer: it owns conn.
func (s *Store) write() {
	defer close(s.done)
	ctx := context.Background()
	batch := make([]*request, 0, maxBatch)
	for {
		if len(batch) > 1 {
			time.Sleep(linger) // and let them queue: each arrival would wake us
		}
		r, open := s.next(ctx)
		if !open {
			s.foldAll(ctx, func() bool { return true })
			return
		}
		batch = append(batch[:0], r)
	gather:
		for len(batch) < maxBatch {
			select {
			case r, ok := <-s.queue:
				if !ok {
					break gather
				}
				batch = append(batch, r)
			default:
				break gather
			}
		}
		s.commit(ctx, batch)
		for _, r := range batch {
			close(r.done)
		}
	}
}

// errRefused marks an error that was found before anything was written: the
// others of the batch need not suffer from it.
type errRefused struct{ error }

func (e errRefused) Unwrap() error { return e.error }

// commit runs a batch in one transaction; if one of its requests fails halfway,
// each gets a transaction of its own.
func (s *Store) commit(ctx context.Context, batch []*request) {
	spoilt, before := false, s.changes
	err := s.atomic(ctx, func() error {
		if err := s.inPlace(); err != nil {
			return err
		}
		for _, kind := range []kind{onRows, appending} {
			for _, r := range batch {
				if r.kind != kind {
					continue
				}
				r.err = r.do(ctx)
				var refused errRefused
				if r.err != nil && !errors.As(r.err, &refused) {
					spoilt = true
					return r.err
				}
			}
		}
		if err := s.writeJournal(ctx); err != nil {
			return err
		}
		if err := s.foldSome(ctx, s.foldAbove, max(foldRecords, int(s.changes-before))); err != nil {
			return err
		}
		return s.trimJournal(ctx)
	})
	if err == nil {
		if err = s.mark.note(s.changes); err != nil {
			err = unknown(fmt.Errorf("mark: %w", err)) // it is committed, and may yet be found to be of a copy
		}
	}
	switch {
	case err == nil:
	case spoilt && len(batch) > 1:
		for _, r := range batch {
			s.commit(ctx, []*request{r})
		}
		return
	default:
		// Also to those that were refused: it may have been because of what
		// others of the batch did, and now have not.
		for _, r := range batch {
			r.err = err
		}
	}
	for _, r := range batch {
		var refused errRefused
		if errors.As(r.err, &refused) {
			r.err = refused.error
		}
	}
}

// atomic runs do in one transaction, and has the journal and the owners follow it.
func (s *Store) atomic(ctx context.Context, do func() error) error {
	before := s.changes
	err := transact(ctx, s.conn, do)
	if err != nil {
		s.changes = before
	}
	s.journal.settle(err == nil, s.changes)
	s.owners.settle(err == nil)
	return err
}

// classify turns SQLite's errors into ours.
func classify(err error) error {
	var e *driver.Error
	if !errors.As(err, &e) || errors.Is(err, store.ErrCorrupt) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB:
		return errForeign
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT:
		return fmt.Errorf("%w: %w", store.ErrCorrupt, err)
	case sqlite3.SQLITE_CONSTRAINT:
		return fmt.Errorf("%w: %w", store.ErrDuplicate, err)
	}
	return err
}

// unknown marks an error after which what was to be written may be there. It is none
// if the disk is full: then the end of the transaction was not written.
func unknown(err error) error {
	if full := classify(err); errors.Is(full, store.ErrFull) {
		return full
	}
	return fmt.Errorf("%w: %w", store.ErrUnknown, err)
}
