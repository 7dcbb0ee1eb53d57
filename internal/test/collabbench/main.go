// Command bench measures the collaboration core and prints ratios where there
// is a peer, figures with the machine otherwise:
//
//	go run ./internal/test/collabbench [-only ot,session,many,join,idle] [-seconds 10]
//
// ot needs node and `npm ci` in collab/ot/vectors; without them it says so and
// goes on.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/corust-dev/corust/internal/heap"
)

func main() {
	only := flag.String("only", "ot,session,many,join,idle", "what to measure")
	seconds := flag.Int("seconds", 10, "how long each load lasts")
	profile := flag.String("cpuprofile", "", "write a processor profile to this file")
	allocs := flag.String("memprofile", "", "write a profile of all allocations to this file")
	flag.Parse()
	if *allocs != "" {
		defer func() {
			f, err := os.Create(*allocs)
			if err == nil {
				err = pprof.Lookup("allocs").WriteTo(f, 0)
			}
			if err != nil {
				fmt.Fprintf(os.Stderr, "bench: %v\n", err)
			}
		}()
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "bench: %v\n", err)
			os.Exit(1)
		}
		defer pprof.StopCPUProfile()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if os.Getenv("GOGC") == "" {
		defer heap.Keep(heap.Cap())() // as in corust serve
	}
	fmt.Printf("machine: %s, %d cores, %s/%s, %s\n", cpu(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	failed := false
	for _, b := range []struct {
		name string
		run  func(context.Context, time.Duration) error
	}{{"ot", peer}, {"session", oneSession}, {"many", manySessions}, {"join", join}, {"idle", idle}} {
		if !slices.Contains(strings.Split(*only, ","), b.name) || ctx.Err() != nil {
			continue
		}
		if err := b.run(ctx, time.Duration(*seconds)*time.Second); err != nil {
			fmt.Fprintf(os.Stderr, "bench: %s: %v\n", b.name, err)
			failed = true
		}
	}
	if failed {
		pprof.StopCPUProfile()
		os.Exit(1)
	}
}

// cpu is what Linux calls the processor.
func cpu() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimLeft(name, "\t :")
		}
	}
	return "unknown processor"
}

// quantile of sorted durations.
func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	return d[min(len(d)-1, int(q*float64(len(d))))]
}

// verdict compares a figure with what is wanted.
func verdict(ok bool) string {
	if ok {
		return "ok"
	}
	return "MISSED"
}
