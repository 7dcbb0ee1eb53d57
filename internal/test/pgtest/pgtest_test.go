//go:build unix

package pgtest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A process that is killed leaves no server and no directory.
func TestKilledProcessLeavesNoServer(t *testing.T) {
	t.Parallel()
	const child = "PGTEST_CHILD"
	if os.Getenv(child) != "" {
		s, err := Start("")
		if err != nil {
			fmt.Println("error:", err)
			return
		}
		fmt.Println("directory:", s.dir)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	if _, err := binaries(); err != nil {
		t.Skip(err)
	}
	if _, err := account(); err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), child+"=1")
	out, err := cmd.Output()
	_, dir, ok := strings.Cut(string(out), "directory: ")
	if !ok {
		t.Fatalf("the child starts no server: %v: %s", err, out)
	}
	dir = strings.TrimSpace(dir)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		// The server ends before its directory goes.
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there", dir)
		}
	}
}
