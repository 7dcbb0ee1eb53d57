package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/corust-dev/corust/internal/proctime"
	"github.com/corust-dev/corust/runner"
)

// spent is processor time, user and system.
type spent struct {
	host     time.Duration // of this process
	children time.Duration // of those that it has waited for, and of theirs
	steps    time.Duration // of these, the time that the steps of a box report
	machine  time.Duration // of everything on this machine, kernel threads too
}

// now reads the books.
func now() (spent, error) {
	s := spent{host: proctime.Used()}
	var err error
	if s.children, err = proctime.Children(); err != nil {
		return s, err
	}
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return s, err
	}
	line, _, _ := strings.Cut(string(data), "\n")
	const ticks = 10 * time.Millisecond // USER_HZ is 100 on every machine that corust knows
	for i, f := range strings.Fields(line)[1:] {
		// user, nice, system, idle, iowait, irq, softirq
		if n, err := strconv.Atoi(f); err == nil && i < 7 && i != 3 && i != 4 {
			s.machine += time.Duration(n) * ticks
		}
	}
	return s, nil
}

func (s spent) minus(t spent) spent {
	return spent{s.host - t.host, s.children - t.children, s.steps - t.steps, s.machine - t.machine}
}

// processor compares processor time, which other work on the machine disturbs
// far less than it does the clock. One run at a time; each is over when its box
// is gone and another one is ready.
func processor(ctx context.Context, b *bench) error {
	const warm = 1
	return withNative(ctx, runner.Config{Warm: warm}, func(r runner.Executor) error {
		var steps time.Duration
		inBox := func() error {
			res, err := resultOfHello(ctx, r)
			for _, s := range res.Stages {
				steps += s.Usage.CPU
			}
			if err != nil {
				return err
			}
			return awaitWarm(ctx, r, warm)
		}
		contenders := []contender{
			{"bare rustc -O && ./a.out", func() error { return b.bare(ctx, "cpu.out") }},
			{"the same with corust's flags", func() error { return b.bare(ctx, "cpu.out", corustFlags...) }},
			{"runner", inBox},
		}
		taken := make([][]spent, len(contenders))
		for round := -1; round < b.rounds; round++ {
			for i, c := range contenders {
				before, err := now()
				if err != nil {
					return err
				}
				steps = 0
				if err := c.work(); err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				after, err := now()
				if err != nil {
					return err
				}
				after.steps = steps
				if round >= 0 {
					taken[i] = append(taken[i], after.minus(before))
				}
			}
		}
		showSpent(contenders, taken)
		return nil
	})
}

// showSpent prints what each contender spent in its rounds. The first two have no box.
func showSpent(contenders []contender, taken [][]spent) {
	fmt.Println("  medians a run, ms of processor time; machine is a mean and means something only where nothing else runs")
	fmt.Printf("  %-30s %7s %7s %7s %7s %7s %8s\n", "", "all", "steps", "box", "host", "ratio", "machine")
	bare := medianOf(taken[0], func(s spent) time.Duration { return s.host + s.children })
	for i, c := range contenders {
		all := medianOf(taken[i], func(s spent) time.Duration { return s.host + s.children })
		step := medianOf(taken[i], func(s spent) time.Duration { return s.steps })
		box := medianOf(taken[i], func(s spent) time.Duration { return s.children - s.steps })
		if i < 2 {
			step, box = box, 0 // without a box, children are steps
		}
		host := medianOf(taken[i], func(s spent) time.Duration { return s.host })
		var machine time.Duration
		for _, s := range taken[i] {
			machine += s.machine
		}
		machine /= time.Duration(len(taken[i]))
		fmt.Printf("  %-30s", c.name)
		for _, d := range []time.Duration{all, step, box, host} {
			fmt.Printf(" %7.1f", d.Seconds()*1000)
		}
		fmt.Printf(" %7.2f %8.1f\n", ratio(all, bare), machine.Seconds()*1000)
	}
}

func medianOf(taken []spent, of func(spent) time.Duration) time.Duration {
	list := make([]time.Duration, len(taken))
	for i, s := range taken {
		list[i] = of(s)
	}
	slices.Sort(list)
	return list[len(list)/2]
}
