// Package docker makes boxes with a Docker engine: each is a container that was
// created and started ahead, with corust's agent in it waiting for a job.
//
// # What it promises
//
// A box is held to its [runner.BoxSpec] and to the posture in posture.go from
// the moment it exists, and its agent's output is attached before it starts, so
// nothing is missed. [Backend.NewBox] and [Box.Destroy] leave no container:
// one that cannot be removed at once, because the engine is away or a request to it
// was cut short, is removed when the engine is back, while the Backend lives. What a
// killed process left, [Backend.Sweep] of the next process removes.
//
// Each box runs as a host user that no other box of the process has, because the
// kernel counts by user much of what a process can hold beyond memory. The settings in
// [runner.NetworkSysctls] bound the memory of its sockets, where the engine's kernel
// has them for each namespace.
//
// Errors match the sentinels of package engine: the engine is down, may not be
// used, is too old, has no such image, no room, no such runtime, or cannot
// enforce the limits. A Backend uses an engine that was restarted again by
// itself; boxes that the engine lost end with an error.
//
// # What it never does
//
// No exec: it cannot be killed, and a survivor holds its output open. No
// automatic removal: it races with every request about the container. No
// copying into or out of a container: the engine does that as the host's root
// in a file system that the program controls. No log: it would fill the host's
// disk. No wait request, whose semantics before the start vary between engines: the
// end of its stream shows that the agent is gone.
//
// Before a container is killed, its stream is closed: an engine with output that is
// not read does not kill (moby/moby#41827).
//
// # Goroutines
//
// All methods may be called from any goroutine, a Box's Read from one at a time.
package docker
