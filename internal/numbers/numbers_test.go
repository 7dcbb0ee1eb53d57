package numbers

import (
	"sync"
	"testing"
)

func TestHoldersHaveDifferentNumbers(t *testing.T) {
	t.Parallel()
	p := Pool{N: 100}
	for range 3 {
		var all sync.WaitGroup
		var mu sync.Mutex
		seen := map[int]bool{}
		for range p.N {
			all.Go(func() {
				n := p.Take()
				mu.Lock()
				defer mu.Unlock()
				if n < 0 || n >= p.N || seen[n] {
					t.Errorf("%d is out of range or held twice", n)
				}
				seen[n] = true
			})
		}
		all.Wait()
		if n := p.Take(); n < 0 || n >= p.N {
			t.Errorf("%d when all are held", n)
		}
		p.Give(7)
		if n := p.Take(); n != 7 {
			t.Errorf("%d when only 7 is free", n)
		}
		for n := range p.N {
			p.Give(n)
		}
	}
}

func TestNumbersAreNotCounted(t *testing.T) {
	t.Parallel()
	p := Pool{N: 1 << 16}
	next := 0
	last := p.Take()
	for range 100 {
		n := p.Take()
		if n == last+1 {
			next++
		}
		last = n
	}
	if next > 10 {
		t.Errorf("%d of 100 numbers follow the one before", next)
	}
}
