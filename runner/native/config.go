package native

import "errors"

// Name is the backend's name.
const Name = "native"

// ErrUnsupported says that this system is not one that native boxes can be made
// on. It wraps what is missing.
var ErrUnsupported = errors.New("native boxes cannot be made here")

// Config says what boxes hold.
type Config struct {
	// Set is the directory of a set of crates on the host; empty for none.
	Set string
}
