package agent

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// coalesce is how long a stream that trickles is left alone after a frame, so
// that a program which writes single bytes costs a few hundred frames a second
// and not a million. The first byte after a pause is never held up.
const coalesce = 2 * time.Millisecond

// drainTime bounds the wait for the end of a step's output after its last
// process is gone. The kernel closes the pipes with the processes, so it is
// never reached unless the kernel keeps one of them.
const drainTime = 2 * time.Second

// run executes one step and leaves no process.
func (s *server) run(i int, step Step) (StepEnd, error) {
	end := StepEnd{Nonce: s.job.Nonce, Step: i, Exit: -1}
	if len(step.Argv) == 0 || step.Wall <= 0 {
		return end, fmt.Errorf("%w: step %d has no command or no time", ErrProtocol, i)
	}
	p, err := s.openPipes(step.Stdin)
	if err != nil {
		return end, err
	}
	defer p.close()

	before := s.cfg.Counters.begin()
	k := &killer{}
	start := time.Now()
	pid, limit, err := s.start(step, p, k)
	if err != nil {
		end.NotStarted = fmt.Sprintf("cannot execute %s: %v", step.Argv[0], err)
		return end, nil
	}
	p.closeChild()
	if err := s.out.WriteJSON(TypeStepStart, StepStart{Nonce: s.job.Nonce, Step: i}); err != nil {
		return end, err
	}

	exited := make(chan struct{})
	var streams sync.WaitGroup
	streams.Go(func() { s.stream(TypeStdout, p.stdout, step.Stdout, k, exited) })
	streams.Go(func() { s.stream(TypeStderr, p.stderr, step.Stderr, k, exited) })
	if p.stdin != nil {
		streams.Go(func() { s.stdin.pump(p.stdin, s.out) })
	}
	stopWatching := s.startWatch(step, pid, p, limit, k)

	status, err := reap(pid, &end.CPU)
	end.Wall = time.Since(start)
	limit.Stop()
	k.over.Store(true)
	// Only the first process counts for the verdict; all others are killed. One that
	// is being forked dies with its parent: the kernel fails a fork with a fatal signal
	// pending.
	killAll()
	if err == nil {
		_, err = reap(-1, &end.CPU)
	}
	if err != nil {
		return end, err
	}
	end.PeakMemory, end.OOMKills, end.ProcessesDenied = s.cfg.Counters.since(before)
	end.DiskFull = diskFull()

	// On a busy machine, the last look may be later than the end.
	end.Waited = min(stopWatching(), end.Wall)
	close(exited)
	if p.stdin != nil {
		s.stdin.stop()
		p.stdin.SetWriteDeadline(time.Unix(1, 0))
	}
	p.stdout.SetReadDeadline(time.Now().Add(drainTime))
	p.stderr.SetReadDeadline(time.Now().Add(drainTime))
	streams.Wait()

	if status.Signaled() {
		end.Signal = int(status.Signal())
	} else {
		end.Exit = status.ExitStatus()
	}
	end.Killed = k.reason(status)
	return end, nil
}

// start starts a step's command and its clock, both paused if the box is.
func (s *server) start(step Step, p *pipes, k *killer) (pid int, limit *Deadline, err error) {
	s.pausing.Lock() // either the pause finds the step, or the step the pause
	defer s.pausing.Unlock()
	err = startStep(func() (err error) {
		pid, err = s.forkExec(step.Argv[0], step.Argv, &syscall.ProcAttr{
			Dir:   WorkDir,
			Env:   step.Env,
			Files: []uintptr{p.child[0].Fd(), p.child[1].Fd(), p.child[2].Fd()},
			Sys:   &syscall.SysProcAttr{Setsid: true, Credential: s.cfg.StepUser},
		})
		return err
	})
	if err != nil {
		return 0, nil, err
	}
	limit = NewDeadline(step.Wall, func() { k.kill(KilledWall) })
	s.time = limit
	if s.paused {
		limit.Pause()
		signalAll(syscall.SIGSTOP)
	}
	return pid, limit, nil
}

// forkExec starts a command on the processors that the job names. A child inherits
// the processors of the thread that forks, so that thread changes its own first and may
// keep them. If the kernel refuses, the step has all processors of the box.
func (s *server) forkExec(argv0 string, argv []string, attr *syscall.ProcAttr) (int, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var allowed, row unix.CPUSet
	if s.job.Processors > 0 && unix.SchedGetaffinity(0, &allowed) == nil {
		for _, cpu := range window(list(allowed), s.job.Processors, s.job.First) {
			row.Set(cpu)
		}
		_ = unix.SchedSetaffinity(0, &row)
	}
	return syscall.ForkExec(argv0, argv, attr)
}

