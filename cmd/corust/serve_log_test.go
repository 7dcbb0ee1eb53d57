package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// An error that happens a thousand times is logged a few times, and other errors are not
// lost.
func TestLogLinesAreBounded(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Unix(1, 0)
	log := slog.New(newSparing(slog.NewTextHandler(&out, nil), func() time.Time { return now }))
	for range 1000 {
		log.Error("session", "err", "store is full")
	}
	log.Error("request failed")
	if n := strings.Count(out.String(), "msg=session"); n != logBurst {
		t.Errorf("of 1,000 lines %d are logged, want %d", n, logBurst)
	}
	if !strings.Contains(out.String(), `msg="request failed"`) {
		t.Error("another message is left out, too")
	}
	out.Reset()
	now = now.Add(2 * logEvery)
	for range 10 {
		log.With("a", 1).Error("session")
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 2 || !strings.Contains(lines[0], "left_out_before=980") || strings.Contains(lines[1], "left_out") {
		t.Errorf("after two more may follow:\n%s", out.String())
	}
	out.Reset()
	now = now.Add(24 * time.Hour)
	for range 1000 {
		log.Error("session")
	}
	if n := strings.Count(out.String(), "\n"); n != logBurst {
		t.Errorf("after a day %d lines are logged at once, want %d", n, logBurst)
	}
}
