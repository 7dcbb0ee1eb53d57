package docker

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

func pidSpace() string {
	s, _ := os.Readlink("/proc/self/ns/pid")
	return s
}

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
	// The command in parentheses may hold anything; behind it come the state and
	// 18 fields later the start (proc(5): fields 3 and 22).
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
