package native

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/corust-dev/corust/runner"
)

// ErrNoToolchain says that there is no Rust to put into a box.
var ErrNoToolchain = errors.New("no Rust toolchain found")

// ErrRustup is ErrNoToolchain where there is a rustc in PATH, but it is rustup's, and
// rustup has no toolchain for this user: its home is another's.
var ErrRustup error = errRustup{}

// What to do about ErrNoToolchain and ErrRustup.
const (
	FixNoToolchain = "install Rust (as root on Debian or Ubuntu: apt-get install rustc; anywhere: https://rustup.rs)"
	FixRustup      = "run rustup toolchain install stable as this user, or set RUSTUP_HOME to the directory that has the toolchains"
)

type errRustup struct{}

func (errRustup) Error() string        { return "rustup has no toolchain" }
func (errRustup) Is(target error) bool { return target == ErrNoToolchain }

// host is a Rust toolchain on this machine.
type host struct {
	sysroot string // absolute, symlinks resolved
	system  bool   // sysroot is /usr: the distribution's own packages

	set, setKey string // the set of crates for it; empty for none
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
	if channel == "" || channel == "stable" {
		if h, ok := pathToolchain(); ok {
			return h, nil
		}
	}
	if shim, ok := rustupShim(); ok && (channel == "" || channel == "stable") {
		return host{}, fmt.Errorf("%w: %s is rustup's, and there is no toolchain in %s", ErrRustup, shim, rustupHome())
	}
	if channel != "" {
		return host{}, fmt.Errorf("%w for channel %q", ErrNoToolchain, channel)
	}
	return host{}, ErrNoToolchain
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

// describe says what a box with this toolchain holds.
func (h host) describe(channel runner.Channel) runner.Toolchain {
	prefix := rustDir
	tc := runner.Toolchain{Channel: channel, Version: h.version()}
	if h.system {
		prefix = "/usr"
	}
	tc.Rustc = prefix + "/bin/rustc"
	for name, field := range map[string]*string{"rustfmt": &tc.Rustfmt, "clippy-driver": &tc.ClippyDriver} {
		if _, err := os.Stat(filepath.Join(h.sysroot, "bin", name)); err == nil {
			*field = prefix + "/bin/" + name
		}
	}
	if h.set != "" {
		tc.Set, tc.SetKey = setDir, h.setKey
	}
	return tc
}

// versionName is the beginning of a toolchain's name that states its version, as
// rustup has it for "1.70.0-x86_64-unknown-linux-gnu".
var versionName = regexp.MustCompile(`^1\.\d+(\.\d+)?-`)

// version tells rustc's version, as well as that can be done without starting
// it: a rustup toolchain that is not named by its version is a channel's, and
// current. The distribution's is asked once and remembered, since asking costs
// as much as running a small program.
func (h host) version() string {
	if name := filepath.Base(h.sysroot); versionName.MatchString(name) {
		return strings.TrimSuffix(versionName.FindString(name), "-")
	}
	if !h.system {
		return ""
	}
	rustc := filepath.Join(h.sysroot, "bin/rustc")
	info, err := os.Stat(rustc)
	if err != nil {
		return ""
	}
	memo := ""
	if dir, err := os.UserCacheDir(); err == nil {
		memo = filepath.Join(dir, "corust", fmt.Sprintf("rustc-%x-%x", info.Size(), info.ModTime().UnixNano()))
		if data, err := os.ReadFile(memo); err == nil && len(data) > 0 {
			return string(data)
		}
	}
	out, err := exec.Command(rustc, "--version").Output()
	fields := strings.Fields(string(out)) // rustc 1.63.0 (…)
	if err != nil || len(fields) < 2 {
		return ""
	}
	if memo != "" {
		_ = remember(memo, fields[1]) // or the next start asks again
	}
	return fields[1]
}

// remember writes a file whole or not at all.
func remember(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "rustc-*.tmp")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), name)
}
