package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/docker"
	"github.com/corust-dev/corust/runner/rustc"
)

// dockerWarm is how many boxes the pool of these measurements holds.
const dockerWarm = 2

// plainDocker is how a container per run is commonly used: made on the spot, with
// cargo in it.
var plainDocker = []string{
	"run", "--rm", "--interactive", "--cap-drop", "ALL", "--network", "none", "--memory", "512m", "--memory-swap", "512m",
	"--pids-limit", "128", "--oom-score-adj", "1000", "--env", "HOME=/tmp", "--env", "CARGO_HOME=/tmp/cargo", "--entrypoint", "/bin/sh",
}

const plainScript = `mkdir -p /tmp/p/src && cd /tmp/p &&
printf '[package]\nname = "p"\nversion = "0.1.0"\nedition = "2024"\n' >Cargo.toml &&
cat >src/main.rs && exec cargo run --quiet --release --offline`

// inDocker measures boxes made by an engine. Between two measurements the pool
// fills up, so that no run waits for boxes that another one used; the cost of
// filling is measured separately.
func inDocker(ctx context.Context, b *bench) error {
	backend, err := docker.Open(ctx, docker.Config{})
	if err != nil {
		return err
	}
	defer backend.Close()
	if _, err := backend.Toolchain(ctx, ""); err != nil {
		return fmt.Errorf("%w (corust image build)", err)
	}
	info := backend.Engine()
	fmt.Printf("  engine %s, API %s, cgroups v%s\n", info.Version, info.API, info.Cgroup)
	r, err := runner.New(runner.Config{Backend: backend, Planner: rustc.Planner{}, Warm: dockerWarm, MaxBoxes: dockerWarm})
	if err != nil {
		return err
	}
	defer r.Close(context.Background())

	contenders := []contender{
		{"bare rustc -O && ./a.out", func() error { return b.bare(ctx, "docker.out") }},
		{"runner, warm Docker box", func() error { return helloIn(ctx, r) }},
	}
	if _, err := exec.LookPath("docker"); err == nil {
		contenders = append(contenders, contender{"docker run … cargo run --release", func() error {
			args := append(append([]string{}, plainDocker...), backend.Image(""), "-c", plainScript)
			cmd := exec.CommandContext(ctx, "docker", args...)
			cmd.Stdin = strings.NewReader(hello)
			return expectHello(cmd.Output())
		}})
	}
	times := make([][]time.Duration, len(contenders))
	for round := -1; round < b.rounds; round++ {
		for i, c := range contenders {
			if err := awaitWarm(ctx, r, dockerWarm); err != nil {
				return err
			}
			start := time.Now()
			if err := c.work(); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if round >= 0 {
				times[i] = append(times[i], time.Since(start))
			}
		}
	}
	for i, c := range contenders {
		sortDurations(times[i])
		fmt.Printf("  %-42s median %8s  p99 %8s   ratio %.2f, p99 to p99 %.2f\n", c.name, ms(percentile(times[i], 50)), ms(percentile(times[i], 99)),
			ratio(percentile(times[i], 50), percentile(times[0], 50)), ratio(percentile(times[i], 99), percentile(times[0], 99)))
	}
	if len(times) > 2 {
		fmt.Printf("  a warm box is %.1f times as fast as docker run with cargo\n", ratio(percentile(times[2], 50), percentile(times[1], 50)))
	}
	if err := refill(ctx, backend, r, b.rounds); err != nil {
		return err
	}
	return b.unchangedImage(ctx, backend)
}

// refill measures how fast boxes are made and removed by two at a time, with
// nothing run in them, and how fast requests are served one after the other.
func refill(ctx context.Context, backend *docker.Backend, r runner.Executor, n int) error {
	spec := runner.DefaultLimits.Spec("")
	var group sync.WaitGroup
	errs := make(chan error, 2)
	start := time.Now()
	for range 2 {
		group.Go(func() {
			for range n / 2 {
				box, err := backend.NewBox(ctx, spec)
				if err == nil {
					err = box.Destroy(ctx)
				}
				if err != nil {
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
	}
	fmt.Printf("  boxes made and removed, two at a time: %.1f a second\n", float64(n/2*2)/time.Since(start).Seconds())
	start = time.Now()
	for range n {
		if err := helloIn(ctx, r); err != nil {
			return err
		}
	}
	fmt.Printf("  runs back to back, each with its box: %.1f a second\n", float64(n)/time.Since(start).Seconds())
	return nil
}

// unchangedImage measures corust image build when there is nothing to do. It
// uses a separate image, since the agent in it is the binary under test.
func (b *bench) unchangedImage(ctx context.Context, backend *docker.Backend) error {
	e, err := engine.Open(ctx, "")
	if err != nil {
		return err
	}
	defer e.Close()
	img, err := e.Image(ctx, backend.Image(""))
	if err != nil {
		return err
	}
	from := img.Labels[engine.LabelFrom]
	if _, err := e.Image(ctx, from); errors.Is(err, engine.ErrImageMissing) {
		fmt.Printf("  image build unchanged: not measured: its base %s is gone\n", from)
		return nil
	}
	build := func() (string, error) {
		cmd := exec.CommandContext(ctx, b.corust, "image", "build", "--channel", "bench", "--base", from)
		out, err := cmd.Output()
		if err != nil {
			return "", fmt.Errorf("%s: %w", cmd, err)
		}
		return strings.TrimSpace(string(out)), nil
	}
	ref, err := build()
	if err != nil {
		return err
	}
	defer func() {
		e.RemoveImage(context.WithoutCancel(ctx), ref)
		e.RemoveImage(context.WithoutCancel(ctx), engine.Repository+":bench")
	}()
	var times []time.Duration
	for range 10 {
		start := time.Now()
		if _, err := build(); err != nil {
			return err
		}
		times = append(times, time.Since(start))
	}
	sortDurations(times)
	fmt.Printf("  image build unchanged: median %s, longest %s\n", ms(percentile(times, 50)), ms(times[len(times)-1]))
	return nil
}
