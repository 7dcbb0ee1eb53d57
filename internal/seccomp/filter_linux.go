package seccomp

import (
	"encoding/binary"
	"fmt"
	"runtime"

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
	for _, name := range allowed {
		if n, ok := info.SyscallNames[name]; ok {
			prog = append(prog,
				bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(n), SkipFalse: 1},
				bpf.RetConstant{Val: retAllow})
		}
	}
	for name, block := range blocks() {
		if n, ok := info.SyscallNames[name]; ok {
			prog = append(prog, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(n), SkipTrue: uint8(len(block))})
			prog = append(prog, block...)
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
// one test after the other, and a refusal when none allows.
func blocks() map[string][]bpf.Instruction {
	m := map[string][]bpf.Instruction{}
	for _, c := range conditional {
		m[c.name] = append(m[c.name], c.test()...)
	}
	for name := range m {
		m[name] = append(m[name], bpf.RetConstant{Val: retEPERM})
	}
	return m
}

// test returns instructions that allow the call if the condition holds and fall
// through if not. An argument is two 32-bit words, the low one first on the
// little-endian machines that corust knows.
func (c condition) test() []bpf.Instruction {
	low := uint32(offsetArgs + 8*c.arg)
	allow := bpf.RetConstant{Val: retAllow}
	loadLow := bpf.LoadAbsolute{Off: low, Size: 4}
	if c.value == notTIOCSTI {
		// The kernel looks at the low word of an ioctl's number only.
		return []bpf.Instruction{
			loadLow,
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: tiocsti, SkipTrue: 1},
			allow,
		}
	}
	mask := c.mask
	if mask == 0 {
		mask = ^uint64(0)
	}
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: low + 4, Size: 4},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: uint32(mask >> 32)},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(c.value >> 32), SkipTrue: 4},
		loadLow,
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: uint32(mask)},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(c.value), SkipTrue: 1},
		allow,
	}
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
