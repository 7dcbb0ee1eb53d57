package crates

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Finding the set for a run must not start the compiler to ask for its version: that
// takes as long as compiling a small program. So a build leaves the key in a note
// under cache, named by the compiler's file and the list's text.

// ListID names the text of the list at path, or of the default list if there
// is no such file.
func ListID(path string) (string, error) {
	text, err := readBounded(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = defaults.ReadFile("default.toml")
	}
	return hashOf(text), err
}

// note is the file that holds the key of the set for the compiler, which path, size
// and time identify.
func note(cache, rustc, listID string) (string, error) {
	path, err := filepath.EvalSymlinks(rustc)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	id := fmt.Sprintf("%d %s %s %d %d %s", setFormat, HostBase(), path, info.Size(), info.ModTime().UnixNano(), listID)
	return filepath.Join(cache, "current", hashOf([]byte(id))[:32]), nil
}

// Remember leaves the note that the set of key is the one for this compiler and
// list.
func Remember(cache, rustc, listID, key string) error {
	path, err := note(cache, rustc, listID)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return writeFile(path, []byte(key))
}

// Recall returns the directory and key of the set for this compiler and list, ""
// if none has been built or it is gone.
func Recall(cache, rustc, listID string) (dir, key string) {
	path, err := note(cache, rustc, listID)
	if err != nil {
		return "", ""
	}
	text, err := os.ReadFile(path)
	if err != nil || !isKey(string(text)) {
		return "", ""
	}
	dir = SetDir(cache, string(text))
	if _, err := os.Stat(filepath.Join(dir, externsFile)); err != nil {
		return "", ""
	}
	return dir, string(text)
}

func isKey(s string) bool { return len(s) == 32 && strings.Trim(s, "0123456789abcdef") == "" }

// Keep stores what is known of a set that is elsewhere, in an image, so that runs
// there can be planned; Describe finds it.
func Keep(cache string, s *Set) error {
	if !isKey(s.Key) {
		return fmt.Errorf("invalid key of a set %q", s.Key)
	}
	dir := filepath.Join(cache, "known", s.Key)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return s.write(dir)
}

// Describe returns the description of the set with that key, from the cache or from
// [Keep]. The files of the set need not exist. The error is fs.ErrNotExist if there is
// neither.
func Describe(cache, key string) (*Set, error) {
	if !isKey(key) {
		return nil, fmt.Errorf("invalid key of a set %q", key)
	}
	s, err := readSet(SetDir(cache, key))
	if errors.Is(err, fs.ErrNotExist) {
		s, err = readSet(filepath.Join(cache, "known", key))
	}
	return s, err
}
