package native

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/corust-dev/corust/internal/boxenv"
	"github.com/corust-dev/corust/internal/owner"
	"golang.org/x/sys/unix"
)

// A base is the directory that becomes /usr in boxes: copies of the programs, the time
// zones and the locale that a box promises, and an empty directory for each mount on
// top. It costs a box one mount, where one for each program would be dozens, and no file
// in it is shared with the machine.
//
// Bases are kept in a cache directory that only this user can change, named by what was
// copied: name, size and time of change of each file. A base appears whole, by a rename,
// and never changes. Each process that uses one holds a shared lock on it (flock(2)),
// and only bases without a lock are removed.
type base struct {
	dir  string
	lock *os.File // its directory, locked
}

// baseFormat changes when the same files make another base.
const baseFormat = "1"

// recipe is what goes into a base.
type recipe struct {
	sys   system
	tools []string // names in /usr/bin
	below []string // mount points, relative to /usr
}

// recipe lists what a box gets from this machine. rust adds the distribution's own
// toolchain.
func (s system) recipe(rust bool) recipe {
	r := recipe{sys: s, tools: slices.Concat(linkerTools, boxenv.Tools)}
	mounts := slices.Concat(s.libraries(), s.python())
	if rust {
		r.tools = append(r.tools, rustTools...)
		mounts = append(mounts, s.rustlib()...)
	}
	for _, m := range mounts {
		if rel, ok := strings.CutPrefix(m.Target, "/usr/"); ok {
			r.below = append(r.below, rel)
		}
	}
	return r
}

// find returns the file of a tool on the machine.
func (s system) find(tool string) (string, fs.FileInfo, error) {
	var errs []error
	for _, dir := range []string{"/usr/bin", "/bin"} {
		file := filepath.Join(s.root, dir, tool)
		info, err := os.Stat(file)
		if err == nil && info.Mode().IsRegular() {
			return file, info, nil
		}
		errs = append(errs, err)
	}
	return "", nil, errors.Join(errs...)
}

// missingTools lists the promised tools that this machine has not.
func (s system) missingTools() []string {
	var missing []string
	for _, tool := range boxenv.Tools {
		if _, _, err := s.find(tool); err != nil {
			missing = append(missing, tool)
		}
	}
	return missing
}

// key names the base that the recipe makes today.
func (r recipe) key() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%q\n", baseFormat, r.below)
	if name, to := r.sys.loader(); name != "" {
		fmt.Fprintf(h, "%q %q\n", name, to)
	}
	stamp := func(name string, info fs.FileInfo) {
		fmt.Fprintf(h, "%q %d %d\n", name, info.Size(), info.ModTime().UnixNano())
	}
	for _, tool := range r.tools {
		if file, info, err := r.sys.find(tool); err == nil {
			stamp(file, info)
		}
	}
	// A package that replaces files changes the time of their directory.
	for _, tree := range trees {
		if info, err := os.Stat(filepath.Join(r.sys.root, tree)); err == nil {
			stamp(tree, info)
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:24]
}

// write makes the base in an empty directory.
func (r recipe) write(dir string) error {
	for _, rel := range append([]string{"bin"}, r.below...) {
		if err := makeDirs(dir, rel); err != nil {
			return err
		}
	}
	if name, to := r.sys.loader(); name != "" {
		if err := makeDirs(dir, "lib"); err != nil {
			return err
		}
		if err := os.Symlink(to, filepath.Join(dir, "lib", name)); err != nil {
			return err
		}
	}
	first := map[string]string{} // of several names for one program, by its file
	for _, tool := range r.tools {
		file, _, err := r.sys.find(tool)
		if err != nil {
			continue // New and doctor name what is missing
		}
		if file, err = filepath.EvalSymlinks(file); err != nil {
			return err
		}
		to := filepath.Join(dir, "bin", tool)
		if have := first[file]; have != "" {
			err = os.Link(have, to)
		} else {
			err = copyFile(file, to, 0o755)
		}
		if err != nil {
			return err
		}
		first[file] = to
	}
	for _, tree := range trees {
		if err := r.sys.copyTree(tree, dir); err != nil {
			return err
		}
	}
	return nil
}

