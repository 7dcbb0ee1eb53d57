package seccomp

import (
	"encoding/json"
	"runtime"
	"slices"
	"testing"

	"github.com/elastic/go-seccomp-bpf/arch"
	"github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/net/bpf"
)

// Every call that the list allows, Docker's default allows to a container
// without capabilities.
func TestNoLooserThanDocker(t *testing.T) {
	docker := map[string]bool{}
	for _, rule := range seccomp.DefaultProfile().Syscalls {
		caps := rule.Includes != nil && len(rule.Includes.Caps) > 0
		if rule.Action == specs.ActAllow && !caps {
			for _, name := range rule.Names {
				docker[name] = true
			}
		}
	}
	for _, name := range allowed {
		if !docker[name] {
			t.Errorf("%s is allowed here, but not by Docker's default profile", name)
		}
	}
	for _, r := range rules {
		if r.does.allow && !docker[r.name] {
			t.Errorf("%s is allowed conditionally here, but not by Docker's default profile", r.name)
		}
	}
}

// allows reports whether the list allows a call at least with some arguments.
func allows(name string) bool {
	return slices.Contains(allowed, name) ||
		slices.ContainsFunc(rules, func(r rule) bool { return r.name == name && r.does.allow })
}

func TestDangerousCallsAreAbsent(t *testing.T) {
	for _, name := range []string{
		"ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp",
		"io_uring_setup", "io_uring_enter", "io_uring_register", "bpf",
		"perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key",
		"mount", "umount2", "pivot_root", "move_mount", "open_tree", "fsopen",
		"setns", "unshare", "chroot", "open_by_handle_at", "init_module",
		"finit_module", "kexec_load", "reboot", "syslog", "swapon", "quotactl",
		"iopl", "ioperm", "mknod", "mknodat", "clone3", "io_setup", "io_submit",
		"sync", "syncfs", "fsync", "fdatasync", "sync_file_range",
	} {
		if allows(name) {
			t.Errorf("%s is allowed", name)
		}
	}
}

// Of the calls of the list, arm64 lacks only those that x86-64 keeps for old programs and
// those of its processor. A call that is missing by mistake is refused there, and newfstatat
// was: no program that has shared libraries could start.
func TestCallsOfArm64(t *testing.T) {
	t.Parallel()
	info, err := arch.GetInfo("arm64")
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	for _, name := range allowed {
		if _, ok := number(info, name); !ok {
			missing = append(missing, name)
		}
	}
	want := []string{
		"access", "alarm", "arch_prctl", "chmod", "chown", "creat", "dup2", "epoll_create", "epoll_wait", "eventfd", "fork",
		"futimesat", "get_thread_area", "getdents", "getpgrp", "inotify_init", "lchown", "link", "lstat", "mkdir", "open",
		"pause", "pipe", "poll", "readlink", "rename", "rmdir", "select", "set_thread_area", "signalfd", "stat", "symlink",
		"time", "unlink", "utime", "utimes", "vfork",
	}
	if !slices.Equal(missing, want) {
		t.Errorf("arm64 lacks\n%q\nwant\n%q", missing, want)
	}
	for _, r := range rules {
		if _, ok := number(info, r.name); !ok {
			t.Errorf("arm64 lacks %s, which has rules", r.name)
		}
	}
	if n, ok := number(info, "newfstatat"); !ok || n != 79 {
		t.Errorf("newfstatat is %d, %t", n, ok)
	}
}

func TestNamesExistOnce(t *testing.T) {
	info, err := arch.GetInfo("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range allowed {
		if seen[name] {
			t.Errorf("%s is listed twice", name)
		}
		seen[name] = true
		if _, ok := info.SyscallNames[name]; !ok {
			t.Errorf("%s is not a system call of x86-64", name)
		}
	}
	for _, r := range rules {
		if seen[r.name] {
			t.Errorf("%s has rules, but is allowed without them", r.name)
		}
		if _, ok := info.SyscallNames[r.name]; !ok {
			t.Errorf("%s is not a system call of x86-64", r.name)
		}
	}
	if !slices.IsSorted(allowed) {
		t.Error("the list is not sorted")
	}
}

