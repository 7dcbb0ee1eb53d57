//go:build amd64 || arm64

package agent

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ignoreSignals makes this process, which must be PID 1 of its namespace, survive
// every signal that its namespace can send. Nothing may use os/signal afterwards, and
// every program must be started by startStep, or it would ignore signals, too.
//
// The kernel drops a signal to PID 1 if its action is the default, but only while no
// thread blocks it (kernel/signal.c, sig_ignored). Go's runtime blocks signals in its
// handlers, while it forks and while it starts a thread. A signal that arrives then is
// kept, and if its default is to terminate without a core dump, complete_signal ends
// the process at once, PID 1 or not. It leaves a signal alone whose action is not the
// default, so signals of that kind are ignored.
//
// The other kinds get their default. The kernel drops those that stop a process or
// dump core when it delivers them to PID 1, and SIGCHLD, SIGCONT, SIGURG and SIGWINCH
// do nothing. Go's runtime sends itself SIGURG to preempt goroutines; without its
// handler it preempts them where they call functions, which suffices for the agent.
func ignoreSignals() error {
	for sig := unix.Signal(1); sig <= lastSignal; sig++ {
		if sig == unix.SIGKILL || sig == unix.SIGSTOP {
			continue // their action cannot be set
		}
		var act kernelSigaction // SIG_DFL
		if terminates(sig) {
			act.handler = sigIgn
		}
		if err := setAction(sig, act); err != nil {
			return err
		}
	}
	return nil
}

// startStep executes start, which starts a program, so that the program has the
// default action of every signal. An ignored signal stays ignored in a program that a
// process executes; one that has a handler gets its default back. So the signals that
// the agent ignores have a handler meanwhile, which does nothing.
//
// They do not have it always: a thread handles one signal after the other before it
// goes on, so a program that sends them faster than they are handled would stop the
// agent. The moment between the start of a program and the end of startStep is too
// short for that, and if the machine stretches it, the host's own deadline holds.
func startStep(start func() error) error {
	act := kernelSigaction{
		handler: nothingPC,
		flags:   saOnStack | saRestart, // goroutine stacks are too small for a handler
		// Block every signal in the handler. If handlers nested, a flood of different
		// signals would overflow the signal stack.
		mask: ^uint64(0),
	}
	if act.restorer = sigreturnPC; act.restorer != 0 {
		act.flags |= saRestorer
	}
	for sig := unix.Signal(1); sig <= lastSignal; sig++ {
		if terminates(sig) {
			if err := setAction(sig, act); err != nil {
				return err
			}
		}
	}
	err := start()
	return errors.Join(err, ignoreSignals())
}

// setAction sets the action of a signal without os/signal, which can install no
// handler but the runtime's.
func setAction(sig unix.Signal, act kernelSigaction) error {
	if _, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&act)), 0, unsafe.Sizeof(act.mask), 0, 0); errno != 0 {
		return fmt.Errorf("set the action of signal %d: %w", sig, errno)
	}
	return nil
}

const (
	lastSignal    unix.Signal = 64
	firstRealTime unix.Signal = 32 // glibc reserves 32 and 33, the kernel does not
)

// terminates reports whether the default of a signal is to end a process without a
// core dump (signal(7)).
func terminates(sig unix.Signal) bool {
	switch sig {
	case unix.SIGHUP, unix.SIGINT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGPIPE, unix.SIGALRM, unix.SIGTERM,
		unix.SIGSTKFLT, unix.SIGVTALRM, unix.SIGPROF, unix.SIGIO, unix.SIGPWR:
		return true
	}
	return sig >= firstRealTime
}

// kernelSigaction is struct sigaction as rt_sigaction takes it on amd64 and arm64.
type kernelSigaction struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

const (
	sigIgn     = 1
	saRestorer = 0x04000000
	saOnStack  = 0x08000000
	saRestart  = 0x10000000
)

// nothingPC is the address of a signal handler that does nothing. sigreturnPC is that
// of the code which returns from a handler, 0 where the kernel provides it. They are
// defined in assembly.
var nothingPC, sigreturnPC uintptr
