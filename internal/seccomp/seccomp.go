// Package seccomp holds the one list of system calls that a box allows, and
// renders it for the two that enforce it: as a BPF program for native boxes and
// as a profile for a container engine.
//
// The list begins with the default profile of Docker's engine (moby/profiles,
// v0.2.4) for a container without capabilities, and takes away more: a test holds
// that it is a subset. A call is allowed, or returns at once with an error, or with
// success where doing nothing is right. Calls that are not on the list fail with
// EPERM; a foreign instruction set's calls end the process. The filter never reads
// what a pointer points to, so it cannot be raced.
//
// The criteria for each call are which group is charged for the resources that it
// takes, and which other boxes use them. docs/security.md has the answers by resource.
package seccomp

import (
	"encoding/json"
	"math/bits"
	"slices"
)

// allowed are the calls that need no look at their arguments. They are those of
// 64-bit machines only. Left out, though Docker allows them to everyone:
//   - ptrace, process_vm_readv, process_vm_writev: ways into the agent where it
//     shares the program's user;
//   - mknod, mknodat, fanotify_mark, name_to_handle_at, modify_ldt, uretprobe,
//     adjtimex, clock_adjtime, listmount, statmount: of no use without the
//     capabilities that a box never has;
//   - memfd_secret: memory that even the kernel does not see;
//   - io_setup and its kin: the number of asynchronous requests of the machine
//     is limited (fs.aio-max-nr), and one box could take them all;
//   - seccomp: see prctl below;
//   - sync, syncfs: a box has nothing on a disk, but could delay all other writers.
var allowed = []string{
	"accept", "accept4", "access", "alarm", "arch_prctl", "bind", "brk",
	"cachestat", "capget", "capset", "chdir", "chmod", "chown", "clock_getres",
	"clock_gettime", "clock_nanosleep", "close", "close_range", "connect",
	"copy_file_range", "creat", "dup", "dup2", "dup3", "epoll_create",
	"epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait",
	"eventfd", "eventfd2", "execve", "execveat", "exit", "exit_group", "faccessat",
	"faccessat2", "fallocate", "fchdir", "fchmod", "fchmodat", "fchmodat2",
	"fchown", "fchownat", "fgetxattr", "flistxattr", "flock", "fork",
	"fremovexattr", "fsetxattr", "fstat", "fstatfs", "ftruncate", "futex",
	"futex_requeue", "futex_wait", "futex_waitv", "futex_wake", "futimesat",
	"get_robust_list", "get_thread_area", "getcpu", "getcwd", "getdents",
	"getdents64", "getegid", "geteuid", "getgid", "getgroups", "getitimer",
	"getpeername", "getpgid", "getpgrp", "getpid", "getppid", "getpriority",
	"getrandom", "getresgid", "getresuid", "getrlimit", "getrusage", "getsid",
	"getsockname", "getsockopt", "gettid", "gettimeofday", "getuid", "getxattr",
	"inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch",
	"ioprio_get", "ioprio_set", "kill", "landlock_add_rule",
	"landlock_create_ruleset", "landlock_restrict_self", "lchown", "lgetxattr",
	"link", "linkat", "listen", "listxattr", "llistxattr", "lremovexattr", "lseek",
	"lsetxattr", "lstat", "map_shadow_stack", "membarrier", "mincore", "mkdir",
	"mkdirat", "mlock", "mlock2", "mlockall", "mprotect", "mq_getsetattr",
	"mq_notify", "mq_open", "mq_timedreceive", "mq_timedsend", "mq_unlink",
	"mremap", "mseal", "msgctl", "msgget", "msgrcv", "msgsnd", "msync", "munlock",
	"munlockall", "munmap", "nanosleep", "newfstatat", "open", "openat", "openat2",
	"pause", "pidfd_open", "pidfd_send_signal", "pipe", "pipe2", "pkey_alloc",
	"pkey_free", "pkey_mprotect", "poll", "ppoll", "pread64", "preadv", "preadv2",
	"process_mrelease", "pselect6", "pwrite64", "pwritev", "pwritev2", "read",
	"readahead", "readlink", "readlinkat", "readv", "recvfrom", "recvmmsg",
	"recvmsg", "remap_file_pages", "removexattr", "rename", "renameat",
	"renameat2", "restart_syscall", "rmdir", "rseq", "rt_sigaction",
	"rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn",
	"rt_sigsuspend", "rt_sigtimedwait", "rt_tgsigqueueinfo",
	"sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity",
	"sched_getattr", "sched_getparam", "sched_getscheduler",
	"sched_rr_get_interval", "sched_setaffinity", "sched_setattr",
	"sched_setparam", "sched_setscheduler", "sched_yield", "select", "semctl",
	"semget", "semop", "semtimedop", "sendfile", "sendmmsg", "sendmsg", "sendto",
	"set_robust_list", "set_thread_area", "set_tid_address", "setfsgid",
	"setfsuid", "setgid", "setgroups", "setitimer", "setpgid", "setpriority",
	"setregid", "setresgid", "setresuid", "setreuid", "setsid", "setuid",
	"setxattr", "shmat", "shmctl", "shmdt", "shutdown", "sigaltstack", "signalfd",
	"signalfd4", "splice", "stat", "statfs", "statx", "symlink", "symlinkat",
	"sysinfo", "tee", "tgkill", "time", "timer_create", "timer_delete",
	"timer_getoverrun", "timer_gettime", "timer_settime", "timerfd_create",
	"timerfd_gettime", "timerfd_settime", "times", "tkill", "truncate", "umask",
	"uname", "unlink", "unlinkat", "utime", "utimensat", "utimes", "vfork",
	"vmsplice", "wait4", "waitid", "write", "writev",
}

