//go:build !linux

package native

import "runtime"

// Diagnose reports that there are no native boxes on this system.
func Diagnose(Config) []Check {
	return []Check{{
		Name: "native boxes", State: StateFail, Found: "this is " + runtime.GOOS,
		Cost: "boxes are made by a Docker engine only", Fix: "start a Docker engine",
	}}
}
