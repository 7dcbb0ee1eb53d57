package native

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/corust-dev/corust/internal/numbers"
	"github.com/corust-dev/corust/internal/owner"
	"github.com/corust-dev/corust/internal/seccomp"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/agent/executable"
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
	filter []byte       // of system calls, for inside.Config
	agent  *os.File     // the executable of init and agent; see openExecutable
	users  numbers.Pool // pairs of host users; see hostUsers

	identities identities
	links      links

	mu         sync.Mutex
	toolchains map[runner.Channel]host
	bases      map[bool]*base // by whether they have the distribution's Rust
	sets       map[string]set // of toolchains, by sysroot
}

// set is a set of crates: see Config.Set.
type set struct{ dir, key string }

// New returns a Backend. It fails with ErrUnsupported if this machine cannot make boxes,
// and with ErrNoToolchain if it has no Rust for them.
func New(cfg Config) (*Backend, error) {
	b := &Backend{
		cfg:        cfg,
		sys:        thisSystem(),
		groups:     findCgroups(),
		owner:      owner.Self().String(),
		root:       os.Geteuid() == 0,
		toolchains: map[runner.Channel]host{},
		users:      numbers.Pool{N: userPairs},
		bases:      map[bool]*base{},
		sets:       map[string]set{},
	}
	filter, err := seccomp.Filter()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	b.filter = filter
	h, err := b.toolchain(context.Background(), "")
	if err != nil {
		return nil, err
	}
	if b.agent, err = openExecutable(cmp.Or(cfg.agent, executable.Text()), filepath.Dir(h.base)); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrUnsupported, err), b.Close())
	}
	for _, tool := range linkerTools {
		if !b.sys.exists("/usr/bin/" + tool) {
			return nil, errors.Join(fmt.Errorf("%w: %w", ErrUnsupported, errNoLinker), b.Close())
		}
	}
	return b, nil
}

// Name implements runner.Backend.
func (b *Backend) Name() string { return Name }

// Close implements runner.Backend. It removes nothing: the directories of groups and of
// bases are other runners' as well.
func (b *Backend) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var errs []error
	for rust, base := range b.bases {
		errs = append(errs, base.close())
		delete(b.bases, rust)
	}
	clear(b.toolchains) // which name them
	if b.agent != nil {
		errs = append(errs, b.agent.Close())
	}
	return errors.Join(errs...)
}

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
func (b *Backend) Toolchain(ctx context.Context, channel runner.Channel) (runner.Toolchain, error) {
	h, err := b.toolchain(ctx, channel)
	if err != nil {
		return runner.Toolchain{}, err
	}
	return b.describe(ctx, channel, h)
}

// Toolchains implements runner.Backend.
func (b *Backend) Toolchains(ctx context.Context) ([]runner.Toolchain, error) {
	var list []runner.Toolchain
	var broken []error
	for _, x := range findToolchains() {
		h, err := b.prepare(x.host)
		if err != nil {
			return nil, err
		}
		tc, err := b.describe(ctx, x.channel, h)
		if err != nil {
			broken = append(broken, err)
			continue
		}
		list = append(list, tc)
	}
	if len(list) == 0 {
		return nil, errors.Join(append(broken, ErrNoToolchain)...)
	}
	return list, nil
}

// Channels names the toolchains of this machine as Toolchains does, and also those that
// do not work. It starts no compiler and reads no toolchain.
func (b *Backend) Channels() []runner.Channel {
	var list []runner.Channel
	for _, x := range findToolchains() {
		list = append(list, x.channel)
	}
	return list
}

func (b *Backend) describe(ctx context.Context, channel runner.Channel, h host) (runner.Toolchain, error) {
	id, err := b.identities.of(ctx, h, filepath.Dir(h.base))
	if err != nil {
		return runner.Toolchain{}, err
	}
	tc := h.describe(channel, id)
	tc.System = Name + " " + b.sys.stamp(h.base)
	tc.LinkArgs = b.links.of(ctx, h, tc.ID+" "+tc.System, filepath.Dir(h.base))
	return tc, nil
}

