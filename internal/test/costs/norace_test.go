//go:build !race

package costs

// race reports that the race detector watches this process, which allocates.
const race = false