// list returns the numbers of the processors in a set.
func list(set unix.CPUSet) []int {
	var cpus []int
	for cpu := range 64 * len(set) {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus
}

// reap waits for children until pid has ended, and returns its status; with pid
// -1, until there are none. It adds the processor time of every process that it
// reaps: orphans come to PID 1, so in the end that is the whole tree.
func reap(pid int, cpu *time.Duration) (syscall.WaitStatus, error) {
	for {
		var status syscall.WaitStatus
		var ru syscall.Rusage
		got, err := syscall.Wait4(-1, &status, 0, &ru)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.ECHILD) && pid == -1:
			return 0, nil
		case err != nil:
			return 0, fmt.Errorf("wait for a child: %w", err)
		}
		*cpu += time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
		if got == pid {
			return status, nil
		}
	}
}

// killer ends a step early, once.
type killer struct {
	first  atomic.Pointer[Killed]
	output atomic.Bool
	over   atomic.Bool // the first process has ended by itself or by us
}

func (k *killer) kill(why Killed) {
	if why == KilledOutput {
		k.output.Store(true)
	}
	if k.over.Load() {
		return // killAll is due anyway, and a later step must not be hit
	}
	k.first.CompareAndSwap(nil, &why)
	killAll()
}

// reason returns why the agent ended the step, given how its first process ended.
// Output beyond the cap counts even if the process ended first; a deadline that passed
// after its end does not.
func (k *killer) reason(status syscall.WaitStatus) Killed {
	first := k.first.Load()
	if first != nil && *first != KilledOutput && status.Signaled() && status.Signal() == syscall.SIGKILL {
		return *first
	}
	if k.output.Load() {
		return KilledOutput
	}
	return KilledNot
}

// killAll kills every process of the box but the agent, which is PID 1.
func killAll() { signalAll(syscall.SIGKILL) }

func signalAll(sig syscall.Signal) { _ = syscall.Kill(-1, sig) }

// stream sends what a step writes, up to limit bytes, and kills the step for one
// byte more. It reads on to the end, so that no writer is ever stuck.
func (s *server) stream(typ Type, r *os.File, limit int64, k *killer, exited <-chan struct{}) {
	buf := make([]byte, 32<<10)
	pause := time.NewTimer(0)
	<-pause.C
	for {
		n, err := r.Read(buf)
		send := min(int64(n), limit)
		limit -= send
		if send > 0 && s.out.Write(typ, buf[:send]) != nil {
			limit = 0 // the host is gone; feed takes the box down
		}
		if int64(n) > send {
			k.kill(KilledOutput)
		}
		if err != nil {
			return // io.EOF, or the drain's deadline
		}
		if n < len(buf)/8 {
			pause.Reset(coalesce)
			select {
			case <-pause.C:
			case <-exited:
				pause.Stop()
			}
		}
	}
}

// pipes are a step's three descriptors and the agent's ends of them.
type pipes struct {
	child          [3]*os.File
	stdin          *os.File // nil when the step reads /dev/null
	stdout, stderr *os.File
	// watched is the step's end of stdin, -1 if there is none. It is not an
	// os.File, which would change the flags that step and agent share.
	watched int
}

// openPipes makes a step's pipes and gives them to its user, who can then open them by
// name as well (/dev/stdin, /proc/self/fd/1): the kernel checks that against the owner
// of the pipe. The agent's descriptors stay out of reach, see harden.
func (s *server) openPipes(withStdin bool) (*pipes, error) {
	p := &pipes{watched: -1}
	var err error
	open := func() (r, w *os.File) {
		if err == nil {
			r, w, err = os.Pipe()
		}
		if err == nil {
			err = s.give(w)
		}
		return r, w
	}
	p.stdout, p.child[1] = open()
	p.stderr, p.child[2] = open()
	if withStdin {
		p.child[0], p.stdin = open()
	} else if err == nil {
		p.child[0], err = os.Open(os.DevNull)
	}
	if withStdin && err == nil {
		p.watched, err = unix.FcntlInt(p.child[0].Fd(), unix.F_DUPFD_CLOEXEC, 10)
	}
	if err != nil {
		p.close()
		return nil, fmt.Errorf("open a step's pipes: %w", err)
	}
	return p, nil
}

func (p *pipes) closeChild() {
	for i, f := range p.child {
		f.Close() // to close no file is an error and nothing else
		p.child[i] = nil
	}
}

func (p *pipes) close() {
	p.closeChild()
	if p.watched >= 0 {
		unix.Close(p.watched)
	}
	for _, f := range []*os.File{p.stdin, p.stdout, p.stderr} {
		f.Close()
	}
}
