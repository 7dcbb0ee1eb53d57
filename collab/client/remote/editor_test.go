package remote

import (
	"testing"
	"time"
)

// The owner of a session that was killed is replaced after at most 6 s. An editor connects
// within a second of that, and asks a server that stays away ever more rarely.
func TestDelaysAreShortAtFirst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		attempts int
		away     time.Duration
		want     time.Duration
	}{
		{0, 0, 250 * time.Millisecond},
		{1, time.Second, 500 * time.Millisecond},
		{2, time.Second, time.Second},
		{9, 6 * time.Second, time.Second},
		{13, 10 * time.Second, time.Second},
		{16, 20 * time.Second, 2 * time.Second},
		{40, 100 * time.Second, 10 * time.Second},
		{1 << 30, 24 * time.Hour, 10 * time.Second},
		{0, 24 * time.Hour, 250 * time.Millisecond},
	} {
		if got := bound(c.attempts, c.away); got != c.want {
			t.Errorf("after %d attempts in %v: %v, want %v", c.attempts, c.away, got, c.want)
		}
	}
}
