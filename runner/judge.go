package runner

import (
	"github.com/corust-dev/corust/runner/agent"
)

// judge derives the verdict on a stage from the agent's facts. It is the only
// place where a verdict on a program is made.
//
// A limit that was hit is the verdict only where it explains the end: a program
// that lost a child to the OOM killer, or was refused a thread, and exits with 0
// all the same, is ok. Every number here is the kernel's: exit codes that a
// program chose are never read as anything else.
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
		// The compiler reports the loss of its linker as an error of its own.
		return VerdictMemory
	case sig != 0:
		return VerdictSignal
	case stage == StageCompile:
		return VerdictCompileError
	default:
		return VerdictExit
	}
}
