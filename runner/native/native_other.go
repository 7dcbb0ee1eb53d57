//go:build !linux

package native

import (
	"context"
	"fmt"
	"runtime"

	"github.com/corust-dev/corust/runner"
)

// Backend makes no boxes on this system.
type Backend struct{}

// New fails: native boxes are made of Linux.
func New(Config) (*Backend, error) {
	return nil, fmt.Errorf("%w: they are made of Linux, and this is %s", ErrUnsupported, runtime.GOOS)
}

// Name implements runner.Backend.
func (*Backend) Name() string { return Name }

// Sweep implements runner.Backend.
func (*Backend) Sweep(context.Context) (int, error) { return 0, nil }

// Close implements runner.Backend.
func (*Backend) Close() error { return nil }

// Unenforced implements the same method as on Linux.
func (*Backend) Unenforced() []string { return nil }

// Sysroot implements the same method as on Linux.
func (*Backend) Sysroot(runner.Channel) (string, error) { return "", ErrUnsupported }

// Try implements the same method as on Linux.
func (*Backend) Try(context.Context) error { return ErrUnsupported }

// Holdings implements the same method as on Linux.
func (*Backend) Holdings(context.Context) (map[string]int, error) { return nil, ErrUnsupported }

// Groups implements the same method as on Linux.
func (*Backend) Groups() int { return 0 }

// Toolchain implements runner.Backend.
func (*Backend) Toolchain(context.Context, runner.Channel) (runner.Toolchain, error) {
	return runner.Toolchain{}, ErrUnsupported
}

// Toolchains implements runner.Backend.
func (*Backend) Toolchains(context.Context) ([]runner.Toolchain, error) { return nil, ErrUnsupported }

// Channels implements the same method as on Linux.
func (*Backend) Channels() []runner.Channel { return nil }

// NewBox implements runner.Backend.
func (*Backend) NewBox(context.Context, runner.BoxSpec) (runner.Box, error) {
	return nil, ErrUnsupported
}
