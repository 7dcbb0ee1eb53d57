package sqlite

import (
	"fmt"

	"github.com/gofrs/flock"

	"github.com/corust-dev/corust/collab/store"
)

// lockFile takes a store's file for this process until the lock is closed or the
// process ends, however it ends. Whoever has the file open has entries in memory
// that are not where another would look for them, and neither could vouch for
// the other's changes. What is locked is a file beside it whose name ends in
// .lock and that stays; the store's own belongs to SQLite, and is replaced by
// [Restore].
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
