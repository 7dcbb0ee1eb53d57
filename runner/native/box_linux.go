package native

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/native/inside"
	"golang.org/x/sys/unix"
)

// box is one set of namespaces with its control group.
type box struct {
	id      string
	pipe    *os.File // the host's end of the agent's socket
	cmd     *exec.Cmd
	group   *group // nil where there are no groups
	release func() // gives its host users back; nil if it has none

	stderr head
	dead   chan struct{} // closed when PID 1, and so every process, is gone

	destroy sync.Once
	gone    chan struct{} // closed when everything is removed
	err     error         // of the removal; read after gone
}

// start makes a box and returns while its init still builds the root.
func (b *Backend) start(spec runner.BoxSpec, h host) (_ *box, err error) {
	x := &box{id: b.name(), dead: make(chan struct{}), gone: make(chan struct{})}
	var files handover
	defer files.close() // the child has copies

	if b.groups.available() {
		if x.group, err = b.groups.create(x.id, spec); err != nil {
			return nil, err
		}
		defer func() {
			if err != nil {
				err = errors.Join(err, x.group.remove())
			}
		}()
	}
	var pair int // of host users
	if b.root {
		pair = b.users.Take()
		x.release = sync.OnceFunc(func() { b.users.Give(pair) })
		defer func() {
			if err != nil {
				x.release()
			}
		}()
	}
	cfg := b.config(spec, h, x.group != nil)
	config, configEnd, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer configEnd.Close()
	files.add(config)
	if err := b.handOver(&files, &cfg, x.group); err != nil {
		return nil, err
	}
	hostEnd, boxEnd, err := socketpair()
	if err != nil {
		return nil, err
	}
	defer boxEnd.Close()

	x.cmd = &exec.Cmd{
		Path:        fmt.Sprintf("/proc/self/fd/%d", inside.ConfigFD+len(files.list)), // the last of ExtraFiles
		Args:        []string{inside.InitName},
		Env:         inside.Environ(), // nothing of the host's
		Stdin:       boxEnd,
		Stdout:      boxEnd,
		Stderr:      &x.stderr,
		ExtraFiles:  append(files.list, b.agent),
		SysProcAttr: b.attributes(pair),
	}
	if x.group != nil && x.group.v2 != "" {
		dir, err := os.Open(x.group.v2)
		if err != nil {
			hostEnd.Close()
			return nil, err
		}
		defer dir.Close()
		x.cmd.SysProcAttr.UseCgroupFD, x.cmd.SysProcAttr.CgroupFD = true, int(dir.Fd())
	}
	if err := x.cmd.Start(); err != nil {
		hostEnd.Close()
		return nil, err
	}
	x.pipe = hostEnd
	go func() {
		_ = x.cmd.Wait() // the frames of PID 1 tell more than its exit status
		close(x.dead)
	}()
	if err := b.volunteer(x.cmd.Process.Pid); err != nil {
		_ = x.Destroy(context.Background())
		return nil, err
	}
	if err := json.NewEncoder(configEnd).Encode(cfg); err != nil {
		_ = x.Destroy(context.Background())
		return nil, fmt.Errorf("configure the box: %w", err)
	}
	return x, nil
}

// config is the configuration of a box's init.
func (b *Backend) config(spec runner.BoxSpec, h host, grouped bool) inside.Config {
	cfg := inside.Config{
		Mounts:  posture(spec, h, b.sys),
		Rlimits: rlimits(spec, grouped),
		Filter:  b.filter,
		Split:   b.root,
	}
	for _, s := range sysctls() {
		cfg.Sysctls = append(cfg.Sysctls, inside.Sysctl{Path: strings.ReplaceAll(s.Name, ".", "/"), Value: s.Value})
	}
	return cfg
}

// volunteer makes a box's processes the first that the kernel ends when the
// machine itself is out of memory. The init does so, too; but what a process
// with the host's CAP_SYS_RESOURCE has set, the box cannot lower again.
func (b *Backend) volunteer(pid int) error {
	if !b.root {
		return nil
	}
	return writeFile(fmt.Sprintf("/proc/%d", pid), "oom_score_adj", inside.OOMScore)
}

// attributes are the new process's namespaces and, as root, its pair of users.
func (b *Backend) attributes(pair int) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET |
			unix.CLONE_NEWIPC | unix.CLONE_NEWUTS,
		Setsid: true, // a Ctrl-C at the host's terminal is for the host to handle
	}
	if b.root {
		agent, step := hostUsers(pair)
		ids := []syscall.SysProcIDMap{
			{ContainerID: inside.AgentUID, HostID: agent, Size: 1},
			{ContainerID: inside.StepUID, HostID: step, Size: 1},
		}
		attr.UidMappings, attr.GidMappings = ids, ids
		attr.GidMappingsEnableSetgroups = true
		attr.Credential = &syscall.Credential{Uid: inside.AgentUID, Gid: inside.AgentUID}
		return attr
	}
	// One user only, so the program is not the box's root either; what the init
	// needs of root's power it gets across its exec as ambient capabilities.
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: inside.StepUID, HostID: os.Geteuid(), Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: inside.StepUID, HostID: os.Getegid(), Size: 1}}
	attr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_SYS_RESOURCE, unix.CAP_SETPCAP}
	return attr
}

