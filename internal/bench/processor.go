package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// processorTimes races contenders and prints what each costs in processor time,
// its own and that of all processes that it started and waited for. settle makes
// a contender complete what its work left to the background.
func (b *bench) processorTimes(ctx context.Context, rounds int, settle func() error, contenders ...contender) error {
	times := make([][]time.Duration, len(contenders))
	for round := -1; round < rounds; round++ {
		for i, c := range contenders {
			if err := ctx.Err(); err != nil {
				return err
			}
			self, children, err := used()
			if err != nil {
				return err
			}
			if err := c.work(); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if err := settle(); err != nil {
				return err
			}
			selfNow, childrenNow, err := used()
			if err != nil {
				return err
			}
			if round >= 0 {
				times[i] = append(times[i], selfNow-self+childrenNow-children)
			}
		}
	}
	for i, t := range times {
		slices.Sort(t)
		fmt.Printf("  %-42s median %8s of processor time", contenders[i].name, ms(percentile(t, 50)))
		if i > 0 {
			fmt.Printf("   ratio %.2f", ratio(percentile(t, 50), percentile(times[0], 50)))
		}
		fmt.Println()
	}
	return nil
}
