package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// The values below are the same on the WebSocket, in the REST API and in the events of
// corust run --json. Package runner has separate types for them; a test of cmd/corust
// compares the values and the JSON of both.

// Action names what a run does with the text.
type Action string

// The actions.
const (
	ActionRun    Action = "run"    // compile and run
	ActionTest   Action = "test"   // compile with the test harness and run it
	ActionCheck  Action = "check"  // type-check only
	ActionClippy Action = "clippy" // lint
	ActionMiri   Action = "miri"   // interpret and report undefined behaviour
	ActionFormat Action = "fmt"    // print the text as rustfmt would write it

	// Views show what the compiler makes of the text.
	ActionAsm      Action = "asm"      // assembly
	ActionLLVMIR   Action = "llvm-ir"  // LLVM's intermediate representation
	ActionMIR      Action = "mir"      // rustc's mid-level intermediate representation
	ActionHIR      Action = "hir"      // rustc's high-level intermediate representation
	ActionExpanded Action = "expanded" // the text with its macros expanded
	ActionWasm     Action = "wasm"     // WebAssembly as text
	ActionRemarks  Action = "remarks"  // what LLVM reports about its optimisations
)

// Mode selects how code is generated.
type Mode string

// The modes.
const (
	ModeDebug   Mode = "debug"   // unoptimised, with overflow checks
	ModeRelease Mode = "release" // optimised
)

// Edition is a Rust edition.
type Edition string

// The editions.
const (
	Edition2015 Edition = "2015"
	Edition2018 Edition = "2018"
	Edition2021 Edition = "2021"
	Edition2024 Edition = "2024"
)

// Channel names a toolchain of the server: "stable", "beta", "nightly" or a version.
type Channel string

// RunOptions are the options of a run. The server chooses a default for empty options.
// A value that the server does not support ends the run with the verdict "refused"; an
// unknown member makes the message malformed.
type RunOptions struct {
	Action  Action  `json:"action,omitempty"`
	Mode    Mode    `json:"mode,omitempty"`
	Edition Edition `json:"edition,omitempty"`
	Channel Channel `json:"channel,omitempty"`
	// Views are actions whose products the compilation also makes, such as "asm".
	Views []Action `json:"views,omitempty"`
	// AsmSyntax is the syntax of x86 assembly: "intel", the default, or "att".
	AsmSyntax string `json:"asm_syntax,omitempty"`
	// Flags are for the compiler, such as "-C" and "opt-level=3".
	Flags []string `json:"flags,omitempty"`
	// CrateType is what the source is compiled to, such as "lib".
	CrateType string `json:"crate_type,omitempty"`
	// Args and Env are for the program. An entry of Env is KEY=value.
	Args []string `json:"args,omitempty"`
	Env  []string `json:"env,omitempty"`
	// Cache is CacheOff to compile even if the same source was compiled before, and keep
	// nothing.
	Cache string `json:"cache,omitempty"`
}

// CacheOff is the value of RunOptions.Cache.
const CacheOff = "off"

// Equal reports whether two sets of options are the same.
func (o RunOptions) Equal(other RunOptions) bool { return reflect.DeepEqual(o, other) }

// UnmarshalJSON returns an error for unknown members: to ignore one could start another
// run than the client asked for.
func (o *RunOptions) UnmarshalJSON(data []byte) error {
	type plain RunOptions
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode((*plain)(o)); err != nil {
		return fmt.Errorf("options of a run: %w", JSONError(err))
	}
	return nil
}

// Bounds of the options of a run: every member receives them, and the record of the run
// stores them.
const (
	maxOption      = 64      // bytes of an option that is one word
	maxOptionList  = 64      // items of an option that is a list
	maxOptionBytes = 8 << 10 // bytes of all lists
)

