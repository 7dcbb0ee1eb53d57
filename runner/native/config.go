package native

import (
	"errors"
	"fmt"
)

// Name is the backend's name.
const Name = "native"

// ErrUnsupported is returned on a system on which native boxes cannot be made.
var ErrUnsupported = errors.New("native boxes cannot be made here")

// ErrContained is ErrUnsupported in a container that lacks the rights to make boxes.
var ErrContained = fmt.Errorf("%w: this container is not permitted to make namespaces", ErrUnsupported)

// FixContained is what to do about ErrContained.
const FixContained = "start the container as examples/deploy/container native does (capabilities SYS_ADMIN, SETUID, SETGID and DAC_OVERRIDE; no seccomp or AppArmor profile; nothing hidden in /proc), or give it the engine's socket for docker boxes"

// ErrStuck is returned when the kernel is deadlocked in making a box: no box can be
// made until the machine restarts.
var ErrStuck = errors.New("the kernel is stuck: it holds the first process of a box")

// Config configures a Backend. The zero value is useful.
type Config struct {
	// Set returns the set of crates for the toolchain at sysroot: its directory on the
	// host and the key of its content; dir is empty for no set. It is called once for
	// each toolchain. Nil means no set.
	Set func(sysroot string) (dir, key string)

	agent string // in tests, the text of the agent's executable
}
