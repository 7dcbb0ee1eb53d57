//go:build linux && !amd64 && !arm64

package agent

import (
	"fmt"
	"runtime"
)

func ignoreSignals() error {
	return fmt.Errorf("no agent for %s: it needs signal handlers in assembly, which there are for amd64 and arm64", runtime.GOARCH)
}

func startStep(start func() error) error { return start() }
