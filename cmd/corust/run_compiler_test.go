package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Rustc's flags reach the request in their order, under all their names.
func TestCompilerFlagsArePassedOn(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"-C opt-level=3 -Cpanic=abort --codegen lto":                       "-C opt-level=3 -C panic=abort -C lto",
		"-A a -Wb --allow=a --deny x::y -F z":                              "-A a -W b -A a -D x::y -F z",
		"-O -C opt-level=1 --cfg a --check-cfg=cfg(a) --force-warn unused": "-C opt-level=3 -C opt-level=1 --cfg a --check-cfg cfg(a) --force-warn unused",
	} {
		var f runFlags
		if err := newRunFlags(&f, actionRow(t, "run")).Parse(strings.Fields(line)); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if diff := cmp.Diff(want, strings.Join(f.compiler, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
	for _, line := range []string{"-C", "--cfg", "-O=x", "--optimize=false"} {
		if err := newRunFlags(new(runFlags), actionRow(t, "run")).Parse(strings.Fields(line)); err == nil {
			t.Errorf("%s is accepted", line)
		}
	}
}

func TestCompilerFlagsAreCompleted(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"run -C ":           {"opt-level=0", "target-cpu=", "lto=fat"},
		"run --crate-type ": {"cdylib", "proc-macro"},
	} {
		got := said(t, append([]string{"__complete"}, strings.Split(line, " ")...)...)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("completion of %q: %q, want %q in it", line, got, w)
			}
		}
	}
}
