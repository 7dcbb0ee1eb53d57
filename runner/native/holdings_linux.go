package native

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Holdings counts what this process's boxes have on the machine at the moment:
// processes and control groups.
func (b *Backend) Holdings(context.Context) (map[string]int, error) {
	processes, err := childProcesses()
	if err != nil {
		return nil, err
	}
	groups, err := ownedGroups(b.groups, b.owner)
	if err != nil {
		return nil, err
	}
	return map[string]int{
		"processes":      len(processes),
		"control groups": len(groups),
	}, nil
}

// Groups is the version of control groups that boxes are held by; 0 for none.
func (b *Backend) Groups() int {
	switch {
	case b.groups.v1 != nil:
		return 1
	case b.groups.v2 != "":
		return 2
	}
	return 0
}

// childProcesses lists the processes that this one has started. A box is one process
// and its namespace; its group says whether more are left.
func childProcesses() ([]string, error) {
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(lists) == 0 {
		return nil, fmt.Errorf("this kernel does not list children: %v", err)
	}
	var all []string
	for _, list := range lists {
		data, _ := os.ReadFile(list) // the thread may have ended
		all = append(all, strings.Fields(string(data))...)
	}
	return all, nil
}

// ownedGroups lists the control groups of boxes of an owner.
func ownedGroups(c cgroups, owner string) ([]string, error) {
	var all []string
	for _, base := range c.dirs() {
		entries, err := os.ReadDir(base)
		if err != nil {
			return nil, fmt.Errorf("list control groups: %w", err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), owner+"-") {
				all = append(all, filepath.Join(base, e.Name()))
			}
		}
	}
	return all, nil
}
