package images

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/corust-dev/corust/internal/engine"
)

// ErrBootstrap is returned when a base cannot be made on this machine.
var ErrBootstrap = errors.New("cannot make a base image on this machine")

// Toolchain is the source of the Rust in a base that is made on this machine.
type Toolchain string

// The sources of a toolchain.
const (
	// ToolchainDebian takes the suite's own packages.
	ToolchainDebian Toolchain = "debian"
	// ToolchainHost copies the toolchain that the PATH of this process finds, and of
	// rustup, for a channel other than stable, the one of that channel.
	ToolchainHost Toolchain = "host"
)

// DefaultSuite is the Debian suite whose Rust is taken: the oldest one whose
// compiler is as new as the default base's.
const DefaultSuite = "forky"

// Bootstrap describes a base to make from Debian's packages, for machines that cannot
// pull images.
type Bootstrap struct {
	// Toolchain is ToolchainDebian if empty.
	Toolchain Toolchain
	// Suite is a Debian suite. Empty is DefaultSuite; with the host's toolchain
	// it is the host's own suite, so that what was compiled here finds the same
	// libraries there.
	Suite string
	// Packages are installed besides what is needed.
	Packages []string
	// AptOptions are passed to apt, as `Acquire::Check-Valid-Until "false"` for
	// an archive that is kept at a date.
	AptOptions []string
	// Mirror is the archive; empty is the tool's own default.
	Mirror string
	// Refresh makes the base again though there is one.
	Refresh bool
}

// systemPackages are what a base needs for rustc to link, and for programs to know the
// time anywhere. The tools of package boxenv are in packages that each Debian has.
var systemPackages = []string{"gcc", "libc6-dev", "tzdata"}

// rustPackages are Debian's Rust.
var rustPackages = []string{"rustc", "cargo", "rust-clippy", "rustfmt"}

// toolchainTools are the programs that are copied from a toolchain, those of
// them that exist.
var toolchainTools = []string{"rustc", "rustdoc", "cargo", "rustfmt", "cargo-fmt", "clippy-driver", "cargo-clippy"}

// recipe is a Bootstrap with everything decided.
type recipe struct {
	suite    string
	packages []string
	apt      []string
	mirror   string
	sysroot  string // of the host's toolchain; empty for Debian's
	verbose  string // its rustc -vV
}

// recipe decides. It is an ErrBootstrap if it cannot work here.
func (b *Bootstrap) recipe(ctx context.Context, channel string) (*recipe, error) {
	r := &recipe{suite: b.Suite, apt: b.AptOptions, mirror: b.Mirror, packages: slices.Concat(systemPackages, b.Packages)}
	switch b.Toolchain {
	case "", ToolchainDebian:
		r.suite = cmp.Or(r.suite, DefaultSuite)
		r.packages = append(r.packages, rustPackages...)
	case ToolchainHost:
		r.suite = cmp.Or(r.suite, hostSuite(), DefaultSuite)
		for arg, to := range map[string]*string{"--print=sysroot": &r.sysroot, "-vV": &r.verbose} {
			cmd := exec.CommandContext(ctx, "rustc", arg)
			if channel != defaultChannel {
				cmd.Env = append(os.Environ(), "RUSTUP_TOOLCHAIN="+channel)
			}
			out, err := cmd.Output()
			if err != nil {
				return nil, fmt.Errorf("%w: no toolchain %s to take: rustc %s: %w", ErrBootstrap, channel, arg, err)
			}
			*to = strings.TrimSpace(string(out))
		}
		if version := releaseOf(r.verbose); !fits(channel, version) {
			return nil, fmt.Errorf("%w: this machine's rustc is %s, which is not of channel %s (rustup toolchain install %s)", ErrBootstrap, version, channel, channel)
		}
		if r.sysroot == "/usr" {
			return nil, fmt.Errorf("%w: this machine's Rust is from its distribution's packages and cannot be taken out of it; take Debian's", ErrBootstrap)
		}
	default:
		return nil, fmt.Errorf("%w: no toolchain %q, want debian or host", ErrBootstrap, b.Toolchain)
	}
	slices.Sort(r.packages)
	r.packages = slices.Compact(r.packages)
	for _, word := range slices.Concat(r.packages, []string{r.suite}) {
		if strings.ContainsAny(word, " ,\t\n") || strings.HasPrefix(word, "-") || word == "" {
			return nil, fmt.Errorf("%w: invalid name of a package or suite %q", ErrBootstrap, word)
		}
	}
	return r, nil
}

