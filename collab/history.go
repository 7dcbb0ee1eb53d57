package collab

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// The history of a session is what its log holds, and the files before its first entry. Its
// store keeps checkpoints, from which the files at any version follow by few entries. Readers
// of the history read the store, and never disturb the session.

// putSnapshot keeps a snapshot, and the one before it as a checkpoint if the log has enough
// entries since the checkpoint before that. Since the one before it, the log has grown by the
// given bytes.
func (h *Hub) putSnapshot(id wire.SessionID, l store.Log, snap wire.Snapshot, trim wire.Version, grown int) error {
	ctx, db := context.Background(), h.cfg.Store
	if h.cfg.KeepAll {
		var err error
		if trim, err = h.overlong(ctx, id, snap, grown); err != nil {
			return err
		}
	}
	before, err := db.Snapshot(ctx, id)
	if err != nil {
		return err
	}
	if before.Epoch == snap.Epoch && before.Version < snap.Version {
		last, err := db.Checkpoint(ctx, id, snap.Epoch, before.Version-1)
		if err != nil {
			return err
		}
		keep := last.Version >= before.Version // there is none yet
		if !keep {
			from, err := db.Reach(ctx, id, snap.Epoch, before.Version, h.apart(sizeOf(before.Files))-1, h.cfg.SnapshotBytes)
			if err != nil {
				return err
			}
			keep = from > last.Version
		}
		if keep {
			if err := l.PutCheckpoint(ctx, before); err != nil {
				return fmt.Errorf("checkpoint: %w", err)
			}
		}
	}
	return l.PutSnapshot(ctx, snap, trim)
}

// trimParts is in how many parts a log of KeepBytes is let go, on average.
const trimParts = 64

// overlong is the version up to which a log has more than KeepBytes, 0 if it has not. To find
// it is to read the log, so it looks once for each part by which the log grows, on average: a
// choice by chance needs no counter, which a restart would forget.
func (h *Hub) overlong(ctx context.Context, id wire.SessionID, snap wire.Snapshot, grown int) (wire.Version, error) {
	most := h.cfg.KeepBytes
	if most <= 0 || rand.IntN(max(1, most/trimParts)) >= grown {
		return 0, nil
	}
	return h.cfg.Store.Reach(ctx, id, snap.Epoch, snap.Version, most/authority.EntryCost(wire.Entry{}), most)
}

// entryBytes is how many bytes of a text take as much in a store as an entry, compressed.
const entryBytes = 256

// apart is how many entries are between checkpoints of files of a size in bytes. Where all
// are kept, checkpoints take no more bytes than the log.
func (h *Hub) apart(size int) int {
	if h.cfg.KeepAll {
		return max(h.cfg.Snapshot, size/entryBytes)
	}
	return h.cfg.Snapshot
}

func sizeOf(files []wire.File) int {
	size := 0
	for _, f := range files {
		size += len(f.Text)
	}
	return size
}

// History tells which versions of a session's files can be read. The error wraps
// [store.ErrNotFound] if the session does not exist.
func (h *Hub) History(ctx context.Context, id wire.SessionID) (wire.PastVersions, error) {
	info, err := h.cfg.Store.Info(ctx, id)
	if err != nil {
		return wire.PastVersions{}, err
	}
	first, err := h.cfg.Store.Checkpoint(ctx, id, info.Epoch, 0)
	if err != nil {
		return wire.PastVersions{}, pastError(err)
	}
	names, err := h.names(ctx, id)
	if err != nil {
		return wire.PastVersions{}, err
	}
	return wire.PastVersions{Epoch: info.Epoch, First: first.Version, Version: info.Head, Created: info.Created, Edited: info.Edited, Names: names}, nil
}