// An action is what happens to a call that a rule matches.
type action struct {
	allow bool
	// errno is what a call that is not allowed returns; 0 is success. Either way the
	// kernel does nothing.
	errno uint16
}

var (
	allow  = action{allow: true}
	refuse = answer(eperm) // what also happens to a call that no rule matches
)

// answer makes a call return at once, with an error or, for 0, with success. The
// error is the one of a kernel without the feature, which programs are prepared for.
func answer(errno uint16) action { return action{errno: errno} }

// Error numbers that answers use; they are the same on all machines of Linux.
const (
	eperm  = 1
	enodev = 19
	einval = 22
	enotty = 25
	enolck = 37
	enosys = 38
)

// A rule decides calls of one name. The first rule of a name whose tests all hold
// decides; a call that none matches fails with EPERM.
type rule struct {
	name string
	does action
	when []test // at most one for an argument
}

// A test holds if an argument, masked, equals a value. The kernel reads many
// arguments as 32-bit numbers and drops what stands above, so the mask decides
// what is compared and never the width of a register.
type test struct {
	arg   uint
	mask  uint64
	value uint64
}

const (
	word = 1<<32 - 1  // masks an argument that is an int or an unsigned int
	full = ^uint64(0) // one that is a pointer, a long or meant to have no high bits

	afUnix  = 1
	afInet  = 2
	afInet6 = 10

	sockTypes  = 0xf // the bits of socket's type that are no flags
	sockStream = 1
	sockDgram  = 2
	protoTCP   = 6
	protoUDP   = 17

	// The CLONE_NEW* flags: time, mount, cgroup, uts, ipc, user, pid, net.
	cloneNamespaces = 0x00000080 | 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000

	mapHugeTLB = 0x40000
	mfdHugeTLB = 0x4
	shmHugeTLB = 0o4000

	rlimitCore = 4

	tiocsti    = 0x5412
	tioclinux  = 0x541c
	tiocsetd   = 0x5423
	ioctlTypes = 0xff00 // the bits of an ioctl's number that name its subsystem

	prSetSeccomp  = 22
	prSchedCore   = 62
	prMemoryMerge = 67

	fSetlk     = 6
	fSetlkw    = 7
	fOFDSetlk  = 37
	fOFDSetlkw = 38

	fadvDontneed  = 4
	madvMergeable = 12
	madvCold      = 20
	madvPageout   = 21

	solIP     = 0
	solSocket = 1
	solTCP    = 6
	solUDP    = 17
	solIPv6   = 41

	soAttachFilter        = 26
	soAttachBPF           = 50
	soAttachReuseportCBPF = 51
	soAttachReuseportEBPF = 52
	ipAddMembership       = 35
	ipv6JoinGroup         = 20
	tcpULP                = 31
)

