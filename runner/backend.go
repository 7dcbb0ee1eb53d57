package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Errors that Run returns. They wrap the cause.
var (
	// ErrBusy: the queue is full. Later is better.
	ErrBusy = errors.New("all boxes are taken and the queue is full")
	// ErrShare: as many requests of this owner wait as its [Share] allows. It is an
	// ErrBusy, too.
	ErrShare = fmt.Errorf("this owner's share of the queue is full: %w", ErrBusy)
	// ErrClosed: the runner takes no more requests.
	ErrClosed = errors.New("runner is closed")
	// ErrBackend: no box could be made.
	ErrBackend = errors.New("cannot make a box")
	// ErrBoxDied: the box was lost in the middle of a run through no doing of the
	// program that we know of.
	ErrBoxDied = errors.New("the box died")
)

// InvalidError says that a request cannot be run as it stands.
type InvalidError struct {
	// Field is the part of the request, in the words of Request: "files",
	// "edition", "limits.memory".
	Field string
	// Reason says what is wrong with it and what would be right.
	Reason string
	// Err is the cause, if there is more to know of it.
	Err error
}

func (e *InvalidError) Unwrap() error { return e.Err }

func (e *InvalidError) Error() string { return fmt.Sprintf("invalid %s: %s", e.Field, e.Reason) }

// BoxSpec is what a box is made to. Specs are compared with ==, and a warm box
// serves requests of its own spec only.
type BoxSpec struct {
	Channel   Channel
	Memory    int64
	Processes int
	CPUs      float64
	Work      int64
	Tmp       int64
	Inodes    int64
	OpenFiles int
}

// Backend makes boxes. It knows nothing of Rust beyond which toolchains its
// boxes hold. Its methods may be called from any goroutine.
type Backend interface {
	// Name is the backend's name in configuration and reports.
	Name() string
	// Toolchain says what boxes of a channel hold, without making one. An unknown
	// channel is an *InvalidError. A toolchain whose version or content cannot be told
	// is an error.
	Toolchain(ctx context.Context, channel Channel) (Toolchain, error)
	// NewBox makes a box whose agent runs and has yet to send its first frame. It
	// returns as soon as the box can be written to. It fails with the context,
	// and leaves nothing behind when it fails.
	NewBox(ctx context.Context, spec BoxSpec) (Box, error)
	// Sweep removes what processes that ended without it left behind, such as boxes
	// and half-made directories, and returns how many of these it removed. It leaves
	// alone what belongs to a process that lives, or that may live as far as can be
	// known. Sweep before the first box; it may be called at any time.
	Sweep(ctx context.Context) (int, error)
	// Close releases what the backend itself holds. Boxes must be destroyed
	// before.
	Close() error
}

// Box is one isolated place with an agent as PID 1.
type Box interface {
	// Read and Write are the agent's pipe. Read returns io.EOF once the agent is
	// gone. Both return soon after Destroy is called.
	io.Reader
	io.Writer
	// ID names the box in logs and in the backend's own tools.
	ID() string
	// Counters reads the kernel's counters for the whole life of the box, from
	// outside. It works until Destroy, also when the agent has died.
	Counters() (Counters, error)
	// Yield lowers the weight of the box for processor time to about a tenth of what
	// the backend's other boxes have, for the rest of its life. Where nobody else
	// wants the processors it changes nothing. It returns at once and cannot fail: a
	// backend without control groups, or a box that is gone, has nothing to lower. It
	// may be called more than once and from any goroutine.
	Yield()
	// Destroy kills every process of the box and removes all of it. It may be
	// called more than once and from any goroutine; every call returns when the
	// box is gone.
	Destroy(ctx context.Context) error
}

// Counters are facts that the kernel keeps about a box.
type Counters struct {
	// OOMKills counts the processes killed for memory.
	OOMKills int64
}

// Toolchain is what a planner needs to know about the Rust in a box.
type Toolchain struct {
	Channel Channel
	// Version is rustc's, such as "1.95.0" or "1.97.0-nightly".
	Version string
	// ID names the content of the compiler and of the libraries that it links, in
	// hexadecimal: the same toolchain has the same ID in every box of every backend.
	// The system's linker and C library are not part of it.
	ID string
	// Rustc, Rustfmt and ClippyDriver are absolute paths in the box; the latter
	// two are empty where there is none.
	Rustc        string
	Rustfmt      string
	ClippyDriver string
	// Set is the absolute path in the box of the crates that snippets may use;
	// empty for none. SetKey names its content.
	Set    string
	SetKey string
	// LibraryPath, if not empty, is the LD_LIBRARY_PATH of steps.
	LibraryPath string
}

// DefaultEdition returns the newest edition that the toolchain knows. Each came with one
// release (doc.rust-lang.org/edition-guide).
func (t Toolchain) DefaultEdition() (Edition, error) {
	var major, minor int
	if n, _ := fmt.Sscanf(t.Version, "%d.%d", &major, &minor); n != 2 {
		return "", fmt.Errorf("unknown version %q of rustc (want something like 1.95.0)", t.Version)
	}
	switch {
	case major > 1 || minor >= 85:
		return "2024", nil
	case minor >= 56:
		return "2021", nil
	case minor >= 31:
		return "2018", nil
	default:
		return "2015", nil
	}
}
