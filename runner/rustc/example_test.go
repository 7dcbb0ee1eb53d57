package rustc_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
)

// The table says what can be done with a source, and what a toolchain lacks for it.
func ExampleActions() {
	tc := runner.Toolchain{Rustc: "/usr/bin/rustc", Rustfmt: "/usr/bin/rustfmt"}
	for _, a := range rustc.Actions() {
		if err := a.Check(tc); err != nil {
			fmt.Printf("%s (%s): %v\n", a.Title, a.About, err)
		}
	}
	// Output:
	// Clippy (report errors, warnings and Clippy's lints): invalid action: the default toolchain has no clippy
	// Miri (interpret the program and report undefined behaviour): invalid action: the default toolchain has no miri
	// WebAssembly (print WebAssembly in its text format): invalid action: the default toolchain has no standard library of wasm32-unknown-unknown
}

// A plan is the commands that a box is to run. No box is needed to see it.
func ExamplePlanner_Plan() {
	req := runner.Request{
		Action: runner.ActionRun, Mode: runner.ModeDebug, Main: runner.MainFile, Args: runner.Strings{"6", "7"},
		Files: []runner.File{{Name: runner.MainFile, Data: []byte("fn main() {}\n")}},
	}
	plan, err := rustc.Planner{}.Plan(req, runner.Toolchain{Rustc: "rustc", Version: "1.95.0"})
	if err != nil {
		log.Fatal(err)
	}
	for _, step := range plan.Steps {
		fmt.Printf("%s: %s\n", step.Stage, strings.Join(step.Argv, " "))
	}
	// Output:
	// compile: rustc main.rs --crate-name main --edition 2024 -C debuginfo=1 -C embed-bitcode=no --color never -o /work/.main --crate-type bin
	// run: /work/.main 6 7
}
