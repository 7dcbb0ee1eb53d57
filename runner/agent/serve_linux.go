package agent

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"strconv"
	"sync"
	"syscall"

	"github.com/corust-dev/corust/internal/boxenv"
	"golang.org/x/sys/unix"
)

// Config is what the backend provides to the agent in this box.
type Config struct {
	// StepUser, if not nil, is the user of steps. The agent must then be the box's
	// root with the capabilities SETUID, SETGID, KILL and CHOWN, which a step loses
	// with that identity.
	StepUser *syscall.Credential
	// Counters are where to read the box's use of memory and processes. Nil
	// looks in /sys/fs/cgroup.
	Counters *Counters
}

// Serve speaks the protocol on descriptors 0 and 1, serves one job, and returns
// when it is done or when the host's end has closed. It must be called once, by
// PID 1, before anything else has started.
func Serve(cfg Config) error {
	if os.Getpid() != 1 {
		return errors.New("the agent must be process 1 of its box: it ends a step by killing every process it can see")
	}
	looks, err := harden(cfg.StepUser)
	if err != nil {
		return err
	}
	unix.Umask(boxenv.Umask) // steps inherit it
	in, out, err := takePipe()
	if err != nil {
		return err
	}
	if cfg.Counters == nil {
		cfg.Counters = OpenCounters()
	}
	s := &server{
		cfg:   cfg,
		in:    NewReader(bufio.NewReaderSize(in, 32<<10)),
		out:   NewWriter(out),
		stdin: newStdin(),

		looks: looks,
	}
	if err := s.serve(); err != nil {
		if errors.Is(err, io.EOF) {
			return nil // the host is gone or wants nothing
		}
		// The host may be gone, too; then there is nothing to report to.
		_ = s.out.WriteJSON(TypeFailure, Failure{Nonce: s.job.Nonce, Error: err.Error()})
		return err
	}
	return nil
}

// harden closes the ways from a step to its agent, and starts what looks at steps.
func harden(user *syscall.Credential) (chan<- func(*looker), error) {
	if err := ignoreSignals(); err != nil {
		return nil, err
	}
	looks := startLooker(user)
	// Not dumpable: /proc/1/{fd,mem,environ,…} belong to root and deny access,
	// ptrace, process_vm_writev and pidfd_getfd.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("make the agent undumpable: %w", err)
	}
	startThreads()
	// Die with the host process, if there is one. Its closed pipe has the same effect a
	// little later.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return nil, fmt.Errorf("tie the agent to its parent: %w", err)
	}
	// Nothing that the backend left open may reach a step.
	if err := closeOnExec(3); err != nil {
		return nil, fmt.Errorf("mark descriptors close-on-exec: %w", err)
	}
	return looks, nil
}

// closeOnExec marks all descriptors from first on.
func closeOnExec(first int) error {
	err := unix.CloseRange(uint(first), ^uint(0), unix.CLOSE_RANGE_CLOEXEC)
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	// gVisor knows the call, but not the flag.
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd < first {
			continue
		}
		// The descriptor of the listing itself is gone by now.
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC); err != nil && !errors.Is(err, unix.EBADF) {
			return err
		}
	}
	return nil
}

// The agent's threads count against the box's processes, so they are few on any
// machine, and they all exist before the first step: when a program has taken
// every process that there may be, the Go runtime would crash for want of one.
const (
	processors = 2
	// threads is how many may be busy at once, besides the first, the runtime's
	// monitor and its template for new ones: one for each processor, one each for
	// what blocks in the kernel (the wait for children, the poller's for
	// everything else, a look at a counter), and one that is on its way from there
	// to idle.
	threads = processors + 4
)

// startThreads makes the runtime create its threads. It keeps those that become
// idle and never ends them.
func startThreads() {
	runtime.GOMAXPROCS(processors)
	var all, here sync.WaitGroup
	leave := make(chan struct{})
	here.Add(threads)
	for range threads {
		all.Go(func() {
			runtime.LockOSThread() // so that each waits on a separate thread
			defer runtime.UnlockOSThread()
			here.Done()
			<-leave
		})
	}
	here.Wait()
	close(leave)
	all.Wait()
}

// takePipe moves the protocol's pipe from descriptors 0 and 1 to ones that steps
// cannot inherit, and leaves /dev/null there.
func takePipe() (in, out *os.File, err error) {
	dup := func(fd uintptr, name string) (*os.File, error) {
		n, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 10)
		if err != nil {
			return nil, fmt.Errorf("take over descriptor %d: %w", fd, err)
		}
		// So that the runtime's poller waits for the host, and no thread has to.
		if err := unix.SetNonblock(n, true); err != nil {
			return nil, fmt.Errorf("take over descriptor %d: %w", fd, err)
		}
		return os.NewFile(uintptr(n), name), nil
	}
	if in, err = dup(0, "host-in"); err != nil {
		return nil, nil, err
	}
	if out, err = dup(1, "host-out"); err != nil {
		return nil, nil, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	defer null.Close()
	for fd := range 2 {
		if err := unix.Dup3(int(null.Fd()), fd, 0); err != nil {
			return nil, nil, fmt.Errorf("close descriptor %d: %w", fd, err)
		}
	}
	return in, out, nil
}

