//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// endingSignals lists the signals that end a process by default and can be caught,
// except SIGPIPE, which corust ignores, and SIGURG, which the Go runtime uses.
var endingSignals = append([]os.Signal{
	unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGILL, unix.SIGTRAP, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE,
	unix.SIGUSR1, unix.SIGSEGV, unix.SIGUSR2, unix.SIGALRM, unix.SIGTERM, unix.SIGXCPU, unix.SIGXFSZ,
	unix.SIGVTALRM, unix.SIGPROF, unix.SIGSYS,
}, moreEndingSignals()...)

// dieBy ends the process by a signal, without a core file, which could hold the
// program's data.
func dieBy(sig os.Signal) {
	number := sig.(syscall.Signal)
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	if _, err := setDefault(number); err == nil {
		_ = syscall.Kill(os.Getpid(), number)
		time.Sleep(time.Second) // it is on its way to one of our threads
	}
	os.Exit(128 + int(number))
}

// pausable is what stops together with this process.
type pausable interface {
	Pause()
	Resume()
}

// stopTogether lets a stop from the terminal (Ctrl-Z) stop p first, and its end
// resume it, until the returned function is called. A SIGSTOP cannot be caught, so the
// program in the box continues then.
func stopTogether(p pausable) (release func()) {
	if signal.Ignored(unix.SIGTSTP) {
		return func() {}
	}
	stops, done, quit := make(chan os.Signal, 1), make(chan struct{}), make(chan struct{})
	signal.Notify(stops, unix.SIGTSTP)
	go func() {
		defer close(done)
		for {
			select {
			case <-stops:
			case <-quit:
				return
			}
			p.Pause()
			stopHere()
			p.Resume()
		}
	}()
	return func() {
		signal.Stop(stops)
		close(quit)
		<-done
	}
}

// stopHere stops this process as the terminal wanted to, and returns when it
// continues. The kernel does not stop one that no shell could continue.
func stopHere() {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, unix.SIGCONT)
	defer signal.Stop(continued)
	// Not by signal.Reset, which leaves the runtime's handler in place.
	restore, err := setDefault(unix.SIGTSTP)
	if err != nil {
		_ = syscall.Kill(os.Getpid(), unix.SIGSTOP)
	} else {
		defer restore()
		_ = syscall.Kill(os.Getpid(), unix.SIGTSTP)
	}
	select {
	case <-continued:
	case <-time.After(100 * time.Millisecond):
	}
}
