package native

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/corust-dev/corust/internal/seccomp"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/native/inside"
	"golang.org/x/sys/unix"
)

// Backend makes native boxes.
type Backend struct {
	cfg    Config
	sys    system
	groups cgroups
	owner  string
	root   bool
	filter []byte // of system calls, for inside.Config
	serial atomic.Uint64
	users  pairs

	mu         sync.Mutex
	toolchains map[runner.Channel]host
}

// New prepares the making of boxes and removes what runners that died left
// behind. It fails with ErrUnsupported where none can be made at all, and with
// ErrNoToolchain where they would be empty.
func New(cfg Config) (*Backend, error) {
	b := &Backend{
		cfg:        cfg,
		sys:        thisSystem(),
		groups:     findCgroups(),
		owner:      ownerName(),
		root:       os.Geteuid() == 0,
		toolchains: map[runner.Channel]host{},
		users:      pairs{live: map[int]bool{}},
	}
	filter, err := seccomp.Filter()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	b.filter = filter
	if _, err := b.toolchain(""); err != nil {
		return nil, err
	}
	for _, tool := range linkerTools {
		if !b.sys.exists("/usr/bin/" + tool) {
			return nil, fmt.Errorf("%w: %w", ErrUnsupported, errNoLinker)
		}
	}
	if b.groups.available() {
		// What cannot be removed is in nobody's way: the next start tries again.
		_ = b.groups.sweep()
	}
	return b, nil
}

// Name implements runner.Backend.
func (b *Backend) Name() string { return Name }

// Close implements runner.Backend. It removes nothing: the directory in which
// groups are made is other runners' as well.
func (b *Backend) Close() error { return nil }

// Unenforced names the limits that this backend cannot hold a box to as it
// should, with the reason; empty where it holds all of them.
func (b *Backend) Unenforced() []string {
	if b.groups.available() {
		return nil
	}
	return []string{
		"memory (by RLIMIT_DATA, for each process), processes (by RLIMIT_NPROC), processor shares (not at all): " + b.groups.why,
	}
}

// Toolchain implements runner.Backend.
func (b *Backend) Toolchain(_ context.Context, channel runner.Channel) (runner.Toolchain, error) {
	h, err := b.toolchain(channel)
	if err != nil {
		if channel != "" && errors.Is(err, ErrNoToolchain) {
			return runner.Toolchain{}, &runner.InvalidError{Field: "channel", Reason: err.Error()}
		}
		return runner.Toolchain{}, err
	}
	return h.describe(channel), nil
}

// Sysroot is the host's directory of a channel's toolchain.
func (b *Backend) Sysroot(channel runner.Channel) (string, error) {
	h, err := b.toolchain(channel)
	return h.sysroot, err
}

func (b *Backend) toolchain(channel runner.Channel) (host, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if h, ok := b.toolchains[channel]; ok {
		return h, nil
	}
	h, err := findToolchain(channel)
	if err == nil {
		if b.cfg.Set != nil {
			h.set, h.setKey = b.cfg.Set(h.sysroot)
		}
		b.toolchains[channel] = h
	}
	return h, err
}

// NewBox implements runner.Backend.
func (b *Backend) NewBox(ctx context.Context, spec runner.BoxSpec) (runner.Box, error) {
	h, err := b.toolchain(spec.Channel)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	box, err := b.start(spec, h)
	if err != nil {
		return nil, fmt.Errorf("make a native box: %w", explain(err))
	}
	return box, nil
}

// explain adds to an error of the kernel's what it usually means here.
func explain(err error) error {
	switch {
	case (errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES)) && contained():
		return fmt.Errorf("%w (%w)", ErrContained, err)
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return fmt.Errorf("%w: user namespaces are not permitted (%w)", ErrUnsupported, err)
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EUSERS):
		return fmt.Errorf("%w (the machine's limit of namespaces is reached: /proc/sys/user)", err)
	}
	return err
}

// containerMarks are the files that engines put into a container: Docker, and Podman
// and CRI-O.
var containerMarks = []string{"/.dockerenv", "/run/.containerenv"}

// contained reports whether this process is in a container, as far as that shows.
func contained() bool {
	return slices.ContainsFunc(containerMarks, func(name string) bool {
		_, err := os.Stat(name)
		return err == nil
	}) || os.Getenv("KUBERNETES_SERVICE_HOST") != ""
}

// agentData is what Go's runtime maps before main, which RLIMIT_DATA counts: with
// less the agent does not start. A program gets it on top, where there are no
// control groups.
const agentData = 128 << 20

// noCore is too little for a core file, as 0 is, and the only limit at which the
// kernel does not start the host's handler for cores either, as the host's root,
// where kernel.core_pattern names one (fs/coredump.c: "we use cprm.limit of 1 here
// as a special value"). The system call filter keeps it from being lowered. Where
// corust itself has a hard limit of 0, that stands.
const noCore = 1

// rlimits bound each process of a box, the agent too.
func rlimits(spec runner.BoxSpec, groups bool) []inside.Rlimit {
	list := []inside.Rlimit{
		{Resource: unix.RLIMIT_CORE, Max: noCore},                   // no core files, and no handler of the host's for them
		{Resource: unix.RLIMIT_FSIZE, Max: uint64(spec.Work)},       // one file: SIGXFSZ
		{Resource: unix.RLIMIT_NOFILE, Max: uint64(spec.OpenFiles)}, // descriptors
		{Resource: unix.RLIMIT_MEMLOCK, Max: 64 << 10},              // memory that cannot be reclaimed
		{Resource: unix.RLIMIT_MSGQUEUE, Max: 64 << 10},             // POSIX queues are not charged to the group
		{Resource: unix.RLIMIT_SIGPENDING, Max: 256},                // nor are queued signals
		{Resource: unix.RLIMIT_NICE, Max: 0},                        // no better priority
		{Resource: unix.RLIMIT_RTPRIO, Max: 0},                      // no real time
	}
	if !groups {
		list = append(list,
			inside.Rlimit{Resource: unix.RLIMIT_DATA, Max: uint64(spec.Memory) + agentData},
			inside.Rlimit{Resource: unix.RLIMIT_NPROC, Max: uint64(spec.Processes)})
	}
	return list
}

// name makes a new name for a box, which says whose it is.
func (b *Backend) name() string {
	return fmt.Sprintf("%s-%d", b.owner, b.serial.Add(1))
}

// trim makes one line of what a box's init printed.
func trim(stderr []byte) string {
	return strings.Join(strings.Fields(string(stderr)), " ")
}
