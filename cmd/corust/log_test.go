package main

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestLogLines(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	log := slog.New(lines{w: &out})
	for _, c := range []struct {
		do   func()
		want string
	}{
		{func() { log.Debug("detail") }, ""},
		{func() { log.Info("ready") }, "corust: ready\n"},
		{func() { log.Warn("box not removed yet", "box", "b-1", "err", errors.New("refused")) },
			"corust: warning: box not removed yet: refused (box b-1)\n"},
		{func() { log.Error("lost", "n", 3, "why", "two words") }, "corust: error: lost (n 3, why two words)\n"},
		{func() { log.Warn("both", "err", errors.Join(errors.New("a"), errors.New("b"))) }, "corust: warning: both: a; b\n"},
		{func() { log.With("box", 1).WithGroup("g").With("a", 2).Info("m", slog.Group("h", "b", 3), "err", "x") },
			"corust: m (box 1, g.a 2, g.h.b 3, g.err x)\n"},
		{func() { log.Info("m", slog.Attr{}, slog.Group("empty")) }, "corust: m\n"},
	} {
		out.Reset()
		c.do()
		if out.String() != c.want {
			t.Errorf("got %q, want %q", &out, c.want)
		}
	}
}

// Two loggers made of one do not write into each other's attributes.
func TestLogLinesShareNothing(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	log := slog.New(lines{w: &out}).With("a", 1, "b", 2, "c", 3)
	one, other := log.With("d", 4), log.With("d", 5)
	one.Info("m")
	other.Info("m")
	if want := "corust: m (a 1, b 2, c 3, d 4)\ncorust: m (a 1, b 2, c 3, d 5)\n"; out.String() != want {
		t.Errorf("got %q, want %q", &out, want)
	}
}
