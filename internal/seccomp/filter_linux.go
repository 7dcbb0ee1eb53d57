package seccomp

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"

	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Offsets into struct seccomp_data (linux/seccomp.h).
const (
	offsetNumber = 0
	offsetArch   = 4
	offsetArgs   = 16
)

// x32Bit marks the calls of x86-64's second, 32-bit instruction set interface.
const x32Bit = 0x40000000

const (
	retAllow = unix.SECCOMP_RET_ALLOW
	retErrno = unix.SECCOMP_RET_ERRNO
	retKill  = unix.SECCOMP_RET_KILL_PROCESS
)

// ret is an action of the kernel.
func (a action) ret() bpf.RetConstant {
	if a.allow {
		return bpf.RetConstant{Val: retAllow}
	}
	return bpf.RetConstant{Val: retErrno | uint32(a.errno)}
}

// Program assembles the list for this machine. It has no long jumps: a block for
// each call, in which every path returns, so that a comparison never uses a value
// that an earlier block loaded. Since 5.11 the kernel finds the calls that are always
// allowed once, and does not run the program for them.
func Program() ([]bpf.RawInstruction, error) {
	info, err := arch.GetInfo(runtime.GOARCH)
	if err != nil {
		return nil, fmt.Errorf("no system call table for %s: %w", runtime.GOARCH, err)
	}
	loadNumber := bpf.LoadAbsolute{Off: offsetNumber, Size: 4}
	prog := []bpf.Instruction{
		bpf.LoadAbsolute{Off: offsetArch, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(info.ID), SkipTrue: 1},
		bpf.RetConstant{Val: retKill},
		loadNumber,
	}
	if runtime.GOARCH == "amd64" {
		prog = append(prog,
			bpf.JumpIf{Cond: bpf.JumpLessThan, Val: x32Bit, SkipTrue: 1},
			bpf.RetConstant{Val: retKill})
	}
	// The calls with rules come first: they are the only ones for which the program
	// runs.
	names, blocks := blocks()
	for _, name := range names {
		if n, ok := number(info, name); ok {
			prog = append(prog,
				bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(n), SkipTrue: 1},
				bpf.Jump{Skip: uint32(len(blocks[name]))}) // further than a conditional jump reaches
			prog = append(prog, blocks[name]...)
		}
	}
	for _, name := range allowed {
		if n, ok := number(info, name); ok {
			prog = append(prog,
				bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(n), SkipFalse: 1},
				allow.ret())
		}
	}
	prog = append(prog, refuse.ret())
	return bpf.Assemble(prog)
}

// number returns the number of a call, if the machine has the call. The table of arm64 has
// one under the name that programs call it by.
func number(info *arch.Info, name string) (int, bool) {
	n, ok := info.SyscallNames[name]
	if !ok && name == "newfstatat" {
		n, ok = info.SyscallNames["fstatat"]
	}
	return n, ok
}

// blocks returns the names that have rules, in their order, and for each the
// instructions that decide it: one rule after the other, and a refusal when none
// matches.
func blocks() ([]string, map[string][]bpf.Instruction) {
	var names []string
	m := map[string][]bpf.Instruction{}
	for _, r := range rules {
		if m[r.name] == nil {
			names = append(names, r.name)
		}
		m[r.name] = append(m[r.name], r.instructions()...)
	}
	for name := range m {
		m[name] = append(m[name], refuse.ret())
	}
	return names, m
}

// instructions return the rule's action if its tests hold, and fall through if not.
func (r rule) instructions() []bpf.Instruction {
	list := []bpf.Instruction{r.does.ret()}
	for _, t := range slices.Backward(r.when) {
		list = append(t.instructions(len(list)), list...)
	}
	return list
}

// instructions fall through if the test holds and otherwise skip what follows. An
// argument is two 32-bit words, the low one first on the little-endian machines
// that corust knows; a word that the mask leaves nothing of is not looked at.
func (t test) instructions(follow int) []bpf.Instruction {
	var list []bpf.Instruction
	compare := func(word uint32, shift uint) {
		mask := uint32(t.mask >> shift)
		if mask == 0 {
			return
		}
		list = append([]bpf.Instruction{
			bpf.LoadAbsolute{Off: word, Size: 4},
			bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: mask},
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(t.value >> shift), SkipTrue: uint8(follow + len(list))},
		}, list...)
	}
	low := uint32(offsetArgs + 8*t.arg)
	compare(low+4, 32)
	compare(low, 0)
	return list
}

// Filter is Program as the kernel takes it: struct sock_filter (linux/filter.h),
// one after the other, in the machine's byte order.
func Filter() ([]byte, error) {
	program, err := Program()
	if err != nil {
		return nil, err
	}
	var b []byte
	for _, ins := range program {
		b = binary.NativeEndian.AppendUint16(b, ins.Op)
		b = append(b, ins.Jt, ins.Jf)
		b = binary.NativeEndian.AppendUint32(b, ins.K)
	}
	return b, nil
}
