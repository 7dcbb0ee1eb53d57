package native

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/native/inside"
)

// mount is one line of the posture.
type mount = inside.Mount

const (
	private     = inside.Private
	privateFile = inside.PrivateFile
	device      = inside.Device
	tmpfs       = inside.Tmpfs
	proc        = inside.Proc
	symlink     = inside.Symlink
	content     = inside.File
)

// shmSize is what POSIX shared memory gets. With /work and /tmp it stays below
// half the box's memory at the default limits, so that filling all three is
// ENOSPC.
const shmSize = 16 << 20

// stepUID is the program's user.
var stepUID = strconv.Itoa(inside.StepUID)

// posture is everything that a box can see. Nothing else of the host is inside.
func posture(spec runner.BoxSpec, h host, sys system) []mount {
	list := []mount{
		{Kind: private, Source: h.base, Target: "/usr", Why: "programs and time zones, copied from this machine's; see base"},
		{Kind: symlink, Target: "/bin", Source: "usr/bin", Why: "where scripts look for sh"},
	}
	list = append(list, sys.libraries()...)
	if h.system {
		list = append(list, sys.rustlib()...)
	} else {
		list = append(list, mount{Kind: private, Source: h.sysroot, Target: rustDir, Why: "compiler and standard library"})
	}
	if h.miriSysroot != "" {
		list = append(list, mount{Kind: private, Source: h.miriSysroot, Target: miriDir, Why: "the standard library that Miri interprets"})
	}
	if h.wasmTools != "" {
		list = append(list, mount{Kind: privateFile, Source: h.wasmTools, Target: wasmTools, Why: "prints WebAssembly"})
	}
	if h.set != "" {
		list = append(list, mount{Kind: private, Source: h.set, Target: setDir, Why: "the crates that snippets may use"})
		list = append(list, sys.python()...)
	}
	return append(list,
		mount{Kind: content, Target: "/etc/passwd", Source: boxenv.Passwd(stepUID), Why: "names for the two users, and no other"},
		mount{Kind: content, Target: "/etc/group", Source: boxenv.Group(stepUID), Why: "the same for groups"},
		mount{Kind: content, Target: "/etc/hosts", Source: boxenv.Hosts, Why: "the only hosts there are"},
		mount{Kind: content, Target: "/etc/host.conf", Source: boxenv.HostConf, Why: "localhost has two addresses"},
		mount{Kind: content, Target: "/etc/nsswitch.conf", Source: boxenv.Nsswitch, Why: "names are looked up in these files only"},
		mount{Kind: symlink, Target: "/etc/localtime", Source: boxenv.Localtime, Why: "the same local time on every machine"},
		mount{Kind: proc, Target: "/proc", Why: "own processes only (subset=pid, hidepid): no sys, kcore, keys, meminfo"},
		mount{Kind: device, Target: "/dev/null", Source: "/dev/null", Why: "the five devices that hold no state"},
		mount{Kind: device, Target: "/dev/zero", Source: "/dev/zero"},
		mount{Kind: device, Target: "/dev/full", Source: "/dev/full"},
		mount{Kind: device, Target: "/dev/random", Source: "/dev/random"},
		mount{Kind: device, Target: "/dev/urandom", Source: "/dev/urandom"},
		mount{Kind: symlink, Target: "/dev/fd", Source: "/proc/self/fd", Why: "what libc and scripts expect"},
		mount{Kind: symlink, Target: "/dev/stdin", Source: "/proc/self/fd/0"},
		mount{Kind: symlink, Target: "/dev/stdout", Source: "/proc/self/fd/1"},
		mount{Kind: symlink, Target: "/dev/stderr", Source: "/proc/self/fd/2"},
		mount{Kind: tmpfs, Target: "/dev/shm", Size: shmSize, Inodes: 1024, Mode: 0o1777, Why: "POSIX shared memory, within the box's memory"},
		mount{Kind: tmpfs, Target: boxenv.WorkDir, Size: spec.Work, Inodes: spec.Inodes, Exec: true, Mode: boxenv.WorkMode, Why: "source and program"},
		mount{Kind: tmpfs, Target: "/tmp", Size: spec.Tmp, Inodes: spec.Inodes, Exec: true, Mode: 0o1777, Why: "temporary files; a step may build and run there, too"},
	)
}

// sysctls are settings of a box's own namespaces. What a box holds of the kinds in
// user.* counts for its maker, too (ucount), which is the user that corust runs as: a
// box that held all of it would leave none to that user and to other boxes.
func sysctls() []runner.Sysctl {
	return append([]runner.Sysctl{
		{Name: "user.max_inotify_instances", Value: "4", Why: "of 128 that a user has by default"},
		{Name: "user.max_inotify_watches", Value: "1024", Why: "of 8192 or more"},
		{Name: "user.max_fanotify_groups", Value: "0", Why: "the filter refuses them, too"},
		{Name: "user.max_user_namespaces", Value: "0", Why: "the same"},
	}, runner.NetworkSysctls...)
}

// system knows where this machine keeps its libraries and its linker. root is
// "/" but in tests.
type system struct {
	root string
	// multiarch is Debian's directory name for this machine's libraries.
	multiarch string
}

