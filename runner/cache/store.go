package cache

import (
	"errors"
	"io/fs"
	"log/slog"
	"sync"

	"github.com/corust-dev/corust/internal/lru"
	"github.com/corust-dev/corust/runner"
)

// Config configures a Store.
type Config struct {
	// Dir is the directory of the files, which is made if it is missing; empty keeps
	// artifacts in memory only. It must belong to this user, and other users must not be
	// able to write to it.
	Dir string
	// Bytes is the most bytes of all files in Dir, and Memory the most bytes of the
	// artifacts that are also in memory. 0 is none.
	Bytes, Memory int64
	// Log receives what went wrong with a file. Nil discards it.
	Log *slog.Logger
}

// Store keeps the most recently used artifacts. It implements runner.Artifacts.
type Store struct {
	log  *slog.Logger
	disk *disk // nil if there is no directory

	mu     sync.Mutex
	memory lru.Cache[runner.Hash, *runner.Artifact]
	stats  Stats
}

// Stats counts what a Store has done since it was opened.
type Stats struct {
	Hits    int64 // artifacts that were found
	Misses  int64 // and not found
	Kept    int64 // artifacts that were added
	Removed int64 // files that were removed to make room
	Damaged int64 // files that were removed because they were not what was kept
	Failed  int64 // artifacts and files that could not be read or written
	Bytes   int64 // of the artifacts in memory
}

// Open returns a Store. It fails if its directory cannot be made or is not safe.
func Open(cfg Config) (*Store, error) {
	s := &Store{log: cfg.Log, memory: lru.New[runner.Hash, *runner.Artifact](cfg.Memory)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if cfg.Dir != "" {
		var err error
		if s.disk, err = openDisk(cfg.Dir, cfg.Bytes); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Artifact implements runner.Artifacts.
func (s *Store) Artifact(key runner.Hash, room func(bytes int64) bool) *runner.Artifact {
	s.mu.Lock()
	a := s.memory.Get(key)
	s.mu.Unlock()
	var owner string
	var err error
	read := a == nil && s.disk != nil
	if read {
		a, owner, err = s.disk.read(key, room)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case errors.Is(err, errDamaged):
		s.stats.Damaged++
		s.log.Warn("removed a damaged file of the cache", "key", key, "err", err)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		s.stats.Failed++
		s.log.Warn("cannot read a file of the cache", "key", key, "err", err)
	}
	if a == nil {
		s.stats.Misses++
		return nil
	}
	s.stats.Hits++
	if read {
		s.memory.Put(key, owner, a, a.Size())
	}
	return a
}

// Keep implements runner.Artifacts.
func (s *Store) Keep(key runner.Hash, owner string, a *runner.Artifact) (kept bool) {
	var removed int
	var err error
	if s.disk != nil {
		kept, removed, err = s.disk.write(key, owner, a)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept = s.memory.Put(key, owner, a, a.Size()) || kept
	if kept {
		s.stats.Kept++
	}
	s.stats.Removed += int64(removed)
	if err != nil {
		s.stats.Failed++
		s.log.Warn("cannot keep a file in the cache", "key", key, "err", err)
	}
	return kept
}

// Stats returns the current counts.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Bytes = s.memory.Size()
	return s.stats
}

// Disk returns what the directory holds.
func (s *Store) Disk() Usage {
	if s.disk == nil {
		return Usage{}
	}
	u, _ := UsageOf(s.disk.dir) // a directory that cannot be read holds nothing of use
	return u
}
