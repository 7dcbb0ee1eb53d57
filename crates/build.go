package crates

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/corust-dev/corust/internal/owner"
	"github.com/gofrs/flock"
)

// Progress is how far a build is. Total is an estimate until the first profile
// is done: cargo does not announce what it will do.
type Progress struct {
	Profile     Profile
	Done, Total int    // things compiled, those of an interrupted build included
	Crate       string // the last one
	Elapsed     time.Duration
}

// BuildOptions are the places of a build. Only Cache or Output is needed.
type BuildOptions struct {
	Cache    string // of corust; the set goes to SetDir(Cache, key)
	Output   string // if not "", the set goes there instead, as a copy if it is in the cache
	Base     string // HostBase() if ""
	KeepWork bool   // leave cargo's own files, for another build soon
	Log      io.Writer
	Progress func(Progress)
}

// Build returns the set of list for the toolchain: the one that is in the cache,
// or a new one, which appears there whole or not at all. What cargo has compiled
// when a build ends early is kept, and the next build goes on from it; of two
// builds at a time the second waits for the first.
func Build(ctx context.Context, list List, t Toolchain, o BuildOptions) (*Set, error) {
	base := cmp.Or(o.Base, HostBase())
	key := Key(list, t, base)
	target := cmp.Or(o.Output, SetDir(o.Cache, key))
	if s, err := o.existing(target, key); s != nil || err != nil {
		return s, err
	}
	work := WorkDir(o.Cache, t)
	if o.Cache == "" {
		work = filepath.Clean(o.Output) + ".build"
	}
	unlock, err := lockDir(ctx, work)
	if err != nil {
		return nil, err
	}
	defer unlock()
	// By now another may have built it.
	if s, err := o.existing(target, key); s != nil || err != nil {
		return s, err
	}
	if o.Output == "" {
		if err := os.RemoveAll(target); err != nil { // a broken one
			return nil, err
		}
	}
	if err := WriteProject(work, list); err != nil {
		return nil, err
	}
	meta, err := t.metadata(ctx, work, o.Log, true)
	if err != nil {
		return nil, err
	}
	b := builder{toolchain: t, dir: work, meta: meta, log: o.Log, progress: o.Progress}
	outcomes := make(map[Profile]*outcome)
	for _, p := range Profiles {
		out, err := b.profile(ctx, p)
		if err = errors.Join(err, out.failed()); err != nil {
			return nil, fmt.Errorf("%s build of the set: %w", p, err)
		}
		outcomes[p] = out
	}
	tmp, err := temporaryBeside(target)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	set := &Set{Dir: tmp, Format: setFormat, Key: key, Rustc: t.Verbose, Host: t.Host, Base: base}
	if err := set.gather(list, meta, work, outcomes); err != nil {
		return nil, fmt.Errorf("gather the set: %w", err)
	}
	if err := os.Rename(tmp, target); err != nil {
		return nil, err
	}
	if !o.KeepWork {
		os.RemoveAll(filepath.Join(work, "target")) // what stays costs disk, not correctness
	}
	return OpenSet(target)
}

// existing is the set at target if that is the one of key, or has become so by a
// copy of the cache's; nil if it has to be built. What is not ours is not touched.
func (o BuildOptions) existing(target, key string) (*Set, error) {
	s, err := OpenSet(target)
	switch {
	case err == nil && s.Key == key:
		return s, nil
	case o.Output == "":
		return nil, nil
	case err == nil:
		return nil, fmt.Errorf("%s is another set, %s", target, s.Key)
	}
	if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(fmt.Errorf("%s exists and is not a set", target), err)
	}
	if o.Cache == "" {
		return nil, nil
	}
	if s, err = OpenSet(SetDir(o.Cache, key)); err != nil {
		return nil, nil
	}
	tmp, err := temporaryBeside(target)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	if err := os.CopyFS(tmp, os.DirFS(s.Dir)); err != nil {
		return nil, fmt.Errorf("copy the set: %w", err)
	}
	if err := os.Rename(tmp, target); err != nil {
		return nil, err
	}
	return OpenSet(target)
}

