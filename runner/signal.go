package runner

import (
	"fmt"
	"slices"
)

// Signal is the number of a Linux signal, or 0. Every box runs Linux, even if corust runs
// on another system.
type Signal int

// The signals that verdicts and exit codes depend on.
const (
	SIGINT  Signal = 2
	SIGKILL Signal = 9
	SIGXFSZ Signal = 25
)

// signalNames are those of signal(7), by number.
var signalNames = [...]string{
	1: "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE",
	"SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT",
	"SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU",
	"SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
}

// String returns the signal's name, or its number if it has none.
func (s Signal) String() string {
	if s > 0 && int(s) < len(signalNames) {
		return signalNames[s]
	}
	return fmt.Sprintf("signal %d", int(s))
}

// MarshalText returns the result of String.
func (s Signal) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText parses the result of MarshalText.
func (s *Signal) UnmarshalText(text []byte) error {
	if i := slices.Index(signalNames[:], string(text)); i > 0 {
		*s = Signal(i)
		return nil
	}
	var n int
	if _, err := fmt.Sscanf(string(text), "signal %d", &n); err != nil {
		return fmt.Errorf("invalid signal %q", text)
	}
	*s = Signal(n)
	return nil
}
