package docker

import (
	"slices"
	"syscall"
	"testing"
)

// The same boxes under gVisor's kernel, where the engine has it as "runsc" (with
// the argument --network=none, for it to start in a network namespace of ours).
func TestGVisor(t *testing.T) {
	t.Parallel()
	e := engineAt(t, "")
	info, err := e.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(info.Runtimes, "runsc") {
		t.Skipf("needs an engine with the runtime runsc; this one has %q", info.Runtimes)
	}
	b := backendWith(t, "", "agent", Config{Runtime: "runsc"})
	spec := spec
	spec.Processes = 128 // the limit includes the sentry, which has many threads
	spec.Memory = 512 << 20
	if out, err := run(box(t, b, spec), "to and fro", "cat"); err != nil || out.stdout != "to and fro" {
		t.Errorf("cat: %+v, %v", out, err)
	}
	if out, err := run(box(t, b, spec), "", "flood"); err != nil || len(out.stdout) != 64_000 {
		t.Errorf("flood: %d bytes, %+v, %v", len(out.stdout), out.end, err)
	}
	if out, err := run(box(t, b, spec), "", "exit", "3"); err != nil || out.end.Exit != 3 {
		t.Errorf("exit: %+v, %v", out, err)
	}
	// The sentry is killed as a whole, with the agent in it: the box dies.
	if out, err := run(box(t, b, spec), "", "eat"); err == nil && out.end.Signal != int(syscall.SIGKILL) {
		t.Errorf("eat: %+v", out)
	}
}
