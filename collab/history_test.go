package collab_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/client"
	"github.com/corust-dev/corust/collab/files"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/ot/ottest"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/testseed"
)

// counted counts the checkpoints that a store is given.
type counted struct {
	store.Store
	kept []wire.Version
}

type countedLog struct {
	store.Log
	s *counted
}

func (c *counted) Open(ctx context.Context, id wire.SessionID, node store.Node) (store.Log, error) {
	l, err := c.Store.Open(ctx, id, node)
	return countedLog{l, c}, err
}

func (l countedLog) PutCheckpoint(ctx context.Context, s wire.Snapshot) error {
	l.s.kept = append(l.s.kept, s.Version)
	return l.Log.PutCheckpoint(ctx, s)
}

// write makes n entries at random: edits of the main file and another one, which is created,
// renamed and deleted.
func (p *person) write(rng *rand.Rand, n int) {
	p.t.Helper()
	const other = 7
	for i := range n {
		var err error
		f, ok := p.c.Files().Get(other)
		switch pick := rng.IntN(10); {
		case pick == 0 && !ok:
			err = p.c.Create(other, "util/a.rs", "pub fn f() {}\n")
		case pick == 1 && ok:
			err = p.c.Rename(other, fmt.Sprintf("util/r%d.rs", i))
		case pick == 2 && ok:
			err = p.c.Delete(other)
		case pick < 5 && ok:
			err = p.c.EditFile(other, ottest.Edit(p.t, f.Text.Len(), 0, rng.IntN(2)*min(1, f.Text.Len()), string(rune('a'+i%26))))
		default:
			length := p.c.Text().Len()
			from := rng.IntN(length + 1)
			err = p.c.Edit(ottest.Edit(p.t, length, from, min(length, from+rng.IntN(3)), string(rune('A'+i%26))))
		}
		if err != nil {
			p.t.Fatal(err)
		}
		p.settle()
	}
}

// TestHistoryHasEveryVersion: the files at each version that the history reaches are what
// the entries before it make of those at its start, before and after a restart.
func TestHistoryHasEveryVersion(t *testing.T) {
	for name, cfg := range map[string]collab.Config{
		"all":     {KeepAll: true, Snapshot: 20, Idle: time.Second},
		"bounded": {KeepAll: true, KeepBytes: 50 * authority.EntryCost(wire.Entry{}), Snapshot: 20, Idle: time.Second},
		"recent":  {KeepLog: 50, Snapshot: 20, Idle: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			rng := testseed.Rand(t)
			db := &counted{Store: memory.New()}
			cfg.Store = db
			hub(t, cfg, "fn main() {}\n", func(t *testing.T, h *collab.Hub) {
				a := newPerson(t, "a").come(h)
				a.write(rng, 200)
				checkHistory(t, h)
				a.conn.Close()
				a.c.Disconnect()
				time.Sleep(time.Minute)
				a.come(h).write(rng, 45)
				past := checkHistory(t, h)
				all := cfg.KeepAll && cfg.KeepBytes == 0
				if all && past.First != 0 {
					t.Errorf("the history starts at %d, want all of it", past.First)
				}
				if !all && (past.First < past.Version-100 || past.First > past.Version-30) {
					t.Errorf("the history starts at %d, the head is %d, want about 50 before it", past.First, past.Version)
				}
				if n := len(db.kept); n < 8 || n > 14 {
					t.Errorf("%d checkpoints of %d versions, want one in about 20: %d", n, past.Version, db.kept)
				}
			})
		})
	}
}

// checkHistory reads each version of the session "s" in two ways.
func checkHistory(t *testing.T, h *collab.Hub) wire.PastVersions {
	t.Helper()
	past, err := h.History(ctx, "s")
	if err != nil {
		t.Fatal(err)
	}
	at, err := h.FilesAt(ctx, "s", past.Epoch, past.First)
	if err != nil {
		t.Fatal(err)
	}
	if at.Entry != nil || at.Time != 0 {
		t.Fatalf("entry at %d, where the history starts: %+v of %d", past.First, at.Entry, at.Time)
	}
	set, err := files.Of(at.Files)
	if err != nil {
		t.Fatal(err)
	}
	for v := past.First; v < past.Version; {
		part, err := h.Entries(ctx, "s", past.Epoch, v, 7)
		if err != nil || len(part.Entries) == 0 || len(part.Entries) > 7 || len(part.Times) != len(part.Entries) {
			t.Fatalf("entries after %d: %+v, %v", v, part, err)
		}
		for i, m := range part.Entries {
			if v++; m.Version != v {
				t.Fatalf("entry %d, want %d", m.Version, v)
			}
			if set, err = set.Apply(wire.Entry{File: m.File, Client: m.Client, Seq: m.Seq, Changes: m.Changes, Op: m.Op}); err != nil {
				t.Fatal(err)
			}
			got, err := h.FilesAt(ctx, "s", "", v)
			if err != nil || got.Version != v || !reflect.DeepEqual(got.Files, set.Wire()) {
				t.Fatalf("files at %d: %+v, %v, want %+v", v, got, err, set.Wire())
			}
			if !reflect.DeepEqual(got.Entry, m) || got.Time != part.Times[i] {
				t.Fatalf("entry at %d: %+v of %d, want %+v of %d", v, got.Entry, got.Time, m, part.Times[i])
			}
		}
	}
	if part, err := h.Entries(ctx, "s", past.Epoch, past.Version, 0); err != nil || len(part.Entries) != 0 {
		t.Errorf("after the head: %+v, %v", part, err)
	}
	return past
}

