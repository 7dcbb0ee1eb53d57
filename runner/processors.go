package runner

import "math"

// processesPerCPU is how many processes a box must be allowed for each processor that
// its program is told of. Thread pools are as large as the machine; with this, several
// of them and the agent's own threads stay within the limit.
const processesPerCPU = 8

// processors returns how many processors a program may run on and is told of, at most:
// as many as its limits of processes and of processor time are good for.
func (l Limits) processors() int {
	n := max(1, l.Processes/processesPerCPU)
	if l.CPUs > 0 {
		n = min(n, int(math.Ceil(l.CPUs)))
	}
	return n
}
