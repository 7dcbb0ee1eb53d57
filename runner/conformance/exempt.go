package conformance

// Facts are what it depends on whether a machine can stop a program.
type Facts struct {
	// Backend is "native" or "docker".
	Backend string
	// SysResource means that corust, or for docker its engine, has CAP_SYS_RESOURCE.
	SysResource bool
	// NoCores means that the hard limit of core files of corust is 0.
	NoCores bool
	// Groups is the version of control groups that count a box's memory.
	Groups int
}

// Exempt returns the programs that cannot be stopped under these facts, with what it
// costs. All of them are in docs/security.md.
func (f Facts) Exempt() map[string]string {
	m := map[string]string{}
	if !f.SysResource {
		m["50-oom-score"] = "without CAP_SYS_RESOURCE a box's oom_score_adj cannot be fixed; a program may lower it to 0, the default of all processes"
	}
	if !f.SysResource && f.NoCores && f.Backend == "native" {
		m["28-core-handler"] = "without CAP_SYS_RESOURCE this process cannot raise the hard limit of core files from the 0 that it has to 1"
	}
	if f.Groups == 1 && f.Backend == "docker" {
		m["06-socket-buffers"] = "engines set no limit for what waits in sockets, which control groups of version 1 count apart from memory"
	}
	return m
}
