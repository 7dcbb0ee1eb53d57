//go:build !unix && !windows

// Package proctime measures the processor time of this process.
package proctime

import (
	"errors"
	"time"
)

var began = time.Now()

// Used is not known here; the clock stands in for it.
func Used() time.Duration { return time.Since(began) }

// Children is not known here.
func Children() (time.Duration, error) {
	return 0, errors.New("processor time is measured on Unix only")
}
