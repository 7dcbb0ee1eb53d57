// Command fleet simulates what no machine here can run: the dispatch of runs among many nodes
// and workers, and the return of people after a node was killed. It knows the rules of
// runner/remote, collab/store/postgres and collab/client/remote, and none of their code.
//
//	go run ./internal/test/fleet [-seed N]
package main

import (
	"flag"
	"fmt"
	"os"
	"text/tabwriter"
	"time"
)

func main() {
	seed := flag.Uint64("seed", 1, "of the random numbers")
	flag.Parse()
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "nodes\tworkers\tload\truns/s\tdispatch p50\tp99\tmax\ttries a run\tannouncements/s\tnode with 10 × as many p99\tothers p99")
	for _, c := range []dispatch{
		{nodes: 2, workers: 2, load: 0.5}, {nodes: 2, workers: 2, load: 0.9},
		{nodes: 10, workers: 100, load: 0.9}, {nodes: 100, workers: 1000, load: 0.5}, {nodes: 100, workers: 1000, load: 0.9},
		{nodes: 1000, workers: 1000, load: 0.5}, {nodes: 1000, workers: 1000, load: 0.7}, {nodes: 1000, workers: 1000, load: 0.9}, {nodes: 1000, workers: 1000, load: 1.1},
	} {
		c.seed = *seed
		r := c.simulate()
		busy := "longer than it is counted"
		if len(r.ofBusy) > 0 {
			busy = round(r.busy(0.99)).String()
		}
		fmt.Fprintf(out, "%d\t%d\t%.1f\t%.0f\t%v\t%v\t%v\t%.1f\t%.0f\t%v\t%v\n", c.nodes, c.workers, c.load, r.rate, round(r.wait(0.5)), round(r.wait(0.99)), round(r.wait(1)), r.offers, r.announcements, busy, round(r.others(0.99)))
	}
	out.Flush()
	fmt.Println()
	fmt.Fprintln(out, "people of a killed node\tfirst answer p50\tp99\tmax\tmost connections in 100 ms")
	for _, people := range []int{100, 1000, 10_000} {
		h := handOver(people, *seed)
		fmt.Fprintf(out, "%d\t%v\t%v\t%v\t%d\n", people, round(h.back(0.5)), round(h.back(0.99)), round(h.back(1)), h.peak)
	}
	out.Flush()
}

func round(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(10 * time.Microsecond)
}
