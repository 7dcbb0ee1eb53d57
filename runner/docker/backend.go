package docker

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/internal/numbers"
	"github.com/corust-dev/corust/internal/owner"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/agent"
)

// DefaultChannel is what a request that names no channel gets.
const DefaultChannel runner.Channel = "stable"

// Every request to the engine has a deadline of ours, also where the caller set
// none: an engine may accept it and never answer.
const (
	askTime    = 10 * time.Second // questions
	makeTime   = 60 * time.Second // create, attach and start; a loaded engine may take long
	removeTime = 30 * time.Second
)

// resolveTime is how long a look at an image is good for. A rebuilt image is
// used by boxes made later than this.
const resolveTime = 5 * time.Second

// Config configures a Backend. The zero value is useful.
type Config struct {
	// Host is the engine's address; empty means DOCKER_HOST or the system's
	// usual place.
	Host string
	// Images maps channels to image references. A channel that is missing is
	// corust's own image of that name, "corust/box:stable".
	Images map[runner.Channel]string
	// Runtime is the OCI runtime, such as "runsc"; empty is the engine's default.
	Runtime string
	// Log receives failures that belong to no call: removals that will be tried
	// again. Nil discards them.
	Log *slog.Logger
}

// ErrImageStale is returned when the image's agent speaks another version of the
// protocol, or corust did not build the image.
var ErrImageStale = errors.New("the image does not fit this corust")

// Backend makes boxes with an engine.
type Backend struct {
	engine *engine.Engine
	info   engine.Info
	cfg    Config
	owner  string // the label of all that this backend makes
	reaper *reaper
	// users are those of boxes, from the range that the image has names for. Agent and
	// steps of a box are one user, since the agent, without capabilities, could not
	// become another; the agent is out of the program's reach by being undumpable (see
	// package agent). Two boxes are two users: the kernel counts queued signals,
	// timers, POSIX queues, descriptors under way, inotify watches and pipe buffers by
	// user, and one box could take them all.
	users numbers.Pool

	mu       sync.Mutex
	resolved map[runner.Channel]resolved
	list     []resolved // of all channels, as it was at the time listed
	listed   time.Time
}

var _ runner.Backend = (*Backend)(nil)

// resolved is what a channel's image was found to be.
type resolved struct {
	id        string
	toolchain runner.Toolchain
	at        time.Time
}

// Open connects to the engine and makes sure that it can hold a box to every
// limit. It makes nothing yet.
func Open(ctx context.Context, cfg Config) (*Backend, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	e, err := engine.Open(ctx, cfg.Host)
	if err != nil {
		return nil, err
	}
	info, err := e.Info(ctx)
	if err == nil {
		err = suitable(info, cfg.Runtime)
	}
	if err != nil {
		e.Close()
		return nil, err
	}
	// Several backends of one process do not take each other's boxes for leftovers.
	b := &Backend{engine: e, info: info, cfg: cfg, owner: owner.Self().String() + "-" + randomHex(8), resolved: map[runner.Channel]resolved{}, users: numbers.Pool{N: engine.Users}}
	b.reaper = newReaper(e, b.owner, cfg.Log)
	return b, nil
}

// suitable checks that an engine can enforce the limits of boxes.
func suitable(info engine.Info, runtime string) error {
	if info.OS != "linux" {
		return fmt.Errorf("%w: its containers are %s's, need Linux", engine.ErrLimits, info.OS)
	}
	if len(info.Unenforced) > 0 {
		return fmt.Errorf("%w: no control over %s", engine.ErrLimits, strings.Join(info.Unenforced, ", "))
	}
	if runtime == "" {
		return nil
	}
	for _, r := range info.Runtimes {
		if r == runtime {
			return nil
		}
	}
	return fmt.Errorf("%w: %q; the engine has %s", engine.ErrRuntime, runtime, strings.Join(info.Runtimes, ", "))
}

// Name is "docker".
func (b *Backend) Name() string { return "docker" }

// Engine describes the engine as it was when it was opened.
func (b *Backend) Engine() engine.Info { return b.info }

// Holdings counts the containers that this backend has at the engine at the moment.
func (b *Backend) Holdings(ctx context.Context) (map[string]int, error) {
	list, err := b.engine.Containers(ctx, b.reaper.label)
	if err != nil {
		return nil, err
	}
	return map[string]int{"containers": len(list)}, nil
}

// Groups is the version of control groups that the engine holds boxes by.
func (b *Backend) Groups() int {
	n, _ := strconv.Atoi(b.info.Cgroup)
	return n
}

// Close ends the clean-up in the background, after a last try where there is
// something left to do, and the connection to the engine.
func (b *Backend) Close() error {
	err := b.reaper.close()
	return errors.Join(err, b.engine.Close())
}

// Sweep implements runner.Backend.
func (b *Backend) Sweep(ctx context.Context) (int, error) {
	list, err := b.engine.Containers(ctx, engine.LabelBox)
	if err != nil {
		return 0, err
	}
	n, errs := 0, []error(nil)
	for _, c := range list {
		if p, _, ok := owner.Cut(c.Labels[engine.LabelOwner]); !ok || !p.Dead() {
			continue
		}
		if err := b.engine.Remove(ctx, c.ID); err != nil {
			errs = append(errs, err)
			continue
		}
		n++
	}
	return n, errors.Join(errs...)
}