// rules decide the calls whose arguments matter, and those that return without being
// made. Frequent calls come first, because the BPF program tests them in this order.
var rules = slices.Concat([]rule{
	// No huge pages of the machine's reserve: they are charged to no group's memory,
	// and are reserved for other programs.
	{"mmap", allow, []test{{3, mapHugeTLB, 0}}},
	{"memfd_create", allow, []test{{1, mfdHugeTLB, 0}}},
	{"shmget", allow, []test{{2, shmHugeTLB, 0}}},
	// MADV_MERGEABLE lets the kernel merge equal pages (KSM); the duration of a write
	// then tells a program whether another box has the same page. MADV_COLD and
	// MADV_PAGEOUT evict pages of shared libraries, so that other boxes wait for the
	// disk. A kernel without these answers EINVAL.
	{"madvise", answer(einval), []test{{2, word, madvMergeable}}},
	{"madvise", answer(einval), []test{{2, word, madvCold}}},
	{"madvise", answer(einval), []test{{2, word, madvPageout}}},
}, only("madvise", 2,
	0, 1, 2, 3, 4, // MADV_NORMAL, RANDOM, SEQUENTIAL, WILLNEED, DONTNEED
	8, 9, 10, 11, 14, 15, 16, 17, 18, 19, // FREE, REMOVE, DONTFORK, DOFORK, HUGEPAGE, NOHUGEPAGE, DONTDUMP, DODUMP, WIPEONFORK, KEEPONFORK
	22, 23, 25, 102, 103, // POPULATE_READ, POPULATE_WRITE, COLLAPSE, GUARD_INSTALL, GUARD_REMOVE
), []rule{
	// POSIX_FADV_DONTNEED evicts files, through read-only and overlay mounts too. One
	// box made the compilers of all others 5 to 8 times slower, and learned from the
	// duration of its own reads what they read. A program's own files are on tmpfs,
	// where the advice has no effect, so success is the right answer.
	{"fadvise64", answer(0), []test{{3, word, fadvDontneed}}},
}, only("fadvise64", 3,
	0, 1, 2, 3, 5, // POSIX_FADV_NORMAL, RANDOM, SEQUENTIAL, WILLNEED, NOREUSE
), []rule{
	// A record lock is 192 bytes of the kernel's memory that no group is charged for,
	// and Linux does not enforce RLIMIT_LOCKS: a box of 64 MiB held 110 MB of locks.
	// ENOLCK is what a file system without them answers. flock is allowed: an open
	// file has one such lock at most.
	{"fcntl", answer(enolck), []test{{1, word, fSetlk}}},
	{"fcntl", answer(enolck), []test{{1, word, fSetlkw}}},
	{"fcntl", answer(enolck), []test{{1, word, fOFDSetlk}}},
	{"fcntl", answer(enolck), []test{{1, word, fOFDSetlkw}}},
}, only("fcntl", 1,
	0, 1, 2, 3, 4, // F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL
	5, 36, // F_GETLK, F_OFD_GETLK: nothing is kept
	8, 9, 10, 11, 15, 16, 17, // owner and signal of asynchronous input
	1027, 1028, 1030, // F_DUPFD_QUERY, F_CREATED_QUERY, F_DUPFD_CLOEXEC
	1031, 1032, 1033, 1034, // sizes of pipes, seals of memfds
	// Left out: leases and F_NOTIFY, which report or delay what other processes do
	// with a file, and hints to a disk.
), []rule{
	// Allowed are the requests of terminals, sockets and pidfds. The others concern
	// namespaces and file systems; they would tell a program the UUID of the host's
	// file systems and where its files lie on the disk. ENOTTY is the answer of a file
	// system without the request. TIOCSTI and TIOCLINUX fake terminal input, although
	// no box has a terminal of the host; TIOCSETD makes the kernel load modules.
	{"ioctl", refuse, []test{{1, word, tiocsti}}},
	{"ioctl", refuse, []test{{1, word, tioclinux}}},
	{"ioctl", refuse, []test{{1, word, tiocsetd}}},
	{"ioctl", allow, []test{{1, ioctlTypes, 0x5400}}},
	{"ioctl", allow, []test{{1, ioctlTypes, 0x8900}}},
	{"ioctl", allow, []test{{1, ioctlTypes, 0xff00}}},
	{"ioctl", answer(enotty), nil},
	// A box writes to tmpfs only, so there is no disk to wait for, and success is the
	// right answer. The kernel would flush the host's disk if the descriptor is a
	// library of the host, even one open for reading: 11,000 times a second, which
	// delays everyone who saves.
	{"fsync", answer(0), nil},
	{"fdatasync", answer(0), nil},
	{"sync_file_range", answer(0), nil},
	// No new namespaces: with them come all capabilities over a new one, and most
	// kernel holes of the last years.
	{"clone", allow, []test{{0, cloneNamespaces, 0}}},
	// The filter cannot read clone3's flags, which a pointer leads to. With ENOSYS every
	// caller falls back to clone.
	{"clone3", answer(enosys), nil},
	// Sockets connect the program's own processes, also over its loopback. TCP and UDP
	// are the protocols that every kernel has. For the others (MPTCP, SCTP, SMC) the
	// kernel uses code with few reviewers, or starts modprobe as the host's root, each
	// time that it is asked.
	{"socket", allow, []test{{0, full, afUnix}}},
}, internet(afInet), internet(afInet6), []rule{
	{"socketpair", allow, []test{{0, full, afUnix}}},
	// Docker's personalities: Linux, with or without a 32-bit uname, and asking.
	{"personality", allow, []test{{0, full, 0x0}}},
	{"personality", allow, []test{{0, full, 0x8}}},
	{"personality", allow, []test{{0, full, 0x20000}}},
	{"personality", allow, []test{{0, full, 0x20008}}},
	{"personality", allow, []test{{0, full, 0xffffffff}}},
	// A process may change only its limits: where agent and program share a user, the
	// kernel would allow prlimit of process 1, dumpable or not. The size of core files
	// may not change: it is 1, which keeps the kernel from starting the machine's
	// handler of core files (core(5)); 0 does not.
	{"prlimit64", allow, []test{{0, word, 0}, {1, word, rlimitCore}, {2, full, 0}}}, // asks
	{"prlimit64", refuse, []test{{1, word, rlimitCore}}},
	{"prlimit64", allow, []test{{0, word, 0}}},
	{"setrlimit", refuse, []test{{0, word, rlimitCore}}},
	{"setrlimit", allow, nil},
	// A program attaches no filters, for system calls or for packets. The kernel
	// compiles each into memory that no group is charged for and that is limited for the
	// whole machine (net.core.bpf_jit_limit). And a thousand filters that are freed at
	// once, as when their processes end, deadlock (Linux 6.18: bpf_prog_pack_free holds
	// a lock while it waits for work that is queued after all waiters for that lock):
	// no filter can be loaded any more, and so no box made, until the machine restarts.
	{"prctl", refuse, []test{{0, word, prSetSeccomp}}},
	// PR_SET_MEMORY_MERGE merges pages as MADV_MERGEABLE does; PR_SCHED_CORE keeps the
	// other hardware thread of a core idle. A kernel without these answers EINVAL.
	{"prctl", answer(einval), []test{{0, word, prMemoryMerge}}},
	{"prctl", answer(einval), []test{{0, word, prSchedCore}}},
	{"prctl", allow, nil},
	// Allowed are the options that the standard library, tokio and socket2 set, and
	// similar ones. Left out are options that
	//   - keep memory that no group is charged for, up to net.core.optmem_max
	//     (128 KiB) a socket: filters, lists of multicast groups and sources, IP
	//     options and extension headers, TCP keys;
	//   - switch code on for the whole machine while a socket has them: timestamps,
	//     TCP_TX_DELAY, IP_MINTTL, UDP_GRO and other encapsulations;
	//   - load or attach other code: TCP_ULP.
	// Joining a multicast group fails with ENODEV, as on a machine without a network.
	{"setsockopt", answer(enodev), []test{{1, word, solIP}, {2, word, ipAddMembership}}},
	{"setsockopt", answer(enodev), []test{{1, word, solIPv6}, {2, word, ipv6JoinGroup}}},
}, options(solSocket,
	1, 2, 5, 6, 7, 8, 9, 10, // DEBUG, REUSEADDR, DONTROUTE, BROADCAST, SNDBUF, RCVBUF, KEEPALIVE, OOBINLINE
	11, 12, 13, 15, 16, 18, // NO_CHECK, PRIORITY, LINGER, REUSEPORT, PASSCRED, RCVLOWAT
	20, 21, 25, // RCVTIMEO, SNDTIMEO, BINDTODEVICE
	36, 42, 45, 47, 49, // MARK, PEEK_OFF, SELECT_ERR_QUEUE, MAX_PACING_RATE, INCOMING_CPU
	62, 66, 67, 76, // BINDTOIFINDEX, RCVTIMEO and SNDTIMEO of 64 bits, PASSPIDFD
), options(solIP,
	1, 2, 6, 8, 10, 11, 12, 13, // TOS, TTL, RECVOPTS, PKTINFO, MTU_DISCOVER, RECVERR, RECVTTL, RECVTOS
	15, 19, 20, 24, // FREEBIND, TRANSPARENT, RECVORIGDSTADDR, BIND_ADDRESS_NO_PORT
	32, 33, 34, 49, 50, 51, // MULTICAST_IF, MULTICAST_TTL, MULTICAST_LOOP, MULTICAST_ALL, UNICAST_IF, LOCAL_PORT_RANGE
), options(solTCP,
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, // NODELAY to WINDOW_CLAMP
	12, 13, 16, 17, 18, // QUICKACK, CONGESTION, THIN_LINEAR_TIMEOUTS, THIN_DUPACK, USER_TIMEOUT
	23, 25, 30, 34, 36, // FASTOPEN, NOTSENT_LOWAT, FASTOPEN_CONNECT, FASTOPEN_NO_COOKIE, INQ
), options(solUDP,
	1, 103, // CORK, SEGMENT
), options(solIPv6,
	16, 17, 18, 19, // UNICAST_HOPS, MULTICAST_IF, MULTICAST_HOPS, MULTICAST_LOOP
	23, 24, 25, 26, 29, // MTU_DISCOVER, MTU, RECVERR, V6ONLY, MULTICAST_ALL
	49, 51, 60, 62, 66, 67, // RECVPKTINFO, RECVHOPLIMIT, RECVPATHMTU, DONTFRAG, RECVTCLASS, TCLASS
	70, 72, 74, 76, 78, // AUTOFLOWLABEL, ADDR_PREFERENCES, RECVORIGDSTADDR, UNICAST_IF, FREEBIND
))

