package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Errors that Run returns. They wrap the cause.
var (
	// ErrBusy is returned when the queue is full. The request may be sent again later.
	ErrBusy = errors.New("all boxes are taken and the queue is full")
	// ErrShare is returned when as many requests of the owner wait as its [Share]
	// allows. It wraps ErrBusy.
	ErrShare = fmt.Errorf("this owner's share of the queue is full: %w", ErrBusy)
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("runner is closed")
	// ErrBackend is returned when the backend could not make a box.
	ErrBackend = errors.New("cannot make a box")
	// ErrBoxDied is returned when the box was lost during a run and nothing indicates
	// that the program caused it.
	ErrBoxDied = errors.New("the box died")
	// ErrLost is returned by an [Executor] that runs requests on other machines when one
	// was lost after the caller had seen an event of the run, or input had been read. The
	// request may be sent again.
	ErrLost = errors.New("the worker that ran the program was lost")
)

// InvalidError is returned for a request that cannot be run unless it is changed.
type InvalidError struct {
	// Field names the part of the request, such as "files", "edition" or
	// "limits.memory".
	Field string
	// Reason tells what is wrong with the value and what would be right.
	Reason string
	// Err is the cause, or nil.
	Err error
}

func (e *InvalidError) Unwrap() error { return e.Err }

func (e *InvalidError) Error() string { return fmt.Sprintf("invalid %s: %s", e.Field, e.Reason) }

// BoxSpec is the toolchain and the limits of a box. Specs are compared with ==: a warm
// box serves only requests with the same spec.
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

// Backend makes boxes. It knows only which toolchains its boxes contain, and nothing else
// of Rust. Its methods may be called from any goroutine.
type Backend interface {
	// Name returns the backend's name in configuration and reports.
	Name() string
	// Toolchain describes the toolchain in boxes of a channel, without making one. A
	// version such as "1.95" or "1.95.0" also names the toolchain with that version. It
	// returns an *InvalidError that lists the channels there are for an unknown channel,
	// and another error if it cannot determine the version or the content of the
	// toolchain. A toolchain that is removed or added later is noticed within seconds.
	Toolchain(ctx context.Context, channel Channel) (Toolchain, error)
	// Toolchains lists the toolchains that work, each once, under the Channel that names
	// it best, in the order of SortChannels: the default first. It lists at most
	// MaxToolchains, and makes no box.
	Toolchains(ctx context.Context) ([]Toolchain, error)
	// NewBox makes a box and starts its agent. It returns as soon as the box can be
	// written to, which may be before the agent sends its first frame. It fails when ctx
	// ends, and with the error of Toolchain if the channel's toolchain is gone. If it
	// fails, it leaves nothing behind.
	NewBox(ctx context.Context, spec BoxSpec) (Box, error)
	// Sweep removes the remains of processes that ended without cleaning up, such as
	// boxes and incomplete directories, and returns how many it removed. It does not
	// touch anything of a process that is, or may be, alive. Call Sweep before the first
	// NewBox; it may be called at any time.
	Sweep(ctx context.Context) (int, error)
	// Close releases the backend's resources. The caller must have destroyed all boxes.
	Close() error
}

// Box is a sandbox with an agent as PID 1.
type Box interface {
	// Read and Write are the agent's pipe. Read returns io.EOF once the agent is
	// gone. Both return soon after Destroy is called.
	io.Reader
	io.Writer
	// ID returns the name of the box in logs and in the backend's tools.
	ID() string
	// Counters returns the kernel's counters since the box was made, read from outside.
	// It works until Destroy, also when the agent has died.
	Counters() (Counters, error)
	// Yield lowers the CPU weight of the box to about a tenth of the backend's other
	// boxes, and Hurry restores it. On an idle machine this changes nothing. Both return at
	// once, and a backend may follow later. They have no effect without control groups or
	// after Destroy. They may be called more than once and from any goroutine.
	Yield()
	Hurry()
	// Destroy kills every process of the box and removes the box. It may be called more
	// than once and from any goroutine; every call returns when the box is gone.
	Destroy(ctx context.Context) error
}

// Counters are the kernel's counters of a box.
type Counters struct {
	// OOMKills counts the processes that the kernel killed because memory ran out.
	OOMKills int64
}

// Toolchain describes the Rust toolchain in a box to a planner.
type Toolchain struct {
	Channel Channel
	// Version is the version of rustc, such as "1.95.0" or "1.97.0-nightly".
	Version string
	// ID names the content of the compiler and of the libraries that it links, in
	// hexadecimal: the same toolchain has the same ID in every box of every backend.
	// The system's linker and C library are not part of it.
	ID string
	// Rustc, Rustdoc, Rustfmt and ClippyDriver are absolute paths in the box; all but the
	// first are empty if the toolchain does not have them.
	Rustc        string
	Rustdoc      string
	Rustfmt      string
	ClippyDriver string
	// Miri is Miri's path, and MiriSysroot the directory of the standard library that was
	// built for it; both are empty if the toolchain does not have them.
	Miri        string
	MiriSysroot string
	// Wasm is set if the toolchain has the standard library of WasmTarget.
	// WasmTools is the path of wasm-tools, or empty.
	Wasm      bool
	WasmTools string
	// Image is set if the toolchain is part of an image that corust builds.
	Image bool
	// Set is the absolute path in the box of the set of crates that programs may use, or
	// empty. SetKey names its content.
	Set    string
	SetKey string
	// System names the linker and the C library in the box, which ID and SetKey do not
	// cover; empty if the backend cannot tell.
	System string
	// LinkArgs are the arguments, separated by spaces, with which rustc's own lld links
	// programs without the C compiler (package directlink); empty if rustc has to start the
	// C compiler.
	LinkArgs string
	// LibraryPath is the LD_LIBRARY_PATH of steps, or empty.
	LibraryPath string
}

// WasmTarget is the target of ActionWasm.
const WasmTarget = "wasm32-unknown-unknown"

// DefaultEdition returns the newest edition that the toolchain supports. Each edition came
// with one release (doc.rust-lang.org/edition-guide).
func (t Toolchain) DefaultEdition() (Edition, error) {
	first, rest, _ := strings.Cut(t.Version, ".")
	second := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	major, err1 := strconv.Atoi(first)
	minor, err2 := strconv.Atoi(second)
	if err1 != nil || err2 != nil {
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
