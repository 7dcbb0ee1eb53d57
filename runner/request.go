package runner

import "github.com/corust-dev/corust/runner/agent"

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

// Modes lists the modes that a request may name.
var Modes = []Mode{ModeDebug, ModeRelease}

// Edition is a Rust edition.
type Edition string

// Editions lists the Rust editions that a request may name.
var Editions = []Edition{"2015", "2018", "2021", "2024"}

// Channel names a toolchain of the backend: "stable", "beta", "nightly". Empty
// is the backend's default.
type Channel string

// Options are what people choose of a run: what to do, and how. An empty field stands
// for the default.
type Options struct {
	Action  Action
	Mode    Mode
	Edition Edition
	Channel Channel
}

// DefaultOptions hold where neither a request nor the configuration says otherwise. The
// edition is left to the planner and the channel to the backend.
var DefaultOptions = Options{Action: ActionRun, Mode: ModeRelease}

// or returns o with its empty fields taken from d.
func (o Options) or(d Options) Options {
	pick(&o.Action, d.Action)
	pick(&o.Mode, d.Mode)
	pick(&o.Edition, d.Edition)
	pick(&o.Channel, d.Channel)
	return o
}

// Check reports the first field that is set and names nothing that there is, as an
// *InvalidError. Actions are the planner's.
func (o Options) Check() error {
	if o.Mode != "" {
		if err := oneOf("mode", o.Mode, Modes...); err != nil {
			return err
		}
	}
	if o.Edition != "" {
		if err := oneOf("edition", o.Edition, Editions...); err != nil {
			return err
		}
	}
	return o.Channel.Check()
}

// MainFile is the file that is compiled unless a request says otherwise.
const MainFile = "main.rs"

// Strings are strings of any bytes. Their JSON is a list of base64.
type Strings = agent.Strings

// Request is one run. The zero value of every field but Files means its default.
//
// A Request is a value: it holds no reader, callback or interface, survives JSON
// unchanged, and has a hash. In JSON, what may be any bytes (File.Data, Args, Env) is
// base64, sizes are bytes and times nanoseconds; the other strings are UTF-8.
type Request struct {
	// Owner is charged for the request: requests of one owner share its turns in the
	// queue and its Share of the boxes. It is compared, never interpreted.
	Owner string `json:"owner,omitempty" hash:"-"`
	// Action is one of the planner's. Action, Mode, Edition and Channel default to the
	// executor's.
	Action Action `json:"action,omitempty"`
	// Files must hold Main. Names are clean relative slash-separated paths.
	Files []File `json:"files"`
	// Main is the file that is compiled, MainFile by default. It is what messages
	// and panics call the source.
	Main string `json:"main,omitempty"`
	// Edition is what the planner takes where the files
	// do not name one; empty leaves it to the planner, which takes the newest that the
	// toolchain knows.
	Mode    Mode    `json:"mode,omitempty"`
	Edition Edition `json:"edition,omitempty"`
	Channel Channel `json:"channel,omitempty"`
	// Args and Env are for the program, not for the compiler. Env entries are
	// KEY=value and add to a small fixed environment.
	Args Strings `json:"args,omitempty"`
	Env  Strings `json:"env,omitempty"`
	// Color asks the compiler for ANSI colours.
	Color bool `json:"color,omitempty"`
	// Diagnostics asks for the compiler's messages as events of KindDiagnostic,
	// too. Its text stays what it is without.
	Diagnostics bool `json:"diagnostics,omitempty"`
	// Limits override the runner's defaults field by field.
	Limits Limits `json:"limits,omitzero"`
}

// Equal reports whether two requests are the same in every field. A nil list equals an
// empty one.
func (r Request) Equal(other Request) bool { return equal(r, other) }

// Hash names what the request asks for. Every field is part of it but Owner, which
// decides when the request runs and not what comes of it. Standard input is not part of
// the request, and a field that is not set differs from one that is set to its default.
func (r Request) Hash() Hash { return hashOf("request 1", r) }

func (r Request) options() Options { return Options{r.Action, r.Mode, r.Edition, r.Channel} }

// File is a file of a request.
type File struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
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
