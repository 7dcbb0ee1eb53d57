package agent

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// sendLeft sends the files that a step leaves. A file that cannot be sent is reported as
// missing. It is not a failure of the agent, since the step decides what it leaves.
func (s *server) sendLeft(step int, names []string) error {
	for _, name := range names {
		left := Left{Nonce: s.job.Nonce, Step: step, Name: name, Size: -1}
		f, size, err := openLeft(WorkDir, name)
		if err == nil {
			left.Size = size
		}
		err = s.out.WriteJSON(TypeLeft, left)
		if f != nil {
			if err == nil {
				err = s.sendFile(f, size)
			}
			err = errors.Join(err, f.Close())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sendFile sends the first size bytes of a file.
func (s *server) sendFile(f *os.File, size int64) error {
	buf := make([]byte, min(size, MaxPayload))
	for size > 0 {
		n, err := io.ReadFull(f, buf[:min(size, MaxPayload)])
		if err != nil {
			return fmt.Errorf("read %s: %w", f.Name(), err)
		}
		if err := s.out.Write(TypeLeftData, buf[:n]); err != nil {
			return err
		}
		size -= int64(n)
	}
	return nil
}

// openLeft opens a regular file below dir and returns its size. A step may have put
// anything in its place: it follows no symbolic link on the way, waits for no other end
// of a pipe, and takes no more than MaxLeft bytes.
func openLeft(dir, name string) (*os.File, int64, error) {
	at, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, 0, err
	}
	parts := strings.Split(name, "/")
	for i, part := range parts {
		flags := unix.O_PATH | unix.O_DIRECTORY
		if i == len(parts)-1 {
			flags = unix.O_RDONLY | unix.O_NONBLOCK
		}
		next, err := unix.Openat(at, part, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		unix.Close(at)
		if err != nil {
			return nil, 0, fmt.Errorf("open %s: %w", name, err)
		}
		at = next
	}
	f := os.NewFile(uintptr(at), name)
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%s is not a regular file", name)
	case info.Size() > MaxLeft:
		err = fmt.Errorf("%s has %d bytes, at most %d", name, info.Size(), MaxLeft)
	default:
		return f, info.Size(), nil
	}
	return nil, 0, errors.Join(err, f.Close())
}
