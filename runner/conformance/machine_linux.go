package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Machine measures what a box could leave behind on a machine without owning it, in
// the units that the keys name: memory of the kernel, locks, inotify instances that
// this user can see, and what the file systems of / and of temporary files hold.
func Machine() (map[string]int64, error) {
	m := map[string]int64{}
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(info)) {
		f := strings.Fields(line)
		switch f[0] {
		case "SUnreclaim:", "KernelStack:", "PageTables:", "Percpu:":
			n, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("/proc/meminfo: %w", err)
			}
			m["kernel memory (KiB)"] += n
		}
	}
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		return nil, err
	}
	m["locks"] = int64(strings.Count(string(locks), "\n"))
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		// One that has been closed meanwhile does not count.
		switch to, _ := os.Readlink(link); {
		case to == "anon_inode:inotify":
			m["inotify instances"]++
		case strings.HasPrefix(to, "socket:"):
			m["sockets"]++
		}
	}
	for _, dir := range []string{"/", os.TempDir()} {
		var st unix.Statfs_t
		if err := unix.Statfs(dir, &st); err != nil {
			return nil, fmt.Errorf("ask for the space of %s: %w", dir, err)
		}
		m["disk at "+dir+" (KiB)"] = int64(st.Blocks-st.Bfree) * st.Bsize / 1024
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	m["mounts"] = int64(strings.Count(string(mounts), "\n"))
	return m, nil
}
