package owner

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

func bootID() string { return word("/proc/sys/kernel/random/boot_id") }

func machineID() string { return word("/etc/machine-id") }

// pidSpace is the number of this process's PID namespace.
func pidSpace() string {
	s, _ := os.Readlink("/proc/self/ns/pid")
	return strings.Trim(s, "pid:[]")
}

// word is the content of a file of one word; empty if it cannot be read.
func word(file string) string {
	b, _ := os.ReadFile(file)
	return strings.TrimSpace(string(b))
}

// startOf returns when a process began, in clock ticks since boot and 0 if that
// cannot be seen, and whether it runs. A zombie does not.
func startOf(pid int) (start uint64, running bool) {
	// Not by /proc: others' processes may be hidden there (hidepid).
	if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
		return 0, false
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, true
	}
	// The command in parentheses may hold anything; after it come the state and, 19
	// fields later, the start (proc(5): fields 3 and 22).
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 20 {
		return 0, true
	}
	if state := string(fields[0]); state == "Z" || state == "X" {
		return 0, false
	}
	start, _ = strconv.ParseUint(string(fields[19]), 10, 64)
	return start, true
}
