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
	for _, c := range conditional {
		if !docker[c.name] {
			t.Errorf("%s is allowed conditionally here, but not by Docker's default profile", c.name)
		}
	}
}

// allows reports whether the list allows a call at least with some arguments.
func allows(name string) bool {
	return slices.Contains(allowed, name) ||
		slices.ContainsFunc(conditional, func(c condition) bool { return c.name == name })
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
		"sync", "syncfs",
	} {
		if allows(name) {
			t.Errorf("%s is allowed", name)
		}
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
			t.Errorf("%s is no system call of x86-64", name)
		}
	}
	if !slices.IsSorted(allowed) {
		t.Error("the list is not sorted")
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
		{"unix socket", x86_64, socket, [4]uint64{afUnix}, retAllow},
		{"inet6 socket", x86_64, socket, [4]uint64{afInet6}, retAllow},
		{"netlink socket", x86_64, socket, [4]uint64{16}, retEPERM},
		{"packet socket", x86_64, socket, [4]uint64{17}, retEPERM},
		{"alg socket", x86_64, socket, [4]uint64{38}, retEPERM},
		{"vsock socket", x86_64, socket, [4]uint64{40}, retEPERM},
		// An argument that equals the number of a later call decides nothing.
		{"socket family 135", x86_64, socket, [4]uint64{personality}, retEPERM},
		{"socket with high bits", x86_64, socket, [4]uint64{1<<32 | afUnix}, retEPERM},
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
		{"option of TCP", x86_64, setsockopt, [4]uint64{3, 6, soAttachFilter}, retAllow},
		{"packet filter", x86_64, setsockopt, [4]uint64{3, solSocket, soAttachFilter}, retEPERM},
		{"packet filter with high bits", x86_64, setsockopt, [4]uint64{3, 1<<32 | solSocket, 1<<32 | soAttachFilter}, retEPERM},
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

// Of the options of sockets, exactly those that attach a filter are refused.
func TestOptionsOfSockets(t *testing.T) {
	vm := machine(t)
	refused := []uint64{soAttachFilter, soAttachBPF, soAttachReuseportCBPF, soAttachReuseportEBPF}
	for option := range uint64(1 << 10) {
		got, err := vm.Run(seccompData(0xc000003e, 54, [4]uint64{3, solSocket, option}))
		if err != nil {
			t.Fatal(err)
		}
		if allowed := uint32(got) == retAllow; allowed == slices.Contains(refused, option) {
			t.Errorf("option %d is allowed: %t", option, allowed)
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

// An engine's rules say the same as the program: whatever the arguments, one of a
// call's rules matches if and only if the program allows it.
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
	allows := func(name string, args [4]uint64) bool {
		return slices.ContainsFunc(profile.Syscalls, func(r specs.LinuxSyscall) bool {
			return r.Action == specs.ActAllow && slices.Contains(r.Names, name) &&
				!slices.ContainsFunc(r.Args, func(a specs.LinuxSeccompArg) bool {
					return a.Op != specs.OpMaskedEqual || args[a.Index]&a.Value != a.ValueTwo
				})
		})
	}
	values := []uint64{0, 1, 2, prSetSeccomp, soAttachFilter, soAttachBPF, 53, 64, rlimitCore, 5, 6, 10, 16, 20, tiocsti, tiocsti + 1, 0x20008, mapHugeTLB | 0x22, shmHugeTLB, 0x10000000, 0xffffffff}
	for _, v := range slices.Clone(values) {
		values = append(values, v|1<<32, v|1<<63)
	}
	for _, c := range conditional {
		for _, a := range values {
			for _, b := range values {
				for _, args := range [][4]uint64{{a, b, 0, b}, {a, b, b, a}} {
					got, err := vm.Run(seccompData(0xc000003e, uint32(info.SyscallNames[c.name]), args))
					if err != nil {
						t.Fatal(err)
					}
					if program, rules := uint32(got) == retAllow, allows(c.name, args); program != rules {
						t.Errorf("%s(%#x): the program allows it: %t, the rules: %t", c.name, args, program, rules)
					}
				}
			}
		}
	}
}
