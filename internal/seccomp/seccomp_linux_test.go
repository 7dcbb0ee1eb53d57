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

func TestDangerousCallsAreAbsent(t *testing.T) {
	for _, name := range []string{
		"ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp",
		"io_uring_setup", "io_uring_enter", "io_uring_register", "bpf",
		"perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key",
		"mount", "umount2", "pivot_root", "move_mount", "open_tree", "fsopen",
		"setns", "unshare", "chroot", "open_by_handle_at", "init_module",
		"finit_module", "kexec_load", "reboot", "syslog", "swapon", "quotactl",
		"iopl", "ioperm", "mknod", "mknodat", "clone3",
	} {
		if Allows(name) {
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

// The program is interpreted here with Go's BPF machine; that the kernel does
// the same is shown by the attack tests.
func TestProgramDecides(t *testing.T) {
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
	const x86_64, i386 = 0xc000003e, 0x40000003
	const clone, socket, ioctl, personality, write, ptrace, clone3, prlimit = 56, 41, 16, 135, 1, 101, 435, 302
	tests := []struct {
		name       string
		arch, call uint32
		args       [2]uint64
		want       uint32
	}{
		{"write", x86_64, write, [2]uint64{}, retAllow},
		{"ptrace", x86_64, ptrace, [2]uint64{}, retEPERM},
		{"clone3", x86_64, clone3, [2]uint64{}, retNosys},
		{"fork by clone", x86_64, clone, [2]uint64{17}, retAllow},
		{"thread", x86_64, clone, [2]uint64{0x3d0f00}, retAllow},
		{"new user namespace", x86_64, clone, [2]uint64{0x10000000 | 17}, retEPERM},
		{"new net namespace", x86_64, clone, [2]uint64{0x40000000}, retEPERM},
		{"unix socket", x86_64, socket, [2]uint64{afUnix}, retAllow},
		{"inet6 socket", x86_64, socket, [2]uint64{afInet6}, retAllow},
		{"netlink socket", x86_64, socket, [2]uint64{16}, retEPERM},
		{"packet socket", x86_64, socket, [2]uint64{17}, retEPERM},
		{"alg socket", x86_64, socket, [2]uint64{38}, retEPERM},
		{"vsock socket", x86_64, socket, [2]uint64{40}, retEPERM},
		// An argument that equals the number of a later call decides nothing.
		{"socket family 135", x86_64, socket, [2]uint64{personality}, retEPERM},
		{"socket with high bits", x86_64, socket, [2]uint64{1<<32 | afUnix}, retEPERM},
		{"personality", x86_64, personality, [2]uint64{0}, retAllow},
		{"personality addr-no-randomize", x86_64, personality, [2]uint64{0x40000}, retEPERM},
		{"ioctl", x86_64, ioctl, [2]uint64{0, 0x5401}, retAllow},
		{"TIOCSTI", x86_64, ioctl, [2]uint64{0, tiocsti}, retEPERM},
		{"TIOCSTI with high bits", x86_64, ioctl, [2]uint64{0, 1<<32 | tiocsti}, retEPERM},
		{"own limits", x86_64, prlimit, [2]uint64{0}, retAllow},
		{"limits of process 1", x86_64, prlimit, [2]uint64{1}, retEPERM},
		{"i386 write", i386, 4, [2]uint64{}, retKill},
		{"x32 write", x86_64, x32Bit | write, [2]uint64{}, retKill},
		{"number -1", x86_64, 0xffffffff, [2]uint64{}, retKill},
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

// seccompData is struct seccomp_data. The kernel loads its words in the
// machine's order, Go's machine in the network's, so the words are big-endian
// but stay where they are.
func seccompData(arch, call uint32, args [2]uint64) []byte {
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
