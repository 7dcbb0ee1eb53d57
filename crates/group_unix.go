//go:build unix

package crates

import (
	"os/exec"
	"syscall"
)

// ownGroup makes the command the leader of a process group that is interrupted
// as a whole: cargo alone would leave its compilers and build scripts running.
// Where the kernel can do it, cargo is interrupted as well when the thread that
// starts it ends, which bindLife makes mean this process.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = dyingWithParent()
	cmd.SysProcAttr.Setpgid = true
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
}
