package main

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
)

// writeWhole writes a file whole or not at all: it writes beside it and renames. A file
// that is there keeps its permissions, and a symbolic link its place.
func writeWhole(name string, data []byte) error {
	mode := os.FileMode(0o666)
	if to, err := filepath.EvalSymlinks(name); err == nil {
		name = to
	}
	info, err := os.Stat(name)
	if err == nil {
		mode = info.Mode().Perm()
	}
	temporary := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+"."+rand.Text())
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil && info != nil {
		err = f.Chmod(mode) // whatever the umask says
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
