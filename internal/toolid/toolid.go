// Package toolid names a Rust toolchain by its content.
//
// The ID is the SHA-256 of the output of sha256sum for the toolchain's files, with names
// relative to the sysroot, in the order of the names' bytes. The files are those that
// affect the output of rustc, rustfmt and clippy-driver: these three programs, the shared
// libraries that they load, and the libraries and tools of one target. Documentation,
// cargo and other targets are not part of it, nor are the system's linker and C library.
//
// [Of] reads the files, which are some 500 MB, and [Script] does the same in a shell, for
// a toolchain in an image. [Stamp] names a toolchain without reading its files, as a key
// for a cache of IDs.
package toolid

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// patterns match a toolchain's files, in the syntax of a shell, relative to the sysroot.
// lib/* is the directory for the architecture in a distribution's packages.
const patterns = `bin/rustc bin/rustfmt bin/clippy-driver ` +
	`lib/librustc_driver* lib/libLLVM* lib/libstd-* ` +
	`lib/*/librustc_driver* lib/*/libLLVM* lib/*/libstd-* ` +
	`lib/rustlib/$target/lib lib/rustlib/$target/bin lib/rustlib/$target/codegen-backends`

// Script computes the same ID in sh -eu. It prints the ID of the toolchain at $sysroot for
// $target, and changes the working directory and the arguments.
const Script = `cd -P "$sysroot"
set --
for file in ` + patterns + `; do [ ! -e "$file" ] || set -- "$@" "$file"; done
sums=$(find -L "$@" -type f -print0 | LC_ALL=C sort -zu | xargs -0 sha256sum)
printf '%s\n' "$sums" | sha256sum | cut -d ' ' -f 1`

// File is one of a toolchain's files.
type File struct {
	Path    string // relative to the sysroot
	Size    int64
	ModTime time.Time
}

// Files lists a toolchain's files in the order of their paths. Target is a triple such
// as x86_64-unknown-linux-gnu. A toolchain without a rustc is an error.
func Files(sysroot, target string) ([]File, error) {
	var files []File
	for pattern := range strings.FieldsSeq(strings.ReplaceAll(patterns, "$target", target)) {
		names, err := filepath.Glob(filepath.Join(escape(sysroot), pattern))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if files, err = add(files, sysroot, name, 0); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	files = slices.CompactFunc(files, func(a, b File) bool { return a.Path == b.Path })
	if !slices.ContainsFunc(files, func(f File) bool { return f.Path == "bin/rustc" }) {
		return nil, fmt.Errorf("no bin/rustc in %s", sysroot)
	}
	return files, nil
}

// escape returns a pattern that matches one path.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// maxDepth is deeper than any toolchain. It ends a loop of links.
const maxDepth = 16

// add appends a file, or those below a directory. It follows links and omits those whose
// target does not exist.
func add(files []File, sysroot, name string, depth int) ([]File, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return files, nil
	case err != nil:
		return nil, err
	case info.Mode().IsRegular():
		rel, err := filepath.Rel(sysroot, name)
		return append(files, File{rel, info.Size(), info.ModTime()}), err
	case !info.IsDir():
		return files, nil
	case depth == maxDepth:
		return nil, fmt.Errorf("%s: more than %d directories deep", name, maxDepth)
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if files, err = add(files, sysroot, filepath.Join(name, e.Name()), depth+1); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// Stamp names the files by path, size and time of change. It differs after every change
// that rustup, a package manager or a build of the compiler makes.
func Stamp(sysroot string, files []File) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", sysroot)
	for _, f := range files {
		fmt.Fprintf(h, "%q %d %d\n", f.Path, f.Size, f.ModTime.UnixNano())
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Of reads the files, on all processors, and returns the ID in hexadecimal.
func Of(sysroot string, files []File) (string, error) {
	sums, errs := make([][]byte, len(files)), make([]error, len(files))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.NumCPU(), len(files)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(files)); i = next.Add(1) - 1 {
				sums[i], errs[i] = hashFile(filepath.Join(sysroot, files[i].Path))
			}
		})
	}
	workers.Wait()
	all := sha256.New()
	for i, f := range files {
		fmt.Fprintf(all, "%x  %s\n", sums[i], f.Path)
	}
	return hex.EncodeToString(all.Sum(nil)), errors.Join(errs...)
}

func hashFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return h.Sum(nil), nil
}
