package agent

import (
	"slices"
	"testing"
)

// On every machine a window has as many processors as it should, of those that are
// allowed, and windows that follow each other use all evenly.
func TestWindow(t *testing.T) {
	t.Parallel()
	for machine := 1; machine <= 256; machine++ {
		var allowed []int
		for i := range machine {
			allowed = append(allowed, 3*i+1) // a container may have any
		}
		for _, n := range []int{1, 2, 4, 16, 31, 300} {
			used := map[int]int{}
			first := uint32(0)
			for range machine { // that many windows use each processor n times
				cpus := window(allowed, n, first)
				first += uint32(n)
				if len(cpus) != min(n, machine) {
					t.Fatalf("%d of %d processors: %v", n, machine, cpus)
				}
				for _, cpu := range cpus {
					if !slices.Contains(allowed, cpu) {
						t.Fatalf("processor %d is not allowed", cpu)
					}
					used[cpu]++
				}
			}
			for cpu, times := range used {
				if times != min(n, machine) || len(used) != machine {
					t.Fatalf("%d of %d processors: processor %d is used %d times, and %d are used", n, machine, cpu, times, len(used))
				}
			}
		}
	}
	if cpus := window([]int{0, 1, 2}, 2, ^uint32(0)); len(cpus) != 2 || cpus[0] == cpus[1] {
		t.Errorf("at the highest index: %v", cpus)
	}
}
