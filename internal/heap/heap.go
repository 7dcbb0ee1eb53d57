// Package heap decides when a server collects garbage.
//
// A collection costs processor time in proportion to what is in use. Go lets the heap grow
// by as much again between two. [Keep] lets it grow to four times, but not above a cap
// while twice is less: so a server takes memory in proportion to its need, and one with
// thousands of connections, where a collection takes some 80 ms, collects seldom. Keep also
// collects, and returns memory, when the server has little to do.
package heap

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// most is the cap where memory is plenty; elsewhere it is a share of the memory
	// that the machine or the control group has.
	most  = 512 << 20
	share = 8

	// mostPercent is how much the heap may grow below the cap, and leastPercent how much
	// above it, in percent of what is in use.
	mostPercent  = 300
	leastPercent = 100

	// every is how often Keep looks.
	every = 2 * time.Second
	// A server is quiet if it allocated less than quietBytes in that time. It is collected
	// if it has allocated garbageBytes, and half of what is in use, since Keep did so last.
	quietBytes   = 2 << 20
	garbageBytes = 8 << 20
)

// Cap is how large the heap may get by growing to more than twice what is in use, in bytes.
func Cap() int64 {
	if n := memory(os.DirFS("/")); n > 0 {
		return int64(min(most, n/share))
	}
	return most
}

// Keep manages the heap of this process until stop is called, which waits for it and
// restores the collector's settings. GOMEMLIMIT stays in force. A process calls it
// once at a time.
func Keep(limit int64) (stop func()) {
	k := keeper{limit: limit}
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
	limit    int64
	last     sample
	returned uint64 // allocated, when memory was last returned to the system
}

// look decides by a sample: on another percentage, unless it is 0, and whether to
// collect now.
func (k *keeper) look(s sample) (percent int, collect bool) {
	quiet := s.allocated-k.last.allocated < quietBytes
	if s.cycles != k.last.cycles {
		percent = k.percent(s.live)
	}
	k.last = s
	// A collection of Go itself does not count: it returns little memory to the system.
	collect = quiet && s.allocated-k.returned >= max(garbageBytes, s.live/2)
	if collect {
		k.returned = s.allocated
	}
	return percent, collect
}

// percent is how much the heap may grow from what is in use.
func (k *keeper) percent(live uint64) int {
	toCap := 100 * (k.limit - int64(live)) / int64(max(live, 1))
	return int(min(max(toCap, leastPercent), mostPercent))
}