// only allows a call if an argument, of which the kernel reads 32 bits, is one of
// some numbers.
func only(name string, arg uint, numbers ...uint64) []rule {
	var list []rule
	for _, n := range numbers {
		list = append(list, rule{name, allow, []test{{arg, word, n}}})
	}
	return list
}

// internet allows sockets of a family with TCP and UDP, asked for by name or not.
func internet(family uint64) []rule {
	var list []rule
	for _, s := range []struct{ kind, protocol uint64 }{
		{sockStream, 0}, {sockStream, protoTCP}, {sockDgram, 0}, {sockDgram, protoUDP},
	} {
		list = append(list, rule{"socket", allow, []test{{0, full, family}, {1, sockTypes, s.kind}, {2, word, s.protocol}}})
	}
	return list
}

// options allows setsockopt of some options at a level.
func options(level uint64, numbers ...uint64) []rule {
	var list []rule
	for _, n := range numbers {
		list = append(list, rule{"setsockopt", allow, []test{{1, word, level}, {2, word, n}}})
	}
	return list
}

// DockerJSON is the list as a profile for the engine's security option
// "seccomp=…". It is deterministic.
//
// An engine knows no order of rules, and joins several tests of one argument by
// or. So each rule is rendered as the arguments that it is the first to match, in
// pieces that have one test for an argument and nothing in common.
func DockerJSON() string {
	type arg struct {
		Index    uint   `json:"index"`
		Value    uint64 `json:"value"`
		ValueTwo uint64 `json:"valueTwo"`
		Op       string `json:"op"`
	}
	type entry struct {
		Names    []string `json:"names"`
		Action   string   `json:"action"`
		ErrnoRet *uint16  `json:"errnoRet,omitempty"`
		Args     []arg    `json:"args,omitempty"`
	}
	entries := []entry{{Names: allowed, Action: "SCMP_ACT_ALLOW"}}
	for i, r := range rules {
		if r.does == refuse {
			continue // the default, which an engine takes no rule for
		}
		for _, c := range reached(i) {
			e := entry{Names: []string{r.name}, Action: "SCMP_ACT_ALLOW"}
			if !r.does.allow {
				e.Action, e.ErrnoRet = "SCMP_ACT_ERRNO", &r.does.errno
			}
			for i, t := range c {
				if t.mask != 0 {
					e.Args = append(e.Args, arg{Index: uint(i), Value: t.mask, ValueTwo: t.value, Op: "SCMP_CMP_MASKED_EQ"})
				}
			}
			entries = append(entries, e)
		}
	}
	profile, err := json.Marshal(struct {
		DefaultAction string   `json:"defaultAction"`
		Architectures []string `json:"architectures"`
		Syscalls      []entry  `json:"syscalls"`
	}{"SCMP_ACT_ERRNO", []string{"SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"}, entries})
	if err != nil {
		panic(err) // a constant of this package that does not encode
	}
	return string(profile)
}

