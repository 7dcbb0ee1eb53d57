// Package store is the seam between sessions and what keeps them: the interfaces
// [Store] and [Log], their errors, and in package storetest the suite that every
// implementation must pass. Package memory forgets with its process; package sqlite
// keeps one file; package postgres keeps a database, which several nodes can share.
//
// # The log
//
// The log of a session is what was acknowledged: once [Log.Append] has returned nil,
// the entries are there, in this order, exactly once, until the session is deleted or
// a snapshot that contains them lets them go.
//
// # Ownership
//
// At most one node owns a session at a time, and only its owner writes. [Store.Open]
// makes a node the owner and gives it a [Log], a handle whose [Term] is one above the
// last. That is a write: it is as durable as an append before Open returns, and from
// then on every write by an older handle fails with [ErrFenced], also one that was
// under way. So whoever serves a session opens it first and reads it after that:
// what it then reads can be neither taken back nor added to by another.
//
// Whether Open takes a session from another node is up to the store. One that several
// processes use refuses with [ErrElsewhere] while the owner is alive; memory and
// sqlite, which one process uses, always grant.
//
// # Unknown outcomes
//
// A write may fail with [ErrUnknown]: it may have happened, and may still happen. The
// owner then tells nobody anything, opens the log again, which settles it, and reads
// what is there; see [Settle]. After any other error nothing was written.
package store

import (
	"context"
	"iter"
	"math"
	"time"

	"github.com/corust-dev/corust/collab/wire"
)

// Store keeps sessions. All methods may be called from any goroutine, and from those
// of other processes where the store allows it.
//
// Methods that name a session fail with [ErrNotFound] if there is none, and all of
// them with [ErrClosed] after Close. Reads fail with [ErrCorrupt] if what they find
// cannot be what was written. They read what is committed, whoever owns the session.
type Store interface {
	Reader

	// Create makes a session that starts from a snapshot and that no node owns. It
	// fails with ErrExists, ErrNoRoom or ErrFull.
	Create(ctx context.Context, id wire.SessionID, s wire.Snapshot, at time.Time) error

	// Open makes a node the owner of a session and fences all handles that were
	// opened before, also those of the same node. It fails with ErrElsewhere if
	// another node keeps the session. If Open fails, the handles before may be
	// fenced or not.
	Open(ctx context.Context, id wire.SessionID, node Node) (Log, error)

	// Expired lists at most limit of the sessions that no node owns and that were
	// last edited before a time, or are drafts, in any order.
	Expired(ctx context.Context, before time.Time, limit int) ([]Info, error)

	// DeleteIdle deletes a session if it is as Info or Expired described it: with
	// that epoch and head, or else it fails with *ConflictError, and without an
	// owner, or else it fails with ErrElsewhere.
	DeleteIdle(ctx context.Context, i Info) error

	// Close waits for what is under way.
	Close() error
}

// Reader is the part of a [Store] that reads sessions by their ids.
type Reader interface {
	// Info describes a session without reading its text or its entries.
	Info(ctx context.Context, id wire.SessionID) (Info, error)

	// Snapshot returns the last snapshot. The log holds all entries after it.
	Snapshot(ctx context.Context, id wire.SessionID) (wire.Snapshot, error)

	// Checkpoint returns the files, without Acked, at the last version up to v of which
	// the store has them: that of the last snapshot, or one that Log.PutCheckpoint kept.
	// If v lies before all of these, it returns the first. The log holds all entries
	// after it. It fails with *ConflictError if the epoch is another.
	Checkpoint(ctx context.Context, id wire.SessionID, epoch wire.Epoch, v wire.Version) (wire.Snapshot, error)

	// Replay calls do with each entry after version from, up to version to or the head,
	// in order, so that a log of any size takes the memory of one entry. The first error
	// of do ends it and is returned; do must not call the store. It fails with
	// *ConflictError if the log does not hold the entries: the epoch is another, from is
	// above the head, or a snapshot has let them go.
	Replay(ctx context.Context, id wire.SessionID, epoch wire.Epoch, from, to wire.Version, do func(wire.Version, wire.Entry) error) error

	// Reach returns the lowest version from which the log leads to version to by at
	// most n entries, whose changes together take at most so many bytes as JSON. It
	// returns to itself if not even the last entry fits, or the log begins there.
	Reach(ctx context.Context, id wire.SessionID, epoch wire.Epoch, to wire.Version, n, bytes int) (wire.Version, error)

	// Settings returns what the last Log.PutSettings kept, empty if there was none.
	Settings(ctx context.Context, id wire.SessionID) ([]byte, error)

	// Runs lists the records of runs in the order of their first Log.PutRun, without
	// output and source. Run returns one whole, or fails with ErrNoRun.
	Runs(ctx context.Context, id wire.SessionID) ([]Run, error)
	Run(ctx context.Context, id wire.SessionID, run string) (Run, error)
}

