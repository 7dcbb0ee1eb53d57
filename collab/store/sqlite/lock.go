package sqlite

import (
	"fmt"

	"github.com/gofrs/flock"

	"github.com/corust-dev/corust/collab/store"
)

// lockFile takes a store's file for this process until the lock is closed or the
// process ends, even by a crash. Two processes cannot share the file: each would hold
// entries in memory that the other does not see. The lock is on a permanent file beside
// the store whose name ends in .lock, because SQLite locks the store's file itself and
// [Restore] replaces it.
func lockFile(path string) (*flock.Flock, error) {
	lock := flock.New(resolve(path) + ".lock")
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if !ok {
		return nil, store.ErrInUse
	}
	return lock, nil
}
