package agent

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A sight is what a look at a step's processes has found.
type sight struct {
	// waits reports whether a thread waits for input from the pipe, and want how many
	// bytes it asks for, as far as the kernel shows it.
	waits bool
	want  int
	// runs reports whether a thread of any process runs or could.
	runs bool
	// blind reports whether there is a process that the agent may not look at.
	blind bool
	// clocks has the processor time of each process.
	clocks map[int]time.Duration
}

// A looker looks at the processes of a box from outside, by /proc. What it finds
// decides only about the program's own input and time: a program has what
// /proc shows of it in its hands.
//
// All looks must happen on the thread that [startLooker] has prepared.
type looker struct {
	dev, ino uint64 // of the pipe that is standard input
	buf      [16 << 10]byte
}

// usualRead is the size of a read if the kernel does not show it: that of buffered
// readers.
const usualRead = 8 << 10

// startLooker starts the goroutine that calls what it receives with a looker. It stays
// on a thread that opens files as the steps' user, which the kernel demands of a
// process that looks at those of another user. Nothing else about the thread changes:
// the other user IDs decide which processes may signal or trace it.
//
// It must be called before the agent is made undumpable, which the change of user
// would undo where fs.suid_dumpable is 1.
func startLooker(user *syscall.Credential) chan<- func(*looker) {
	work, ready := make(chan func(*looker)), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		if user != nil {
			// Should either fail, the first look does, too.
			_ = unix.Setfsgid(int(user.Gid))
			_ = unix.Setfsuid(int(user.Uid))
		}
		close(ready)
		l := &looker{}
		for do := range work {
			do(l)
		}
	}()
	<-ready
	return work
}

// look looks at all processes of the box but the agent. The process first, of
// which it is known that it is there, must be among them.
func (l *looker) look(first int) sight {
	s := sight{clocks: map[int]time.Duration{}}
	pids, err := l.list("/proc")
	if err != nil || !slices.Contains(pids, first) {
		// Hidden, as for users who may not look at it, or gone with the step.
		return sight{blind: unix.Kill(first, 0) != unix.ESRCH}
	}
	for _, pid := range pids {
		if pid == 1 {
			continue
		}
		tasks := fmt.Sprintf("/proc/%d/task", pid)
		tids, err := l.list(tasks)
		if err != nil && !gone(err) {
			return sight{blind: true}
		}
		for _, tid := range tids {
			if !l.thread(fmt.Sprintf("%s/%d", tasks, tid), &s) {
				return sight{blind: true}
			}
		}
		s.clocks[pid] = processTime(pid)
	}
	return s
}

// used is how much processor time the processes of a sight have used since an
// earlier one.
func (s sight) used(before map[int]time.Duration) time.Duration {
	var sum time.Duration
	for pid, clock := range s.clocks {
		sum += max(0, clock-before[pid])
	}
	return sum
}

// usedSince is how much the processes of a sight have used since.
func usedSince(clocks map[int]time.Duration) time.Duration {
	now := sight{clocks: map[int]time.Duration{}}
	for pid := range clocks {
		now.clocks[pid] = processTime(pid)
	}
	return now.used(clocks)
}

// processTime reads the clock of a process, which needs no privilege; 0 if it is gone.
func processTime(pid int) time.Duration {
	const scheduled = 2 // CPUCLOCK_SCHED: what all its threads have run
	var ts unix.Timespec
	if unix.ClockGettime(int32(^pid<<3|scheduled), &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

func gone(err error) bool { return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) }

// thread adds a thread to a sight; false if it cannot be looked at.
func (l *looker) thread(dir string, s *sight) bool {
	data, err := l.read(dir + "/syscall")
	switch {
	case err == nil:
	case errors.Is(err, unix.ESRCH):
		return true
	default:
		// It may have ended meanwhile. If it has not, there is no such file here, or
		// no right to it.
		return l.ended(dir)
	}
	// "running", or the number of the call and its arguments.
	fields := bytes.Fields(data)
	if len(fields) < 7 {
		s.runs = s.runs || bytes.HasPrefix(data, []byte("running"))
		return true
	}
	nr, err := strconv.ParseUint(string(fields[0]), 10, 64)
	c, known := inputCalls[nr]
	if err != nil || !known || s.waits {
		return true
	}
	var args [6]uint64
	for i := range args {
		if args[i], err = strconv.ParseUint(string(fields[1+i]), 0, 64); err != nil {
			return true
		}
	}
	if s.waits = l.waits(dir, c, args); s.waits {
		s.want = usualRead
		if c.want >= 0 {
			s.want = int(min(max(args[c.want], 1), StdinWindow))
		}
	}
	return true
}

// ended reports whether a thread is gone, a zombie, or exiting. The kernel shows little of
// these: the files of a process that has given up its memory belong to root, and on a busy
// machine it stays so for a while.
func (l *looker) ended(dir string) bool {
	stat, err := l.read(dir + "/stat")
	if err != nil {
		return gone(err)
	}
	// After the name: state, parent, group, session, terminal, its group, flags.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 7 {
		return false
	}
	const exiting = 0x4 // PF_EXITING
	flags, err := strconv.ParseUint(string(fields[6]), 10, 64)
	return fields[0][0] == 'Z' || fields[0][0] == 'X' || err == nil && flags&exiting != 0
}

