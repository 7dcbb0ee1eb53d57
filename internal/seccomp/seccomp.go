// Package seccomp holds the one list of system calls that a box allows, and
// renders it for the two that enforce it: as a BPF program for native boxes and
// as a profile for a container engine.
//
// The list begins with the default profile of Docker's engine (moby/profiles,
// v0.2.4) as it is for a container without capabilities, and takes away more: a
// test holds that it is a subset. What is not on it fails with EPERM, and a
// foreign instruction set's calls fail as a whole; the filter never asks what a
// pointer points to, so it cannot be raced.
package seccomp

import (
	"encoding/json"
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
//   - io_setup and its kin: the machine has one number of asynchronous requests
//     for everybody (fs.aio-max-nr), and a box could take them all;
//   - seccomp: see prctl below;
//   - sync, syncfs: a box has nothing on a disk, but could make everybody wait for
//     theirs.
var allowed = []string{
	"accept", "accept4", "access", "alarm", "arch_prctl", "bind", "brk",
	"cachestat", "capget", "capset", "chdir", "chmod", "chown", "clock_getres",
	"clock_gettime", "clock_nanosleep", "close", "close_range", "connect",
	"copy_file_range", "creat", "dup", "dup2", "dup3", "epoll_create",
	"epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait",
	"eventfd", "eventfd2", "execve", "execveat", "exit", "exit_group",
	"faccessat", "faccessat2", "fadvise64", "fallocate", "fchdir", "fchmod",
	"fchmodat", "fchmodat2", "fchown", "fchownat", "fcntl", "fdatasync",
	"fgetxattr", "flistxattr", "flock", "fork", "fremovexattr", "fsetxattr",
	"fstat", "fstatfs", "fsync", "ftruncate", "futex", "futex_requeue",
	"futex_wait", "futex_waitv", "futex_wake", "futimesat", "get_robust_list",
	"get_thread_area", "getcpu", "getcwd", "getdents", "getdents64", "getegid",
	"geteuid", "getgid", "getgroups", "getitimer", "getpeername", "getpgid",
	"getpgrp", "getpid", "getppid", "getpriority", "getrandom", "getresgid",
	"getresuid", "getrlimit", "getrusage", "getsid", "getsockname", "getsockopt",
	"gettid", "gettimeofday", "getuid", "getxattr", "inotify_add_watch",
	"inotify_init", "inotify_init1", "inotify_rm_watch", "ioprio_get",
	"ioprio_set", "kill", "landlock_add_rule", "landlock_create_ruleset",
	"landlock_restrict_self", "lchown", "lgetxattr", "link", "linkat", "listen",
	"listxattr", "llistxattr", "lremovexattr", "lseek", "lsetxattr", "lstat",
	"madvise", "map_shadow_stack", "membarrier", "mincore", "mkdir", "mkdirat",
	"mlock", "mlock2", "mlockall", "mprotect", "mq_getsetattr", "mq_notify",
	"mq_open", "mq_timedreceive", "mq_timedsend", "mq_unlink", "mremap", "mseal",
	"msgctl", "msgget", "msgrcv", "msgsnd", "msync", "munlock", "munlockall",
	"munmap", "nanosleep", "newfstatat", "open", "openat", "openat2", "pause",
	"pidfd_open", "pidfd_send_signal", "pipe", "pipe2", "pkey_alloc", "pkey_free",
	"pkey_mprotect", "poll", "ppoll", "pread64", "preadv", "preadv2",
	"process_mrelease", "pselect6", "pwrite64", "pwritev", "pwritev2", "read",
	"readahead", "readlink", "readlinkat", "readv", "recvfrom", "recvmmsg",
	"recvmsg", "remap_file_pages", "removexattr", "rename", "renameat",
	"renameat2", "restart_syscall", "rmdir", "rseq", "rt_sigaction",
	"rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn",
	"rt_sigsuspend", "rt_sigtimedwait", "rt_tgsigqueueinfo",
	"sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity",
	"sched_getattr", "sched_getparam", "sched_getscheduler",
	"sched_rr_get_interval", "sched_setaffinity", "sched_setattr",
	"sched_setparam", "sched_setscheduler", "sched_yield", "select",
	"semctl", "semget", "semop", "semtimedop", "sendfile", "sendmmsg", "sendmsg",
	"sendto", "set_robust_list", "set_thread_area", "set_tid_address", "setfsgid",
	"setfsuid", "setgid", "setgroups", "setitimer", "setpgid", "setpriority",
	"setregid", "setresgid", "setresuid", "setreuid", "setsid",
	"setuid", "setxattr", "shmat", "shmctl", "shmdt", "shutdown", "sigaltstack",
	"signalfd", "signalfd4", "socketpair", "splice", "stat", "statfs", "statx",
	"symlink", "symlinkat", "sync_file_range", "sysinfo", "tee", "tgkill", "time",
	"timer_create", "timer_delete", "timer_getoverrun", "timer_gettime",
	"timer_settime", "timerfd_create", "timerfd_gettime", "timerfd_settime",
	"times", "tkill", "truncate", "umask", "uname", "unlink", "unlinkat", "utime",
	"utimensat", "utimes", "vfork", "vmsplice", "wait4", "waitid", "write",
	"writev",
}

// A condition allows a call only if all its tests hold.
type condition struct {
	name string
	all  []test
}

// A test compares an argument, masked, with a value. The kernel reads many
// arguments as 32-bit numbers and drops what stands above, so the mask decides
// what is compared and never the width of a register.
type test struct {
	arg    uint
	mask   uint64
	value  uint64
	differ bool // holds if they are not equal
}

const (
	word = 1<<32 - 1  // masks an argument that is an int or an unsigned int
	full = ^uint64(0) // one that is a pointer, a long or meant to have no high bits

	afUnix  = 1
	afInet  = 2
	afInet6 = 10

	// The CLONE_NEW* flags: time, mount, cgroup, uts, ipc, user, pid, net.
	cloneNamespaces = 0x00000080 | 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000

	mapHugeTLB = 0x40000
	mfdHugeTLB = 0x4
	shmHugeTLB = 0o4000

	rlimitCore = 4
	tiocsti    = 0x5412

	prSetSeccomp = 22

	solSocket             = 1
	soAttachFilter        = 26
	soAttachBPF           = 50
	soAttachReuseportCBPF = 51
	soAttachReuseportEBPF = 52
)

// conditional are the calls whose arguments decide. Several conditions for one
// call are alternatives.
var conditional = slices.Concat([]condition{
	// No new namespaces: with them come all capabilities over a new one, and most
	// kernel holes of the last years.
	{"clone", []test{{arg: 0, mask: cloneNamespaces, value: 0}}},
	// Sockets between the program's own processes and over its loopback. Docker
	// lists families to allow, too, but many more; gone are netlink, packet,
	// AF_ALG and AF_VSOCK.
	{"socket", []test{{arg: 0, mask: full, value: afUnix}}},
	{"socket", []test{{arg: 0, mask: full, value: afInet}}},
	{"socket", []test{{arg: 0, mask: full, value: afInet6}}},
	// Docker's personalities: Linux, with or without a 32-bit uname, and asking.
	{"personality", []test{{arg: 0, mask: full, value: 0x0}}},
	{"personality", []test{{arg: 0, mask: full, value: 0x8}}},
	{"personality", []test{{arg: 0, mask: full, value: 0x20000}}},
	{"personality", []test{{arg: 0, mask: full, value: 0x20008}}},
	{"personality", []test{{arg: 0, mask: full, value: 0xffffffff}}},
	// One's own limits only: where agent and program share a user, prlimit of
	// process 1 would be allowed, whether or not that is dumpable. And of those not
	// the size of core files: it is 1, which alone keeps the kernel from starting a
	// handler that the machine has for them (core(5)), while 0 does not.
	{"prlimit64", []test{{arg: 0, mask: word, value: 0}, {arg: 1, mask: word, value: rlimitCore, differ: true}}},
	{"prlimit64", []test{{arg: 0, mask: word, value: 0}, {arg: 2, mask: full, value: 0}}}, // asks
	{"setrlimit", []test{{arg: 0, mask: word, value: rlimitCore, differ: true}}},
	// No huge pages of the machine's reserve: they are charged to no group's
	// memory, and somebody has set them aside for something else.
	{"mmap", []test{{arg: 3, mask: mapHugeTLB, value: 0}}},
	{"memfd_create", []test{{arg: 1, mask: mfdHugeTLB, value: 0}}},
	{"shmget", []test{{arg: 2, mask: shmHugeTLB, value: 0}}},
	// No faking of terminal input, though no box ever has a terminal of the
	// host's.
	{"ioctl", []test{{arg: 1, mask: word, value: tiocsti, differ: true}}},
	// No filters of one's own, for system calls or for packets. The kernel compiles
	// each into memory that no group is charged for and of which it has a fixed
	// amount for everybody (net.core.bpf_jit_limit). And a thousand that are freed
	// at once, as with the processes that had them, wait for each other for ever
	// (Linux 6.18: bpf_prog_pack_free holds a lock while it waits for work that is
	// queued behind all who wait for that lock): no filter can be loaded on that
	// machine any more, and so no box made, until it is started anew.
	{"prctl", []test{{arg: 0, mask: word, value: prSetSeccomp, differ: true}}},
	{"setsockopt", []test{{arg: 1, mask: word, value: solSocket, differ: true}}},
}, allBut("setsockopt", 2, soAttachFilter, soAttachBPF, soAttachReuseportCBPF, soAttachReuseportEBPF))

// allBut allows a call unless an argument, of which the kernel reads 32 bits, is one
// of some numbers below 64. Engines join several tests of one argument by or, so each
// condition has one: those of the numbers that are left, by their leading bits.
func allBut(name string, arg uint, numbers ...uint64) []condition {
	const low = 63
	list := []condition{{name, []test{{arg: arg, mask: word &^ low, differ: true}}}}
	var split func(mask, value uint64)
	split = func(mask, value uint64) {
		if !slices.ContainsFunc(numbers, func(n uint64) bool { return n&mask == value }) {
			list = append(list, condition{name, []test{{arg: arg, mask: mask, value: value}}})
			return
		}
		if mask == low {
			return // it is one of them
		}
		bit := ((low &^ mask) + 1) >> 1 // the highest that is not in the mask
		split(mask|bit, value)
		split(mask|bit, value|bit)
	}
	split(0, 0)
	return list
}

// clone3's flags are behind a pointer. ENOSYS sends every caller to clone.
const nosys = 38

// DockerJSON is the list as a profile for the engine's security option
// "seccomp=…". It is deterministic.
func DockerJSON() string {
	type arg struct {
		Index    uint   `json:"index"`
		Value    uint64 `json:"value"`
		ValueTwo uint64 `json:"valueTwo"`
		Op       string `json:"op"`
	}
	type rule struct {
		Names    []string `json:"names"`
		Action   string   `json:"action"`
		ErrnoRet *uint    `json:"errnoRet,omitempty"`
		Args     []arg    `json:"args,omitempty"`
	}
	const allow = "SCMP_ACT_ALLOW"
	rules := []rule{{Names: allowed, Action: allow}}
	for _, c := range conditional {
		for _, all := range c.equalities() {
			r := rule{Names: []string{c.name}, Action: allow}
			for _, t := range all {
				r.Args = append(r.Args, arg{Index: t.arg, Value: t.mask, ValueTwo: t.value, Op: "SCMP_CMP_MASKED_EQ"})
			}
			rules = append(rules, r)
		}
	}
	errno := uint(nosys)
	rules = append(rules, rule{Names: []string{"clone3"}, Action: "SCMP_ACT_ERRNO", ErrnoRet: &errno})
	profile, err := json.Marshal(struct {
		DefaultAction string   `json:"defaultAction"`
		Architectures []string `json:"architectures"`
		Syscalls      []rule   `json:"syscalls"`
	}{"SCMP_ACT_ERRNO", []string{"SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"}, rules})
	if err != nil {
		panic(err) // a constant of this package that does not encode
	}
	return string(profile)
}

// equalities puts a condition as alternatives that test for equality only, since
// engines can compare under a mask for nothing else. Not to equal a value is to
// differ from it in one bit or another.
func (c condition) equalities() [][]test {
	alternatives := [][]test{nil}
	for _, t := range c.all {
		choices := []test{t}
		if t.differ {
			choices = nil
			for bit := uint64(1); bit != 0; bit <<= 1 {
				if t.mask&bit != 0 {
					choices = append(choices, test{arg: t.arg, mask: bit, value: ^t.value & bit})
				}
			}
		}
		var next [][]test
		for _, before := range alternatives {
			for _, choice := range choices {
				next = append(next, append(slices.Clip(before), choice))
			}
		}
		alternatives = next
	}
	return alternatives
}
