package native

import (
	"math/rand/v2"
	"sync"
)

// Host users for boxes, two each: 128 Ki from 0x70000000, which is above every
// range that systemd, subordinate users and containers take theirs from
// (systemd's UIDS-GIDS.md), and below 2³¹, where some file systems stop.
const (
	userBase  = 0x70000000
	userPairs = 1 << 16
)

// pairs hands out pairs of host users. Its methods may be called from any goroutine.
type pairs struct {
	mu   sync.Mutex
	live map[int]bool
}

// take returns a pair that no living box of this process has. It is a random one: a
// box can read its number, which must not count boxes, and another process on the
// machine takes from the same range.
func (p *pairs) take() (pair int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if pair = rand.IntN(userPairs); !p.live[pair] {
			p.live[pair] = true
			return pair
		}
	}
}

// give takes a pair back, when no process of its box is left.
func (p *pairs) give(pair int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.live, pair)
}

// hostUsers are the users of a pair.
func hostUsers(pair int) (agent, step int) { return userBase + 2*pair, userBase + 2*pair + 1 }