// releaseOf is the version in what rustc -vV prints.
func releaseOf(verbose string) string {
	for line := range strings.Lines(verbose) {
		if version, ok := strings.CutPrefix(line, "release: "); ok {
			return strings.TrimSpace(version)
		}
	}
	return "unknown"
}

// fits reports whether a version of rustc can be that of a channel. Any can be stable's,
// which is the default, and that of a channel with a name of the user's.
func fits(channel, version string) bool {
	name, _, _ := strings.Cut(channel, "-") // a nightly of a day
	switch {
	case name == "nightly" || name == "beta":
		return strings.Contains(version, "-"+name)
	case name != "" && name[0] >= '0' && name[0] <= '9':
		return version == channel || strings.HasPrefix(version, channel+".")
	}
	return true
}

// hostSuite is the suite of a host that is Debian.
func hostSuite() string {
	text, _ := os.ReadFile("/etc/os-release")
	values := map[string]string{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[key] = strings.Trim(value, `"`)
	}
	if values["ID"] != "debian" {
		return ""
	}
	return values["VERSION_CODENAME"]
}

// hash names what the recipe makes, as far as that can be known beforehand:
// which versions of the packages there will be, it cannot.
func (r *recipe) hash() string {
	return hashParts(append([]string{buildFormat, r.suite, runtime.GOARCH, r.verbose}, r.packages...)...)
}

func (r *recipe) ref() string { return engine.BaseRepository + ":" + r.suite + "-" + r.hash()[:16] }

// bootstrap makes the base and imports it.
func (b *Builder) bootstrap(ctx context.Context, r *recipe, report func(Event)) error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("%w: it takes Linux", ErrBootstrap)
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("%w: only root can make a root file system", ErrBootstrap)
	}
	report(Event{Stage: StageBase, Text: "installing Debian " + r.suite + ": " + strings.Join(r.packages, " ")})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	count := &counter{}
	pr, pw := io.Pipe()
	made := make(chan error, 1)
	go func() {
		err := r.write(ctx, io.MultiWriter(pw, count))
		pw.CloseWithError(err)
		made <- err
	}()
	imported := make(chan error, 1)
	go func() {
		err := b.Engine.Import(ctx, pr, r.ref(), []string{
			"LABEL " + engine.LabelBase + "=" + r.hash(),
			"ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		})
		pr.CloseWithError(cmp.Or(err, io.ErrClosedPipe)) // an engine that stops reading stops the rest
		imported <- err
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			report(Event{Stage: StageBase, Bytes: count.n.Load()})
		case err := <-imported:
			merr := <-made
			if merr != nil && !errors.Is(merr, io.ErrClosedPipe) {
				return merr // the cause, of which the import only saw an end
			}
			return err
		}
	}
}

// write writes the root file system.
func (r *recipe) write(ctx context.Context, w io.Writer) error {
	tw := tar.NewWriter(w)
	if err := r.debian(ctx, tw); err != nil {
		return err
	}
	if r.sysroot != "" {
		if err := addToolchain(tw, r.sysroot); err != nil {
			return err
		}
	}
	return tw.Close()
}

