// Package heap moves a server's garbage collections to moments when it has little to
// do.
//
// With thousands of connections, a collection takes the processors for some 80 ms, and
// members who type at that moment wait for it. Go collects whenever the heap has grown
// by as much as was in use, which on a busy server is every second or two. [Keep] lets
// the heap grow to a floor first, so that it is every half minute; and it collects,
// and returns memory, when the server has little to do.
package heap

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// most is the floor where memory is plenty; elsewhere it is a share of the
	// memory that the machine or the control group has.
	most  = 512 << 20
	share = 8

	// leastPercent is how much the heap may grow above the floor, in percent of
	// what is in use.
	leastPercent = 100

	// every is how often Keep looks.
	every = 2 * time.Second
	// A server is quiet whose allocations in that time are below quietBytes; it
	// is collected if at least garbageBytes have been allocated since the last
	// time.
	quietBytes   = 2 << 20
	garbageBytes = 32 << 20
)

// Floor is how large the heap gets before it is collected, in bytes.
func Floor() int64 {
	if n := memory(os.DirFS("/")); n > 0 {
		return int64(min(most, n/share))
	}
	return most
}

// Keep manages the heap of this process until stop is called, which waits for it and
// restores the collector's settings. GOMEMLIMIT stays in force. A process calls it
// once at a time.
func Keep(floor int64) (stop func()) {
	k := keeper{floor: floor}
	before := debug.SetGCPercent(k.percent(read().live))
	stopping, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		k.run(stopping)
	}()
	return func() {
		close(stopping)
		<-stopped
		debug.SetGCPercent(before)
	}
}

func (k *keeper) run(stopping <-chan struct{}) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-stopping:
			return
		}
		percent, collect := k.look(read())
		if collect {
			debug.FreeOSMemory()
			percent, _ = k.look(read())
		}
		if percent > 0 {
			debug.SetGCPercent(percent)
		}
	}
}

// sample is the runtime's account of the heap: the bytes in use at the end of the last
// collection, the bytes allocated since the start, and the number of collections.
type sample struct{ live, allocated, cycles uint64 }

func read() sample {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(s)
	return sample{s[0].Value.Uint64(), s[1].Value.Uint64(), s[2].Value.Uint64()}
}

type keeper struct {
	floor     int64
	last      sample
	collected uint64 // allocated, at the end of the last collection or a little later
}

// look decides by a sample: on another percentage, unless it is 0, and whether to
// collect now.
func (k *keeper) look(s sample) (percent int, collect bool) {
	quiet := s.allocated-k.last.allocated < quietBytes
	if s.cycles != k.last.cycles {
		percent, k.collected = k.percent(s.live), s.allocated
	}
	k.last = s
	return percent, quiet && s.allocated-k.collected >= garbageBytes
}

// percent is what makes the floor, or more, of what is in use.
func (k *keeper) percent(live uint64) int {
	// Go, too, counts with at least 4 MiB, times the percentage.
	used := max(live, 4<<20)
	toFloor := max(0, 100*(k.floor-int64(used))/int64(used))
	return int(max(leastPercent, toFloor))
}
