package native

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/corust-dev/corust/internal/toolid"
	"github.com/corust-dev/corust/runner"
)

// ErrNoToolchain is returned when no Rust toolchain is found.
var ErrNoToolchain = errors.New("no Rust toolchain found")

// ErrRustup is the ErrNoToolchain for a rustc in PATH that is rustup's, where rustup has
// no toolchain for this user, such as when its home is another user's.
var ErrRustup error = errRustup{}

// ErrBrokenToolchain is returned when a toolchain was found and does not work.
var ErrBrokenToolchain = errors.New("the Rust toolchain does not work")

// What to do about ErrNoToolchain, ErrRustup and ErrBrokenToolchain, and about a toolchain
// without the newest edition. Debian 12's rustc is 1.63, and its rustc-web is newer.
const (
	FixNoToolchain  = "install Rust (as root on Debian 12: apt-get install rustc-web, on Debian 13: rustc; anywhere: https://rustup.rs)"
	FixOldToolchain = "install Rust 1.85 or later (as root on Debian 12: apt-get install rustc-web, on Debian 13: rustc; anywhere: https://rustup.rs)"
	FixRustup       = "run rustup toolchain install stable as this user, or set RUSTUP_HOME to the directory that has the toolchains"

	FixBrokenToolchain = "install the toolchain again (rustup toolchain uninstall NAME, then rustup toolchain install NAME; or the distribution's package rustc)"
)

type errRustup struct{}

func (errRustup) Error() string        { return "rustup has no toolchain" }
func (errRustup) Is(target error) bool { return target == ErrNoToolchain }

// host is a Rust toolchain on this machine.
type host struct {
	sysroot string // absolute, symlinks resolved
	system  bool   // sysroot is /usr: the distribution's own packages

	set, setKey string // the set of crates for it; empty for none
	miriSysroot string // the standard library for its Miri; empty for none
	wasmTools   string // wasm-tools, if it compiles for WebAssembly; empty for none
	base        string // the directory that becomes /usr
}

// findToolchain looks for a toolchain without starting rustup's proxy, which
// costs as much as compiling a small program. An empty channel means the one
// that a shell in the home directory would get.
//
// The order is rustup's own: RUSTUP_TOOLCHAIN, the default in settings.toml; then
// a rustc in PATH that is not rustup's.
func findToolchain(channel runner.Channel) (host, error) {
	if home := rustupHome(); home != "" {
		name := string(channel)
		if name == "" {
			name = os.Getenv("RUSTUP_TOOLCHAIN")
		}
		if name == "" {
			name = defaultToolchain(home)
		}
		if name != "" {
			if h, ok := rustupToolchain(home, name); ok {
				return h, nil
			}
		}
	}
	if channel == "" || channel == "stable" || channel == systemChannel {
		if h, ok := pathToolchain(); ok {
			return h, nil
		}
	}
	if shim, ok := rustupShim(); ok && (channel == "" || channel == "stable") {
		return host{}, fmt.Errorf("%w: %s is rustup's, and there is no toolchain in %s", ErrRustup, shim, rustupHome())
	}
	return host{}, ErrNoToolchain
}

// systemChannel names the distribution's toolchain where rustup has the one that stable
// names.
const systemChannel runner.Channel = "system"

// installed is a toolchain of this machine with the channel that names it.
type installed struct {
	channel runner.Channel
	host
}

// findToolchains lists the toolchains of this machine, each once, the default first: those
// of rustup by their names without the target, and the first of PATH as stable, or as
// system if rustup has a stable. It lists at most runner.MaxToolchains.
func findToolchains() []installed {
	named := map[runner.Channel]host{}
	if home := rustupHome(); home != "" {
		entries, _ := os.ReadDir(filepath.Join(home, "toolchains")) // without rustup there are none
		for _, e := range entries {
			channel := runner.Channel(strings.TrimSuffix(e.Name(), "-"+targetTriple()))
			if h, ok := rustupToolchain(home, e.Name()); ok && channel != "" && channel.Check() == nil {
				named[channel] = h
			}
		}
	}
	if h, ok := pathToolchain(); ok {
		channel := runner.Channel("stable")
		if _, taken := named[channel]; taken {
			channel = systemChannel
		}
		named[channel] = h
	}
	channels := slices.Collect(maps.Keys(named))
	runner.SortChannels(channels, "")
	if first, err := findToolchain(""); err == nil {
		i := slices.IndexFunc(channels, func(c runner.Channel) bool { return named[c].sysroot == first.sysroot })
		if i > 0 {
			runner.SortChannels(channels, channels[i])
		}
	}
	var list []installed
	seen := map[string]bool{}
	for _, c := range channels {
		if h := named[c]; !seen[h.sysroot] && len(list) < runner.MaxToolchains {
			seen[h.sysroot] = true
			list = append(list, installed{c, h})
		}
	}
	return list
}

func rustupHome() string {
	if dir := os.Getenv("RUSTUP_HOME"); dir != "" {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".rustup")
}