func thisSystem() system {
	multiarch := "x86_64-linux-gnu"
	if targetTriple() == "aarch64-unknown-linux-gnu" {
		multiarch = "aarch64-linux-gnu"
	}
	return system{root: "/", multiarch: multiarch}
}

func (s system) exists(path string) bool {
	_, err := os.Stat(filepath.Join(s.root, path))
	return err == nil
}

// libraries are the directories of shared libraries and of the C start files
// that a linker needs, and the loader. Where the distribution keeps them by
// machine, as Debian and Ubuntu do, nothing else of /usr/lib comes in.
func (s system) libraries() []mount {
	var list []mount
	for _, top := range []string{"/lib", "/lib64"} {
		if to, err := os.Readlink(filepath.Join(s.root, top)); err == nil {
			list = append(list, mount{Kind: symlink, Target: top, Source: to, Why: "merged /usr"})
		} else if dir := top + "/" + s.multiarch; top == "/lib" && s.exists(dir) {
			list = append(list, mount{Kind: private, Target: dir, Source: dir, Why: "libraries of an unmerged /usr"})
			if name, to := s.loader(); name != "" {
				list = append(list, mount{Kind: symlink, Target: top + "/" + name, Source: to, Why: "the loader that programs name"})
			}
		} else if s.exists(top) {
			list = append(list, mount{Kind: private, Target: top, Source: top, Why: "libraries of an unmerged /usr"})
		}
	}
	libs := []string{"/usr/lib", "/usr/lib64"}
	if s.exists("/usr/lib/" + s.multiarch) {
		libs = []string{"/usr/lib/" + s.multiarch, "/usr/lib/gcc", "/usr/lib64"}
	}
	for _, dir := range append(libs, "/usr/libexec/gcc") {
		if s.exists(dir) {
			list = append(list, mount{Kind: private, Target: dir, Source: dir, Why: "libraries, start files"})
		}
	}
	if cache := "/etc/ld.so.cache"; s.exists(cache) {
		list = append(list, mount{Kind: privateFile, Target: cache, Source: cache, Why: "where the loader finds libraries"})
	}
	return list
}

// loaders are the names in /lib of the loaders that programs name, for machines that do not
// keep them in /lib64, which a box has whole.
var loaders = map[string]string{"aarch64-linux-gnu": "ld-linux-aarch64.so.1"}

// loader returns the name in /lib of the loader and where it leads to; empty if nothing is
// missing there in a box.
func (s system) loader() (name, to string) {
	name = loaders[s.multiarch]
	to = s.multiarch + "/" + name
	if name == "" || !s.exists("/lib/"+to) {
		return "", ""
	}
	return name, to
}

// stamp names what programs are linked with in boxes with the base: the base itself, which
// has a copy of the linker, and the directories of libraries and start files. A package
// that replaces files changes the time of their directory.
func (s system) stamp(base string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", filepath.Base(base))
	var dirs []string
	for _, m := range s.libraries() {
		if m.Kind == private {
			dirs = append(dirs, filepath.Join(s.root, m.Source))
		}
	}
	compilers, _ := filepath.Glob(filepath.Join(s.root, "/usr/lib/gcc/*/*")) // a bad pattern is the only error
	for _, dir := range append(dirs, compilers...) {
		if info, err := os.Stat(dir); err == nil {
			fmt.Fprintf(h, "%q %d\n", dir, info.ModTime().UnixNano())
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:24]
}

// python is the standard library of the system's Python, which the interpreter that a
// program links with (pyo3) needs. Boxes have no python program.
func (s system) python() []mount {
	dirs, err := filepath.Glob(filepath.Join(s.root, "/usr/lib/python3.*"))
	if err != nil || !s.exists("/usr/lib/"+s.multiarch) { // else all of /usr/lib is there
		return nil
	}
	var list []mount
	for _, dir := range dirs {
		dir = "/usr/lib/" + filepath.Base(dir)
		list = append(list, mount{Kind: private, Target: dir, Source: dir, Why: "modules for programs that embed Python"})
	}
	return list
}

// errNoLinker is returned when rustc would have no linker.
var errNoLinker = errors.New("no C linker found (cc and ld)")

// linkerTools are what rustc's link line starts: the C compiler's driver, and
// what that starts.
var linkerTools = []string{"cc", "ld"}

// rustTools are the programs of the distribution's own toolchain.
var rustTools = []string{"rustc", "rustfmt", "clippy-driver"}

// rustlib is the standard library of the distribution's own toolchain.
func (s system) rustlib() []mount {
	if !s.exists("/usr/lib/" + s.multiarch) { // all of /usr/lib is there
		return nil
	}
	return []mount{{Kind: private, Target: "/usr/lib/rustlib", Source: "/usr/lib/rustlib", Why: "the distribution's standard library"}}
}

// resolve follows links within the system's root.
func (s system) resolve(path string) (string, error) {
	full, err := filepath.EvalSymlinks(filepath.Join(s.root, path))
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(s.root, full)
	if err != nil {
		return "", err
	}
	return "/" + rel, nil
}
