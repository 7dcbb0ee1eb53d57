package docker

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/corust-dev/corust/runner"
)

var boxes = flag.Int("boxes", 24, "how many runs TestNothingIsLeft makes")

// Not parallel: it counts this process's goroutines. Other processes may use
// the engine meanwhile, so it counts only containers of this process.
func TestNothingIsLeft(t *testing.T) {
	e := engineAt(t, "")
	ref := imageIn(t, e, "agent")
	goroutines := goleak.IgnoreCurrent()
	b, err := Open(t.Context(), Config{Images: map[runner.Channel]string{DefaultChannel: ref}})
	if err != nil {
		t.Fatal(err)
	}
	before := holdings(t, e.Host(), b.reaper.label)
	programs := [][]string{{"say", "x"}, {"exit", "3"}, {"flood"}, {"cat"}, {"eat"}, {"no such"}}
	todo := make(chan int)
	errs := make(chan error, *boxes)
	var workers sync.WaitGroup
	start := time.Now()
	for range 4 {
		workers.Go(func() {
			for i := range todo {
				bx, err := b.NewBox(t.Context(), spec)
				if err != nil {
					errs <- err
					continue
				}
				if i%7 != 6 { // every seventh box is destroyed unused
					_, err = run(bx, "in", programs[i%len(programs)]...)
				}
				if err = errors.Join(err, bx.Destroy(t.Context())); err != nil {
					errs <- fmt.Errorf("run %d: %w", i, err)
				}
			}
		})
	}
	for i := range *boxes {
		todo <- i
	}
	close(todo)
	workers.Wait()
	t.Logf("%d boxes made, used and removed: %.1f a second", *boxes, float64(*boxes)/time.Since(start).Seconds())
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	e.Close()
	if after := holdings(t, e.Host(), b.reaper.label); !maps.Equal(before, after) {
		t.Errorf("the engine had %v and has %v", before, after)
	}
	goleak.VerifyNone(t, goroutines)
}
