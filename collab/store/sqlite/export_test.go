package sqlite

import (
	"context"
	"time"
)

// Folding has commits fold tails as soon as these take more than so many bytes.
func (c Config) Folding(above int) Config {
	c.foldAbove = above
	return c
}

// OnDisk has a store believe that so much is free of its disk, and in all.
func (c Config) OnDisk(space func() (free, total uint64)) Config {
	c.space = func(string) (uint64, uint64, bool) {
		free, total := space()
		return free, total, true
	}
	return c
}

// Measure has the next append look at the room that there is.
func (s *Store) Measure() {
	done := s.submit(context.Background(), onRows, func(context.Context) error {
		s.room.measured = time.Time{}
		return nil
	})
	if done != nil {
		panic(done)
	}
}
