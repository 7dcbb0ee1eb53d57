package docker

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/internal/seccomp"
	"github.com/corust-dev/corust/runner"
)

var update = flag.Bool("update", false, "rewrite the golden file")

// The posture for the default limits, as it goes to the engine, is in
// testdata/posture.json: whatever loosens it shows there.
func TestPostureGolden(t *testing.T) {
	spec := runner.DefaultLimits.Spec("")
	spec.CPUs = 1.5
	got, err := json.MarshalIndent(map[string]any{
		"Config":     containerConfig("IMAGE", map[string]string{"label": "value"}, engine.UserBase),
		"HostConfig": hostConfig(spec, "RUNTIME", sysctls("6.8.0-31-generic", "", true), engine.UserBase),
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	// Package seccomp tests the profile.
	profile, err := json.Marshal("seccomp=" + seccomp.DockerJSON())
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(got), string(profile), `"seccomp=PROFILE"`) + "\n"
	const golden = "testdata/posture.json"
	if *update {
		if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("the posture has changed; if it should, run go test -update and look at the difference\n%s", text)
	}
}

// The limits of the public sandboxes, as flags of docker run, are among ours.
func TestPostureHasTheUsualLimits(t *testing.T) {
	d := runner.DefaultLimits
	hc := hostConfig(runner.BoxSpec{Memory: d.Memory, Processes: d.Processes}, "", nil, engine.UserBase)
	for _, ok := range []bool{
		len(hc.CapDrop) == 1 && hc.CapDrop[0] == "ALL" && len(hc.CapAdd) == 0, // --cap-drop ALL
		hc.NetworkMode == "none",                    // --network none
		hc.Memory == 512<<20,                        // --memory 512m
		hc.MemorySwap == 512<<20,                    // --memory-swap 512m
		hc.PidsLimit != nil && *hc.PidsLimit == 128, // --pids-limit 128
		hc.OomScoreAdj == 1000,                      // --oom-score-adj 1000
	} {
		if !ok {
			t.Errorf("a limit is missing: %+v", hc)
		}
	}
	if hc.Privileged || hc.AutoRemove || len(hc.Binds) > 0 || len(hc.Mounts) > 0 || len(hc.Devices) > 0 || hc.PidMode != "" || hc.UTSMode != "" || hc.UsernsMode != "" {
		t.Errorf("something of the host's is in the box: %+v", hc)
	}
}

// A setting that the kernel does not have in a namespace would keep a container from
// being started.
func TestSysctlsByKernel(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kernel, runtime string
		want            int
	}{
		{"6.8.0-31-generic", "", 4},
		{"6.18.44-fc-v769", "runc", 4},
		{"10.0", "", 4},
		{"6.7.12", "", 3},
		{"5.15.167.4-microsoft-standard-WSL2", "", 3},
		{"4.15.0", "", 3},
		{"4.14.0", "", 0},
		{"6.8.0", "runsc", 0},
		{"unknown", "", 0},
		{"", "", 0},
	} {
		if got := sysctls(tt.kernel, tt.runtime, false); len(got) != tt.want {
			t.Errorf("kernel %q, runtime %q: %q, want %d", tt.kernel, tt.runtime, got, tt.want)
		}
	}
}
