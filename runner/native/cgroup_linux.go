package native

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/agent"
	"golang.org/x/sys/unix"
)

// The weight of a box's processors' time against that of other boxes and of the
// host's own programs, which have 1024 (version 1) or 100 (version 2).
const (
	sharesV1 = 512
	weightV2 = 50
	// cpuPeriod is the window of a processor quota, in microseconds.
	cpuPeriod = 100_000
)

// socketShare divides a box's memory to give what may wait in its sockets beyond
// that, where version 1 counts them apart.
const socketShare = 8

// controllers are those that a box needs.
var controllers = []string{"memory", "pids", "cpu"}

// cgroups is where this process may make control groups.
type cgroups struct {
	// v1 maps a controller to the directory of ours in its hierarchy; several
	// controllers may share one. Nil means version 2, in v2. Both empty: none.
	v1 map[string]string
	v2 string
	// why says why there is none.
	why string
}

// group is the control group of one box: one directory of version 2, or one in
// each hierarchy of version 1.
type group struct {
	dirs []string // all of them
	byV1 map[string]string
	v2   string
}

// findCgroups looks for hierarchies in which groups can be made, and prepares
// them. It never fails: a machine without them is one on which limits cannot be
// enforced, and says why.
func findCgroups() cgroups {
	v1, v2, err := mountedCgroups()
	if err != nil {
		return cgroups{why: err.Error()}
	}
	if os.Geteuid() != 0 {
		return delegated(v2)
	}
	if len(v1) == len(controllers) {
		ours := map[string]string{}
		for name, mountpoint := range v1 {
			dir := filepath.Join(mountpoint, "corust")
			if err := makeGroup(dir); err != nil {
				return cgroups{why: err.Error()}
			}
			ours[name] = dir
		}
		return cgroups{v1: ours}
	}
	if v2 == "" {
		return cgroups{why: "no control group file system has the controllers memory, pids and cpu"}
	}
	dir := filepath.Join(v2, "corust")
	if err := enable(v2); err != nil {
		return cgroups{why: err.Error()}
	}
	if err := makeGroup(dir); err != nil {
		return cgroups{why: err.Error()}
	}
	if err := enable(dir); err != nil {
		return cgroups{why: err.Error()}
	}
	return cgroups{v2: dir}
}

// delegated uses this process's own version 2 group, if it was given to the
// user. A group that hands controllers to its children may hold no process, so
// this process, and whoever else is in it, such as the shell that started us,
// moves into a child first.
func delegated(mountpoint string) cgroups {
	const hint = "not root, and this process is in no delegated control group"
	if mountpoint == "" {
		return cgroups{why: hint}
	}
	own, err := ownGroup()
	if err != nil {
		return cgroups{why: err.Error()}
	}
	base := filepath.Join(mountpoint, own)
	if filepath.Base(base) == "corust-host" {
		base = filepath.Dir(base) // another runner of this process was here
	}
	if unix.Access(base, unix.W_OK) != nil || unix.Access(base+"/cgroup.procs", unix.W_OK) != nil {
		return cgroups{why: hint}
	}
	leaf := filepath.Join(base, "corust-host")
	if err := makeGroup(leaf); err != nil {
		return cgroups{why: err.Error()}
	}
	if err := moveAll(base, leaf); err != nil {
		return cgroups{why: err.Error()}
	}
	if err := enable(base); err != nil {
		return cgroups{why: err.Error()}
	}
	return cgroups{v2: base}
}

// moveAll moves every process of a group into another. One that is born meanwhile
// is found the next time.
func moveAll(from, to string) error {
	for range 10 {
		pids, err := processes(from)
		if err != nil || len(pids) == 0 {
			return err
		}
		for _, pid := range pids {
			err := writeFile(to, "cgroup.procs", strconv.Itoa(pid))
			if err != nil && !errors.Is(err, unix.ESRCH) {
				return err
			}
		}
	}
	return fmt.Errorf("control group %s does not become empty", from)
}

// processes lists the processes of a group.
func processes(dir string) ([]int, error) {
	data, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if err != nil {
		return nil, err
	}
	var pids []int
	for line := range strings.Lines(string(data)) {
		if pid, err := strconv.Atoi(strings.TrimSpace(line)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// mountedCgroups finds the mount points of the controllers we need in version 1,
// and of version 2.
func mountedCgroups() (v1 map[string]string, v2 string, err error) {
	f, err := os.Open("/proc/self/mounts")
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	v1 = map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 {
			continue
		}
		switch fields[2] {
		case "cgroup":
			for option := range strings.SplitSeq(fields[3], ",") {
				for _, name := range controllers {
					if option == name {
						v1[name] = fields[1]
					}
				}
			}
		case "cgroup2":
			v2 = fields[1]
		}
	}
	return v1, v2, lines.Err()
}

// ownGroup is this process's group of version 2.
func ownGroup() (string, error) {
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(data)) {
		if path, ok := strings.CutPrefix(line, "0::"); ok {
			return strings.TrimSpace(path), nil
		}
	}
	return "", errors.New("this process is in no version 2 control group")
}

// enable lets the children of a version 2 group have the controllers.
func enable(dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, "cgroup.subtree_control"))
	if err != nil {
		return err
	}
	have := strings.Fields(string(data))
	for _, name := range controllers {
		missing := true
		for _, h := range have {
			missing = missing && h != name
		}
		if missing {
			if err := writeFile(dir, "cgroup.subtree_control", "+"+name); err != nil {
				return err
			}
		}
	}
	return nil
}

func makeGroup(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("make control group: %w", err)
	}
	return nil
}

func writeFile(dir, name, value string) error {
	// Not os.WriteFile: O_CREAT and O_TRUNC mean nothing here, and a missing
	// file should say so.
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("set control group: %w", err)
	}
	defer f.Close()
	if _, err := f.WriteString(value); err != nil {
		return fmt.Errorf("set control group %s=%s: %w", name, value, err)
	}
	return nil
}

// available reports whether limits can be enforced by groups.
func (c cgroups) available() bool { return c.v1 != nil || c.v2 != "" }

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
	// What waits in sockets is not charged to memory in version 1, unless it has a
	// limit of its own, which holds for every kind of IP socket in spite of its name.
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

// removeTime bounds the wait for a group to become empty: its processes are
// dead, but the kernel may be busy with burying them.
const removeTime = 2 * time.Second

// remove deletes the group, which must have no living process.
func (g *group) remove() error {
	var errs []error
	for _, dir := range g.dirs {
		errs = append(errs, removeGroup(dir))
	}
	return errors.Join(errs...)
}

func removeGroup(dir string) error {
	deadline := time.Now().Add(removeTime)
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
				errs = append(errs, removeGroup(dir))
			}
		}
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

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}
