package server

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// Calls run at once, however many wait, each is called once, and close waits for all.
func TestCrewCallsEachOnceAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c crew
		for range 3 {
			var calls [2 * mostIdle]atomic.Int32
			release := make(chan struct{})
			for i := range calls {
				c.call(func() {
					calls[i].Add(1)
					<-release
				})
			}
			synctest.Wait()
			for i := range calls {
				if n := calls[i].Load(); n != 1 {
					t.Fatalf("call %d: called %d times while the others wait", i, n)
				}
			}
			close(release)
			synctest.Wait()
			if n := len(c.idle); n != mostIdle {
				t.Errorf("%d goroutines are kept, want %d", n, mostIdle)
			}
		}
		c.close()
	})
}

// A goroutine that is done is used again.
func TestCrewKeepsGoroutines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c crew
		for range 100 {
			c.call(func() {})
			synctest.Wait()
		}
		if n := len(c.idle); n != 1 {
			t.Errorf("100 calls, one after the other, left %d goroutines, want 1", n)
		}
		c.close()
	})
}

// A function may call the crew, and many may at the same time.
func TestCrewIsForManyCallers(t *testing.T) {
	t.Parallel()
	var c crew
	var done sync.WaitGroup
	var called atomic.Int64
	for range 8 {
		done.Go(func() {
			for range 1000 {
				done.Add(2)
				c.call(func() {
					c.call(func() { called.Add(1); done.Done() })
					called.Add(1)
					done.Done()
				})
			}
		})
	}
	done.Wait()
	c.close()
	if n := called.Load(); n != 16000 {
		t.Errorf("%d calls, want 16000", n)
	}
}
