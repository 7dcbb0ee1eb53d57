// Command box is the whole content of the test image: an agent, and the
// programs that it is asked to run.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/corust-dev/corust/runner/agent"
)

func main() {
	if len(os.Args) < 2 {
		fail("no program named")
	}
	switch os.Args[1] {
	case "agent":
		if err := agent.Serve(agent.Config{}); err != nil {
			fail(err)
		}
	case "broken-agent":
		fail("agent is broken")
	case "deaf-agent": // floods and never reads
		chunk := bytes.Repeat([]byte("x"), 32<<10)
		for {
			os.Stdout.Write(chunk)
		}
	case "say":
		fmt.Print(os.Args[2])
	case "cat":
		io.Copy(os.Stdout, os.Stdin)
	case "exit":
		n, _ := strconv.Atoi(os.Args[2])
		os.Exit(n)
	case "flood":
		chunk := bytes.Repeat([]byte("y\n"), 16<<10)
		for {
			os.Stdout.Write(chunk)
		}
	case "sleep": // and ignore every polite request
		signal.Notify(make(chan os.Signal, 1))
		time.Sleep(time.Hour)
	case "eat":
		var held [][]byte
		for {
			held = append(held, bytes.Repeat([]byte{1}, 8<<20))
			_ = held
		}
	case "fill": // a file, until it no longer grows
		f, err := os.Create(os.Args[2])
		if err != nil {
			fail(err)
		}
		chunk := make([]byte, 1<<20)
		for {
			if _, err := f.Write(chunk); err != nil {
				fail(err)
			}
		}
	case "facts":
		json.NewEncoder(os.Stdout).Encode(facts())
	default:
		fail("no program ", os.Args[1])
	}
}

func fail(v ...any) {
	fmt.Fprintln(os.Stderr, v...)
	os.Exit(1)
}

// descriptors lists what this program was given. It must be asked before Go has
// opened any of its own, but for those by which its runtime watches its quota of
// processor time.
func descriptors() string {
	var open []string
	for fd := range 1024 {
		if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0); errno != 0 {
			continue
		}
		to, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		if !strings.HasPrefix(to, "/sys/fs/cgroup/cpu") {
			open = append(open, strconv.Itoa(fd))
		}
	}
	return strings.Join(open, " ")
}

// facts are what a program in the box can find out about it.
func facts() map[string]string {
	m := map[string]string{"fds": descriptors()}
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			switch k {
			case "Uid", "Gid", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp":
				m[k] = strings.TrimSpace(v)
			}
		}
	}
	read := func(key, file string) {
		b, err := os.ReadFile(file)
		m[key] = strings.TrimSpace(string(b))
		if err != nil {
			m[key] = err.Error()
		}
	}
	read("oom_score_adj", "/proc/self/oom_score_adj")
	read("cgroup", "/proc/self/cgroup")
	read("agent environ", "/proc/1/environ")
	m["hostname"], _ = os.Hostname()
	var links []string
	dev, _ := os.ReadFile("/proc/net/dev")
	for line := range strings.Lines(string(dev)) {
		if name, _, ok := strings.Cut(line, ":"); ok {
			links = append(links, strings.TrimSpace(name))
		}
	}
	m["interfaces"] = strings.Join(links, ",")
	for _, file := range []string{"/f", "/dev/f", "/dev/shm/f", "/etc/f", "/opt/f", "/run/f", "/sys/fs/cgroup/f", "/tmp/f", "/work/f"} {
		err := os.WriteFile(file, nil, 0o600)
		m["write "+file] = fmt.Sprint(err)
	}
	for name, which := range map[string]int{"core": syscall.RLIMIT_CORE, "nofile": syscall.RLIMIT_NOFILE, "fsize": syscall.RLIMIT_FSIZE, "stack": syscall.RLIMIT_STACK, "memlock": 8, "sigpending": 11, "msgqueue": 12, "nice": 13, "rtprio": 14} {
		var l syscall.Rlimit
		syscall.Getrlimit(which, &l)
		m["rlimit "+name] = fmt.Sprintf("%d/%d", l.Cur, l.Max)
	}
	for _, dir := range []string{"/work", "/tmp"} {
		var st syscall.Statfs_t
		syscall.Statfs(dir, &st)
		m["statfs "+dir] = fmt.Sprintf("size=%d inodes=%d flags=%#x", int64(st.Blocks)*st.Bsize, st.Files, st.Flags&0xf)
	}
	var shm syscall.Statfs_t
	syscall.Statfs("/dev/shm", &shm)
	m["statfs /dev/shm"] = fmt.Sprintf("size=%d flags=%#x", int64(shm.Blocks)*shm.Bsize, shm.Flags&0xf)
	return m
}
