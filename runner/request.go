package runner

import "github.com/corust-dev/corust/runner/agent"

// Action names what to do with the files.
type Action string

// The actions.
const (
	ActionRun    Action = "run"    // compile main.rs and run it
	ActionCheck  Action = "check"  // type-check only
	ActionTest   Action = "test"   // compile with the test harness and run it
	ActionClippy Action = "clippy" // lint
	ActionFormat Action = "fmt"    // print main.rs as rustfmt would write it
	ActionMiri   Action = "miri"   // interpret the program and report undefined behaviour

	// Views show what the compiler makes of the source. Each has a product.
	ActionAsm      Action = "asm"      // assembly
	ActionLLVMIR   Action = "llvm-ir"  // LLVM's intermediate representation
	ActionMIR      Action = "mir"      // rustc's mid-level intermediate representation
	ActionHIR      Action = "hir"      // rustc's high-level intermediate representation
	ActionExpanded Action = "expanded" // the source with its macros expanded
	ActionWasm     Action = "wasm"     // WebAssembly as text
	ActionRemarks  Action = "remarks"  // what LLVM reports about its optimisations
)

// AsmSyntax is a syntax of x86 assembly.
type AsmSyntax string

// The syntaxes.
const (
	AsmIntel AsmSyntax = "intel"
	AsmATT   AsmSyntax = "att"
)

// AsmSyntaxes lists the syntaxes that a request may name.
var AsmSyntaxes = []AsmSyntax{AsmIntel, AsmATT}

// Miri is a variant of ActionMiri. The zero value interprets the program and checks
// references by Stacked Borrows.
type Miri struct {
	// Tests interprets the tests that ActionTest runs, in place of the program.
	Tests bool `json:"tests,omitempty"`
	// TreeBorrows checks references by Tree Borrows, which accepts more programs.
	TreeBorrows bool `json:"tree_borrows,omitempty"`
}

// Mode selects how code is generated.
type Mode string

// The modes.
const (
	ModeDebug   Mode = "debug"   // unoptimised, overflow checks and debug assertions on
	ModeRelease Mode = "release" // optimised: rustc -O
)

// Modes lists the modes that a request may name.
var Modes = []Mode{ModeDebug, ModeRelease}

// CrateType is what a source is compiled to. Empty means what the source says: a program
// if it has a main function, otherwise a library.
type CrateType string

// CrateTypes lists the crate types that a request may name. Only bin can be run.
var CrateTypes = []CrateType{"bin", "lib", "rlib", "dylib", "staticlib", "cdylib", "proc-macro"}

// Edition is a Rust edition.
type Edition string

// Editions lists the Rust editions that a request may name.
var Editions = []Edition{"2015", "2018", "2021", "2024"}

// Channel names a toolchain of the backend, such as "stable", "beta" or "nightly". Empty
// means the backend's default.
type Channel string

// Options are the action of a run and its variants. An empty field stands for the
// default.
type Options struct {
	Action  Action  `json:"action,omitempty"`
	Mode    Mode    `json:"mode,omitempty"`
	Edition Edition `json:"edition,omitempty"`
	Channel Channel `json:"channel,omitempty"`
}

// DefaultOptions apply to options that neither the request nor the configuration sets. The
// planner chooses the default edition and the backend the default channel.
var DefaultOptions = Options{Action: ActionRun, Mode: ModeRelease}

// Or returns o with its empty fields taken from d.
func (o Options) Or(d Options) Options {
	pick(&o.Action, d.Action)
	pick(&o.Mode, d.Mode)
	pick(&o.Edition, d.Edition)
	pick(&o.Channel, d.Channel)
	return o
}

// Check returns an *InvalidError for the first field with an unknown value. It does not
// check Action, which the planner does.
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

// MainFile is the default of Request.Main.
const MainFile = "main.rs"

// Strings are strings of arbitrary bytes. Their JSON is a list of base64 strings.
type Strings = agent.Strings