// trees are the directories below /usr that a base has with all that is in them.
var trees = []string{boxenv.Zones, boxenv.Locale}

// copyTree copies a directory, if the machine has it. Of the time zones it leaves out
// the two further copies that Debian keeps and a link to the machine's own zone.
func (s system) copyTree(tree, base string) error {
	from, root := filepath.Join(s.root, tree), strings.TrimPrefix(tree, "/usr/")
	return filepath.WalkDir(from, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			if file == from && errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		rel, err := filepath.Rel(from, file)
		if err != nil {
			return err
		}
		to := filepath.Join(base, root, rel)
		switch {
		case tree == boxenv.Zones && (rel == "posix" || rel == "right"):
			return fs.SkipDir
		case tree == boxenv.Zones && rel == "localtime":
			return nil
		case d.IsDir():
			return makeDirs(base, filepath.Join(root, rel))
		case d.Type() == fs.ModeSymlink:
			if target, err := os.Readlink(file); err != nil || !filepath.IsAbs(target) {
				return errors.Join(err, os.Symlink(target, to))
			}
			fallthrough
		default:
			return copyFile(file, to, 0o644)
		}
	})
}

// makeDirs makes a directory below base that all users may read, whatever the umask.
func makeDirs(base, rel string) error {
	for i, c := range rel + "/" {
		if c != '/' {
			continue
		}
		dir := filepath.Join(base, rel[:i])
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(mode), out.Close())
}

// openBase returns the base that a recipe makes, from the first of the cache
// directories that can be used. It makes it if it is not there.
func openBase(r recipe, caches []string) (*base, error) {
	var errs []error
	for _, cache := range caches {
		err := prepareCache(cache)
		if err == nil {
			var b *base
			if b, err = r.openIn(cache); err == nil {
				return b, nil
			}
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("no directory for the programs of boxes: %w", errors.Join(errs...))
}

// cacheDirs are where bases may be kept, the best place first.
func cacheDirs() []string {
	var dirs []string
	if dir, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, filepath.Join(dir, "corust", "boxes"))
	}
	if os.Geteuid() == 0 {
		dirs = append(dirs, "/var/cache/corust/boxes")
	}
	// In a container whose root is read-only, and where /tmp is mounted noexec.
	if state := filepath.SplitList(os.Getenv("STATE_DIRECTORY")); len(state) > 0 {
		dirs = append(dirs, filepath.Join(state[0], "boxes"))
	}
	return append(dirs, filepath.Join(os.TempDir(), fmt.Sprintf("corust-%d", os.Geteuid())))
}

// prepareCache makes a cache directory unless it exists, and checks it.
func prepareCache(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return checkCache(dir)
}

// checkCache checks that only this user and root can change what is in a cache
// directory, and that programs in it can be executed.
func checkCache(dir string) error {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	var vfs unix.Statfs_t
	if err := unix.Statfs(dir, &vfs); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if vfs.Flags&unix.ST_NOEXEC != 0 {
		return fmt.Errorf("%s: on a file system that is mounted noexec", dir)
	}
	for at := dir; ; at = filepath.Dir(at) {
		if err := onlyOurs(at, at == dir); err != nil {
			return err
		}
		if at == "/" {
			return nil
		}
	}
}

// overflowUID is the owner of files whose owner has no number in this user namespace,
// and may have more rights outside.
const overflowUID = 65534

// onlyOurs checks one directory of a path. Others may write to a directory above the
// last only if they cannot rename what is in it.
func onlyOurs(dir string, last bool) error {
	var st unix.Stat_t
	if err := unix.Lstat(dir, &st); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	ours := int(st.Uid) == os.Geteuid()
	if !ours && (last || st.Uid != 0 && st.Uid != overflowUID) {
		return fmt.Errorf("%s: it belongs to user %d", dir, st.Uid)
	}
	if st.Mode&0o022 != 0 && (last || st.Mode&unix.S_ISVTX == 0) {
		return fmt.Errorf("%s: others can write to it", dir)
	}
	return nil
}

