package native

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/agent"
	"golang.org/x/sys/unix"
)

// Diagnose checks what native boxes need, by trying it where that is possible.
func Diagnose(cfg Config) []Check {
	return []Check{
		checkKernel(), checkToolchain(), checkLinker(), checkTools(), checkNamespaces(), checkSysctls(), checkCgroups(), checkSeccomp(), checkBox(cfg),
	}
}

func checkKernel() Check {
	c := Check{Name: "kernel", State: StateOK, Needed: true}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		c.State, c.Found = StateFail, err.Error()
		return c
	}
	c.Found = "Linux " + unix.ByteSliceToString(u.Release[:])
	major, minor := kernelVersion(unix.ByteSliceToString(u.Release[:]))
	if major < 5 || major == 5 && minor < 12 {
		c.State = StateFail
		c.Cost = "no native boxes: they need mount_setattr of Linux 5.12"
		c.Fix = "a newer kernel, or --backend docker"
	}
	return c
}

func kernelVersion(release string) (major, minor int) {
	parts := strings.SplitN(release, ".", 3)
	if len(parts) < 2 {
		return 0, 0
	}
	major, _ = strconv.Atoi(parts[0])
	minor, _ = strconv.Atoi(strings.TrimRight(strings.SplitN(parts[1], "-", 2)[0], "+"))
	return major, minor
}

func checkToolchain() Check {
	c := Check{Name: "Rust toolchain", State: StateOK, Needed: true}
	h, err := findToolchain("")
	if err != nil {
		c.State, c.Found = StateFail, err.Error()
		c.Cost = "nothing to compile with in native boxes"
		c.Fix = FixNoToolchain
		if errors.Is(err, ErrRustup) {
			c.Fix = FixRustup
		}
		return c
	}
	version, err := h.version(context.Background())
	if err != nil {
		c.State, c.Found, c.Cost, c.Fix = StateFail, err.Error(), "nothing to compile with in native boxes", FixBrokenToolchain
		return c
	}
	c.Found = fmt.Sprintf("%s (rustc %s)", h.sysroot, version)
	tc := h.describe("", identity{})
	tc.Version = version
	c.lacks(tc)
	return c
}

// lacks makes the check of a toolchain that works a warning if it lacks something.
func (c *Check) lacks(tc runner.Toolchain) {
	var cost, fix []string
	latest := runner.Editions[len(runner.Editions)-1]
	if newest, err := tc.DefaultEdition(); err == nil && newest < latest {
		cost = append(cost, fmt.Sprintf("programs have edition %s by default, and those for edition %s do not compile", newest, latest))
		fix = append(fix, FixOldToolchain)
	}
	if tc.Rustfmt == "" || tc.ClippyDriver == "" {
		cost = append(cost, "no --action fmt or clippy")
		fix = append(fix, "rustup component add rustfmt clippy, or the distribution's packages rustfmt and rust-clippy")
	}
	if len(cost) > 0 {
		c.State, c.Needed, c.Cost, c.Fix = StateWarn, false, strings.Join(cost, "; "), strings.Join(fix, "; ")
	}
}

func checkLinker() Check {
	c := Check{Name: "C linker", State: StateOK, Needed: true}
	var found []string
	for _, tool := range linkerTools {
		path, err := thisSystem().resolve("/usr/bin/" + tool)
		if err != nil {
			c.State, c.Found = StateFail, fmt.Sprintf("no /usr/bin/%s", tool)
			c.Cost = "rustc cannot link a program"
			c.Fix = "as root on Debian or Ubuntu: apt-get install gcc libc6-dev"
			return c
		}
		found = append(found, path)
	}
	c.Found = strings.Join(found, ", ")
	return c
}

// checkTools looks for what the programs in a box may rely on.
func checkTools() Check {
	c := Check{Name: "shell and tools", State: StateOK, Found: fmt.Sprintf("%d programs", len(boxenv.Tools))}
	var lacks []string
	if missing := thisSystem().missingTools(); len(missing) > 0 {
		lacks = append(lacks, "no "+strings.Join(missing, ", "))
	}
	if !thisSystem().exists(boxenv.Localtime) {
		lacks = append(lacks, "no time zones")
	}
	if len(lacks) > 0 {
		c.State, c.Found = StateWarn, strings.Join(lacks, "; ")
		c.Cost = "programs do not find them in native boxes, but in docker boxes"
		c.Fix = "as root on Debian or Ubuntu: apt-get install coreutils dash bash diffutils findutils grep hostname mawk sed tzdata util-linux"
	}
	return c
}

