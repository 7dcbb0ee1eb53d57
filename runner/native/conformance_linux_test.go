package native

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/conformance"
	"github.com/corust-dev/corust/runner/conformance/suite"
)

// open makes the backend, or skips the test with the reason why this machine has none.
func open(t *testing.T) *Backend {
	t.Helper()
	return openWith(t, Config{})
}

func openWith(t *testing.T, cfg Config) *Backend {
	t.Helper()
	b, err := New(cfg)
	if errors.Is(err, ErrUnsupported) || errors.Is(err, ErrNoToolchain) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := stuck(); err != nil {
		t.Skip(err)
	}
	return b
}

// stuck is ErrStuck on a machine whose kernel has locked itself up. It is tried once:
// each trial leaves a process that nothing can end.
var stuck = sync.OnceValue(func() error {
	if os.Getenv("CORUST_TEST_PREBUILT") != "" {
		return nil // an emulated machine may take as long as a kernel that is stuck
	}
	b, err := New(Config{})
	if err != nil {
		return nil // what open says
	}
	defer b.Close()
	if err := b.Try(context.Background()); errors.Is(err, ErrStuck) {
		return err
	}
	return nil
})

// The boxes have the agent of make build. Those of the other tests have this program.
func TestConformance(t *testing.T) {
	b := openWith(t, Config{agent: builtAgent(t)})
	if missing := b.Unenforced(); len(missing) > 0 {
		t.Skipf("not every limit can be enforced here, so not every verdict can be right: %q", missing)
	}
	sysroot, err := b.Sysroot("")
	if err != nil {
		t.Fatal(err)
	}
	home, _ := os.UserHomeDir()
	suite.Run(t, func(t *testing.T) runner.Backend { return b }, suite.Traits{
		Residue: func(t *testing.T) map[string]int { return residue(t, b) },
		Secrets: []string{sysroot, home + "/", b.owner},
		Skip:    exempt(t, b),
		Mixture: 60,
	})
}

// exempt names the hostile programs that this machine cannot stop.
func exempt(t *testing.T, b *Backend) map[string]string {
	t.Helper()
	facts, err := conformance.FactsOf(Name, b.Groups())
	if err != nil {
		t.Fatal(err)
	}
	return facts.Exempt()
}