// Log is a handle on a session's log, in the hands of the node that opened it. Its
// methods may be called from any goroutine.
//
// All but Grant write. They fail with [ErrFenced] if the session was opened again
// since or the handle has released it; with [ErrNotFound] if the session was deleted,
// even if another has its id by now; with [ErrFull] if the disk or the bound of the
// store leaves no room, [ErrMoved] if the store's file is not in its place,
// [ErrUnknown] if the outcome is not known. A store bounds how long it waits for an
// outcome by itself: that ctx ends does not undo a write that has begun.
type Log interface {
	// Grant returns what Open found and granted.
	Grant() Grant

	// Append puts entries after version expected, all or none. It fails with
	// *ConflictError, which tells the head, if that is another, and with
	// ErrDuplicate if one of the pushes is in the log.
	Append(ctx context.Context, expected wire.Version, entries []wire.Entry) error

	// PutSnapshot keeps a snapshot of a version up to the head, unless a later one
	// is there, and lets go of the entries up to version trim, which must not lie
	// after the snapshot. Otherwise it fails with *ConflictError.
	PutSnapshot(ctx context.Context, s wire.Snapshot, trim wire.Version) error

	// PutCheckpoint keeps the files of a snapshot for readers of the history, beside
	// the last snapshot, until PutSnapshot lets go of an entry after it. It fails with
	// *ConflictError unless the log holds all entries after it.
	PutCheckpoint(ctx context.Context, s wire.Snapshot) error

	// PutSettings keeps the settings of the session in place of those before, in
	// the caller's form.
	PutSettings(ctx context.Context, data []byte) error

	// PutRun keeps the record of a run in place of the one with its id, but for the
	// source, which stays that of the first. The record says who put it last, see
	// Run.Node. The last MaxRuns records are kept.
	PutRun(ctx context.Context, r Run) error

	// Rename gives the session another id, under which everything of it is found
	// from then on, and releases it. Info.Edited becomes edited, unless that is zero.
	// It fails with ErrExists if another has that id.
	Rename(ctx context.Context, to wire.SessionID, edited time.Time) error

	// Release leaves the session without an owner.
	Release(ctx context.Context) error

	// Delete forgets the session and everything of it.
	Delete(ctx context.Context) error
}

// Read returns the entries after a version, at most limit if that is above 0. The
// errors are those of Replay. It is for logs that are known to be small.
func Read(ctx context.Context, s Store, id wire.SessionID, epoch wire.Epoch, from wire.Version, limit int) ([]wire.Entry, error) {
	to := Head
	if limit > 0 {
		to = from + wire.Version(limit)
	}
	var out []wire.Entry
	err := s.Replay(ctx, id, epoch, from, to, func(_ wire.Version, e wire.Entry) error {
		out = append(out, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Head is above every version: the end of a [Store.Replay] to the head.
const Head wire.Version = math.MaxInt64

// ReachBack is what implementations of [Store.Reach] share: it goes back from version
// to for as long as the entries, whose sizes it is given with the newest first, are
// within bounds.
func ReachBack(to wire.Version, n, bytes int, sizes iter.Seq[int]) wire.Version {
	for size := range sizes {
		if bytes -= size; n == 0 || bytes < 0 {
			break
		}
		n--
		to--
	}
	return to
}