// A cube is the set of argument lists in which, for each argument, the bits under
// the mask are those of the value.
type cube [6]struct{ mask, value uint64 }

func cubeOf(r rule) cube {
	var c cube
	for _, t := range r.when {
		c[t.arg].mask, c[t.arg].value = t.mask, t.value
	}
	return c
}

// reached returns the argument lists that a rule is the first to match, as disjoint
// cubes.
func reached(i int) []cube {
	var earlier []cube
	for _, r := range rules[:i] {
		if r.name == rules[i].name {
			earlier = append(earlier, cubeOf(r))
		}
	}
	// The large ones first: less is left to be cut up by the small ones.
	slices.SortStableFunc(earlier, func(a, b cube) int { return a.fixed() - b.fixed() })
	left := []cube{cubeOf(rules[i])}
	for _, c := range earlier {
		left = subtract(left, c)
	}
	return left
}

// fixed counts the bits that a cube has a value for.
func (c cube) fixed() int {
	n := 0
	for _, arg := range c {
		n += bits.OnesCount64(arg.mask)
	}
	return n
}

// subtract takes a cube out of disjoint cubes, and returns what is left as
// disjoint cubes.
func subtract(from []cube, out cube) []cube {
	var left []cube
	for _, c := range from {
		if c.disjoint(out) {
			left = append(left, c)
			continue
		}
		// Bit by bit: what differs from out in this one and equals it in those before.
		for i := range c {
			for todo := out[i].mask &^ c[i].mask; todo != 0; todo &= todo - 1 {
				bit := todo & -todo
				differs := c
				differs[i].mask |= bit
				differs[i].value |= ^out[i].value & bit
				left = append(left, differs)
				c[i].mask |= bit
				c[i].value |= out[i].value & bit
			}
		}
	}
	return left
}

func (c cube) disjoint(d cube) bool {
	for i := range c {
		if (c[i].value^d[i].value)&c[i].mask&d[i].mask != 0 {
			return true
		}
	}
	return false
}
