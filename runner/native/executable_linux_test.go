package native

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corust-dev/corust/runner/agent/executable"
)

// agentText is corust-agent, built as make build does.
var agentText = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "agent-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, agentPrefix)
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", file, "../../cmd/corust-agent")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build corust-agent: %w: %s", err, out)
	}
	text, err := os.ReadFile(file)
	return string(text), err
})

// builtAgent returns corust-agent: the one that the test contains, as where there is no Go,
// or one that it builds.
func builtAgent(t *testing.T) string {
	t.Helper()
	if text := executable.Text(); text != "" {
		return text
	}
	text, err := agentText()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// text reads what an executable that was opened for being executed contains.
func text(t *testing.T, f *os.File) string {
	t.Helper()
	in, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	data, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestExecutableIsReplacedUnlessItIsEqual(t *testing.T) {
	t.Parallel()
	const want = "#!/bin/sh\nexit 7\n"
	for name, spoil := range map[string]func(file string) error{
		"absent":         os.Remove,
		"truncated":      func(file string) error { return os.Truncate(file, 5) },
		"longer":         func(file string) error { return os.Truncate(file, 100) },
		"flipped":        func(file string) error { return os.WriteFile(file, []byte(strings.Replace(want, "7", "0", 1)), 0) },
		"not executable": func(file string) error { return os.Chmod(file, 0o644) },
		"for others":     func(file string) error { return os.Chmod(file, 0o757) },
		"set-user-ID":    func(file string) error { return os.Chmod(file, 0o755|os.ModeSetuid) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cache := t.TempDir()
			old, err := openExecutable(want, cache)
			if err != nil {
				t.Fatal(err)
			}
			defer old.Close()
			if err := spoil(filepath.Join(cache, agentName(want))); err != nil {
				t.Fatal(err)
			}
			f, err := openExecutable(want, cache)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if got := text(t, f); got != want {
				t.Errorf("the executable is %q", got)
			}
			again, err := openExecutable(want, cache)
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			a, _ := f.Stat()
			b, _ := again.Stat()
			if !os.SameFile(a, b) {
				t.Error("an equal file was replaced")
			}
			names, _ := filepath.Glob(filepath.Join(cache, "*"))
			if len(names) != 1 {
				t.Errorf("the cache has %q", names)
			}
		})
	}
}

// Versions of corust that run by turns do not write their executables each time, and a file
// that is removed stays what it was for those who have it open.
func TestExecutablesOfSeveralVersions(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	if err := os.WriteFile(filepath.Join(cache, agentPrefix), []byte("of an earlier version"), 0o755); err != nil {
		t.Fatal(err)
	}
	open := func(text string) *os.File {
		t.Helper()
		f, err := openExecutable(text, cache)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	same := func(a, b *os.File) bool {
		t.Helper()
		x, err := a.Stat()
		if err != nil {
			t.Fatal(err)
		}
		y, err := b.Stat()
		return err == nil && os.SameFile(x, y)
	}
	ours, theirs := open("ours"), open("theirs")
	if a, b := text(t, ours), text(t, theirs); a != "ours" || b != "theirs" {
		t.Errorf("the executables are %q and %q", a, b)
	}
	old := time.Now().Add(-time.Hour)
	for i := range 3 * maxAgents {
		if !same(ours, open("ours")) {
			t.Fatalf("an executable in use was replaced after %d others", i)
		}
		open(fmt.Sprintf("another %d", i))
		// As if each of them had come some time after the last.
		for _, name := range []string{agentName(fmt.Sprintf("another %d", i)), agentName("theirs")} {
			_ = os.Chtimes(filepath.Join(cache, name), old, old.Add(time.Duration(i)*time.Second))
		}
	}
	if names, _ := filepath.Glob(filepath.Join(cache, "*")); len(names) != maxAgents {
		t.Errorf("the cache has %q, want %d files", names, maxAgents)
	}
	if got := text(t, theirs); got != "theirs" {
		t.Errorf("an executable that was removed became %q", got)
	}
	if same(theirs, open("theirs")) {
		t.Error("an executable that was not used for long was kept")
	}
}

// The file can be executed at once, whatever else starts processes.
func TestExecutableIsNotBusy(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			want := fmt.Sprintf("#!/bin/sh\nexit %d\n", i+1)
			f, err := openExecutable(want, cache)
			if err != nil {
				t.Error(err)
				return
			}
			defer f.Close()
			if got := text(t, f); got != want {
				t.Errorf("the executable is %q, want %q", got, want)
			}
			cmd := exec.Command("/proc/self/fd/3")
			cmd.ExtraFiles = []*os.File{f}
			if cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != i+1 {
				t.Errorf("%q ended with %v", want, cmd.ProcessState)
			}
		})
	}
	group.Wait()
}

// Each box starts the program twice.
func TestAgentImportsLittle(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "../../cmd/corust-agent").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range strings.Fields(string(out)) {
		switch top, _, _ := strings.Cut(pkg, "/"); {
		case top == "net", pkg == "regexp", pkg == "path/filepath", pkg == "crypto/sha256", pkg == "text/template",
			strings.Contains(top, ".") && !strings.HasPrefix(pkg, "github.com/corust-dev/corust/") && pkg != "golang.org/x/sys/unix":
			t.Errorf("corust-agent imports %s", pkg)
		}
	}
}
