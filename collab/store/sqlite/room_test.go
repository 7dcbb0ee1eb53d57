package sqlite_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/store/storetest"
	"github.com/corust-dev/corust/collab/wire"
)

// At its bound a store makes no session, a quarter above it takes no entry, and as
// sessions go it does both again.
func TestMaxSize(t *testing.T) {
	t.Parallel()
	const most = 2 << 20
	s := open(t, filepath.Join(t.TempDir(), "db"), sqlite.Config{Synchronous: sqlite.Normal, MaxSize: most})
	text := strings.Repeat("x", 50_000)
	made := 0
	var err error
	for ; made < 100; made++ {
		if err = s.Create(ctx, wire.SessionID(fmt.Sprint(made)), wire.Snapshot{Epoch: "e", Files: wire.MainText(text)}, time.Now()); err != nil {
			break
		}
	}
	if !errors.Is(err, store.ErrNoRoom) || made < most/60_000 || made > most/50_000 {
		t.Fatalf("after %d sessions of 50 KB: %v, want %v at 2 MiB", made, err, store.ErrNoRoom)
	}
	head := 0
	for ; head < 100; head++ {
		e := storetest.Entry("p", head+1)
		if e.Changes, err = ot.New(head*10_000, ot.Edit{Insert: text[:10_000]}); err != nil {
			t.Fatal(err)
		}
		if err = storetest.Open(t, s, "0").Append(ctx, wire.Version(head), []wire.Entry{e}); err != nil {
			break
		}
		s.Measure()
	}
	if !errors.Is(err, store.ErrFull) || head < 30 || head > 60 {
		t.Fatalf("after %d entries of 10 KB in 512: %v, want %v", head, err, store.ErrFull)
	}
	if err := storetest.Open(t, s, "0").PutRun(ctx, store.Run{ID: "r", Started: time.Now()}); !errors.Is(err, store.ErrFull) {
		t.Errorf("record of a run: %v", err)
	}
	if err := storetest.Open(t, s, "0").PutSnapshot(ctx, wire.Snapshot{Epoch: "e", Version: wire.Version(head), Files: wire.MainText(text)}, wire.Version(head)); err != nil {
		t.Errorf("what lets entries go is refused: %v", err)
	}
	s.Measure()
	if err := storetest.Open(t, s, "0").Append(ctx, wire.Version(head), storetest.Entries("p", head+1, head+1)); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if err := s.Create(ctx, "new", wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, time.Now()); !errors.Is(err, store.ErrNoRoom) {
		t.Errorf("a session at the bound: %v", err)
	}
	for i := range 10 {
		if err := storetest.Open(t, s, wire.SessionID(fmt.Sprint(i))).Delete(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Create(ctx, "new", wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, time.Now()); err != nil {
		t.Errorf("a session after ten have gone: %v", err)
	}
}

// The rest of a disk is for the sessions that there are, and the last of it for nobody.
func TestDiskSpace(t *testing.T) {
	t.Parallel()
	var free, total atomic.Uint64
	cfg := sqlite.Config{Synchronous: sqlite.Normal}.OnDisk(func() (uint64, uint64) { return free.Load(), total.Load() })
	free.Store(1 << 40)
	total.Store(1 << 40)
	s := open(t, filepath.Join(t.TempDir(), "db"), cfg)
	create(t, s, "s")
	for i, c := range []struct {
		free, total  uint64
		create, work error
	}{
		{300 << 20, 1 << 40, nil, nil},
		{255 << 20, 1 << 40, store.ErrNoRoom, nil},
		{63 << 20, 1 << 40, store.ErrNoRoom, store.ErrFull},
		{6 << 20, 100 << 20, nil, nil}, // a small disk
		{4 << 20, 100 << 20, store.ErrNoRoom, nil},
		{1 << 19, 100 << 20, store.ErrNoRoom, store.ErrFull},
		{0, 0, nil, nil},
		{1 << 40, 1 << 40, nil, nil},
	} {
		free.Store(c.free)
		total.Store(c.total)
		s.Measure()
		if err := s.Create(ctx, wire.SessionID(fmt.Sprint(i)), wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, time.Now()); !errors.Is(err, c.create) {
			t.Errorf("with %d MiB of %d free, a session: %v, want %v", c.free>>20, c.total>>20, err, c.create)
		}
		if err := storetest.Open(t, s, "s").PutRun(ctx, store.Run{ID: fmt.Sprint(i), Started: time.Now()}); !errors.Is(err, c.work) {
			t.Errorf("with %d MiB of %d free, a run: %v, want %v", c.free>>20, c.total>>20, err, c.work)
		}
	}
}
