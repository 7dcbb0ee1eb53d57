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
)

// agentText is corust-agent, built as make build does.
var agentText = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "agent-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, agentName)
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", file, "../../cmd/corust-agent")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build corust-agent: %w: %s", err, out)
	}
	text, err := os.ReadFile(file)
	return string(text), err
})

func builtAgent(t *testing.T) string {
	t.Helper()
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
			if err := spoil(filepath.Join(cache, agentName)); err != nil {
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

// A runner of another version that starts meanwhile changes nothing for this one.
func TestExecutableOfAnotherVersionLeavesAnOpenOne(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	ours, err := openExecutable("ours", cache)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	theirs, err := openExecutable("theirs", cache)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	if a, b := text(t, ours), text(t, theirs); a != "ours" || b != "theirs" {
		t.Errorf("the executables are %q and %q", a, b)
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
