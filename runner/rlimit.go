package runner

// Rlimit is a limit that the kernel holds each process of a box to (setrlimit(2)).
type Rlimit struct {
	// Name is what container engines and prlimit(1) call it, in lower case: "nofile".
	Name string
	// Soft is the limit; a process may raise its own up to Hard.
	Soft, Hard uint64
}

// stackSize is the usual size that a main thread's stack may grow to.
const stackSize = 8 << 20

// Rlimits returns the limits of each process of a box, on every backend.
func (s BoxSpec) Rlimits() []Rlimit {
	both := func(name string, n uint64) Rlimit { return Rlimit{Name: name, Soft: n, Hard: n} }
	return []Rlimit{
		// 1 is too little for a core file, as 0 is, and the only limit at which the
		// kernel does not start the host's handler for cores either, as the host's root,
		// where kernel.core_pattern names one (fs/coredump.c: "we use cprm.limit of 1
		// here as a special value"). The system call filter keeps it from being lowered.
		both("core", 1),
		both("fsize", uint64(s.Work)),       // SIGXFSZ for one huge file, sparse ones too
		both("nofile", uint64(s.OpenFiles)), // descriptors are kernel memory
		both("memlock", 64<<10),             // not even its own memory can be pinned
		both("msgqueue", 64<<10),            // POSIX queues are kernel memory
		both("sigpending", 256),             // queued signals are kernel memory
		both("nice", 0),                     // no better priority
		both("rtprio", 0),                   // no real time
		{"stack", stackSize, uint64(s.Memory)},
	}
}
