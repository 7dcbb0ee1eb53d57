package testbudget

import (
	"runtime"
	"testing"
)

// failed is a test that only remembers whether it failed.
type failed struct {
	testing.TB
	fatal bool
}

func (f *failed) Helper()               {}
func (f *failed) Fatalf(string, ...any) { f.fatal = true }

// tooLong computes for ten times the budget, by the computation that Check measures the
// machine with: how fast or busy the machine is makes no difference.
func tooLong() {
	for range 10 * Time / calibration {
		slowness()
	}
}

func TestCheckFailsAboveTheBudget(t *testing.T) {
	for name, tt := range map[string]struct {
		size int
		f    func()
		fail bool
	}{
		"nothing":            {0, func() {}, false},
		"within the memory":  {Unit, func() { runtime.KeepAlive(make([]byte, Memory/2)) }, false},
		"beyond the memory":  {Unit, func() { runtime.KeepAlive(make([]byte, 2*Memory)) }, true},
		"more, for a larger": {4 * Unit, func() { runtime.KeepAlive(make([]byte, 2*Memory)) }, false},
		"beyond the time":    {Unit, tooLong, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := failed{TB: t}
			if Check(&f, tt.size, tt.f); f.fatal != tt.fail {
				t.Errorf("failed: %v, want %v", f.fatal, tt.fail)
			}
		})
	}
}