// Check returns an error that wraps [ErrTooLarge] if an option is too long.
func (o RunOptions) Check() error {
	views := make([]string, len(o.Views))
	for i, v := range o.Views {
		views[i] = string(v)
	}
	for _, v := range append(views, string(o.Action), string(o.Mode), string(o.Edition), string(o.Channel), o.AsmSyntax, o.CrateType, o.Cache) {
		if len(v) > maxOption {
			return Exceeds("option", len(v), maxOption, UnitBytes)
		}
	}
	size := 0
	for _, list := range [][]string{views, o.Flags, o.Args, o.Env} {
		if len(list) > maxOptionList {
			return Exceeds("option_list", len(list), maxOptionList, UnitCount)
		}
		for _, v := range list {
			size += len(v)
		}
	}
	if size > maxOptionBytes {
		return Exceeds("options", size, maxOptionBytes, UnitBytes)
	}
	return nil
}

// Stage names a stage of a run.
type Stage string

// The stages. A run may wait in a queue before the first; only "compile" and "run" are
// reported in RunDetail.
const (
	StageQueued  Stage = "queued"
	StageCompile Stage = "compile"
	StageRun     Stage = "run"
)

// Stream names the source of a run's output.
type Stream string

// The streams.
const (
	StreamCompiler Stream = "compiler" // everything that the compiler prints
	StreamStdout   Stream = "stdout"
	StreamStderr   Stream = "stderr"
	StreamStdin    Stream = "stdin" // what members typed; only in stored runs
)

// Verdict tells how a run ended. All but the first and the last three are about one
// stage, which tells a limit of the compiler from one of the program.
type Verdict string

// The verdicts. The last three are of runs without a verdict of the runner.
const (
	VerdictOK           Verdict = "ok"            // every stage exited with 0
	VerdictCompileError Verdict = "compile-error" // the compiler exited with an error
	VerdictNoProgram    Verdict = "no-program"    // it compiled, but there is nothing to run
	VerdictExit         Verdict = "exit"          // the program exited with a code other than 0
	VerdictSignal       Verdict = "signal"        // a signal ended it
	VerdictTimeout      Verdict = "timeout"       // it took longer than its limit
	VerdictMemory       Verdict = "memory"        // it met the memory limit
	VerdictProcesses    Verdict = "processes"     // it failed after it was refused a process
	VerdictOutput       Verdict = "output"        // it wrote more than its limit
	VerdictDisk         Verdict = "disk"          // a disk was full, or a file too large
	VerdictCanceled     Verdict = "canceled"      // a member stopped it
	VerdictRefused      Verdict = "refused"       // it did not start; see Reason
	VerdictFailed       Verdict = "failed"        // the server failed
	VerdictLost         Verdict = "lost"          // the server or the worker stopped during the run
)

// Reason tells why a run was refused.
type Reason string

// The reasons.
const (
	ReasonInvalid    Reason = "invalid"    // the server does not have what the run needs; see Message
	ReasonBusy       Reason = "busy"       // the queue is full
	ReasonShare      Reason = "share"      // too many runs of this address are waiting
	ReasonRestarting Reason = "restarting" // the server is restarting
)

// RunDetail adds to the verdict of a run. Durations are whole nanoseconds.
type RunDetail struct {
	// Stage is the stage of the verdict.
	Stage Stage `json:"stage,omitempty"`
	// ExitCode is that stage's; -1 when a signal ended it or it did not end by itself.
	ExitCode *int `json:"exit_code,omitempty"`
	// Signal is the signal that ended it, such as "SIGSEGV".
	Signal string `json:"signal,omitempty"`
	// Hits are the limits that explain the verdict, the one that decided first.
	Hits []Hit `json:"hits,omitempty"`
	// Reason is set with the verdict "refused".
	Reason Reason `json:"reason,omitempty"`
	// Missing lists crates that the program names and the server does not have.
	Missing *MissingCrates `json:"missing_crates,omitempty"`
	// Message has further information, in English, for developers.
	Message string `json:"message,omitempty"`
	// Stages has the reports of the stages that ended, in order.
	Stages []StageReport `json:"stages,omitempty"`
	// Queued is how long the run waited for a place.
	Queued int64 `json:"queued_ns,omitempty"`
}

// Hit is a limit that was met.
type Hit struct {
	// Limit is its name, a key of the configuration: of [limits] for a run, of [serve]
	// for a session and for an address.
	Limit string `json:"limit"`
	// Amount is the value of the limit, in Unit.
	Amount float64 `json:"amount"`
	Unit   Unit    `json:"unit"`
	// Refused counts the processes and threads beyond the limit, where that is known.
	Refused int64 `json:"refused,omitempty"`
}

