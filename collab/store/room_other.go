//go:build !linux && !darwin

package store

// diskSpace is not to be had here.
func diskSpace(string) (free, total uint64, ok bool) { return 0, 0, false }
