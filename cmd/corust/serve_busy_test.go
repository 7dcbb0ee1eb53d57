package main

import (
	"testing"
	"time"
)

func TestServerIsBusyIfItUsedATenthOfTheProcessors(t *testing.T) {
	t.Parallel()
	var now, used time.Duration
	m := &meter{now: func() time.Duration { return now }, used: func() time.Duration { return used }, processors: 4}
	for _, step := range []struct {
		after, uses time.Duration
		want        bool
	}{
		{0, 0, false},
		{500 * time.Millisecond, 500 * time.Millisecond, false}, // not yet measured
		{500 * time.Millisecond, 0, true},
		{999 * time.Millisecond, 0, true},
		{time.Millisecond, 400 * time.Millisecond, false},
		{time.Second, 401 * time.Millisecond, true},
		{time.Hour, time.Minute, false},
	} {
		now, used = now+step.after, used+step.uses
		if got := m.busy(); got != step.want {
			t.Errorf("at %v, with %v used: %t, want %t", now, used, got, step.want)
		}
	}
}
