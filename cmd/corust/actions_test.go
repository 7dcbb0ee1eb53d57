package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner/rustc"
)

// said is what a command line prints.
func said(t *testing.T, args ...string) string {
	t.Helper()
	var out, stderr bytes.Buffer
	if code := execute(t.Context(), args, stdio{in: strings.NewReader(""), out: &out, err: &stderr}); code != exitOK {
		t.Fatalf("%q ends with %d: %s", args, code, stderr.String())
	}
	return out.String()
}

// A new row of the table of actions is known at each door: in help and completion, as a
// default of the configuration, and in the reference.
func TestEveryActionAtEachDoor(t *testing.T) {
	t.Parallel()
	help, completion := said(t, "run", "--help"), said(t, "__complete", "run", "--action", "")
	reference := read(t, "docs/run.md")
	for _, a := range rustc.Actions() {
		name := string(a.Name)
		if !strings.Contains(help, fmt.Sprintf("  %-8s %s\n", name, a.About)) {
			t.Errorf("help does not describe %s:\n%s", name, help)
		}
		if !strings.Contains(completion, name+"\t"+a.About+"\n") {
			t.Errorf("shells do not complete %s:\n%s", name, completion)
		}
		f, cfg := runFlags{}, config.Default()
		if err := newRunFlags(&f).Parse([]string{"--action", name}); err != nil {
			t.Error(err)
		}
		if err := f.apply(&cfg); err != nil || cfg.Run.Options().Action != a.Name {
			t.Errorf("--action %s: %+v, error %v", name, cfg.Run, err)
		}
		cfg, _, err := config.Load("../../config.example.toml", []string{"CORUST_RUN_ACTION=" + name})
		if err != nil || cfg.Run.Options().Action != a.Name {
			t.Errorf("run.action = %s: %+v, error %v", name, cfg.Run, err)
		}
		if !strings.Contains(reference, "| `"+name+"` | "+a.About+" |") {
			t.Errorf("docs/run.md has no row for %s (make docs)", name)
		}
	}
}