// debian runs mmdebstrap, or else debootstrap, and copies what it makes.
func (r *recipe) debian(ctx context.Context, w *tar.Writer) error {
	include := "--include=" + strings.Join(r.packages, ",")
	var mirror []string
	if r.mirror != "" {
		mirror = []string{r.mirror}
	}
	if tool, err := exec.LookPath("mmdebstrap"); err == nil {
		args := []string{"--variant=minbase", include}
		for _, o := range r.apt {
			args = append(args, "--aptopt="+o)
		}
		args = append(append(args, r.suite, "-"), mirror...)
		return r.run(ctx, tool, args, func(out io.Reader) error { return copyTar(w, out) })
	}
	tool, err := exec.LookPath("debootstrap")
	if err != nil {
		return fmt.Errorf("%w: neither mmdebstrap nor debootstrap is installed", ErrBootstrap)
	}
	if len(r.apt) > 0 {
		return fmt.Errorf("%w: options for apt need mmdebstrap", ErrBootstrap)
	}
	dir, err := os.MkdirTemp("", "corust-base-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	root := filepath.Join(dir, "root")
	args := append([]string{"--variant=minbase", include, r.suite, root}, mirror...)
	if err := r.run(ctx, tool, args, func(out io.Reader) error { _, err := io.Copy(io.Discard, out); return err }); err != nil {
		return err
	}
	// By tar(1), which knows about hard links and owners.
	return r.run(ctx, "tar", []string{"-C", root, "-cf", "-", "."}, func(out io.Reader) error { return copyTar(w, out) })
}

// run runs a command and hands its output to use. When the command fails, its
// last words are in the error.
func (r *recipe) run(ctx context.Context, name string, args []string, use func(io.Reader) error) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=0", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
	// It is asked to stop before it is killed, since it unmounts what it mounted.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	said := &tail{}
	cmd.Stderr = said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%w: %w", ErrBootstrap, err)
	}
	uerr := use(out)
	if uerr != nil {
		_ = cmd.Cancel()
		_, _ = io.Copy(io.Discard, out)
	}
	if err := cmd.Wait(); err != nil && uerr == nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: %s: %w: %s", ErrBootstrap, path.Base(name), err, said)
	}
	return uerr
}

// tail keeps the last bytes that are written to it.
type tail struct{ b bytes.Buffer }

const tailSize = 2 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.b.Write(p)
	if over := t.b.Len() - tailSize; over > 0 {
		t.b.Next(over)
	}
	return len(p), nil
}

func (t *tail) String() string { return strings.TrimSpace(t.b.String()) }

// unneeded are parts of Debian that a box has no use for.
var unneeded = []string{"usr/share/doc/", "usr/share/man/", "usr/share/info/", "usr/share/locale/", "usr/share/lintian/", "var/cache/apt/", "var/lib/apt/lists/", "dev/"}

// copyTar copies a root file system, without times and what is not needed.
func copyTar(w *tar.Writer, r io.Reader) error {
	tr := tar.NewReader(r)
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBootstrap, err)
		}
		name := strings.TrimPrefix(h.Name, "./")
		if name == "" || slices.ContainsFunc(unneeded, func(dir string) bool { return strings.HasPrefix(name, dir) && name != dir }) {
			continue
		}
		switch h.Typeflag {
		case tar.TypeReg, tar.TypeDir, tar.TypeSymlink, tar.TypeLink:
		default:
			continue // devices: the engine makes those of a container
		}
		out := header(h.Typeflag, name, h.Mode)
		out.Linkname, out.Size, out.Uid, out.Gid = h.Linkname, h.Size, h.Uid, h.Gid
		if err := w.WriteHeader(out); err != nil {
			return err
		}
		if _, err := io.Copy(w, tr); err != nil {
			return err
		}
	}
}

// hostToolchainDir is where the host's toolchain goes in a base.
const hostToolchainDir = "usr/local/rust"

// addToolchain adds a toolchain's programs and libraries, without documentation,
// sources and other machines' libraries.
func addToolchain(w *tar.Writer, sysroot string) error {
	skip := func(rel string) bool {
		dir, rest, _ := strings.Cut(rel, "/")
		switch dir {
		case "bin":
			return rest != "" && !slices.Contains(toolchainTools, rest)
		case "lib":
			parts := strings.Split(rel, "/")
			// lib/rustlib/src, and lists that rustup keeps
			return len(parts) == 3 && parts[1] == "rustlib" && !strings.Contains(parts[2], "-linux-")
		}
		return dir != "libexec"
	}
	if err := addTree(w, hostToolchainDir, sysroot, skip); err != nil {
		return fmt.Errorf("%w: %w", ErrBootstrap, err)
	}
	for _, tool := range toolchainTools {
		if _, err := os.Stat(filepath.Join(sysroot, "bin", tool)); err != nil {
			continue
		}
		h := header(tar.TypeSymlink, "usr/local/bin/"+tool, 0o777)
		h.Linkname = "/" + hostToolchainDir + "/bin/" + tool
		if err := w.WriteHeader(h); err != nil {
			return err
		}
	}
	return nil
}
