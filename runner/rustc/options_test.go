package rustc

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/corust-dev/corust/internal/test/testbudget"
	"github.com/corust-dev/corust/runner"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func optionsOf(text string) (runner.Choices, error) {
	return Planner{}.SourceOptions(runner.Request{Action: runner.ActionRun, Main: "main.rs", Files: []runner.File{source(text)}})
}

func TestOptionsInTheSource(t *testing.T) {
	t.Parallel()
	type choices = runner.Choices
	debug := choices{Mode: "debug"}
	for name, tt := range map[string]struct {
		text string
		want choices
	}{
		"none":  {"fn main() {}\n", choices{}},
		"empty": {"", choices{}},
		"all": {
			"// corust: --mode debug --edition 2018 --channel nightly --crate-type=lib -C overflow-checks=off -Dwarnings --env RUST_BACKTRACE=1 --env=A=b -- x -C y\nfn main() {}",
			choices{
				Mode: "debug", Edition: "2018", Channel: "nightly", CrateType: "lib", Flags: []string{"-C", "overflow-checks=no", "-D", "warnings"},
				Env: []string{"RUST_BACKTRACE=1", "A=b"}, Args: []string{"x", "-C", "y"},
			},
		},
		"several lines":      {"// corust: --mode debug\n//corust: -O\n\n\t// \tcorust:\t--cfg a\r\n// corust: -- a\n// corust: -- b", choices{Mode: "debug", Flags: []string{"-C", "opt-level=3", "--cfg", "a"}, Args: []string{"a", "b"}}},
		"every flag twice":   {"// corust: --mode release --mode=debug -C opt-level=1 -O --edition 2015\n// corust: --edition=2021", choices{Mode: "debug", Edition: "2021", Flags: []string{"-C", "opt-level=3"}}},
		"quotes":             {`// corust: --cfg 'feature="a b"' --env "A=b \"c\"" -- 'it''s' "" a\ b ''`, choices{Flags: nil, Env: []string{`A=b "c"`}, Args: []string{"its", "", "a b", ""}}},
		"a shebang":          {"#!/usr/bin/env corust\n// corust: --mode debug\n", debug},
		"a byte order mark":  {"\ufeff// corust: --mode debug\n", debug},
		"front matter":       {"---\n# corust: --mode release\n---\n// corust: --mode debug\n", debug},
		"inner comments":     {"//! A program.\n/* /* nested */\n// corust: --mode release\n*/ // corust: --mode debug\n", debug},
		"after an item":      {"use std::io;\n// corust: --mode debug\n", choices{}},
		"after an attribute": {"#![allow(unused)]\n// corust: --mode debug\n", choices{}},
		"behind code":        {"fn main() {} // corust: --mode debug\n", choices{}},
		"in documentation":   {"/// corust: --mode debug\n//! corust: --mode debug\n//// corust: -x\nfn main() {}", choices{}},
		"another word":       {"// corust runs this: --mode debug\n// Corust: -x\n// xcorust: -x\n// a corust: -x\n", choices{}},
		"compiletest": {
			"//@ compile-flags: -C opt-level=3 --cfg foo --crate-type lib\n//@ edition: 2018\n//@ run-flags: a 'b c'\n//@ exec-env:RUST_LOG=x y\n//@ check-pass\n//@ rustc-env:A=b\n//@ ignore-windows\n//@[rev] compile-flags: -Zx\n",
			choices{Edition: "2018", CrateType: "lib", Flags: []string{"-C", "opt-level=3", "--cfg", "foo"}, Args: []string{"a", "b c"}, Env: []string{"RUST_LOG=x y"}},
		},
		"old headers": {"// compile-flags: -O\n// edition:2018\n// run-flags: a\n", choices{Flags: []string{"-C", "opt-level=3"}}},
		"editions":    {"//@ edition:2021..2024\n", choices{Edition: "2021"}},
		"too late":    {strings.Repeat("// a licence\n", 2000) + "// corust: --mode debug\n", choices{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "quotes" {
				tt.want.Flags = []string{"--cfg", `feature="a b"`}
			}
			got, err := optionsOf(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// An error names the file, the line, what is wrong and what is allowed.
func TestWrongOptionsInTheSource(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\n// corust: --frobnicate\n":                         `main.rs:2: "--frobnicate" is not allowed (want one of --mode, --edition, --channel, --crate-type, --env, -C opt-level, `,
		"#!/x\n---\n---\n/*\n*/ // corust: -C linker=/bin/sh": `main.rs:5: "-C linker=/bin/sh" is not allowed (want one of --mode, `,
		"//@ compile-flags: -Zunstable-options":               `main.rs:1: "-Zunstable-options" is not allowed`,
		"// corust: --timeout 10m":                            `"--timeout" is not allowed`,
		"// corust: --mode fast":                              `main.rs:1: invalid mode: "fast" (want one of debug, release)`,
		"// corust: --edition 2019":                           "want one of 2015, 2018",
		"//@ edition: next":                                   "want one of 2015, 2018",
		"// corust: --channel ../x":                           "invalid toolchain name",
		"// corust: --crate-type exe":                         "want one of bin, lib",
		"// corust: --env A":                                  `"A" is not KEY=value`,
		"//@ exec-env: A":                                     `"A" is not KEY=value`,
		"// corust: --mode":                                   `"--mode" needs a value`,
		"// corust: -C":                                       `"-C" needs a value`,
		"// corust: -C opt-level=9":                           `invalid value "9" for -C opt-level (want one of 0, 1`,
		"// corust: -- 'a":                                    "the quote ' is not closed",
		"// corust: --mode debug\n// corust: --mode release\n// corust: x": `main.rs:3: "x" is not allowed`,
		"// corust: --test": "the action test",
	} {
		_, err := optionsOf(text)
		var invalid *runner.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != "files" || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
		if _, err := (Planner{}).SourceOptions(runner.Request{Action: runner.ActionFormat, Main: "main.rs", Files: []runner.File{source(text)}}); err != nil {
			t.Errorf("%q cannot be formatted: %v", text, err)
		}
	}
}

func FuzzSourceOptions(f *testing.F) {
	f.Add("// corust: --mode debug -C opt-level=3 -- 'a'\n//@ edition: 2021\nfn main() {}")
	f.Add("---\n---\n/* // corust: */ // corust: --env A=\"b\\\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := optionsOf(text)
		var invalid *runner.InvalidError
		if err != nil && !errors.As(err, &invalid) {
			t.Fatal(err)
		}
		if _, err := parseFlags(c.Flags); err != nil {
			t.Fatalf("%q has the flags %q: %v", text, c.Flags, err)
		}
		if len(fmt.Sprint(c.Args, c.Env)) > maxHeader {
			t.Fatalf("%d bytes of source gave %d of arguments", len(text), len(fmt.Sprint(c.Args, c.Env)))
		}
	})
}

// Not parallel, as what is allocated beside it would be counted.
func TestSourceOptionsStayInTheBudget(t *testing.T) {
	for _, unit := range []string{"// corust: -O\n", "// corust: --cfg a -Ctarget-feature=+a -- x\n", "//", "/*", "/**/", "\n", "// corust: --mode debug --mode release ", "//@ edition:2021\n", "'a' ", "\\"} {
		for _, head := range []string{"", "// corust: -- ", "---\n"} {
			text := testbudget.Fill(head, unit, "")
			testbudget.Check(t, len(text), func() { _, _ = optionsOf(text) })
		}
	}
}
