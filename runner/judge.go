package runner

import (
	"github.com/corust-dev/corust/runner/agent"
)

// judge derives the verdict on a stage from the agent's report. No other code derives
// verdicts on programs.
//
// A limit that was hit is the verdict only if it explains the end: a program that lost
// a child to the OOM killer, or was refused a thread, and still exits with 0, is ok. All
// numbers come from the kernel; an exit code that a program chose is never interpreted.
func judge(stage StageName, end agent.StepEnd) Verdict {
	sig := Signal(end.Signal)
	switch {
	case end.Killed == agent.KilledWall, end.Killed == agent.KilledInput:
		return VerdictTimeout
	case end.Killed == agent.KilledOutput:
		return VerdictOutput
	case end.NotStarted != "":
		return VerdictNoProgram
	case end.Exit == 0 && sig == 0:
		return VerdictOK
	case sig == SIGKILL && end.OOMKills > 0:
		return VerdictMemory
	case sig == SIGXFSZ:
		return VerdictDisk
	case end.ProcessesDenied > 0:
		return VerdictProcesses
	case end.DiskFull:
		return VerdictDisk
	case stage == StageCompile && end.OOMKills > 0:
		// The compiler reports the loss of its linker as an ordinary error.
		return VerdictMemory
	case sig != 0:
		return VerdictSignal
	case stage == StageCompile:
		return VerdictCompileError
	default:
		return VerdictExit
	}
}
