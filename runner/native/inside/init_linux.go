package inside

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/runner/agent"
	"golang.org/x/sys/unix"
)

// The names under which the executable starts itself.
const (
	InitName  = "corust-box-init"
	agentName = "corust-box-agent"
)

// OOMScore is the highest there is.
const OOMScore = "1000"

// ConfigFD is where the init finds its configuration; descriptors from the host
// follow it.
const ConfigFD = 3

// Environ is the environment of the init and of the agent; steps have another.
// It saves Go's runtime from reading control group files, and sets a small memory
// budget, since the agent has little to collect.
func Environ() []string {
	return []string{"GOMAXPROCS=2", "GODEBUG=containermaxprocs=0,updatemaxprocs=0", "GOGC=50", "GOMEMLIMIT=16MiB"}
}

// Config is what the host sends to the init.
type Config struct {
	Mounts []Mount `json:"mounts"`
	// Trees are descriptors for the sources of binds, in the order of their
	// mounts, opened by a privileged host. Without it the init opens them.
	Trees []int `json:"trees,omitempty"`
	// Tasks are the descriptors through which to enter a version 1 group.
	Tasks []int `json:"tasks,omitempty"`
	// Counters are the descriptors of agent.Counters, -1 where missing.
	Counters []int `json:"counters"`
	// Sysctls are settings of the box's own namespaces.
	Sysctls []Sysctl `json:"sysctls"`
	// Rlimits bound each process.
	Rlimits []Rlimit `json:"rlimits"`
	// Filter is the system call filter: seccomp.Filter.
	Filter []byte `json:"filter"`
	// Split means that agent and steps have different users.
	Split bool `json:"split"`
}

// Rlimit bounds a resource. Where corust itself has a lower hard limit, that stands:
// nothing in a box can raise it.
type Rlimit struct {
	Resource int    `json:"resource"`
	Soft     uint64 `json:"soft"`
	Hard     uint64 `json:"hard"`
}

func (l Rlimit) set() error {
	var own unix.Rlimit
	if err := unix.Getrlimit(l.Resource, &own); err != nil {
		return fmt.Errorf("read rlimit %d: %w", l.Resource, err)
	}
	hard := min(l.Hard, own.Max)
	if err := unix.Setrlimit(l.Resource, &unix.Rlimit{Cur: min(l.Soft, hard), Max: hard}); err != nil {
		return fmt.Errorf("set rlimit %d to %d: %w", l.Resource, l.Soft, err)
	}
	return nil
}

// Sysctl is a setting: a path below /proc/sys and the value. Where the kernel has no
// such setting, or /proc/sys is mounted read-only, a box is made without it.
type Sysctl struct {
	Path  string `json:"path"`
	Value string `json:"value"`
}

// Entry takes over the process, and does not return, if it was started as a part
// of a box. Package entry calls it.
func Entry() {
	switch os.Args[0] {
	case InitName:
		runtime.LockOSThread() // namespaces, capabilities and filter belong to the thread that executes the agent
		die(boxInit())
	case agentName:
		die(boxAgent(os.Args[1:]))
	}
}

// die ends a part of a box. The host reads standard error.
func die(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%v\n", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// boxInit turns the new process into a box and executes the agent in it.
func boxInit() error {
	var cfg Config
	if err := json.NewDecoder(os.NewFile(ConfigFD, "config")).Decode(&cfg); err != nil {
		return fmt.Errorf("read the box's configuration: %w", err)
	}
	self, err := unix.Open("/proc/self/exe", unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open own executable: %w", err)
	}
	unix.Umask(0)
	if err := enterGroup(cfg.Tasks); err != nil {
		return err
	}
	if err := os.WriteFile("/proc/self/oom_score_adj", []byte(OOMScore), 0); err != nil {
		return fmt.Errorf("volunteer when memory runs out: %w", err)
	}
	if err := nameHost(); err != nil {
		return err
	}
	if err := loopbackUp(); err != nil {
		return err
	}
	if err := setSysctls(cfg.Sysctls); err != nil {
		return err
	}
	if err := buildRoot(cfg.Mounts, cfg.Trees); err != nil {
		return err
	}
	for _, l := range cfg.Rlimits {
		if err := l.set(); err != nil {
			return err
		}
	}
	args := []string{agentName, strconv.FormatBool(cfg.Split)}
	for _, fd := range cfg.Counters {
		args = append(args, strconv.Itoa(fd))
	}
	if err := closeAllBut(cfg.Counters); err != nil {
		return err
	}
	if err := giveUp(cfg.Split, cfg.Filter); err != nil {
		return err
	}
	// By descriptor: the executable has no name in the box.
	return fmt.Errorf("execute the agent: %w", execveat(self, args, Environ()))
}

// enterGroup puts this thread, and so the agent, into the box's control group,
// and makes that the root of what the box sees of control groups.
func enterGroup(tasks []int) error {
	for _, fd := range tasks {
		if _, err := unix.Write(fd, []byte("0")); err != nil {
			return fmt.Errorf("enter the control group: %w", err)
		}
	}
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("make a cgroup namespace: %w", err)
	}
	return nil
}

