package collab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/corust-dev/corust/collab/archive"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/runs"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Bounds of one append of an import, so that the appends of sessions wait for little.
const (
	importEntries = 500
	importBytes   = 1 << 20
)

// Export returns a session as it is now, to be written to an archive. Its history is read
// while the archive is written. The error wraps [store.ErrNotFound] if there is none.
func (h *Hub) Export(ctx context.Context, id wire.SessionID) (a archive.Session, err error) {
	if a.History, err = h.History(ctx, id); err != nil {
		return a, err
	}
	if a.Runs, err = h.Runs(ctx, id); err != nil {
		return a, err
	}
	view, err := h.Observe(ctx, id)
	if err != nil {
		return a, err
	}
	view.Close()
	a.Settings = view.First().Settings
	epoch := a.History.Epoch
	a.FilesAt = func(v wire.Version) (wire.PastFiles, error) { return h.FilesAt(ctx, id, epoch, v) }
	a.Entries = func(after wire.Version) (wire.PastEntries, error) { return h.Entries(ctx, id, epoch, after, 0) }
	a.Run = func(run string) (wire.PastRun, error) {
		whole, err := h.Run(ctx, id, run)
		if errors.Is(err, store.ErrNoRun) {
			// Later runs have taken its place since.
			return wire.PastRun{RunState: wire.RunState{RunStarted: wire.RunStarted{Run: run}}}, nil
		}
		return whole, err
	}
	return a, nil
}

// Import makes a session of an archive, which may come from anybody, with its files,
// settings and past runs, and as much of its history as [Config].KeepAll or KeepLog say. The
// versions, authors and times of the history stay; its epoch is another.
//
// Import reads the archive twice: it writes nothing before it has checked everything. Then
// it writes a draft, which nobody can join, and makes that the session in one step. After
// an error, or if the process ends before, the draft is deleted, by this hub or the next.
//
// Pace is called before each write with its size in bytes, and may wait; an error of it ends
// the import. The error wraps those of [archive.Archive], [store.ErrExists] or
// [store.ErrNoRoom].
func (h *Hub) Import(ctx context.Context, id wire.SessionID, r io.ReaderAt, size int64, pace func(context.Context, int) error) error {
	a, err := archive.Open(r, size, h.cfg.Limits)
	if err != nil {
		return err
	}
	set, first, err := a.First()
	if err != nil {
		return err
	}
	from, err := h.checkImport(ctx, a, first)
	if err != nil {
		return err
	}
	d := &draft{hub: h, pace: pace, epoch: wire.NewEpoch(), acked: map[wire.ClientID]wire.Ack{}}
	if err := d.write(ctx, id, a, set, first, from); err != nil {
		d.drop(id)
		return err
	}
	return nil
}

// checkImport reads all of an archive, and returns the version from which a session of this
// hub keeps its log.
func (h *Hub) checkImport(ctx context.Context, a *archive.Archive, first wire.Version) (wire.Version, error) {
	var costs []int
	err := a.Replay(func(_ wire.Version, e wire.Entry, _ files.Set) error {
		costs = append(costs, authority.EntryCost(e))
		return ctx.Err()
	})
	if err != nil {
		return 0, err
	}
	for _, err := range a.Runs() {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return 0, err
		}
	}
	if h.cfg.KeepAll {
		return first, nil
	}
	head := first + wire.Version(len(costs))
	return store.ReachBack(head, min(h.cfg.KeepLog, h.cfg.Limits.History), h.cfg.Limits.Bytes, func(yield func(int) bool) {
		for _, cost := range slices.Backward(costs) {
			if !yield(cost) {
				return
			}
		}
	}), nil
}

// draft is a session that an import writes.
type draft struct {
	hub   *Hub
	pace  func(context.Context, int) error
	id    wire.SessionID
	log   store.Log // nil until it is there
	epoch wire.Epoch

	version, stored wire.Version // of the entries, and of the last snapshot
	set             files.Set
	acked           map[wire.ClientID]wire.Ack
	batch           []wire.Entry // the last ones, which are not in the log
	size            int          // of batch, in bytes
	behind          int          // bytes of the entries after the last snapshot
}

// write makes the session of an archive that was checked. The files at version first are
// set; the log is kept after version from.
func (d *draft) write(ctx context.Context, id wire.SessionID, a *archive.Archive, set files.Set, first, from wire.Version) error {
	now, created := time.Now(), a.Manifest.History.Created
	if created.Before(time.UnixMilli(0)) || created.After(now) {
		created = now
	}
	if from == first {
		if err := d.begin(ctx, from, set, created); err != nil {
			return err
		}
	}
	err := a.Replay(func(v wire.Version, e wire.Entry, after files.Set) error {
		switch {
		case v < from:
			return ctx.Err()
		case v == from:
			return d.begin(ctx, from, after, created)
		}
		return d.add(ctx, v, e, after)
	})
	for author, ack := range d.acked {
		ack.Name = a.Manifest.History.Names[author]
		d.acked[author] = ack
	}
	if err == nil {
		err = d.snapshot(ctx, d.acked)
	}
	if err != nil {
		return err
	}
	settings := a.Manifest.Settings.Encode()
	if err := d.pace(ctx, len(settings)); err != nil {
		return err
	}
	if err := d.log.PutSettings(ctx, settings); err != nil {
		return err
	}
	for run, err := range a.Runs() {
		if err == nil {
			err = d.putRun(ctx, run)
		}
		if err != nil {
			return err
		}
	}
	return d.log.Rename(ctx, id, now)
}

