package collab

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// TestNotify: who is notified takes everything, in order, whenever it comes, and
// then the end; and nobody is notified who was not parked.
func TestNotify(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	for round := range 50 {
		c := newConn(&Session{hub: &Hub{cfg: Config{Outbox: 1 << 20, Backlog: 1 << 30}}})
		early, n := rng.IntN(3), rng.IntN(2000)
		next := 0
		send := func(i int) {
			if !c.push([]byte(fmt.Sprint(i))) {
				t.Errorf("seed %d: message %d is refused", seed, i)
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
						if string(b) != fmt.Sprint(next) {
							t.Errorf("seed %d, round %d: %s, want %d", seed, round, b, next)
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
		c.end(CodeGone)
		<-ended
		c.Notify(nil)
		takers.Wait()
		if next != early+n {
			t.Errorf("seed %d, round %d: %d of %d", seed, round, next, early+n)
		}
	}
}