// TestHistoryRefusesOtherVersions: what the history does not reach is refused by kind.
func TestHistoryRefusesOtherVersions(t *testing.T) {
	hub(t, collab.Config{KeepLog: 10, Snapshot: 10}, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		for range 100 {
			a.types(0, "x")
		}
		past, err := h.History(ctx, "s")
		if err != nil || past.Version != 100 || past.First < 70 {
			t.Fatalf("history %+v, %v", past, err)
		}
		for _, c := range []struct {
			id    wire.SessionID
			epoch wire.Epoch
			v     wire.Version
			want  error
		}{
			{"s", "", 101, wire.ErrFuture}, {"s", "", store.Head, wire.ErrFuture}, {"s", "", 0, wire.ErrStale}, {"s", "", 50, wire.ErrStale}, {"s", "", -1, wire.ErrStale},
			{"s", "other", 100, wire.ErrEpoch}, {"none", "", 1, store.ErrNotFound},
		} {
			if _, err := h.FilesAt(ctx, c.id, c.epoch, c.v); !errors.Is(err, c.want) {
				t.Errorf("files of %q at %d in epoch %q: %v, want %v", c.id, c.v, c.epoch, err, c.want)
			}
			if _, err := h.Entries(ctx, c.id, c.epoch, c.v, 1); !errors.Is(err, c.want) {
				t.Errorf("entries of %q after %d in epoch %q: %v, want %v", c.id, c.v, c.epoch, err, c.want)
			}
		}
		if _, err := h.History(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("history of no session: %v", err)
		}
	})
}

// TestEntriesAreBoundedInBytes: an answer has about a megabyte, and always one entry.
func TestEntriesAreBoundedInBytes(t *testing.T) {
	hub(t, collab.Config{KeepAll: true, Limits: wire.Limits{Text: 8 << 20, Message: 64 << 20}}, "", func(t *testing.T, h *collab.Hub) {
		a := newPerson(t, "a").come(h)
		for _, n := range []int{2 << 20, 400 << 10, 400 << 10, 400 << 10, 1} {
			a.types(0, strings.Repeat("x", n))
		}
		for after, want := range []int{1, 2, 3, 2, 1} {
			if part, err := h.Entries(ctx, "s", "", wire.Version(after), 0); err != nil || len(part.Entries) != want {
				t.Errorf("after %d: %d entries, %v, want %d", after, len(part.Entries), err, want)
			}
		}
	})
}

// BenchmarkSeek reads the files at random versions of a log of 100,000 entries.
func BenchmarkSeek(b *testing.B) {
	const entries = 100_000
	db, err := sqlite.Open(ctx, b.TempDir()+"/db", sqlite.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	text := strings.Repeat("let x = 1; // a line of a program\n", 256<<10/34)
	h := collab.NewHub(collab.Config{Store: db, KeepAll: true})
	defer h.Close()
	if err := h.Create(ctx, "s", text); err != nil {
		b.Fatal(err)
	}
	conn, err := h.Join(ctx, "s", authority.Visitor{})
	if err != nil {
		b.Fatal(err)
	}
	receive := func() wire.ServerMessage {
		data, err := conn.Recv(ctx)
		if err != nil {
			b.Fatal(err)
		}
		m, err := wire.DecodeServer(data)
		if err != nil {
			b.Fatal(err)
		}
		return m
	}
	send := func(m wire.ClientMessage) {
		if err := conn.Send(ctx, m); err != nil {
			b.Fatal(err)
		}
	}
	send(client.New("a", "a").Hello())
	welcome := receive().(*wire.Welcome)
	length := ot.Len(text)
	for i := 0; i < entries; {
		const window = 250
		for range window {
			at := i * 7919 % length
			change, err := ot.New(length, ot.Edit{From: at, To: at + 1, Insert: "y"})
			if err != nil {
				b.Fatal(err)
			}
			send(&wire.PushMsg{Epoch: welcome.Epoch, Version: wire.Version(i), Seq: wire.Seq(i + 1), Changes: change})
			i++
		}
		for range window {
			if m, ok := receive().(*wire.AckMsg); !ok {
				b.Fatalf("%+v", m)
			}
		}
	}
	conn.Close()
	b.ResetTimer()
	var worst time.Duration
	for i := range b.N {
		start := time.Now()
		if _, err := h.FilesAt(ctx, "s", "", wire.Version(i*7919%entries)); err != nil {
			b.Fatal(err)
		}
		worst = max(worst, time.Since(start))
	}
	b.ReportMetric(float64(worst.Microseconds())/1000, "worst-ms")
}
