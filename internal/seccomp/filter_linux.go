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
	retEPERM = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	retNosys = unix.SECCOMP_RET_ERRNO | uint32(nosys)
	retKill  = unix.SECCOMP_RET_KILL_PROCESS
)

// Program assembles the list for this machine. It has no long jumps: a block for
// each call, in which every path returns, so that no comparison can ever be made
// with a value that an earlier block left behind. The kernel works out once
// which calls are always allowed (since 5.11) and does not run the program for
// them.
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
	// The conditional calls come first: they are the only ones for which the
	// program runs.
	for name, block := range blocks() {
		if n, ok := info.SyscallNames[name]; ok {
			prog = append(prog, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(n), SkipTrue: uint8(len(block))})
			prog = append(prog, block...)
		}
	}
	for _, name := range allowed {
		if n, ok := info.SyscallNames[name]; ok {
			prog = append(prog,
				bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(n), SkipFalse: 1},
				bpf.RetConstant{Val: retAllow})
		}
	}
	if n, ok := info.SyscallNames["clone3"]; ok {
		prog = append(prog,
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(n), SkipFalse: 1},
			bpf.RetConstant{Val: retNosys})
	}
	prog = append(prog, bpf.RetConstant{Val: retEPERM})
	return bpf.Assemble(prog)
}

// blocks returns, for each conditional call, the instructions that decide it:
// one condition after the other, and a refusal when none allows.
func blocks() map[string][]bpf.Instruction {
	m := map[string][]bpf.Instruction{}
	for _, c := range conditional {
		m[c.name] = append(m[c.name], c.instructions()...)
	}
	for name := range m {
		m[name] = append(m[name], bpf.RetConstant{Val: retEPERM})
	}
	return m
}

// instructions allow the call if the condition holds and fall through if not.
func (c condition) instructions() []bpf.Instruction {
	list := []bpf.Instruction{bpf.RetConstant{Val: retAllow}}
	for _, t := range slices.Backward(c.all) {
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
		skip := uint8(follow + len(list))
		jump := bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(t.value >> shift), SkipTrue: skip}
		if t.differ {
			jump.Cond = bpf.JumpEqual
		}
		list = append([]bpf.Instruction{
			bpf.LoadAbsolute{Off: word, Size: 4},
			bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: mask},
			jump,
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
