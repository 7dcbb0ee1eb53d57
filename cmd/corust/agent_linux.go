package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/corust-dev/corust/runner/agent"
)

// agentEntry takes over a process that an image starts as "corust agent". It is
// not a command of the tree, which it would have to build first.
func agentEntry() {
	if len(os.Args) != 2 || os.Args[1] != "agent" {
		return
	}
	// A box has a small budget, and the agent has little to collect.
	debug.SetGCPercent(50)
	debug.SetMemoryLimit(16 << 20)
	if err := agent.Serve(agent.Config{}); err != nil {
		fmt.Fprintf(os.Stderr, "corust: %v\n", err)
		os.Exit(exitOurs)
	}
	os.Exit(0)
}
