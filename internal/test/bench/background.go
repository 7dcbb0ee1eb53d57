package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/cache"
)

// background measures what a compilation ahead, of another owner, costs a run that begins
// while it compiles: runs without one and with one take turns. One program was compiled
// before, as that of a text at rest; the other is compiled by its run.
func background(ctx context.Context, b *bench) error {
	const warm = 2
	store, err := cache.Open(cache.Config{Memory: 64 << 20})
	if err != nil {
		return err
	}
	return withNative(ctx, runner.Config{MaxBoxes: 4, Warm: warm, Artifacts: store}, func(r runner.Executor) error {
		known := source(hello)
		if _, err := r.Run(ctx, known, nil, nil); err != nil {
			return err
		}
		for _, c := range []struct {
			name string
			next func(round int) runner.Request
		}{
			{"a run of a compiled program", func(int) runner.Request { return known }},
			{"a run that compiles", func(round int) runner.Request { return source(fmt.Sprintf("%s// %d\n", hello, round)) }},
		} {
			var times [2][]time.Duration // without, with
			for round := range 2 * (b.rounds + 1) {
				with := round % 2
				end := func() {}
				if with == 1 {
					if end, err = behind(ctx, r, round); err != nil {
						return err
					}
				}
				err := awaitWarm(ctx, r, warm-with) // the compilation has one of them
				start := time.Now()
				if err == nil {
					_, err = r.Run(ctx, c.next(round), nil, nil)
				}
				took := time.Since(start)
				end()
				if err != nil {
					return err
				}
				if round > 1 {
					times[with] = append(times[with], took)
				}
				if err := awaitWarm(ctx, r, warm); err != nil {
					return err
				}
			}
			for i, name := range []string{"alone", "while another text is compiled ahead"} {
				slices.Sort(times[i])
				fmt.Printf("  %-28s %-38s median %8s  p99 %8s", c.name, name, ms(percentile(times[i], 50)), ms(percentile(times[i], 99)))
				if i == 1 {
					fmt.Printf("   more: %s, %s", ms(percentile(times[1], 50)-percentile(times[0], 50)), ms(percentile(times[1], 99)-percentile(times[0], 99)))
				}
				fmt.Println()
			}
		}
		return nil
	})
}

// behind begins to compile a program ahead, and returns when the compiler runs. The caller
// calls what it returns, which ends the compilation, if the run has not ended it, and waits.
func behind(ctx context.Context, r runner.Executor, round int) (end func(), err error) {
	var text strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&text, "pub fn f%d(x: &str) -> String { format!(\"{x} {}\", x.len() * %d) }\n", i, i+round)
	}
	req := source(text.String() + hello)
	req.Ahead, req.Owner = true, "another"
	ctx, cancel := context.WithCancel(ctx)
	compiling := make(chan struct{})
	var once sync.Once
	var res runner.Result
	var failed error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		res, failed = r.Run(ctx, req, nil, func(e runner.Event) {
			if e.Kind == runner.KindStageStart {
				once.Do(func() { close(compiling) })
			}
		})
	}()
	end = func() {
		cancel()
		<-ended
	}
	select {
	case <-compiling:
		return end, nil
	case <-ended:
		cancel()
		return nil, fmt.Errorf("the compilation ahead did not begin: %w", cmp.Or(failed, fmt.Errorf("verdict %s", res.Verdict)))
	}
}