// Toolchain returns what the channel's image holds, from its labels.
func (b *Backend) Toolchain(ctx context.Context, channel runner.Channel) (runner.Toolchain, error) {
	r, err := b.resolve(ctx, channel)
	return r.toolchain, err
}

// Image is the reference of a channel's image.
func (b *Backend) Image(channel runner.Channel) string {
	if channel == "" {
		channel = DefaultChannel
	}
	if ref := b.cfg.Images[channel]; ref != "" {
		return ref
	}
	return engine.Repository + ":" + string(channel)
}

// Toolchains implements runner.Backend: the images of Config.Images, and corust's images
// by their tags. An image that does not fit this corust is left out.
func (b *Backend) Toolchains(ctx context.Context) ([]runner.Toolchain, error) {
	list, err := b.images(ctx)
	if err != nil {
		return nil, err
	}
	var out []runner.Toolchain
	for _, img := range list {
		out = append(out, img.toolchain)
	}
	return out, nil
}

// images finds the images of all channels. It asks the engine at most once in
// resolveTime.
func (b *Backend) images(ctx context.Context) ([]resolved, error) {
	b.mu.Lock()
	list, at := b.list, b.listed
	b.mu.Unlock()
	if !at.IsZero() && time.Since(at) < resolveTime {
		return list, nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	have, err := b.engine.Images(ctx, engine.LabelAgent)
	if err != nil {
		return nil, err
	}
	named := map[runner.Channel]resolved{}
	for _, img := range have {
		for _, tag := range img.Tags {
			channel, ok := channelOf(tag, img.Labels[engine.LabelImage])
			if !ok {
				continue
			}
			if r, err := newResolved(channel, tag, img); err == nil {
				named[channel] = r
			}
		}
	}
	for channel := range b.cfg.Images {
		// Its reference may be one that no tag shows, such as a digest.
		if r, err := b.look(ctx, channel); err == nil {
			named[channel] = r
		} else {
			delete(named, channel)
		}
	}
	channels := slices.Collect(maps.Keys(named))
	runner.SortChannels(channels, DefaultChannel)
	list = nil
	seen := map[string]bool{}
	for _, c := range channels {
		if r := named[c]; !seen[r.id] && len(list) < runner.MaxToolchains {
			seen[r.id] = true
			list = append(list, r)
		}
	}
	b.mu.Lock()
	b.list, b.listed = list, time.Now()
	b.mu.Unlock()
	return list, nil
}

// channelOf returns the channel that a tag of corust's images names. The tag that is the
// hash of an image's parts names none.
func channelOf(tag, hash string) (runner.Channel, bool) {
	name, ours := strings.CutPrefix(tag, engine.Repository+":")
	channel := runner.Channel(name)
	return channel, ours && name != hash && validChannel(channel) && !strings.HasPrefix(name, engine.UncheckedPrefix)
}

func newResolved(channel runner.Channel, ref string, img engine.Image) (resolved, error) {
	r := resolved{id: img.ID, at: time.Now()}
	var err error
	r.toolchain, err = describe(ref, img.Labels)
	r.toolchain.Channel, r.toolchain.System = channel, "docker "+img.ID
	return r, err
}

// look asks the engine for the image of a channel.
func (b *Backend) look(ctx context.Context, channel runner.Channel) (resolved, error) {
	ref := b.Image(channel)
	img, err := b.engine.Image(ctx, ref)
	if err != nil {
		return resolved{}, err
	}
	return newResolved(channel, ref, img)
}

// resolve finds the image of a channel. An empty channel is the default; if its image is
// missing, the error is the engine's.
func (b *Backend) resolve(ctx context.Context, channel runner.Channel) (resolved, error) {
	named := channel != ""
	if !named {
		channel = DefaultChannel
	}
	if !validChannel(channel) {
		return resolved{}, &runner.InvalidError{Field: "channel", Reason: fmt.Sprintf("%.80q is not a channel (want stable, beta, nightly or a version)", string(channel))}
	}
	b.mu.Lock()
	r, ok := b.resolved[channel]
	b.mu.Unlock()
	if ok && time.Since(r.at) < resolveTime {
		return r, nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	r, err := b.look(ctx, channel)
	if named && errors.Is(err, engine.ErrImageMissing) {
		r, err = b.versionNamed(ctx, channel, err)
	}
	if err != nil {
		return resolved{}, err
	}
	b.mu.Lock()
	b.resolved[channel] = r
	b.mu.Unlock()
	return r, nil
}

// versionNamed finds the image whose compiler's version a channel names. missing is why no
// image has the channel's name.
func (b *Backend) versionNamed(ctx context.Context, channel runner.Channel, missing error) (resolved, error) {
	list, err := b.images(ctx)
	if slices.ContainsFunc(list, func(r resolved) bool { return r.toolchain.Channel == channel }) {
		b.forget(channel) // its image was removed since the list was made
		list, err = b.images(ctx)
	}
	if err != nil {
		return resolved{}, err
	}
	var have []runner.Channel
	for _, r := range list {
		if channel.Matches(r.toolchain.Version) {
			r.toolchain.Channel = channel
			return r, nil
		}
		have = append(have, r.toolchain.Channel)
	}
	return resolved{}, runner.NoToolchain(channel, have, missing)
}

// forget makes the next resolve of a channel ask the engine, and the next list of all.
func (b *Backend) forget(channel runner.Channel) {
	if channel == "" {
		channel = DefaultChannel
	}
	b.mu.Lock()
	delete(b.resolved, channel)
	b.listed = time.Time{}
	b.mu.Unlock()
}

// validChannel reports whether a channel may become part of an image reference.
func validChannel(c runner.Channel) bool {
	if len(c) > 64 {
		return false
	}
	for i, r := range c {
		letter := 'a' <= r && r <= 'z' || '0' <= r && r <= '9'
		if !letter && (i == 0 || r != '.' && r != '-') {
			return false
		}
	}
	return c != ""
}

// describe reads an image's labels.
func describe(ref string, labels map[string]string) (runner.Toolchain, error) {
	version, ok := labels[engine.LabelAgent]
	if !ok {
		return runner.Toolchain{}, fmt.Errorf("%w: %s was not built by corust image build", ErrImageStale, ref)
	}
	if version != strconv.Itoa(agent.Version) {
		return runner.Toolchain{}, fmt.Errorf("%w: the agent in %s speaks version %q, this is %d", ErrImageStale, ref, version, agent.Version)
	}
	bin := engine.ToolchainPath + "/bin/"
	tc := runner.Toolchain{
		Version: labels[engine.LabelRustc],
		ID:      labels[engine.LabelToolchain],
		Rustc:   bin + "rustc",
		Image:   true,

		LinkArgs: labels[engine.LabelLinkArgs],
	}
	if tc.Version == "" || tc.ID == "" {
		return runner.Toolchain{}, fmt.Errorf("%w: %s does not name its toolchain", ErrImageStale, ref)
	}
	for part := range strings.SplitSeq(labels[engine.LabelComponents], ",") {
		switch part {
		case "rustdoc":
			tc.Rustdoc = bin + "rustdoc"
		case "rustfmt":
			tc.Rustfmt = bin + "rustfmt"
		case "clippy":
			tc.ClippyDriver = bin + "clippy-driver"
		case "miri":
			tc.Miri = bin + "miri"
		case "miri-sysroot":
			tc.MiriSysroot = engine.MiriPath
		case engine.WasmTarget:
			tc.Wasm = true
		case "wasm-tools":
			tc.WasmTools = engine.WasmToolsPath
		}
	}
	if key := labels[engine.LabelSet]; key != "" {
		tc.Set, tc.SetKey = engine.SetPath, key
	}
	return tc, nil
}

// NewBox creates a container, attaches to it and starts it, in this order.
func (b *Backend) NewBox(ctx context.Context, spec runner.BoxSpec) (_ runner.Box, err error) {
	ctx, cancel := context.WithTimeout(ctx, makeTime)
	defer cancel()
	image, err := b.resolve(ctx, spec.Channel)
	if err != nil {
		return nil, err
	}
	name := "corust-" + randomHex(8)
	b.reaper.born(name)
	number := b.users.Take()
	user := engine.UserBase + number
	box := &Box{engine: b.engine, reaper: b.reaper, name: name, give: func() { b.users.Give(number) }, ending: make(chan struct{}), gone: make(chan struct{})}
	defer func() {
		if err == nil {
			return
		}
		// The engine may still be working on the creation, so that a container can
		// appear after a removal that found none.
		b.reaper.unsure()
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTime)
		defer cancel()
		_ = box.Destroy(clean) // the reaper goes on trying
	}()
	labels := map[string]string{engine.LabelBox: name, engine.LabelOwner: b.owner}
	box.id, err = b.reaper.create(ctx, name, containerConfig(image.id, labels, user), hostConfig(spec, b.cfg.Runtime, sysctls(b.info.Kernel, b.cfg.Runtime, hasIPv6()), user))
	if err != nil {
		if errors.Is(err, engine.ErrImageMissing) {
			b.forget(spec.Channel) // it was removed
			if _, gone := b.resolve(ctx, spec.Channel); gone != nil {
				err = gone
			}
		}
		return nil, err
	}
	if box.stream, err = b.engine.Attach(ctx, box.id); err != nil {
		return nil, err
	}
	if err = b.engine.Start(ctx, box.id); err != nil {
		return nil, err
	}
	return box, nil
}

// hasIPv6 reports whether the kernel that makes boxes has IPv6. An engine on Linux is
// taken to be on this machine; those of other systems bring a kernel that has it.
func hasIPv6() bool {
	_, err := os.Stat("/proc/sys/net/ipv6")
	return err == nil || runtime.GOOS != "linux"
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}
