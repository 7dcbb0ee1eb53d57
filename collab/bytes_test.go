package collab_test

import (
	"context"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/ot/ottest"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/store/storetest"
	"github.com/corust-dev/corust/collab/wire"
)

// whole is the longest text that a session may have, 3 bytes a unit.
var whole = strings.Repeat("日", 256<<10)

// An editor who pastes the longest text again and again fills the log up to a bound.
func TestLogIsBoundedInBytes(t *testing.T) {
	log := memory.New()
	hub(t, collab.Config{Store: log, Idle: time.Minute}, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		a.types(0, whole)
		for range 60 {
			if err := a.c.Edit(ottest.Edit(t, 256<<10, 0, 256<<10, whole)); err != nil {
				t.Fatal(err)
			}
			a.settle()
		}
		a.conn.Close()
		time.Sleep(2 * time.Minute) // unloaded, with a last snapshot
		snap, err := log.Snapshot(t.Context(), "s")
		if err != nil || snap.Version != 61 || snap.Main() != whole {
			t.Fatalf("snapshot at %d of %d bytes, %v", snap.Version, len(snap.Main()), err)
		}
		oldest, err := log.Reach(t.Context(), "s", snap.Epoch, snap.Version, 1000, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		// Limits.Bytes is 4 MiB, which is five of these.
		if kept := snap.Version - oldest; kept > 5 {
			t.Errorf("the log holds %d entries of 786 KB, want at most 5", kept)
		}
		b := newPerson(t, "b").come(h)
		b.shows(whole)
	})
}

// A load takes the memory of a session and not that of its log, also where the log is
// of a corust that bounded only its entries.
func TestLoadOfALongLogTakesLittleMemory(t *testing.T) {
	const entries, each = 80, 256 << 10
	ctx := context.Background()
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "db"), sqlite.Config{Synchronous: sqlite.Normal})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Create(ctx, "s", wire.Snapshot{Epoch: "e", Files: wire.MainText("")}, time.Now()); err != nil {
		t.Fatal(err)
	}
	l := storetest.Open(t, db, "s")
	for i := range entries {
		length := min(i, 1) * each
		c, err := ot.New(length, ot.Edit{To: length, Insert: whole})
		if err == nil {
			err = l.Append(ctx, wire.Version(i), []wire.Entry{{Client: "c", Seq: wire.Seq(i + 1), Changes: c, At: time.Now()}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	h := collab.NewHub(collab.Config{Store: db, Report: func(_ wire.SessionID, err error) { t.Error(err) }})
	defer h.Close()

	defer debug.SetGCPercent(debug.SetGCPercent(5)) // so that the heap is what is in use
	runtime.GC()
	before, peak, stop, stopped := heap(), uint64(0), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for tick := time.NewTicker(time.Millisecond); ; {
			select {
			case <-tick.C:
				peak = max(peak, heap())
			case <-stop:
				tick.Stop()
				return
			}
		}
	}()
	conn, err := h.Join(ctx, "s", authority.Visitor{})
	close(stop)
	<-stopped
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	grown := int64(peak) - int64(before)
	t.Logf("a load of %d entries of %d bytes took %d KiB", entries, len(whole), grown>>10)
	if grown > 32<<20 {
		t.Errorf("a load of %d entries of %d bytes took %d MiB, want at most 32", entries, len(whole), grown>>20)
	}
}

// heap is how many bytes of objects there are, those that wait to be collected
// included.
func heap() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// Once loaded sessions take the memory that they may, those that nobody is in are let
// go at once, and the histories of the others are short.
func TestMemoryOfLoadedSessions(t *testing.T) {
	const text = 100_000
	hub(t, collab.Config{Memory: 3 * text, Idle: time.Hour}, strings.Repeat("x", text), func(t *testing.T, h *collab.Hub) {
		look := func(name string) {
			t.Helper()
			id := wire.SessionID(name)
			if err := h.Create(t.Context(), id, strings.Repeat("y", text)); err != nil {
				t.Fatal(err)
			}
			conn, err := h.Join(t.Context(), id, authority.Visitor{})
			if err != nil {
				t.Fatal(err)
			}
			conn.Close()
			synctest.Wait()
		}
		look("one")
		look("two")
		if n := h.Loaded(); n != 2 {
			t.Errorf("with room for three texts %d of two are loaded", n)
		}
		a := newPerson(t, "a").come(h)
		away := newPerson(t, "b").come(h)
		away.conn.Close()
		away.c.Disconnect()
		for range 5 { // 500 KB of history
			if err := a.c.Edit(ottest.Edit(t, text, 0, text, strings.Repeat("z", text))); err != nil {
				t.Fatal(err)
			}
			a.settle()
		}
		look("three")
		if n := h.Loaded(); n != 3 {
			t.Errorf("%d sessions are loaded, want the one that somebody is in and two that were left before", n)
		}
		away.come(h)
		away.shows(strings.Repeat("z", text))
		if w := of[*wire.Welcome](away); len(w[len(w)-1].Files) == 0 {
			t.Error("the history is as long as if there were room")
		}
		a.conn.Close()
		away.conn.Close()
		synctest.Wait()
		time.Sleep(2 * time.Hour)
		look("four")
		if n := h.Loaded(); n != 1 {
			t.Errorf("after all are gone %d are loaded, want the last: memory is not counted down", n)
		}
	})
}
