package docker

import (
	"fmt"

	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/internal/seccomp"
	"github.com/corust-dev/corust/runner"
)

// shmSize is what POSIX shared memory gets. With /work and /tmp it stays below
// half the box's memory at the default limits, so that filling all three is
// ENOSPC.
const (
	shmSize   = 16 << 20
	shmInodes = 1024
)

// hostConfig is a box's whole posture: everything that holds a program in, one
// setting a line. It is pure, and a golden file shows every change to it.
func hostConfig(spec runner.BoxSpec, runtime string, sysctls map[string]string, user int) *engine.HostConfig {
	processes := int64(spec.Processes)
	init := false
	return &engine.HostConfig{
		NetworkMode:    "none",                           // a loopback of its own and nothing else
		CapDrop:        []string{"ALL"},                  // root in here, were there a way to it, could do nothing
		Sysctls:        sysctls,                          // how much of the kernel's memory its sockets take
		ReadonlyRootfs: true,                             // toolchain and crates cannot be poisoned, the disk not filled
		IpcMode:        "private",                        // System V objects and shared memory of its own
		CgroupnsMode:   "private",                        // the container's ID and the host's groups do not show
		OomScoreAdj:    1000,                             // if the host runs out of memory, boxes go first
		LogConfig:      engine.LogConfig{Type: "none"},   // output goes to us alone, not to the host's disk
		RestartPolicy:  engine.RestartPolicy{Name: "no"}, // a box serves once
		Init:           &init,                            // the agent is process 1: it reaps, and a program cannot be
		Runtime:        runtime,                          // empty is the engine's default; "runsc" is gVisor
		SecurityOpt: []string{
			"no-new-privileges",               // setuid binaries do nothing
			"seccomp=" + seccomp.DockerJSON(), // stricter than the engine's default
		},
		Tmpfs: map[string]string{ // all that can be written, charged to Memory, and below it together
			"/work": tmpfs(spec.Work, spec.Inodes, "exec", "0755", user), // programs are compiled and run here
			"/tmp":  tmpfs(spec.Tmp, spec.Inodes, "exec", "1777", user),  // a step may build and run there, too
			// In place of the engine's own, which has no limit of files.
			"/dev/shm": tmpfs(shmSize, shmInodes, "noexec", "1777", user),
			// In place of pseudo-terminals: 60 KB each that no group is charged for, and
			// the machine has one number of them (kernel.pty.max) for all containers.
			"/dev/pts": "ro,nosuid,nodev,noexec,size=4096,nr_inodes=1,mode=0555",
		},
		Resources: engine.Resources{
			Memory:     spec.Memory,
			MemorySwap: spec.Memory,            // memory and swap together, so no swap
			PidsLimit:  &processes,             // fork bombs end here
			NanoCPUs:   int64(spec.CPUs * 1e9), // 0 is no cap; boxes then share evenly
			Ulimits: []*engine.Ulimit{
				ulimit("core", 1),                       // no dumps: 1, and not 0, also stops a handler in core_pattern, which would run on the host
				ulimit("fsize", spec.Work),              // SIGXFSZ for one huge file, sparse ones too
				ulimit("memlock", 64<<10),               // not even its own memory can be pinned
				ulimit("msgqueue", 64<<10),              // POSIX queues are kernel memory
				ulimit("nofile", int64(spec.OpenFiles)), // descriptors are kernel memory, too
				ulimit("sigpending", 256),               // so are queued signals and timers
				ulimit("nice", 0),                       // no better priority
				ulimit("rtprio", 0),                     // no real time
			},
		},
	}
}

func ulimit(name string, n int64) *engine.Ulimit {
	return &engine.Ulimit{Name: name, Soft: n, Hard: n}
}

func tmpfs(size, inodes int64, exec, mode string, user int) string {
	return fmt.Sprintf("rw,nosuid,nodev,%s,size=%d,nr_inodes=%d,mode=%s,uid=%d,gid=%d", exec, size, inodes, mode, user, user)
}

// sysctls are the settings of a box's network namespace that the engine's kernel has
// there; with one that it has not, a container would not start. Runtimes other than
// the engine's own, such as gVisor, have network stacks of their own.
func sysctls(kernel, runtime string) map[string]string {
	var major, minor int
	if n, _ := fmt.Sscanf(kernel, "%d.%d", &major, &minor); n < 2 || runtime != "" && runtime != "runc" {
		return nil
	}
	m := map[string]string{}
	for _, s := range runner.NetworkSysctls {
		if major > s.Since[0] || major == s.Since[0] && minor >= s.Since[1] {
			m[s.Name] = s.Value
		}
	}
	return m
}

// containerConfig is the rest of a box: what runs in it and how we reach it.
// What the image says about entry point and environment stands; the agent hands
// none of that environment on.
func containerConfig(image string, labels map[string]string, user int) *engine.Config {
	return &engine.Config{
		Image:        image,
		User:         fmt.Sprintf("%d:%d", user, user), // whatever the image says
		Hostname:     "box",                            // the same for all: nothing to tell boxes apart by
		WorkingDir:   "/work",
		AttachStdin:  true,
		AttachStdout: true,
		AttachStderr: true,
		OpenStdin:    true,
		StdinOnce:    true,                                        // when we are gone, the agent reads end-of-file and exits
		Healthcheck:  &engine.Healthcheck{Test: []string{"NONE"}}, // nothing of the image's runs beside the agent
		StopSignal:   "SIGKILL",                                   // an engine that shuts down need not ask nicely
		Labels:       labels,
	}
}
