package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// sources are the programs of these tests.
var sources = map[string]string{
	"hi.rs":   `fn main() { println!("hi"); }`,
	"line.rs": `fn main() { let mut s = String::new(); std::io::stdin().read_line(&mut s).unwrap(); println!("program: {}", s.trim()); }`,
	"loop.rs": `fn main() { println!("started"); loop { std::thread::park() } }`,
	"slow.rs": `fn main() { println!("started"); std::thread::sleep(std::time::Duration::from_secs(1)); println!("ended"); }`,
	"tick.rs": `fn main() { println!("started"); for _ in 0..20 { std::thread::sleep(std::time::Duration::from_millis(50)); } println!("ended"); }`,
}

// writeSources makes a directory with the sources, or skips the test with the reason why
// no box can be made.
func writeSources(t *testing.T) string {
	t.Helper()
	if why := boxesMissing(); why != "" {
		t.Skipf("no native box can be made here: %s", why)
	}
	dir := t.TempDir()
	for name, source := range sources {
		if err := os.WriteFile(dir+"/"+name, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// reading collects the output of a command.
type reading struct {
	mu   sync.Mutex
	more sync.Cond
	text bytes.Buffer
	over bool
}

// readAll begins to read from r, to its end.
func readAll(r io.Reader) *reading {
	d := &reading{}
	d.more.L = &d.mu
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := r.Read(buf)
			d.mu.Lock()
			d.text.Write(buf[:n])
			d.over = err != nil
			d.more.Broadcast()
			d.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return d
}

// until waits for a text, and returns all that has been read; false if the end
// comes first.
func (d *reading) until(text string) (string, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for !strings.Contains(d.text.String(), text) && !d.over {
		d.more.Wait()
	}
	return d.text.String(), strings.Contains(d.text.String(), text)
}

// rest waits for the end.
func (d *reading) rest() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for !d.over {
		d.more.Wait()
	}
	return d.text.String()
}

// A signal that ends commands ends a run and its box. corust dies by that signal, and
// prints no goroutine traces.
func TestSignalsEndARun(t *testing.T) {
	t.Parallel()
	dir := writeSources(t)
	for _, sig := range []syscall.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGABRT, unix.SIGTERM, unix.SIGUSR1, unix.SIGSEGV, unix.SIGALRM, unix.SIGSYS, 40,
	} {
		t.Run(unix.SignalName(sig)+fmt.Sprint(int(sig)), func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "corust", "run", "--backend", "native", dir+"/loop.rs")
			cmd.Env = append(os.Environ(), "GOTRACEBACK=crash")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			said := readAll(out)
			if _, ok := said.until("started"); !ok {
				t.Fatalf("%v: %s", cmd.Wait(), stderr.String())
			}
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			said.rest()
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) {
				t.Fatalf("%v", err)
			}
			status := exit.Sys().(syscall.WaitStatus)
			if !status.Signaled() || status.Signal() != sig || status.CoreDump() || strings.Contains(stderr.String(), "goroutine") {
				t.Errorf("%v, said %q", exit, stderr.String())
			}
			if !strings.Contains(stderr.String(), "corust: stopped\n") {
				t.Errorf("said %q, not that it was stopped", stderr.String())
			}
		})
	}
}

// A signal that was ignored when corust was started stays ignored.
func TestInheritedIgnoredSignals(t *testing.T) {
	t.Parallel()
	dir := writeSources(t)
	for trap, sigs := range map[string][]syscall.Signal{"HUP": {unix.SIGHUP}, "INT QUIT": {unix.SIGINT, unix.SIGQUIT}} {
		t.Run(trap, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "sh", "-c", "trap '' "+trap+"; exec corust run --backend native "+dir+"/slow.rs")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			said := readAll(out)
			said.until("started")
			for _, sig := range sigs {
				if err := cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
			}
			said.rest()
			if err := cmd.Wait(); err != nil || said.rest() != "started\nended\n" {
				t.Errorf("%v, printed %q", err, said.rest())
			}
		})
	}
}

