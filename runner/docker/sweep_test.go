package docker

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/corust-dev/corust/runner"
)

// leaver is the environment variable that makes TestLeaver leave boxes of the
// image that it names.
const leaver = "CORUST_TEST_LEAVER_IMAGE"

// TestLeaver is the process that TestSweep kills.
func TestLeaver(t *testing.T) {
	ref := os.Getenv(leaver)
	if ref == "" {
		t.Skip("runs as a child of TestSweep only")
	}
	b, err := Open(t.Context(), Config{Images: map[runner.Channel]string{DefaultChannel: ref}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := b.NewBox(t.Context(), spec); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Printf("left %s\n", b.reaper.label)
	select {} // until killed
}

func TestSweep(t *testing.T) {
	t.Parallel()
	b := backend(t)
	mine := box(t, b, spec)

	child := exec.Command(os.Args[0], "-test.run=^TestLeaver$")
	child.Env = append(os.Environ(), leaver+"="+b.Image(""))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Process.Kill()
	var label string
	for s := bufio.NewScanner(out); label == "" && s.Scan(); {
		label, _ = strings.CutPrefix(s.Text(), "left ")
	}
	count := func() int {
		list, err := b.engine.Containers(t.Context(), label)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}

	if _, err := b.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 2 {
		t.Fatalf("a living process has %d of its 2 boxes after the sweep of another", n)
	}
	child.Process.Kill()
	child.Wait()
	n, err := b.Sweep(t.Context())
	if err != nil || n < 2 || count() != 0 {
		t.Errorf("swept %d (%v), %d left", n, err, count())
	}
	if out, err := run(mine, "", "say", "still here"); err != nil || out.stdout != "still here" {
		t.Errorf("my own box after two sweeps: %+v, %v", out, err)
	}
}

// Several backends in one process do not take each other's boxes for leftovers.
func TestReaperKnowsItsOwn(t *testing.T) {
	t.Parallel()
	a, b := backend(t), backend(t)
	boxA, boxB := box(t, a, spec), box(t, b, spec)
	for _, x := range []*Backend{a, b} {
		if err := x.reaper.look(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []runner.Box{boxA, boxB} {
		if out, err := run(x, "", "say", "hi"); err != nil || out.stdout != "hi" {
			t.Errorf("%+v, %v", out, err)
		}
	}
}
