package native

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ownerName names this process in the names of its groups: its number, when it
// started, and the PID namespace in which that is its number. The three together
// are never used twice between two boots.
func ownerName() string {
	pid := os.Getpid()
	start, _ := startTime(pid)
	return fmt.Sprintf("%d-%s-%s", pid, start, pidNamespace())
}

// pidNamespace is the number of this process's PID namespace.
func pidNamespace() string {
	link, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return "0"
	}
	return strings.Trim(link, "pid:[]")
}

// startTime is when a process started, in the kernel's ticks since boot. The error
// is fs.ErrNotExist where there is no such process.
func startTime(pid int) (string, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, unix.ESRCH) { // it ended meanwhile
		return "", fs.ErrNotExist
	}
	if err != nil {
		return "", err
	}
	// Field 22; the second, the name, may hold spaces and brackets.
	rest := data[bytes.LastIndexByte(data, ')')+1:]
	fields := bytes.Fields(rest)
	if len(fields) < 20 {
		return "", fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields)+2)
	}
	return string(fields[19]), nil
}

// sweep removes the groups of processes that are gone, and whatever still runs
// in them.
func (c cgroups) sweep() error {
	bases := []string{c.v2}
	if c.v1 != nil {
		bases = nil
		for _, dir := range c.v1 {
			bases = append(bases, dir)
		}
	}
	var errs []error
	var left []string
	for _, base := range bases {
		if base == "" {
			continue
		}
		entries, err := os.ReadDir(base)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, e := range entries {
			if e.IsDir() && orphaned(e.Name()) {
				dir := filepath.Join(base, e.Name())
				killGroup(dir)
				left = append(left, dir)
			}
		}
	}
	// All have the time of one together: those that the kernel holds for ever are not
	// waited for one by one at every start.
	deadline := time.Now().Add(removeTime)
	for _, dir := range left {
		errs = append(errs, removeGroup(dir, deadline))
	}
	return errors.Join(errs...)
}

// orphaned reports whether a group's name says that a process which is gone made
// it. Of other PID namespaces, such as a container's with which we share the
// directory, nobody here can tell who lives; and a process that cannot be looked at
// is not gone.
func orphaned(name string) bool {
	part := strings.Split(name, "-")
	if len(part) != 4 || part[2] != pidNamespace() {
		return false
	}
	pid, err := strconv.Atoi(part[0])
	if err != nil {
		return false
	}
	start, err := startTime(pid)
	return errors.Is(err, fs.ErrNotExist) || err == nil && start != part[1]
}

// killGroup kills what is left in a group. Its first process is PID 1 of the
// box's namespace, so one kill is enough; a group that is being left meanwhile
// is empty the next time.
func killGroup(dir string) {
	pids, err := processes(dir)
	if err != nil {
		return
	}
	for _, pid := range pids {
		if pid > 1 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
