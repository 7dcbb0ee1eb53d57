package collab_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/ot"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/sqlite"
	"github.com/corust-dev/corust/collab/wire"
)

var scheduleSeed = flag.Uint64("schedule", 0, "play this one schedule of TestSchedules")

// TestSchedules plays what package simnet plays with a bare authority against
// the real thing: hub, session and an SQLite file. People type, undo, stop
// reading, lose connections and come back, while sessions unload, snapshots
// trim the log and the server restarts.
func TestSchedules(t *testing.T) {
	if *scheduleSeed != 0 {
		synctest.Test(t, func(t *testing.T) { playSchedule(t, *scheduleSeed) })
		return
	}
	first, count := uint64(time.Now().UnixNano()), 60
	if testing.Short() {
		count = 10
	}
	t.Logf("%d schedules from seed %d", count, first)
	for i := range count {
		seed := first + uint64(i)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { playSchedule(t, seed) })
		})
	}
}

// schedule is a server, and people at it.
type schedule struct {
	t      *testing.T
	rand   *rand.Rand
	path   string
	db     *sqlite.Store
	hub    *collab.Hub
	people []*person
	typed  int
}

func playSchedule(t *testing.T, seed uint64) {
	s := &schedule{t: t, rand: rand.New(rand.NewPCG(seed, 0)), path: filepath.Join(t.TempDir(), "db")}
	s.open()
	if err := s.hub.Create(ctx, "s", "fn main() {}\n"); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		s.people = append(s.people, newPerson(t, wire.Key(fmt.Sprint("p", i))))
	}
	for range 250 {
		s.step()
	}
	s.check()
	s.close()
}

func (s *schedule) open() {
	db, err := sqlite.Open(ctx, s.path, sqlite.Config{})
	if err != nil {
		s.t.Fatal(err)
	}
	s.db = db
	s.hub = collab.NewHub(collab.Config{
		Store: db, Idle: time.Second, Outbox: 8, Snapshot: 5, KeepLog: 12,
		Report: func(_ wire.SessionID, err error) { s.t.Error(err) },
	})
}

func (s *schedule) close() {
	s.hub.Close()
	if err := s.db.Close(); err != nil {
		s.t.Error(err)
	}
}

// step is something that somebody does, or that happens.
func (s *schedule) step() {
	p := s.people[s.rand.IntN(len(s.people))]
	switch n := s.rand.IntN(100); {
	case n < 45:
		s.edit(p)
	case n < 50:
		p.c.Undo()
	case n < 52:
		p.c.Set(fmt.Sprint("s", s.rand.IntN(2)), []string{"", "a", "b"}[s.rand.IntN(3)])
	case n < 85:
		s.take(p, s.rand.IntN(6))
	case n < 90:
		s.lose(p)
	case n < 97:
		s.join(p)
	case n < 99:
		time.Sleep(2 * time.Second) // sessions that nobody is in are unloaded
	default:
		s.close()
		s.open()
	}
	s.sendAll(p)
}

// edit inserts what nobody else inserts, or deletes something.
func (s *schedule) edit(p *person) {
	n := p.c.Text().Len()
	e := ot.Edit{From: s.rand.IntN(n + 1)}
	e.To = e.From
	if s.rand.IntN(4) == 0 {
		e.To = min(n, e.From+s.rand.IntN(5))
	} else {
		s.typed++
		e.Insert = fmt.Sprintf("<%d>", s.typed)
	}
	change, err := ot.New(n, e)
	if err == nil {
		err = p.c.Edit(change)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// take receives up to n messages, if that many are there.
func (s *schedule) take(p *person, n int) {
	for range n {
		if p.conn == nil {
			return
		}
		synctest.Wait()
		canceled, cancel := context.WithCancel(ctx)
		cancel()
		data, err := p.conn.Recv(canceled)
		switch {
		case errors.Is(err, context.Canceled):
			return
		case err != nil:
			s.lose(p)
			return
		}
		m, err := wire.DecodeServer(data)
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := p.c.Receive(m); err != nil {
			s.t.Fatalf("%s: %v", p.c.ID(), err)
		}
	}
}

func (s *schedule) lose(p *person) {
	if p.conn != nil {
		p.conn.Close()
		p.c.Disconnect()
		p.conn = nil
	}
}

func (s *schedule) join(p *person) {
	if p.conn != nil {
		return
	}
	conn, err := s.hub.Join(ctx, "s", authority.Visitor{})
	if err != nil {
		s.t.Fatal(err)
	}
	p.conn = conn
	if err := conn.Send(ctx, p.c.Hello()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *schedule) sendAll(p *person) {
	for p.conn != nil {
		m := p.c.Next()
		if m == nil {
			return
		}
		var ended *collab.Ended
		if err := p.conn.Send(ctx, m); errors.As(err, &ended) {
			s.lose(p)
		} else if err != nil {
			s.t.Fatal(err)
		}
	}
}

// check lets everybody come back and say what they have, and wants one text:
// theirs, the log's, and that of somebody who comes only now. So with settings.
func (s *schedule) check() {
	s.people = append(s.people, newPerson(s.t, "late"))
	for moved := true; moved; {
		moved = false
		for _, p := range s.people {
			s.join(p)
			before, synced := p.c.Version(), p.c.Synced()
			s.take(p, 100)
			s.sendAll(p)
			moved = moved || p.conn == nil || !p.c.Live() || p.c.Version() != before || !synced
		}
	}
	snap, err := s.db.Snapshot(ctx, "s")
	if err != nil {
		s.t.Fatal(err)
	}
	entries, err := store.Read(ctx, s.db, "s", snap.Epoch, snap.Version, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	doc, err := authority.Restore(snap, entries, wire.Limits{})
	if err != nil {
		s.t.Fatal(err)
	}
	data, err := s.db.Settings(ctx, "s")
	if err != nil {
		s.t.Fatal(err)
	}
	settings, err := wire.DecodeSettings(data)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range s.people {
		s.take(p, 100) // settings that somebody changed last
		if !maps.Equal(p.c.Settings(), settings) {
			s.t.Errorf("%s has the settings %v, the store %v", p.c.ID(), p.c.Settings(), settings)
		}
		if p.c.Text().String() != mainText(doc).String() || p.c.Version() != doc.Version() {
			s.t.Errorf("%s at %d shows\n%q\nthe log at %d has\n%q", p.c.ID(), p.c.Version(), p.c.Text(), doc.Version(), mainText(doc))
		}
		s.lose(p)
	}
}

// mainText is the text of a document's main file.
func mainText(d *authority.Document) ot.Text {
	f, _ := d.Files().Get(wire.MainFile)
	return f.Text
}