func nameHost() error {
	if err := unix.Sethostname([]byte(boxenv.Hostname)); err != nil {
		return fmt.Errorf("set the host name: %w", err)
	}
	if err := unix.Setdomainname([]byte("")); err != nil {
		return fmt.Errorf("set the domain name: %w", err)
	}
	return nil
}

// loopbackUp lets the box talk to itself.
func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open a socket: %w", err)
	}
	defer unix.Close(s)
	ifr, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	ifr.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, ifr); err != nil {
		return fmt.Errorf("bring up the loopback interface: %w", err)
	}
	return nil
}

// setSysctls writes settings to the host's /proc/sys, which shows each process those
// of its namespaces. A process may set them that has CAP_SYS_RESOURCE in its user
// namespace (user.*) or CAP_NET_ADMIN in that of its network (net.*).
func setSysctls(list []Sysctl) error {
	for _, s := range list {
		fd, err := unix.Open("/proc/sys/"+s.Path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
		if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EROFS) || errors.Is(err, unix.EACCES) {
			continue // not there, not a namespace's own in this kernel, or mounted read-only
		}
		if err == nil {
			_, err = unix.Write(fd, []byte(s.Value))
			err = errors.Join(err, unix.Close(fd))
		}
		if err != nil {
			return fmt.Errorf("set %s to %q: %w", s.Path, s.Value, err)
		}
	}
	return nil
}

// OpenTree makes a detached copy of a mount, locked down as its kind demands. That of
// a private file is of the file's directory, as overlays are made of directories.
//
// The copy is private. That of a shared mount, as all are under systemd, would be its
// peer: what the box mounts in it would appear on the host, at the place of the source.
func OpenTree(m Mount) (int, error) {
	source := m.Source
	if m.Kind == PrivateFile {
		source = path.Dir(source)
	}
	fd, err := unix.OpenTree(unix.AT_FDCWD, source, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return -1, fmt.Errorf("open %s for the box: %w", m.Source, err)
	}
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV}
	if m.Kind == Device {
		attr.Attr_set = unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NOEXEC
	}
	attr.Propagation = unix.MS_PRIVATE
	if err := unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &attr); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("make %s read-only for the box: %w", m.Source, err)
	}
	return fd, nil
}

// buildRoot makes the list the root of this mount namespace and of the process.
func buildRoot(mounts []Mount, trees []int) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts private: %w", err)
	}
	if trees == nil {
		// All of them before anything is mounted: a source may lie below /tmp.
		for _, m := range mounts {
			if m.Kind.Sourced() {
				fd, err := OpenTree(m)
				if err != nil {
					return err
				}
				trees = append(trees, fd)
			}
		}
	}
	const base = "/tmp" // any directory that every system has; only we see it covered
	if err := unix.Mount("tmpfs", base, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755,size=1m,nr_inodes=512"); err != nil {
		return fmt.Errorf("mount the box's root: %w", err)
	}
	if err := unix.Chdir(base); err != nil {
		return err
	}
	if err := makeLayers(); err != nil {
		return err
	}
	for _, m := range mounts {
		tree := -1
		if m.Kind.Sourced() {
			tree, trees = trees[0], trees[1:]
		}
		if err := m.apply(tree); err != nil {
			return fmt.Errorf("%s %s: %w", m.Kind, m.Target, err)
		}
	}
	if err := removeLayers(); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("let go of the old root: %w", err)
	}
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", 0, &attr); err != nil {
		return fmt.Errorf("make the root read-only: %w", err)
	}
	return unix.Chdir("/")
}

