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

// source is what run runs.
type source struct {
	main      string // the file that is compiled
	files     []runner.File
	toolchain string   // the channel in rust-toolchain.toml, or ""
	warnings  []string // files that were left out, and why
}

// readSource reads a file, standard input, or a directory.
func readSource(name string, stdin io.Reader) (source, error) {
	if name == "-" {
		data, err := readText("standard input", stdin)
		return source{main: runner.MainFile, files: []runner.File{{Name: runner.MainFile, Data: data}}}, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return source{}, unwrapPath(name, err)
	}
	if info.IsDir() {
		return readDir(name)
	}
	f, err := os.Open(name)
	if err != nil {
		return source{}, unwrapPath(name, err)
	}
	defer f.Close()
	data, err := readText(name, f)
	if err != nil {
		return source{}, err
	}
	s := source{main: filepath.Base(name)}
	switch {
	case !info.Mode().IsRegular(): // /dev/fd/63 names a pipe, not a source
		s.main = runner.MainFile
	case runner.ValidFileName(s.main) != nil:
		s.warnings = append(s.warnings, fmt.Sprintf("messages call %q %s: %v", s.main, runner.MainFile, runner.ValidFileName(s.main)))
		s.main = runner.MainFile
	}
	s.files = []runner.File{{Name: s.main, Data: data}}
	return s, nil
}

// unwrapPath returns the error about a path without the system call's name.
func unwrapPath(path string, err error) error {
	return fmt.Errorf("%s: %w", path, cause(err))
}

// cause is the system's reason for an error about a path.
func cause(err error) error {
	var perr *fs.PathError
	if errors.As(err, &perr) {
		return perr.Err
	}
	return err
}

// readText reads the file that is to be compiled.
func readText(name string, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, runner.MaxSource+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, cause(err))
	}
	switch {
	case len(data) > runner.MaxSource:
		return nil, fmt.Errorf("%s is larger than %d bytes, the limit for a source", name, runner.MaxSource)
	case strings.TrimSpace(string(data)) == "":
		return nil, fmt.Errorf("%s is empty", name)
	case !utf8.Valid(data):
		return nil, fmt.Errorf("%s is not UTF-8 text, as Rust source must be", name)
	}
	return data, nil
}
