package main

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/corust-dev/corust/collab/server"
	"github.com/corust-dev/corust/internal/config"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/rustc"
	"github.com/google/go-cmp/cmp"
)

// said returns the output of a command line.
func said(t *testing.T, args ...string) string {
	t.Helper()
	var out, stderr bytes.Buffer
	if code := execute(t.Context(), args, stdio{in: strings.NewReader(""), out: &out, err: &stderr}); code != exitOK {
		t.Fatalf("%q ends with %d: %s", args, code, stderr.String())
	}
	return out.String()
}

// toolchainOnly is a backend that makes no box.
type toolchainOnly struct{ toolchain runner.Toolchain }

func (b toolchainOnly) Toolchain(_ context.Context, c runner.Channel) (runner.Toolchain, error) {
	if c != b.toolchain.Channel {
		return runner.Toolchain{}, &runner.InvalidError{Field: "channel", Reason: "not here"}
	}
	return b.toolchain, nil
}

// actionRow returns a row of the table of actions.
func actionRow(t *testing.T, name runner.Action) rustc.Action {
	t.Helper()
	a, err := rustc.ActionNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A server offers the actions that its toolchain supports, with the reason for the rest.
// Its defaults are the configuration's.
func TestChoicesFollowTheToolchainAndTheConfiguration(t *testing.T) {
	t.Parallel()
	a := &app{config: config.Default()}
	a.config.Run = config.Run{Action: "check", Mode: "debug", Edition: "2018", Channel: "1.80.0"}
	old := toolchainOnly{runner.Toolchain{Channel: "1.80.0", Version: "1.80.0", Rustc: "/r", ClippyDriver: "/c"}}
	got, err := a.choices(t.Context(), old)
	if err != nil {
		t.Fatal(err)
	}
	if want := (server.DefaultChoices{Action: "check", Mode: "debug", Edition: "2018", Channel: "1.80.0"}); got.Defaults != want {
		t.Errorf("defaults %+v, want %+v", got.Defaults, want)
	}
	reasons := map[string]string{}
	for _, c := range got.Actions {
		reasons[c.Name] = c.Reason
		if c.Reason != "" && !strings.HasSuffix(c.Reason, "("+c.Hint+")") {
			t.Errorf("%s: hint %q, reason %q", c.Name, c.Hint, c.Reason)
		}
	}
	for _, list := range [][]server.Choice{got.Modes, got.Editions} {
		for _, c := range list {
			reasons[c.Name] = c.Reason
		}
	}
	want := map[string]string{
		"run": "", "test": "", "check": "", "clippy": "", "fmt": `the toolchain "1.80.0" has no rustfmt (rustup component add rustfmt --toolchain 1.80.0)`, "debug": "", "release": "",
		"asm": "", "llvm-ir": "", "mir": "", "hir": "", "expanded": "", "remarks": "",
		"miri": `the toolchain "1.80.0" has no miri (rustup component add miri --toolchain 1.80.0)`,
		"wasm": `the toolchain "1.80.0" has no standard library of wasm32-unknown-unknown (rustup target add wasm32-unknown-unknown --toolchain 1.80.0)`,
		"2015": "", "2018": "", "2021": "", "2024": "the toolchain knows editions up to 2021",
	}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Errorf("why what is not available (-want +got):\n%s", diff)
	}

	a.config.Run = config.Run{Channel: "1.80.0"}
	if got, err := a.choices(t.Context(), old); err != nil || got.Defaults != (server.DefaultChoices{Action: "run", Mode: "release", Edition: "2021", Channel: "1.80.0"}) {
		t.Errorf("built-in defaults: %+v, %v", got, err)
	}
	a.config.Run.Channel = "nightly"
	if _, err := a.choices(t.Context(), old); err == nil {
		t.Error("a server whose default toolchain is not there starts")
	}
}

// A new row of the table of actions is known at each door: in help and completion, as a
// default of the configuration, and in the reference.
func TestEveryActionAtEachDoor(t *testing.T) {
	t.Parallel()
	help, completion := said(t, "run", "--help"), said(t, "__complete", "run", "--action", "")
	root, views, completed := said(t, "help"), said(t, "emit", "--help"), said(t, "__complete", "emit", "asm,")
	reference := read(t, "docs/run.md")
	served, err := (&app{config: config.Default()}).choices(t.Context(), toolchainOnly{runner.Toolchain{Rustc: "/r", Version: "1.95.0"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range rustc.Actions() {
		name := string(a.Name)
		if !strings.Contains(help, fmt.Sprintf("  %-8s %s\n", name, a.About)) {
			t.Errorf("help does not describe %s:\n%s", name, help)
		}
		if !strings.Contains(completion, name+"\t"+a.About+"\n") {
			t.Errorf("shells do not complete %s:\n%s", name, completion)
		}
		switch {
		case a.View:
			if !strings.Contains(views, fmt.Sprintf("  %-8s %s\n", name, a.About)) {
				t.Errorf("corust emit --help does not describe %s:\n%s", name, views)
			}
			if name != "asm" && !strings.Contains(completed, "asm,"+name+"\t"+a.About+"\n") {
				t.Errorf("shells do not complete the view %s:\n%s", name, completed)
			}
		case !regexp.MustCompile(`(?m)^  ` + name + ` +\S`).MatchString(root):
			t.Errorf("there is no corust %s:\n%s", name, root)
		}
		f, cfg := runFlags{}, config.Default()
		f.action = name
		if err := f.apply(&cfg); err != nil || cfg.Run.Options().Action != a.Name {
			t.Errorf("--action %s: %+v, error %v", name, cfg.Run, err)
		}
		cfg, _, err := config.Load("../../config.example.toml", []string{"CORUST_RUN_ACTION=" + name})
		if err != nil || cfg.Run.Options().Action != a.Name {
			t.Errorf("run.action = %s: %+v, error %v", name, cfg.Run, err)
		}
		i := slices.IndexFunc(served.Actions, func(c server.ActionChoice) bool { return c.Name == name })
		if i < 0 || served.Actions[i].Title != a.Title || served.Actions[i].About != a.About || served.Actions[i].Available != (a.Tool == rustc.ToolRustc && a.Needs == nil) {
			t.Errorf("the page and GET /api/v1/meta do not have %s as the table has it: %+v", name, served.Actions)
		}
		if !strings.Contains(reference, "| `"+name+"` | "+a.About+" |") {
			t.Errorf("docs/run.md has no row for %s (make docs)", name)
		}
	}
}
