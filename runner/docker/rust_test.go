package docker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// rustRunner makes a Runner on the image that corust image build made, or skips
// the test.
func rustRunner(t testing.TB, cfg runner.Config) *runner.Runner {
	t.Helper()
	engineAt(t, "")
	b, err := Open(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if left := ours(t, b); len(left) > 0 {
			t.Errorf("containers left: %v", left)
		}
	})
	if _, err := b.Toolchain(t.Context(), ""); errors.Is(err, engine.ErrImageMissing) || errors.Is(err, ErrImageStale) {
		t.Skipf("needs an image (corust image build): %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	cfg.Backend, cfg.Planner = b, rustc.Planner{}
	r, err := runner.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// rust runs a source and returns its standard output.
func rust(ctx context.Context, r runner.Executor, source string) (runner.Result, string, error) {
	var out strings.Builder
	res, err := r.Run(ctx, runner.Request{Files: []runner.File{{Name: runner.MainFile, Data: []byte(source)}}}, nil, func(e runner.Event) {
		if e.Kind == runner.KindStdout {
			out.Write(e.Data)
		}
	})
	return res, out.String(), err
}

// A burst larger than the pool waits, and loses nothing.
func TestBurstQueues(t *testing.T) {
	t.Parallel()
	r := rustRunner(t, runner.Config{MaxBoxes: 3, Warm: 1, MaxQueue: 100})
	const burst = 12
	var all sync.WaitGroup
	start := time.Now()
	for i := range burst {
		all.Go(func() {
			res, out, err := rust(t.Context(), r, fmt.Sprintf(`fn main() { println!("{}", %d * 7); }`, i))
			if err != nil || res.Verdict != runner.VerdictOK || out != fmt.Sprintln(i*7) {
				t.Errorf("run %d: %+v, %q, %v", i, res, out, err)
			}
		})
	}
	all.Wait()
	t.Logf("%d runs in 3 boxes: %.1f a second", burst, burst/time.Since(start).Seconds())
}

// A canceled run has the verdict canceled, and its box is gone.
func TestCancel(t *testing.T) {
	t.Parallel()
	r := rustRunner(t, runner.Config{MaxBoxes: 1})
	ctx, cancel := context.WithCancel(t.Context())
	res, err := r.Run(ctx, runner.Request{Files: []runner.File{{Name: runner.MainFile, Data: []byte(`
		use std::{thread, time::Duration};
		fn main() { println!("on"); loop { thread::sleep(Duration::from_secs(1)) } }`)}}}, nil, func(e runner.Event) {
		if e.Kind == runner.KindStdout {
			cancel()
		}
	})
	if err != nil || res.Verdict != runner.VerdictCanceled {
		t.Errorf("%+v, %v", res, err)
	}
	if res, out, err := rust(t.Context(), r, `fn main() { println!("next") }`); err != nil || out != "next\n" {
		t.Errorf("the next one: %+v, %q, %v", res, out, err)
	}
}
