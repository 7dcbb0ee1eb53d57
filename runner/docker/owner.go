package docker

import (
	"encoding/json"
	"os"
)

// owner names the process that made a container, so that another can tell
// whether it still lives. A process ID alone would not do: it is used again.
type owner struct {
	// Host tells machines and containers apart that share an engine. Only what
	// runs on the same one can be judged.
	Host string `json:"host"`
	// Boot is this start of the machine, empty where the system does not tell.
	// After another one all processes are dead.
	Boot string `json:"boot,omitempty"`
	// Space is the process ID namespace that PID is in, where there are such.
	Space string `json:"space,omitempty"`
	PID   int    `json:"pid"`
	// Start is when the process began, in the system's own unit; 0 where it does
	// not tell.
	Start uint64 `json:"start,omitempty"`
	// Backend tells several Backends of one process apart.
	Backend string `json:"backend"`
}

// self returns the owner that this process is.
func self() owner {
	o := owner{PID: os.Getpid(), Boot: bootID(), Space: pidSpace(), Host: machineID()}
	o.Start, _ = startOf(o.PID)
	if name, err := os.Hostname(); err == nil {
		o.Host += "/" + name
	}
	return o
}

func (o owner) String() string {
	b, _ := json.Marshal(o) // strings and numbers always encode
	return string(b)
}

// dead reports whether the process that a label names is known to be dead, seen
// from process me. What cannot be known is not dead.
func dead(label string, me owner) bool {
	var o owner
	if json.Unmarshal([]byte(label), &o) != nil || o.PID <= 0 || o.Host != me.Host {
		return false
	}
	if o.Boot != me.Boot {
		return o.Boot != "" && me.Boot != ""
	}
	if o.Space != me.Space {
		return false
	}
	start, running := startOf(o.PID)
	return !running || start != 0 && o.Start != 0 && start != o.Start
}
