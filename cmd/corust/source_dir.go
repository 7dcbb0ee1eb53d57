package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

const cargoToml = "Cargo.toml"

// readDir reads a package or any directory with a main.rs. All its files come along
// that can, but hidden ones and directories that are marked as caches, as cargo marks
// its target. What cannot is named in a warning: the program may not need it. No link
// leads out of the directory.
func readDir(dir string) (source, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return source{}, unwrapPath(dir, err)
	}
	defer root.Close()
	d := directory{root: root}
	if data, err := d.read(cargoToml); err == nil {
		// One that cannot be read is the planner's to speak of.
		d.manifest, _ = rustc.ParseManifest(data)
	}
	main, err := d.findMain()
	if err != nil {
		return source{}, fmt.Errorf("%s %w", dir, err)
	}
	f, err := d.open(main)
	if err != nil {
		return source{}, unwrapPath(path.Join(dir, main), err)
	}
	defer f.Close()
	text, err := readText(path.Join(dir, main), f)
	if err != nil {
		return source{}, err
	}
	s := source{main: main, files: []runner.File{{Name: main, Data: text}}}
	d.list(".", nil)
	s.files = d.take(s.files)
	s.toolchain = d.toolchain()
	s.warnings = d.warnings()
	return s, nil
}

// directory reads the files of a directory. A leftOut is named in one warning.
type directory struct {
	root     *os.Root
	manifest *rustc.Manifest // nil if it cannot be read
	found    []string
	entries  int
	leftOut  []string // a name and the reason
}

// maxEntries bounds how much of a directory is looked at.
const maxEntries = 10_000

// open opens a regular file below the directory.
func (d *directory) open(name string) (*os.File, error) {
	info, err := d.root.Stat(name) // first: opening a FIFO would block
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		return nil, err
	}
	return d.root.Open(name)
}

var (
	errNotRegular = errors.New("not a regular file")
	errTooLarge   = fmt.Errorf("more than %d bytes or %d files in all", runner.MaxSource, runner.MaxFiles)
)

// read reads a file of at most MaxSource bytes.
func (d *directory) read(name string) ([]byte, error) {
	f, err := d.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, runner.MaxSource+1))
	if err == nil && len(data) > runner.MaxSource {
		err = errTooLarge
	}
	return data, err
}

// exists reports whether a file with that name exists, readable or not. An unreadable
// file is an error, rather than a reason to run another file.
func (d *directory) exists(name string) bool {
	_, err := d.root.Lstat(name)
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}

// findMain chooses the file that is compiled, as cargo run does, or the library of a
// package without a program.
func (d *directory) findMain() (string, error) {
	if d.exists(runner.MainFile) {
		return runner.MainFile, nil
	}
	m := d.manifest
	if m == nil {
		m = new(rustc.Manifest)
	}
	if programs := d.programs(m); len(programs) == 1 {
		return programs[0], nil
	} else if len(programs) > 1 {
		return "", fmt.Errorf("has more than one program: %s (default-run in Cargo.toml chooses one)", strings.Join(programs, ", "))
	}
	for _, name := range []string{m.LibraryPath(), "lib.rs"} {
		if d.exists(name) {
			return name, nil
		}
	}
	return "", fmt.Errorf("has no %s, no src/%[1]s and no library", runner.MainFile)
}

// programs are the files of a package's programs: the one that it names for cargo run,
// or src/main.rs, or all others.
func (d *directory) programs(m *rustc.Manifest) []string {
	const main = "src/" + runner.MainFile
	var programs []string
	add := func(name, file string) bool {
		if file == "" || runner.ValidFileName(file) != nil || !d.exists(file) {
			return false
		}
		if m.DefaultRun == "" || m.DefaultRun == name {
			if !slices.Contains(programs, file) {
				programs = append(programs, file)
			}
		}
		return true
	}
	for _, b := range m.Bins {
		_ = add(b.Name, b.Path) || b.Path != "" || add(b.Name, "src/bin/"+b.Name+".rs") || add(b.Name, "src/bin/"+b.Name+"/main.rs") || add(b.Name, main)
	}
	if m.DefaultRun == "" && d.exists(main) {
		return []string{main}
	}
	add(m.Name, main)
	if f, err := d.root.Open("src/bin"); err == nil {
		defer f.Close()
		list, _ := f.ReadDir(maxEntries)
		for _, e := range list {
			name, isFile := strings.CutSuffix(e.Name(), ".rs")
			if isFile {
				add(name, "src/bin/"+e.Name())
			} else {
				add(name, "src/bin/"+e.Name()+"/main.rs")
			}
		}
	}
	slices.Sort(programs)
	return programs
}

