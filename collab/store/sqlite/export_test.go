package sqlite

import (
	"context"
	"time"
)

// Folding has commits fold tails as soon as these take more than so many bytes.
func (o Options) Folding(above int) Options {
	o.foldAbove = above
	return o
}

// OnDisk has a store believe that so much is free of its disk, and in all.
func (o Options) OnDisk(space func() (free, total uint64)) Options {
	o.space = func(string) (uint64, uint64, bool) {
		free, total := space()
		return free, total, true
	}
	return o
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