// server serves one job. Its frames are read by one goroutine: serve until the
// job starts, then the one that feeds stdin.
type server struct {
	cfg   Config
	in    *Reader
	out   *Writer
	job   Job
	dirs  []string // that were made for the job's files
	stdin *stdin
	looks chan<- func(*looker) // see startLooker

	pausing sync.Mutex
	paused  bool
	time    *Deadline // of the current step
}

func (s *server) serve() error {
	if err := s.out.WriteJSON(TypeReady, Ready{Version: Version}); err != nil {
		return err
	}
	if err := s.receive(); err != nil {
		return err
	}
	if err := s.handOver(); err != nil {
		return err
	}
	go s.feed()
	for i, step := range s.job.Steps {
		end, err := s.run(i, step)
		if err != nil {
			return err
		}
		if err := s.out.WriteJSON(TypeStepEnd, end); err != nil {
			return err
		}
		if end.Exit != 0 || end.Killed != KilledNot {
			break
		}
		if err := s.sendLeft(i, step.Leaves); err != nil {
			return err
		}
	}
	return s.out.WriteJSON(TypeEnd, End{Nonce: s.job.Nonce})
}

// receive reads the job and writes its files.
func (s *server) receive() error {
	typ, payload, err := s.in.Next()
	if err != nil {
		return err
	}
	if typ != TypeJob {
		return fmt.Errorf("%w: frame %q before the job", ErrProtocol, byte(typ))
	}
	if err := Decode(typ, payload, &s.job); err != nil {
		return err
	}
	var pending []byte
	for _, f := range s.job.Files {
		if err := ValidFileName(f.Name); err != nil {
			return err
		}
		if pending, err = s.receiveFile(f, 0o644, pending); err != nil {
			return fmt.Errorf("write %q: %w", f.Name, err)
		}
	}
	for _, f := range s.job.Programs {
		if !cleanRelative(f.Name) {
			return fmt.Errorf("%w: program %q is not below %s", ErrProtocol, f.Name, WorkDir)
		}
		if pending, err = s.receiveFile(f, 0o755, pending); err != nil {
			return fmt.Errorf("write %q: %w", f.Name, err)
		}
	}
	typ, _, err = s.in.Next()
	if err != nil {
		return err
	}
	if typ != TypeStart || len(pending) > 0 {
		return fmt.Errorf("%w: frame %q where the start was due", ErrProtocol, byte(typ))
	}
	return nil
}

// receiveFile writes one file from the bytes left over from the last frame and
// from further ones, and returns what is left over then.
func (s *server) receiveFile(f File, mode os.FileMode, pending []byte) ([]byte, error) {
	name := path.Join(WorkDir, f.Name)
	if err := s.makeDirs(path.Dir(name)); err != nil {
		return nil, err
	}
	w, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	for left := f.Size; left > 0; {
		if len(pending) == 0 {
			typ, payload, err := s.in.Next()
			if err != nil {
				return nil, err
			}
			if typ != TypeFile {
				return nil, fmt.Errorf("%w: frame %q inside a file", ErrProtocol, byte(typ))
			}
			pending = payload
			continue
		}
		n := min(left, int64(len(pending)))
		if _, err := w.Write(pending[:n]); err != nil {
			return nil, err
		}
		pending, left = pending[n:], left-n
	}
	if err := s.give(w); err != nil {
		return nil, err
	}
	return pending, w.Close()
}

// makeDirs makes a directory below WorkDir and those on the way to it.
func (s *server) makeDirs(dir string) error {
	if dir == WorkDir {
		return nil
	}
	if err := s.makeDirs(path.Dir(dir)); err != nil {
		return err
	}
	err := os.Mkdir(dir, 0o755)
	if err == nil {
		s.dirs = append(s.dirs, dir)
	}
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	return err
}

// handOver ends the agent's part in WorkDir: it adds the directory of temporary files
// and gives all to the user of the steps. The agent cannot write there any more.
func (s *server) handOver() error {
	if err := os.Mkdir(boxenv.TempDir, 0o700); err != nil {
		return err
	}
	for _, dir := range append(s.dirs, boxenv.TempDir, WorkDir) {
		if err := s.giveDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// give makes the user of the steps the owner of an open file.
func (s *server) give(f *os.File) error {
	u := s.cfg.StepUser
	if u == nil {
		return nil // the agent's own
	}
	return f.Chown(int(u.Uid), int(u.Gid))
}

func (s *server) giveDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return s.give(f)
}

// feed reads the host's frames while steps run. When the host's end closes, it takes
// the box down.
func (s *server) feed() {
	for {
		typ, payload, err := s.in.Next()
		switch {
		case err != nil:
			os.Exit(1)
		case typ == TypePause || typ == TypeResume:
			s.pause(typ == TypePause)
		case typ != TypeStdin || !s.stdin.push(payload):
			os.Exit(1)
		}
	}
}

// pause stops the step's processes and its time, or lets them go on.
func (s *server) pause(paused bool) {
	s.pausing.Lock()
	defer s.pausing.Unlock()
	s.paused = paused
	if !paused {
		signalAll(syscall.SIGCONT)
		if s.time != nil {
			s.time.Resume()
		}
		return
	}
	if s.time != nil {
		s.time.Pause()
	}
	signalAll(syscall.SIGSTOP)
}

func (s *server) isPaused() bool {
	s.pausing.Lock()
	defer s.pausing.Unlock()
	return s.paused
}
