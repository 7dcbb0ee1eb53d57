package agent

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// readerName is the name under which the test binary is a step that reads, at
// that path below the root.
const readerName = "/reader"

// reader is a step that reads its input in one of the ways of readInput.
func reader(way string) Step {
	s := shell("")
	s.Argv = []string{readerName, way}
	s.Stdin, s.Input = true, time.Minute
	return s
}

// readInput reads some of standard input in a way, and prints it. Before it reads
// it prints a line, so that the test knows when it is about to.
func readInput(way string) {
	must := func(err error) {
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	read := func(fd, n int) {
		buf := make([]byte, n)
		n, err := syscall.Read(fd, buf)
		must(err)
		fmt.Printf("%q\n", buf[:n])
	}
	epoll := func(fd int) int {
		set, err := unix.EpollCreate1(0)
		must(err)
		must(unix.EpollCtl(set, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}))
		return set
	}
	pipe := func() (r, w int) {
		var p [2]int
		must(unix.Pipe(p[:]))
		return p[0], p[1]
	}
	fmt.Println("ready")
	switch way {
	case "read":
		read(0, 100)
	case "a byte":
		read(0, 1)
	case "readv":
		buf := make([]byte, 100)
		n, err := unix.Readv(0, [][]byte{buf[:50], buf[50:]})
		must(err)
		fmt.Printf("%q\n", buf[:n])
	case "poll":
		_, err := unix.Poll([]unix.PollFd{{Fd: 2, Events: unix.POLLPRI}, {Fd: 0, Events: unix.POLLIN}}, -1)
		must(err)
		read(0, 100)
	case "select":
		set := &unix.FdSet{}
		set.Set(0)
		_, err := unix.Select(1, set, nil, nil, nil)
		must(err)
		read(0, 100)
	case "epoll":
		_, err := unix.EpollWait(epoll(0), make([]unix.EpollEvent, 1), -1)
		must(err)
		read(0, 100)
	case "splice":
		r, w := pipe()
		_, err := unix.Splice(0, nil, w, nil, 100, 0)
		must(err)
		read(r, 100)
	case "tee":
		r, w := pipe()
		_, err := unix.Tee(0, w, 100, 0)
		must(err)
		read(r, 100)
	case "by path":
		f, err := os.Open("/dev/stdin")
		must(err)
		read(int(f.Fd()), 100)
	case "another descriptor":
		must(unix.Dup3(0, 9, 0))
		read(9, 100)
	case "child":
		cmd := exec.Command(readerName)
		cmd.Args = []string{readerName, "read"}
		cmd.Stdin, cmd.Stdout = os.Stdin, os.Stdout
		must(cmd.Run())
	case "nonblocking", "asynchronous":
		flags := unix.O_NONBLOCK
		if way == "asynchronous" {
			flags |= unix.O_ASYNC
			_, err := unix.FcntlInt(0, unix.F_SETOWN, os.Getpid())
			must(err)
			signal.Ignore(unix.SIGIO)
		}
		_, err := unix.FcntlInt(0, unix.F_SETFL, flags)
		must(err)
		buf := make([]byte, 100)
		for {
			n, err := syscall.Read(0, buf)
			if err != syscall.EAGAIN {
				must(err)
				fmt.Printf("%q\n", buf[:n])
				return
			}
			time.Sleep(time.Millisecond)
		}

	// These wait for something else.
	case "sleep":
		time.Sleep(300 * time.Millisecond)
	case "compute":
		for begun := time.Now(); time.Since(begun) < 300*time.Millisecond; {
		}
	case "another pipe":
		r, w := pipe()
		time.AfterFunc(300*time.Millisecond, func() { must(unix.Close(w)) })
		read(r, 100)
	case "poll another":
		r, _ := pipe()
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(r), Events: unix.POLLIN}, {Fd: 0, Events: unix.POLLPRI}, {Fd: -1, Events: unix.POLLIN}}, 300)
		must(err)
	case "epoll another":
		r, _ := pipe()
		_, err := unix.EpollWait(epoll(r), make([]unix.EpollEvent, 1), 300)
		must(err)
	case "absurd poll":
		// Where there is no memory, and of a size that there never is.
		moment := uintptr(unsafe.Pointer(&unix.Timespec{Nsec: 3e8}))
		unix.Syscall(unix.SYS_PPOLL, 0x1000, 1<<40, moment) // the kernel reads 32 bits of it
		unix.Syscall6(unix.SYS_PSELECT6, 0, ^uintptr(0), 0, 0, moment, 0)
	case "zombie":
		cmd := exec.Command("/bin/true")
		must(cmd.Start())
		time.Sleep(300 * time.Millisecond)
		must(cmd.Wait())

	// These wait, and use time meanwhile.
	case "idle":
		read(0, 100)
		read(0, 100)
	case "busy":
		go func() {
			for n := 0; ; n++ {
				runtime.KeepAlive(n)
			}
		}()
		read(0, 100)
	case "busy child":
		cmd := exec.Command("/bin/sh", "-c", "while :; do :; done")
		must(cmd.Start())
		read(0, 100)
	case "busy short children":
		go func() {
			for {
				cmd := exec.Command("/bin/sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done")
				must(cmd.Run())
			}
		}()
		read(0, 100)
	default:
		fmt.Println("no such way to read")
	}
}

