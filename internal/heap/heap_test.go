package heap

import (
	"runtime"
	"runtime/metrics"
	"testing"
)

func TestPercent(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	k := keeper{floor: 512 * mb}
	for _, c := range []struct {
		live uint64
		want int
	}{{0, 12700}, {4 * mb, 12700}, {64 * mb, 700}, {256 * mb, 100}, {400 * mb, 100}, {2000 * mb, 100}} {
		if got := k.percent(c.live); got != c.want {
			t.Errorf("%d MiB in use: %d, want %d", c.live/mb, got, c.want)
		}
		// The heap is collected at used + used × percent.
		if used := max(c.live, 4*mb); used < 256*mb && used+used*uint64(k.percent(c.live))/100 != 512*mb {
			t.Errorf("%d MiB in use: not at the floor", c.live/mb)
		}
	}
}

// A busy server is not collected; one that became quiet is collected once.
func TestLook(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	k := keeper{floor: 512 * mb}
	for i, step := range []struct {
		s       sample
		percent int
		collect bool
	}{
		{sample{20 * mb, 100 * mb, 1}, 2460, false},
		{sample{20 * mb, 150 * mb, 1}, 0, false},
		{sample{20 * mb, 200 * mb, 1}, 0, false},
		{sample{20 * mb, 201 * mb, 1}, 0, true},
		{sample{64 * mb, 201 * mb, 2}, 700, false},
		{sample{64 * mb, 202 * mb, 2}, 0, false},
		{sample{64 * mb, 230 * mb, 2}, 0, false},
		{sample{64 * mb, 240 * mb, 2}, 0, false}, // busy
		{sample{64 * mb, 241 * mb, 2}, 0, true},
	} {
		if percent, collect := k.look(step.s); percent != step.percent || collect != step.collect {
			t.Errorf("step %d: %d, %t, want %d, %t", i, percent, collect, step.percent, step.collect)
		}
	}
}

// TestKeep: with a floor, the heap grows to it between collections. It has the
// collector of the whole process, so nothing runs beside it.
func TestKeep(t *testing.T) {
	const floor, garbage = 64 << 20, 256 << 20
	percent := func() uint64 {
		s := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	before := percent()
	runtime.GC() // so that what is in use is little, whatever ran before
	stop := Keep(floor)
	first := read().cycles
	var keep []byte
	for range garbage >> 16 {
		keep = make([]byte, 1<<16)
	}
	runtime.KeepAlive(keep)
	// About 4; by default it would be up to 64, since 4 MiB is the least, but fewer
	// where the collector has to wait for a processor.
	if n := read().cycles - first; n > 8 {
		t.Errorf("%d bytes of garbage were collected %d times, with a floor of %d", garbage, n, floor)
	}
	stop()
	if after := percent(); after != before {
		t.Errorf("the collector is left at %d %%, and was at %d %%", after, before)
	}
}

func TestFloor(t *testing.T) {
	t.Parallel()
	if f := Floor(); f < 8<<20 || f > most {
		t.Errorf("floor of %d bytes", f)
	}
}