// handOver opens what the init needs and only the host may open.
func (b *Backend) handOver(files *handover, cfg *inside.Config, g *group) error {
	if b.root {
		// The box's users cannot walk to a toolchain in root's home.
		for _, m := range cfg.Mounts {
			if !m.Kind.Sourced() {
				continue
			}
			fd, err := inside.OpenTree(m)
			if err != nil {
				return err
			}
			cfg.Trees = append(cfg.Trees, files.add(os.NewFile(uintptr(fd), m.Source)))
		}
	}
	cfg.Counters = []int{-1, -1, -1, -1}
	if g == nil {
		return nil
	}
	tasks, err := g.entrances()
	if err != nil {
		return err
	}
	for _, f := range tasks {
		cfg.Tasks = append(cfg.Tasks, files.add(f))
	}
	for i, f := range g.counters().Files() {
		if f != nil {
			cfg.Counters[i] = files.add(f)
		}
	}
	return nil
}

// handover collects the files of a child and their numbers there.
type handover struct{ list []*os.File }

func (h *handover) add(f *os.File) int {
	h.list = append(h.list, f)
	return inside.ConfigFD + len(h.list) - 1
}

func (h *handover) close() { closeAll(h.list) }

// socketpair is the agent's pipe. The host's end is one that can be closed under
// a pending read.
func socketpair() (hostEnd, boxEnd *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make the agent's pipe: %w", err)
	}
	if err := unix.SetNonblock(fds[0], true); err != nil {
		return nil, nil, err
	}
	return os.NewFile(uintptr(fds[0]), "agent"), os.NewFile(uintptr(fds[1]), "agent"), nil
}

// ID implements runner.Box.
func (x *box) ID() string { return x.id }

// Read implements runner.Box. If the box failed before its agent wrote a frame,
// the end of the stream is an error with the reason.
func (x *box) Read(p []byte) (int, error) {
	n, err := x.pipe.Read(p)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, os.ErrClosed):
		return n, io.EOF // it was destroyed: do not wait for its end
	case errors.Is(err, unix.ECONNRESET):
		err = io.EOF
	}
	if n == 0 && errors.Is(err, io.EOF) {
		select {
		case <-x.dead: // its standard error is complete
		case <-time.After(removeTime):
		}
		if text := x.stderr.text(); text != "" {
			return 0, fmt.Errorf("cannot set up: %s", text)
		}
	}
	return n, err
}

// Write implements runner.Box.
func (x *box) Write(p []byte) (int, error) { return x.pipe.Write(p) }

// Counters implements runner.Box.
func (x *box) Counters() (runner.Counters, error) {
	if x.group == nil {
		return runner.Counters{}, nil
	}
	n, err := x.group.oomKills()
	return runner.Counters{OOMKills: n}, err
}

// Yield implements runner.Box.
func (x *box) Yield() {
	if x.group != nil {
		_ = x.group.weigh(yieldSharesV1, yieldWeightV2) // fails only if the group is gone
	}
}

// Hurry implements runner.Box.
func (x *box) Hurry() {
	if x.group != nil {
		_ = x.group.weigh(sharesV1, weightV2)
	}
}

// Destroy implements runner.Box. Killing PID 1 kills the namespace; Destroy waits
// for its end, which takes the kernel a few milliseconds. When ctx ends, Destroy stops
// waiting, but the removal goes on.
func (x *box) Destroy(ctx context.Context) error {
	x.destroy.Do(func() {
		go func() {
			defer close(x.gone)
			_ = x.cmd.Process.Kill() // fails only if it is dead already
			x.pipe.Close()
			<-x.dead
			if x.group != nil {
				x.err = x.group.remove()
			}
			if x.release != nil {
				x.release()
			}
		}()
	})
	select {
	case <-x.gone:
		return x.err
	case <-ctx.Done():
		return fmt.Errorf("destroy box %s: %w", x.id, ctx.Err())
	}
}

// stuck reports whether the kernel holds the box's first process in a call that
// nothing can end, and in which.
func (x *box) stuck() (in string, ok bool) {
	proc := fmt.Sprintf("/proc/%d", x.cmd.Process.Pid)
	stat, err := os.ReadFile(proc + "/stat")
	if err != nil {
		return "", false
	}
	state := bytes.TrimSpace(stat[bytes.LastIndexByte(stat, ')')+1:])
	if !bytes.HasPrefix(state, []byte("D")) {
		return "", false
	}
	wchan, _ := os.ReadFile(proc + "/wchan")
	return string(wchan), true
}

// head keeps the beginning of what a box's init writes when it fails.
type head struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

const maxHead = 4 << 10

// Write implements io.Writer.
func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.buf.Write(p[:min(len(p), max(0, maxHead-h.buf.Len()))])
	return len(p), nil
}

func (h *head) text() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return trim(h.buf.Bytes())
}
