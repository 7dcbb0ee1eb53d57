package suite

import (
	"os"
	"slices"
	"testing"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/conformance"
)

// TestPrebuild compiles the programs that run in boxes to where prebuilt finds them.
func TestPrebuild(t *testing.T) {
	if prebuiltDir() == "" {
		t.Skip("CORUST_TEST_PREBUILT names no directory; examples/deploy/vm/run sets it")
	}
	programs, err := conformance.Programs()
	if err != nil {
		t.Fatal(err)
	}
	requests := []runner.Request{canary}
	for _, p := range programs {
		if slices.ContainsFunc(p.Rows, func(row int) bool { return 56 <= row && row <= 69 }) {
			continue // it is about what the compiler does in the box
		}
		req, err := p.Request()
		if err != nil {
			t.Fatal(err)
		}
		requests = append(requests, req)
	}
	for _, req := range requests {
		if err := os.WriteFile(prebuiltFile(req.Files[0].Data), build(t, req), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d programs", len(requests))
}
