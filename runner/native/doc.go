// Package native makes boxes of Linux itself: namespaces, control groups and a
// system call filter. It needs no daemon and no image, and a box costs a few
// milliseconds.
//
// # What a box is
//
// A process with its own user, mount, pid, network, ipc, uts and cgroup
// namespaces. Its root is a read-only tmpfs onto which only what compiling and
// running need is mounted, read-only: the system's shared libraries, copies of the C
// linker and of the tools and time zones that a box promises (internal/boxenv), the
// Rust toolchain, the crates, and what this machine has for Miri and WebAssembly. All
// of these are overlays, so a box shares file contents with the machine and with other
// boxes, but no inodes: it cannot see their locks and opens, nor they its. /work and
// /tmp are tmpfs with a size and an inode limit, /proc shows only the processes that a
// program may look into, /dev has null, zero, full, random and urandom. There is a loopback
// interface and no other. The agent is PID 1, with only the four capabilities
// with which it switches to the user of the steps, gives them files and kills them; a
// step has none, cannot gain any, and is under the filter of internal/seccomp.
//
// The posture is [posture]: one list, a line and a reason each, held by a golden
// test.
//
// # Limits
//
// Memory, swap, processes and processor shares are held by control groups,
// version 1 or 2; see runner.Box on how the shares change. As root, groups are made
// below "corust" at the top of each hierarchy. Otherwise they are made below the
// process's version 2 group if that is delegated (systemd-run --user --scope -p
// Delegate=yes). Without either, rlimits hold memory and processes; they bound one
// process each or are coarser. [Backend.Unenforced] names what is then missing, and
// callers decide whether that is good enough.
//
// The kernel counts some of what a process holds by user, also for the maker of a user
// namespace, or not at all. The settings in sysctls bound these for each box, in its
// namespaces. They need a writable /proc/sys/user and /proc/sys/net; a box is made
// without them where these are read-only, which Diagnose reports.
//
// # Users
//
// As root, each box gets two host users that nothing else uses: the agent's and the
// steps'. They are a random pair, so their numbers, which a box can read, do not count
// boxes. Otherwise both are the caller's user on the host, and the agent is out of
// reach because it is undumpable.
//
// # How it starts
//
// The host starts corust-agent, or its own executable where that is not built in (package
// executable), under the name [inside.InitName] in new namespaces. That process, which
// package entry takes over, enters the control group, builds the root, gives up its
// privileges and executes itself once more as the agent. It reports a failure on its
// standard error, and the first read from the box fails with that text.
//
// The package works on Linux 5.12 and later, on amd64 and arm64. Elsewhere New
// fails with [ErrUnsupported].
package native
