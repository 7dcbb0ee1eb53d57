// Package testbudget fails a test when a parser of hostile text takes more time or
// memory than its input may cost.
package testbudget

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// The budget for an input of up to Unit bytes; a longer one has proportionally more.
const (
	Unit   = 64 << 10
	Time   = 50 * time.Millisecond
	Memory = 50 << 20 // allocated in all, freed or not
)

// attempts is how often an input may be tried before it fails: another process, or
// another test of this one, may have had the processor or allocated meanwhile.
const attempts = 5

// Check runs f, which parses size bytes, and fails the test if its time or memory is
// above the budget each time. Time is relative to a fixed computation that is measured
// right after f, so that a slow or busy machine, the race detector and coverage do not
// fail it. What f allocates is counted for the whole process: do not call Check beside
// parallel tests that allocate much.
func Check(t testing.TB, size int, f func()) {
	t.Helper()
	units := max(1, float64(size)/Unit)
	var took time.Duration
	var allocated uint64
	for range attempts {
		took, allocated = measure(f)
		if float64(allocated) > units*Memory {
			continue
		}
		if limit := time.Duration(units * float64(Time)); took <= limit || took <= time.Duration(float64(limit)*slowness()) {
			return
		}
	}
	t.Fatalf("%d bytes of input took %v and %d bytes of memory; %v and %d are allowed for each %d bytes",
		size, took, allocated, Time, Memory, Unit)
}

func measure(f func()) (time.Duration, uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	f()
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	return took, after.TotalAlloc - before.TotalAlloc
}

// calibration is what the computation of slowness takes on an idle 2 GHz processor,
// compiled without instrumentation.
const calibration = 5 * time.Millisecond

// slowness is how many times slower than that processor this one is now, at least 1.
func slowness() float64 {
	data := make([]byte, 64<<10)
	start := time.Now()
	h := uint32(2166136261)
	for range 48 { // FNV-1a of 3 MiB
		for _, c := range data {
			h = (h ^ uint32(c)) * 16777619
		}
	}
	took := time.Since(start)
	runtime.KeepAlive(h)
	return max(1, float64(took)/float64(calibration))
}

// Fill returns head, unit repeated, and tail, Unit bytes in all unless head and tail
// alone are longer. A fuzz target that fills what it is given finds a shape whose cost
// is quadratic from a handful of bytes.
func Fill(head, unit, tail string) string {
	n := 0
	if len(unit) > 0 {
		n = max(0, Unit-len(head)-len(tail)) / len(unit)
	}
	return head + strings.Repeat(unit, n) + tail
}
