//go:build !linux

package conformance

// FactsOf returns the facts for an engine in a virtual machine, as engines are on
// other systems than Linux.
func FactsOf(backend string, groups int) (Facts, error) {
	return Facts{Backend: backend, Groups: groups, SysResource: true}, nil
}