// until reads frames until one of a type comes.
func (b *testBox) until(want Type) []byte {
	b.t.Helper()
	for {
		typ, p := b.next()
		if typ == TypeStdout {
			b.printed += string(p)
		}
		switch typ {
		case want:
			return append([]byte(nil), p...)
		case TypeFailure, TypeStepEnd:
			b.t.Fatalf("frame %q without %q before it: %s; the step printed %q", byte(typ), byte(want), p, b.printed)
		}
	}
}

// waits reads up to the agent's word that the step waits.
func (b *testBox) waits() StdinWait {
	b.t.Helper()
	p := b.until(TypeStdinWait)
	var m StdinWait
	if err := Decode(TypeStdinWait, p, &m); err != nil {
		b.t.Fatal(err)
	}
	return m
}

// The agent reports every way of waiting for input, and how many bytes are asked for.
func TestStepThatWaitsIsSeen(t *testing.T) {
	t.Parallel()
	for way, want := range map[string]int{
		"read": 100, "a byte": 1, "splice": 100, "tee": 100, "by path": 100, "another descriptor": 100, "child": 100,
		"readv": usualRead, "poll": usualRead, "select": usualRead, "epoll": usualRead,
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.job(nil, reader(way))
			if m := b.waits(); m.At != 0 || m.Want != want || m.Blind {
				t.Errorf("%+v, want %d bytes from the beginning", m, want)
			}
			b.send(TypeStdin, []byte("x"))
			ends, out, errs := b.finish()
			if !strings.HasSuffix(out, "\"x\"\n") || len(ends) != 1 || ends[0].Exit != 0 {
				t.Errorf("%+v, printed %q, %q", ends, out, errs)
			}
		})
	}
}

// The agent does not report a step that does something else than waiting for input.
func TestStepThatDoesNotWait(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"sleep", "compute", "another pipe", "poll another", "epoll another", "absurd poll", "zombie"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.job(nil, reader(way))
			for {
				typ, p := b.next()
				if typ == TypeStdinWait {
					t.Errorf("reported to wait: %s", p)
				}
				if typ == TypeStepEnd {
					return
				}
			}
		})
	}
}

// The agent reports when it cannot see whether a step waits.
func TestStepThatCannotBeSeen(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"nonblocking", "asynchronous"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.job(nil, reader(way))
			if m := b.waits(); !m.Blind {
				t.Errorf("%+v", m)
			}
			b.send(TypeStdin, []byte("x"))
			if ends, out, errs := b.finish(); !strings.HasSuffix(out, "\"x\"\n") || ends[0].Exit != 0 {
				t.Errorf("%+v, printed %q, %q", ends, out, errs)
			}
		})
	}
}

