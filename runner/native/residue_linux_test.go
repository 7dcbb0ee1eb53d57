package native

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// residue counts what a backend of this process holds on the machine.
func residue(t *testing.T, b *Backend) map[string]int {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	temp, err := os.ReadDir(os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return map[string]int{
		"processes":       len(children(t)),
		"control groups":  len(groupsOf(t, b.groups, b.owner)),
		"mounts":          countMounts(string(mounts)),
		"temporary files": len(temp),
	}
}

// boxMount matches where a box's init mounts before it changes the root: were one
// of its mounts to come back to this namespace, it would be there. Other programs
// of the machine mount elsewhere, and are none of a test's business.
var boxMount = regexp.MustCompile(`^/tmp(/(\.layers|dev|etc|lib|lib64|opt|proc|tmp|usr|work)(/.*)?)?$`)

// countMounts counts such mounts in a mountinfo.
func countMounts(mountinfo string) int {
	n := 0
	for line := range strings.Lines(mountinfo) {
		if f := strings.Fields(line); len(f) > 4 && boxMount.MatchString(f[4]) {
			n++
		}
	}
	return n
}

// children lists the processes that this one has started. A box is one process
// and its namespace; its group says whether more are left.
func children(t *testing.T) []string {
	t.Helper()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(lists) == 0 {
		t.Fatalf("this kernel does not list children: %v", err)
	}
	var all []string
	for _, list := range lists {
		data, _ := os.ReadFile(list) // the thread may have ended
		all = append(all, strings.Fields(string(data))...)
	}
	return all
}

// groupsOf lists the control groups of boxes of an owner.
func groupsOf(t *testing.T, c cgroups, owner string) []string {
	t.Helper()
	bases := map[string]bool{c.v2: true}
	for _, dir := range c.v1 {
		bases[dir] = true
	}
	delete(bases, "")
	var all []string
	for base := range bases {
		entries, err := os.ReadDir(base)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), owner+"-") {
				all = append(all, filepath.Join(base, e.Name()))
			}
		}
	}
	return all
}
