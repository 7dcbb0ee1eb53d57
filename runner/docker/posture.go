package docker

import (
	"fmt"

	"github.com/corust-dev/corust/internal/boxenv"
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
		NetworkMode:    "none",                           // only a loopback
		CapDrop:        []string{"ALL"},                  // root in here, were there a way to it, could do nothing
		Sysctls:        sysctls,                          // how much of the kernel's memory its sockets take; ::1
		ReadonlyRootfs: true,                             // toolchain and crates cannot be poisoned, the disk not filled
		IpcMode:        "private",                        // separate System V objects and shared memory
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
			// Programs are compiled and run here, as the owner of the directory.
			boxenv.WorkDir: tmpfs(spec.Work, spec.Inodes, "exec", boxenv.WorkMode) + fmt.Sprintf(",uid=%d,gid=%[1]d", user),
			"/tmp":         tmpfs(spec.Tmp, spec.Inodes, "exec", 0o1777), // a step may build and run there, too
			// In place of the engine's own, which has no limit of files.
			"/dev/shm": tmpfs(shmSize, shmInodes, "noexec", 0o1777),
			// In place of pseudo-terminals: 60 KB each that no group is charged for, and
			// the machine has one number of them (kernel.pty.max) for all containers.
			"/dev/pts": "ro,nosuid,nodev,noexec,size=4096,nr_inodes=1,mode=0555",
		},
		Resources: engine.Resources{
			Memory:     spec.Memory,
			MemorySwap: spec.Memory,            // memory and swap together, so no swap
			PidsLimit:  &processes,             // fork bombs end here
			NanoCPUs:   int64(spec.CPUs * 1e9), // 0 is no cap; boxes then share by weight, see Box.Yield
			Ulimits:    ulimits(spec),          // the same as on every backend
		},
	}
}

func ulimits(spec runner.BoxSpec) []*engine.Ulimit {
	var list []*engine.Ulimit
	for _, l := range spec.Rlimits() {
		list = append(list, &engine.Ulimit{Name: l.Name, Soft: int64(l.Soft), Hard: int64(l.Hard)})
	}
	return list
}

func tmpfs(size, inodes int64, exec string, mode uint32) string {
	return fmt.Sprintf("rw,nosuid,nodev,%s,size=%d,nr_inodes=%d,mode=%04o", exec, size, inodes, mode)
}

// sysctls are the settings of a box's network namespace that the engine's kernel has;
// a container with another one would not start. Runtimes such as gVisor have their
// network stack in user space, without these settings.
func sysctls(kernel, runtime string, ipv6 bool) map[string]string {
	var major, minor int
	if n, _ := fmt.Sscanf(kernel, "%d.%d", &major, &minor); n < 2 || runtime != "" && runtime != "runc" {
		return nil
	}
	m := map[string]string{}
	if ipv6 {
		// Engines disable IPv6 in a container without a network, and with it the
		// address ::1.
		m["net.ipv6.conf.all.disable_ipv6"], m["net.ipv6.conf.lo.disable_ipv6"] = "0", "0"
	}
	for _, s := range runner.NetworkSysctls {
		if major > s.Since[0] || major == s.Since[0] && minor >= s.Since[1] {
			m[s.Name] = s.Value
		}
	}
	return m
}

// containerConfig is the rest of a box: what runs in it and how the host reaches it.
// The image's entry point and environment stay; the agent does not pass that
// environment on.
func containerConfig(image string, labels map[string]string, user int) *engine.Config {
	return &engine.Config{
		Image:        image,
		User:         fmt.Sprintf("%d:%d", user, user), // instead of the image's
		Hostname:     boxenv.Hostname,                  // the same for all, so that it does not identify a box
		WorkingDir:   boxenv.WorkDir,
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
