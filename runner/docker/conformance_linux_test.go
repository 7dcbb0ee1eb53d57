package docker

import (
	"errors"
	"os"
	"testing"

	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/conformance"
	"github.com/corust-dev/corust/runner/conformance/suite"
)

// The same requests and hostile programs as for native boxes, with the same
// verdicts and the same bytes.
func TestConformance(t *testing.T) {
	e := engineAt(t, "")
	b, err := Open(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Toolchain(t.Context(), ""); errors.Is(err, engine.ErrImageMissing) || errors.Is(err, ErrImageStale) {
		b.Close()
		t.Skipf("needs an image (corust image build): %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	home, _ := os.UserHomeDir()
	suite.Run(t, func(*testing.T) runner.Backend { return b }, suite.Traits{
		Residue: func(t *testing.T) map[string]int { return holdings(t, e.Host(), b.reaper.label) },
		Secrets: []string{home + "/"},
		Skip:    exempt(t, b),
		Mixture: 12,
		Soak:    40, // a container takes a hundred times as long to make
		// Native boxes run them from cached artifacts.
		AttacksOnce: true,
	})
}

// exempt names the hostile programs that this machine's engine cannot stop.
func exempt(t *testing.T, b *Backend) map[string]string {
	t.Helper()
	facts, err := conformance.FactsOf("docker", b.Groups())
	if err != nil {
		t.Fatal(err)
	}
	return facts.Exempt()
}
