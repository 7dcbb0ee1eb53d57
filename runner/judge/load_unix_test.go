//go:build unix

package judge

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Loading does not wait for the other end of a pipe, and does not read a device.
func TestLoadRefusesWhatIsNotAFile(t *testing.T) {
	t.Parallel()
	for what, make := range map[string]func(name string) error{
		"pipe":      func(name string) error { return syscall.Mkfifo(name, 0o600) },
		"device":    func(name string) error { return os.Symlink("/dev/zero", name) },
		"directory": func(name string) error { return os.Symlink(os.TempDir(), name) },
	} {
		dir := t.TempDir()
		if err := make(filepath.Join(dir, "1.in")); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(os.DirFS(dir)); err == nil || err.Error() != `"1.in" is not a file` {
			t.Errorf("a %s: %v", what, err)
		}
	}
}