// defaultToolchain reads rustup's settings; "" when there are none.
func defaultToolchain(home string) string {
	var settings struct {
		Default string `toml:"default_toolchain"`
	}
	if _, err := toml.DecodeFile(filepath.Join(home, "settings.toml"), &settings); err != nil {
		return ""
	}
	return settings.Default
}

// rustupToolchain finds a toolchain by name, with or without its target.
func rustupToolchain(home, name string) (host, bool) {
	if strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") {
		return host{}, false
	}
	for _, dir := range []string{name, name + "-" + targetTriple()} {
		if h, ok := toolchainAt(filepath.Join(home, "toolchains", dir)); ok {
			return h, true
		}
	}
	return host{}, false
}

// rustupShim finds rustup's rustc in PATH, which starts that of a toolchain.
func rustupShim() (string, bool) {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		name := filepath.Join(dir, "rustc")
		if target, err := filepath.EvalSymlinks(name); err == nil && filepath.Base(target) == "rustup" {
			return name, true
		}
	}
	return "", false
}

// pathToolchain finds a rustc in PATH that stands in its own sysroot.
func pathToolchain() (host, bool) {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		rustc, err := filepath.EvalSymlinks(filepath.Join(dir, "rustc"))
		if err != nil || filepath.Base(rustc) == "rustup" {
			continue
		}
		if h, ok := toolchainAt(filepath.Dir(filepath.Dir(rustc))); ok {
			return h, true
		}
	}
	return host{}, false
}

// there reports whether the toolchain still exists.
func (h host) there() bool {
	_, ok := toolchainAt(h.sysroot)
	return ok
}

// toolchainAt checks that a directory is a sysroot with a compiler and the
// standard library of this machine.
func toolchainAt(dir string) (host, bool) {
	sysroot, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return host{}, false
	}
	for _, need := range []string{"bin/rustc", "lib/rustlib/" + targetTriple() + "/lib"} {
		if _, err := os.Stat(filepath.Join(sysroot, need)); err != nil {
			return host{}, false
		}
	}
	return host{sysroot: sysroot, system: sysroot == "/usr"}, true
}

func targetTriple() string {
	switch runtime.GOARCH {
	case "arm64":
		return "aarch64-unknown-linux-gnu"
	default:
		return "x86_64-unknown-linux-gnu"
	}
}

// rustDir is where a toolchain that is not the system's stands in a box.
const rustDir = "/opt/rust"

// setDir is where the crates stand in a box.
const setDir = "/opt/corust/set"

// miriDir and wasmTools are where the standard library for Miri and wasm-tools stand in a
// box.
const (
	miriDir   = "/opt/corust/miri"
	wasmTools = "/opt/corust/wasm-tools"
)

// has reports whether the toolchain has a file.
func (h host) has(name string) bool {
	_, err := os.Stat(filepath.Join(h.sysroot, name))
	return err == nil
}

// wasmLibrary is the standard library for WebAssembly in a sysroot.
const wasmLibrary = "lib/rustlib/" + runner.WasmTarget + "/lib"

// findExtras finds what actions need and the toolchain does not contain: the standard
// library that cargo miri setup has built, and wasm-tools in PATH.
func (h *host) findExtras() {
	if h.has("bin/miri") {
		dir := os.Getenv("MIRI_SYSROOT")
		if cache, err := os.UserCacheDir(); dir == "" && err == nil {
			dir = filepath.Join(cache, "miri") // the default of cargo miri
		}
		if dir, err := filepath.EvalSymlinks(dir); err == nil && filepath.IsAbs(dir) {
			if _, err := os.Stat(filepath.Join(dir, "lib/rustlib", targetTriple(), "lib")); err == nil {
				h.miriSysroot = dir
			}
		}
	}
	if h.has(wasmLibrary) {
		if name, err := exec.LookPath("wasm-tools"); err == nil {
			if name, err = filepath.EvalSymlinks(name); err == nil && filepath.IsAbs(name) {
				h.wasmTools = name
			}
		}
	}
}

// describe returns what a box with this toolchain holds.
func (h host) describe(channel runner.Channel, id identity) runner.Toolchain {
	prefix := rustDir
	tc := runner.Toolchain{Channel: channel, Version: id.Version, ID: id.ID}
	if h.system {
		prefix = "/usr"
	}
	tc.Rustc = prefix + "/bin/rustc"
	for name, field := range map[string]*string{"rustdoc": &tc.Rustdoc, "rustfmt": &tc.Rustfmt, "clippy-driver": &tc.ClippyDriver, "miri": &tc.Miri} {
		if h.has("bin/" + name) {
			*field = prefix + "/bin/" + name
		}
	}
	tc.Wasm = h.has(wasmLibrary)
	if h.miriSysroot != "" {
		tc.MiriSysroot = miriDir
	}
	if h.wasmTools != "" {
		tc.WasmTools = wasmTools
	}
	if h.set != "" {
		tc.Set, tc.SetKey = setDir, h.setKey
	}
	return tc
}

