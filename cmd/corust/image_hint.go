package main

import (
	"errors"
	"os"
	"runtime"

	"github.com/corust-dev/corust/images"
	"github.com/corust-dev/corust/internal/engine"
	"github.com/corust-dev/corust/runner/docker"
)

// engineHint returns what to do about an error of the container engine or of an image;
// empty if there is nothing to add.
func engineHint(err error) string {
	switch {
	case errors.Is(err, engine.ErrPermission):
		return "add yourself to the engine's group (usermod -aG docker $USER, and log in again), point DOCKER_HOST at another engine, or use --backend native"
	case errors.Is(err, engine.ErrDown):
		if os.Getenv("DOCKER_HOST") != "" {
			return "check DOCKER_HOST, and that the engine runs (docker version); --backend native works without one"
		}
		if runtime.GOOS == "linux" {
			return "start Docker (systemctl start docker; as root on Debian or Ubuntu, apt-get install docker.io), or use --backend native"
		}
		return "start Docker"
	case errors.Is(err, engine.ErrAPIVersion):
		return "Docker 20.10 or newer is needed; if yours is newer than this corust, update corust"
	case errors.Is(err, engine.ErrHost):
		return "DOCKER_HOST is unix:///var/run/docker.sock or tcp://host:port; for an engine behind SSH, forward its socket (ssh -L)"
	case errors.Is(err, docker.ErrImageStale):
		return "corust image build makes the one for this corust"
	case errors.Is(err, engine.ErrDiskFull):
		return "corust image prune and docker system prune make room"
	case errors.Is(err, engine.ErrRuntime):
		return "docker.runtime in the configuration must be one of the engine's (docker info), which are named in /etc/docker/daemon.json"
	case errors.Is(err, engine.ErrLimits):
		return "run docker info to see what the engine's kernel lacks; a rootless engine needs cgroup version 2 with delegation"
	case errors.Is(err, engine.ErrImageMissing):
		return "corust image build makes the image; on a machine that cannot pull, corust image build --bootstrap"
	case errors.Is(err, images.ErrAgent):
		return "give a static corust for the engine's machine with --agent: CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -o corust-linux ./cmd/corust"
	case errors.Is(err, images.ErrSet):
		return "build the set with the compiler that the image has; --bootstrap=host takes this machine's into the image"
	case errors.Is(err, images.ErrBootstrap):
		return "it takes root on Linux and one of mmdebstrap and debootstrap (apt-get install mmdebstrap); an archive kept at a date needs --apt-option 'Acquire::Check-Valid-Until \"false\"'"
	case errors.Is(err, engine.ErrBuild):
		return "what the base must have is rustc, cargo and a C linker (cc) in its PATH, and a shell"
	}
	return ""
}
