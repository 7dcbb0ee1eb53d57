package native

import (
	"os"
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
	h, err := b.Holdings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h["mounts"] = countMounts(string(mounts))
	h["temporary files"] = len(temp)
	return h
}

// boxMount matches where a box's init mounts before it changes the root: were one
// of its mounts to come back to this namespace, it would be there. Mounts of other
// programs of the machine are elsewhere, and do not count.
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

// groupsOf lists the control groups of boxes of an owner.
func groupsOf(t *testing.T, c cgroups, owner string) []string {
	t.Helper()
	groups, err := ownedGroups(c, owner)
	if err != nil {
		t.Fatal(err)
	}
	return groups
}
