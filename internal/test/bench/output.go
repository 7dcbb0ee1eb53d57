package main

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/corust-dev/corust/runner"
)

func sortDurations(d []time.Duration) { slices.Sort(d) }

// clock prints the wall clock, and lives on, so that its end does not bring its
// output along.
const clock = `use std::io::Write;
fn main() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    println!("{}", now.as_nanos());
    std::io::stdout().flush().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(100));
}
`

// firstByte is how long after a program wrote its first byte the event arrived.
// Box and host share a clock.
func firstByte(ctx context.Context, r runner.Executor) (time.Duration, error) {
	var delay time.Duration
	var failure error
	res, err := r.Run(ctx, source(clock), nil, func(e runner.Event) {
		if e.Kind != runner.KindStdout || e.Stage != runner.StageRun {
			return
		}
		arrived := time.Now()
		nanos, err := strconv.ParseInt(string(bytes.TrimSpace(e.Data)), 10, 64)
		if err != nil {
			failure = err
			return
		}
		delay = arrived.Sub(time.Unix(0, nanos))
	})
	if err == nil && res.Verdict != runner.VerdictOK {
		err = fmt.Errorf("verdict %s", res.Verdict)
	}
	if err == nil {
		err = failure
	}
	return delay, err
}

// flood runs a program that writes size bytes, and returns how many arrived.
func flood(ctx context.Context, r runner.Executor, size int) (int, error) {
	program := fmt.Sprintf(`use std::io::Write;
fn main() {
    let block = [b'x'; 1000];
    let mut out = std::io::stdout().lock();
    for _ in 0..%d { out.write_all(&block).unwrap(); }
}
`, size/1000)
	got := 0
	res, err := r.Run(ctx, source(program), nil, func(e runner.Event) {
		if e.Kind == runner.KindStdout {
			got += len(e.Data)
		}
	})
	if err == nil && res.Verdict != runner.VerdictOK && res.Verdict != runner.VerdictOutput {
		err = fmt.Errorf("verdict %s", res.Verdict)
	}
	return got, err
}

func source(text string) runner.Request {
	return runner.Request{Files: []runner.File{{Name: runner.MainFile, Data: []byte(text)}}}
}

// heap is what this process has allocated in all, so that nothing is hidden by a
// collection.
func heap() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.TotalAlloc)
}
