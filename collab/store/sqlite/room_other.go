//go:build !linux && !darwin

package sqlite

// diskSpace is not to be had here.
func diskSpace(string) (free, total uint64, ok bool) { return 0, 0, false }