func checkNamespaces() Check {
	c := Check{Name: "namespaces", State: StateOK, Needed: true, Found: "user, mount, pid, net, ipc, uts, cgroup"}
	for _, ns := range []string{"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"} {
		if _, err := os.Stat("/proc/self/ns/" + ns); err != nil {
			c.State, c.Found = StateFail, "the kernel has no "+ns+" namespaces"
			c.Cost = "no native boxes"
			c.Fix = "a kernel with them, or --backend docker"
		}
	}
	if data, err := os.ReadFile("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"); err == nil && strings.TrimSpace(string(data)) == "1" && os.Geteuid() != 0 {
		c.State, c.Found = StateWarn, "AppArmor restricts unprivileged user namespaces"
		c.Cost = "no native boxes, unless a profile permits them to corust"
		c.Fix = "run as root, give corust an AppArmor profile with \"userns,\", or use --backend docker"
	}
	return c
}

// checkSysctls checks whether each box can have its settings.
func checkSysctls() Check {
	c := Check{Name: "kernel settings", State: StateOK, Found: "/proc/sys can be written"}
	for _, dir := range []string{"/proc/sys/user", "/proc/sys/net"} {
		var st unix.Statfs_t
		if err := unix.Statfs(dir, &st); err != nil {
			c.State, c.Found = StateWarn, fmt.Sprintf("%s: %v", dir, err)
		} else if st.Flags&unix.ST_RDONLY != 0 {
			c.State, c.Found = StateWarn, dir+" is mounted read-only"
		}
	}
	if c.State != StateOK {
		c.Cost = "a box can hold all inotify watches of the user that corust runs as, and more of the machine's memory for sockets"
		c.Fix = "mount /proc/sys/user and /proc/sys/net writable (systemd: ReadWritePaths=); their settings are still root's, but for those of a box's own namespaces"
	}
	return c
}

func checkCgroups() Check {
	c := Check{Name: "control groups", State: StateOK, Needed: true}
	g := findCgroups()
	switch {
	case g.v1 != nil:
		c.Found = "version 1: memory, pids, cpu"
	case g.v2 != "":
		c.Found = "version 2 at " + g.v2
	default:
		c.State, c.Found = StateWarn, g.why
		c.Cost = "memory and processes are bounded by rlimits only, and processor shares not at all; corust serve does not start"
		c.Fix = "run as root, or: systemd-run --user --scope -p Delegate=yes corust …"
		if contained() {
			c.Fix = FixContained
		}
	}
	return c
}

func checkSeccomp() Check {
	c := Check{Name: "seccomp", State: StateOK, Needed: true, Found: "filters"}
	// With a null program the call fails; the error shows whether the kernel has it.
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, 0)
	if errno != unix.EFAULT {
		c.State, c.Found = StateFail, errno.Error()
		c.Cost = "no native boxes"
		c.Fix = "a kernel with CONFIG_SECCOMP_FILTER"
	}
	return c
}

// checkBox makes one and waits for its agent.
func checkBox(cfg Config) Check {
	c := Check{Name: "native box", State: StateOK, Needed: true}
	start := time.Now()
	if err := tryBox(cfg); err != nil {
		c.State, c.Found = StateFail, err.Error()
		c.Cost = "no native boxes"
		c.Fix = "see the lines above, or use --backend docker"
		if errors.Is(err, ErrContained) {
			c.Fix = FixContained
		}
		return c
	}
	c.Found = fmt.Sprintf("made, greeted and removed in %v", time.Since(start).Round(time.Millisecond))
	return c
}

func tryBox(cfg Config) error {
	b, err := New(cfg)
	if err != nil {
		return err
	}
	defer b.Close()
	return b.Try(context.Background())
}

// tryTime bounds a trial, which takes some milliseconds.
const tryTime = 10 * time.Second

// Try makes a box, waits for its agent and removes it. The error wraps [ErrStuck] if
// the kernel did not get to the end of it and holds the box's process, which then
// cannot be ended.
func (b *Backend) Try(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	made, err := b.NewBox(ctx, runner.DefaultLimits.Spec(""))
	if err != nil {
		return err
	}
	x := made.(*box)
	stop := context.AfterFunc(ctx, func() { _ = x.Destroy(ctx) })
	defer stop()
	typ, _, err := agent.NewReader(x).Next()
	if err == nil && typ != agent.TypeReady {
		err = agent.ErrProtocol
	}
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("its agent did not answer for %v", tryTime)
		if in, ok := x.stuck(); ok {
			err = fmt.Errorf("%w (in %s, for %v)", ErrStuck, in, tryTime)
		}
	}
	if derr := x.Destroy(ctx); err == nil {
		err = derr
	}
	return err
}
