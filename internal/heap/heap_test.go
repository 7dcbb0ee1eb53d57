package heap

import (
	"runtime"
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

// TestLook: a busy server is left alone, a quiet one is collected once for what it
// has left behind.
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

// TestKeep: with a floor, garbage is collected less often. It has the collector of
// the whole process, so nothing runs beside it.
func TestKeep(t *testing.T) {
	const floor, garbage = 64 << 20, 256 << 20
	cycles := func() uint32 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		before := m.NumGC
		var keep []byte
		for range garbage >> 16 {
			keep = make([]byte, 1<<16)
		}
		runtime.KeepAlive(keep)
		runtime.ReadMemStats(&m)
		return m.NumGC - before
	}
	runtime.GC()
	without := cycles()
	stop := Keep(floor)
	with := cycles()
	stop()
	again := cycles()
	// About 64 by default, since 4 MiB is the least, and 4 with the floor.
	if with > without/4 || again < without/2 {
		t.Errorf("%d collections without a floor, %d with one, %d after it", without, with, again)
	}
}

func TestFloor(t *testing.T) {
	t.Parallel()
	if f := Floor(); f < 8<<20 || f > most {
		t.Errorf("floor of %d bytes", f)
	}
}
