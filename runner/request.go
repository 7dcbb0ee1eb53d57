package runner

import (
	"io"
	"time"
)

// Action is what to do with the files.
type Action string

// The actions.
const (
	ActionRun    Action = "run"    // compile main.rs and run it
	ActionCheck  Action = "check"  // type-check only
	ActionTest   Action = "test"   // compile with the test harness and run it
	ActionClippy Action = "clippy" // lint
	ActionFormat Action = "fmt"    // print main.rs as rustfmt would write it
)

// Mode is how code is generated.
type Mode string

// The modes.
const (
	ModeDebug   Mode = "debug"   // unoptimised, overflow checks and debug assertions on
	ModeRelease Mode = "release" // optimised: rustc -O
)

// Edition is a Rust edition.
type Edition string

// Editions lists the Rust editions that a request may name.
var Editions = []Edition{"2015", "2018", "2021", "2024"}

// Channel names a toolchain of the backend: "stable", "beta", "nightly". Empty
// is the backend's default.
type Channel string

// MainFile is the file that is compiled unless a request says otherwise.
const MainFile = "main.rs"

// Request is one run. The zero value of every field but Files means its
// default.
type Request struct {
	// Owner names who is charged for the request: requests of one owner share its
	// turns in the queue and its Share of the boxes. It is compared, never
	// interpreted.
	Owner string
	// Action defaults to ActionRun.
	Action Action
	// Files must hold Main. Names are clean relative slash-separated paths.
	Files []File
	// Main is the file that is compiled, MainFile by default. It is what messages
	// and panics call the source.
	Main string
	// Mode defaults to ModeRelease. Edition is what the planner takes where the files
	// do not name one; empty leaves it to the planner, which takes the newest that the
	// toolchain knows.
	Mode    Mode
	Edition Edition
	Channel Channel
	// Args and Env are for the program, not for the compiler. Env entries are
	// KEY=value and add to a small fixed environment.
	Args []string
	Env  []string
	// Stdin is read while the program waits for input, once for each time, and for
	// as many bytes as the program asks for or twice what the last read gave. Once
	// that is more than a person types, it is read as fast as the program reads,
	// plus a small window. Where a backend cannot know when its programs wait, that
	// is so from the beginning. Nil is empty.
	//
	// It need not end: a Read that is pending when the run ends is abandoned, so
	// whoever passes a reader that blocks must be able to unblock it. Its error,
	// other than io.EOF, ends the run with ErrStdin.
	Stdin io.Reader
	// Color asks the compiler for ANSI colours.
	Color bool
	// Diagnostics asks for the compiler's messages as events of KindDiagnostic,
	// too. Its text stays what it is without.
	Diagnostics bool
	// Limits override the runner's defaults field by field.
	Limits Limits
}

// File is a file of a request.
type File struct {
	Name string
	Data []byte
}

// Limits bound a run. A zero field means the runner's default.
type Limits struct {
	// Memory is what all processes of the box together may use, files in /work
	// and /tmp included. There is no swap on top.
	Memory int64
	// Processes is how many processes and threads may exist at once, the agent's
	// own few threads included. A program runs on an eighth as many processors at
	// most, so that thread pools as large as the machine fit.
	Processes int
	// CPUs caps the processors' time: 1.5 is one and a half processors' worth.
	// Zero is no cap; boxes then share what there is evenly.
	CPUs float64
	// CompileTime and RunTime are wall time for the two stages.
	CompileTime time.Duration
	RunTime     time.Duration
	// InputTime is how much longer than RunTime the program may take because it
	// waits for standard input and uses no processor. A program that has waited so
	// long is ended. The end of the input and input that is there take no time.
	InputTime time.Duration
	// Output is the most that each of stdout and stderr may carry, for each
	// stage.
	Output int64
	// Work and Tmp are the sizes of the writable file systems /work and /tmp, and
	// Inodes how many files each may hold.
	Work   int64
	Tmp    int64
	Inodes int64
	// OpenFiles is per process.
	OpenFiles int
}

// MaxSource is the most bytes that a request's files may have together, and
// MaxFiles how many there may be. MaxArgs is the most bytes of the program's
// arguments and environment together.
const (
	MaxSource = 1 << 20
	MaxFiles  = 256
	MaxArgs   = 32 << 10
)

func pick[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
