// Package numbers hands out numbers, such as those of users, that only one holder has
// at a time.
package numbers

import (
	"math/rand/v2"
	"sync"
)

// Pool hands out the numbers from 0 to N-1. Its methods may be called from any
// goroutine.
type Pool struct {
	N int // at least 1; constant

	mu   sync.Mutex
	held map[int]bool
}

// Take returns a number that no holder has; any number if all are held. It is a random
// one: a program that can read it learns nothing of how many there are, and another
// process that takes from the same range seldom has it.
func (p *Pool) Take() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil {
		p.held = map[int]bool{}
	}
	first := rand.IntN(p.N)
	n := first
	for p.held[n] {
		if n = (n + 1) % p.N; n == first {
			break
		}
	}
	p.held[n] = true
	return n
}

// Give takes a number back.
func (p *Pool) Give(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.held, n)
}
