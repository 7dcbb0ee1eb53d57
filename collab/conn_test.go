package collab

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/store/memory"
	"github.com/corust-dev/corust/collab/wire"
	"github.com/corust-dev/corust/internal/test/testseed"
)

// TestNotify: who is notified takes everything, in order, whenever it comes, and
// then the end; and nobody is notified who was not parked.
func TestNotify(t *testing.T) {
	t.Parallel()
	rng := testseed.Rand(t)
	for round := range 50 {
		c := newConn(&Session{hub: &Hub{cfg: Config{Outbox: 1 << 20, Backlog: 1 << 30}}})
		early, n := rng.IntN(3), rng.IntN(2000)
		next := 0
		send := func(i int) {
			if !c.push(&authority.Frame{Message: &wire.AckMsg{Version: wire.Version(i)}}) {
				t.Errorf("message %d is refused", i)
			}
			if rng.IntN(2) == 0 {
				c.rouse()
			}
		}
		for i := range early {
			send(i)
		}
		var takers sync.WaitGroup
		ended := make(chan struct{})
		one := make(chan struct{}, 1) // a taker at a time
		c.Notify(func() {
			takers.Go(func() {
				one <- struct{}{}
				defer func() { <-one }()
				for {
					b, err := c.Take()
					switch {
					case err != nil:
						close(ended)
						return
					case b != nil:
						if string(b) != fmt.Sprintf(`{"type":"ack","version":%d,"seq":0}`, next) {
							t.Errorf("round %d: %s, want %d", round, b, next)
						}
						next++
					case c.Park():
						return
					}
				}
			})
		})
		for i := range n {
			send(early + i)
		}
		c.rouse()
		c.end(wire.CodeGone)
		<-ended
		c.Notify(nil)
		takers.Wait()
		if next != early+n {
			t.Errorf("round %d: %d of %d", round, next, early+n)
		}
	}
}

// Entries that are committed together wake each viewer once, after all of them are queued.
// A commit that would fill a queue wakes its viewer before.
func TestCommitWakesEachViewerOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ outbox, entries, awake int }{{1024, 40, 40}, {40, 30, 21}} {
		ctx := t.Context()
		h := NewHub(Config{Store: memory.New(), Outbox: c.outbox, Mailbox: 100})
		defer h.Close()
		id := wire.SessionID("s")
		if err := h.Create(ctx, id, ""); err != nil {
			t.Fatal(err)
		}
		var conns [3]*Conn
		var queued [3][]int // at each notification
		var epoch string
		for i := range conns {
			conn, err := h.Join(ctx, id, authority.Visitor{})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			hello := &wire.Hello{Protocol: wire.ProtocolVersion, Key: wire.Key(fmt.Sprintf("%032x", i)), Name: "a"}
			if err := conn.Send(ctx, hello); err != nil {
				t.Fatal(err)
			}
			conns[i] = conn
		}
		s := h.loaded(id)
		// alone calls f in the session's goroutine.
		alone := func(f func()) {
			done := make(chan struct{})
			if err := s.post(ctx, mail{do: func() { f(); close(done) }}); err != nil {
				t.Fatal(err)
			}
			<-done
		}
		alone(func() {})
		alone(func() { epoch = string(s.auth.Document().Snapshot().Epoch) })
		for i, conn := range conns {
			for data, err := conn.Take(); data != nil || err != nil; data, err = conn.Take() {
				if err != nil {
					t.Fatal(err)
				}
			}
			conn.Notify(func() { queued[i] = append(queued[i], len(conn.queue)-conn.next) })
		}
		alone(func() {
			for i := range c.entries {
				rest := ""
				if i > 0 {
					rest = fmt.Sprintf(",%d", i)
				}
				push := fmt.Sprintf(`{"type":"push","epoch":%q,"version":%d,"seq":%d,"changes":[[0,"x"]%s]}`, epoch, i, i+1, rest)
				m, err := wire.DecodeClient([]byte(push), s.hub.cfg.Limits)
				if err != nil {
					t.Error(err)
					return
				}
				s.handle(mail{from: conns[0], msg: m})
			}
		})
		alone(func() {}) // after the flush
		for i, got := range queued {
			if !slices.Equal(got, []int{c.awake}) {
				t.Errorf("viewer %d, %d entries, queue of %d: notified with %d queued, want once with %d", i, c.entries, c.outbox, got, c.awake)
			}
		}
	}
}
