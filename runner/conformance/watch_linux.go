package conformance

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// watch watches a directory by inotify, and stops.
func watch() error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		return fmt.Errorf("the user that makes boxes can make no inotify instance: %w", err)
	}
	defer unix.Close(fd)
	if _, err := unix.InotifyAddWatch(fd, "/", unix.IN_CREATE); err != nil {
		return fmt.Errorf("the user that makes boxes can watch no directory: %w", err)
	}
	return nil
}
