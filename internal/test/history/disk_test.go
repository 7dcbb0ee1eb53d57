package history

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// disk is a directory with a file system of its own, which can be filled. It is "" where none
// can be mounted.
type disk string

// newDisk mounts a file system that is as large as two databases need, until the test ends.
func newDisk(t *testing.T) disk {
	t.Helper()
	dir, err := os.MkdirTemp("", "corust-disk-")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1g,mode=1777", "corust-test", dir).CombinedOutput()
	if err != nil {
		t.Logf("no disk is filled, because no file system can be mounted: %v: %s", err, out)
		_ = os.Remove(dir)
		return ""
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
		_ = os.Remove(dir)
	})
	return disk(dir)
}

func (d disk) ballast() string { return filepath.Join(string(d), "ballast") }

// fill takes all space that is left.
func (d disk) fill() error {
	f, err := os.Create(d.ballast())
	if err != nil {
		return err
	}
	for block := make([]byte, 1<<20); err == nil && len(block) > 0; {
		if _, err = f.Write(block); errors.Is(err, syscall.ENOSPC) {
			block, err = block[:len(block)/2], nil // what is left may be less
		}
	}
	return errors.Join(err, f.Close())
}

// empty gives the space back.
func (d disk) empty() error { return os.Remove(d.ballast()) }
