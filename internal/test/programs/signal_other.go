//go:build !unix

package main

import "os"

// signalOf is 0: there are no signals here.
func signalOf(*os.ProcessState) int { return 0 }