// terminal is a pseudo-terminal with a shell that has it to itself.
type terminal struct {
	*reading
	t      *testing.T
	master *os.File
	cmd    *exec.Cmd
}

// openTerminal starts a shell script on a new terminal.
func openTerminal(t *testing.T, dir, script string) *terminal {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal can be opened here: %v", err)
	}
	master := os.NewFile(uintptr(fd), "ptmx")
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal can be opened here: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TERM=xterm", "PS1=", "CORUST_BACKEND=native")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err = cmd.Start()
	slave.Close()
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{reading: readAll(master), t: t, master: master, cmd: cmd}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		master.Close()
	})
	return term
}

// types sends keys to the terminal.
func (p *terminal) types(text string) {
	p.t.Helper()
	if _, err := p.master.WriteString(text); err != nil {
		p.t.Fatal(err)
	}
}

func (p *terminal) expects(text string) {
	p.t.Helper()
	if got, ok := p.until(text); !ok {
		p.t.Fatalf("the terminal shows %q, and never %q", got, text)
	}
}

// Input that is typed ahead stays for the shell, except the line that a program reads.
func TestTypedAheadStaysForTheShell(t *testing.T) {
	t.Parallel()
	dir := writeSources(t)
	p := openTerminal(t, dir, "corust run hi.rs; read x; echo \"shell: $x\"; corust run line.rs; read y; echo \"shell: $y\"")
	p.types("one\ntwo\nthree\n\x04") // the end, so that a line too few is not waited for
	p.expects("shell: one\r\n")
	p.expects("program: two\r\n")
	p.expects("shell: three\r\n")
}

// In the background a program runs to its end, unless it reads from the terminal;
// then it is stopped like any command, and reads when it comes to the foreground.
func TestBackgroundAtATerminal(t *testing.T) {
	t.Parallel()
	dir := writeSources(t)
	p := openTerminal(t, dir, `set -m
		corust run hi.rs & wait $!; echo "first: $?"
		corust run line.rs & wait $!; echo "second: $?"
		fg; echo "third: $?"`)
	p.expects("first: 0\r\n")
	p.expects(fmt.Sprintf("second: %d\r\n", 128+int(unix.SIGTTIN)))
	p.types("typed\n")
	p.expects("program: typed\r\n")
	p.expects("third: 0\r\n")
}

// Ctrl-Z stops the program and its clock, and fg resumes both. Ctrl-C and Ctrl-\ end it.
func TestKeysAtATerminal(t *testing.T) {
	t.Parallel()
	dir := writeSources(t)
	p := openTerminal(t, dir, `set -m; trap : INT
		corust run --timeout 3s tick.rs; echo "first: $?"
		sleep 4
		fg; echo "second: $?"
		corust run loop.rs; echo "third: $?"
		corust run loop.rs; echo "fourth: $?"`)
	p.expects("started")
	p.types("\x1a")
	p.expects(fmt.Sprintf("first: %d\r\n", 128+int(unix.SIGTSTP)))
	if shown, _ := p.until(""); strings.Contains(shown, "ended") {
		t.Errorf("it went on: %q", shown)
	}
	p.expects("ended\r\n")
	p.expects("second: 0\r\n")
	waitForStarts(p, 2)
	p.types("\x03")
	p.expects("third: 130\r\n")
	waitForStarts(p, 3)
	p.types("\x1c")
	p.expects("fourth: 131\r\n")
	if shown, _ := p.until(""); strings.Contains(shown, "goroutine") {
		t.Errorf("it shows goroutines: %q", shown)
	}
}

// waitForStarts waits until n programs have printed that they have started.
func waitForStarts(p *terminal, n int) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for strings.Count(p.text.String(), "started\r\n") < n {
		if p.over {
			p.t.Fatalf("the terminal shows %q, and not %d starts", p.text.String(), n)
		}
		p.more.Wait()
	}
}
