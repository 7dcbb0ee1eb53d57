package conformance

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// FactsOf finds out the facts about this process's rights. An engine is taken to have
// those of a process that runs as root.
func FactsOf(backend string, groups int) (Facts, error) {
	f := Facts{Backend: backend, Groups: groups}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return f, fmt.Errorf("read own capabilities: %w", err)
	}
	f.SysResource = data[0].Effective&(1<<unix.CAP_SYS_RESOURCE) != 0
	var cores unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &cores); err != nil {
		return f, fmt.Errorf("read the limit of core files: %w", err)
	}
	f.NoCores = cores.Max == 0
	return f, nil
}
