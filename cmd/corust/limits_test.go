package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
)

// A new row of the table of limits is known at each door: as a key, a variable and a
// flag, in the reference, and in the explanation of a verdict.
func TestEveryLimitAtEachDoor(t *testing.T) {
	t.Parallel()
	reference := read(t, "docs/run.md")
	for _, row := range runner.LimitTable() {
		key := "limits." + row.Name
		if !slices.Contains(config.Keys(), key) {
			t.Errorf("the configuration has no %s", key)
		}
		text := strings.Fields(row.Unit.Format(row.Most))[0]
		cfg, _, err := config.Load("../../config.example.toml", []string{"CORUST_LIMITS_" + strings.ToUpper(row.Name) + "=" + text})
		if err != nil || row.Of(cfg.Limits.Runner()) != row.Most {
			t.Errorf("%s from a variable: %v, error %v", key, row.Of(cfg.Limits.Runner()), err)
		}
		if !strings.Contains(reference, "| `"+row.Name+"` |") {
			t.Errorf("docs/run.md has no row for %s (make docs)", key)
		}
		if row.Flag != "" {
			cfg := config.Default()
			f := runFlags{}
			flags := newRunFlags(&f, actionRow(t, runner.ActionRun))
			if err := flags.Parse([]string{"--" + row.Flag, text}); err != nil {
				t.Errorf("--%s: %v", row.Flag, err)
			}
			if err := f.apply(&cfg); err != nil || row.Of(cfg.Limits.Runner()) != row.Most {
				t.Errorf("--%s: %v, error %v", row.Flag, row.Of(cfg.Limits.Runner()), err)
			}
		}
		if row.Hit == "" {
			continue
		}
		res := runner.Result{Verdict: runner.VerdictTimeout, Hits: []runner.Hit{{Limit: row.Name, Amount: row.Default, Unit: row.Unit}}}
		want := fmt.Sprintf("the program "+row.Hit+" (%s)", row.Unit.Format(row.Default), byFlags(row))
		if got := explain(res, byFlags); got != want {
			t.Errorf("%s is explained as %q, want %q", key, got, want)
		}
		if got := explain(res, nil); strings.Contains(got, "--") || strings.Contains(got, key) {
			t.Errorf("%s is explained as %q to someone who cannot set it", key, got)
		}
	}
}
