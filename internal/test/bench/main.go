// Command bench measures what corust costs, against the same work done without
// it on the same machine in the same run. It prints ratios: times depend on the
// machine, and on what else it does, far more than ratios do.
//
//	go run ./internal/test/bench [-rounds N] [SECTION...]
//
// Sections: warm, cold, views, judge, background, throughput, processor, output, listings,
// playground, docker, crates. Without any, it runs all that this machine can, and prints why it skips the
// others.
//
// The contenders of a section take turns, so that a machine that slows down slows
// all of them down. Medians are robust against a few disturbed rounds; the 99th
// percentile is the largest value for fewer than a hundred.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/native"
	_ "github.com/corust-dev/corust/runner/native/entry" // takes over in a process that is part of a box
)

// hello is the program that all contenders run.
const hello = "fn main() {\n    println!(\"Hello, world!\");\n}\n"

// section is one comparison.
type section struct {
	name string
	run  func(ctx context.Context, b *bench) error
}

var sections = []section{
	{"warm", warm},
	{"cold", cold},
	{"views", views},
	{"judge", judged},
	{"background", background},
	{"throughput", throughput},
	{"processor", processor},
	{"output", output},
	{"listings", listings},
	{"playground", playground},
	{"docker", inDocker},
	{"crates", crateSet},
}

// bench is what sections share.
type bench struct {
	rounds int
	dir    string // scratch
	rustc  string // the compiler itself, not rustup's proxy
	corust string // the binary under test
	edits  int    // of the cargo project's source
}

func main() {
	rounds := flag.Int("rounds", 60, "measurements of each contender")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *rounds, flag.Args()); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rounds int, names []string) error {
	b, err := newBench(rounds)
	if err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	fmt.Printf("machine: %s\n", machine())
	fmt.Printf("%s; %d rounds, contenders in turn\n", toolchain(b.rustc), rounds)
	for _, s := range sections {
		if len(names) > 0 && !slices.Contains(names, s.name) {
			continue
		}
		fmt.Printf("\n%s\n", s.name)
		if err := s.run(ctx, b); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			fmt.Printf("  not measured: %v\n", err)
		}
	}
	return nil
}

func newBench(rounds int) (*bench, error) {
	backend, err := native.New(native.Config{})
	if err != nil {
		return nil, err
	}
	sysroot, err := backend.Sysroot("")
	if err != nil {
		return nil, err
	}
	corust, err := filepath.Abs("bin/corust")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(corust); err != nil {
		return nil, fmt.Errorf("%w (make build makes it)", err)
	}
	dir, err := os.MkdirTemp("", "corust-bench-")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "hello.rs"), []byte(hello), 0o644); err != nil {
		return nil, err
	}
	return &bench{rounds: rounds, dir: dir, rustc: filepath.Join(sysroot, "bin/rustc"), corust: corust}, nil
}

// contender is one way to do the work.
type contender struct {
	name string
	work func() error
}

// race lets contenders take turns and returns their times. One round goes first
// and does not count: it fills the page cache.
func (b *bench) race(ctx context.Context, rounds int, contenders ...contender) ([][]time.Duration, error) {
	times := make([][]time.Duration, len(contenders))
	for round := -1; round < rounds; round++ {
		for i, c := range contenders {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			start := time.Now()
			if err := c.work(); err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			if round >= 0 {
				times[i] = append(times[i], time.Since(start))
			}
		}
	}
	for _, t := range times {
		slices.Sort(t)
	}
	return times, nil
}

// compare races contenders and prints each against the first.
func (b *bench) compare(ctx context.Context, rounds int, contenders ...contender) error {
	times, err := b.race(ctx, rounds, contenders...)
	if err != nil {
		return err
	}
	base := times[0]
	for i, c := range contenders {
		t := times[i]
		fmt.Printf("  %-42s median %8s  p99 %8s", c.name, ms(percentile(t, 50)), ms(percentile(t, 99)))
		if i > 0 {
			fmt.Printf("   ratio %.2f, p99 to p99 %.2f",
				ratio(percentile(t, 50), percentile(base, 50)), ratio(percentile(t, 99), percentile(base, 99)))
		}
		fmt.Println()
	}
	return nil
}

func percentile(sorted []time.Duration, p int) time.Duration {
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }

// bare compiles and runs hello without corust.
func (b *bench) bare(ctx context.Context, name string, flags ...string) error {
	out := filepath.Join(b.dir, name)
	defer os.Remove(out)
	compile := exec.CommandContext(ctx, b.rustc, append(flags, "-O", "-o", out, "hello.rs")...)
	compile.Dir = b.dir
	if msg, err := compile.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, msg)
	}
	return expectHello(exec.CommandContext(ctx, out).Output())
}

func expectHello(out []byte, err error) error {
	if err == nil && string(out) != "Hello, world!\n" {
		err = fmt.Errorf("it printed %q", out)
	}
	return err
}

// helloIn runs hello through a runner.
func helloIn(ctx context.Context, r runner.Executor) error {
	_, err := resultOfHello(ctx, r)
	return err
}

func resultOfHello(ctx context.Context, r runner.Executor) (runner.Result, error) {
	var out []byte
	res, err := r.Run(ctx, runner.Request{Files: []runner.File{{Name: runner.MainFile, Data: []byte(hello)}}}, nil,
		func(e runner.Event) {
			if e.Kind == runner.KindStdout {
				out = append(out, e.Data...)
			}
		})
	if err == nil && res.Verdict != runner.VerdictOK {
		err = fmt.Errorf("verdict %s", res.Verdict)
	}
	return res, expectHello(out, err)
}

// machine names this machine.
func machine() string {
	cpu := "unknown processor"
	cores := 0
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(data)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				cpu = strings.TrimSpace(value)
				cores++
			}
		}
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%d × %s, Linux %s", cores, cpu, strings.TrimSpace(string(kernel)))
}

func toolchain(rustc string) string {
	out, err := exec.Command(rustc, "--version").Output()
	if err != nil {
		return rustc
	}
	return strings.TrimSpace(string(out))
}