// apply makes one mount below the current directory.
func (m Mount) apply(tree int) error {
	target := strings.TrimPrefix(m.Target, "/")
	if err := os.MkdirAll(path.Dir(target), 0o755); err != nil {
		return err
	}
	switch m.Kind {
	case Symlink:
		return os.Symlink(m.Source, target)
	case File:
		return os.WriteFile(target, []byte(m.Source), 0o444)
	case Proc:
		if err := os.Mkdir(target, 0o755); err != nil {
			return err
		}
		return unix.Mount("proc", target, "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "subset=pid,hidepid=ptraceable")
	case Tmpfs:
		if err := os.Mkdir(target, 0o755); err != nil {
			return err
		}
		var flags uintptr = unix.MS_NOSUID | unix.MS_NODEV
		if !m.Exec {
			flags |= unix.MS_NOEXEC
		}
		options := fmt.Sprintf("mode=%o,size=%d,nr_inodes=%d", m.Mode, m.Size, m.Inodes)
		return unix.Mount("tmpfs", target, "tmpfs", flags, options)
	case Private:
		if err := os.MkdirAll(target, 0o755); err != nil {
			return err
		}
		return overlay(tree, target)
	case PrivateFile:
		return overlayFile(tree, path.Base(m.Source), target)
	default:
		if err := os.WriteFile(target, nil, 0o444); err != nil {
			return err
		}
		return unix.MoveMount(tree, "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH)
	}
}

// Overlays are made of directories here: a file system that is unmounted, with all
// that is mounted in it, when the root is complete. The overlays keep what they need.
const (
	layers     = ".layers"
	lowerLayer = layers + "/lower"
	emptyLayer = layers + "/empty" // a read-only overlay wants two layers
	fileView   = layers + "/view"
)

func makeLayers() error {
	if err := os.Mkdir(layers, 0o700); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", layers, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=700,size=4k,nr_inodes=8"); err != nil {
		return fmt.Errorf("mount the overlays' layers: %w", err)
	}
	return errors.Join(os.Mkdir(lowerLayer, 0o755), os.Mkdir(emptyLayer, 0o755), os.Mkdir(fileView, 0o755))
}

func removeLayers() error {
	if err := unix.Unmount(layers, unix.MNT_DETACH); err != nil {
		return fmt.Errorf("let go of the overlays' layers: %w", err)
	}
	return os.Remove(layers)
}

// overlay shows the directory that is the root of tree through an overlay at target.
func overlay(tree int, target string) error {
	// Each covers the one of the overlay before.
	if err := unix.MoveMount(tree, "", unix.AT_FDCWD, lowerLayer, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return err
	}
	var flags uintptr = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV
	return unix.Mount("overlay", target, "overlay", flags, "lowerdir="+lowerLayer+":"+emptyLayer)
}

// overlayFile shows one file of the directory that is the root of tree at target. The
// box has no path to the rest of the overlay.
func overlayFile(tree int, name, target string) error {
	if err := overlay(tree, fileView); err != nil {
		return err
	}
	file, err := unix.OpenTree(unix.AT_FDCWD, fileView+"/"+name, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(file)
	if err := os.WriteFile(target, nil, 0o444); err != nil {
		return err
	}
	return unix.MoveMount(file, "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH)
}

// closeAllBut lets no descriptor but the pipe's and these pass the exec.
func closeAllBut(keep []int) error {
	if err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("mark descriptors close-on-exec: %w", err)
	}
	for _, fd := range keep {
		if fd > 2 {
			if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0); err != nil {
				return fmt.Errorf("keep descriptor %d: %w", fd, err)
			}
		}
	}
	return nil
}

// giveUp leaves this thread with what the agent needs and no more. It is the last
// thing before the agent is executed.
func giveUp(split bool, filter []byte) error {
	var keep uint64
	if split {
		keep = 1<<unix.CAP_SETUID | 1<<unix.CAP_SETGID | 1<<unix.CAP_KILL | 1<<unix.CAP_CHOWN
	}
	for c := uintptr(0); c < 64; c++ {
		if keep&(1<<c) != 0 {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); errors.Is(err, unix.EINVAL) {
			break // past the kernel's last one
		} else if err != nil {
			return fmt.Errorf("drop capability %d: %w", c, err)
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("clear ambient capabilities: %w", err)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	data[0].Effective, data[0].Permitted = uint32(keep), uint32(keep)
	if err := unix.Capset(&header, &data[0]); err != nil {
		return fmt.Errorf("give up capabilities: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("set no_new_privs: %w", err)
	}
	return load(filter)
}

// load puts this thread under a system call filter, for itself and all that it
// executes. It needs no privilege once no_new_privs is set.
func load(filter []byte) error {
	const size = int(unsafe.Sizeof(unix.SockFilter{}))
	program := make([]unix.SockFilter, len(filter)/size)
	if len(program) == 0 {
		return errors.New("no system call filter")
	}
	for i := range program {
		b := filter[i*size:]
		program[i] = unix.SockFilter{Code: binary.NativeEndian.Uint16(b), Jt: b[2], Jf: b[3], K: binary.NativeEndian.Uint32(b[4:])}
	}
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&fprog))); errno != 0 {
		return fmt.Errorf("load the system call filter: %w", errno)
	}
	return nil
}

// boxAgent is the agent of a native box.
func boxAgent(args []string) error {
	if len(args) != 5 {
		return errors.New("the agent of a box is not started by hand")
	}
	var cfg agent.Config
	if args[0] == "true" {
		cfg.StepUser = &syscall.Credential{Uid: StepUID, Gid: StepUID}
	}
	files := make([]*os.File, 4)
	for i, arg := range args[1:] {
		if fd, err := strconv.Atoi(arg); err == nil && fd > 2 {
			files[i] = os.NewFile(uintptr(fd), "counter")
		}
	}
	cfg.Counters = agent.CountersFromFiles(files)
	return agent.Serve(cfg)
}
