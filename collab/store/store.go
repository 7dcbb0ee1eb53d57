// Package store keeps the logs of sessions. The log is what was acknowledged:
// once [Store.Append] has returned nil, the entries are there, in this order,
// exactly once, until the session is deleted or a snapshot that contains them
// lets them go.
//
// [Memory] forgets with its process. [SQLite] keeps one file, safe against
// kill -9 and, with its default of synchronous=FULL, against a loss of power; see
// [Options]. Package storetest holds what every store must do.
//
// # Files
//
// Of a store db, db alone holds everything once it was closed. Beside it are
//
//   - db-wal and db-shm, of SQLite, while it is open and after a kill: the first
//     has what was committed last;
//   - db-mark, which tells db from a copy of it, see [OpenSQLite];
//   - db.lock, which is empty, and locked while a process has db open.
//
// # Schema
//
// The migrations in schema.go say what each column is. By table:
//
//   - sessions: a row each, with the head and age of what has left the journal;
//   - journal: a row a transaction, with the appends of all sessions in it, until
//     they are moved to
//   - entries: a row an accepted change, which a later snapshot may let go;
//   - snapshots: a row a file of a session, its text at a version and who had pushed what;
//   - runs: the last [MaxRuns] of a session;
//   - meta: the name of the file's history, and whether it is a back-up.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/corust-dev/corust/collab/wire"
)

// Store is an append-only log a session, with snapshots that bound what must
// be replayed, and records of runs. All methods may be called from any
// goroutine, also those of other processes where the store allows it.
//
// Errors: [ErrNotFound] where there is no such session, [ErrNoRun],
// [*ConflictError] where the head is not what the caller thinks, [ErrDuplicate],
// [ErrExists], [ErrNoRoom] of Create, [ErrFull] when the disk is or the store's bound, [ErrMoved] while a file is not in its
// place, [ErrCorrupt] when what is read cannot be what was written, [ErrClosed].
// After any error of Append but a conflict or a duplicate, it is unknown whether the
// entries are in the log: the caller acknowledges nothing and reads the log again.
type Store interface {
	// Create makes a session that starts from a snapshot.
	Create(ctx context.Context, id wire.SessionID, s wire.Snapshot, at time.Time) error

	// Append puts entries behind version expected of an epoch, all or none.
	// It fails with *ConflictError, which tells the head, unless that is the
	// head; and with ErrDuplicate if one of the pushes is in the log.
	Append(ctx context.Context, id wire.SessionID, epoch wire.Epoch, expected wire.Version, entries []wire.Entry) error

	// Replay hands the entries behind a version to do, in order and one at a time, so
	// that a log of any size takes the memory of one entry. The first error of do
	// ends it and is returned; do must not call the store. *ConflictError says that
	// the log does not hold the entries: another epoch, above the head, or let go
	// behind a snapshot.
	Replay(ctx context.Context, id wire.SessionID, epoch wire.Epoch, from wire.Version, do func(wire.Version, wire.Entry) error) error

	// Reach gives the lowest version from which the log leads to version to by at
	// most n entries, whose changes together take at most so many bytes as JSON. It
	// is to itself where not even the last entry fits, or the log begins there.
	Reach(ctx context.Context, id wire.SessionID, epoch wire.Epoch, to wire.Version, n, bytes int) (wire.Version, error)

	// Snapshot gives the last snapshot. The log holds all entries behind it.
	Snapshot(ctx context.Context, id wire.SessionID) (wire.Snapshot, error)

	// PutSnapshot keeps a snapshot of a version up to the head, unless a
	// later one is there, and lets go of the entries up to version trim,
	// which must not lie behind the snapshot.
	PutSnapshot(ctx context.Context, id wire.SessionID, s wire.Snapshot, trim wire.Version) error

	// PutSettings keeps the settings of a session in place of those before, in
	// the caller's form; Settings gives them, empty if there never were any.
	// Nothing compares: of two writers, the later one's are there.
	PutSettings(ctx context.Context, id wire.SessionID, data []byte) error
	Settings(ctx context.Context, id wire.SessionID) ([]byte, error)

	// Sessions lists all sessions, by id.
	Sessions(ctx context.Context) ([]Info, error)

	// Delete forgets a session and everything of it.
	Delete(ctx context.Context, id wire.SessionID) error

	// Rename gives a session another id, under which everything of it is found from then
	// on. ErrExists: another has that id.
	Rename(ctx context.Context, id, to wire.SessionID) error

	// PutRun keeps the record of a run in place of the one with its id, but for
	// the source, which stays that of its first Put; the last MaxRuns are kept.
	// Runs lists them in the order of their first Put, without output and
	// source. Run gives one whole, or ErrNoRun.
	PutRun(ctx context.Context, id wire.SessionID, r Run) error
	Runs(ctx context.Context, id wire.SessionID) ([]Run, error)
	Run(ctx context.Context, id wire.SessionID, run string) (Run, error)

	// Close waits for what is under way. Every later call gives ErrClosed.
	Close() error
}

// Read gives the entries behind a version, at most limit if that is above 0. The
// errors are those of Replay. It is for logs that are known to be small.
func Read(ctx context.Context, s Store, id wire.SessionID, epoch wire.Epoch, from wire.Version, limit int) ([]wire.Entry, error) {
	var out []wire.Entry
	enough := errors.New("enough")
	err := s.Replay(ctx, id, epoch, from, func(_ wire.Version, e wire.Entry) error {
		if out = append(out, e); len(out) == limit {
			return enough
		}
		return nil
	})
	if err != nil && err != enough {
		return nil, err
	}
	return out, nil
}
