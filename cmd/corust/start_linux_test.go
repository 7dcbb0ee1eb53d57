package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A box starts this executable twice, so the initialisation of the Go runtime before the
// box's code takes over counts twice, and is most of a start.
func TestBoxStartsBeforeTheRest(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"corust-box-init", "corust-box-agent"} {
		cmd := exec.Command("/proc/self/exe")
		cmd.Args = []string{name}
		cmd.Env = []string{"GODEBUG=inittrace=1"}
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Fatalf("%s works without a box", name)
		}
		var initialised []string
		for line := range strings.Lines(string(out)) {
			if f := strings.Fields(line); len(f) > 2 && f[0] == "init" {
				initialised = append(initialised, f[1])
			}
		}
		if !slices.Contains(initialised, "os") {
			t.Fatalf("no trace of what %s initialised:\n%s", name, out)
		}
		// Some of the most expensive, and what would have everything else come first.
		for _, late := range []string{"github.com/distribution/reference", "google.golang.org/protobuf/proto", "github.com/prometheus/client_model/go", "net/http", "regexp", "path/filepath"} {
			if slices.Contains(initialised, late) {
				t.Errorf("%s initialised %s, one of %d packages", name, late, len(initialised))
			}
		}
	}
}
