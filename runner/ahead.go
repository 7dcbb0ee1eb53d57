package runner

import (
	"context"
	"sync"
	"time"
)

// flight is a compilation ahead that makes the artifact of a key. A run of the same
// compilation joins it instead of compiling as well.
//
// A flight has a tenth of the CPU weight of other boxes, and a request that begins evicts
// it. When a run joins, both end: the flight is then as urgent as the run.
type flight struct {
	done chan struct{} // closed when the artifact is kept, or will not be
	keep func()        // protects it from eviction

	mu     sync.Mutex
	box    Box // nil until it compiles
	joined bool
	haste  *time.Timer // until the box yields after all; nil before hurry
}

// flights holds the flights under way, by the key of their artifact.
type flights struct {
	mu sync.Mutex
	by map[Hash]*flight
}

// begin registers a flight. It returns nil if another one makes the same artifact.
func (f *flights) begin(key Hash, keep func()) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.by[key] != nil {
		return nil
	}
	if f.by == nil {
		f.by = map[Hash]*flight{}
	}
	x := &flight{done: make(chan struct{}), keep: keep}
	f.by[key] = x
	return x
}

// end ends the flight of a key.
func (f *flights) end(key Hash) {
	f.mu.Lock()
	defer f.mu.Unlock()
	x := f.by[key]
	delete(f.by, key)
	close(x.done)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.haste != nil {
		x.haste.Stop()
	}
}

// wait waits for the flight of a key to end. It reports false if there is none, or if ctx
// ends first. Urgent is set for a run.
func (f *flights) wait(ctx context.Context, key Hash, urgent bool) bool {
	f.mu.Lock()
	x := f.by[key]
	f.mu.Unlock()
	if x == nil {
		return false
	}
	if urgent {
		x.join()
	}
	select {
	case <-x.done:
		return true
	case <-ctx.Done():
		return false
	}
}

// join makes the flight as urgent as a run.
func (x *flight) join() {
	x.keep()
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.joined && x.box != nil {
		x.hurry()
	}
	x.joined = true
}

// compile sets the weight of the flight's box, which begins to compile.
func (x *flight) compile(box Box) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch first := x.box == nil; {
	case !first: // of several compile steps
	case x.joined:
		x.box = box
		x.hurry()
	default:
		x.box = box
		box.Yield()
	}
}

// hurry gives the box the weight of a run's, which has it for compileHaste.
func (x *flight) hurry() {
	x.box.Hurry()
	x.haste = time.AfterFunc(compileHaste, x.box.Yield)
}