const (
	basePrefix = "base-" // a whole one
	newPrefix  = "new-"  // one that is being made; the name of the process follows
	oldPrefix  = "old-"  // one that is being removed, likewise
)

// openIn opens the base in a cache directory, or makes it.
func (r recipe) openIn(cache string) (*base, error) {
	dir := filepath.Join(cache, basePrefix+r.key())
	for range 3 {
		b, err := lockBase(dir)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return b, err
		}
		if err := r.make(cache, dir); err != nil {
			return nil, err
		}
		removeUnused(cache, dir)
	}
	return nil, fmt.Errorf("%s: others remove it as often as it is made", dir)
}

// lockBase locks an existing base. It fails with fs.ErrNotExist if there is none, or if
// it was removed before the lock was taken.
func lockBase(dir string) (*base, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_SH)
	var locked, now fs.FileInfo
	if err == nil {
		locked, err = f.Stat()
	}
	if err == nil {
		now, err = os.Lstat(dir)
	}
	if err == nil && !os.SameFile(locked, now) {
		err = fs.ErrNotExist
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &base{dir: dir, lock: f}, nil
}

// make makes a base beside its place and renames it there, unless another process was
// faster. It is on the disk before it has its name: a machine that loses power must not
// find empty programs.
func (r recipe) make(cache, dir string) (err error) {
	tmp, err := os.MkdirTemp(cache, newPrefix+owner.Self().String()+"-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(tmp))
		}
	}()
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	if err := r.write(tmp); err != nil {
		return err
	}
	f, err := os.Open(tmp)
	if err != nil {
		return err
	}
	err = errors.Join(unix.Syncfs(int(f.Fd())), f.Close())
	if err != nil {
		return err
	}
	err = os.Rename(tmp, dir)
	if errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.EEXIST) {
		return os.RemoveAll(tmp)
	}
	return err
}

// removeUnused removes the bases in a cache directory that no process uses, except
// one to keep. One that cannot be removed does no harm.
func removeUnused(cache, keep string) {
	entries, err := os.ReadDir(cache)
	if err != nil {
		return
	}
	for _, e := range entries {
		if dir := filepath.Join(cache, e.Name()); dir != keep && strings.HasPrefix(e.Name(), basePrefix) {
			removeBase(dir)
		}
	}
}

// removeBase removes a base unless a process has it locked. It takes its name away
// first, so that a process which waits for the lock finds out.
func removeBase(dir string) {
	f, err := os.Open(dir)
	if err != nil {
		return
	}
	defer f.Close()
	cache, name := filepath.Split(dir)
	old := filepath.Join(cache, fmt.Sprintf("%s%s-%s", oldPrefix, owner.Self(), strings.TrimPrefix(name, basePrefix)))
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil && os.Rename(dir, old) == nil {
		_ = os.RemoveAll(old)
	}
}

// abandoned is the age at which a half-made base is removed although it cannot be
// known whether its process has ended, as that of a container that was replaced.
const abandoned = time.Hour

// sweepBases removes from a cache directory what processes that have ended were making
// or removing, and returns how many bases that were.
func sweepBases(cache string) (int, error) {
	if checkCache(cache) != nil {
		return 0, nil // it does not exist, or is not used
	}
	entries, err := os.ReadDir(cache)
	if err != nil {
		return 0, err
	}
	n, errs := 0, []error(nil)
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), newPrefix)
		if !ok {
			rest, ok = strings.CutPrefix(e.Name(), oldPrefix)
		}
		info, err := e.Info()
		if !ok || err != nil {
			continue
		}
		if p, _, _ := owner.Cut(rest); !p.Dead() && time.Since(info.ModTime()) < abandoned {
			continue
		}
		if err := os.RemoveAll(filepath.Join(cache, e.Name())); err != nil {
			errs = append(errs, err)
			continue
		}
		n++
	}
	return n, errors.Join(errs...)
}

// close lets go of a base.
func (b *base) close() error { return b.lock.Close() }
