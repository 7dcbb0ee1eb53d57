package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Machine measures what a box could leave behind on a machine without owning it, in
// the units that the keys name: memory of the kernel and of its sockets, control groups
// with those that are removed but not yet freed, network namespaces (root alone sees
// them), locks, sockets, inotify instances and watches of the processes that this user can
// see, inotify instances that the kernel counts for this user, mounts, and what the file
// systems of / and of temporary files hold. A counter that this kernel does not have is left
// out.
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
	// A line a controller: name, hierarchy, number of groups, enabled.
	groups, _ := os.ReadFile("/proc/cgroups")
	for line := range strings.Lines(string(groups)) {
		if f := strings.Fields(line); len(f) == 4 && !strings.HasPrefix(line, "#") {
			n, err := strconv.ParseInt(f[2], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("/proc/cgroups: %w", err)
			}
			m["control groups"] = max(m["control groups"], n)
		}
	}
	slabs, _ := os.ReadFile("/proc/slabinfo")
	for line := range strings.Lines(string(slabs)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "net_namespace" {
			if m["network namespaces"], err = strconv.ParseInt(f[1], 10, 64); err != nil {
				return nil, fmt.Errorf("/proc/slabinfo: %w", err)
			}
		}
	}
	// TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 3, in pages of all network namespaces.
	sockets, _ := os.ReadFile("/proc/net/sockstat")
	for line := range strings.Lines(string(sockets)) {
		f := strings.Fields(line)
		if i := slices.Index(f, "mem"); i >= 0 && i+1 < len(f) {
			n, err := strconv.ParseInt(f[i+1], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("/proc/net/sockstat: %w", err)
			}
			m["memory of sockets (KiB)"] += n * int64(os.Getpagesize()) / 1024
		}
	}
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		return nil, err
	}
	m["locks"] = int64(strings.Count(string(locks), "\n"))
	m["inotify instances"], m["inotify watches"], m["sockets"] = 0, 0, 0
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		// One that has been closed meanwhile does not count.
		switch to, _ := os.Readlink(link); {
		case to == "anon_inode:inotify":
			m["inotify instances"]++
			info, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "../fdinfo", filepath.Base(link)))
			m["inotify watches"] += int64(bytes.Count(info, []byte("inotify wd:")))
		case strings.HasPrefix(to, "socket:"):
			m["sockets"]++
		}
	}
	if n, ok := inotifyOfUser(); ok {
		m["inotify instances of this user"] = n
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

// inotifyOfUser returns how many inotify instances the kernel counts for this user. These
// include what no process shows, such as those of a user namespace that the kernel has not
// freed. It takes all that remain, for less than a millisecond, since nothing tells their
// number; ok is false if that fails for another reason than the user's limit.
func inotifyOfUser() (n int64, ok bool) {
	text, err := os.ReadFile("/proc/sys/user/max_inotify_instances")
	if err != nil {
		return 0, false
	}
	limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	const most = 4096 // a machine with more room is not worth the descriptors
	if err != nil || limit > most {
		return 0, false
	}
	var taken []int
	defer func() {
		for _, fd := range taken {
			_ = unix.Close(fd)
		}
	}()
	var files unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &files) != nil || files.Cur < uint64(limit)+most {
		return 0, false
	}
	for {
		fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
		if err != nil {
			return limit - int64(len(taken)), errors.Is(err, unix.EMFILE)
		}
		taken = append(taken, fd)
	}
}