// Unit is the unit of an amount.
type Unit string

// The units.
const (
	UnitBytes     Unit = "bytes"
	UnitTime      Unit = "ns" // nanoseconds
	UnitCount     Unit = "count"
	UnitCPUs      Unit = "cpus"       // processors' worth of time
	UnitUTF16     Unit = "utf16"      // UTF-16 code units
	UnitPerMinute Unit = "per-minute" // times a minute
	UnitPerHour   Unit = "per-hour"   // times an hour
)

// plural returns the name of the unit for an error.
func (u Unit) plural() string {
	switch u {
	case UnitUTF16:
		return "UTF-16 units"
	case UnitCount:
		return "items"
	}
	return string(u)
}

// MissingCrates are crates that the compiler did not find.
type MissingCrates struct {
	Names []string `json:"names"`
	// Nearest lists the crates of the server with the most similar names.
	Nearest []string `json:"nearest,omitempty"`
	// NoSet is set if the server has no crates at all.
	NoSet bool `json:"no_set,omitempty"`
}

// StageReport reports the end of a stage and its usage.
type StageReport struct {
	Name     Stage      `json:"name"`
	ExitCode int        `json:"exit_code"`
	Signal   string     `json:"signal,omitempty"`
	Usage    StageUsage `json:"usage"`
	// Cached is set if the stage was not executed: its output is that of an earlier run.
	Cached bool `json:"cached,omitempty"`
}

// StageUsage reports the resources that a stage used.
type StageUsage struct {
	// Wall is the time from its beginning to its end.
	Wall int64 `json:"wall_ns"`
	// Waited is the part of Wall that did not count because the program waited for input.
	Waited int64 `json:"waited_ns,omitempty"`
	// CPU is user and system time of all the stage's processes.
	CPU int64 `json:"cpu_ns"`
	// PeakMemory is the most memory that the box was charged for; 0 if unknown.
	PeakMemory int64 `json:"peak_memory_bytes"`
	// OOMKills counts processes that the kernel killed for memory.
	OOMKills int64 `json:"oom_kills,omitempty"`
	// ProcessesDenied counts the processes that the kernel refused.
	ProcessesDenied int64 `json:"processes_denied,omitempty"`
}

// Product describes a result of a run that is more than output, such as the assembly.
// Its content is not part of any message: a client that shows it requests it over REST.
type Product struct {
	// Name is unique in the run: the action or view that made the product, such as "asm".
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	// Size is the length of the content in bytes.
	Size int64 `json:"size"`
	// Cut is set if the content ends before the product did, at the end of a line.
	Cut bool `json:"cut,omitempty"`
	// Dropped is set if the session does not keep the content.
	Dropped bool `json:"dropped,omitempty"`
}

// Test is the result of one test, as the harness prints it: the tested code can forge it.
type Test struct {
	// Name is the path of the test, such as "tests::adds".
	Name string `json:"name"`
	// Suite is the file with the root module of the tests that ran together.
	Suite   string      `json:"suite,omitempty"`
	Outcome TestOutcome `json:"outcome"`
	// Time is how long the test took; 0 if unknown.
	Time int64 `json:"time_ns,omitempty"`
	// Message tells why a test is ignored or failed, if the harness has a reason.
	Message string `json:"message,omitempty"`
	// Output is what a failed test printed.
	Output string `json:"output,omitempty"`
	// Place is where a test failed, if the output names a place.
	Place *TestPlace `json:"place,omitempty"`
}

// TestPlace is a place in a source, as panics print it: Line and Column count from 1,
// Column in characters.
type TestPlace struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column,omitempty"`
}

// TestOutcome tells how a test ended.
type TestOutcome string

// The outcomes.
const (
	TestPassed  TestOutcome = "ok"
	TestFailed  TestOutcome = "failed"
	TestIgnored TestOutcome = "ignored"
	TestListed  TestOutcome = "listed" // the harness was asked to list the tests
)
