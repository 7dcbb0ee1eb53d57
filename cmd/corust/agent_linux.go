package main

import (
	"fmt"
	"os"

	"github.com/corust-dev/corust/runner/agent"
)

// agentEntry takes over a process that an image starts as "corust agent". It is
// no command of the tree: nobody types it, and it must not pay for the tree.
func agentEntry() {
	if len(os.Args) != 2 || os.Args[1] != "agent" {
		return
	}
	if err := agent.Serve(agent.Config{}); err != nil {
		fmt.Fprintf(os.Stderr, "corust: %v\n", err)
		os.Exit(exitOurs)
	}
	os.Exit(0)
}
