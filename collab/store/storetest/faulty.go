package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/wire"
)

// Faulty is a store whose writes a test decides on.
type Faulty struct {
	store.Store
	// Write is called for each Open and each write of a [store.Log], with the name of
	// the method and what does it. What it returns is what the caller is told. It may
	// be called from any goroutine.
	Write func(method string, do func() error) error
}

// Unknown is an outcome that the caller is not told; do is called if the write lands
// all the same.
func Unknown(landed bool, do func() error) error {
	if landed {
		if err := do(); err != nil {
			return err
		}
	}
	return fmt.Errorf("the answer was lost: %w", store.ErrUnknown)
}

// Open implements [store.Store].
func (f *Faulty) Open(ctx context.Context, id wire.SessionID, node store.Node) (l store.Log, err error) {
	err = f.Write("Open", func() error {
		l, err = f.Store.Open(ctx, id, node)
		return err
	})
	if err != nil {
		return nil, err
	}
	return faultyLog{l, f}, nil
}

type faultyLog struct {
	store.Log
	f *Faulty
}

func (l faultyLog) Append(ctx context.Context, expected wire.Version, entries []wire.Entry) error {
	return l.f.Write("Append", func() error { return l.Log.Append(ctx, expected, entries) })
}

func (l faultyLog) PutSnapshot(ctx context.Context, s wire.Snapshot, trim wire.Version) error {
	return l.f.Write("PutSnapshot", func() error { return l.Log.PutSnapshot(ctx, s, trim) })
}

func (l faultyLog) PutCheckpoint(ctx context.Context, s wire.Snapshot) error {
	return l.f.Write("PutCheckpoint", func() error { return l.Log.PutCheckpoint(ctx, s) })
}

func (l faultyLog) PutSettings(ctx context.Context, data []byte) error {
	return l.f.Write("PutSettings", func() error { return l.Log.PutSettings(ctx, data) })
}

func (l faultyLog) PutRun(ctx context.Context, r store.Run) error {
	return l.f.Write("PutRun", func() error { return l.Log.PutRun(ctx, r) })
}

func (l faultyLog) Rename(ctx context.Context, to wire.SessionID, edited time.Time) error {
	return l.f.Write("Rename", func() error { return l.Log.Rename(ctx, to, edited) })
}

func (l faultyLog) Release(ctx context.Context) error {
	return l.f.Write("Release", func() error { return l.Log.Release(ctx) })
}

func (l faultyLog) Delete(ctx context.Context) error {
	return l.f.Write("Delete", func() error { return l.Log.Delete(ctx) })
}
