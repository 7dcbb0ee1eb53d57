//go:build !unix

package main

import (
	"errors"
	"time"
)

// used is not to be had here.
func used() (time.Duration, error) { return 0, errors.New("processor time is measured on Unix only") }
