package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/native"
	"github.com/corust-dev/corust/runner/rustc"
)

// withNative makes a runner with native boxes and waits for its warm ones.
func withNative(ctx context.Context, cfg runner.Config, use func(runner.Executor) error) error {
	backend, err := native.New(native.Config{})
	if err != nil {
		return err
	}
	defer backend.Close()
	cfg.Backend, cfg.Planner = backend, rustc.Planner{}
	r, err := runner.New(cfg)
	if err != nil {
		return err
	}
	defer r.Close(context.Background())
	if err := awaitWarm(ctx, r, cfg.Warm); err != nil {
		return err
	}
	return use(r)
}

// awaitWarm waits until the pool is full, as it is on a server that is not
// overloaded.
func awaitWarm(ctx context.Context, r runner.Executor, n int) error {
	for r.Status().Warm < n {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

// corustFlags are what corust passes besides -O.
var corustFlags = []string{"-C", "codegen-units=1", "-C", "strip=debuginfo", "-C", "embed-bitcode=no"}

// warm is one run at a time from a pool that is full when the run begins.
func warm(ctx context.Context, b *bench) error {
	return withNative(ctx, runner.Config{Warm: 2}, func(r runner.Executor) error {
		return b.compare(ctx, b.rounds,
			contender{"bare rustc -O && ./a.out", func() error { return b.bare(ctx, "warm.out") }},
			contender{"bare rustc with corust's flags && ./a.out", func() error {
				return b.bare(ctx, "flags.out", corustFlags...)
			}},
			contender{"runner, warm native box", func() error { return helloIn(ctx, r) }})
	})
}

// cold is the whole command, from exec to exit.
func cold(ctx context.Context, b *bench) error {
	return b.compare(ctx, b.rounds,
		contender{"bare rustc -O && ./a.out", func() error { return b.bare(ctx, "cold.out") }},
		contender{"corust run hello.rs", func() error {
			return b.helloCommand(ctx, "--no-cache")
		}},
		contender{"corust run hello.rs, unchanged", func() error { return b.helloCommand(ctx) }})
}

// helloCommand runs the whole command, with a cache that only the bench uses.
func (b *bench) helloCommand(ctx context.Context, flags ...string) error {
	args := append([]string{"run", "--backend", "native"}, flags...)
	cmd := exec.CommandContext(ctx, b.corust, append(args, filepath.Join(b.dir, "hello.rs"))...)
	cmd.Env = append(os.Environ(), "CORUST_CACHE_DIRECTORY="+filepath.Join(b.dir, "artifacts"))
	cmd.Stderr = os.Stderr
	return expectHello(cmd.Output())
}

// judged compares 100 cases of a small program with the same program without boxes.
func judged(ctx context.Context, b *bench) error {
	const count = 100
	cases := filepath.Join(b.dir, "cases")
	if err := os.MkdirAll(cases, 0o755); err != nil {
		return err
	}
	for n := range count {
		for ext, text := range map[string]string{".in": "", ".out": "Hello, world!\n"} {
			if err := os.WriteFile(filepath.Join(cases, fmt.Sprint(n)+ext), []byte(text), 0o644); err != nil {
				return err
			}
		}
	}
	program := filepath.Join(b.dir, "judged")
	compile := exec.CommandContext(ctx, b.rustc, "--edition=2024", "-O", "-o", program, filepath.Join(b.dir, "hello.rs"))
	if out, err := compile.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return b.compare(ctx, min(b.rounds, 20),
		contender{fmt.Sprintf("xargs -P%d, %d times the program, no boxes", runtime.NumCPU(), count), func() error {
			cmd := exec.CommandContext(ctx, "sh", "-c", fmt.Sprintf("seq %d | xargs -P%d -I{} %s", count, runtime.NumCPU(), program))
			return cmd.Run()
		}},
		contender{fmt.Sprintf("corust judge, %d cases, compiled before", count), func() error {
			cmd := exec.CommandContext(ctx, b.corust, "judge", "--backend", "native", filepath.Join(b.dir, "hello.rs"), "--cases", cases)
			cmd.Env = append(os.Environ(), "CORUST_CACHE_DIRECTORY="+filepath.Join(b.dir, "artifacts"))
			out, err := cmd.Output()
			if err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			return nil
		}})
}

// throughput keeps all processors busy.
func throughput(ctx context.Context, b *bench) error {
	workers := runtime.NumCPU()
	each := max(10, b.rounds/2)
	// busy runs the work in as many goroutines as there are processors.
	busy := func(work func(worker int) error) func() error {
		return func() error {
			var group sync.WaitGroup
			errs := make(chan error, workers)
			for w := range workers {
				group.Go(func() {
					for range each {
						if err := work(w); err != nil {
							errs <- err
							return
						}
					}
				})
			}
			group.Wait()
			select {
			case err := <-errs:
				return err
			default:
				return nil
			}
		}
	}
	return withNative(ctx, runner.Config{Warm: workers}, func(r runner.Executor) error {
		const rounds = 5
		times, err := b.race(ctx, rounds,
			contender{"bare loop", busy(func(w int) error { return b.bare(ctx, fmt.Sprintf("loop%d.out", w)) })},
			contender{"runner", busy(func(int) error { return helloIn(ctx, r) })})
		if err != nil {
			return err
		}
		bare, ours := percentile(times[0], 50), percentile(times[1], 50)
		runs := float64(workers * each)
		fmt.Printf("  %d at once: bare loop %.1f runs/s, runner %.1f runs/s   ratio %.2f\n",
			workers, runs/bare.Seconds(), runs/ours.Seconds(), ratio(bare, ours))
		return nil
	})
}

// output measures how long a program's first byte takes to arrive, and what a
// flood costs.
func output(ctx context.Context, b *bench) error {
	return withNative(ctx, runner.Config{Warm: 1}, func(r runner.Executor) error {
		var delays []time.Duration
		for range min(b.rounds, 20) {
			d, err := firstByte(ctx, r)
			if err != nil {
				return err
			}
			delays = append(delays, d)
		}
		sortDurations(delays)
		fmt.Printf("  from write to event: median %s, p99 %s\n", ms(percentile(delays, 50)), ms(percentile(delays, 99)))

		before := heap()
		small, err := flood(ctx, r, 64_000)
		if err != nil {
			return err
		}
		afterSmall := heap()
		large, err := flood(ctx, r, 1<<30)
		if err != nil {
			return err
		}
		afterLarge := heap()
		fmt.Printf("  64,000 bytes: %d delivered, heap +%d KB; a program that writes 1 GiB: %d delivered, heap +%d KB\n",
			small, (afterSmall-before)/1024, large, (afterLarge-afterSmall)/1024)
		return nil
	})
}
