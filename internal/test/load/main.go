// Command load simulates the members of sessions of a corust serve and measures how
// long an edit takes from one editor's socket to another's, or a program's output to
// all viewers, or a run while another address attacks, or the readers of books wait for the
// Playground's API. It runs on the server's machine,
// so both share the processors: its figures are upper bounds, and it prints the server's
// share of the processor time.
//
//	load -url http://127.0.0.1:8080 -scenario many
//	load -url http://127.0.0.1:8080 -sessions 1 -writers 50 -every 200ms -readers 200
//
// A scenario is one of the figures that corust promises. Its last line and the exit
// status report whether the figure was reached: 1 if not, 2 if it could not be
// measured. scripts/load starts a server for each.
//
// The server's limits by address must be above what is asked for.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"time"
)

// scenario is a load with what is expected of the server under it. A zero
// bound means no bound.
type scenario struct {
	name, what                 string
	sessions, writers, readers int
	files                      int // of each session, one if 0
	every                      time.Duration
	output                     bool // run a program, in place of typing

	toWriter, toReader time.Duration // p99
	memory             int64         // resident, in bytes
	toAll              time.Duration // output, from the first byte to the last viewer's last

	attack bool    // run programs, hostile ones of one address beside those of another
	slower float64 // by what factor a run may be slower than on the idle server

	snippets, asked int // run so many programs so often by the Playground's API, as many at once as there are readers
}

var scenarios = []scenario{
	{name: "many", what: "2,000 sessions × 3 writers × 1 edit/s", sessions: 2000, writers: 3, every: time.Second, toWriter: 25 * time.Millisecond},
	{name: "writers", what: "one session, 50 writers × 5 edits/s", sessions: 1, writers: 50, every: 200 * time.Millisecond, toWriter: 10 * time.Millisecond},
	{name: "readers", what: "the same, watched by 200 readers", sessions: 1, writers: 50, every: 200 * time.Millisecond, readers: 200, toReader: 50 * time.Millisecond},
	{name: "files", what: "50 writers × 5 edits/s over 64 files", sessions: 1, writers: 50, files: 64, every: 200 * time.Millisecond, toWriter: 10 * time.Millisecond},
	{name: "idle", what: "10,002 idle sockets in 3,334 sessions", sessions: 3334, readers: 3, every: time.Second, memory: 400e6},
	{name: "attack", what: "hello world while another address attacks", attack: true, slower: 2},
	{name: "playground", what: "readers of books", snippets: 500, asked: 20, readers: 32, toReader: 2 * time.Second},
	{name: "output", what: "64,000 bytes of output to 50 viewers", sessions: 1, readers: 50, output: true, toAll: time.Second},
}

// errMissed: measured, and worse than it should be.
var errMissed = errors.New("missed")

func main() {
	// A collection here would delay the server, whose processors these are.
	debug.SetGCPercent(400)
	err := run()
	switch {
	case errors.Is(err, errMissed):
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(2)
	}
}

func run() error {
	l := load{scenario: scenario{what: "load"}}
	flag.StringVar(&l.url, "url", "http://127.0.0.1:8080", "where corust serve is")
	flag.StringVar(&l.metrics, "metrics", "", "where its metrics are, for its processor time and memory (…/metrics)")
	flag.IntVar(&l.sessions, "sessions", 100, "sessions")
	flag.IntVar(&l.writers, "writers", 3, "editors that type, in each session")
	flag.IntVar(&l.readers, "readers", 0, "editors that only read, in each session")
	flag.IntVar(&l.files, "files", 1, "files of each session, over which each editor's edits are spread")
	flag.DurationVar(&l.every, "every", time.Second, "time between the edits of one writer")
	flag.DurationVar(&l.length, "for", 15*time.Second, "how long to measure")
	name := flag.String("scenario", "", "many, writers, readers, files, idle, output, attack or playground, in place of the numbers")
	snippets := flag.Int("snippets", 0, "programs of the scenario playground, in place of its 500")
	flag.Parse()
	if *name != "" {
		if err := l.choose(*name); err != nil {
			return err
		}
	}
	if *snippets > 0 && l.snippets > 0 {
		l.snippets = *snippets
	}
	if l.output {
		return l.runOutput()
	}
	if l.attack {
		return l.runAttack()
	}
	if l.snippets > 0 {
		return l.runPlayground()
	}
	return l.runEdits()
}

func (l *load) choose(name string) error {
	for _, s := range scenarios {
		if s.name == name {
			l.scenario = s
			return nil
		}
	}
	return fmt.Errorf("no scenario %q", name)
}

// row prints a figure beside its target, and whether it was reached.
func row(what, figure, target string, ok bool) error {
	verdict, err := "ok", error(nil)
	if !ok {
		verdict, err = "MISSED", errMissed
	}
	fmt.Printf("%-40s %-44s %-18s %s\n", what, figure, target, verdict)
	return err
}
