package agent

import (
	"testing"
	"testing/synctest"
	"time"
)

// A deadline expires when the time that it was given, with what was added and
// without its pauses, is over; each case lists what happens at which second.
func TestDeadlineExpires(t *testing.T) {
	t.Parallel()
	type does func(*Deadline)
	pause, resume := (*Deadline).Pause, (*Deadline).Resume
	add := func(s int) does { return func(t *Deadline) { t.Add(time.Duration(s) * time.Second) } }
	stop := func(t *Deadline) { t.Stop() }
	for name, tt := range map[string]struct {
		events map[int]does
		want   int // 0 for never
	}{
		"alone":                    {nil, 10},
		"extended":                 {map[int]does{3: add(5), 12: add(5)}, 20},
		"shortened":                {map[int]does{3: add(-5)}, 5},
		"shortened below now":      {map[int]does{3: add(-9)}, 3},
		"paused":                   {map[int]does{3: pause, 7: resume}, 14},
		"paused twice":             {map[int]does{3: pause, 5: pause, 7: resume, 8: resume}, 14},
		"paused to the end":        {map[int]does{3: pause}, 0},
		"extended while paused":    {map[int]does{3: pause, 4: add(2), 7: resume}, 16},
		"shortened while paused":   {map[int]does{3: pause, 4: add(-2), 7: resume}, 12},
		"stopped":                  {map[int]does{3: stop, 4: add(1), 5: pause, 6: resume}, 0},
		"extended after its end":   {map[int]does{11: add(5)}, 10},
		"resumed without a pause":  {map[int]does{3: resume}, 10},
		"paused over its old ends": {map[int]does{9: pause, 30: resume}, 31},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun, at := time.Now(), 0
				timer := NewDeadline(10*time.Second, func() { at = int(time.Since(begun) / time.Second) })
				for second := range 40 {
					if do := tt.events[second]; do != nil {
						do(timer)
					}
					time.Sleep(time.Second)
				}
				synctest.Wait()
				if at != tt.want {
					t.Errorf("expired at %d s, want %d", at, tt.want)
				}
				if timer.Stop() != (tt.want == 0) {
					t.Error("Stop does not report whether it expired")
				}
			})
		})
	}
}
