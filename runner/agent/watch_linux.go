package agent

import (
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"
)

// How long the agent leaves a step alone between two looks at its processes: the
// shortest time at first and after input that was waited for, then twice as long
// with each look in vain.
const (
	shortestPause = 500 * time.Microsecond
	longestPause  = 20 * time.Millisecond
	// longestWait is the same while a process waits for input. What ends that wait
	// needs no look, unless it is something else than input.
	longestWait = 100 * time.Millisecond
	// lookShare is how many times longer the pause after a look is, at least, than the
	// processor time that the look takes.
	lookShare = 50
	// patience is how late a look may be on a busy machine before the time of a step
	// that waits runs on.
	patience = time.Second
)

// A watch finds out when the step with standard input begins and ceases to wait
// for it, and tells the host.
//
// A time between two looks is excused if a process waited at both and nothing could run
// at either, less what the processes used between them. The times of looks are random,
// so a step that hides its work in processes that begin and end between two looks is
// caught in proportion to that work.
type watch struct {
	step  Step
	first int // the step's first process
	pipe  int // a descriptor of the step's end of the pipe
	time  *Deadline
	kill  *killer
	quit  chan struct{} // closed when the step is over

	waited time.Duration // how much of the waiting was excused; after the end

	waiting  bool  // the last report to the host was that the step waits
	told     int64 // at which byte it waited in the last report
	failures int
	idle     time.Time // of the last look, if the time from then on may be excused
	clocks   map[int]time.Duration
}

// startWatch watches a step that has standard input until stop is called, which returns
// how much of its waiting was excused.
func (s *server) startWatch(step Step, first int, p *pipes, limit *Deadline, k *killer) (stop func() time.Duration) {
	if p.watched < 0 {
		return func() time.Duration { return 0 }
	}
	w := &watch{step: step, first: first, pipe: p.watched, time: limit, kill: k, quit: make(chan struct{})}
	done := make(chan struct{})
	s.looks <- func(l *looker) {
		defer close(done)
		s.watch(w, l)
	}
	return func() time.Duration {
		close(w.quit)
		<-done
		return w.waited
	}
}

// watch looks at a step until it is over or the input has ended.
func (s *server) watch(w *watch, l *looker) {
	var st unix.Stat_t
	if unix.Fstat(w.pipe, &st) != nil {
		return
	}
	l.dev, l.ino = uint64(st.Dev), st.Ino
	pause := shortestPause
	timer := time.NewTimer(pause)
	defer timer.Stop()
	defer w.idleSince(time.Time{})
	for {
		select {
		case <-w.quit:
			return
		case <-s.stdin.pushed:
			if at, _, eof := s.stdin.state(); at == w.told && !eof {
				continue // this was about an earlier wait
			}
			w.excuse(time.Now(), usedSince(w.clocks))
			w.idleSince(time.Time{})
			w.waiting, pause = false, shortestPause
			timer.Reset(pause)
			continue
		case <-timer.C:
		}
		cost := threadTime()
		if !s.lookAt(w, l) {
			return
		}
		longest := longestPause
		if w.waiting {
			longest = min(longestWait, max(w.step.Wall/16, shortestPause))
		}
		pause = min(2*pause, longest)
		next := max(pause, lookShare*(threadTime()-cost))
		timer.Reset(next/2 + rand.N(next))
	}
}

// lookAt looks once. It returns false if there is nothing more to find out.
func (s *server) lookAt(w *watch, l *looker) bool {
	at, delivered, eof := s.stdin.state()
	if eof {
		return false
	}
	begun := time.Now()
	if s.isPaused() {
		w.idleSince(time.Time{}) // nothing counts
		return true
	}
	if !delivered || unread(w.pipe) != 0 {
		return true
	}
	seen := l.look(w.first)
	if asksWithoutWaiting(w.pipe) {
		seen.blind = true
	}
	if !seen.blind {
		w.failures = 0
	} else if w.failures++; w.failures > 1 { // once may be a process between two programs
		_ = s.out.WriteJSON(TypeStdinWait, StdinWait{Blind: true})
		return false
	}
	waits := seen.waits && unread(w.pipe) == 0 && s.stdin.await(at)
	if waits != w.waiting || waits && at != w.told {
		w.waiting, w.told = waits, at
		m := StdinWait{At: at}
		if waits {
			m.Want = seen.want
		}
		_ = s.out.WriteJSON(TypeStdinWait, m)
	}
	if waits && !seen.runs {
		w.excuse(begun, seen.used(w.clocks))
		w.clocks = seen.clocks
		w.idleSince(begun)
	} else {
		w.idleSince(time.Time{})
	}
	return true
}

// idleSince notes that the step waits since a time, or, with the zero time, that it
// does not wait.
func (w *watch) idleSince(at time.Time) {
	if w.idle.IsZero() != at.IsZero() {
		if at.IsZero() {
			w.time.Add(-patience)
		} else {
			w.time.Add(patience)
		}
	}
	w.idle = at
}

// excuse gives the step the time back that it has waited, less what its processes
// used meanwhile, and ends it when it has waited for as long as it may.
func (w *watch) excuse(now time.Time, used time.Duration) {
	if w.idle.IsZero() {
		return
	}
	d := min(max(now.Sub(w.idle)-used, 0), w.step.Input-w.waited)
	if d <= 0 {
		return
	}
	w.waited += d
	w.time.Add(d)
	if w.waited >= w.step.Input {
		w.kill.kill(KilledInput)
	}
}

// threadTime is the processor time of this thread.
func threadTime() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

// unread is how many bytes are in a pipe.
func unread(pipe int) int {
	n, err := unix.IoctlGetInt(pipe, unix.TIOCINQ)
	if err != nil {
		return 0
	}
	return n
}

// asksWithoutWaiting reports whether a program has made its standard input one
// that it reads without ever waiting in a call, or is sent signals about.
func asksWithoutWaiting(pipe int) bool {
	flags, err := unix.FcntlInt(uintptr(pipe), unix.F_GETFL, 0)
	return err != nil || flags&(unix.O_NONBLOCK|unix.O_ASYNC) != 0
}
