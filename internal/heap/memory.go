package heap

import (
	"bytes"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// memory is how much memory this process may use, in bytes, by the machine's
// /proc/meminfo and the limits of its control group and those above. It is 0 if it is not
// known, as on other systems than Linux. root is the root directory.
func memory(root fs.FS) uint64 {
	least := uint64(0)
	take := func(n uint64, ok bool) {
		if ok && n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	take(machineMemory(root))
	groups, _ := fs.ReadFile(root, "proc/self/cgroup")
	for line := range strings.Lines(string(groups)) {
		id, controllers, group := cut3(strings.TrimSpace(line))
		dir, file := "", ""
		switch {
		case id == "0" && controllers == "":
			dir, file = "sys/fs/cgroup", "memory.max"
		case hasWord(controllers, "memory"):
			dir, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		// In a container the path may be the host's, of which only the root is there.
		for group = path.Clean("/" + group); ; group = path.Dir(group) {
			data, err := fs.ReadFile(root, path.Join(dir, group, file))
			n, nerr := strconv.ParseUint(string(bytes.TrimSpace(data)), 10, 64)
			take(n, err == nil && nerr == nil) // "max" is not a number
			if group == "/" {
				break
			}
		}
	}
	return least
}

// machineMemory reads MemTotal, which is in KiB.
func machineMemory(root fs.FS) (uint64, bool) {
	data, _ := fs.ReadFile(root, "proc/meminfo")
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			n, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 54)
			return n << 10, err == nil
		}
	}
	return 0, false
}

// cut3 splits a line of /proc/self/cgroup: "4:memory:/a".
func cut3(line string) (id, controllers, group string) {
	id, rest, _ := strings.Cut(line, ":")
	controllers, group, _ = strings.Cut(rest, ":")
	return id, controllers, group
}

func hasWord(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if w == word {
			return true
		}
	}
	return false
}