// list finds the files below a directory. Above are the directories that it is in, so
// that a link to one of them ends there.
func (d *directory) list(dir string, above []fs.FileInfo) {
	info, err := d.root.Stat(dir)
	if err != nil {
		d.leave(dir, cause(err))
		return
	}
	for _, a := range above {
		if os.SameFile(a, info) {
			d.leave(dir, errors.New("a link to a directory that it is in"))
			return
		}
	}
	f, err := d.root.Open(dir)
	if err != nil {
		d.leave(dir, cause(err))
		return
	}
	entries, err := f.ReadDir(maxEntries - d.entries)
	f.Close()
	if err != nil && err != io.EOF {
		d.leave(dir, cause(err))
	}
	if d.entries += len(entries); d.entries >= maxEntries {
		if len(entries) > 0 {
			d.leave(dir, fmt.Errorf("only %d entries are looked at", maxEntries))
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	above = append(slices.Clip(above), info)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			d.entry(path.Join(dir, e.Name()), e, above)
		}
	}
}

// entry looks at one entry of a directory.
func (d *directory) entry(name string, e fs.DirEntry, above []fs.FileInfo) {
	if err := runner.ValidFileName(name); err != nil {
		d.leave(name, errors.New("a name that a box does not take"))
		return
	}
	info, err := d.root.Stat(name)
	switch {
	case err != nil && e.Type()&fs.ModeSymlink != 0:
		d.leave(name, errors.New("a link that leads nowhere or out of the directory"))
	case err != nil:
		d.leave(name, cause(err))
	case info.IsDir() && d.isCache(name):
	case info.IsDir() && d.entries >= maxEntries:
	case info.IsDir():
		d.list(name, above)
	case !info.Mode().IsRegular():
		d.leave(name, errNotRegular)
	default:
		d.found = append(d.found, name)
	}
}

// isCache reports whether a directory is marked as one that can be made again, as
// https://bford.info/cachedir has it.
func (d *directory) isCache(name string) bool {
	const signature = "Signature: 8a477f597d28d172789f06886806bc55"
	f, err := d.open(path.Join(name, "CACHEDIR.TAG"))
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(signature))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == signature
}

// take reads the files that were found, as many as a request may have, in the order in
// which the compiler is likely to need them.
func (d *directory) take(files []runner.File) []runner.File {
	main := files[0].Name
	rank := func(name string) int {
		beside := path.Dir(main) == "." || strings.HasPrefix(name, path.Dir(main)+"/")
		switch rust := strings.HasSuffix(name, ".rs"); {
		case name == cargoToml:
			return 0
		case rust && beside:
			return 1
		case beside:
			return 2
		case rust:
			return 3
		default:
			return 4
		}
	}
	slices.SortStableFunc(d.found, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	total := len(files[0].Data)
	for _, name := range d.found {
		if name == main {
			continue
		}
		data, err := d.read(name)
		switch {
		case err != nil:
			d.leave(name, cause(err))
		case len(files) >= runner.MaxFiles, total+len(data) > runner.MaxSource:
			d.leave(name, errTooLarge)
		case strings.HasSuffix(name, ".rs") && bytes.IndexByte(data, 0) >= 0:
			d.leave(name, errors.New("a NUL byte"))
		default:
			total += len(data)
			files = append(files, runner.File{Name: name, Data: data})
		}
	}
	return files
}

func (d *directory) leave(name string, why error) {
	d.leftOut = append(d.leftOut, fmt.Sprintf("%.120q (%v)", name, why))
}

// warnings name what was left out, for the user.
func (d *directory) warnings() []string {
	const shown = 5
	var list []string
	if n := len(d.leftOut); n > 0 {
		text := "left out: " + strings.Join(d.leftOut[:min(n, shown)], ", ")
		if n > shown {
			text += fmt.Sprintf(" and %d more", n-shown)
		}
		list = append(list, text)
	}
	for _, name := range []string{".cargo/config.toml", ".cargo/config", ".rustfmt.toml"} {
		if d.exists(name) {
			list = append(list, fmt.Sprintf("%s is not used", name))
		}
	}
	return list
}

// toolchain is the channel that rust-toolchain.toml asks for.
func (d *directory) toolchain() string {
	for _, name := range []string{"rust-toolchain.toml", "rust-toolchain"} {
		if data, err := d.read(name); err == nil {
			return rustc.ToolchainFile(data)
		}
	}
	return ""
}