// No rule comes after one that decides for all arguments, and none has two tests of
// one argument, which an engine would join by or.
func TestRulesAreReached(t *testing.T) {
	for i, r := range rules {
		if len(reached(i)) == 0 {
			t.Errorf("%+v is never reached", r)
		}
		args := map[uint]bool{}
		for _, test := range r.when {
			if args[test.arg] {
				t.Errorf("%+v has two tests of argument %d", r, test.arg)
			}
			if test.value&^test.mask != 0 {
				t.Errorf("%+v can never match: a value is outside of its mask", r)
			}
			args[test.arg] = true
		}
	}
}

// machine is Go's BPF machine with the program in it.
func machine(t *testing.T) *bpf.VM {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("the numbers in this test are x86-64's")
	}
	raw, err := Program()
	if err != nil {
		t.Fatal(err)
	}
	prog, ok := bpf.Disassemble(raw)
	if !ok {
		t.Fatal("the program does not disassemble")
	}
	vm, err := bpf.NewVM(prog)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

// The program is interpreted here with Go's BPF machine; that the kernel does
// the same is shown by the attack tests.
func TestProgramDecides(t *testing.T) {
	vm := machine(t)
	const x86_64, i386 = 0xc000003e, 0x40000003
	const clone, socket, ioctl, personality, write, ptrace, clone3 = 56, 41, 16, 135, 1, 101, 435
	const prctl, seccompCall, setsockopt = 157, 317, 54
	const (
		retEPERM  = retErrno | 1
		retENODEV = retErrno | 19
		retEINVAL = retErrno | 22
		retENOTTY = retErrno | 25
		retENOLCK = retErrno | 37
		retNosys  = retErrno | 38
		retZero   = retErrno // success
		high      = 1 << 32
	)
	const fcntl, fadvise, madvise, socketpair = 72, 221, 28, 53
	const fsync, fdatasync, syncRange = 74, 75, 277
	const prlimit, setrlimit, mmap, memfd, shmget, ioSetup, sync, syncfs = 302, 160, 9, 319, 29, 206, 162, 306
	tests := []struct {
		name       string
		arch, call uint32
		args       [4]uint64
		want       uint32
	}{
		{"write", x86_64, write, [4]uint64{}, retAllow},
		{"ptrace", x86_64, ptrace, [4]uint64{}, retEPERM},
		{"clone3", x86_64, clone3, [4]uint64{}, retNosys},
		{"fork by clone", x86_64, clone, [4]uint64{17}, retAllow},
		{"thread", x86_64, clone, [4]uint64{0x3d0f00}, retAllow},
		{"new user namespace", x86_64, clone, [4]uint64{0x10000000 | 17}, retEPERM},
		{"new net namespace", x86_64, clone, [4]uint64{0x40000000}, retEPERM},
		{"unix socket", x86_64, socket, [4]uint64{afUnix, 1}, retAllow},
		{"inet6 socket", x86_64, socket, [4]uint64{afInet6, 1}, retAllow},
		{"netlink socket", x86_64, socket, [4]uint64{16}, retEPERM},
		{"packet socket", x86_64, socket, [4]uint64{17}, retEPERM},
		{"alg socket", x86_64, socket, [4]uint64{38}, retEPERM},
		{"vsock socket", x86_64, socket, [4]uint64{40}, retEPERM},
		// An argument that equals the number of a later call decides nothing.
		{"socket family 135", x86_64, socket, [4]uint64{personality}, retEPERM},
		{"socket with high bits", x86_64, socket, [4]uint64{high | afUnix}, retEPERM},
		{"personality", x86_64, personality, [4]uint64{0}, retAllow},
		{"personality addr-no-randomize", x86_64, personality, [4]uint64{0x40000}, retEPERM},
		{"ioctl", x86_64, ioctl, [4]uint64{0, 0x5401}, retAllow},
		{"TIOCSTI", x86_64, ioctl, [4]uint64{0, tiocsti}, retEPERM},
		{"TIOCSTI with high bits", x86_64, ioctl, [4]uint64{0, 1<<32 | tiocsti}, retEPERM},
		{"own limits", x86_64, prlimit, [4]uint64{0}, retAllow},
		{"limits of process 1", x86_64, prlimit, [4]uint64{1}, retEPERM},
		{"limits of process 1 with high bits", x86_64, prlimit, [4]uint64{1<<32 | 1}, retEPERM},
		{"own process limit", x86_64, prlimit, [4]uint64{0, 6, 0x7fff00000000}, retAllow},
		{"own core limit", x86_64, prlimit, [4]uint64{0, rlimitCore, 0x7fff00000000}, retEPERM},
		{"own core limit with high bits", x86_64, prlimit, [4]uint64{0, 1<<32 | rlimitCore, 0x10}, retEPERM},
		{"asking for the core limit", x86_64, prlimit, [4]uint64{0, rlimitCore, 0}, retAllow},
		{"asking for the core limit of process 1", x86_64, prlimit, [4]uint64{1, rlimitCore, 0}, retEPERM},
		{"setrlimit of files", x86_64, setrlimit, [4]uint64{7}, retAllow},
		{"setrlimit of cores", x86_64, setrlimit, [4]uint64{rlimitCore}, retEPERM},
		{"setrlimit of cores with high bits", x86_64, setrlimit, [4]uint64{7<<32 | rlimitCore}, retEPERM},
		{"mmap", x86_64, mmap, [4]uint64{0, 4096, 3, 0x22}, retAllow},
		{"mmap of huge pages", x86_64, mmap, [4]uint64{0, 4096, 3, 0x40022}, retEPERM},
		{"mmap of huge pages of 1 GiB", x86_64, mmap, [4]uint64{0, 4096, 3, 30<<26 | 0x40022}, retEPERM},
		{"memfd", x86_64, memfd, [4]uint64{0, 3}, retAllow},
		{"memfd of huge pages", x86_64, memfd, [4]uint64{0, 5}, retEPERM},
		{"shmget", x86_64, shmget, [4]uint64{0, 4096, 0o1666}, retAllow},
		{"shmget of huge pages", x86_64, shmget, [4]uint64{0, 4096, 0o5666}, retEPERM},
		{"io_setup", x86_64, ioSetup, [4]uint64{1}, retEPERM},
		{"sync", x86_64, sync, [4]uint64{}, retEPERM},
		{"syncfs", x86_64, syncfs, [4]uint64{}, retEPERM},
		{"prctl", x86_64, prctl, [4]uint64{15, 0x7fff00000000}, retAllow},
		{"prctl of a filter", x86_64, prctl, [4]uint64{prSetSeccomp, 2, 0x7fff00000000}, retEPERM},
		{"prctl of a filter with high bits", x86_64, prctl, [4]uint64{1<<32 | prSetSeccomp, 2}, retEPERM},
		{"seccomp", x86_64, seccompCall, [4]uint64{1}, retEPERM},
		{"option of a socket", x86_64, setsockopt, [4]uint64{3, solSocket, 9}, retAllow},
		{"TCP_NODELAY", x86_64, setsockopt, [4]uint64{3, 6, 1}, retAllow},
		{"TCP_ULP", x86_64, setsockopt, [4]uint64{3, 6, tcpULP}, retEPERM},
		{"option of MPTCP", x86_64, setsockopt, [4]uint64{3, 284, 1}, retEPERM},
		{"packet filter", x86_64, setsockopt, [4]uint64{3, solSocket, soAttachFilter}, retEPERM},
		{"packet filter with high bits", x86_64, setsockopt, [4]uint64{3, 1<<32 | solSocket, 1<<32 | soAttachFilter}, retEPERM},
		{"F_SETLK", x86_64, fcntl, [4]uint64{3, 6, 0x7fff00000000}, retENOLCK},
		{"F_SETLKW with high bits", x86_64, fcntl, [4]uint64{3, high | 7}, retENOLCK},
		{"F_OFD_SETLK", x86_64, fcntl, [4]uint64{3, 37}, retENOLCK},
		{"F_OFD_SETLKW", x86_64, fcntl, [4]uint64{3, 38}, retENOLCK},
		{"F_GETLK", x86_64, fcntl, [4]uint64{3, 5}, retAllow},
		{"F_SETFL", x86_64, fcntl, [4]uint64{3, 4, 0o4000}, retAllow},
		{"F_DUPFD_CLOEXEC with high bits", x86_64, fcntl, [4]uint64{3, high | 1030, 3}, retAllow},
		{"F_SETLEASE", x86_64, fcntl, [4]uint64{3, 1024}, retEPERM},
		{"F_NOTIFY", x86_64, fcntl, [4]uint64{3, 1026}, retEPERM},
		{"F_SETPIPE_SZ", x86_64, fcntl, [4]uint64{3, 1031, 1 << 20}, retAllow},
		{"POSIX_FADV_DONTNEED", x86_64, fadvise, [4]uint64{3, 0, 0, 4}, retZero},
		{"POSIX_FADV_DONTNEED with high bits", x86_64, fadvise, [4]uint64{3, 0, 0, high | 4}, retZero},
		{"POSIX_FADV_SEQUENTIAL", x86_64, fadvise, [4]uint64{3, 0, 0, 2}, retAllow},
		{"fsync", x86_64, fsync, [4]uint64{3}, retZero},
		{"fdatasync", x86_64, fdatasync, [4]uint64{3}, retZero},
		{"sync_file_range", x86_64, syncRange, [4]uint64{3, 0, 0, 7}, retZero},
		{"MADV_DONTNEED", x86_64, madvise, [4]uint64{0, 4096, 4}, retAllow},
		{"MADV_MERGEABLE", x86_64, madvise, [4]uint64{0, 4096, 12}, retEINVAL},
		{"MADV_MERGEABLE with high bits", x86_64, madvise, [4]uint64{0, 4096, high | 12}, retEINVAL},
		{"MADV_COLD", x86_64, madvise, [4]uint64{0, 4096, 20}, retEINVAL},
		{"MADV_PAGEOUT", x86_64, madvise, [4]uint64{0, 4096, 21}, retEINVAL},
		{"MADV_GUARD_INSTALL", x86_64, madvise, [4]uint64{0, 4096, 102}, retAllow},
		{"PR_SET_MEMORY_MERGE", x86_64, prctl, [4]uint64{67, 1}, retEINVAL},
		{"PR_SCHED_CORE", x86_64, prctl, [4]uint64{high | 62, 1}, retEINVAL},
		{"PR_SET_VMA", x86_64, prctl, [4]uint64{0x53564d41}, retAllow},
		{"TCP by name", x86_64, socket, [4]uint64{afInet, 1 | 0o2004000, 6}, retAllow},
		{"UDP by name", x86_64, socket, [4]uint64{afInet6, 2, 17}, retAllow},
		{"UDP over a stream", x86_64, socket, [4]uint64{afInet, 1, 17}, retEPERM},
		{"TCP in datagrams", x86_64, socket, [4]uint64{afInet, 2, 6}, retEPERM},
		{"MPTCP", x86_64, socket, [4]uint64{afInet, 1, 262}, retEPERM},
		{"MPTCP with high bits", x86_64, socket, [4]uint64{afInet, high | 1, high | 262}, retEPERM},
		{"UDPLITE", x86_64, socket, [4]uint64{afInet, 2, 136}, retEPERM},
		{"SCTP", x86_64, socket, [4]uint64{afInet6, 1, 132}, retEPERM},
		{"ping", x86_64, socket, [4]uint64{afInet, 2, 1}, retEPERM},
		{"packets in sequence", x86_64, socket, [4]uint64{afInet, 5, 0}, retEPERM},
		{"raw", x86_64, socket, [4]uint64{afInet, 3, 6}, retEPERM},
		{"unix datagrams", x86_64, socket, [4]uint64{afUnix, 2 | 0o2000000}, retAllow},
		{"unix pair", x86_64, socketpair, [4]uint64{afUnix, 1}, retAllow},
		{"inet pair", x86_64, socketpair, [4]uint64{afInet, 1, 262}, retEPERM},
		{"TIOCSETD", x86_64, ioctl, [4]uint64{0, 0x5423}, retEPERM},
		{"TIOCLINUX", x86_64, ioctl, [4]uint64{0, 0x541c}, retEPERM},
		{"FIONBIO", x86_64, ioctl, [4]uint64{0, 0x5421}, retAllow},
		{"TCGETS2", x86_64, ioctl, [4]uint64{0, 0x802c542a}, retAllow},
		{"SIOCATMARK", x86_64, ioctl, [4]uint64{0, 0x8905}, retAllow},
		{"PIDFD_GET_INFO", x86_64, ioctl, [4]uint64{0, 0xc040ff0b}, retAllow},
		{"FS_IOC_FIEMAP", x86_64, ioctl, [4]uint64{0, 0xc020660b}, retENOTTY},
		{"FS_IOC_GETFSUUID", x86_64, ioctl, [4]uint64{0, 0x80111500}, retENOTTY},
		{"NS_GET_USERNS", x86_64, ioctl, [4]uint64{0, 0xb701}, retENOTTY},
		{"IP_ADD_MEMBERSHIP", x86_64, setsockopt, [4]uint64{3, 0, 35}, retENODEV},
		{"IPV6_JOIN_GROUP with high bits", x86_64, setsockopt, [4]uint64{3, high | 41, high | 20}, retENODEV},
		{"i386 write", i386, 4, [4]uint64{}, retKill},
		{"x32 write", x86_64, x32Bit | write, [4]uint64{}, retKill},
		{"number -1", x86_64, 0xffffffff, [4]uint64{}, retKill},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := vm.Run(seccompData(tt.arch, tt.call, tt.args))
			if err != nil {
				t.Fatal(err)
			}
			if uint32(got) != tt.want {
				t.Errorf("program returns %#x, want %#x", uint32(got), tt.want)
			}
		})
	}
}

