package agent

// window returns n of the allowed processors, beginning at index first and continuing
// at the start after the last. It returns all of them if there are no more than n.
func window(allowed []int, n int, first uint32) []int {
	if n >= len(allowed) {
		return allowed
	}
	start := int(first % uint32(len(allowed)))
	cpus := make([]int, n)
	for i := range cpus {
		cpus[i] = allowed[(start+i)%len(allowed)]
	}
	return cpus
}
