package agent

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// boxName is the name under which the test binary starts itself as an agent.
const boxName = "corust-test-agent"

func TestMain(m *testing.M) {
	if os.Args[0] == boxName {
		if err := serveInBox(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Args[0] == readerName {
		readInput(os.Args[1])
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// serveInBox makes a root with a separate /work and /tmp and serves. It does not
// confine programs: tests with real boxes cover what a program can do to its agent.
func serveInBox(root string) error {
	// As in a box. Signals that wait for an agent count for its user, which is this
	// test's: a flood of them would leave the machine's programs of that user none.
	if err := unix.Setrlimit(unix.RLIMIT_SIGPENDING, &unix.Rlimit{Cur: 256, Max: 256}); err != nil {
		return err
	}
	mount := func(source, target, kind string, flags uintptr, data string) error {
		target = filepath.Join(root, target)
		if err := os.MkdirAll(target, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(source, target, kind, flags, data); err != nil {
			return fmt.Errorf("mount %s: %w", target, err)
		}
		return nil
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := mount("tmpfs", "", "tmpfs", 0, "size=64m"); err != nil {
		return err
	}
	for _, dir := range []string{"/usr", "/bin", "/lib", "/lib64", "/dev"} {
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		if err := mount(dir, dir, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return err
		}
	}
	if err := mount("proc", "/proc", "proc", 0, ""); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, readerName), nil, 0o755); err != nil {
		return err
	}
	self, err := os.Readlink("/proc/self/exe") // by its name: the link leads to the mount of another namespace
	if err != nil {
		return err
	}
	if err := unix.Mount(self, filepath.Join(root, readerName), "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount the test binary: %w", err)
	}
	if err := errors.Join(mount("tmpfs", "/work", "tmpfs", 0, "size=1m"), mount("tmpfs", "/tmp", "tmpfs", 0, "size=1m")); err != nil {
		return err
	}
	if err := unix.Chroot(root); err != nil {
		return err
	}
	return Serve(Config{Counters: &Counters{}})
}

// testBox is a running agent.
type testBox struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   *os.File // to the agent
	r    *Reader
	w    *Writer
	errs bytes.Buffer
	ends chan error

	printed string // to stdout, as far as it has been read
}

// start makes one, or skips the test with the reason why this machine cannot.
func start(t *testing.T) *testBox {
	t.Helper()
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("the steps of these tests are for /bin/sh, and there is none")
	}
	b := &testBox{t: t, ends: make(chan error, 1)}
	boxIn, hostOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	hostIn, boxOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	b.in, b.w, b.r = hostOut, NewWriter(hostOut), NewReader(bufio.NewReader(hostIn))
	b.cmd = exec.Command("/proc/self/exe")
	b.cmd.Args = []string{boxName, t.TempDir()}
	b.cmd.Env = []string{}
	b.cmd.Stdin, b.cmd.Stdout, b.cmd.Stderr = boxIn, boxOut, &b.errs
	b.cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
	err = b.cmd.Start()
	boxIn.Close()
	boxOut.Close()
	t.Cleanup(func() { hostOut.Close(); hostIn.Close() })
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC) {
		t.Skipf("this machine permits no user and pid namespaces: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	go func() { b.ends <- b.cmd.Wait() }()
	t.Cleanup(func() {
		b.cmd.Process.Kill()
		<-b.ends
	})
	typ, p, err := b.r.Next()
	if err != nil {
		b.cmd.Process.Kill()
		werr := <-b.ends
		b.ends <- werr
		if strings.Contains(b.errs.String(), "operation not permitted") {
			t.Skipf("this machine does not permit what a box needs: %s", b.errs.String())
		}
		t.Fatalf("no greeting: %v; %v: %s", err, werr, b.errs.String())
	}
	var ready Ready
	if err := Decode(typ, p, &ready); err != nil || typ != TypeReady || ready.Version != Version {
		t.Fatalf("the greeting is %q %s: %v", byte(typ), p, err)
	}
	return b
}

// exits waits for the agent's end: it is due, and soon.
func (b *testBox) exits() {
	b.t.Helper()
	select {
	case err := <-b.ends:
		b.ends <- err
	case <-time.After(20 * time.Second):
		b.t.Fatal("the agent lives on")
	}
}

// next reads a frame.
func (b *testBox) next() (Type, []byte) {
	b.t.Helper()
	typ, p, err := b.r.Next()
	if err != nil {
		b.t.Fatalf("read a frame: %v; %s", err, b.errs.String())
	}
	return typ, p
}

// failure reads on to the agent's failure and its end.
func (b *testBox) failure(contains string) {
	b.t.Helper()
	for {
		typ, p := b.next()
		if typ != TypeFailure {
			continue
		}
		var f Failure
		if err := Decode(typ, p, &f); err != nil || !strings.Contains(f.Error, contains) {
			b.t.Errorf("failure %s, not one about %q", p, contains)
		}
		b.exits()
		return
	}
}

const nonce = "4f2a"

func shell(script string) Step {
	return Step{Argv: []string{"/bin/sh", "-c", script}, Env: []string{"PATH=/usr/bin:/bin"}, Wall: 20 * time.Second, Stdout: 1000, Stderr: 1000}
}

func (b *testBox) job(files map[string]string, steps ...Step) {
	b.t.Helper()
	j := Job{Nonce: nonce, Steps: steps}
	var data []byte
	for name, text := range files {
		j.Files = append(j.Files, File{Name: name, Size: int64(len(text))})
		data = append(data, text...)
	}
	b.send(TypeJob, j)
	for len(data) > 0 { // cut anywhere
		n := min(len(data), 7)
		b.send(TypeFile, data[:n])
		data = data[n:]
	}
	b.send(TypeStart, []byte{})
}

func (b *testBox) send(typ Type, v any) {
	b.t.Helper()
	var err error
	if p, ok := v.([]byte); ok {
		err = b.w.Write(typ, p)
	} else {
		err = b.w.WriteJSON(typ, v)
	}
	if err != nil && !errors.Is(err, unix.EPIPE) {
		b.t.Fatal(err)
	}
}

// finish reads to the end of the job.
func (b *testBox) finish() (ends []StepEnd, stdout, stderr string) {
	b.t.Helper()
	stdout = b.printed
	for {
		typ, p := b.next()
		switch typ {
		case TypeStdout:
			stdout += string(p)
		case TypeStderr:
			stderr += string(p)
		case TypeStepEnd:
			var e StepEnd
			if err := Decode(typ, p, &e); err != nil || e.Nonce != nonce {
				b.t.Fatalf("%s: %v", p, err)
			}
			ends = append(ends, e)
		case TypeEnd:
			b.exits()
			return ends, stdout, stderr
		case TypeFailure:
			b.t.Fatalf("the agent failed: %s", p)
		}
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.job(map[string]string{"a.txt": "first", "sub/dir/b.txt": strings.Repeat("second ", 3), "empty": ""},
		shell("pwd; cat a.txt; cat sub/dir/b.txt; wc -c < empty; echo kept > c"),
		shell("cat c; echo $$ > d; exit 3"),
		shell("echo never"))
	ends, out, errs := b.finish()
	if want := "/work\nfirstsecond second second 0\nkept\n"; out != want || errs != "" {
		t.Errorf("stdout %q, want %q; stderr %q", out, want, errs)
	}
	if len(ends) != 2 || ends[0].Exit != 0 || ends[1].Exit != 3 || ends[1].Step != 1 {
		t.Errorf("%+v", ends)
	}
}

func TestServeEnds(t *testing.T) {
	t.Parallel()
	quick := func(s Step) Step { s.Wall = 300 * time.Millisecond; return s }
	for name, tt := range map[string]struct {
		step   Step
		check  func(StepEnd) bool
		output string
	}{
		"signal":             {shell("kill -SEGV $$"), func(e StepEnd) bool { return e.Signal == 11 && e.Exit == -1 && e.Killed == "" }, ""},
		"deadline":           {quick(shell("echo x; sleep 100")), func(e StepEnd) bool { return e.Killed == KilledWall && e.Signal == 9 }, "x\n"},
		"orphan":             {shell("sleep 100 & echo x; exit 5"), func(e StepEnd) bool { return e.Exit == 5 && e.Killed == "" && e.Wall < 10*time.Second }, "x\n"},
		"ignores all":        {quick(shell("trap '' TERM INT HUP; while :; do :; done")), func(e StepEnd) bool { return e.Killed == KilledWall }, ""},
		"flood":              {shell("while :; do echo 0123456789; done"), func(e StepEnd) bool { return e.Killed == KilledOutput }, strings.Repeat("0123456789\n", 91)[:1000]},
		"flood then gone":    {shell("i=0; while [ $i -lt 500 ]; do echo 0123456789; i=$((i+1)); done"), func(e StepEnd) bool { return e.Killed == KilledOutput }, strings.Repeat("0123456789\n", 91)[:1000]},
		"no such program":    {Step{Argv: []string{"/no/such"}, Wall: time.Second}, func(e StepEnd) bool { return strings.Contains(e.NotStarted, "no such file") }, ""},
		"no stdin":           {shell("cat; echo end"), func(e StepEnd) bool { return e.Exit == 0 }, "end\n"},
		"only three":         {shell("ls /proc/self/fd | wc -l"), func(e StepEnd) bool { return e.Exit == 0 }, "4\n"},
		"signals at process": {shell("for s in 1 2 3 6 10 11 12 13 14 15; do kill -$s 1; done; echo alive"), func(e StepEnd) bool { return e.Exit == 0 }, "alive\n"},
		"default signals":    {shell("grep -E 'SigIgn|SigBlk' /proc/self/status"), func(e StepEnd) bool { return e.Exit == 0 }, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.job(nil, tt.step)
			ends, out, errs := b.finish()
			if len(ends) != 1 || !tt.check(ends[0]) || out != tt.output {
				t.Errorf("%+v, stdout %q, stderr %q", ends, out, errs)
			}
		})
	}
}

// The agent ignores the signals whose default is to end a process without a core dump,
// and no other, and handles none.
func TestSignalActions(t *testing.T) {
	t.Parallel()
	b := start(t)
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	ignored := uint64(math.MaxUint64) &^ (1<<31 - 1) // the real-time signals
	for _, sig := range []unix.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGPIPE, unix.SIGALRM, unix.SIGTERM,
		unix.SIGSTKFLT, unix.SIGVTALRM, unix.SIGPROF, unix.SIGIO, unix.SIGPWR,
	} {
		ignored |= 1 << (sig - 1)
	}
	for _, line := range []string{fmt.Sprintf("SigIgn:\t%016x\n", ignored), "SigCgt:\t0000000000000000\n"} {
		if !strings.Contains(string(data), line) {
			t.Errorf("want %q in %s", line, data)
		}
	}
}

// A flood of signals does not delay the deadline of the step that sends it, as it would
// if the agent had a handler for them.
func TestDeadlineInFloodOfSignals(t *testing.T) {
	t.Parallel()
	b := start(t)
	step := shell("f() { while :; do kill -TERM 1; kill -34 1; kill -64 1; done; }; f & f & f")
	step.Wall = time.Second
	b.job(nil, step)
	ends, _, errs := b.finish()
	if len(ends) != 1 || ends[0].Killed != KilledWall || ends[0].Wall > 5*time.Second {
		t.Errorf("%+v, stderr %q", ends, errs)
	}
}

// Whatever a step does, the agent has a bounded number of threads.
func TestThreads(t *testing.T) {
	t.Parallel()
	b := start(t)
	status := fmt.Sprintf("/proc/%d/status", b.cmd.Process.Pid)
	count := func() int {
		data, err := os.ReadFile(status)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(data), "Threads:\t")
		line, _, _ := strings.Cut(rest, "\n")
		n, err := strconv.Atoi(line)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	busy := shell(`while read x; do echo $x; echo $x >&2; /bin/true & done; wait`)
	busy.Stdin, busy.Stdout, busy.Stderr = true, 1<<20, 1<<20
	b.job(map[string]string{"a": strings.Repeat("x", 100_000)}, busy)
	go func() {
		for range 300 {
			b.w.Write(TypeStdin, []byte("0123456789\n"))
		}
		b.w.Write(TypeStdin, nil)
	}()
	most := 0
	for typ := TypeJob; typ != TypeStepEnd; typ, _ = b.next() {
		if typ == TypeStdout || typ == TypeStderr {
			most = max(most, count())
		}
	}
	// Those that are made ahead, and those that the runtime has for itself.
	if most < threads || most > 16 {
		t.Errorf("the agent has %d threads", most)
	}
	b.finish()
}

// Standard input is for the step that asks for it, to its end.
func TestServeStdin(t *testing.T) {
	t.Parallel()
	b := start(t)
	reads := shell("wc -c; cat")
	reads.Stdin = true
	b.job(nil, shell("wc -c"), reads)
	b.send(TypeStdin, []byte("hello"))
	b.send(TypeStdin, bytes.Repeat([]byte("x"), 1000))
	b.send(TypeStdin, []byte{})
	if _, out, _ := b.finish(); out != "0\n1005\n" {
		t.Errorf("stdout %q", out)
	}
}

// A job that was given up before it began, or in its middle, takes the agent and
// all its processes with it.
func TestHostGone(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(*testBox){
		"at once":         func(*testBox) {},
		"inside a header": func(b *testBox) { b.in.Write([]byte("J\x00")) },
		"inside a job":    func(b *testBox) { b.in.Write([]byte("J\x00\x00\x10\x00{")) },
		"before files": func(b *testBox) {
			b.send(TypeJob, Job{Nonce: nonce, Files: []File{{Name: "a", Size: 10}}})
		},
		"inside a step": func(b *testBox) {
			b.job(nil, shell("echo started; sleep 1000"))
			for typ, _ := b.next(); typ != TypeStdout; typ, _ = b.next() {
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			before(b)
			b.in.Close()
			b.exits()
		})
	}
}

// A host that does not keep to the protocol is left.
func TestHostileHost(t *testing.T) {
	t.Parallel()
	running := func(b *testBox) {
		step := shell("echo started; sleep 1000")
		step.Stdin = true
		b.job(nil, step)
		for typ, _ := b.next(); typ != TypeStdout; typ, _ = b.next() {
		}
	}
	for name, tt := range map[string]struct {
		act     func(*testBox)
		failure string // empty: the agent just exits
	}{
		"garbage":           {func(b *testBox) { b.in.Write([]byte("GET / HTTP/1.1\r\n\r\n")) }, "protocol"},
		"huge length":       {func(b *testBox) { b.in.Write([]byte("J\xff\xff\xff\xff")) }, "at most 65536"},
		"length over":       {func(b *testBox) { b.in.Write([]byte("J\x00\x01\x00\x01")) }, "at most 65536"},
		"file first":        {func(b *testBox) { b.send(TypeFile, []byte("x")) }, "before the job"},
		"start first":       {func(b *testBox) { b.send(TypeStart, []byte{}) }, "before the job"},
		"stdin first":       {func(b *testBox) { b.send(TypeStdin, []byte("x")) }, "before the job"},
		"JSON of no kind":   {func(b *testBox) { b.send(TypeJob, []byte("[]")) }, "protocol"},
		"two jobs":          {func(b *testBox) { b.send(TypeJob, Job{}); b.send(TypeJob, Job{}) }, "start was due"},
		"too much of files": {func(b *testBox) { b.send(TypeJob, Job{}); b.send(TypeFile, []byte("x")); b.send(TypeStart, []byte{}) }, "start was due"},
		"too little": {func(b *testBox) {
			b.send(TypeJob, Job{Files: []File{{Name: "a", Size: 2}}})
			b.send(TypeFile, []byte("x"))
			b.send(TypeStart, []byte{})
		}, "inside a file"},
		"bad name":        {func(b *testBox) { b.send(TypeJob, Job{Files: []File{{Name: "../etc/passwd", Size: 2}}}) }, "clean relative path"},
		"absolute name":   {func(b *testBox) { b.send(TypeJob, Job{Files: []File{{Name: "/etc/passwd", Size: 2}}}) }, "clean relative path"},
		"same name twice": {func(b *testBox) { b.send(TypeJob, Job{Files: []File{{Name: "a"}, {Name: "a"}}}) }, "exists"},
		"through a file":  {func(b *testBox) { b.send(TypeJob, Job{Files: []File{{Name: "a"}, {Name: "a/b"}}}) }, "not a directory"},
		"more than a disk": {func(b *testBox) {
			b.send(TypeJob, Job{Files: []File{{Name: "a", Size: 1 << 40}}})
			for range 40 {
				b.send(TypeFile, make([]byte, MaxPayload))
			}
		}, "no space"},
		"no command":        {func(b *testBox) { b.job(nil, Step{Wall: 1}) }, "no command"},
		"no time":           {func(b *testBox) { b.job(nil, Step{Argv: []string{"/bin/true"}}) }, "no time"},
		"negative time":     {func(b *testBox) { b.job(nil, Step{Argv: []string{"/bin/true"}, Wall: -1}) }, "no time"},
		"a job in a step":   {func(b *testBox) { running(b); b.send(TypeJob, Job{}) }, ""},
		"garbage in a step": {func(b *testBox) { running(b); b.in.Write([]byte("\xff\xff\xff\xff\xff")) }, ""},
		"beyond the window": {func(b *testBox) {
			running(b)
			for range 8 { // the pipe and the window take two
				b.send(TypeStdin, make([]byte, MaxPayload))
			}
		}, ""},
		"after the end": {func(b *testBox) { running(b); b.send(TypeStdin, []byte{}); b.send(TypeStdin, []byte("x")) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			tt.act(b)
			if tt.failure == "" {
				b.exits()
				return
			}
			b.failure(tt.failure)
		})
	}
}

// Anything but process 1 must not serve: it would kill every process it sees.
func TestServeOnlyAsProcessOne(t *testing.T) {
	if err := Serve(Config{}); err == nil || !strings.Contains(err.Error(), "process 1") {
		t.Errorf("%v", err)
	}
}

func TestCounters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("memory.events", "low 0\nhigh 1\noom 2\noom_kill 3\noom_group_kill 0\n")
	write("memory.peak", "1000\n")
	write("memory.current", "500\n")
	write("pids.events", "max 7\n")
	c := OpenCountersAt(dir+"/none", dir+"/none", dir)
	for _, f := range c.Files() {
		defer f.Close()
	}
	before := c.begin()
	write("memory.events", "low 0\nhigh 1\noom 9\noom_kill 5\n")
	write("memory.peak", "4096\n")
	write("pids.events", "max 9\n")
	if peak, kills, denied := c.since(before); peak != 4096 || kills != 2 || denied != 2 {
		t.Errorf("peak %d, %d kills, %d denied", peak, kills, denied)
	}
	none := &Counters{}
	if peak, kills, denied := none.since(none.begin()); peak != 0 || kills != 0 || denied != 0 {
		t.Errorf("without any book: %d, %d, %d", peak, kills, denied)
	}
	if got := CountersFromFiles(c.Files()); *got != *c {
		t.Error("the counters do not survive being handed on")
	}
	if !bytes.Equal(contents(nil), nil) || number(nil) != 0 || field(nil, "x") != 0 {
		t.Error("a missing book is not empty")
	}
}