// draftTries is how many drafts are made until one is ours: before it is, any hub that looks
// for drafts that were left deletes it.
const draftTries = 3

// begin makes the draft, with the files at the start of its log.
func (d *draft) begin(ctx context.Context, v wire.Version, set files.Set, created time.Time) (err error) {
	d.version, d.stored, d.set = v, v, set
	if err := d.pace(ctx, set.Size()); err != nil {
		return err
	}
	db := d.hub.cfg.Store
	for range draftTries {
		d.id = store.NewDraft()
		if err := db.Create(ctx, d.id, wire.Snapshot{Epoch: d.epoch, Version: v, Files: set.Wire()}, created); err != nil {
			return err
		}
		if d.log, err = db.Open(ctx, d.id, d.hub.cfg.Node); !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return err
}

// add takes an entry, which led to the files of a version.
func (d *draft) add(ctx context.Context, v wire.Version, e wire.Entry, after files.Set) error {
	cost := authority.EntryCost(e)
	d.version, d.set, d.acked[e.Client] = v, after, wire.Ack{Seq: e.Seq, Version: v}
	d.batch, d.size, d.behind = append(d.batch, e), d.size+cost, d.behind+cost
	switch {
	case v-d.stored >= wire.Version(d.hub.apart(after.Size())) || d.behind >= d.hub.cfg.SnapshotBytes:
		return d.snapshot(ctx, nil) // it is a checkpoint soon, which has no acked
	case len(d.batch) >= importEntries || d.size >= importBytes:
		return d.flush(ctx)
	}
	return ctx.Err()
}

// flush brings the batch into the log.
func (d *draft) flush(ctx context.Context) error {
	if len(d.batch) == 0 {
		return nil
	}
	if err := d.pace(ctx, d.size); err != nil {
		return err
	}
	if err := d.log.Append(ctx, d.version-wire.Version(len(d.batch)), d.batch); err != nil {
		return err
	}
	d.batch, d.size = d.batch[:0], 0
	return nil
}

// snapshot keeps the files of the version, for loads of the session and for readers of the
// history, as those of a session that is edited.
func (d *draft) snapshot(ctx context.Context, acked map[wire.ClientID]wire.Ack) error {
	if err := d.flush(ctx); err != nil || d.version == d.stored && len(acked) == 0 {
		return err
	}
	if err := d.pace(ctx, d.set.Size()); err != nil {
		return err
	}
	grown := d.behind
	d.stored, d.behind = d.version, 0
	return d.hub.putSnapshot(d.id, d.log, wire.Snapshot{Epoch: d.epoch, Version: d.version, Files: d.set.Wire(), Acked: maps.Clone(acked)}, 0, grown)
}

func (d *draft) putRun(ctx context.Context, past wire.PastRun) error {
	var products []runs.Product
	for _, p := range past.Products {
		p.Dropped = true // archives have no content of them
		products = append(products, runs.Product{Product: p})
	}
	rec, err := toRecord(&past.RunState, products, past.Started, past.Ended)
	if err != nil {
		return err
	}
	rec.Source = past.Source
	if len(past.Files) > 0 {
		rec.Source = keepNamed(past.Files)
	}
	size := len(rec.About) + len(rec.Output)
	if rec.Source != nil {
		size += len(*rec.Source)
	}
	if err := d.pace(ctx, size); err != nil {
		return err
	}
	return d.log.PutRun(ctx, rec)
}

// drop deletes the draft after an error. It may be the session by now, if the outcome of the
// last step is unknown. What cannot be deleted is released, and expires.
func (d *draft) drop(id wire.SessionID) {
	ctx, db := context.Background(), d.hub.cfg.Store
	for _, id := range []wire.SessionID{d.id, id} {
		info, err := db.Info(ctx, id)
		if err == nil && info.Epoch != d.epoch {
			continue // another session
		}
		if err == nil {
			d.log, err = db.Open(ctx, id, d.hub.cfg.Node)
		}
		if err == nil {
			err = d.log.Delete(ctx)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			d.hub.cfg.Report(id, fmt.Errorf("delete a draft: %w", err))
			if d.log != nil {
				d.hub.release(id, d.log)
			}
		}
	}
}
