package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/corust-dev/corust/runner"
)

// readSource reads what run was told to run: a file, standard input, or a
// directory with a main.rs.
func readSource(source string, stdin io.Reader) ([]runner.File, error) {
	if source == "-" {
		return readMain("standard input", stdin)
	}
	info, err := os.Stat(source)
	if err != nil {
		return nil, unwrapPath(source, err)
	}
	if info.IsDir() {
		return readDir(source)
	}
	f, err := os.Open(source)
	if err != nil {
		return nil, unwrapPath(source, err)
	}
	defer f.Close()
	return readMain(source, f)
}

// unwrapPath says what is wrong with a path without the system call's name.
func unwrapPath(path string, err error) error {
	var perr *fs.PathError
	if errors.As(err, &perr) {
		err = perr.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// readMain reads a single file. It keeps its name if that can be a request's.
func readMain(name string, r io.Reader) ([]runner.File, error) {
	data, err := io.ReadAll(io.LimitReader(r, runner.MaxSource+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(data) > runner.MaxSource {
		return nil, fmt.Errorf("%s is larger than %d bytes, which is the most that corust runs", name, runner.MaxSource)
	}
	switch {
	case strings.TrimSpace(string(data)) == "":
		return nil, fmt.Errorf("%s is empty", name)
	case !utf8.Valid(data):
		return nil, fmt.Errorf("%s is not UTF-8 text, as Rust source must be", name)
	}
	main := filepath.Base(name)
	if !runner.ValidMain(main) {
		main = runner.MainFile
	}
	return []runner.File{{Name: main, Data: data}}, nil
}

// mainOf is the file of a source that is compiled.
func mainOf(files []runner.File) string {
	if len(files) == 1 {
		return files[0].Name
	}
	return runner.MainFile
}

// readDir reads a directory's files: those of a crate's src if it is a package,
// otherwise all of it. Hidden files and target directories stay out.
func readDir(dir string) ([]runner.File, error) {
	if _, err := os.Stat(filepath.Join(dir, runner.MainFile)); err != nil {
		src := filepath.Join(dir, "src")
		if _, serr := os.Stat(filepath.Join(src, runner.MainFile)); serr != nil {
			return nil, fmt.Errorf("%s has no %s, and no src/%[2]s", dir, runner.MainFile)
		}
		dir = src
	}
	// A root: no link in the directory leads out of it.
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var files []runner.File
	total := 0
	err = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == ".":
			return nil
		case strings.HasPrefix(d.Name(), "."), d.IsDir() && d.Name() == "target":
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil // a FIFO would block, and a link may lead anywhere
		}
		data, err := fs.ReadFile(root.FS(), path)
		if err != nil {
			return err
		}
		total += len(data)
		files = append(files, runner.File{Name: path, Data: data})
		if total > runner.MaxSource || len(files) > runner.MaxFiles {
			return errTooLarge
		}
		return nil
	})
	if errors.Is(err, errTooLarge) {
		return nil, fmt.Errorf("%s has more than %d files or %d bytes, which is the most that corust runs", dir, runner.MaxFiles, runner.MaxSource)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	return files, nil
}

var errTooLarge = errors.New("too large")
