package runner

import "testing"

// What a program takes the machine for fits its limit of processes: several pools of
// one thread a processor, and the agent's own threads.
func TestProcessors(t *testing.T) {
	t.Parallel()
	const pools, agent = 4, 12
	row, _ := LimitNamed("processes")
	for processes := int(row.Least); processes <= 4096; processes++ {
		n := Limits{Processes: processes}.processors()
		if n < 1 || pools*n+agent > processes {
			t.Fatalf("%d processes, %d processors", processes, n)
		}
	}
	for _, tt := range []struct {
		processes int
		cpus      float64
		want      int
	}{
		{128, 0, 16}, {128, 0.25, 1}, {128, 1, 1}, {128, 1.5, 2}, {128, 64, 16}, {32, 0, 4}, {1, 0, 1}, {1, 0.01, 1},
	} {
		if n := (Limits{Processes: tt.processes, CPUs: tt.cpus}).processors(); n != tt.want {
			t.Errorf("%d processes, %v processors' time: %d processors, want %d", tt.processes, tt.cpus, n, tt.want)
		}
	}
}
