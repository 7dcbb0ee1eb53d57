//go:build !unix

package cache

import (
	"io/fs"
	"os"
)

// own reports nothing: a user's cache directory is that user's.
func own(fs.FileInfo) error { return nil }

// openFile opens a file for reading.
func openFile(name string) (*os.File, error) { return os.Open(name) }
