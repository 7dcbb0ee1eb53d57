//go:build linux

// Command corust-agent is the init and the agent of native boxes, and nothing else. corust
// can be both as well; this program is less than a tenth of its size and starts in less
// than half of the processor time. make build embeds it into corust: see package executable.
package main

import (
	"fmt"
	"os"

	_ "github.com/corust-dev/corust/runner/native/entry" // takes over in a process that is part of a box
)

func main() {
	fmt.Fprintln(os.Stderr, "corust-agent: not started by corust as a part of a box")
	os.Exit(1)
}