// names returns the names of authors, which snapshots keep. A session in memory also has
// those since the last.
func (h *Hub) names(ctx context.Context, id wire.SessionID) (map[wire.ClientID]string, error) {
	if s := h.loaded(id); s != nil {
		reply := make(chan map[wire.ClientID]string, 1)
		if s.post(ctx, mail{do: func() { reply <- s.auth.Document().Names() }}) == nil {
			select {
			case names := <-reply:
				return names, nil
			case <-s.ended:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	}
	snap, err := h.cfg.Store.Snapshot(ctx, id)
	return snap.Names(), err
}

// FilesAt returns the files of a session at a version, from those at a checkpoint and the
// entries after it, and the last of those. The epoch is "" for the present one. The error wraps [store.ErrNotFound],
// [wire.ErrEpoch] for another epoch, [wire.ErrStale] for a version before the history, or
// [wire.ErrFuture] for one above the head.
func (h *Hub) FilesAt(ctx context.Context, id wire.SessionID, epoch wire.Epoch, v wire.Version) (wire.PastFiles, error) {
	info, err := h.past(ctx, id, epoch, v)
	if err != nil {
		return wire.PastFiles{}, err
	}
	snap, err := h.cfg.Store.Checkpoint(ctx, id, info.Epoch, max(v, 1)-1) // before the entry of v, unless the history starts with v
	if err != nil {
		return wire.PastFiles{}, pastError(err)
	}
	if snap.Version > v {
		return wire.PastFiles{}, fmt.Errorf("version %d, history starts at %d: %w", v, snap.Version, wire.ErrStale)
	}
	out := wire.PastFiles{Epoch: info.Epoch, Version: v}
	set, err := files.Of(snap.Files)
	if err == nil {
		err = h.cfg.Store.Replay(ctx, id, info.Epoch, snap.Version, v, func(at wire.Version, e wire.Entry) (err error) {
			if at == v {
				out.Entry, out.Time = pastEntry(at, e)
			}
			set, err = set.Apply(e)
			return err
		})
	}
	if err != nil {
		return wire.PastFiles{}, pastError(err)
	}
	out.Files = set.Wire()
	return out, nil
}

// pastEntry returns an entry of the log as readers get it, and its time in Unix milliseconds.
func pastEntry(v wire.Version, e wire.Entry) (*wire.EntryMsg, int64) {
	return &wire.EntryMsg{Version: v, Client: e.Client, Seq: e.Seq, File: e.File, Changes: e.Changes, Op: e.Op}, store.Millis(e.At)
}

// Bounds of what Entries returns at once. The first entry may have more bytes.
const (
	MaxPastEntries = 5000
	maxPastBytes   = 1 << 20
)

// Entries returns entries of a session's log after a version, in order: as many as limit, at
// most [MaxPastEntries], and about a megabyte. There are no more if it returns none. Epoch and
// errors are as for FilesAt.
func (h *Hub) Entries(ctx context.Context, id wire.SessionID, epoch wire.Epoch, after wire.Version, limit int) (wire.PastEntries, error) {
	info, err := h.past(ctx, id, epoch, after)
	if err != nil {
		return wire.PastEntries{}, err
	}
	if limit <= 0 || limit > MaxPastEntries {
		limit = MaxPastEntries
	}
	out := wire.PastEntries{Epoch: info.Epoch, After: after, Entries: []*wire.EntryMsg{}, Times: []int64{}}
	size, full := 0, errors.New("full")
	err = h.cfg.Store.Replay(ctx, id, info.Epoch, after, after+wire.Version(limit), func(v wire.Version, e wire.Entry) error {
		if size += authority.EntryCost(e); size > maxPastBytes && len(out.Entries) > 0 {
			return full
		}
		m, at := pastEntry(v, e)
		out.Entries, out.Times = append(out.Entries, m), append(out.Times, at)
		return nil
	})
	if err != nil && err != full {
		return wire.PastEntries{}, pastError(err)
	}
	return out, nil
}

// past describes a session of which a version is read.
func (h *Hub) past(ctx context.Context, id wire.SessionID, epoch wire.Epoch, v wire.Version) (store.Info, error) {
	info, err := h.cfg.Store.Info(ctx, id)
	switch {
	case err != nil:
		return info, err
	case epoch != "" && epoch != info.Epoch:
		return info, fmt.Errorf("epoch %.20q, the session has %q: %w", epoch, info.Epoch, wire.ErrEpoch)
	case v < 0:
		return info, fmt.Errorf("version %d: %w", v, wire.ErrStale)
	case v > info.Head:
		return info, fmt.Errorf("version %d, head is %d: %w", v, info.Head, wire.ErrFuture)
	}
	return info, nil
}

// pastError is the error of a reader of the history. What the log held a moment ago may be
// gone.
func pastError(err error) error {
	var c *store.ConflictError
	if errors.As(err, &c) {
		return fmt.Errorf("the log does not hold it: %w: %w", wire.ErrStale, err)
	}
	return err
}
