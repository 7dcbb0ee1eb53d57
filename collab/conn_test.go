package collab

import (
	"fmt"
	"sync"
	"testing"

	"github.com/corust-dev/corust/collab/authority"
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
		c.end(wire.CodeGone)
		<-ended
		c.Notify(nil)
		takers.Wait()
		if next != early+n {
			t.Errorf("round %d: %d of %d", round, next, early+n)
		}
	}
}