// Sysroot is the host's directory of a channel's toolchain.
func (b *Backend) Sysroot(channel runner.Channel) (string, error) {
	h, err := b.toolchain(context.Background(), channel)
	return h.sysroot, err
}

// toolchain finds the toolchain of a channel. It remembers it until it is removed.
func (b *Backend) toolchain(ctx context.Context, channel runner.Channel) (host, error) {
	b.mu.Lock()
	h, ok := b.toolchains[channel]
	b.mu.Unlock()
	if ok {
		if h.there() {
			return h, nil
		}
		b.identities.forget(h)
	}
	h, err := findToolchain(channel)
	if err != nil && channel != "" {
		h, err = b.versionNamed(ctx, channel, err)
	}
	if err == nil {
		h, err = b.prepare(h)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		delete(b.toolchains, channel)
		return host{}, err
	}
	b.toolchains[channel] = h
	return h, nil
}

// versionNamed finds the toolchain whose version a channel names. missing is why no
// toolchain has the channel's name.
func (b *Backend) versionNamed(ctx context.Context, channel runner.Channel, missing error) (host, error) {
	list, err := b.Toolchains(ctx)
	if err != nil && !errors.Is(err, ErrNoToolchain) {
		return host{}, err
	}
	var have []runner.Channel
	for _, tc := range list {
		if channel.Matches(tc.Version) {
			return findToolchain(tc.Channel)
		}
		have = append(have, tc.Channel)
	}
	return host{}, runner.NoToolchain(channel, have, missing)
}

// prepare adds to a toolchain what else its boxes contain.
func (b *Backend) prepare(h host) (host, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bases[h.system] == nil {
		base, err := openBase(b.sys.recipe(h.system), cacheDirs())
		if err != nil {
			return h, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
		b.bases[h.system] = base
	}
	h.base = b.bases[h.system].dir
	h.findExtras()
	if b.cfg.Set != nil {
		set, ok := b.sets[h.sysroot]
		if !ok {
			set.dir, set.key = b.cfg.Set(h.sysroot)
			b.sets[h.sysroot] = set
		}
		h.set, h.setKey = set.dir, set.key
	}
	return h, nil
}

// NewBox implements runner.Backend.
func (b *Backend) NewBox(ctx context.Context, spec runner.BoxSpec) (runner.Box, error) {
	h, err := b.toolchain(ctx, spec.Channel)
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

// rlimitNumbers are the kernel's numbers of the limits that boxes have.
var rlimitNumbers = map[string]int{
	"core": unix.RLIMIT_CORE, "fsize": unix.RLIMIT_FSIZE, "nofile": unix.RLIMIT_NOFILE,
	"memlock": unix.RLIMIT_MEMLOCK, "msgqueue": unix.RLIMIT_MSGQUEUE, "sigpending": unix.RLIMIT_SIGPENDING,
	"nice": unix.RLIMIT_NICE, "rtprio": unix.RLIMIT_RTPRIO, "stack": unix.RLIMIT_STACK,
}

// rlimits bound each process of a box, the agent too.
func rlimits(spec runner.BoxSpec, groups bool) []inside.Rlimit {
	var list []inside.Rlimit
	for _, l := range spec.Rlimits() {
		list = append(list, inside.Rlimit{Resource: rlimitNumbers[l.Name], Soft: l.Soft, Hard: l.Hard})
	}
	if !groups {
		data, processes := uint64(spec.Memory)+agentData, uint64(spec.Processes)
		list = append(list,
			inside.Rlimit{Resource: unix.RLIMIT_DATA, Soft: data, Hard: data},
			inside.Rlimit{Resource: unix.RLIMIT_NPROC, Soft: processes, Hard: processes})
	}
	return list
}

// serial numbers the boxes of this process, whichever Backend makes them: two boxes of
// one name would share a control group.
var serial atomic.Uint64

// name returns a new name for a box, which begins with the name of this process.
func (b *Backend) name() string {
	return fmt.Sprintf("%s-%d", b.owner, serial.Add(1))
}

// trim makes one line of what a box's init printed.
func trim(stderr []byte) string {
	return strings.Join(strings.Fields(string(stderr)), " ")
}
