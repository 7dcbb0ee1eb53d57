package native

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// controllers are those that a box needs.
var controllers = []string{"memory", "pids", "cpu"}

// cgroups is where this process may make control groups.
type cgroups struct {
	// v1 maps a controller to the directory of ours in its hierarchy; several
	// controllers may share one. Nil means version 2, in v2. Both empty: none.
	v1 map[string]string
	v2 string
	// why is the reason if there is none.
	why string
}

// dirs lists the directories in which groups of boxes are, each once.
func (c cgroups) dirs() []string {
	dirs := slices.Sorted(maps.Values(c.v1))
	if c.v2 != "" {
		dirs = append(dirs, c.v2)
	}
	return slices.Compact(dirs)
}

// findCgroups looks for hierarchies in which groups can be made, and prepares
// them. It never fails: without them the limits cannot be enforced, and why is the
// reason.
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

// delegated uses the version 2 group of this process, if it was delegated to the user.
// A group that hands controllers to its children may hold no process, so this process,
// and all others in the group, such as the shell that started this one, move into a
// child first.
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

// writeFile sets what a file of the kernel's stands for.
func writeFile(dir, name, value string) error {
	// Not os.WriteFile, which would try to create a missing file: the error should be
	// that it does not exist.
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("set %s: %w", name, err)
	}
	defer f.Close()
	if _, err := f.WriteString(value); err != nil {
		return fmt.Errorf("set %s=%s: %w", name, value, err)
	}
	return nil
}

// available reports whether limits can be enforced by groups.
func (c cgroups) available() bool { return c.v1 != nil || c.v2 != "" }
