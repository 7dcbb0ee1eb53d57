package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/corust-dev/corust/collab/store"
)

const (
	// newSpace is how much of the disk must be free for a session to be made, and
	// workSpace for one to go on, in bytes; on small disks the part of a disk that
	// follows is enough. What is between the two is for the sessions that there are.
	newSpace, newPart   = 256 << 20, 20
	workSpace, workPart = 64 << 20, 100
	// roomEvery is how often, at most, appends look at the room that there is.
	roomEvery = time.Second
)

// room bounds a store by the size of its file and by what is free on its disk.
type room struct {
	max   int64 // bytes of the file above which no session is made; 0: no bound
	space func(dir string) (free, total uint64, ok bool)

	measured time.Time
	full     error // why nothing may be appended, as measured
}

// forSession returns an error if no session may be created. It measures each time, since
// sessions are rarely created.
func (s *Store) forSession(ctx context.Context) error {
	size, err := s.size(ctx)
	if err != nil {
		return err
	}
	if s.room.max > 0 && size >= s.room.max {
		return errRefused{fmt.Errorf("the sessions take %d bytes of %d: %w", size, s.room.max, store.ErrNoRoom)}
	}
	if free, least, ok := s.free(newSpace, newPart); ok && free < least {
		return errRefused{fmt.Errorf("%d bytes of the disk are free, want %d: %w", free, least, store.ErrNoRoom)}
	}
	return nil
}

// forWork returns an error if nothing may be appended: the file is a quarter above its
// bound, or the disk is nearly full. Snapshots are still allowed, since they free
// entries.
func (s *Store) forWork(ctx context.Context) error {
	r := &s.room
	if time.Since(r.measured) < roomEvery {
		return r.full
	}
	r.measured, r.full = time.Now(), nil
	size, err := s.size(ctx)
	if err != nil {
		return err
	}
	if most := r.max + r.max/4; r.max > 0 && size >= most {
		r.full = errRefused{fmt.Errorf("the sessions take %d bytes of %d: %w", size, most, store.ErrFull)}
	} else if free, least, ok := s.free(workSpace, workPart); ok && free < least {
		r.full = errRefused{fmt.Errorf("%d bytes of the disk are free, want %d: %w", free, least, store.ErrFull)}
	}
	return r.full
}

// size is how many bytes of the file are in use, as the transaction sees it.
func (s *Store) size(ctx context.Context) (n int64, err error) {
	err = s.conn.QueryRowContext(ctx, "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size").Scan(&n)
	return n, classify(err)
}

// free is what is free of the store's disk, and what should be: least, or so small a
// part of the disk. ok is false where the system does not tell.
func (s *Store) free(least, part uint64) (free, want uint64, ok bool) {
	free, total, ok := s.room.space(filepath.Dir(resolve(s.path)))
	return free, min(least, total/part), ok
}
