package native

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/agent"
	"golang.org/x/sys/unix"
)

// The weight of a box for processor time against that of other boxes, before and after
// it yields. Where boxes are beside the host's own programs, those have 1024 (version 1)
// or 100 (version 2).
const (
	sharesV1      = 512
	weightV2      = 50
	yieldSharesV1 = sharesV1 / 10
	yieldWeightV2 = weightV2 / 10
	// cpuPeriod is the window of a processor quota, in microseconds.
	cpuPeriod = 100_000
)

// socketShare divides a box's memory to give what may wait in its sockets beyond
// that, where version 1 counts them apart.
const socketShare = 8

// group is the control group of one box: one directory of version 2, or one in
// each hierarchy of version 1.
type group struct {
	dirs []string // all of them
	byV1 map[string]string
	v2   string
}

// create makes the group of one box, with its limits in force.
func (c cgroups) create(name string, spec runner.BoxSpec) (*group, error) {
	g := &group{byV1: map[string]string{}}
	err := func() error {
		if c.v1 == nil {
			return g.createV2(filepath.Join(c.v2, name), spec)
		}
		return g.createV1(c.v1, name, spec)
	}()
	if err != nil {
		return nil, errors.Join(err, g.remove())
	}
	return g, nil
}

func (g *group) createV1(bases map[string]string, name string, spec runner.BoxSpec) error {
	for _, controller := range controllers {
		dir := filepath.Join(bases[controller], name)
		if err := makeGroup(dir); err != nil {
			return err
		}
		g.byV1[controller] = dir
		if len(g.dirs) == 0 || g.dirs[len(g.dirs)-1] != dir {
			g.dirs = append(g.dirs, dir)
		}
	}
	memory, pids, cpu := g.byV1["memory"], g.byV1["pids"], g.byV1["cpu"]
	bytes := strconv.FormatInt(spec.Memory, 10)
	if err := writeFile(memory, "memory.limit_in_bytes", bytes); err != nil {
		return err
	}
	// Memory and swap together, so no swap. Kernels without swap accounting have
	// no such file; then there is swap only if the machine has any.
	if err := writeFile(memory, "memory.memsw.limit_in_bytes", bytes); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	// Version 1 does not charge what waits in sockets to memory, unless this limit is
	// set, which covers every kind of IP socket in spite of its name.
	sockets := strconv.FormatInt(spec.Memory/socketShare, 10)
	if err := writeFile(memory, "memory.kmem.tcp.limit_in_bytes", sockets); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := writeFile(pids, "pids.max", strconv.Itoa(spec.Processes)); err != nil {
		return err
	}
	if err := writeFile(cpu, "cpu.shares", strconv.Itoa(sharesV1)); err != nil {
		return err
	}
	if spec.CPUs > 0 {
		if err := writeFile(cpu, "cpu.cfs_period_us", strconv.Itoa(cpuPeriod)); err != nil {
			return err
		}
		return writeFile(cpu, "cpu.cfs_quota_us", quota(spec.CPUs))
	}
	return nil
}

func (g *group) createV2(dir string, spec runner.BoxSpec) error {
	if err := makeGroup(dir); err != nil {
		return err
	}
	g.v2, g.dirs = dir, []string{dir}
	if err := writeFile(dir, "memory.max", strconv.FormatInt(spec.Memory, 10)); err != nil {
		return err
	}
	if err := writeFile(dir, "memory.swap.max", "0"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := writeFile(dir, "pids.max", strconv.Itoa(spec.Processes)); err != nil {
		return err
	}
	if err := writeFile(dir, "cpu.weight", strconv.Itoa(weightV2)); err != nil {
		return err
	}
	if spec.CPUs > 0 {
		return writeFile(dir, "cpu.max", quota(spec.CPUs)+" "+strconv.Itoa(cpuPeriod))
	}
	return nil
}

// weigh sets the group's weight, in the units of each version.
func (g *group) weigh(sharesV1, weightV2 int) error {
	if g.v2 != "" {
		return writeFile(g.v2, "cpu.weight", strconv.Itoa(weightV2))
	}
	return writeFile(g.byV1["cpu"], "cpu.shares", strconv.Itoa(sharesV1))
}

func quota(cpus float64) string {
	return strconv.FormatInt(int64(math.Ceil(cpus*cpuPeriod)), 10)
}

// entrances opens what a single thread writes "0" to in order to enter the
// group: the files "tasks" of version 1, which need no lock over all processes
// of the machine, as moving a process by its number does. A process is born
// into a group of version 2, so that has none.
func (g *group) entrances() ([]*os.File, error) {
	if g.v2 != "" {
		return nil, nil
	}
	var files []*os.File
	for _, dir := range g.dirs {
		f, err := os.OpenFile(filepath.Join(dir, "tasks"), os.O_WRONLY, 0)
		if err != nil {
			closeAll(files)
			return nil, fmt.Errorf("open control group: %w", err)
		}
		files = append(files, f)
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}

// counters opens the group's books for the agent.
func (g *group) counters() *agent.Counters {
	return agent.OpenCountersAt(g.byV1["memory"], g.byV1["pids"], g.v2)
}

// oomKills reads how many processes of the group were killed for memory.
func (g *group) oomKills() (int64, error) {
	name := filepath.Join(g.byV1["memory"], "memory.oom_control")
	if g.v2 != "" {
		name = filepath.Join(g.v2, "memory.events")
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(data) {
		if n, ok := bytes.CutPrefix(line, []byte("oom_kill ")); ok {
			return strconv.ParseInt(string(bytes.TrimSpace(n)), 10, 64)
		}
	}
	return 0, nil
}

// removeTime bounds the wait for groups to become empty: its processes are
// dead, but the kernel may be busy with burying them.
const removeTime = 2 * time.Second

// remove deletes the group, which must have no living process.
func (g *group) remove() error {
	var errs []error
	deadline := time.Now().Add(removeTime)
	for _, dir := range g.dirs {
		errs = append(errs, removeGroup(dir, deadline))
	}
	return errors.Join(errs...)
}

func removeGroup(dir string, deadline time.Time) error {
	for wait := 200 * time.Microsecond; ; wait = min(2*wait, 50*time.Millisecond) {
		err := unix.Rmdir(dir)
		if err == nil || errors.Is(err, unix.ENOENT) {
			return nil
		}
		if !errors.Is(err, unix.EBUSY) || time.Now().After(deadline) {
			return fmt.Errorf("remove control group %s: %w", dir, err)
		}
		time.Sleep(wait)
	}
}
