//go:build !linux

package inside

// Entry does nothing on this system.
func Entry() {}
