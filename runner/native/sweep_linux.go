package native

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/corust-dev/corust/internal/owner"
)

// Sweep implements runner.Backend. It removes control groups, with what still runs in
// them, and half-made bases.
func (b *Backend) Sweep(ctx context.Context) (int, error) {
	n, err := b.groups.sweep(ctx)
	errs := []error{err}
	for _, cache := range cacheDirs() {
		bases, err := sweepBases(cache)
		n, errs = n+bases, append(errs, err)
	}
	return n, errors.Join(errs...)
}

// sweep removes the groups of processes that have ended, and returns how many.
func (c cgroups) sweep(ctx context.Context) (int, error) {
	var errs []error
	var left []string
	for _, base := range c.dirs() {
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
	// All have the time of one together, so that groups which the kernel never releases
	// do not each delay every start.
	deadline := time.Now().Add(removeTime)
	if by, ok := ctx.Deadline(); ok && by.Before(deadline) {
		deadline = by
	}
	n := 0
	for _, dir := range left {
		err := removeGroup(dir, deadline)
		if err == nil {
			n++
		}
		errs = append(errs, err)
	}
	return n, errors.Join(errs...)
}

// orphaned reports whether a group's name is that of a box whose process has ended.
func orphaned(name string) bool {
	p, serial, ok := owner.Cut(name)
	return ok && serial != "" && p.Dead()
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
