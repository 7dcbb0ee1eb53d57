package main

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/spf13/cobra"
)

// TestWrongFlags words what cobra and pflag would word otherwise.
func TestWrongFlags(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"run --bogus a.rs":                 "unknown flag: --bogus (see corust run --help)",
		"run -z a.rs":                      "unknown flag: -z (see corust run --help)",
		"run -zq a.rs":                     "unknown flag: -z in -zq (see corust run --help)",
		"run --timeout":                    "flag --timeout needs a value (see corust run --help)",
		"emit asm a.rs -o":                 "flag -o needs a value (see corust emit --help)",
		"run --json=maybe a.rs":            `--json: invalid value "maybe" (want true or false)`,
		"judge --jobs x a.rs --cases x":    `--jobs: invalid value "x" (want a whole number)`,
		`image build --target a"b`:         `--target: invalid value "a\"b": parse error on line 1, column 2: bare " in non-quoted-field (see corust image build --help)`,
		"fmt --check --write a.rs":         "--check and --write cannot be used together (see corust fmt --help)",
		"fmt -w --json a.rs":               "--json and --write cannot be used together (see corust fmt --help)",
		"fmt -w --json --check a.rs":       "--check and --json and --write cannot be used together (see corust fmt --help)",
		"emit --json -o x asm a.rs":        "--json and --output cannot be used together (see corust emit --help)",
		"emit --raw --source asm a.rs":     "--raw and --source cannot be used together (see corust emit --help)",
		"crates build --output x --prune":  "--output and --prune cannot be used together (see corust crates build --help)",
		"image build --bootstrap --base x": "--base and --bootstrap cannot be used together (see corust image build --help)",
	} {
		var stderr strings.Builder
		code := execute(t.Context(), strings.Fields(line), stdio{in: iotest.ErrReader(errors.New("read")), out: &stderr, err: &stderr})
		if got := strings.TrimPrefix(strings.TrimSpace(stderr.String()), "corust: "); got != want || code != exitOurs {
			t.Errorf("corust %s: exit code %d, message\n%s\nwant\n%s", line, code, got, want)
		}
	}
}

// TestExclusiveFlags finds every group of flags of which cobra allows one, so that an
// update of cobra that notes them elsewhere does not bring back its words.
func TestExclusiveFlags(t *testing.T) {
	t.Parallel()
	cmd := &cobra.Command{Use: "x"}
	cmd.Flags().Bool("a", false, "")
	cmd.Flags().Bool("b", false, "")
	cmd.MarkFlagsMutuallyExclusive("a", "b")
	if err := cmd.ParseFlags([]string{"--a"}); err != nil || exclude(cmd) != nil {
		t.Errorf("one flag: %v, %v", err, exclude(cmd))
	}
	if err := cmd.ParseFlags([]string{"--b"}); err != nil || exclude(cmd) == nil || cmd.ValidateFlagGroups() == nil {
		t.Errorf("both flags: %v, %v, cobra: %v", err, exclude(cmd), cmd.ValidateFlagGroups())
	}
}
