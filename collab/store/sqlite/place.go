package sqlite

import (
	"fmt"
	"io/fs"
	"os"

	"github.com/corust-dev/corust/collab/store"
)

// openFile is a file that a store has open, and the name by which it was.
type openFile struct {
	name string
	info fs.FileInfo
}

// openFiles are those that hold what a store at path has committed.
func openFiles(path string) (files []openFile, err error) {
	for _, name := range []string{path, resolve(path) + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		files = append(files, openFile{name, info})
	}
	return files, nil
}

// inPlace fails with ErrMoved unless the store's files are where they were opened.
// SQLite would go on with those that were removed or replaced, and with the process
// they would be gone.
func (s *Store) inPlace() error {
	for _, f := range s.files {
		if info, err := os.Stat(f.name); err != nil || !os.SameFile(info, f.info) {
			return fmt.Errorf("%s: %w", f.name, store.ErrMoved)
		}
	}
	return nil
}
