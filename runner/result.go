package runner

import (
	"time"
)

// Verdict tells how a run ended.
type Verdict string

// The verdicts. All but the first are about the stage in Result.Stage, which tells a
// limit of the compiler from one of the program.
const (
	// VerdictOK means that every stage exited with 0.
	VerdictOK Verdict = "ok"
	// VerdictCompileError means that the compiler reported errors and exited.
	VerdictCompileError Verdict = "compile-error"
	// VerdictNoProgram means that the request was to run a program, but the source
	// compiled to something else: it is a library, or has no main function.
	VerdictNoProgram Verdict = "no-program"
	// VerdictExit means that the program exited with a code other than 0.
	VerdictExit Verdict = "exit"
	// VerdictSignal means that a signal that corust did not send ended the stage's
	// process.
	VerdictSignal Verdict = "signal"
	// VerdictTimeout means that the stage exceeded its time limit, or the limit for
	// waiting for input, and was killed.
	VerdictTimeout Verdict = "timeout"
	// VerdictMemory means that the kernel killed the stage's process because memory ran
	// out.
	VerdictMemory Verdict = "memory"
	// VerdictProcesses means that the stage failed after the kernel had refused it a
	// process.
	VerdictProcesses Verdict = "processes"
	// VerdictOutput means that the stage wrote more than its cap and was killed.
	VerdictOutput Verdict = "output"
	// VerdictDisk means that the stage failed with a full writable file system or, with
	// Signal SIGXFSZ, exceeded the limit on the size of a file.
	VerdictDisk Verdict = "disk"
	// VerdictCanceled means that the caller's context ended first.
	VerdictCanceled Verdict = "canceled"
)

// StageName names a stage of a run.
type StageName string

// The stages.
const (
	StageCompile StageName = "compile"
	StageRun     StageName = "run"
)

// Result reports how a run ended.
type Result struct {
	Verdict Verdict `json:"verdict"`
	// Stage is the last stage that ran, which decided the verdict. It is empty if the
	// run was cancelled before its first stage.
	Stage StageName `json:"stage,omitempty"`
	// ExitCode is that stage's exit code; -1 when a signal ended it or it did not
	// end by itself.
	ExitCode int `json:"exit_code"`
	// Signal is the signal that ended the stage, or 0.
	Signal Signal `json:"signal,omitempty"`
	// Hits are the limits that explain the verdict; see the function Hits.
	Hits []Hit `json:"hits,omitempty"`
	// Stages lists the stages that ended, in order.
	Stages []Stage `json:"stages"`
	// Queued is how long the request waited for a place and a box.
	Queued time.Duration `json:"queued_ns"`
	// Cached is set if nothing was executed: the result is that of an earlier run. Usage
	// and Queued are then zero.
	Cached bool `json:"cached,omitempty"`
	// Kept is set if the request has Ahead and what it compiled is kept for later runs.
	Kept bool `json:"kept,omitempty"`
}

// Stage reports one stage.
type Stage struct {
	Name     StageName `json:"name"`
	ExitCode int       `json:"exit_code"`
	Signal   Signal    `json:"signal,omitempty"`
	Usage    Usage     `json:"usage"`
	// Cached is set if the stage was not executed, since an earlier run has: its output is
	// that run's, and its usage is zero.
	Cached bool `json:"cached,omitempty"`
}

// Usage reports the resources that a stage used.
type Usage struct {
	Wall time.Duration `json:"wall_ns"`
	// Waited is how much of Wall did not count, because the program waited for
	// standard input; see Limits.InputTime.
	Waited time.Duration `json:"waited_ns,omitempty"`
	// CPU is user and system time of all the stage's processes.
	CPU time.Duration `json:"cpu_ns"`
	// PeakMemory is the most bytes that the box was charged for during the stage,
	// its files in /work and /tmp included; 0 where the backend cannot tell.
	PeakMemory int64 `json:"peak_memory_bytes"`
	// OOMKills counts processes that the kernel killed for memory,
	// ProcessesDenied the forks it refused. Both can be above 0 in a run that
	// ended well: a parent may survive its child.
	OOMKills        int64 `json:"oom_kills,omitempty"`
	ProcessesDenied int64 `json:"processes_denied,omitempty"`
}

// Kind is the kind of an Event.
type Kind string

// The kinds of events. A run's events are: any number of KindQueued; any number of
// KindWarning; then, for each step of the plan, KindStageStart, any number of KindStdout,
// KindStderr, KindProduct, KindTest and, if the request asks for them, KindDiagnostic,
// the latter two after the equivalent text; a KindWarning if the step's product was cut;
// and KindStageEnd. In a stage that reads the request's standard
// input, KindStdinWait means that the program has started to wait for input, and
// KindStdinResume that it has stopped; the end of the stage also ends a wait.
const (
	KindQueued     Kind = "queued"
	KindWarning    Kind = "warning"
	KindStageStart Kind = "stage-start"
	KindStdout     Kind = "stdout"
	KindStderr     Kind = "stderr"
	KindProduct    Kind = "product"
	KindDiagnostic Kind = "diagnostic"
	KindTest       Kind = "test"
	KindStageEnd   Kind = "stage-end"

	KindStdinWait   Kind = "stdin-wait"
	KindStdinResume Kind = "stdin-resume"
)

// Event reports something that happened in a run.
type Event struct {
	Kind  Kind
	Stage StageName
	// Position is the place in the queue, 1 for the next; with KindQueued.
	Position int
	// Warning tells, with KindWarning, what the request asks for and the run does not do,
	// or does in an unusual way, in one line without a line break.
	Warning string
	// Data are the bytes written, with KindStdout and KindStderr, or the next bytes of
	// the product, with KindProduct. The receiver may keep it.
	Data []byte
	// Product describes the product that Data is part of, with KindProduct, or that was
	// cut, with KindWarning.
	Product *Product
	// Diagnostic is the message, with KindDiagnostic.
	Diagnostic *Diagnostic
	// Test is the result of a test, with KindTest: each test has one event, a failed one
	// after its output.
	Test *Test
	// Ended is the stage's report, with KindStageEnd.
	Ended *Stage
}
