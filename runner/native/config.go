package native

import (
	"errors"
	"fmt"
)

// Name is the backend's name.
const Name = "native"

// ErrUnsupported says that this system is not one that native boxes can be made
// on.
var ErrUnsupported = errors.New("native boxes cannot be made here")

// ErrContained is ErrUnsupported in a container that was started without what making
// boxes takes. FixContained says how to start it, after the container native of
// examples/deploy.
var ErrContained = fmt.Errorf("%w: this container is not permitted to make namespaces", ErrUnsupported)

// FixContained is what to do about ErrContained.
const FixContained = "start the container as examples/deploy/container native does (capabilities SYS_ADMIN, SETUID, SETGID and DAC_OVERRIDE; no seccomp or AppArmor profile; nothing hidden in /proc), or give it the engine's socket for docker boxes"

// ErrStuck says that the kernel began to make a box and does not come to an end: it
// has locked itself up, and no box can be made until the machine is started anew.
var ErrStuck = errors.New("the kernel is stuck: it holds the first process of a box")

// Config says what boxes hold.
type Config struct {
	// Set gives the set of crates that fits the toolchain at sysroot: its directory
	// on the host and what names its content; dir is empty for none. It is asked
	// once for each toolchain. Nil is none.
	Set func(sysroot string) (dir, key string)
}
