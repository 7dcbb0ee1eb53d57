package heap

import (
	"runtime"
	"runtime/metrics"
	"testing"
)

func TestPercent(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	k := keeper{limit: 512 * mb}
	for _, c := range []struct {
		live uint64
		want int
	}{{0, 300}, {4 * mb, 300}, {64 * mb, 300}, {128 * mb, 300}, {200 * mb, 156}, {256 * mb, 100}, {400 * mb, 100}, {2000 * mb, 100}} {
		if got := k.percent(c.live); got != c.want {
			t.Errorf("%d MiB in use: %d, want %d", c.live/mb, got, c.want)
		}
	}
}

// A busy server is not collected; one that became quiet is collected once.
func TestLook(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	k := keeper{limit: 512 * mb}
	for i, step := range []struct {
		s       sample
		percent int
		collect bool
	}{
		{sample{20 * mb, 100 * mb, 1}, 300, false},
		{sample{20 * mb, 150 * mb, 1}, 0, false},
		{sample{20 * mb, 200 * mb, 1}, 0, false},
		{sample{20 * mb, 201 * mb, 1}, 0, true},
		{sample{160 * mb, 201 * mb, 2}, 220, false},
		{sample{160 * mb, 202 * mb, 2}, 0, false},
		{sample{160 * mb, 280 * mb, 2}, 0, false},
		{sample{160 * mb, 285 * mb, 2}, 0, false}, // busy
		{sample{160 * mb, 286 * mb, 2}, 0, true},
		{sample{4 * mb, 286 * mb, 3}, 300, false},
		{sample{4 * mb, 293 * mb, 3}, 0, false},
		{sample{4 * mb, 294 * mb, 3}, 0, true},
		{sample{4 * mb, 320 * mb, 4}, 300, false}, // busy, and collected by Go
		{sample{4 * mb, 321 * mb, 4}, 0, true},
		{sample{4 * mb, 322 * mb, 5}, 300, false},
	} {
		if percent, collect := k.look(step.s); percent != step.percent || collect != step.collect {
			t.Errorf("step %d: %d, %t, want %d, %t", i, percent, collect, step.percent, step.collect)
		}
	}
}

// TestKeep: the heap grows to four times what is in use. It has the collector of the whole
// process, so nothing runs beside it.
func TestKeep(t *testing.T) {
	const used, garbage = 32 << 20, 512 << 20
	percent := func() uint64 {
		s := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	before := percent()
	live := make([]byte, used)
	runtime.GC()
	stop := Keep(1 << 30)
	first := read().cycles
	var keep []byte
	for range garbage >> 16 {
		keep = make([]byte, 1<<16)
	}
	runtime.KeepAlive(keep)
	// About 5; by default it would be 16, but fewer where the collector has to wait for a
	// processor.
	if n := read().cycles - first; n > 8 {
		t.Errorf("%d bytes of garbage were collected %d times, with %d in use", garbage, n, used)
	}
	runtime.KeepAlive(live)
	stop()
	if after := percent(); after != before {
		t.Errorf("the collector is left at %d %%, and was at %d %%", after, before)
	}
}

func TestCap(t *testing.T) {
	t.Parallel()
	if n := Cap(); n < 8<<20 || n > most {
		t.Errorf("cap of %d bytes", n)
	}
}