// Of the options of sockets, exactly those pass that the list has. The ones of the
// standard library, tokio, socket2 and quinn-udp that a socket without a network has
// a use for are named here again.
func TestOptionsOfSockets(t *testing.T) {
	vm := machine(t)
	needed := map[uint64][]uint64{
		solSocket: {2, 6, 7, 8, 9, 10, 13, 15, 16, 20, 21, 25, 36, 42, 47, 49, 62}, // REUSEADDR … BINDTOIFINDEX
		solIP:     {1, 2, 8, 10, 11, 13, 15, 19, 20, 24, 32, 33, 34, 49, 50},
		solTCP:    {1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 16, 18, 23, 25, 30},
		solUDP:    {103},
		solIPv6:   {16, 17, 18, 19, 23, 25, 26, 49, 51, 62, 66, 67, 74, 78},
	}
	harmful := map[uint64][]uint64{
		solSocket: {soAttachFilter, soAttachBPF, soAttachReuseportCBPF, soAttachReuseportEBPF, 29, 35, 37, 60, 61, 63, 64, 65, 73},
		solIP:     {4, 16, 17, 21, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 64}, // options, policies, memberships, filters of sources, tables
		solTCP:    {14, 19, 20, 21, 22, 26, 27, 29, tcpULP, 32, 33, 37, 38, 39, 40},        // MD5SIG, REPAIR, ULP, TX_DELAY, AO
		solUDP:    {100, 101, 102, 104},                                                    // ENCAP, GRO
		solIPv6:   {2, 5, 6, 7, 21, 27, 28, 32, 34, 35, 42, 46, 48, 54, 55, 57, 59, 64, 73},
	}
	for level := range uint64(300) {
		for option := range uint64(300) {
			got, err := vm.Run(seccompData(0xc000003e, 54, [4]uint64{3, level, option}))
			if err != nil {
				t.Fatal(err)
			}
			listed := slices.ContainsFunc(rules, func(r rule) bool {
				return r.name == "setsockopt" && r.does.allow && r.when[0].value == level && r.when[1].value == option
			})
			switch passes := uint32(got) == retAllow; {
			case passes != listed:
				t.Errorf("option %d of level %d passes: %t, is listed: %t", option, level, passes, listed)
			case !passes && slices.Contains(needed[level], option):
				t.Errorf("option %d of level %d is refused, though programs set it", option, level)
			case passes && (needed[level] == nil || slices.Contains(harmful[level], option)):
				t.Errorf("option %d of level %d passes", option, level)
			}
		}
	}
}

