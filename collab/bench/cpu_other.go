//go:build !unix

package main

import "time"

var began = time.Now()

// cpuTime is not known here; the clock stands in for it.
func cpuTime() time.Duration { return time.Since(began) }
