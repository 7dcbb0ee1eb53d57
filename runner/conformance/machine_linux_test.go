package conformance

import (
	"testing"

	"golang.org/x/sys/unix"
)

// The measures of a machine see inotify instances that a process holds, and those that no
// process has among its descriptors.
func TestMachineSeesInotify(t *testing.T) {
	before, err := Machine()
	if err != nil {
		t.Fatal(err)
	}
	// More than other tests give back meanwhile.
	const planted, seen = 40, 20
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	var held []int
	for range planted {
		fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
		if err != nil {
			t.Skipf("this user has too few inotify instances left: %v", err)
		}
		defer unix.Close(fd)
		if _, err := unix.InotifyAddWatch(fd, t.TempDir(), unix.IN_CREATE); err != nil {
			t.Fatal(err)
		}
		held = append(held, fd)
	}
	grown := func(kinds ...string) {
		t.Helper()
		after, err := Machine()
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range kinds {
			if n, ok := after[kind]; !ok || n < before[kind]+seen {
				t.Errorf("%s: %d with %d planted, %d before", kind, n, planted, before[kind])
			}
		}
	}
	const ofUser = "inotify instances of this user"
	_, counted := before[ofUser]
	if counted {
		grown("inotify instances", "inotify watches", ofUser)
	} else {
		t.Logf("skipped: %s: the limit of descriptors or of instances does not allow to count them", ofUser)
		grown("inotify instances", "inotify watches")
	}

	// On their way in a socket, they are in no process.
	for _, fd := range held {
		if err := unix.Sendmsg(pair[0], []byte{0}, unix.UnixRights(fd), nil, unix.MSG_DONTWAIT); err != nil {
			t.Skipf("send a descriptor: %v", err)
		}
		if err := unix.Dup3(pair[0], fd, unix.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
	}
	if counted {
		grown(ofUser)
	}
}