// Request describes one run. Except for Files, a zero field stands for its default.
//
// A Request is a value: it holds no reader, callback or interface, survives JSON
// unchanged, and has a hash. In JSON, arbitrary bytes (File.Data, Args, Env) are base64,
// sizes are bytes and times nanoseconds; the other strings are UTF-8.
type Request struct {
	// Owner names the client for fair scheduling: requests of one owner share its turns
	// in the queue and its Share of the boxes. It is compared, never interpreted.
	Owner string `json:"owner,omitempty" hash:"-"`
	// Action is an action of the planner. Action, Mode, Edition and Channel default to the
	// executor's.
	Action Action `json:"action,omitempty"`
	// Views are actions with a product that are also carried out, in the same compilation
	// where the compiler can. The views of a program come before it runs. An action that
	// is named twice is carried out once.
	Views []Action `json:"views,omitempty"`
	// AsmSyntax is the syntax of ActionAsm on x86, AsmIntel by default.
	AsmSyntax AsmSyntax `json:"asm_syntax,omitempty"`
	// Miri is the variant of ActionMiri.
	Miri Miri `json:"miri,omitzero"`
	// Files must include Main. Names are clean relative slash-separated paths.
	Files []File `json:"files"`
	// Main is the file that is compiled, MainFile by default. The compiler's messages and
	// panics name the source by it.
	Main string `json:"main,omitempty"`
	// If Edition is empty, the planner takes the source's, or the newest that the toolchain
	// supports.
	Mode    Mode    `json:"mode,omitempty"`
	Edition Edition `json:"edition,omitempty"`
	Channel Channel `json:"channel,omitempty"`
	// CrateType is what Main is compiled to. Tests are always a program.
	CrateType CrateType `json:"crate_type,omitempty"`
	// Flags are flags of the compiler, such as -C and opt-level=3, each an argument. The
	// planner has a list of what is allowed. They are on top of what Mode means; of two
	// values for one option, the last holds.
	Flags []string `json:"flags,omitempty"`
	// Args and Env are for the program, not for the compiler. Env entries are
	// KEY=value and add to a small fixed environment.
	Args Strings `json:"args,omitempty"`
	Env  Strings `json:"env,omitempty"`
	// SourceFirst is set if options that the source sets come before those above, as for
	// settings that outlive a source. Otherwise the request's come first.
	SourceFirst bool `json:"source_first,omitempty"`
	// Defaults are the options that neither the request nor its source sets. They come
	// before the defaults of the executor, which may be on another machine.
	Defaults Options `json:"defaults,omitzero"`
	// Color asks the compiler for ANSI colours.
	Color bool `json:"color,omitempty"`
	// Diagnostics also requests the compiler's messages as events of KindDiagnostic. It
	// does not change the compiler's text.
	Diagnostics bool `json:"diagnostics,omitempty"`
	// Cache selects what the run may take from earlier runs and leave to later ones.
	Cache Cache `json:"cache,omitzero" hash:"-"`
	// Ahead carries out only the compile steps, ahead of a run that will take what they
	// leave; Result.Kept reports whether it can. It is background work: it waits until no
	// request does and two places are free, has less of the processors than a request,
	// reports no position in the queue, does not count for its owner's Share, and is
	// canceled when a request finds no free place. A Runner does one at a time. A run of
	// the same compilation joins it, which makes it as urgent as the run.
	Ahead bool `json:"ahead,omitempty"`
	// Limits overrides the runner's defaults field by field.
	Limits Limits `json:"limits,omitzero"`
}

// Equal reports whether two requests are the same in every field. A nil list equals an
// empty one.
func (r Request) Equal(other Request) bool { return equal(r, other) }

// Hash returns a hash of every field but Owner and Cache, which affect when the request
// runs and how long it takes, and not its result. The hash does not cover standard input.
// A field that is not set differs from one that is set to its default.
func (r Request) Hash() Hash { return hashOf("request 1", r) }

func (r Request) options() Options { return Options{r.Action, r.Mode, r.Edition, r.Channel} }

// File is a file of a request.
type File struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

// MaxSource is the most bytes that a request's files may have together, and
// MaxFiles how many there may be. MaxArgs is the most bytes of the program's
// arguments and environment together, and MaxFlags the most bytes of the compiler's flags.
const (
	MaxSource = 1 << 20
	MaxFiles  = 256
	MaxArgs   = 32 << 10
	MaxFlags  = 8 << 10
)

func pick[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