// versionTime bounds the wait for rustc --version, which takes a tenth of a second on a
// slow machine.
const versionTime = 30 * time.Second

// versionLine is what rustc --version prints: "rustc 1.63.0 (…)".
var versionLine = regexp.MustCompile(`^rustc (\d+\.\d+\.\d+\S*)`)

// version asks rustc for its version.
func (h host) version(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, versionTime)
	defer cancel()
	rustc := filepath.Join(h.sysroot, "bin/rustc")
	cmd := exec.CommandContext(ctx, rustc, "--version")
	cmd.WaitDelay = time.Second // for a child that keeps the output open
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s --version: %w", ErrBrokenToolchain, rustc, err)
	}
	m := versionLine.FindSubmatch(out)
	if m == nil {
		return "", fmt.Errorf("%w: %s --version prints %.80q (want something like rustc 1.95.0)", ErrBrokenToolchain, rustc, out)
	}
	return string(m[1]), nil
}

// identity names a toolchain.
type identity struct {
	Version string `json:"version"` // rustc's
	ID      string `json:"id"`      // see package toolid
}

// whole reports whether an identity from the cache can be used.
func (id identity) whole() bool {
	return versionLine.MatchString("rustc "+id.Version) && len(id.ID) == 2*sha256.Size
}

// identities remembers those of the toolchains of this machine.
type identities struct {
	mu   sync.Mutex
	last map[string]look // by sysroot
}

// look is the state of a toolchain's files at one time.
type look struct {
	at    time.Time
	stamp string
	identity
}

// lookTime is how long a look is valid. A look takes half a millisecond. After a change
// of a file the identity is computed again, which takes a second on most machines.
const lookTime = 5 * time.Second

// of returns the identity of a toolchain. It is kept here and in a file of the directory
// cache, which only this user can change.
func (s *identities) of(ctx context.Context, h host, cache string) (identity, error) {
	s.mu.Lock() // also while the files are read: callers that wait need the same result
	defer s.mu.Unlock()
	last, ok := s.last[h.sysroot]
	if ok && time.Since(last.at) < lookTime {
		return last.identity, nil
	}
	files, err := toolid.Files(h.sysroot, targetTriple())
	if err != nil {
		return identity{}, fmt.Errorf("%w: %w", ErrBrokenToolchain, err)
	}
	now := look{at: time.Now(), stamp: toolid.Stamp(h.sysroot, files), identity: last.identity}
	if !ok || now.stamp != last.stamp {
		if now.identity, err = recall(ctx, h, files, now.stamp, cache); err != nil {
			return identity{}, err
		}
	}
	if s.last == nil {
		s.last = map[string]look{}
	}
	s.last[h.sysroot] = now
	return now.identity, nil
}

// forget makes the next call of of look at a toolchain that was removed.
func (s *identities) forget(h host) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.last, h.sysroot)
}

const (
	// memoPrefix begins the names of the files that hold identities in a cache directory.
	memoPrefix = "toolchain-"
	// maxMemos is how many of them it keeps: each change of a toolchain makes one.
	maxMemos = 2 * runner.MaxToolchains
)

// recall reads the identity from the cache, or finds it and puts it there.
func recall(ctx context.Context, h host, files []toolid.File, stamp, cache string) (identity, error) {
	memo := filepath.Join(cache, memoPrefix+stamp)
	var id identity
	if data, err := os.ReadFile(memo); err == nil && json.Unmarshal(data, &id) == nil && id.whole() {
		touch(memo)
		return id, nil
	}
	version, err := h.version(ctx)
	if err != nil {
		return identity{}, err
	}
	id = identity{Version: version}
	if id.ID, err = toolid.Of(h.sysroot, files); err != nil {
		return identity{}, fmt.Errorf("%w: %w", ErrBrokenToolchain, err)
	}
	if text, err := json.Marshal(id); err == nil {
		_ = remember(memo, text) // or the next start finds it again
		removeOld(cache, memoPrefix, maxMemos)
	}
	return id, nil
}

// removeOld removes the files of a cache directory whose names begin with prefix, except
// those that touch, or the write of a file, has marked most recently. One that cannot be
// removed does no harm.
func removeOld(cache, prefix string, most int) {
	entries, err := os.ReadDir(cache)
	if err != nil {
		return
	}
	var files []fs.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && strings.HasPrefix(e.Name(), prefix) {
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, old := range files[min(most, len(files)):] {
		_ = os.Remove(filepath.Join(cache, old.Name()))
	}
}

// touch marks a file of a cache directory as used now, for removeOld.
func touch(name string) {
	now := time.Now()
	_ = os.Chtimes(name, now, now) // or it is removed earlier
}

// remember writes a file whole or not at all. Its temporary name begins like that of a
// base, so that Sweep removes what a killed process leaves.
func remember(name string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "new-toolchain-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