// waits reports whether a thread that is in a call waits for the pipe.
func (l *looker) waits(dir string, c call, args [6]uint64) bool {
	switch c.kind {
	case reads:
		return l.input(dir, args[c.fd])
	case polls:
		const size, most = 8, 1024 // struct pollfd: fd, events, revents
		const normal = 0x40        // POLLRDNORM
		if args[1] > most {
			return false
		}
		list, _ := l.memory(dir, args[0], int(args[1])*size)
		for ; len(list) >= size; list = list[size:] {
			events := binary.NativeEndian.Uint16(list[4:])
			if events&(unix.POLLIN|normal) != 0 && l.input(dir, uint64(binary.NativeEndian.Uint32(list))) {
				return true
			}
		}
	case selects:
		const most = 1024
		n := int(min(args[0], most))
		// The set is of longs, whose bytes are in the machine's order.
		const long = 8
		set, _ := l.memory(dir, args[1], (n+63)/64*long)
		for fd := range min(n, len(set)/long*64) {
			word := binary.NativeEndian.Uint64(set[fd/64*long:])
			if word&(1<<(fd%64)) != 0 && l.input(dir, uint64(fd)) {
				return true
			}
		}
	case epolls:
		info, _ := l.read(fmt.Sprintf("%s/fdinfo/%d", dir, uint32(args[c.fd])))
		for line := range bytes.Lines(info) {
			// tfd:        5 events:       19 data: …
			fields := bytes.Fields(line)
			if len(fields) < 4 || string(fields[0]) != "tfd:" {
				continue
			}
			fd, err1 := strconv.ParseUint(string(fields[1]), 10, 32)
			events, err2 := strconv.ParseUint(string(fields[3]), 16, 32)
			if err1 == nil && err2 == nil && events&(unix.EPOLLIN|unix.EPOLLRDNORM) != 0 && l.input(dir, fd) {
				return true
			}
		}
	}
	return false
}

// input reports whether a thread's descriptor is the pipe.
func (l *looker) input(dir string, fd uint64) bool {
	var st unix.Stat_t
	err := unix.Stat(fmt.Sprintf("%s/fd/%d", dir, uint32(fd)), &st)
	return err == nil && uint64(st.Dev) == l.dev && st.Ino == l.ino
}

// memory reads a thread's memory, at most as much as the buffer holds.
func (l *looker) memory(dir string, address uint64, n int) ([]byte, error) {
	return l.readAt(dir+"/mem", min(n, len(l.buf)), int64(address))
}

// read reads the beginning of a file. What it returns is valid until the next
// read.
func (l *looker) read(name string) ([]byte, error) {
	return l.readAt(name, len(l.buf), 0)
}

// readAt does without package os, whose files are made for waiting.
func (l *looker) readAt(name string, n int, offset int64) ([]byte, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	for {
		got, err := unix.Pread(fd, l.buf[:n], offset)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		return l.buf[:max(got, 0)], err
	}
}

// list returns the numbers among the names of a directory.
func (l *looker) list(name string) ([]int, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var numbers []int
	var names []string
	for {
		n, err := unix.ReadDirent(fd, l.buf[:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n <= 0 {
			return numbers, err
		}
		_, _, names = unix.ParseDirent(l.buf[:n], -1, names[:0])
		for _, name := range names {
			if number, err := strconv.Atoi(name); err == nil {
				numbers = append(numbers, number)
			}
		}
	}
}
