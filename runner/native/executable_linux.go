package native

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/corust-dev/corust/internal/owner"
	"golang.org/x/sys/unix"
)

const (
	// agentPrefix begins the names of the agent's executables in a cache directory. Versions
	// of corust that run by turns have one each.
	agentPrefix = "corust-agent"
	// maxAgents is how many executables, of 2.4 MB each, a cache directory keeps.
	maxAgents = 4
)

// agentName names the executable with a text. Others may have the same name; they then
// replace each other.
func agentName(text string) string {
	return fmt.Sprintf("%s-%08x", agentPrefix, crc32.Checksum([]byte(text), crc32.MakeTable(crc32.Castagnoli)))
}

// executableMode lets the users of boxes execute a file.
const executableMode fs.FileMode = 0o755

// openExecutable opens the executable of init and agent: the one with this text, which it
// writes to a cache directory unless it is there, or, if there is no text, this program's.
//
// It compares the whole file each time. So nothing needs to reach the disk before it is
// used, and a file that a full disk has left is replaced. A file that is replaced or removed
// stays what it was for those who have it open.
func openExecutable(text, cache string) (*os.File, error) {
	if text == "" {
		return openPath("/proc/self/exe")
	}
	name := filepath.Join(cache, agentName(text))
	f, err := openEqual(name, text)
	if err == nil {
		touch(name)
	}
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	tmp, err := writeExecutable(cache, text)
	if err != nil {
		return nil, err
	}
	if f, err = openPath(tmp); err != nil {
		return nil, errors.Join(err, os.Remove(tmp))
	}
	if err := os.Rename(tmp, name); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(tmp))
	}
	removeOld(cache, agentPrefix, maxAgents)
	return f, nil
}

// writeExecutable writes a new file with a text, which sweepBases removes if this process
// ends here.
func writeExecutable(cache, text string) (name string, err error) {
	// A process that is forked meanwhile would have the file open for writing, and it
	// could not be executed before that process executes something else.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	f, err := os.CreateTemp(cache, newPrefix+owner.Self().String()+"-")
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Chmod(executableMode), f.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("write the agent's executable: %w", err), os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// openPath opens a file for being executed.
func openPath(name string) (*os.File, error) {
	fd, err := unix.Open(name, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the agent's executable: %w", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// openEqual opens a file if it can be executed and has a text. Otherwise, its error is
// fs.ErrNotExist.
func openEqual(name, text string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	same, err := equal(f, text)
	if err != nil || !same {
		return nil, errors.Join(err, f.Close(), fs.ErrNotExist)
	}
	return f, nil
}

// equal reports whether an open file can be executed and has a text.
func equal(f *os.File, text string) (bool, error) {
	info, err := f.Stat()
	if err != nil || info.Mode() != executableMode || info.Size() != int64(len(text)) {
		return false, err
	}
	buf := make([]byte, 256<<10)
	for len(text) > 0 {
		n := min(len(buf), len(text))
		if _, err := io.ReadFull(f, buf[:n]); err != nil || string(buf[:n]) != text[:n] {
			return false, err
		}
		text = text[n:]
	}
	return true, nil
}
