package store

import (
	"fmt"
	"maps"

	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/wire"
)

// Fold applies the entries after a snapshot to it. Replay calls do with each of them, as
// [Store.Replay] does. The error wraps [ErrCorrupt] if an entry does not fit.
func Fold(snap wire.Snapshot, replay func(do func(wire.Version, wire.Entry) error) error) (wire.Snapshot, error) {
	set, err := files.Of(snap.Files)
	if err != nil {
		return snap, fmt.Errorf("snapshot at %d: %w: %w", snap.Version, ErrCorrupt, err)
	}
	acked := maps.Clone(snap.Acked)
	if acked == nil {
		acked = map[wire.ClientID]wire.Ack{}
	}
	err = replay(func(v wire.Version, e wire.Entry) (err error) {
		if set, err = set.Apply(e); err != nil {
			return fmt.Errorf("entry %d: %w: %w", v, ErrCorrupt, err)
		}
		acked[e.Client] = wire.Ack{Seq: e.Seq, Version: v, Name: acked[e.Client].Name}
		snap.Version = v
		return nil
	})
	snap.Files, snap.Acked = set.Wire(), acked
	return snap, err
}
