package native

import (
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
)

// TestCheckNamesWhatAToolchainLacks in one line, and such a toolchain is no failure.
func TestCheckNamesWhatAToolchainLacks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		tc        runner.Toolchain
		cost, fix string
	}{
		{"all that there is", runner.Toolchain{Version: "1.95.0", Rustfmt: "f", ClippyDriver: "c"}, "", ""},
		{"Debian 12's", runner.Toolchain{Version: "1.63.0", Rustfmt: "f", ClippyDriver: "c"}, "programs have edition 2021 by default, and those for edition 2024 do not compile", FixOldToolchain},
		{"no tools", runner.Toolchain{Version: "1.95.0"}, "no --action fmt or clippy", "rustup component add"},
		{"old and without tools", runner.Toolchain{Version: "1.63.0"}, "do not compile; no --action fmt or clippy", FixOldToolchain + "; rustup"},
	} {
		c := Check{State: StateOK, Needed: true}
		c.lacks(tt.tc)
		if want := tt.cost == ""; (c.State == StateOK) != want || c.Needed != want || !strings.Contains(c.Cost, tt.cost) || !strings.Contains(c.Fix, tt.fix) {
			t.Errorf("%s: %+v", tt.name, c)
		}
	}
}
