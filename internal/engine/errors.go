package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"

	"github.com/containerd/errdefs"
)

// Errors that callers can distinguish. The errors of this package wrap them.
var (
	// ErrDown: no engine answers, or it went away while it answered.
	ErrDown = errors.New("the container engine does not answer")
	// ErrPermission: this user may not open the engine's socket.
	ErrPermission = errors.New("no permission to use the container engine")
	// ErrAPIVersion: the engine is older or newer than this client can speak to.
	ErrAPIVersion = errors.New("the container engine's API version does not fit")
	// ErrHost: the engine's address makes no sense or is of a kind not supported.
	ErrHost = errors.New("unusable container engine address")
	// ErrImageMissing: the engine has no such image.
	ErrImageMissing = errors.New("no such image")
	// ErrContainerMissing: the engine has no such container.
	ErrContainerMissing = errors.New("no such container")
	// ErrDiskFull: the engine's disk is full.
	ErrDiskFull = errors.New("the container engine's disk is full")
	// ErrRuntime: the engine has no such OCI runtime.
	ErrRuntime = errors.New("no such container runtime")
	// ErrLimits: the engine cannot hold a container to the limits asked for.
	ErrLimits = errors.New("the container engine cannot enforce the limits")
	// ErrBuild: a build ran and failed by itself.
	ErrBuild = errors.New("image build failed")
)

// classify wraps err with what was being done and the sentinel that it is a case
// of. The engine's API has status codes for some cases; for the others its
// message is all there is, and it is the engine's own, never a program's.
func classify(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	doing := fmt.Sprintf(format, args...)
	if sentinel := sentinelOf(err); sentinel != nil && !errors.Is(err, sentinel) {
		return fmt.Errorf("%s: %w: %w", doing, sentinel, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func sentinelOf(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	if errors.Is(err, fs.ErrPermission) {
		return ErrPermission
	}
	text := strings.ToLower(err.Error())
	has := func(part string) bool { return strings.Contains(text, part) }
	switch {
	case has("no space left on device"), has("disk quota exceeded"):
		return ErrDiskFull
	case has("client version") && (has("is too old") || has("is too new")):
		return ErrAPIVersion
	case has("unknown runtime"), has("unknown or invalid runtime"), has("runtime") && has("executable file not found in $path"):
		return ErrRuntime
	case errdefs.IsNotFound(err) && has("image"):
		return ErrImageMissing
	case errdefs.IsNotFound(err) && has("no such container"):
		return ErrContainerMissing
	case isConnectionError(err), errdefs.IsUnavailable(err), has("shutting down"):
		return ErrDown
	}
	return nil
}

// isNetworkError covers what the client does not mark as a failed connection:
// one that broke after it was made, as hijacked ones do when the engine stops.
func isNetworkError(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
