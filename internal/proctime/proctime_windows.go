package proctime

import (
	"errors"
	"time"

	"golang.org/x/sys/windows"
)

// Used is the processor time of this process, all threads and the system's work for it
// included.
func Used() time.Duration {
	var created, exited, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(windows.CurrentProcess(), &created, &exited, &kernel, &user); err != nil {
		return 0
	}
	return span(kernel) + span(user)
}

// span is a length of time, which Windows counts in units of 100 ns.
func span(f windows.Filetime) time.Duration {
	return time.Duration(int64(f.HighDateTime)<<32|int64(f.LowDateTime)) * 100
}

// Children is not known here.
func Children() (time.Duration, error) {
	return 0, errors.New("the processor time of ended processes is measured on Unix only")
}