// WorkDir is where under cache cargo works for a toolchain.
func WorkDir(cache string, t Toolchain) string {
	return filepath.Join(cache, "build", hashOf([]byte(t.Verbose))[:16])
}

// lockDir makes dir and takes it for this process.
func lockDir(ctx context.Context, dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(dir, ".corust-lock"))
	if _, err := lock.TryLockContext(ctx, 250*time.Millisecond); err != nil {
		return nil, fmt.Errorf("wait for another build in %s: %w", dir, err)
	}
	return func() { lock.Unlock() }, nil
}

// temporaryPrefix begins the names of directories that become sets. The name of the
// process that makes them follows.
const temporaryPrefix = ".set-"

// temporaryBeside makes a directory beside target, to be renamed to it, and removes
// those that processes left which were killed.
func temporaryBeside(target string) (string, error) {
	parent := filepath.Dir(target)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	dir, err := owner.MkdirTemp(parent, temporaryPrefix)
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

// builder runs cargo build in a project.
type builder struct {
	toolchain Toolchain
	dir       string
	meta      *metadata
	log       io.Writer
	progress  func(Progress)
	start     time.Time
	known     int // how many things a profile came to
}

// outcome is what a build of one profile printed.
type outcome struct {
	artifacts []message
	scripts   []message
	errors    map[string]string // by package id: the first error
	stderr    string
	err       *CargoError
}

func (o *outcome) failed() error {
	if o == nil || o.err == nil {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(o.errors)) {
		return fmt.Errorf("%w (%s)", o.err, o.errors[id])
	}
	return o.err
}

// profile builds one profile. A crate that does not compile is in the outcome;
// an error is ours or the context's.
func (b *builder) profile(ctx context.Context, p Profile) (*outcome, error) {
	out := &outcome{errors: make(map[string]string)}
	if b.start.IsZero() {
		b.start = time.Now()
	}
	total := b.known
	if total == 0 {
		for i := range b.meta.Packages {
			total++
			for _, t := range b.meta.Packages[i].Targets {
				if slices.Contains(t.Kind, "custom-build") {
					total++
				}
			}
		}
	}
	err := b.toolchain.run(ctx, b.dir, b.log, func(line []byte) error {
		var m message
		if err := json.Unmarshal(line, &m); err != nil {
			return fmt.Errorf("what cargo build prints: %w", err)
		}
		switch m.Reason {
		case "compiler-artifact":
			out.artifacts = append(out.artifacts, m)
			if b.progress != nil {
				done := len(out.artifacts)
				b.progress(Progress{Profile: p, Done: done, Total: max(total, done), Crate: m.Target.Name, Elapsed: time.Since(b.start)})
			}
		case "build-script-executed":
			out.scripts = append(out.scripts, m)
		case "compiler-message":
			if m.Message.Level == "error" && out.errors[m.PackageID] == "" {
				out.errors[m.PackageID] = clean(m.Message.Message)
			}
		}
		return nil
	}, buildArgs(p, b.toolchain.Host)...)
	var failed *CargoError
	if errors.As(err, &failed) {
		out.err, out.stderr, err = failed, failed.Stderr, nil
	}
	b.known = len(out.artifacts)
	return out, err
}

// systemDirs are the directories that the linker searches without an option.
func systemDirs(host string) []string {
	arch, _, _ := strings.Cut(host, "-")
	return []string{"/lib", "/usr/lib", "/usr/local/lib", "/lib64", "/usr/lib64",
		"/usr/lib/" + arch + "-linux-gnu", "/lib/" + arch + "-linux-gnu"}
}

// gather copies the libraries and macros of the outcomes into s.Dir and writes
// externs.json last.
func (s *Set) gather(list List, meta *metadata, project string, outcomes map[Profile]*outcome) error {
	project, err := filepath.EvalSymlinks(project)
	if err != nil {
		return err
	}
	linked, direct := meta.linked(), meta.direct()
	s.Profiles = make(map[Profile]Compiled)
	features := make(map[string][]string) // by package ID
	libraries := make(map[string]bool)
	for _, p := range slices.Sorted(maps.Keys(outcomes)) {
		out := outcomes[p]
		files, size, err := s.copyLibraries(p, project, ofPackages(out.artifacts, linked), features)
		if err != nil {
			return err
		}
		compiled := Compiled{Search: []string{string(p), "host"}, Bytes: size}
		if compiled.Externs, err = externs(list, direct, files); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		compiled.Native = s.nativeLibraries(project, ofPackages(out.scripts, linked), libraries)
		s.Profiles[p] = compiled
	}
	for _, c := range list.Crates {
		pkg := direct[c.Name]
		ident, macros := pkg.library()
		s.Crates = append(s.Crates, Built{Name: c.Name, Ident: ident, Version: c.Version,
			Features: features[pkg.ID], Description: c.Description, Macros: macros})
	}
	s.SystemLibraries = slices.Sorted(maps.Keys(libraries))
	return s.write(s.Dir)
}

// ofPackages returns the messages about packages with these IDs.
func ofPackages(messages []message, ids map[string]bool) []message {
	return slices.DeleteFunc(slices.Clone(messages), func(m message) bool { return !ids[m.PackageID] })
}

// copyLibraries copies what a profile's build made of the packages of the set. It
// returns the file of each package, and the bytes that the set grew by, and notes the
// features of the packages.
func (s *Set) copyLibraries(p Profile, project string, artifacts []message, features map[string][]string) (files map[string]string, size int64, err error) {
	files = make(map[string]string)
	target := filepath.Join(project, "target", s.Host) + string(filepath.Separator)
	for _, m := range artifacts {
		macros := slices.Contains(m.Target.Kind, "proc-macro")
		if slices.Contains(m.Target.Kind, "custom-build") {
			continue
		}
		for _, file := range m.Filenames {
			var dir string
			switch ext := filepath.Ext(file); {
			case macros && (ext == ".so" || ext == ".dylib" || ext == ".dll"):
				dir = "host"
			case !macros && ext == ".rlib" && strings.HasPrefix(file, target):
				dir = string(p)
			default:
				continue
			}
			name, n, err := s.add(dir, string(p), file)
			if err != nil {
				return nil, 0, err
			}
			size += n
			files[m.PackageID] = name
			features[m.PackageID] = m.Features
		}
	}
	return files, size, nil
}

// externs returns the files of the list's crates by their idents.
func externs(list List, direct map[string]*cargoPackage, files map[string]string) (map[string]string, error) {
	idents := make(map[string]string)
	for _, c := range list.Crates {
		pkg := direct[c.Name]
		if pkg == nil || files[pkg.ID] == "" {
			return nil, fmt.Errorf("cargo printed no library of %s", c.Name)
		}
		ident, _ := pkg.library()
		if other, taken := idents[ident]; taken {
			return nil, fmt.Errorf("crates %s and %s are both called %s in source code", c.Name, other, ident)
		}
		idents[ident] = files[pkg.ID]
	}
	return idents, nil
}

// nativeLibraries returns the directories outside of the project and the system's own
// in which build scripts found C libraries, and notes the names of the system's.
func (s *Set) nativeLibraries(project string, scripts []message, system map[string]bool) []string {
	var dirs []string
	for _, m := range scripts {
		for _, lib := range m.LinkedLibs {
			// What a script built itself is static and already in its crate.
			if kind, name, ok := strings.Cut(lib, "="); !ok {
				system[lib] = true
			} else if !strings.HasPrefix(kind, "static") {
				system[name] = true
			}
		}
		for _, path := range m.LinkedPaths {
			_, dir, ok := strings.Cut(path, "=")
			if !ok {
				dir = path
			}
			if !strings.HasPrefix(dir, project) && !slices.Contains(systemDirs(s.Host), dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// add copies file into dir of the set, or into other where dir has another file
// of that name, and returns its place and how many bytes the set grew by.
func (s *Set) add(dir, other, file string) (string, int64, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", 0, err
	}
	for _, d := range []string{dir, other} {
		name := d + "/" + filepath.Base(file)
		path := filepath.Join(s.Dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", 0, err
		}
		old, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return name, int64(len(data)), os.WriteFile(path, data, 0o444)
		}
		if err != nil {
			return "", 0, err
		}
		if bytes.Equal(old, data) {
			return name, 0, nil
		}
	}
	return "", 0, fmt.Errorf("two different files are called %s", filepath.Base(file))
}