// A step that reads on waits again, after what it received; one that reads the end
// does not.
func TestStepWaitsAgain(t *testing.T) {
	t.Parallel()
	b := start(t)
	s := shell("read a; read b; cat; echo $a $b")
	s.Stdin, s.Input = true, time.Minute
	b.job(nil, s)
	at := int64(0)
	for _, line := range []string{"one\n", "two\n", "three\n"} {
		if m := b.waits(); m.At != at || m.Want == 0 {
			t.Errorf("%+v, want one at %d", m, at)
		}
		b.send(TypeStdin, []byte(line))
		at += int64(len(line))
	}
	if m := b.waits(); m.At != at {
		t.Errorf("%+v, want one at %d", m, at)
	}
	b.send(TypeStdin, []byte{})
	if _, out, _ := b.finish(); out != "three\none two\n" {
		t.Errorf("printed %q", out)
	}
}

// The time that a step waits does not count against its limit while it is idle, up to
// the limit of waiting.
func TestWaitingTime(t *testing.T) {
	t.Parallel()
	for way, tt := range map[string]struct {
		wall, input time.Duration
		killed      Killed
		least, most time.Duration // of the step's whole time
	}{
		"idle":                {5 * time.Second, 2 * time.Second, KilledInput, 2 * time.Second, 20 * time.Second},
		"busy":                {500 * time.Millisecond, time.Minute, KilledWall, 500 * time.Millisecond, 15 * time.Second},
		"busy child":          {500 * time.Millisecond, time.Minute, KilledWall, 500 * time.Millisecond, 15 * time.Second},
		"busy short children": {500 * time.Millisecond, time.Minute, KilledWall, 500 * time.Millisecond, 15 * time.Second},
		"sleep":               {100 * time.Millisecond, time.Minute, KilledWall, 100 * time.Millisecond, 15 * time.Second},
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			s := reader(way)
			s.Wall, s.Input = tt.wall, tt.input
			b.job(nil, s)
			ends, _, _ := b.finish()
			if e := ends[0]; e.Killed != tt.killed || e.Wall < tt.least || e.Wall > tt.most || e.Waited > tt.input || tt.killed == KilledInput && e.Waited != tt.input {
				t.Errorf("%+v", e)
			}
		})
	}
}

// What a person takes to answer is excused to its end, not only to the last look.
func TestWaitingTimeOfAnswers(t *testing.T) {
	t.Parallel()
	b := start(t)
	s := reader("idle")
	s.Wall = 1500 * time.Millisecond
	b.job(nil, s)
	for range 2 {
		b.waits()
		time.Sleep(1500 * time.Millisecond) // the subject of the test: how long a person takes
		b.send(TypeStdin, []byte("x"))
	}
	ends, out, _ := b.finish()
	if e := ends[0]; e.Exit != 0 || e.Waited < 2*time.Second || e.Waited > e.Wall {
		t.Errorf("%+v, printed %q", e, out)
	}
}

// A paused step does nothing and its time does not pass, and it goes on where it was.
func TestPausedStep(t *testing.T) {
	t.Parallel()
	b := start(t)
	s := shell("echo on; i=0; while [ $i -lt 50 ]; do sleep 0.01; i=$((i+1)); done; echo end")
	s.Wall = 3 * time.Second
	b.job(nil, s)
	b.until(TypeStdout)
	b.send(TypePause, []byte{})
	time.Sleep(3500 * time.Millisecond) // longer than the step has
	b.send(TypeResume, []byte{})
	if ends, out, _ := b.finish(); ends[0].Exit != 0 || out != "on\nend\n" || ends[0].Wall < 3500*time.Millisecond {
		t.Errorf("%+v, printed %q", ends, out)
	}
}
