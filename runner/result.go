package runner

import (
	"time"
)

// Verdict says how a run ended.
type Verdict string

// The verdicts. All but the first are about the stage in Result.Stage, so a
// compiler that hits a limit is not blamed on the program.
const (
	// VerdictOK: every stage exited with 0.
	VerdictOK Verdict = "ok"
	// VerdictCompileError: the compiler exited with an error of its own.
	VerdictCompileError Verdict = "compile-error"
	// VerdictNoProgram: the request was to run something, and what compiled without
	// an error is not a program: a library, or a source without a main function.
	VerdictNoProgram Verdict = "no-program"
	// VerdictExit: the program exited with a code other than 0.
	VerdictExit Verdict = "exit"
	// VerdictSignal: a signal ended the stage's process, and nobody of ours sent
	// it.
	VerdictSignal Verdict = "signal"
	// VerdictTimeout: the stage took longer than its limit, or waited for input
	// longer than that has for a limit, and was killed.
	VerdictTimeout Verdict = "timeout"
	// VerdictMemory: the kernel killed the stage's process for memory.
	VerdictMemory Verdict = "memory"
	// VerdictProcesses: the stage failed after the kernel had refused it a
	// process.
	VerdictProcesses Verdict = "processes"
	// VerdictOutput: the stage wrote more than its cap and was killed.
	VerdictOutput Verdict = "output"
	// VerdictDisk: the stage failed with a writable file system full; or, with Signal
	// SIGXFSZ, a file grew beyond what one file may have.
	VerdictDisk Verdict = "disk"
	// VerdictCanceled: the caller's context ended first.
	VerdictCanceled Verdict = "canceled"
)

// StageName names a stage of a run.
type StageName string

// The stages.
const (
	StageCompile StageName = "compile"
	StageRun     StageName = "run"
)

// Result is how a run ended.
type Result struct {
	Verdict Verdict `json:"verdict"`
	// Stage is the one that decided the verdict: the last that ran. It is empty
	// when the run was cancelled before any began.
	Stage StageName `json:"stage,omitempty"`
	// ExitCode is that stage's exit code; -1 when a signal ended it or it did not
	// end by itself.
	ExitCode int `json:"exit_code"`
	// Signal is the signal that ended it, 0 for none.
	Signal Signal `json:"signal,omitempty"`
	// Hits are the limits that explain the verdict; see the function Hits.
	Hits []Hit `json:"hits,omitempty"`
	// Stages are those that ended, in order.
	Stages []Stage `json:"stages"`
	// Queued is how long the request waited for a place and a box.
	Queued time.Duration `json:"queued_ns"`
}

// Stage reports one stage.
type Stage struct {
	Name     StageName `json:"name"`
	ExitCode int       `json:"exit_code"`
	Signal   Signal    `json:"signal,omitempty"`
	Usage    Usage     `json:"usage"`
}

// Usage is what a stage used.
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
// KindWarning; then for each step of the plan KindStageStart, any number of KindStdout, KindStderr, KindProduct and, if the
// request asks for them, KindDiagnostic, each behind the text that says the same;
// and KindStageEnd. In a stage that reads the request's standard input, KindStdinWait
// says that the program has begun to wait for input, and KindStdinResume that it
// has ceased to; the end of the stage ends a wait, too.
const (
	KindQueued     Kind = "queued"
	KindWarning    Kind = "warning"
	KindStageStart Kind = "stage-start"
	KindStdout     Kind = "stdout"
	KindStderr     Kind = "stderr"
	KindProduct    Kind = "product"
	KindDiagnostic Kind = "diagnostic"
	KindStageEnd   Kind = "stage-end"

	KindStdinWait   Kind = "stdin-wait"
	KindStdinResume Kind = "stdin-resume"
)

// Event is something that happened in a run.
type Event struct {
	Kind  Kind
	Stage StageName
	// Position is the place in the queue, 1 for the next; with KindQueued.
	Position int
	// Warning says what the request asks for and the run does not do, with
	// KindWarning: one line without a line break.
	Warning string
	// Data are the bytes written, with KindStdout and KindStderr, or the next bytes of
	// the product, with KindProduct. The receiver may keep it.
	Data []byte
	// Product is what Data is part of, with KindProduct.
	Product *Product
	// Diagnostic is the message, with KindDiagnostic.
	Diagnostic *Diagnostic
	// Ended is the stage's report, with KindStageEnd.
	Ended *Stage
}
