//go:build !unix

package main

import (
	"errors"
	"time"
)

// used is not to be had here.
func used() (self, children time.Duration, err error) {
	return 0, 0, errors.New("processor time is measured on Unix only")
}
