package native

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/conformance"
	"golang.org/x/sys/unix"
)

// open makes the backend, or says why this machine has none.
func open(t *testing.T) *Backend {
	t.Helper()
	b, err := New(Config{})
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

func TestConformance(t *testing.T) {
	b := open(t)
	if missing := b.Unenforced(); len(missing) > 0 {
		t.Skipf("not every limit can be enforced here, so not every verdict can be right: %q", missing)
	}
	sysroot, err := b.Sysroot("")
	if err != nil {
		t.Fatal(err)
	}
	home, _ := os.UserHomeDir()
	conformance.Run(t, func(t *testing.T) runner.Backend { return b }, conformance.Traits{
		Hostname: "corust",
		Residue:  func(t *testing.T) map[string]int { return residue(t, b) },
		Secrets:  []string{sysroot, home + "/", b.owner},
		Skip:     skips(t),
	})
}

// skips names the hostile programs that this machine cannot stop.
func skips(t *testing.T) map[string]string {
	t.Helper()
	skip := map[string]string{}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		t.Fatal(err)
	}
	if data[0].Effective&(1<<unix.CAP_SYS_RESOURCE) == 0 {
		skip["50-oom-score"] = "without CAP_SYS_RESOURCE this process cannot fix a box's oom_score_adj; a program may lower its own to 0, which is everybody's"
	}
	var cores unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &cores); err != nil {
		t.Fatal(err)
	}
	if data[0].Effective&(1<<unix.CAP_SYS_RESOURCE) == 0 && cores.Max == 0 {
		skip["28-core-handler"] = "without CAP_SYS_RESOURCE this process cannot raise the hard limit of core files from the 0 that it has to 1"
	}
	return skip
}
