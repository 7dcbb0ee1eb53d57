package store

import (
	"context"
	"errors"
	"iter"
	"math"

	"github.com/corust-dev/corust/collab/wire"
)

// Source is what a copy is made of: sessions that do not change meanwhile.
type Source interface {
	Reader

	// Sessions lists all sessions, in any order. An error ends it.
	Sessions(ctx context.Context) iter.Seq2[Info, error]
}

// Contents is everything that a store keeps of a session, for a copy. The sequences read
// when they are ranged over, one at a time; an error ends them.
type Contents struct {
	Info
	Snapshot wire.Snapshot
	Settings []byte
	Oldest   wire.Version // that before the first of Entries
	// Entries are all that the log holds, in order.
	Entries iter.Seq2[wire.Entry, error]
	// Checkpoints are those before the snapshot, the last one first.
	Checkpoints iter.Seq2[wire.Snapshot, error]
	// Runs are the records in their order, with output and source.
	Runs iter.Seq2[Run, error]
}

// Read returns the contents of a session that does not change meanwhile and is as i
// describes it. Its sequences use ctx.
func (i Info) Read(ctx context.Context, from Reader) (c Contents, err error) {
	c.Info = i
	if c.Snapshot, err = from.Snapshot(ctx, i.ID); err != nil {
		return c, err
	}
	if c.Settings, err = from.Settings(ctx, i.ID); err != nil {
		return c, err
	}
	if c.Oldest, err = from.Reach(ctx, i.ID, i.Epoch, i.Head, math.MaxInt, math.MaxInt); err != nil {
		return c, err
	}
	c.Entries = func(yield func(wire.Entry, error) bool) {
		enough := errors.New("no more entries are wanted")
		err := from.Replay(ctx, i.ID, i.Epoch, c.Oldest, Head, func(_ wire.Version, e wire.Entry) error {
			if !yield(e, nil) {
				return enough
			}
			return nil
		})
		if err != nil && !errors.Is(err, enough) {
			yield(wire.Entry{}, err)
		}
	}
	c.Checkpoints = func(yield func(wire.Snapshot, error) bool) {
		for before := c.Snapshot.Version; ; {
			snap, err := from.Checkpoint(ctx, i.ID, i.Epoch, before-1)
			if err == nil && snap.Version >= before || !yield(snap, err) || err != nil {
				return
			}
			before = snap.Version
		}
	}
	c.Runs = func(yield func(Run, error) bool) {
		runs, err := from.Runs(ctx, i.ID)
		if err != nil {
			yield(Run{}, err)
			return
		}
		for _, r := range runs {
			if r, err = from.Run(ctx, i.ID, r.ID); !yield(r, err) || err != nil {
				return
			}
		}
	}
	return c, nil
}
