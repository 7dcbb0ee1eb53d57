package docker

import (
	"errors"
	"os"
	"testing"

	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/runner"
	"github.com/corust-dev/corust/runner/conformance"
	"golang.org/x/sys/unix"
)

// The same requests and hostile programs as for native boxes, with the same
// verdicts and the same bytes.
func TestConformance(t *testing.T) {
	e := engineAt(t, "")
	b, err := Open(t.Context(), Options{})
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
	conformance.Run(t, func(*testing.T) runner.Backend { return b }, conformance.Traits{
		Hostname: "box",
		Residue:  func(t *testing.T) map[string]int { return holdings(t, e.Host(), b.reaper.label) },
		Secrets:  []string{home + "/"},
		Skip:     skips(t, e),
		Soak:     40, // a container takes a hundred times as long to make
	})
}

// skips names the hostile programs that this machine's engine cannot stop. It is
// taken to have the rights of a test that runs as root.
func skips(t *testing.T, e *engine.Engine) map[string]string {
	t.Helper()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		t.Fatal(err)
	}
	skip := map[string]string{}
	if data[0].Effective&(1<<unix.CAP_SYS_RESOURCE) == 0 {
		skip["50-oom-score"] = "without CAP_SYS_RESOURCE an engine cannot fix a box's oom_score_adj; a program may lower its own to 0, which is everybody's"
	}
	info, err := e.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.Cgroup == "1" {
		skip["06-socket-buffers"] = "engines set no limit for what waits in sockets, which control groups of version 1 count apart from memory"
	}
	return skip
}