// seccompData is struct seccomp_data. The kernel loads its words in the
// machine's order, Go's machine in the network's, so the words are big-endian
// but stay where they are.
func seccompData(arch, call uint32, args [4]uint64) []byte {
	data := make([]byte, 64)
	put := func(off int, v uint32) {
		data[off], data[off+1], data[off+2], data[off+3] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
	}
	put(offsetNumber, call)
	put(offsetArch, arch)
	for i, a := range args {
		put(offsetArgs+8*i, uint32(a))
		put(offsetArgs+8*i+4, uint32(a>>32))
	}
	return data
}

func TestDockerJSON(t *testing.T) {
	first := DockerJSON()
	var profile specs.LinuxSeccomp
	if err := json.Unmarshal([]byte(first), &profile); err != nil {
		t.Fatal(err)
	}
	if profile.DefaultAction != specs.ActErrno {
		t.Errorf("default action is %s", profile.DefaultAction)
	}
	if again := DockerJSON(); again != first {
		t.Error("the profile is not deterministic")
	}
}

// The rules of an engine decide like the program for all arguments. No two rules match
// the same call, since engines do not order rules.
func TestDockerJSONAgreesWithProgram(t *testing.T) {
	info, err := arch.GetInfo("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	vm := machine(t)
	var profile specs.LinuxSeccomp
	if err := json.Unmarshal([]byte(DockerJSON()), &profile); err != nil {
		t.Fatal(err)
	}
	byName := map[string][]specs.LinuxSyscall{}
	for _, s := range profile.Syscalls {
		if len(s.Args) > 6 {
			t.Errorf("%+v has more tests than there are arguments", s)
		}
		for _, name := range s.Names {
			byName[name] = append(byName[name], s)
		}
	}
	decide := func(name string, args [4]uint64) (uint32, int) {
		result, matches := uint32(retErrno|1), 0
		for _, s := range byName[name] {
			if slices.ContainsFunc(s.Args, func(a specs.LinuxSeccompArg) bool {
				return a.Op != specs.OpMaskedEqual || args[a.Index]&a.Value != a.ValueTwo
			}) {
				continue
			}
			matches++
			if result = retAllow; s.Action == specs.ActErrno {
				result = retErrno | uint32(*s.ErrnoRet)
			}
		}
		return result, matches
	}
	values := map[string][]uint64{} // those that a call's rules speak of, and their neighbours
	for _, r := range rules {
		for _, test := range r.when {
			values[r.name] = append(values[r.name], test.value, test.value+1, test.mask&-test.mask|test.value)
		}
	}
	for name, own := range values {
		own = append(own, 0, 1, 2, 3, 64, 0xffffffff)
		slices.Sort(own)
		own = slices.Compact(own)
		for _, a := range own {
			for _, b := range own {
				high := uint64(1) << (32 + (a+b)%32) // what most arguments are read without
				for _, args := range [][4]uint64{{a, b, 0, b}, {a, b, b, a}, {3, a, b, 4}, {2, a | high, b, high}, {3, a, b | high, b}} {
					got, err := vm.Run(seccompData(0xc000003e, uint32(info.SyscallNames[name]), args))
					if err != nil {
						t.Fatal(err)
					}
					rules, matches := decide(name, args)
					if uint32(got) != rules || matches > 1 {
						t.Fatalf("%s(%#x): the program returns %#x, the profile %#x by %d rules", name, args, uint32(got), rules, matches)
					}
				}
			}
		}
	}
}
